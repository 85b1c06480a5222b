"""How long a newcomer waits for the first stars. Prints times, asserts nothing.

Jupyter is started with an empty data directory, once as JupyterLab and once as Notebook 7; the
panel's own calls ask for the demo sky, and then for the density map of its first table, the real
stars of Gaia, until it is there. The simulated surveys go on being made meanwhile.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

TOKEN = "measured"
MAP = "datalab/density/gaia_dr3.gaia_source_g10?width=800&height=400"


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def measure(application: str) -> None:
    """Print the line of one application."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        jupyter = [sys.executable, "-m", application, "--no-browser", "--allow-root"]
        options = [f"--port={port}", f"--IdentityProvider.token={TOKEN}"]
        environment = os.environ | {"DATALAB_DATA": str(Path(folder) / "data")}
        start = time.perf_counter()
        process = subprocess.Popen(
            [*jupyter, *options], cwd=folder, env=environment, stderr=subprocess.DEVNULL
        )
        try:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}/jupyterlab-datalab/api/",
                headers={"Authorization": f"Bearer {TOKEN}"},
                timeout=60,
                trust_env=False,
            ) as panel:
                print(f"{application:<12}" + times(panel, start), flush=True)
        finally:
            process.terminate()
            process.wait(30)


def times(panel: httpx.Client, start: float) -> str:
    """When Jupyter, the Data Lab and the map were there, in seconds since the start."""
    until(panel, "services")
    jupyter = time.perf_counter() - start
    until(panel, "datalab/status", '"ready"')
    datalab = time.perf_counter() - start
    panel.post("datalab/demo").raise_for_status()
    until(panel, MAP)
    picture = time.perf_counter() - start
    return f"{jupyter:>10.1f}{datalab:>10.1f}{picture:>10.1f}"


def until(panel: httpx.Client, path: str, text: str = "") -> None:
    """Ask until the answer is good and has this text."""
    while True:
        try:
            answer = panel.get(path)
            if answer.is_success and text in answer.text:
                return
        except httpx.ConnectError:
            pass
        time.sleep(0.05)


def main() -> None:
    """Print the table."""
    print(f"{'s from start':<12}{'Jupyter':>10}{'Data Lab':>10}{'map':>10}")
    for application in ("jupyterlab", "notebook"):
        measure(application)


if __name__ == "__main__":
    main()
