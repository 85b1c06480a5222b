"""A Data Lab's server as a process of its own, for tests that talk to it as users do."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx

PATIENCE_S = 180
"""For what must come, on the slowest machine; a test that passes never waits so long."""


@dataclass
class DatalabProcess:
    """A running server."""

    process: subprocess.Popen[str]
    data: Path
    url: str
    log_file: Path

    @property
    def connection(self) -> dict[str, object]:
        """What its connection file says."""
        from datalab_backend.connection import connection_file

        return json.loads(connection_file(self.data).read_text())

    @property
    def as_owner(self) -> dict[str, str]:
        """The headers of the owner."""
        return {"Authorization": f"Bearer {self.connection['token']}"}

    @property
    def log(self) -> list[dict[str, object]]:
        """The lines of its log."""
        return [
            json.loads(line)
            for line in self.log_file.read_text().splitlines(True)
            if line.endswith("\n")
        ]

    def logged(self, **fields: object) -> dict[str, object]:
        """Wait for the line of the log that has these fields."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for line in self.log:
                if fields.items() <= line.items():
                    return line
            time.sleep(0.02)
        raise AssertionError(f"nothing like {fields} in the log")

    def client(self, **options: object) -> httpx.Client:
        """An HTTP client of an anonymous caller."""
        return httpx.Client(base_url=self.url, timeout=PATIENCE_S, trust_env=False, **options)

    def query(self, adql: str, **parameters: object) -> httpx.Response:
        """Send a query as TAP clients do."""
        form = {"REQUEST": "doQuery", "LANG": "ADQL", "QUERY": adql, **parameters}
        with self.client() as client:
            return client.post("/tap/sync", data=form)

    @contextmanager
    def asking(self, adql: str) -> Iterator[socket.socket]:
        """Send a query without waiting for its answer; the client is gone after the block."""
        with self.getting("/tap/sync", LANG="ADQL", QUERY=adql) as connection:
            yield connection

    @contextmanager
    def getting(self, path: str, **parameters: object) -> Iterator[socket.socket]:
        """Send a request without waiting for its answer; the client is gone after the block."""
        target = urlsplit(self.url)
        assert target.hostname is not None
        request = f"GET {path}?{urlencode(parameters)} HTTP/1.1\r\nHost: {target.netloc}\r\n\r\n"
        address = (target.hostname, target.port)
        with socket.create_connection(address, timeout=PATIENCE_S) as connection:
            connection.sendall(request.encode())
            yield connection

    def stop(self) -> int:
        """Stop it the polite way; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """Kill it, so that it can tidy up nothing."""
        self.process.kill()
        self.process.wait(PATIENCE_S)


@contextmanager
def serving(data: Path, *options: str) -> Iterator[DatalabProcess]:
    """Run a server on a free loopback port until the block ends."""
    log_file = data.parent / f"{data.name}.{os.urandom(4).hex()}.log"
    with log_file.open("w") as log, launch(data, *options, stderr=log) as process:
        try:
            yield DatalabProcess(process, data, ready_url(process), log_file)
        finally:
            if process.poll() is None:
                process.kill()


def launch(data: Path, *options: str, **popen: object) -> subprocess.Popen[str]:
    """Start the command, without waiting until it is ready."""
    command = [sys.executable, "-m", "datalab_backend.cli", "serve", "--data", str(data), *options]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, **(pipes | popen))


def ready_url(process: subprocess.Popen[str]) -> str:
    """The URL that the command prints when the server is ready."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Data Lab is ready at "), f"it said {line!r} instead"
    return line.split()[-1]
