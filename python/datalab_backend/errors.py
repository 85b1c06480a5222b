"""What can go wrong, told to people.

Every error that a user can meet is one of these values: a sentence that says what was wrong, and a
hint that says what to do. ``datalab_backend.web.errors`` writes them as each protocol wants them.
"""

from __future__ import annotations


class DatalabError(Exception):
    """An error that is a user's to mend.

    Parameters
    ----------
    message
        What was wrong, as a sentence.
    hint
        What to do about it, as a sentence; empty when there is nothing to add.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class AdqlError(DatalabError):
    """A query that is not ADQL, or that names or mixes what it cannot.

    Parameters
    ----------
    message, hint
        As for `DatalabError`.
    line, column
        Where in the query, both counted from 1.
    """

    def __init__(self, message: str, line: int, column: int, hint: str = "") -> None:
        super().__init__(message, hint)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{super().__str__()} (line {self.line}, column {self.column})"


class UsageError(DatalabError):
    """A request whose parameters are missing, unknown or contradictory."""


class NotFoundError(DatalabError):
    """A table, job or file that is not there, or not for this user."""


class ConflictError(DatalabError):
    """A name that is taken, or something that changed meanwhile."""


class QuotaError(DatalabError):
    """Something that does not fit into what its owner may keep."""


class AuthenticationError(DatalabError):
    """A caller whose token is unknown or expired."""


class AuthorizationError(DatalabError):
    """A caller who is known but may not do this."""


class SignInError(AuthenticationError):
    """A name and password that do not let anybody in.

    Parameters
    ----------
    message, hint
        As for `DatalabError`; the same for every reason.
    reason
        Why: ``unknown`` (there is no such user), ``password`` or ``disabled``. Only for protocols
        that tell.
    """

    def __init__(self, message: str, hint: str, reason: str) -> None:
        super().__init__(message, hint)
        self.reason = reason


class TooManyRequestsError(DatalabError):
    """A caller who has to wait.

    Parameters
    ----------
    message, hint
        As for `DatalabError`.
    retry_after_s
        How long, in seconds.
    """

    def __init__(self, message: str, hint: str, retry_after_s: int) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class ServiceError(DatalabError):
    """A fault on our side: the engine, the disk, a limit of the server."""


class UnavailableError(ServiceError):
    """Nobody to answer: a service that ours needs, or ours while it stops."""


class QueryTimeoutError(DatalabError):
    """A query that ran longer than it was allowed to."""
