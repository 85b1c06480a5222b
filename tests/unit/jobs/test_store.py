"""Jobs on disk: what is kept, and which change wins."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from datalab_backend.errors import AdqlError, ServiceError
from datalab_backend.jobs.job import Failure, Job, JobResult, Phase, new_id, now
from datalab_backend.jobs.store import JobStore

RESULT = JobResult("text/csv", "csv", 10, 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the jobs are kept."""
    return tmp_path / "jobs.sqlite"


def _job(owner: str | None = "anna", **fields: object) -> Job:
    created = now()
    return Job(
        id=new_id(),
        owner=owner,
        parameters=(("QUERY", "SELECT 'λ' \n"), ("LANG", "ADQL")),
        created=created,
        destruction=created + timedelta(days=1),
        execution_duration_s=60,
        **fields,
    )


def _executing(store: JobStore) -> Job:
    job = _job()
    store.add(job)
    assert store.queue(job.id)
    assert store.start(job.id)
    return job


def test_another_process_reads_a_job_as_it_was_written(path: Path):
    job = _job(run_id="my run")
    JobStore(path).add(job)
    assert JobStore(path).get(job.id) == job


def test_a_failure_keeps_its_place_in_the_query(path: Path):
    store = JobStore(path)
    job = _executing(store)
    store.fail(job.id, Failure.of(AdqlError("No such column.", 3, 7, "Look again.")))
    kept = store.get(job.id)
    assert kept.phase is Phase.ERROR
    error = kept.failure.error()
    assert (error.message, error.hint, error.line, error.column) == (
        "No such column.",
        "Look again.",
        3,
        7,
    )


def test_a_job_that_was_aborted_does_not_complete(path: Path):
    store = JobStore(path)
    job = _executing(store)
    assert store.abort(job.id)
    assert not store.complete(job.id, RESULT)
    assert not store.fail(job.id, Failure("Too late."))
    assert store.get(job.id).phase is Phase.ABORTED


def test_a_job_that_is_complete_cannot_be_aborted_started_or_changed(path: Path):
    store = JobStore(path)
    job = _executing(store)
    assert store.complete(job.id, RESULT)
    assert not store.abort(job.id)
    assert not store.queue(job.id)
    assert not store.start(job.id)
    assert not store.set_parameters(job.id, (), "")
    assert not store.set_execution_duration(job.id, 1)
    kept = store.get(job.id)
    assert kept.phase is Phase.COMPLETED
    assert kept.result == RESULT
    assert kept.parameters == job.parameters
    assert kept.started <= kept.ended


def test_what_ran_when_the_server_died_waits_again_but_not_for_ever(path: Path):
    store = JobStore(path)
    job = _executing(store)
    for _ in range(2):
        store.recover()
        assert store.get(job.id).phase is Phase.QUEUED
        assert store.start(job.id)
    store.recover()
    kept = store.get(job.id)
    assert kept.phase is Phase.ERROR
    assert "server restarted" in kept.failure.message
    assert kept.failure.transient


def test_a_polite_stop_is_no_reason_to_give_a_job_up(path: Path):
    store = JobStore(path)
    job = _executing(store)
    for _ in range(5):
        store.put_back(job.id)
        store.recover()
        assert store.get(job.id).phase is Phase.QUEUED
        assert store.start(job.id)


def test_a_list_is_newest_first_and_takes_phases_a_time_and_a_number(path: Path):
    store = JobStore(path)
    first = now() - timedelta(hours=1)
    made = []
    for number in range(5):
        job = _job()
        object.__setattr__(job, "created", first + timedelta(minutes=number))
        store.add(job)
        made.append(job.id)
    store.add(_job("ben"))
    store.queue(made[1])
    newest = made[::-1]
    assert [j.id for j in store.of("anna")] == newest
    assert [j.id for j in store.of("anna", last=2)] == newest[:2]
    assert [j.id for j in store.of("anna", after=first + timedelta(minutes=2))] == newest[:2]
    assert [j.id for j in store.of("anna", [Phase.QUEUED])] == [made[1]]
    both = store.of("anna", [Phase.QUEUED, Phase.PENDING], last=4)
    assert [j.id for j in both] == newest[:4]


def test_a_watcher_learns_of_the_next_change(path: Path):
    store = JobStore(path)
    job = _job()
    store.add(job)
    with store.watching(job.id) as changed:
        assert not changed.done()
        store.queue(job.id)
        assert changed.done()


def test_a_damaged_database_is_told_in_a_sentence(path: Path):
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(ServiceError, match=r"jobs\.sqlite"):
        JobStore(path)


def test_ids_have_128_random_bits():
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(bytes.fromhex(job_id)) for job_id in ids} == {16}
