"""A query that runs at a service while its author does something else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx

from datalab_toolkit import destinations, exports, results
from datalab_toolkit.answers import QueryResult
from datalab_toolkit.errors import (
    DatalabError,
    Interrupted,
    ServiceTimeoutError,
    ServiceUnavailableError,
)
from datalab_toolkit.progress import Progress, as_html, as_text, show
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.uws import JobState
from datalab_toolkit.wording import suited

T = TypeVar("T")

# Short, so that the time that is shown goes on and an interrupt is heard.
_WAIT_S = 1
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 10.0
# How long a service may be away, as a Data Lab is while it is started again.
_PATIENCE_S = 30.0


class Job:
    """A query that runs as a job of a service. It goes on when Python ends.

    ``await job`` gives the rows as `result` does.

    Parameters
    ----------
    service
        The name of the service.
    name
        The id of the job, or its address.
    query
        The query, for errors.
    fmt
        The format that `result` gives when it is not told another.
    state
        How it is, when that is known.
    """

    def __init__(
        self,
        service: str,
        name: str,
        query: str = "",
        fmt: str = "pandas",
        state: JobState | None = None,
    ) -> None:
        self.service = service
        self._name = name
        self._fmt = fmt
        state = state or JobState(name.rpartition("/")[2], "UNKNOWN")
        self._state = replace(state, query=query or state.query)

    def __repr__(self) -> str:
        return as_text(self._state, _seconds(self._state))

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        """Show how it is now; as it was last known to be when the service is away."""
        with suppress(DatalabError):
            self.refresh()
        return {"text/plain": repr(self), "text/html": as_html(self._state, _seconds(self._state))}

    def __await__(self) -> Generator[Any, None, Any]:
        return self._awaited().__await__()

    @property
    def id(self) -> str:
        """The id by which `job` finds it again, in any session."""
        return self._state.id

    @property
    def url(self) -> str:
        """The address of the job, for any UWS client."""
        return find(self.service).uws.address(self._name)

    @property
    def query(self) -> str:
        """The query."""
        return self._state.query or self.refresh().query

    @property
    def phase(self) -> str:
        """Where it is now, such as ``QUEUED``, ``EXECUTING``, ``COMPLETED`` or ``ERROR``."""
        return self.refresh().phase

    @property
    def rows(self) -> int | None:
        """The rows of its result so far, when the service tells."""
        return self.refresh().rows

    @property
    def error(self) -> DatalabError | None:
        """Why it has no result; None when nothing went wrong."""
        state = self.refresh()
        if state.phase == "ABORTED":
            return DatalabError(
                f"The job {self.id} was aborted.", state.message or "Run the query again."
            )
        if state.phase != "ERROR":
            return None
        return self._ask(lambda: find(self.service).uws.error(self._name, state))

    def refresh(self) -> JobState:
        """Ask the service how the job is, unless it has ended."""
        if not (self._state.has_ended and self._state.is_whole):
            self._look()
        return self._state

    def wait(self, timeout: float | None = None) -> Job:
        """Wait until the job has ended, well or badly, and show how it gets on.

        Interrupting the kernel ends the waiting, not the job.

        Parameters
        ----------
        timeout
            How long to wait, in seconds; None for as long as it takes.

        Raises
        ------
        ServiceTimeoutError
            It has not ended by then. It goes on.
        """
        try:
            with show() as progress:
                self.follow(progress, timeout)
        except KeyboardInterrupt:
            raise Interrupted(
                f"No longer waiting. The job {self.id} goes on: {self._way_back()} finds it "
                "again, .abort() ends it."
            ) from None
        return self

    def result(self, fmt: str | None = None, timeout: float | None = None) -> Any:  # noqa: ANN401
        """Wait for the rows and return them; or what they were kept as, a table or a file.

        Parameters
        ----------
        fmt
            ``pandas``, ``table``, ``arrow`` or ``polars``; None for what the query was asked in.
        timeout
            As for `wait`.

        Raises
        ------
        QueryError
            The query failed; the message has the service's words.

        Warns
        -----
        TruncatedResultWarning
            The query has more rows than were returned.
        """
        results.check(fmt or self._fmt)
        self.wait(timeout)
        if destination := self.refresh().destination:
            self._need_result()
            return destinations.kept(destination, self.service)
        return results.deliver(self.fetch(), fmt or self._fmt, self.query, self.service)

    def fetch(self) -> QueryResult:
        """Read the rows of a job that has ended."""

        def read() -> QueryResult:
            with self.stream() as answer:
                kind = answer.headers.get("content-type", "")
                return find(self.service).read(answer.read(), kind, self.query)

        return self._ask(read)

    @contextmanager
    def stream(self) -> Iterator[httpx.Response]:
        """Hand out the result of a job that has ended, as the service has it, to be streamed."""
        self._need_result()
        with find(self.service).uws.result(self._name, self._state) as answer:
            yield answer

    def save(self, path: str | Path, format: str | None = None) -> Path:
        """Wait for the rows and write them into a file, which is there whole or not at all.

        Parameters
        ----------
        path
            The file.
        format
            As for the ``datalab`` command; None for what the name of the file tells. A name that
            tells nothing gets the result as the service has it.
        """
        path = Path(path).expanduser()
        self.wait()
        if self.write(path, format):
            results.warn(self._state.rows, 3)
        return path

    def write(self, path: Path, format: str | None = None) -> bool:
        """Write the rows of a job that has ended into a file; see `save`.

        Returns
        -------
        bool
            Whether the service cut the result short.
        """
        self._need_result()
        format = format or exports.format_of(path, "")
        with exports.Target(path, format or "csv") as target:
            if not format:  # as the service keeps them
                with self.stream() as answer:
                    for chunk in answer.iter_bytes():
                        target.write_bytes(chunk)
                return self._state.overflow
            result = self.fetch()
            target.write(result.table)
            return result.overflow

    def abort(self) -> None:
        """Stop the job. It stays in the list, without a result."""
        self._ask(lambda: find(self.service).uws.abort(self._name))
        self._look()

    def delete(self) -> None:
        """Remove the job and its result from the service."""
        self._ask(lambda: find(self.service).uws.delete(self._name))
        self._state = JobState(self.id, "ARCHIVED", query=self._state.query, is_whole=True)

    def follow(self, progress: Progress, timeout: float | None = None) -> None:
        """Wait as `wait` does, and leave an interrupt to the caller."""
        began = time.monotonic()
        while not self._state.has_ended:
            waited = time.monotonic() - began
            left = float("inf") if timeout is None else timeout - waited
            if left <= 0:
                raise ServiceTimeoutError(
                    f"The job {self.id} is {self._state.phase} after {timeout:g} s.",
                    f"It goes on: {self._way_back()} finds it again.",
                )
            before, asked = self._state.phase, time.monotonic()
            # Only a service of UWS 1.1 knows WAIT, and whole seconds of it.
            hold = int(min(_WAIT_S, left)) if self._state.can_wait else 0
            self._look(hold)
            progress.update(self._state, _seconds(self._state))
            quick = time.monotonic() - asked < hold / 2 or not hold
            if self._state.phase == before and quick:
                time.sleep(min(_pause(waited), max(left, 0.0)))

    async def _awaited(self) -> Any:  # noqa: ANN401 - as many types as formats
        began = time.monotonic()
        while not (await asyncio.to_thread(self.refresh)).has_ended:
            await asyncio.sleep(_pause(time.monotonic() - began))
        result = await asyncio.to_thread(self.fetch)
        return results.deliver(result, self._fmt, self.query, self.service)

    def _look(self, wait_s: int = 0) -> None:
        phase, query = self._state.phase, self._state.query
        state = self._ask(lambda: find(self.service).uws.look(self._name, wait_s, phase))
        # What we sent is what a place in an error counts from.
        self._state = replace(state, query=query or state.query)

    def _ask(self, question: Callable[[], T]) -> T:
        """Ask, and ask again a service that has gone for a moment: jobs outlive it."""
        patience_s = _PATIENCE_S if self._state.is_whole else 0.0
        deadline = time.monotonic() + patience_s
        while True:
            try:
                return question()
            except ServiceTimeoutError:
                raise
            except ServiceUnavailableError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.5)

    def _need_result(self) -> None:
        if not self.refresh().has_ended:
            raise DatalabError(
                f"The job {self.id} is still {self._state.phase}.",
                suited("Use .wait().", f"`datalab job {self.id} --wait` waits for it."),
            )
        if (error := self.error) is not None:
            raise error

    def _way_back(self) -> str:
        elsewhere = "" if self.service == DEFAULT else f", service={self.service!r}"
        return f"dl.job({self._name!r}{elsewhere})"


def _pause(waited_s: float) -> float:
    """How long to leave a service in peace: longer for what takes long."""
    return min(max(_FIRST_PAUSE_S, waited_s / 10), _LONGEST_PAUSE_S)


def _seconds(state: JobState) -> float | None:
    """How long it has run, or waited to run."""
    begin = state.started or state.created
    if begin is None:
        return None
    end = state.ended or datetime.now(UTC)
    return max(0.0, (end - begin).total_seconds())
