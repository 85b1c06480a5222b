"""What users do with their jobs, and whose jobs they may do it with."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Lock, Thread

from datalab_backend import uploads
from datalab_backend.errors import NotFoundError, UsageError
from datalab_backend.jobs.delivery import Keeper
from datalab_backend.jobs.files import JobFiles
from datalab_backend.jobs.job import Job, Phase, new_id, now
from datalab_backend.jobs.runner import Readable, Reader, Runner
from datalab_backend.jobs.store import JobStore
from datalab_backend.uploads import Upload, UploadLimits

log = logging.getLogger(__name__)

_TICK_S = 0.1
_TICKS_PER_SWEEP = 10

Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class JobLimits:
    """What one job, and one owner, may ask for.

    Attributes
    ----------
    default_s, most_s
        How long a job may run when it does not say, and when it says as much as it can.
    default_kept, most_kept
        How long a job and its result are kept, likewise.
    most_active, most_jobs
        The most jobs of one owner that wait or run, and that there are at all. All anonymous
        callers are one owner.
    result_bytes
        The most bytes of a result, counted as its rows are in memory; what is more is cut.
    """

    default_s: int = 3600
    most_s: int = 86_400
    default_kept: timedelta = timedelta(days=7)
    most_kept: timedelta = timedelta(days=90)
    most_active: int = 100
    most_jobs: int = 10_000
    result_bytes: int = 10_000_000_000


class Jobs:
    """The jobs of one Data Lab; any thread may use them.

    An owner is a name, or None for an anonymous caller. A job that has an owner is there for its
    owner only; one that has none is there for whoever knows its id, and in nobody's list. To all
    others there is no such job.

    Parameters
    ----------
    directory
        Where the jobs are kept; made when it is not there.
    readable
        What the owner of each may read.
    keeper
        Keeps what is to stay when a job is gone.
    read
        How their parameters are read.
    limits
        What a job may ask for.
    upload_limits
        How large the tables may be that a job brings along.
    """

    def __init__(
        self,
        directory: Path,
        readable: Readable,
        keeper: Keeper,
        read: Reader,
        limits: JobLimits | None = None,
        upload_limits: UploadLimits | None = None,
    ) -> None:
        # Queries and results are nobody else's business.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.limits = limits or JobLimits()
        self._files = JobFiles(directory)
        self._store = JobStore(directory / "jobs.sqlite")
        self._runner = Runner(
            self._store,
            self._files,
            readable,
            keeper,
            read,
            upload_limits or UploadLimits(),
            self.limits.result_bytes,
        )
        self._admitting = Lock()
        self._closing = Event()
        self._clock = Thread(target=self._tick, name="job-clock", daemon=True)

    def start(self) -> None:
        """Go on where the last server ended."""
        self._store.recover()
        self._files.keep_only(self._store.completed(), self._store.known())
        for job in self._store.queued():
            self._runner.submit(job)
        self._clock.start()

    def stop_waiting(self) -> None:
        """Tell those who watch a job that the server stops."""
        self._closing.set()
        self._store.wake_watchers()

    def close(self) -> None:
        """Stop the jobs that run; the next start runs them again."""
        self.stop_waiting()
        if self._clock.is_alive():
            self._clock.join()
        self._runner.close()
        self._store.close()

    @property
    def busy(self) -> bool:
        """Whether any job runs or waits to run."""
        return self._runner.busy

    @property
    def closing(self) -> bool:
        """Whether the server is stopping, so that there is nothing to wait for."""
        return self._closing.is_set()

    def create(
        self,
        owner: str | None,
        parameters: Parameters,
        run_id: str = "",
        sent: tuple[Upload, ...] = (),
    ) -> Job:
        """Make a job that is not run yet, with the tables that it brings along.

        Raises
        ------
        UsageError
            When the owner has too many.
        """
        created = now()
        job = Job(
            id=new_id(),
            owner=owner,
            parameters=parameters,
            created=created,
            destruction=created + self.limits.default_kept,
            execution_duration_s=self.limits.default_s,
            run_id=run_id,
        )
        with self._admitting:
            if self._store.count(owner) >= self.limits.most_jobs:
                raise UsageError(
                    f"There are {self.limits.most_jobs:,} jobs of yours, the most that this Data "
                    "Lab keeps.",
                    "Delete those that are no longer needed.",
                )
            if sent:
                uploads.save(sent, self._files.uploads(job.id))
            self._store.add(job)
        return job

    def get(self, job_id: str, owner: str | None) -> Job:
        """Find a job."""
        job = self._store.get(job_id)
        if job is None or (job.owner is not None and job.owner != owner):
            raise NotFoundError(
                f"There is no job “{job_id[:40]}”.",
                "It may have been deleted, or be somebody else's: sign in as you did when you "
                "made it.",
            )
        return job

    def of(
        self,
        owner: str | None,
        phases: Iterable[Phase] = (),
        after: datetime | None = None,
        last: int | None = None,
    ) -> list[Job]:
        """List an owner's jobs, the newest first; see `JobStore.of`."""
        return [] if owner is None else self._store.of(owner, phases, after, last)

    def rows(self, job: Job) -> int | None:
        """The rows that the job has given so far, None when it has not begun to run."""
        return job.result.rows if job.result else self._runner.rows(job.id)

    def progress(self, job: Job) -> float | None:
        """The fraction of its work that a running job has done, None while it is not known."""
        return self._runner.progress(job.id) if job.phase is Phase.EXECUTING else None

    def result(self, job: Job) -> Path:
        """The file with the result of a COMPLETED job."""
        return self._files.result(job.id)

    def run(self, job: Job) -> None:
        """Run a job when its turn comes.

        Raises
        ------
        UsageError
            When it was run before, or too many of the owner's wait or run.
        """
        with self._admitting:
            active = self._store.count(job.owner, (Phase.QUEUED, Phase.EXECUTING))
            if job.phase is Phase.PENDING and active >= self.limits.most_active:
                raise UsageError(
                    f"{active:,} jobs of yours wait or run, the most that this Data Lab takes at "
                    "once.",
                    "Wait until some have ended, or abort some.",
                )
            queued = self._store.queue(job.id)
        if queued:
            self._runner.submit(job)
        elif not job.phase.is_active:
            raise UsageError(
                f"The job cannot run again: it is {job.phase}.", "Make a new job of the query."
            )

    def abort(self, job: Job) -> None:
        """End a job, unless it has ended already."""
        if self._store.abort(job.id):
            self._runner.stop(job.id)

    def delete(self, job: Job) -> None:
        """Remove a job and all that belongs to it."""
        self._remove(job.id)

    def set_parameters(
        self, job: Job, parameters: Parameters, run_id: str, sent: tuple[Upload, ...] | None = None
    ) -> None:
        """Replace the parameters of a job that was not run yet, and, when given, its tables."""
        self._pending(self._store.set_parameters(job.id, parameters, run_id), job)
        if sent is not None:
            self._files.remove_uploads(job.id)
            uploads.save(sent, self._files.uploads(job.id))

    def set_execution_duration(self, job: Job, seconds: int) -> None:
        """Say how long a job may run, within the limits; 0 is as long as they allow."""
        within = min(seconds or self.limits.most_s, self.limits.most_s)
        self._pending(self._store.set_execution_duration(job.id, within), job)

    def set_destruction(self, job: Job, time: datetime) -> None:
        """Say when a job is to be removed, within the limits."""
        self._store.set_destruction(job.id, min(time, now() + self.limits.most_kept))

    @contextmanager
    def watching(self, job_id: str) -> Iterator[Future[None]]:
        """Give a future that is done when the job is next changed, or the server stops."""
        with self._store.watching(job_id) as changed:
            if self._closing.is_set():
                self._store.wake_watchers()
            yield changed

    def _pending(self, changed: bool, job: Job) -> None:
        if not changed:
            raise UsageError(
                "A job cannot be changed once it was run.", "Make a new job, and run that."
            )

    def _remove(self, job_id: str) -> None:
        self._store.delete(job_id)
        self._runner.stop(job_id)
        self._files.remove(job_id)

    def _tick(self) -> None:
        """Look at the clock, in a thread of its own."""
        ticks = 0
        while not self._closing.wait(_TICK_S):
            try:
                self._runner.tick()
                ticks += 1
                if ticks % _TICKS_PER_SWEEP == 0:
                    for job_id in self._store.overdue():
                        self._remove(job_id)
            except Exception:
                log.exception("The clock of the jobs missed a beat.")
