"""One job while it runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from enum import Enum, auto
from threading import Lock, Thread

import pyarrow as pa

from datalab_backend.errors import ServiceError
from datalab_backend.jobs.job import Job
from datalab_backend.jobs.query import QueryResult


class Lane(Enum):
    """Where a job runs."""

    FAST = auto()
    SLOW = auto()


class Run:
    """A job that is running.

    Attributes
    ----------
    job
        The job.
    lane
        Where it runs.
    thread
        What runs it.
    began
        When it began, by the monotonic clock.
    rows
        The rows of the result so far.
    moving
        Whether it is stopped only to begin anew in the slow lane.
    """

    def __init__(self, job: Job, lane: Lane, thread: Thread) -> None:
        self.job = job
        self.lane = lane
        self.thread = thread
        self.began = time.monotonic()
        self.rows = 0
        self.moving = False
        self._lock = Lock()
        self._stopped = False
        self._query: QueryResult | None = None

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stopped

    @property
    def progress(self) -> float | None:
        """The fraction of its work that is done, None while it is not known."""
        query = self._query
        return None if query is None else query.progress

    def reads(self, query: QueryResult) -> None:
        """Say what to cancel when the job is to stop."""
        with self._lock:
            self._query = query
        self.go_on()

    def stop(self) -> None:
        """Have it stop, from any thread."""
        with self._lock:
            self._stopped = True
            if self._query is not None:
                self._query.cancel()

    def go_on(self) -> None:
        """Raise an error when the job was told to stop."""
        if self._stopped:
            raise ServiceError("The job was stopped.")

    def counted(self, query: QueryResult) -> Iterator[pa.RecordBatch]:
        """Pass the rows on and count them."""
        for batch in query:
            self.rows += batch.num_rows
            yield batch
