"""Users' files over loopback: how fast, in how much memory. Prints a table, asserts only sums.

The client is a bare socket, so that it is the server that is measured: HTTP libraries of Python
take as long as it does.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import socket
import sqlite3
import tempfile
import threading
import time
from pathlib import Path

import httpx
from datalab_backend.accounts.service import Accounts
from shared.server import Server, serving

PIECE = os.urandom(1_048_576)


class Line:
    """A connection of a user to the server, which does as little as it can.

    Parameters
    ----------
    server
        The server.
    token
        The token of the user.
    """

    def __init__(self, server: Server, token: str) -> None:
        self._url = httpx.URL(server.url)
        self._token = token
        self._socket = socket.create_connection((self._url.host, self._url.port))
        self._into = bytearray(4_194_304)

    def put(self, path: str, megabytes: int) -> int:
        """Send a file of so many times the same; the status of the answer."""
        self._ask("PUT", path, f"Content-Length: {megabytes * len(PIECE)}\r\n")
        for _ in range(megabytes):
            self._socket.sendall(PIECE)
        return self._status()[0]

    def get(self, path: str) -> int:
        """Read a file to its end and keep nothing; its length."""
        self._ask("GET", path)
        _, length, rest = self._status()
        left = length - rest
        while left:
            left -= self._socket.recv_into(self._into, min(left, len(self._into)))
        return length

    def _ask(self, method: str, path: str, headers: str = "") -> None:
        self._socket.sendall(
            f"{method} /vospace/files{path} HTTP/1.1\r\nHost: {self._url.netloc.decode()}\r\n"
            f"Authorization: Bearer {self._token}\r\n{headers}\r\n".encode()
        )

    def _status(self) -> tuple[int, int, int]:
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(65_536)
        head, _, rest = answer.partition(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        lengths = [int(v.split(":")[1]) for v in lines if v.startswith("content-length")]
        return int(lines[0].split()[1]), lengths[0] if lengths else 0, len(rest)


def large_files(server: Server, token: str, megabytes: int) -> None:
    """One large file, put and read."""
    line = Line(server, token)
    for name, act in (
        ("put, with its MD5", lambda: line.put("/alice/large", megabytes)),
        ("get", lambda: line.get("/alice/large")),
    ):
        for turn in ("first", "again"):
            server.forget_peak()
            start = time.perf_counter()
            act()
            seconds = time.perf_counter() - start
            speed = megabytes * len(PIECE) / 1e6 / seconds
            print(
                f"{f'{name}, {megabytes} MiB, {turn}':<44}{speed:>10,.0f} MB/s"
                f"{server.peak_memory_mb():>10,.0f} MB in memory",
                flush=True,
            )


def many_nodes(server: Server, token: str, data: Path, number: int) -> None:
    """A list of many files in one container."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    with httpx.Client(base_url=f"{server.url}/vospace", headers=headers, timeout=60) as client:
        client.put("/nodes/alice/many", json={"type": "container"})
        # Written beside the server: a hundred thousand requests would take the whole day.
        database = sqlite3.connect(data / "storage" / "nodes.sqlite", timeout=30)
        with database:
            (parent,) = database.execute("SELECT id FROM nodes WHERE name = 'many'").fetchone()
            database.executemany(
                "INSERT INTO nodes (parent, name, type, created, modified) "
                "VALUES (?, ?, 'data', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')",
                ((parent, f"file-{n:06d}.csv") for n in range(number)),
            )
        database.close()
        for limit in (1000, number):
            start = time.perf_counter()
            answer = client.get("/nodes/alice/many", params={"limit": limit})
            seconds = time.perf_counter() - start
            found = len(answer.json()["children"])
            print(f"{f'ls, {found:,} of {number:,} nodes':<44}{seconds:>10.2f} s", flush=True)


def many_users(server: Server, tokens: dict[str, str], quotas: dict[str, int]) -> None:
    """All users at once put more files than they have room for; nothing that was kept is lost."""
    kept: dict[str, list[str]] = {name: [] for name in tokens}
    size = 2

    def work(name: str, connection: int) -> None:
        line = Line(server, tokens[name])
        for number in range(3):
            path = f"/{name}/tmp/{connection}-{number}"
            if line.put(path, size) == 201:
                kept[name].append(path)

    threads = [threading.Thread(target=work, args=(name, c)) for name in tokens for c in range(2)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    digest = hashlib.md5(PIECE * size, usedforsecurity=False).hexdigest()
    files = 0
    for name, token in tokens.items():
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        with httpx.Client(base_url=f"{server.url}/vospace", headers=headers, timeout=60) as client:
            found = client.get(f"/nodes/{name}/tmp").json()["children"]
            used = client.get(f"/nodes/{name}").json()["used_bytes"]
        assert {f"/{name}/tmp/{f['name']}" for f in found} == set(kept[name]), "a file is lost"
        assert all(f["md5"] == digest for f in found), "a file is damaged"
        assert used == sum(f["size"] for f in found) <= quotas[name], "a quota is passed"
        files += len(found)
    told = f"{len(tokens)} users at once, {files} files of {size} MiB kept"
    speed = files * size * len(PIECE) / 1e6 / seconds
    print(f"{told:<44}{speed:>10,.0f} MB/s   none lost, no quota passed", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000, help="the size of the large file")
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        accounts = Accounts(data)
        alice = accounts.mint(accounts.add("alice", storage_quota_bytes=None)).text
        # Room for four of the six files that each will try to keep.
        quotas = {f"user{n:02d}": 9_000_000 for n in range(options.users)}
        tokens = {
            name: accounts.mint(accounts.add(name, storage_quota_bytes=quota)).text
            for name, quota in quotas.items()
        }
        accounts.close()
        with serving(data) as server:
            large_files(server, alice, options.megabytes)
            many_nodes(server, alice, data, options.nodes)
            many_users(server, tokens, quotas)


if __name__ == "__main__":
    main()
