"""A Data Lab's server as a process of its own, with the memory it takes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

COMMAND = [sys.executable, "-m", "datalab_backend.cli"]


@dataclass
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    url: str

    def client(self) -> httpx.Client:
        """An HTTP client with a connection that is kept."""
        return httpx.Client(base_url=self.url, timeout=600, trust_env=False)

    def memory_mb(self) -> float:
        """The memory it takes now, in megabytes (Linux)."""
        return self._status("VmRSS")

    def peak_memory_mb(self) -> float:
        """The most memory it took since `forget_peak`, in megabytes (Linux)."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        """Begin to watch for the peak of the memory."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def _status(self, field: str) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
        assert found is not None
        return int(found[1]) / 1024


@contextmanager
def serving(data: Path) -> Iterator[Server]:
    """Run a server until the block ends."""
    command = [*COMMAND, "serve", "--data", str(data)]
    with (data.parent / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    try:
        yield Server(process, url)
    finally:
        process.terminate()
        process.wait(30)


def make_demo(data: Path) -> None:
    """Make the demo sky, saying what happens."""
    print("Making the demo sky …", file=sys.stderr)
    subprocess.run([*COMMAND, "demo", "--data", str(data)], check=True, stderr=subprocess.DEVNULL)


def ask(client: httpx.Client, query: str, **parameters: str) -> httpx.Response:
    """Send a query and read the whole answer."""
    form = {"LANG": "ADQL", "QUERY": query, **parameters}
    answer = client.post("/tap/sync", data=form)
    answer.raise_for_status()
    return answer


def count(client: httpx.Client, query: str) -> int:
    """The number that a query answers with."""
    return int(json.loads(ask(client, query, FORMAT="json").content)["data"][0][0])
