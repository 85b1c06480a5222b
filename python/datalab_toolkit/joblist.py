"""One's jobs at a service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from datalab_toolkit.errors import NotFoundError, UsageError
from datalab_toolkit.layout import html_table, text_table
from datalab_toolkit.queryjob import Job
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.uws import JobState
from datalab_toolkit.wording import suited

PHASES = ("PENDING", "QUEUED", "EXECUTING", "COMPLETED", "ERROR", "ABORTED", "HELD", "ARCHIVED")

_HEADER = ("job", "phase", "created (UTC)", "run id")


class JobList(Sequence[Job]):
    """The jobs that a service has of us, the newest first: to look at, or to go through.

    Parameters
    ----------
    states
        What the service told of them.
    service
        Its name.
    """

    def __init__(self, states: Sequence[JobState], service: str) -> None:
        self._states = tuple(states)
        self.service = service
        self._jobs = tuple(Job(service, state.id, state=state) for state in states)

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        return self._jobs[index]

    def to_arrow(self) -> pa.Table:
        """One row a job: id, phase, when it was made, run id."""
        return pa.table(
            {
                "job": pa.array([s.id for s in self._states], pa.string()),
                "phase": pa.array([s.phase for s in self._states], pa.string()),
                "created": pa.array([s.created for s in self._states], pa.timestamp("ms", "UTC")),
                "run_id": pa.array([s.run_id for s in self._states], pa.string()),
            }
        )

    def __repr__(self) -> str:
        return text_table(_HEADER, self._cells(), set(), self._summary())

    def _repr_html_(self) -> str:
        return html_table(_HEADER, self._cells(), set(), self._summary())

    def _cells(self) -> list[list[str]]:
        return [
            [s.id, s.phase, f"{s.created:%Y-%m-%d %H:%M:%S}" if s.created else "", s.run_id]
            for s in self._states
        ]

    def _summary(self) -> str:
        count = len(self)
        one = suited("job('id')", "datalab job ID")
        return f"{count} job{'' if count == 1 else 's'} at {self.service}. One of them: {one}"


def jobs(
    phase: str | Sequence[str] | None = None,
    after: datetime | str | None = None,
    last: int | None = None,
    service: str = DEFAULT,
) -> JobList:
    """List my jobs at a service, the newest first.

    Parameters
    ----------
    phase
        A phase to keep to, such as ``EXECUTING``, or several; None for all.
    after
        Only jobs made after this time: a datetime, or text as ``2026-01-31T12:00:00`` (UTC).
    last
        Only so many of the newest.
    service
        The name of the TAP service.

    Raises
    ------
    DatalabError
        There is no such phase, or a time or number cannot be.
    SignInError
        The service knows jobs of those alone who are signed in.

    Examples
    --------
    >>> dl.jobs("EXECUTING")
    >>> dl.jobs(last=5)[0].result()
    """
    phases = [phase] if isinstance(phase, str) else list(phase or ())
    phases = [name.upper() for name in phases if name]
    if unknown := [name for name in phases if name not in PHASES]:
        raise UsageError(f"There is no phase {unknown[0]!r}.", f"It is one of {', '.join(PHASES)}.")
    if last is not None and last < 1:
        raise UsageError(f"last cannot be {last}.", "Give a number of jobs, such as 5.")
    found = find(service).uws.of(phases, _time(after), last)
    return JobList(found, service)


def job(id: str, service: str = DEFAULT) -> Job:
    """Find a job again, from any session and any client.

    Parameters
    ----------
    id
        Its id, as `jobs` shows it, or its address.
    service
        The name of the TAP service.

    Raises
    ------
    NotFoundError
        The service has no such job, or not any more.
    """
    if not id.strip():
        raise NotFoundError(
            "A job without an id cannot be found.",
            suited("jobs() lists those there are.", "`datalab jobs` lists those there are."),
        )
    found = Job(service, id.strip())
    found.refresh()
    return found


def _time(given: datetime | str | None) -> datetime | None:
    if given is None:
        return None
    try:
        time = given if isinstance(given, datetime) else datetime.fromisoformat(given)
    except (TypeError, ValueError):
        raise UsageError(
            f"after is not a time: {given!r}.", "Write it as 2026-01-31T12:00:00."
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
