#!/usr/bin/env bash
# Install those of the named Debian packages whose command is missing: as root at once, otherwise say what to type.
set -euo pipefail
missing=()
for package in "$@"; do
    case $package in
    postgresql-15-q3c) [ -e /usr/share/postgresql/15/extension/q3c.control ] || missing+=("$package") ;;
    fuse3) command -v fusermount3 >/dev/null || missing+=("$package") ;;
    libfuse2) /sbin/ldconfig -p | grep -q 'libfuse\.so\.2' || missing+=("$package") ;;
    python3-venv) python3 -c 'import ensurepip' 2>/dev/null || missing+=("$package") ;;
    *) command -v "$package" >/dev/null || missing+=("$package") ;;
    esac
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "Please install: ${missing[*]} (this machine has no apt-get to do it with)." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "Please install what is missing and try again: sudo apt-get install ${missing[*]}" >&2
    exit 1
fi
echo "Installing ${missing[*]} …"
apt-get update --quiet=2
DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}"
