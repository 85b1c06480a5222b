"""The demo sky over HTTP: made beside the server, used while it grows, ended with it."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest
from datalab_backend.catalogues.demo import Progress, read_state
from datalab_backend.server import make_context
from datalab_process import PATIENCE_S, DatalabProcess, serving

GAIA = "gaia_dr3.gaia_source_g10"


def _state(datalab: DatalabProcess) -> dict[str, object]:
    with datalab.client() as client:
        return client.get("/demo").json()


def _start(datalab: DatalabProcess) -> psutil.Process:
    """Ask for the demo sky; the process that makes it."""
    with datalab.client(headers=datalab.as_owner) as client:
        answer = client.post("/demo")
    assert answer.status_code == 200
    assert answer.json()["state"] == "running"
    (child,) = psutil.Process(datalab.process.pid).children()
    return child


def _wait_until_gone(process: psutil.Process) -> None:
    process.wait(PATIENCE_S)


def test_the_demo_is_absent_until_somebody_asks_for_it(tmp_path: Path):
    with serving(tmp_path / "data") as datalab:
        assert _state(datalab) == {
            "state": "absent",
            "progress": 0.0,
            "message": "",
            "tables": [],
            "error": None,
        }


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"state": "flying"}', '{"state": "complete", "made": 1}', "\udcff"]
)
def test_a_damaged_state_is_as_if_there_were_none(tmp_path: Path, content: str):
    (tmp_path / "demo.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert read_state(tmp_path).state is Progress.ABSENT
    with serving(tmp_path) as datalab:
        assert _state(datalab)["state"] == "absent"


def test_real_stars_can_be_queried_while_the_rest_is_being_made(tmp_path: Path):
    data = tmp_path / "data"
    with serving(data) as datalab:
        child = _start(datalab)
        assert _start(datalab) == child  # asking twice makes one
        while GAIA not in read_state(data).tables:
            assert child.status() != psutil.STATUS_ZOMBIE
            time.sleep(0.2)
        assert _state(datalab)["state"] == "running"
        answer = datalab.query(f"SELECT COUNT(*) AS n FROM {GAIA}", FORMAT="json")
        assert answer.json()["data"] == [["482176"]]
        assert datalab.stop() == 0
        _wait_until_gone(child)
    with serving(data) as again:
        state = _state(again)
        assert GAIA in state["tables"]
        assert state["state"] == "failed"
        assert "again" in state["error"]
        assert again.query(f"SELECT TOP 1 * FROM {GAIA}").status_code == 200


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_generator_ends_with_the_server_however_that_ends(tmp_path: Path, end: str):
    with serving(tmp_path / "data") as datalab:
        child = _start(datalab)
        getattr(datalab, end)()
        _wait_until_gone(child)
        assert not child.is_running()


def test_a_server_is_not_idle_while_the_demo_is_being_made(tmp_path: Path):
    context = make_context(tmp_path)
    context.demo.start()
    time.sleep(0.01)
    assert context.idle_s() == 0
    context.demo.stop()
    assert context.idle_s() > 0
