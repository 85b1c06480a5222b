"""The jobs on disk: a SQLite database that survives whatever ends the server.

Every change is one short transaction, and a change of phase names the phases that it may start
from: when two threads want to end a job, the first wins and the other learns of it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock

from datalab_backend import database
from datalab_backend.errors import ServiceError
from datalab_backend.jobs.job import Failure, Job, JobResult, Phase, now

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    owner TEXT,
    phase TEXT NOT NULL,
    run_id TEXT NOT NULL,
    parameters TEXT NOT NULL,
    created TEXT NOT NULL,
    started TEXT,
    ended TEXT,
    destruction TEXT NOT NULL,
    execution_duration_s INTEGER NOT NULL,
    failure TEXT,
    result TEXT,
    interruptions INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS jobs_of_owner ON jobs (owner, created);
CREATE INDEX IF NOT EXISTS jobs_in_phase ON jobs (phase, created);
CREATE INDEX IF NOT EXISTS jobs_to_destroy ON jobs (destruction);
"""

_COLUMNS = (
    "id, owner, phase, run_id, parameters, created, started, ended, destruction, "
    "execution_duration_s, failure, result"
)

# A job during which the server died so often may be what it dies of.
_MOST_INTERRUPTIONS = 2

_RESTARTED = Failure(
    "The job was stopped because the server restarted.", "Run the query again.", transient=True
)


class JobStore:
    """The jobs of one data directory; any thread may use it.

    Parameters
    ----------
    path
        The database; made when it is not there.

    Raises
    ------
    ServiceError
        When the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        self._watchers: dict[str, set[Future[None]]] = {}
        try:
            self._database = database.opened(path, _SCHEMA)
        except sqlite3.Error as error:
            raise ServiceError(
                f"The jobs in {path} cannot be read: {error}.",
                "Move that file away to start with no jobs.",
            ) from error

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._database.close()

    # Reading

    def get(self, job_id: str) -> Job | None:
        """Find a job."""
        rows = self._rows("WHERE id = ?", job_id)
        return rows[0] if rows else None

    def of(
        self,
        owner: str,
        phases: Iterable[Phase] = (),
        after: datetime | None = None,
        last: int | None = None,
    ) -> list[Job]:
        """List the jobs of an owner, the newest first.

        Parameters
        ----------
        owner
            Whose jobs.
        phases
            Only jobs in one of these; none for all.
        after
            Only jobs that were made later.
        last
            Only so many of the newest.
        """
        wanted = json.dumps([phase.value for phase in phases] or list(Phase))
        return self._rows(
            "WHERE owner = ? AND created > ? AND phase IN (SELECT value FROM json_each(?)) "
            "ORDER BY created DESC, id LIMIT ?",
            owner,
            _written(after) if after else "",
            wanted,
            -1 if last is None else last,
        )

    def count(self, owner: str | None, phases: Iterable[Phase] = ()) -> int:
        """The number of the jobs of an owner, in any or only in some phases."""
        wanted = json.dumps([phase.value for phase in phases] or list(Phase))
        with self._lock:
            (found,) = self._database.execute(
                "SELECT COUNT(*) FROM jobs WHERE owner IS ? "
                "AND phase IN (SELECT value FROM json_each(?))",
                (owner, wanted),
            ).fetchone()
        return int(found)

    def queued(self) -> list[Job]:
        """The jobs that wait, the oldest first."""
        return self._rows("WHERE phase = 'QUEUED' ORDER BY created")

    def waiting(self) -> int:
        """How many jobs of all owners wait or run."""
        with self._lock:
            sql = "SELECT COUNT(*) FROM jobs WHERE phase IN ('QUEUED', 'EXECUTING')"
            return int(self._database.execute(sql).fetchone()[0])

    def overdue(self) -> list[str]:
        """The ids of the jobs whose time of destruction has come."""
        return self._ids("destruction <= ?", _written(now()))

    def completed(self) -> set[str]:
        """The ids of the jobs that have a result."""
        return set(self._ids("phase = 'COMPLETED'"))

    def known(self) -> set[str]:
        """The ids of all jobs."""
        return set(self._ids("TRUE"))

    # Changing

    def add(self, job: Job) -> None:
        """Keep a new job."""
        with self._lock:
            self._database.execute(
                "INSERT INTO jobs (id, owner, phase, run_id, parameters, created, destruction, "
                "execution_duration_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    job.id,
                    job.owner,
                    job.phase,
                    job.run_id,
                    json.dumps(job.parameters),
                    _written(job.created),
                    _written(job.destruction),
                    job.execution_duration_s,
                ),
            )

    def delete(self, job_id: str) -> None:
        """Forget a job."""
        self._change("DELETE FROM jobs WHERE id = ?", job_id)

    def delete_overdue(self) -> None:
        """Forget the jobs whose time of destruction has come, all in one step."""
        with self._lock:
            sql = "DELETE FROM jobs WHERE destruction <= ? RETURNING id"
            for (job_id,) in self._database.execute(sql, (_written(now()),)).fetchall():
                self._tell(job_id)

    def set_parameters(
        self, job_id: str, parameters: tuple[tuple[str, str], ...], run_id: str
    ) -> bool:
        """Replace the parameters of a job that was not run yet."""
        return self._change(
            "UPDATE jobs SET parameters = ?, run_id = ? WHERE id = ? AND phase = 'PENDING'",
            job_id,
            json.dumps(parameters),
            run_id,
        )

    def set_execution_duration(self, job_id: str, seconds: int) -> bool:
        """Say how long a job may run that was not run yet."""
        return self._change(
            "UPDATE jobs SET execution_duration_s = ? WHERE id = ? AND phase = 'PENDING'",
            job_id,
            seconds,
        )

    def set_destruction(self, job_id: str, time: datetime) -> None:
        """Say when a job is to be removed."""
        self._change("UPDATE jobs SET destruction = ? WHERE id = ?", job_id, _written(time))

    def queue(self, job_id: str) -> bool:
        """Have a PENDING job wait for its turn."""
        return self._change(
            "UPDATE jobs SET phase = 'QUEUED' WHERE id = ? AND phase = 'PENDING'", job_id
        )

    def start(self, job_id: str) -> bool:
        """Have a QUEUED job run."""
        return self._change(
            "UPDATE jobs SET phase = 'EXECUTING', started = ? WHERE id = ? AND phase = 'QUEUED'",
            job_id,
            _written(now()),
        )

    def put_back(self, job_id: str) -> bool:
        """Have an EXECUTING job wait again."""
        return self._change(
            "UPDATE jobs SET phase = 'QUEUED', started = NULL WHERE id = ? AND phase = 'EXECUTING'",
            job_id,
        )

    def complete(self, job_id: str, result: JobResult) -> bool:
        """End an EXECUTING job with a result, which is on disk already."""
        return self._change(
            "UPDATE jobs SET phase = 'COMPLETED', result = ?, ended = ? "
            "WHERE id = ? AND phase = 'EXECUTING'",
            job_id,
            json.dumps(asdict(result)),
            _written(now()),
        )

    def fail(self, job_id: str, failure: Failure) -> bool:
        """End an EXECUTING job without a result."""
        return self._change(
            "UPDATE jobs SET phase = 'ERROR', failure = ?, ended = ? "
            "WHERE id = ? AND phase = 'EXECUTING'",
            job_id,
            json.dumps(asdict(failure)),
            _written(now()),
        )

    def abort(self, job_id: str) -> bool:
        """End a job that has not ended yet."""
        return self._change(
            "UPDATE jobs SET phase = 'ABORTED', ended = ? "
            "WHERE id = ? AND phase IN ('PENDING', 'QUEUED', 'EXECUTING')",
            job_id,
            _written(now()),
        )

    def recover(self) -> None:
        """After a server died: have the jobs that it was running wait again.

        A job that was running at several such deaths in a row ends with an error.
        """
        with self._lock:
            self._database.execute(
                "UPDATE jobs SET interruptions = interruptions + 1 WHERE phase = 'EXECUTING'"
            )
            self._database.execute(
                "UPDATE jobs SET phase = 'ERROR', failure = ?, ended = ? "
                "WHERE phase = 'EXECUTING' AND interruptions > ?",
                (json.dumps(asdict(_RESTARTED)), _written(now()), _MOST_INTERRUPTIONS),
            )
            self._database.execute(
                "UPDATE jobs SET phase = 'QUEUED', started = NULL WHERE phase = 'EXECUTING'"
            )

    # Watching

    @contextmanager
    def watching(self, job_id: str) -> Iterator[Future[None]]:
        """Give a future that is done when the job is next changed or deleted."""
        changed: Future[None] = Future()
        with self._lock:
            self._watchers.setdefault(job_id, set()).add(changed)
        try:
            yield changed
        finally:
            with self._lock:
                watchers = self._watchers.get(job_id, set())
                watchers.discard(changed)
                if not watchers:
                    self._watchers.pop(job_id, None)

    def wake_watchers(self) -> None:
        """Tell all who watch any job."""
        with self._lock:
            for job_id in list(self._watchers):
                self._tell(job_id)

    def _tell(self, job_id: str) -> None:
        for changed in self._watchers.pop(job_id, set()):
            if changed.set_running_or_notify_cancel():
                changed.set_result(None)

    def _change(self, sql: str, job_id: str, *before: object) -> bool:
        """Run a statement whose last parameter is the id; whether it changed anything."""
        with self._lock:
            done = self._database.execute(sql, (*before, job_id)).rowcount > 0
            if done:
                self._tell(job_id)
            return done

    def _rows(self, condition: str, *values: object) -> list[Job]:
        sql = f"SELECT {_COLUMNS} FROM jobs {condition}"  # noqa: S608 - both are ours
        with self._lock:
            rows = self._database.execute(sql, values).fetchall()
        return [_job(row) for row in rows]

    def _ids(self, condition: str, *values: object) -> list[str]:
        sql = f"SELECT id FROM jobs WHERE {condition}"  # noqa: S608 - it is ours
        with self._lock:
            return [row[0] for row in self._database.execute(sql, values)]


def _job(row: tuple[str, ...]) -> Job:
    (job_id, owner, phase, run_id, parameters, created, started, ended) = row[:8]
    destruction, seconds, failure, result = row[8:]
    return Job(
        id=job_id,
        owner=owner,
        parameters=tuple((name, value) for name, value in json.loads(parameters)),
        created=_read(created),
        destruction=_read(destruction),
        execution_duration_s=int(seconds),
        phase=Phase(phase),
        run_id=run_id,
        started=_read(started) if started else None,
        ended=_read(ended) if ended else None,
        failure=Failure(**json.loads(failure)) if failure else None,
        result=JobResult(**json.loads(result)) if result else None,
    )


def _written(time: datetime) -> str:
    """A time as text that sorts as times do."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)
