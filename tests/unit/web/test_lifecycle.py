"""How a server starts, lives beside others, and ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from datalab_backend.connection import connection_file
from datalab_backend.server import listen, make_context
from datalab_process import PATIENCE_S, launch, ready_url, serving
from datalab_toolkit import connection as toolkit_connection
from small_sky import ENDLESS


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data directory."""
    return tmp_path / "data"


def test_the_connection_file_says_where_the_server_is(data: Path):
    with serving(data) as datalab:
        told = datalab.connection
        assert told["url"] == datalab.url
        assert told["pid"] == datalab.process.pid
        assert told["data"] == str(data.resolve())
        assert set(told) == {"url", "token", "pid", "data", "version", "started"}


def test_the_backend_and_the_toolkit_look_for_the_same_connection_file(data: Path):
    assert connection_file(data) == toolkit_connection.connection_file(data)


def test_the_connection_file_is_the_same_by_whatever_path_the_directory_is_named(tmp_path: Path):
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    assert connection_file(tmp_path / "link") == connection_file(real)


def test_a_second_start_prints_the_address_of_the_first_and_ends_well(data: Path):
    with serving(data) as first:
        second = launch(data, stderr=subprocess.PIPE)
        assert ready_url(second) == first.url
        second.communicate(timeout=PATIENCE_S)
        assert second.returncode == 0
        assert first.connection["pid"] == first.process.pid


def test_the_start_does_not_wait_for_packages_that_the_first_query_does_not_need():
    code = (
        "import datalab_backend.server, sys\n"
        "assert not {'astropy', 'mocpy', 'cdshealpix', 'scipy', 'PIL'} & set(sys.modules)\n"
        "from importlib import import_module\n"
        "for name in datalab_backend.server._SOON_WANTED: import_module(name)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_the_end_of_an_answer_is_sent_before_its_beginning_is_acknowledged():
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_starts_at_the_same_moment_end_with_one_server(data: Path):
    processes = [launch(data, stderr=subprocess.DEVNULL) for _ in range(3)]
    try:
        assert len({ready_url(process) for process in processes}) == 1
    finally:
        for process in processes:
            process.terminate()
            process.communicate(timeout=PATIENCE_S)


def test_after_a_kill_the_next_start_takes_over(data: Path):
    with serving(data) as first:
        first.kill()
        assert connection_file(data).exists()
        with serving(data) as second:
            assert second.connection["pid"] == second.process.pid
            assert second.connection["url"] == second.url
            with second.client() as client:
                assert client.get("/tap/tables").status_code == 200


def test_a_polite_stop_leaves_no_connection_file(data: Path):
    with serving(data) as datalab:
        assert datalab.stop() == 0
        assert not connection_file(data).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_the_queries_that_run(small_sky_copy: Path, number: signal.Signals):
    with serving(small_sky_copy) as datalab:
        with datalab.asking(ENDLESS) as asking:
            datalab.logged(message="query", adql=ENDLESS)
            datalab.process.send_signal(number)
            assert datalab.process.wait(PATIENCE_S) == 0
            answer = asking.recv(65536)
        assert b" 200 " not in answer.partition(b"\r\n")[0]


@pytest.mark.parametrize("name", ["votable", "csv", "json", "arrow"])
def test_half_a_table_never_looks_like_a_whole_one(small_sky_copy: Path, name: str):
    form = {"LANG": "ADQL", "FORMAT": name, "MAXREC": 400_000_000}
    form |= {"QUERY": "SELECT a.ra, b.dec FROM small.stars AS a, small.stars AS b"}
    with serving(small_sky_copy) as datalab, datalab.client() as client:  # noqa: SIM117
        with client.stream("POST", "/tap/sync", data=form) as answer:
            assert answer.status_code == 200
            pieces = answer.iter_bytes()
            next(pieces)
            datalab.process.send_signal(signal.SIGTERM)
            with pytest.raises(httpx.RemoteProtocolError):
                for _ in pieces:
                    pass


def test_a_server_without_requests_ends_by_itself(data: Path):
    with serving(data, "--idle-exit", "0.5") as datalab:
        assert datalab.process.wait(PATIENCE_S) == 0
        assert not connection_file(data).exists()


def test_a_server_is_idle_only_from_the_end_of_its_last_job(small_sky_copy: Path):
    context = make_context(small_sky_copy)
    context.jobs.start()
    job = context.jobs.create(None, (("LANG", "ADQL"), ("QUERY", ENDLESS)))
    context.jobs.run(job)
    try:
        time.sleep(0.2)
        busy_until = time.monotonic()
        assert context.idle_s() == 0
        context.jobs.abort(job)
        while context.jobs.busy:
            context.idle_s()
        assert context.idle_s() <= time.monotonic() - busy_until
    finally:
        context.jobs.close()


def test_a_look_at_the_tables_is_not_logged_and_a_query_of_them_is(small_sky_copy: Path):
    read = "SELECT TOP 1 field FROM small.fields"
    with serving(small_sky_copy) as datalab, datalab.client() as client:
        for path in ("/tap/availability", "/tap/tables", "/demo", "/tap/async"):
            assert client.get(path).status_code == 200
        assert datalab.query("SELECT * FROM TAP_SCHEMA.tables").status_code == 200
        assert datalab.query(read).status_code == 200
        assert client.get("/nowhere").status_code == 404
        datalab.logged(message="request", path="/nowhere")
        told = [line for line in datalab.log if line["message"] in ("query", "request")]
    assert [line.get("adql") or line["path"] for line in told] == [read, "/tap/sync", "/nowhere"]


def test_a_server_ends_when_its_parent_dies(data: Path):
    with serving(data, "--stop-with-stdin") as datalab:
        assert datalab.process.stdin is not None
        datalab.process.stdin.close()
        assert datalab.process.wait(PATIENCE_S) == 0
        assert not connection_file(data).exists()


def test_a_port_that_is_taken_is_told_in_a_sentence(data: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = launch(data, "--port", str(port), stderr=subprocess.PIPE)
        _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert f"port {port}" in told
    assert "Traceback" not in told


def test_a_data_directory_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    process = launch(tmp_path / "file" / "data", stderr=subprocess.PIPE)
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert len(told.splitlines()) == 1
    assert str(tmp_path / "file") in told


def test_a_file_is_no_data_directory(tmp_path: Path):
    (tmp_path / "file").write_text("")
    process = launch(tmp_path / "file", stderr=subprocess.PIPE)
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert told == (
        f"datalab-server: {tmp_path}/file is a file, not a data directory. Name another with "
        "--data.\n"
    )


def test_a_reader_that_has_seen_enough_gets_no_complaint(data: Path):
    data.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "datalab_backend.cli", "check", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as check:
        assert check.stdout is not None
        check.stdout.close()
        assert check.stderr is not None
        assert check.stderr.read() == b""
    assert check.returncode == 0


def test_an_address_that_this_machine_does_not_have_is_told_in_a_sentence(data: Path):
    process = launch(data, "--host", "192.0.2.1", stderr=subprocess.PIPE)  # RFC 5737: nobody's
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "at 192.0.2.1, port 0: this machine has no such address. Choose another --host" in told


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["serve", "--port", "many"],
        ["serve", "--port", "70000"],
        ["serve", "--idle-exit", "-1"],
        ["serve", "--log-level", "loud"],
        ["serve", "--limit", "rows"],
        ["serve", "--limit", "rows=-1"],
        ["serve", "--limit", "wishes=3"],
        ["serve", "--allow-origin", "sky.esa.int"],
        ["demo", "--rows", "0"],
        ["demo", "--progress", "loud"],
    ],
)
def test_a_wrong_command_line_ends_with_exit_code_2(arguments: list[str]):
    done = subprocess.run(
        [sys.executable, "-m", "datalab_backend.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 2
    assert "usage: datalab-server" in done.stderr
    assert " --help` tells more." in done.stderr
    assert "Traceback" not in done.stderr
