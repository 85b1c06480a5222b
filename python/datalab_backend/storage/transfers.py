"""Transfers as jobs, which go on while their owner does something else (UWS 1.1)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event

from datalab_backend.accounts.callers import ANONYMOUS, Caller
from datalab_backend.accounts.service import Accounts
from datalab_backend.errors import DatalabError, NotFoundError, ServiceError, UsageError
from datalab_backend.jobs.job import Failure, Job, JobResult, Phase, new_id, now
from datalab_backend.jobs.store import JobStore
from datalab_backend.storage.service import Storage
from datalab_backend.storage.transfer import Transfer, perform
from datalab_backend.uploads import UploadLimits

log = logging.getLogger(__name__)

_AT_ONCE = 4
_MOST_JOBS = 10_000
_KEPT = timedelta(days=7)
_KEPT_BRIEFLY = timedelta(minutes=5)


class StoppedError(DatalabError):
    """A transfer that its owner, or the end of the server, has stopped."""


class Transfers:
    """The transfers of one Data Lab; any thread may use them.

    Parameters
    ----------
    path
        The database with the jobs; made when it is not there.
    storage
        Where bytes and nodes are moved.
    accounts
        Whose they are.
    limits
        As of `transfer.perform`.
    """

    def __init__(
        self, path: Path, storage: Storage, accounts: Accounts, limits: UploadLimits
    ) -> None:
        self.limits = limits
        self._store = JobStore(path)
        self._storage = storage
        self._accounts = accounts
        self._threads = ThreadPoolExecutor(_AT_ONCE, "transfer")
        self._closing = Event()

    @property
    def busy(self) -> bool:
        """Whether any transfer waits or runs."""
        return bool(self._store.waiting())

    def start(self) -> None:
        """Go on where the last server ended: what is half done was never seen."""
        self._store.recover()
        self._store.delete_overdue()
        for job in self._store.queued():
            self._threads.submit(self._run, job.id)

    def close(self) -> None:
        """Stop the transfers that run; the next start runs them again."""
        self.stop_waiting()
        self._threads.shutdown(cancel_futures=True)
        self._store.close()

    def stop_waiting(self) -> None:
        """Tell those who watch a job that the server stops."""
        self._closing.set()
        self._store.wake_watchers()

    @property
    def closing(self) -> bool:
        """Whether the server stops."""
        return self._closing.is_set()

    def create(self, caller: Caller, transfer: Transfer, run: bool, brief: bool = False) -> Job:
        """Make a job of a transfer, and run it if asked to.

        It is kept for minutes where that is enough (``brief``), and where it is nobody's: all who
        are not signed in share one number of jobs.
        """
        owner = None if caller.is_anonymous else caller.name
        self._store.delete_overdue()
        if self._store.count(owner) >= _MOST_JOBS:
            raise UsageError(
                f"There are {_MOST_JOBS:,} transfers of yours.",
                "Delete those that are done, or wait some minutes.",
            )
        made = now()
        kept = _KEPT_BRIEFLY if brief or owner is None else _KEPT
        job = Job(new_id(), owner, transfer.parameters, made, made + kept, 0)
        self._store.add(job)
        if run:
            self.run(job)
        return job

    def get(self, job_id: str, caller: Caller) -> Job:
        """Find a job."""
        job = self._store.get(job_id)
        owner = None if caller.is_anonymous else caller.name
        if job is None or job.owner not in (None, owner):
            raise NotFoundError(
                f"There is no transfer “{job_id[:40]}”.", "It may have been deleted."
            )
        return job

    def of(self, caller: Caller) -> list[Job]:
        """List a caller's jobs, the newest first."""
        return [] if caller.is_anonymous else self._store.of(caller.name)

    def run(self, job: Job) -> None:
        """Run a job when its turn comes."""
        if self._store.queue(job.id):
            self._threads.submit(self._run, job.id)

    def abort(self, job: Job) -> None:
        """End a job; a transfer that runs stops at its next piece, and leaves nothing."""
        self._store.abort(job.id)

    def delete(self, job: Job) -> None:
        """Forget a job, and stop it."""
        self._store.abort(job.id)
        self._store.delete(job.id)

    @contextmanager
    def watching(self, job_id: str) -> Iterator[Future[None]]:
        """Give a future that is done when the job is next changed, or the server stops."""
        with self._store.watching(job_id) as changed:
            if self._closing.is_set():
                self._store.wake_watchers()
            yield changed

    def _run(self, job_id: str) -> None:
        if self.closing or not self._store.start(job_id):
            return
        job = self._store.get(job_id)
        if job is None:
            return
        try:
            result = self._perform(job)
        except StoppedError:
            if self.closing:
                self._store.put_back(job_id)
        except DatalabError as error:
            self._store.fail(job_id, Failure.of(error))
        except Exception:
            log.exception("A transfer failed.", extra={"job": job_id})
            self._store.fail(
                job_id, Failure.of(ServiceError("Something went wrong inside the Data Lab."))
            )
        else:
            self._store.complete(job_id, result)

    def _perform(self, job: Job) -> JobResult:
        def go_on() -> None:
            found = self._store.get(job.id)
            if self.closing or found is None or found.phase is not Phase.EXECUTING:
                raise StoppedError("The transfer was stopped.")

        transfer = Transfer.of(job.parameters)
        count = 0
        if not transfer.is_negotiation:
            caller = self._caller(job)
            _, count = perform(transfer, self._storage, caller, self.limits, go_on)
        return JobResult("text/xml", "xml", 0, count)

    def _caller(self, job: Job) -> Caller:
        if job.owner is None:
            return ANONYMOUS
        user = self._accounts.find(job.owner)
        if user is None or user.disabled:
            raise NotFoundError("The user of the transfer is not there any more.")
        return self._accounts.caller(user)
