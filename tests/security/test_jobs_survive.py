"""Jobs outlive the server, however it ends, and half a result is never served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from datalab_process import DatalabProcess, serving
from jobs_client import document, phase, reach, run, submit
from small_sky import ENDLESS, copy_small_sky

SMALL = "SELECT TOP 100 source_id, ra FROM small.stars ORDER BY source_id"
# Some seconds of computing, on any machine.
LONG = (
    "SELECT COUNT(*) AS n FROM small.stars AS a, small.stars AS b WHERE SIN(a.ra) * SIN(b.ra) > 0.5"
)
FLOOD = "SELECT a.ra, b.dec FROM small.stars AS a, small.stars AS b"

ENDINGS = {"SIGTERM": DatalabProcess.stop, "SIGKILL": DatalabProcess.kill}
PARTS = ("phase", "parameters", "results", "results/result", "error", "owner", "destruction")


@dataclass
class Life:
    """What jobs were before a server ended, and the server that came after it."""

    after: DatalabProcess
    jobs: dict[str, str] = field(default_factory=dict)
    before: dict[str, dict[str, str]] = field(default_factory=dict)


def _told(datalab: DatalabProcess, job: str) -> dict[str, str]:
    """All that can be known of a job, whatever the address of the server."""
    with datalab.client(headers=datalab.as_owner) as client:
        told = {part: client.get(f"{job}/{part}") for part in PARTS}
        whole = client.get(job).text
    texts = {part: f"{answer.status_code} {answer.text}" for part, answer in told.items()}
    return {p: t.replace(datalab.url, "") for p, t in (texts | {"job": whole}).items()}


@pytest.fixture(scope="module", params=ENDINGS)
def life(
    request: pytest.FixtureRequest, small_sky: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Life]:
    """Jobs of the owner in every phase, through the end of a server and a new start."""
    data = copy_small_sky(small_sky, tmp_path_factory.mktemp("life") / "data")
    jobs: dict[str, str] = {}
    with serving(data) as first:
        with first.client(headers=first.as_owner) as client:
            jobs["PENDING"] = submit(client, SMALL, RUNID="waits")
            jobs["COMPLETED"] = run(client, SMALL, FORMAT="csv")
            jobs["ERROR"] = run(client, "SELECT gmga FROM small.stars")
            jobs["ABORTED"] = submit(client, SMALL)
            client.post(f"{jobs['ABORTED']}/phase", data={"PHASE": "ABORT"})
            for name in ("COMPLETED", "ERROR", "ABORTED"):
                reach(client, jobs[name], name)
            jobs["EXECUTING"] = run(client, LONG, FORMAT="csv")
            reach(client, jobs["EXECUTING"], "EXECUTING")
            before = {"EXECUTING": _told(first, jobs["EXECUTING"])}
            # So many that the last has no turn for several slices of time.
            many = [run(client, ENDLESS) for _ in range(20)]
            jobs["QUEUED"] = many[-1]
            assert phase(client, jobs["QUEUED"]) == "QUEUED"
            for name in jobs.keys() - before:
                before[name] = _told(first, jobs[name])
        ENDINGS[request.param](first)
    with serving(data) as second:
        with second.client(headers=second.as_owner) as client:
            for job in many[:-1]:
                client.post(f"{job}/phase", data={"PHASE": "ABORT"})
        yield Life(second, jobs, before)


@pytest.mark.parametrize("name", ["PENDING", "COMPLETED", "ERROR", "ABORTED"])
def test_a_job_that_does_not_run_is_after_a_restart_as_it_was(life: Life, name: str):
    assert life.before[name]["phase"] == f"200 {name}"
    assert _told(life.after, life.jobs[name]) == life.before[name]


def test_a_job_that_waited_at_the_end_of_the_server_runs(life: Life):
    with life.after.client(headers=life.after.as_owner) as client:
        reach(client, life.jobs["QUEUED"], "EXECUTING")
    told = _told(life.after, life.jobs["QUEUED"])
    assert told["parameters"] == life.before["QUEUED"]["parameters"]
    with life.after.client(headers=life.after.as_owner) as client:
        client.post(f"{life.jobs['QUEUED']}/phase", data={"PHASE": "ABORT"})


def test_a_job_that_ran_at_the_end_of_the_server_goes_on_and_completes(life: Life):
    job = life.jobs["EXECUTING"]
    assert life.before["EXECUTING"]["phase"] == "200 EXECUTING"
    with life.after.client(headers=life.after.as_owner) as client:
        reach(client, job, "COMPLETED")
        count = int(client.get(f"{job}/results/result").text.splitlines()[1])
        assert count > 0
        assert document(client, job).get("version") == "1.1"
    assert _told(life.after, job)["parameters"] == life.before["EXECUTING"]["parameters"]


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_a_result_that_was_being_written_is_never_seen_half(
    small_sky_copy: Path, end: Callable[[DatalabProcess], object]
):
    results = small_sky_copy / "jobs" / "results"
    rows = 2_000_000
    with serving(small_sky_copy) as first:
        with first.client() as client:
            job = run(client, FLOOD, FORMAT="csv", MAXREC=rows)
            while not any(path.stat().st_size > 2**20 for path in results.iterdir()):
                assert phase(client, job) == "EXECUTING"
            assert client.get(f"{job}/results/result").status_code == 404
        end(first)
    with serving(small_sky_copy) as second, second.client() as client:
        reach(client, job, "COMPLETED")
        lines = client.get(f"{job}/results/result").text.count("\n")
        assert lines == rows + 1
        assert [path.name for path in results.iterdir()] == [job.rpartition("/")[2]]


def test_a_job_during_which_the_server_dies_again_and_again_is_given_up(small_sky_copy: Path):
    with serving(small_sky_copy) as datalab, datalab.client() as client:
        job = run(client, ENDLESS)
        reach(client, job, "EXECUTING")
        datalab.kill()
    for _ in range(2):
        with serving(small_sky_copy) as datalab, datalab.client() as client:
            reach(client, job, "EXECUTING")
            datalab.kill()
    with serving(small_sky_copy) as datalab, datalab.client() as client:
        assert phase(client, job) == "ERROR"
        assert "server restarted" in client.get(f"{job}/error").text
