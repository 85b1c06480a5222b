"""What an asynchronous job is (UWS 1.1), whatever protocol it came by."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from datalab_backend.errors import AdqlError, DatalabError, ServiceError


class Phase(StrEnum):
    """Where a job is in its life (UWS 1.1, section 2.1.3)."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    EXECUTING = "EXECUTING"
    COMPLETED = "COMPLETED"
    ERROR = "ERROR"
    ABORTED = "ABORTED"
    HELD = "HELD"
    SUSPENDED = "SUSPENDED"
    ARCHIVED = "ARCHIVED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_active(self) -> bool:
        """Whether the job will, or may, still change by itself or by its owner."""
        return self in (Phase.PENDING, Phase.QUEUED, Phase.EXECUTING)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job has no result.

    Attributes
    ----------
    message, hint
        As those of `errors.DatalabError`.
    line, column
        Where in the query, both counted from 1; None when there is no such place.
    transient
        Whether the same job may succeed another time.
    """

    message: str
    hint: str = ""
    line: int | None = None
    column: int | None = None
    transient: bool = False

    @classmethod
    def of(cls, error: DatalabError) -> Failure:
        """Keep an error."""
        if isinstance(error, AdqlError):
            return cls(error.message, error.hint, error.line, error.column)
        return cls(error.message, error.hint, transient=isinstance(error, ServiceError))

    def error(self) -> DatalabError:
        """The error again."""
        if self.line is None or self.column is None:
            return DatalabError(self.message, self.hint)
        return AdqlError(self.message, self.line, self.column, self.hint)


@dataclass(frozen=True, slots=True)
class JobResult:
    """What there is to know of the file that a job made.

    Attributes
    ----------
    media_type, extension
        Those of its format.
    size
        Its length in bytes.
    rows
        The number of its rows.
    overflow
        Whether rows were left out at a limit.
    """

    media_type: str
    extension: str
    size: int
    rows: int
    overflow: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A query that runs while its owner does something else.

    Attributes
    ----------
    id
        The name of the job; nobody can guess it.
    owner
        Who made it; None for an anonymous caller, whose jobs are reached by whoever knows the id.
    parameters
        Names, in upper case, and values as they were given.
    created, destruction
        When it was made, and when it and all that belongs to it is removed.
    execution_duration_s
        The longest that it may run.
    phase
        Where it is in its life.
    run_id
        What the client calls it, empty for nothing.
    started, ended
        When it began to run, for the last time, and when it ended.
    failure
        Why it has no result, when something went wrong.
    result
        Its result, once it is COMPLETED.
    """

    id: str
    owner: str | None
    parameters: tuple[tuple[str, str], ...]
    created: datetime
    destruction: datetime
    execution_duration_s: int
    phase: Phase = Phase.PENDING
    run_id: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    failure: Failure | None = None
    result: JobResult | None = None


def new_id() -> str:
    """A job id with 128 random bits."""
    return secrets.token_hex(16)


def now() -> datetime:
    """The time, to the millisecond that is stored and shown."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
