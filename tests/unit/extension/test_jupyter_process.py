"""The Data Lab lives with Jupyter: real processes, ended in every way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from datalab_toolkit.connection import Connection, find_running
from free_ports import free_port
from jupyterhub_process import OTHER_EXTENSIONS, PATIENCE_S, until
from small_sky import make_small_sky

TOKEN = "a-token-of-the-tests"
# A base URL as a hub gives it to a user named "me@home", with a named server.
BASE_URL = "/user/me%40home/my%20lab/"


@dataclass
class Jupyter:
    """A running Jupyter server."""

    process: subprocess.Popen[bytes]
    url: str
    data: Path

    def get(self, path: str) -> dict[str, Any]:
        """Ask a route of the extension."""
        answer = httpx.get(
            f"{self.url}jupyterlab-datalab/api/{path}",
            headers={"Authorization": f"token {TOKEN}"},
            timeout=PATIENCE_S,
            trust_env=False,
        )
        return answer.json()

    def post(self, path: str) -> int:
        """Post to a route of the extension."""
        answer = httpx.post(
            f"{self.url}jupyterlab-datalab/api/{path}",
            headers={"Authorization": f"token {TOKEN}"},
            json={},
            timeout=PATIENCE_S,
            trust_env=False,
        )
        return answer.status_code

    def wait_for(self, state: str) -> dict[str, Any]:
        """Wait until the Data Lab is in a state, as the panel does."""
        return until(lambda: (s := self.get("datalab/status"))["state"] == state and s)

    def family(self) -> list[psutil.Process]:
        """The processes that it has started, and theirs."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, how: signal.Signals) -> None:
        """End it."""
        self.process.send_signal(how)
        self.process.wait(PATIENCE_S)


def all_gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=PATIENCE_S)[1]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    make_small_sky(directory)
    return directory


@contextmanager
def jupyter(data: Path, *options: str, **environment: str) -> Iterator[Jupyter]:
    """Run a Jupyter server until the block ends."""
    port = free_port()
    enabled = dict.fromkeys(OTHER_EXTENSIONS, False) | {"jupyterlab_datalab": True}
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.jpserver_extensions={enabled}", f"--port={port}"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.base_url={BASE_URL}"]
    command += [f"--DatalabApp.data_directory={data}", *options]
    home = data.parent
    environment |= {"JUPYTER_CONFIG_DIR": str(home / "config"), "HOME": str(home)}
    with (home / f"jupyter-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=home, env=os.environ | environment, stdout=log, stderr=log
        )
    server = Jupyter(process, f"http://127.0.0.1:{port}{BASE_URL}", data)
    try:
        until(lambda: server.get("services"))
        yield server
    finally:
        for child in server.family() if process.poll() is None else []:
            child.kill()
        process.kill()
        process.wait()


def running(data: Path) -> Connection:
    return until(lambda: find_running(data))


def test_the_data_lab_starts_when_it_is_asked_after_and_comes_back_when_it_is_killed(
    data: Path,
) -> None:
    with jupyter(data) as server:
        assert server.get("services")["services"][0]["name"] == "datalab"
        assert server.family() == []
        assert server.get("datalab/status")["state"] == "starting"
        status = server.wait_for("ready")
        assert (status["tables"], status["restarts"]) == (7, 0)
        first = running(data)
        assert first.pid in [process.pid for process in server.family()]
        psutil.Process(first.pid).kill()
        assert server.wait_for("down")["message"]
        assert server.wait_for("ready")["restarts"] == 1
        assert server.get("datalab/tables?search=stars")["total"] == 1
        assert running(data).pid != first.pid


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_when_jupyter_ends(data: Path, how: signal.Signals) -> None:
    with jupyter(data) as server:
        server.wait_for("ready")
        assert server.post("datalab/demo") < 300
        # The Data Lab makes the demo data in a process of its own.
        until(lambda: len(server.family()) >= 2)
        family = server.family()
        server.end(how)
        assert all_gone(family)
        assert find_running(data) is None


def test_jupyter_servers_share_a_data_lab_that_only_its_starter_stops(data: Path) -> None:
    with jupyter(data, "--DatalabApp.eager=True") as first:
        shared = running(data)
        assert shared.pid in [process.pid for process in first.family()]
        with jupyter(data) as second:
            assert second.wait_for("ready")["tables"] == 7
            assert second.family() == []
            with jupyter(data) as third:
                third.wait_for("ready")
                third.end(signal.SIGTERM)
            assert find_running(data) == shared
            assert first.get("datalab/status")["restarts"] == 0
            first.end(signal.SIGTERM)
            assert find_running(data) != shared
            until(lambda: second.get("datalab/status")["restarts"] == 1)
            second.wait_for("ready")
            assert running(data).pid in [process.pid for process in second.family()]


def test_a_data_lab_that_does_not_start_says_why_and_starts_when_it_can(
    data: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken" / "datalab_backend"
    broken.mkdir(parents=True)
    (broken / "__init__.py").touch()
    (broken / "cli.py").write_text("raise SystemExit('datalab-server: The disk is full.')")
    with jupyter(data, PYTHONPATH=str(broken.parent)) as server:
        server.get("datalab/status")
        status = server.wait_for("error")
        assert "did not start" in status["message"]
        assert "The disk is full." in status["message"]
        broken.rename(tmp_path / "repaired")
        assert server.wait_for("ready")["tables"] == 7


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """A Jupyter server that may not start a Data Lab."""
    data = tmp_path_factory.mktemp("idle") / "data"
    with jupyter(data, "--DatalabApp.start_backend=False") as server:
        yield server


def test_a_data_lab_that_may_not_be_started_is_only_looked_for(idle: Jupyter) -> None:
    idle.get("datalab/status")
    assert "No Data Lab is running" in idle.wait_for("error")["message"]
    assert idle.family() == []


def test_another_web_site_cannot_post(idle: Jupyter) -> None:
    options = {"timeout": PATIENCE_S, "trust_env": False, "follow_redirects": True}
    with httpx.Client(base_url=idle.url, **options) as browser:
        browser.get("login", params={"token": TOKEN})
        assert browser.get("jupyterlab-datalab/api/services").status_code == 200
        for path in ("datalab/query", "datalab/demo"):
            refused = browser.post(f"jupyterlab-datalab/api/{path}", json={})
            assert refused.status_code == 403
            assert "_xsrf" in refused.json()["error"]["message"]
        xsrf = {cookie.name: cookie.value or "" for cookie in browser.cookies.jar}["_xsrf"]
        own = browser.post(
            "jupyterlab-datalab/api/datalab/query", json={}, headers={"X-XSRFToken": xsrf}
        )
        assert own.status_code == 400  # let in, and told that the query is missing
