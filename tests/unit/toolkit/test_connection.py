"""Finding a Data Lab, and starting the embedded one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from datalab_backend import connection as backend
from datalab_process import DatalabProcess
from datalab_toolkit.connection import (
    Connection,
    connect,
    connection_file,
    data_directory,
    find_running,
    log_file,
)
from datalab_toolkit.errors import ServiceUnavailableError

CONNECT = """
import sys
from datalab_toolkit.connection import connect
found = connect(sys.argv[1])
print(found.pid, found.started_by_us, flush=True)
"""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data directory of its own; a server that is left on it is killed."""
    directory = tmp_path / "data"
    yield directory
    with suppress(ServiceUnavailableError):
        if (found := find_running(directory)) is not None and found.pid is not None:
            os.kill(found.pid, signal.SIGKILL)


def write_connection(data: Path, mode: int = 0o600, **changes: object) -> Path:
    path = connection_file(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"url": "http://127.0.0.1:9", "token": "secret", "pid": os.getpid()}
    path.write_text(json.dumps(content | changes))
    path.chmod(mode)
    return path


def kernel(data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CONNECT, str(data)], stdout=subprocess.PIPE, text=True
    )


def test_client_and_server_agree_on_the_connection_file(tmp_path: Path) -> None:
    for data in (tmp_path, tmp_path / "a" / ".." / "b", Path("relative")):
        assert connection_file(data) == backend.connection_file(data)


def test_a_running_data_lab_is_used_with_its_token(datalab: DatalabProcess) -> None:
    found = connect(datalab.data)
    assert (found.url, found.pid) == (datalab.url, datalab.process.pid)
    assert not found.started_by_us
    headers = {"Authorization": f"Bearer {found.token}"}
    with datalab.client(headers=headers) as client:
        assert client.get("/demo").status_code == 200


def test_the_token_is_not_shown(datalab: DatalabProcess) -> None:
    found = connect(datalab.data)
    assert found.token not in repr(found)


def test_without_a_data_lab_one_is_told_how_to_start_it(data: Path) -> None:
    with pytest.raises(ServiceUnavailableError, match="datalab-server serve"):
        connect(data, start=False)


def test_kernels_that_start_at_once_share_one_data_lab(data: Path) -> None:
    kernels = [kernel(data) for _ in range(3)]
    answers = [process.communicate()[0].split() for process in kernels]
    assert len({pid for pid, _ in answers}) == 1
    assert [started for _, started in answers].count("True") == 1


def test_a_data_lab_outlives_the_kernel_that_started_it(data: Path) -> None:
    pid, _ = kernel(data).communicate()[0].split()
    found = connect(data, start=False)
    assert found.pid == int(pid)
    assert "--idle-exit" in psutil.Process(found.pid).cmdline()


def test_a_connection_file_that_others_can_read_is_refused(data: Path) -> None:
    path = write_connection(data, mode=0o644)
    with pytest.raises(ServiceUnavailableError, match=f"chmod 600 {path}"):
        connect(data, start=False)


def test_a_connection_file_of_another_user_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_connection(data)
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    with pytest.raises(ServiceUnavailableError, match="another user"):
        connect(data, start=False)


def test_what_a_killed_server_left_behind_is_ignored(data: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    write_connection(data, pid=ended.pid)
    assert find_running(data) is None


def test_a_process_that_is_no_data_lab_is_ignored(data: Path) -> None:
    write_connection(data, pid=os.getpid())
    assert find_running(data) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"url": 1}', "not json"])
def test_a_damaged_connection_file_is_ignored(data: Path, content: str) -> None:
    write_connection(data).write_text(content)
    assert find_running(data) is None


def test_a_data_lab_that_cannot_start_says_why(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "broken" / "datalab_backend"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cli.py").write_text("raise SystemExit('datalab-server: The disk is full.')")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    with pytest.raises(ServiceUnavailableError) as refusal:
        connect(data)
    assert "did not start" in refusal.value.message
    assert "The disk is full." in refusal.value.hint
    assert str(log_file(data)) in refusal.value.hint
    assert log_file(data).stat().st_mode & 0o077 == 0
    (package / "cli.py").write_text("raise RuntimeError('a fault of ours')")
    with pytest.raises(ServiceUnavailableError) as refusal:
        connect(data)
    assert refusal.value.hint == f"Its log has the details: {log_file(data)}"
    assert "a fault of ours" in log_file(data).read_text()


def test_the_environment_can_name_a_data_lab_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("secret\n")
    token.chmod(0o600)
    monkeypatch.setenv("DATALAB_URL", "https://datalab.example.org/")
    monkeypatch.setenv("DATALAB_TOKEN_FILE", str(token))
    assert connect() == Connection("https://datalab.example.org", "secret")
    token.chmod(0o640)
    with pytest.raises(ServiceUnavailableError, match="chmod 600"):
        connect()
    token.unlink()
    with pytest.raises(ServiceUnavailableError, match="is not there"):
        connect()


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "lab.example.org", "http://", "http://[::1", "http://host:99999"]
)
def test_a_url_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATALAB_URL", url)
    with pytest.raises(ServiceUnavailableError, match="http or https"):
        connect()


def test_a_directory_given_goes_before_the_environment(
    datalab: DatalabProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATALAB_URL", "https://datalab.example.org/")
    assert connect(datalab.data).url == datalab.url


def test_the_data_directory_is_the_environments_or_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATALAB_DATA", str(tmp_path))
    assert data_directory() == tmp_path.resolve()
    monkeypatch.delenv("DATALAB_DATA")
    assert data_directory().name == "jupyterlab-datalab"
