"""Runs jobs, so that no small one waits behind a big one.

There are two lanes. Every job begins in the fast lane. One that has not finished within a slice
of time turns out to be big: it moves over to the slow lane, still running when there is room and
to begin anew when there is none. So a place in the fast lane becomes free at least once a slice,
and what is lost by beginning anew is never more than a slice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import Protocol

from datalab_backend import uploads
from datalab_backend.catalogues.live import Snapshot
from datalab_backend.engines.background import be_in_background
from datalab_backend.errors import DatalabError, ServiceError
from datalab_backend.formats import Format
from datalab_backend.jobs import query
from datalab_backend.jobs.cost import estimate
from datalab_backend.jobs.delivery import (
    KEPT,
    Delivery,
    Destination,
    Keeper,
    TableUpdate,
)
from datalab_backend.jobs.files import JobFiles
from datalab_backend.jobs.job import Failure, Job, JobResult
from datalab_backend.jobs.queue import FairQueue
from datalab_backend.jobs.run import Lane, Run
from datalab_backend.jobs.store import JobStore
from datalab_backend.uploads import UploadLimits

log = logging.getLogger(__name__)

_PATIENCE_S = 5.0


class Asked(Protocol):
    """What the parameters of a job ask for."""

    @property
    def query(self) -> str:
        """The query."""
        ...

    @property
    def language(self) -> str:
        """The language of the query, as `query.run` takes it."""
        ...

    @property
    def output(self) -> Format:
        """The format of the result."""
        ...

    @property
    def maxrec(self) -> int:
        """The most rows to give."""
        ...

    @property
    def destination(self) -> Destination | None:
        """Where the result is kept, None when it is the job's."""
        ...


Readable = Callable[[str | None], Snapshot]
"""What the owner of a job may read now; raises `errors.DatalabError` when there is none."""

Reader = Callable[[tuple[tuple[str, str], ...]], Asked | TableUpdate]
"""Reads the parameters of a job, as its protocol has them; raises `errors.UsageError`."""


class Runner:
    """Runs the jobs that are QUEUED in the store, a few at a time.

    Parameters
    ----------
    store, files
        Where the jobs and their results are.
    readable
        What they read.
    keeper
        Keeps what is to stay when a job is gone.
    read
        How their parameters are read.
    upload_limits
        How large the tables may be that they bring along.
    result_bytes
        The most bytes of a result, as `query.run` counts them.
    fast, slow
        How many run at a time in each lane.
    slice_s
        How long a job may stay in the fast lane, in seconds.
    """

    def __init__(
        self,
        store: JobStore,
        files: JobFiles,
        readable: Readable,
        keeper: Keeper,
        read: Reader,
        upload_limits: UploadLimits,
        result_bytes: int,
        fast: int = 2,
        slow: int = 2,
        slice_s: float = 1.0,
    ) -> None:
        self._store = store
        self._files = files
        self._readable = readable
        self._keeper = keeper
        self._read = read
        self._upload_limits = upload_limits
        self._result_bytes = result_bytes
        self._places = {Lane.FAST: fast, Lane.SLOW: slow}
        self._slice_s = slice_s
        self._lock = Lock()
        self._waiting = {lane: FairQueue() for lane in Lane}
        self._runs: dict[str, Run] = {}
        self._closing = False

    @property
    def busy(self) -> bool:
        """Whether any job runs or waits."""
        return bool(self._runs) or any(len(queue) for queue in self._waiting.values())

    def submit(self, job: Job) -> None:
        """Run a QUEUED job when its turn comes, which may be at once."""
        cost = self._cost(job)
        with self._lock:
            self._waiting[Lane.FAST].add(job.id, job.owner, cost)
            self._dispatch()

    def stop(self, job_id: str) -> None:
        """Stop a job that was aborted or deleted in the store."""
        with self._lock:
            for queue in self._waiting.values():
                queue.discard(job_id)
            run = self._runs.get(job_id)
        if run is not None:
            run.stop()

    def rows(self, job_id: str) -> int | None:
        """The rows that a running job has given so far, None for a job that does not run."""
        run = self._runs.get(job_id)
        return None if run is None else run.rows

    def progress(self, job_id: str) -> float | None:
        """The fraction of its work that a running job has done, None while it is not known."""
        run = self._runs.get(job_id)
        return None if run is None else run.progress

    def tick(self) -> None:
        """Move the jobs whose slice is over to the slow lane; to be called often."""
        late = time.monotonic() - self._slice_s
        with self._lock:
            for run in self._in(Lane.FAST):
                if run.began > late or run.stopped:
                    continue
                if len(self._in(Lane.SLOW)) < self._places[Lane.SLOW]:
                    run.lane = Lane.SLOW
                else:
                    run.moving = True
                    run.stop()
            self._dispatch()

    def close(self) -> None:
        """Stop everything; what was running is QUEUED again in the store."""
        with self._lock:
            self._closing = True
            runs = list(self._runs.values())
            for run in runs:
                self._store.put_back(run.job.id)
                run.stop()
        deadline = time.monotonic() + _PATIENCE_S
        for run in runs:
            run.thread.join(max(0.0, deadline - time.monotonic()))

    def _in(self, lane: Lane) -> list[Run]:
        return [run for run in self._runs.values() if run.lane is lane]

    def _dispatch(self) -> None:
        """Start what there is room for; the lock is held."""
        for lane, waiting in self._waiting.items():
            while not self._closing and len(self._in(lane)) < self._places[lane]:
                job_id = waiting.take()
                if job_id is None:
                    break
                if self._store.start(job_id):  # else it was aborted this very moment
                    self._start(job_id, lane)

    def _start(self, job_id: str, lane: Lane) -> None:
        job = self._store.get(job_id)
        if job is None:  # deleted this very moment
            return
        thread = Thread(target=self._work, args=(job_id,), name=f"job-{job_id[:8]}", daemon=True)
        self._runs[job_id] = Run(job, lane, thread)
        thread.start()

    def _work(self, job_id: str) -> None:
        """Run a job to its end, in a thread of its own."""
        be_in_background()
        with self._lock:
            run = self._runs[job_id]
        again = False
        try:
            again = self._finish(run)
        except Exception:
            # Such as a full disk: the next start of the server runs the job again.
            log.exception("How a job ended could not be kept.")
        cost = self._cost(run.job) if again else 0.0
        with self._lock:
            del self._runs[job_id]
            if again:
                self._waiting[Lane.SLOW].add(job_id, run.job.owner, cost)
            self._dispatch()

    def _finish(self, run: Run) -> bool:
        """Keep the result of a job, or why it has none; whether it is to begin anew."""
        try:
            result = self._answer(run)
        except Exception as error:
            if run.moving:
                return self._store.put_back(run.job.id)
            if not run.stopped:
                self._store.fail(run.job.id, _failure(error))
        else:
            if not self._store.complete(run.job.id, result):
                # Aborted or deleted this very moment, or to run again after the next start, with
                # the tables that it brought along.
                self._files.result(run.job.id).unlink(missing_ok=True)
        return False

    def _answer(self, run: Run) -> JobResult:
        job = run.job
        asked = self._read(job.parameters)
        if isinstance(asked, TableUpdate):
            return self._update(run, asked)
        uploaded = uploads.read(uploads.load(self._files.uploads(job.id)), self._upload_limits)
        run.go_on()
        now = self._readable(job.owner)
        if asked.destination is not None:
            self._keeper.check(job.owner, asked.destination, job.id)
        with (
            query.run(
                asked.query,
                now.tables,
                now.engine.in_background(),
                asked.maxrec,
                job.execution_duration_s,
                uploaded,
                asked.language,
                self._result_bytes,
                tell_progress=True,
            ) as rows,
            self._files.writing(job.id) as file,
        ):
            run.reads(rows)
            rows.start()
            if asked.destination is not None:
                self._keeper.deliver(_delivery(run, asked, asked.destination, rows))
                file.write(KEPT)
            else:
                for chunk in asked.output.write(rows.columns, run.counted(rows), rows.status):
                    run.go_on()
                    file.write(chunk)
            size = file.tell()
            cut = rows.status.overflow
        if asked.destination is not None:
            return JobResult("text/plain", "txt", size, run.rows, cut)
        return JobResult(asked.output.media_type, asked.output.extension, size, run.rows, cut)

    def _update(self, run: Run, update: TableUpdate) -> JobResult:
        run.go_on()
        self._keeper.update(run.job.owner, update)
        with self._files.writing(run.job.id) as file:
            file.write(KEPT)
        return JobResult("text/plain", "txt", len(KEPT), 0)

    def _cost(self, job: Job) -> float:
        try:
            asked = self._read(job.parameters)
            if isinstance(asked, TableUpdate):
                return 0.0
            tables = self._readable(job.owner).tables
        except DatalabError:
            return 0.0
        return estimate(asked.query, tables, asked.language)


def _delivery(run: Run, asked: Asked, to: Destination, rows: query.QueryResult) -> Delivery:
    return Delivery(
        owner=run.job.owner,
        to=to,
        columns=rows.columns,
        batches=run.counted(rows),
        status=rows.status,
        output=asked.output,
        go_on=run.go_on,
        token=run.job.id,
    )


def _failure(error: Exception) -> Failure:
    """Say what went wrong, as a user may read it."""
    if isinstance(error, DatalabError):
        return Failure.of(error)
    log.error("A job failed.", exc_info=error)
    if isinstance(error, OSError):
        fault = ServiceError(
            "The result could not be written to the Data Lab's disk.",
            "The disk may be full: delete jobs that are no longer needed, or ask for fewer rows.",
        )
    else:
        fault = ServiceError(
            "Something went wrong inside the Data Lab.",
            "The server's log has the details; nothing is known to be wrong with your request.",
        )
    return Failure.of(fault)
