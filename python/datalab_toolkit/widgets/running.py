"""Runs a query beside the kernel's own work, and tells how it gets on."""

from __future__ import annotations

import io
import threading
import warnings
from contextlib import suppress
from typing import Any, Protocol

from datalab_toolkit import results
from datalab_toolkit.answers import QueryResult
from datalab_toolkit.destinations import file_format, is_kept_there, kept, kept_at
from datalab_toolkit.errors import DatalabError, ServiceTimeoutError, TruncatedResultWarning
from datalab_toolkit.queries import prepared
from datalab_toolkit.queryjob import Job
from datalab_toolkit.queryruns import keep, submit
from datalab_toolkit.registry import find
from datalab_toolkit.uws import JobState

_IN_WORDS = {"QUEUED": "waiting for its turn", "EXECUTING": "running"}


class Shown(Protocol):
    """Where is shown how a run gets on."""

    def __call__(self, **told: object) -> None:
        """Show a phase (running, done, failed, cancelled) with a message, a hint, a progress."""


class Kept(Protocol):
    """Who gets the rows."""

    def __call__(self, rows: object) -> None:
        """Take them."""


class Run(threading.Thread):
    """One run of a query, in a thread.

    Parameters
    ----------
    text, service
        The query, and the name of the service that runs it.
    name
        The variable of the notebook that gets the rows.
    as_job
        Whether to run it as a job from the first.
    show, keep
        Who is told, and who gets the rows, or what was made of them.
    out, replace
        Where a Data Lab keeps the rows, as for `datalab_toolkit.query`; empty for the variable.
    """

    def __init__(
        self,
        text: str,
        service: str,
        name: str,
        as_job: bool,
        show: Shown,
        keep: Kept,
        out: str = "",
        replace: bool = False,
    ) -> None:
        super().__init__(name="query-builder-run", daemon=True)
        self._text = text
        self._service = service
        self._variable = name
        self._as_job = as_job
        self._show = show
        self._keep = keep
        self._out = out
        self._replace = replace
        self._job: Job | None = None
        self._is_cancelled = False

    def cancel(self) -> None:
        """End it; what has come already is dropped."""
        self._is_cancelled = True
        if self._job is not None:
            with suppress(DatalabError):
                self._job.abort()
        self._show(phase="cancelled", message="The query was cancelled.")

    def run(self) -> None:
        """Get the rows and hand them over, or have them kept."""
        try:
            if self._out:
                self._store()
            else:
                self._fetch()
        except DatalabError as error:
            if not self._is_cancelled:
                self._show(phase="failed", message=error.message, hint=error.hint)
        except Exception as error:  # nobody else would hear of it, and the widget would wait
            self._show(phase="failed", message="The run ended unexpectedly.", hint=str(error))

    def _fetch(self) -> None:
        """Get the rows."""
        found = self._found()
        if self._is_cancelled:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TruncatedResultWarning)  # it is told in the widget
            rows = results.deliver(found, "pandas", self._text, self._service)
        self._keep(rows)
        self._show(
            phase="done",
            message=f"{_how_many(len(rows))} in {self._put(rows)}.",
            hint="The service cut the result short." if found.overflow else "",
        )

    def _found(self) -> QueryResult:
        query = prepared(self._text)
        if not self._as_job:
            try:
                return find(self._service).run(query)
            except ServiceTimeoutError:
                self._tell("It takes longer than one may wait; it runs as a job.")
        self._job = submit(query, self._service)
        self._job.follow(self)
        return self._job.fetch()

    def _store(self) -> None:
        """Have the Data Lab keep the rows."""
        if not is_kept_there(self._out):
            raise DatalabError(
                f"{self._out} is no place where a Data Lab keeps rows.",
                "Write mydb://name for a table, or vos://name.csv for a file.",
            )
        query = kept_at(prepared(self._text), self._out, self._replace)
        if self._as_job:
            self._job = submit(query, self._service, format=file_format(self._out))
            self._job.follow(self)
            if self._job.error is not None:
                raise self._job.error
            made: object = kept(query.destination, self._service)
        else:
            made = keep(query, self._service, tell=io.StringIO())
        if not self._is_cancelled:
            self._keep(made)
            self._put(made)
            self._show(phase="done", message=f"The rows are in {self._out}.")

    def _put(self, rows: object) -> str:
        """Put the rows where the notebook finds them, and say where that is."""
        from IPython.core.getipython import get_ipython

        shell: Any = get_ipython()
        if shell is None or not self._variable:
            return ".result"
        shell.user_ns[self._variable] = rows
        return self._variable

    def update(self, state: JobState, seconds: float | None) -> None:
        """Show how the job is."""
        rows = "" if state.rows is None else f", {state.rows:,} rows"
        time = "" if seconds is None else f", {seconds:.0f} s"
        doing = _IN_WORDS.get(state.phase, state.phase.lower())
        self._tell(f"Job {state.id}: {doing}{time}{rows}", state.progress)

    def close(self) -> None:
        """Nothing more will be shown."""

    def _tell(self, message: str, progress: float | None = None) -> None:
        if not self._is_cancelled:
            self._show(phase="running", progress=progress, message=message)


def _how_many(rows: int) -> str:
    return "1 row is" if rows == 1 else f"{rows:,} rows are"
