"""Start JupyterLab and Notebook 7 for the UI tests, on data and settings of their own.

Everything it writes goes below one directory, which is emptied first.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

CONFIG = """
from jupyterlab.galata import configure_jupyter_server

configure_jupyter_server(c)
c.ServerApp.allow_root = True
c.ServerApp.jpserver_extensions = {"jupyterlab_datalab": True, "notebook": True}
c.Application.log_level = "ERROR"
c.JupyterNotebookApp.expose_app_in_browser = True
"""


def main() -> None:
    """Make the data, then become the server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="directory for all it writes")
    parser.add_argument("--rows", type=int, default=0, help="rows of demo data; 0 for no data")
    parser.add_argument("--account", default="", help="name:password:quota of a user, elsewhere")
    parser.add_argument("--service", default="{}", help="further TAP services as JSON")
    options = parser.parse_args()

    state: Path = options.state
    shutil.rmtree(state, ignore_errors=True)
    for name in ("data", "root", "runtime", "settings"):
        (state / name).mkdir(parents=True)
    (state / "config.py").write_text(CONFIG)
    os.environ |= {
        "DATALAB_DATA": str(state / "data"),
        "DATALAB_SERVICES": json.dumps(json.loads(options.service)),
        "JUPYTERLAB_GALATA_ROOT_DIR": str(state / "root"),
        "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
        "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
    }
    if options.rows:
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "datalab_backend.cli", "demo", "--rows", str(options.rows)],
            check=True,
        )
    if options.account:
        os.environ["DATALAB_URL"] = serve_with_account(*options.account.split(":"))
    lab = [sys.executable, "-m", "jupyterlab", "--config", str(state / "config.py")]
    os.execv(sys.executable, [*lab, "--port", str(options.port)])  # noqa: S606


def serve_with_account(name: str, password: str, quota: str) -> str:
    """Start a Data Lab as if it were elsewhere, with an account; its URL."""
    server = [sys.executable, "-m", "datalab_backend.cli"]
    add = [*server, "user", "add", name, "--password-stdin", "--storage-quota", quota]
    subprocess.run(add, input=password, text=True, check=True)  # noqa: S603
    child = subprocess.Popen(  # noqa: S603
        [*server, "serve", "--port", "0", "--stop-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    # The server ends with this end of the pipe, which Jupyter takes over.
    os.set_inheritable(child.stdin.fileno(), True)
    return child.stdout.readline().split()[-1]


if __name__ == "__main__":
    main()
