"""How others on this machine find a running Data Lab.

The server keeps two files while it runs. The *connection file*, in Jupyter's runtime directory and
readable by its owner only, tells clients the URL and the owner's token. The *lock file*, in the
data directory, sees to it that one server at a time has the directory.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from jupyter_core.paths import jupyter_runtime_dir

from datalab_backend.errors import ServiceError


@dataclass(frozen=True, slots=True)
class Connection:
    """A running server, as its connection file tells it.

    Attributes
    ----------
    url
        Where it answers, without a slash at the end.
    token
        The owner's token.
    pid
        The server's process.
    data
        The data directory, resolved.
    version
        The version of the backend.
    started
        When it started, in UTC, ISO 8601.
    """

    url: str
    token: str
    pid: int
    data: str
    version: str
    started: str


def connection_file(data: Path) -> Path:
    """The connection file of the server of a data directory."""
    digest = hashlib.sha256(str(Path(data).resolve()).encode()).hexdigest()
    return Path(jupyter_runtime_dir()) / f"datalab-{digest[:16]}.json"


@contextmanager
def announced(connection: Connection) -> Iterator[Path]:
    """Keep the connection file in place, readable by its owner only."""
    path = connection_file(Path(connection.data))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        fresh.unlink()
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(connection), file, indent=1)
    fresh.replace(path)
    try:
        yield path
    finally:
        # When the data directory was deleted under us, another server may have made its own.
        with suppress(OSError, ValueError):
            if json.loads(path.read_text(encoding="utf-8")) == asdict(connection):
                path.unlink()


class DirectoryLock:
    """The right to be the one server of a data directory.

    The kernel gives the lock back when the process ends, however it ends; what a dead server
    wrote into the file means nothing.

    Parameters
    ----------
    data
        The data directory; made when it is not there.
    """

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._path = data / "server.lock"
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)

    def acquire(self) -> bool:
        """Take the lock, or return False when another server has it."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        os.ftruncate(self._descriptor, 0)
        return True

    def tell(self, url: str) -> None:
        """Leave the URL where a second server finds it."""
        os.pwrite(self._descriptor, url.encode(), 0)

    def holder(self, patience_s: float = 60.0) -> str:
        """The URL of the server that has the lock, once it answers."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            url = os.pread(self._descriptor, 1024, 0).decode(errors="replace")
            if url and is_alive(url):
                return url
            time.sleep(0.1)
        raise ServiceError(
            f"Another server has the data directory {self._path.parent} but does not answer.",
            "Stop it, or choose another directory with --data.",
        )

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)


def is_alive(url: str) -> bool:
    """Whether a Data Lab answers at a URL."""
    # No proxy of the environment may come between two processes of one machine.
    # Nor does it matter whose name the certificate has: no secret is sent, and nothing believed.
    unverified = ssl._create_unverified_context()  # noqa: S323
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=unverified))
    try:
        with opener.open(f"{url}/tap/availability", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
