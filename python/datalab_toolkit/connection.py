"""Finds the running Data Lab, or starts the embedded one.

A Data Lab that runs on this machine writes a connection file into Jupyter's runtime directory:
its URL and the owner's token, readable by the owner alone. One data directory has one server, which
holds a lock on it: a second start prints the URL of the first and ends, so that any number of
kernels may start one at once and all find the same.

Nothing is read, started or connected at import.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import httpx
from jupyter_core.paths import jupyter_runtime_dir
from platformdirs import user_data_path

from datalab_toolkit.errors import ServiceUnavailableError

START_TIMEOUT_S = 60.0
OTHER_PATIENCE_S = 15.0
IDLE_EXIT_S = 900
LOG_LIMIT_BYTES = 5_000_000

# How the server begins a sentence that is meant for people, between the lines of its log.
_SERVER_SAYS = "datalab-server: "


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a Data Lab is and how to be known there.

    Attributes
    ----------
    url
        The root of the server, without a slash at the end.
    token
        The bearer token; None for an anonymous caller.
    started_by_us
        Whether this call started the server.
    pid
        The process of a server on this machine; None for a remote one.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    started_by_us: bool = False
    pid: int | None = None


def data_directory(data: str | Path | None = None) -> Path:
    """Where the embedded Data Lab keeps its catalogues.

    Parameters
    ----------
    data
        A directory; None for ``$DATALAB_DATA``, or else the user's data directory.
    """
    chosen = data or os.environ.get("DATALAB_DATA") or user_data_path("jupyterlab-datalab")
    return Path(chosen).expanduser().resolve()


def connection_file(data: Path) -> Path:
    """The file in which the server of a data directory says where it is."""
    digest = hashlib.sha256(str(Path(data).resolve()).encode()).hexdigest()[:16]
    return Path(jupyter_runtime_dir()) / f"datalab-{digest}.json"


def log_file(data: Path) -> Path:
    """The file that takes the log of a server started from here."""
    return connection_file(data).with_suffix(".log")


def is_loopback(url: str) -> bool:
    """Whether a URL points at this machine."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def connect(data: str | Path | None = None, start: bool = True) -> Connection:
    """Find the Data Lab to use, and start the embedded one when there is none.

    Parameters
    ----------
    data
        The data directory of the embedded Data Lab. None takes the Data Lab that ``$DATALAB_URL``
        names (with the token in the file ``$DATALAB_TOKEN_FILE``), or else the embedded one in its
        usual directory.
    start
        Whether to start the embedded Data Lab when it is not running. It goes on without this
        process and ends after fifteen idle minutes.

    Raises
    ------
    ServiceUnavailableError
        Nothing is running and `start` is False, the server does not start, or the connection or
        token file cannot be trusted.
    """
    if data is None and (url := os.environ.get("DATALAB_URL")):
        return _of_environment(url)
    directory = data_directory(data)
    running = find_running(directory)
    if running is not None:
        return running
    if not start:
        raise ServiceUnavailableError(
            f"No Data Lab is running on {directory}.",
            "Start one with `datalab-server serve`, or open the Data Lab panel in JupyterLab.",
        )
    return wait_until_ready(spawn(directory, stop_with_stdin=False), directory)


def find_running(data: Path) -> Connection | None:
    """The server of a data directory, when it runs and answers; else None."""
    path = connection_file(data)
    text = read_private(path)
    if text is None:
        return None
    try:
        content = json.loads(text)
        connection = Connection(
            url=str(content["url"]).rstrip("/"), token=content["token"], pid=int(content["pid"])
        )
    except (ValueError, KeyError, TypeError):
        return None  # the next server to start writes it anew
    return connection if _is_alive(connection) else None


def spawn(data: Path, stop_with_stdin: bool = True) -> subprocess.Popen[bytes]:
    """Start the embedded server as a child process, its log going to `log_file`.

    Parameters
    ----------
    data
        The data directory.
    stop_with_stdin
        True for a server that ends when this process does, however that ends: it reads our end of
        a pipe. False for one that goes on by itself and ends when it is idle.
    """
    command = [sys.executable, "-P", "-m", "datalab_backend.cli", "serve"]
    command += ["--data", str(data), "--port", "0"]
    command += ["--stop-with-stdin"] if stop_with_stdin else ["--idle-exit", str(IDLE_EXIT_S)]
    try:
        with _open_log(log_file(data)) as log:
            return subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                command,
                stdin=subprocess.PIPE if stop_with_stdin else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a terminal and a kernel's interrupt pass it by
            )
    except OSError as error:
        raise ServiceUnavailableError(
            f"The Data Lab cannot be started: {error.strerror}.",
            f"It logs to {log_file(data)}; see that there is room and the right to write.",
        ) from error


def wait_until_ready(
    child: subprocess.Popen[bytes], data: Path, timeout_s: float = START_TIMEOUT_S
) -> Connection:
    """Wait for the server that `spawn` started, or for the one that was there before it.

    Raises
    ------
    ServiceUnavailableError
        The server ended with an error, or is not ready in time.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        ended = child.poll()
        connection = find_running(data)
        if connection is not None:
            ours = connection.pid == child.pid
            return Connection(connection.url, connection.token, ours, connection.pid)
        if ended == 0:  # another server has the directory, and is to tell where it is
            deadline = min(deadline, time.monotonic() + OTHER_PATIENCE_S)
        elif ended is not None:
            raise ServiceUnavailableError(
                f"The Data Lab did not start (exit code {ended}).", _advice(data)
            )
        time.sleep(0.05)
    if child.poll() == 0:
        raise ServiceUnavailableError(
            f"Another server has {data}, but {connection_file(data)} is not there to tell of it.",
            _advice(data),
        )
    child.terminate()
    raise ServiceUnavailableError(
        f"The Data Lab is not ready after {timeout_s:.0f} s.", _advice(data)
    )


def named_by_environment(url: str) -> str:
    """What to do about an address that ``$DATALAB_URL`` names; empty when it does not name it."""
    named = os.environ.get("DATALAB_URL", "").rstrip("/")
    if not named or not f"{url}/".startswith(f"{named}/"):
        return ""
    shown = re.sub(r"//[^/@]*@", "//…@", named)  # a password that somebody wrote there
    return (
        f"Its address is that of the variable DATALAB_URL: {shown}\nSee that it runs there; else "
        "correct the variable, or unset it to use the Data Lab of this machine."
    )


def _of_environment(url: str) -> Connection:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises when it is none
    except ValueError:
        is_address = False
    if not is_address:
        raise ServiceUnavailableError(
            f"DATALAB_URL is {url!r}, which is not an http or https address.",
            "Set it to the root of a Data Lab, such as https://datalab.example.org.",
        )
    token = None
    if name := os.environ.get("DATALAB_TOKEN_FILE"):
        text = read_private(Path(name).expanduser())
        if text is None:
            raise ServiceUnavailableError(
                f"The token file {name} is not there.", "Correct DATALAB_TOKEN_FILE, or unset it."
            )
        token = text.strip()
    return Connection(url=url.rstrip("/"), token=token)


def read_private(path: Path) -> str | None:
    """Read a file that holds a token: ours and ours alone. None when there is none."""
    try:
        with path.open(encoding="utf-8") as file:
            status = os.fstat(file.fileno())
            text = file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceUnavailableError(f"{path} cannot be read.") from error
    if os.name == "posix" and status.st_uid != os.getuid():
        raise ServiceUnavailableError(
            f"{path} belongs to another user and is not used.", "Remove or rename it."
        )
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
        raise ServiceUnavailableError(
            f"{path} holds a token and can be read by others.", f"Run `chmod 600 {path}`."
        )
    return text


def _is_alive(connection: Connection) -> bool:
    if connection.pid is not None and not _process_exists(connection.pid):
        return False
    try:
        answer = httpx.get(
            f"{connection.url}/tap/availability",
            timeout=5,
            trust_env=False,  # a proxy must never stand between us and our own machine
            verify=not is_loopback(connection.url),  # reading the certificates takes 50 ms
        )
    except httpx.HTTPError:
        return False
    return answer.is_success


def _process_exists(pid: int) -> bool:
    if os.name != "posix":
        return True  # os.kill(pid, 0) would end the process on Windows
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _open_log(path: Path) -> BinaryIO:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".old.log"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(descriptor, "ab")


def _advice(data: Path) -> str:
    """What the server said last, when that was for people, and where its log is."""
    path = log_file(data)
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    said = lines[-1] if lines and lines[-1].startswith(_SERVER_SAYS) else ""
    return f"{said.removeprefix(_SERVER_SAYS)} Its log has the details: {path}".strip()
