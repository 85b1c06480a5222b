"""Jobs as they run: lanes, turns, stopping, and what becomes of their files."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from datalab_backend.accounts.service import Accounts
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.engines.background import NICENESS
from datalab_backend.errors import NotFoundError
from datalab_backend.jobs.cost import estimate
from datalab_backend.jobs.job import Job, Phase, now
from datalab_backend.jobs.service import Jobs
from datalab_backend.mydb.service import MyDB
from datalab_backend.storage.service import Storage
from datalab_backend.web.context import Limits
from datalab_backend.web.destinations import Desk
from datalab_backend.web.tap import reader
from datalab_process import PATIENCE_S
from small_sky import ENDLESS, STARS

SMALL = "SELECT TOP 3 ra FROM small.stars"
# More rows than anyone waits for, given as they are found.
FLOOD = "SELECT a.ra, b.dec FROM small.stars AS a, small.stars AS b"


@pytest.fixture(scope="module")
def catalogues(small_sky: Path) -> LiveCatalogues:
    """What the jobs read."""
    return LiveCatalogues(CatalogueStore(small_sky))


@pytest.fixture
def jobs(tmp_path: Path, catalogues: LiveCatalogues) -> Iterator[Jobs]:
    """Jobs that run in this process."""
    accounts = Accounts(tmp_path)
    storage = Storage(tmp_path / "storage", accounts)
    desk = Desk(accounts, MyDB(tmp_path / "users", catalogues, accounts), storage)
    jobs = Jobs(tmp_path / "jobs", desk.readable, desk, reader(Limits()))
    jobs.start()
    yield jobs
    jobs.close()
    storage.close()
    accounts.close()


def _run(jobs: Jobs, adql: str, owner: str | None = None, **parameters: object) -> Job:
    given = {"LANG": "ADQL", "QUERY": adql, **parameters}
    job = jobs.create(owner, tuple((name, str(value)) for name, value in given.items()))
    jobs.run(job)
    return job


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def _reach(jobs: Jobs, job: Job, *phases: Phase) -> Job:
    _until(lambda: jobs.get(job.id, job.owner).phase in phases)
    return jobs.get(job.id, job.owner)


def _files(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "jobs" / "results").iterdir()]


def test_a_job_gives_the_rows_in_the_format_it_asked_for(jobs: Jobs):
    job = _reach(jobs, _run(jobs, SMALL, FORMAT="csv"), Phase.COMPLETED)
    lines = jobs.result(job).read_text().splitlines()
    assert lines[0] == "ra"
    assert len(lines) == 4
    assert job.result.rows == 3
    assert job.result.size == jobs.result(job).stat().st_size
    assert jobs.rows(job) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has threads of several priorities")
def test_jobs_give_way_to_whoever_waits_for_an_answer(jobs: Jobs):
    def niceness() -> set[int]:
        found = set()
        for thread in threading.enumerate():
            working = thread.name.startswith("job-") and thread.name != "job-clock"
            if working and thread.native_id is not None:
                with suppress(ProcessLookupError):  # it has ended this very moment
                    found.add(os.getpriority(os.PRIO_PROCESS, thread.native_id))
        return found

    first, second = _run(jobs, ENDLESS), _run(jobs, ENDLESS)
    _reach(jobs, first, Phase.EXECUTING)
    jobs.abort(first)  # what ends a job starts the next
    own = os.getpriority(os.PRIO_PROCESS, os.getpid())
    _until(lambda: niceness() == {min(own + NICENESS, 19)})
    jobs.abort(second)


def test_small_jobs_do_not_wait_behind_big_ones_of_the_same_owner(jobs: Jobs):
    big = [_run(jobs, ENDLESS) for _ in range(8)]
    small = _run(jobs, SMALL)
    _reach(jobs, small, Phase.COMPLETED)
    phases = [jobs.get(job.id, None).phase for job in big]
    assert set(phases) <= {Phase.EXECUTING, Phase.QUEUED}


def test_only_so_many_big_jobs_run_at_a_time_and_the_others_wait_their_turn(jobs: Jobs):
    big = {_run(jobs, ENDLESS).id for _ in range(5)}
    tried: set[str] = set()

    def executing() -> set[str]:
        now = {job for job in big if jobs.get(job, None).phase is Phase.EXECUTING}
        tried.update(now)
        return now

    _until(lambda: len(executing()) == 2 and tried == big)
    two = executing()
    for job in two:
        jobs.abort(jobs.get(job, None))
    _until(lambda: len(executing() - two) == 2)


def test_a_job_that_moves_to_the_slow_lane_still_gives_its_rows_once(jobs: Jobs, tmp_path: Path):
    blocking = [_run(jobs, ENDLESS) for _ in range(2)]
    moved = _run(jobs, FLOOD, FORMAT="csv", MAXREC=4_000_000)
    _reach(jobs, moved, Phase.EXECUTING)
    _reach(jobs, moved, Phase.QUEUED, Phase.COMPLETED)
    for job in blocking:
        jobs.abort(job)
    done = _reach(jobs, moved, Phase.COMPLETED)
    assert done.result.rows == 4_000_000
    assert done.result.size == jobs.result(done).stat().st_size
    assert _files(tmp_path) == [done.id]


@pytest.mark.parametrize("query", [ENDLESS, FLOOD], ids=["computing", "writing"])
@pytest.mark.parametrize("end", ["abort", "delete"])
def test_a_job_that_is_ended_stops_and_leaves_no_file(
    jobs: Jobs, tmp_path: Path, query: str, end: str
):
    job = _run(jobs, query, MAXREC=400_000_000)
    _until(lambda: _files(tmp_path))
    getattr(jobs, end)(job)
    _until(lambda: not jobs.busy)
    assert _files(tmp_path) == []
    if end == "abort":
        assert jobs.get(job.id, None).phase is Phase.ABORTED
    else:
        with pytest.raises(NotFoundError):
            jobs.get(job.id, None)


def test_a_job_that_waits_can_be_aborted_and_never_runs(jobs: Jobs):
    big = [_run(jobs, ENDLESS) for _ in range(4)]
    waiting = _run(jobs, ENDLESS)
    jobs.abort(waiting)
    for job in big:
        jobs.abort(job)
    _until(lambda: not jobs.busy)
    aborted = jobs.get(waiting.id, None)
    assert aborted.phase is Phase.ABORTED
    assert aborted.result is None


def test_deleting_a_completed_job_removes_its_result(jobs: Jobs, tmp_path: Path):
    job = _reach(jobs, _run(jobs, SMALL), Phase.COMPLETED)
    assert _files(tmp_path) == [job.id]
    jobs.delete(job)
    assert _files(tmp_path) == []


def test_deleting_a_running_job_removes_its_files(jobs: Jobs, tmp_path: Path):
    job = _reach(jobs, _run(jobs, ENDLESS), Phase.EXECUTING)
    jobs.delete(job)
    _until(lambda: not jobs.busy and not _files(tmp_path))


def test_at_its_destruction_a_job_and_its_files_are_removed(jobs: Jobs, tmp_path: Path):
    running = _run(jobs, ENDLESS)
    done = _reach(jobs, _run(jobs, SMALL), Phase.COMPLETED)
    for job in (running, done):
        jobs.set_destruction(job, now() - timedelta(seconds=1))
    _until(lambda: not jobs.busy and not _files(tmp_path))
    for job in (running, done):
        with pytest.raises(NotFoundError):
            jobs.get(job.id, None)


def test_a_result_that_cannot_be_written_is_told_in_a_sentence(jobs: Jobs, tmp_path: Path):
    (tmp_path / "jobs" / "results").rmdir()
    job = _reach(jobs, _run(jobs, SMALL), Phase.ERROR)
    assert "could not be written" in job.failure.message
    assert str(tmp_path) not in str(job.failure)


def test_a_wrong_query_fails_with_its_place(jobs: Jobs):
    job = _reach(jobs, _run(jobs, "SELECT ra,\n  gmga FROM small.stars"), Phase.ERROR)
    assert (job.failure.line, job.failure.column) == (2, 3)
    assert "gmag" in job.failure.hint
    assert not job.failure.transient


def test_the_limit_of_the_server_is_the_most_a_job_can_ask_for(jobs: Jobs):
    job = jobs.create(None, ())
    for asked, given in ((0, 86_400), (10**9, 86_400), (5, 5)):
        jobs.set_execution_duration(job, asked)
        assert jobs.get(job.id, None).execution_duration_s == given
    jobs.set_destruction(job, now() + timedelta(days=10_000))
    assert jobs.get(job.id, None).destruction <= now() + jobs.limits.most_kept


def test_a_join_is_guessed_to_be_more_work_than_a_table(catalogues: LiveCatalogues):
    tables = catalogues.now().tables
    assert estimate(SMALL, tables) == STARS
    assert estimate(ENDLESS, tables) == float(STARS) ** 3
    assert estimate("SELECT nothing FROM nowhere", tables) == 0
