"""What can go wrong on the kernel's side, told to people.

Each error says what was wrong and what to do about it. No engine's message and no traceback of a
library reaches a user through them.
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
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def _render_traceback_(self) -> list[str]:
        """Show the message alone in IPython: our own lines of code help nobody to mend it."""
        return [f"{type(self).__name__}: {self}"]


class ServiceUnavailableError(DatalabError, ConnectionError):
    """A service that does not answer: not running, not reachable, or not a TAP service."""


class ServiceTimeoutError(ServiceUnavailableError, TimeoutError):
    """A service that did not answer in the time it was given."""


class NotFoundError(DatalabError, LookupError):
    """A service, table or column that is not there."""


class NodeNotFoundError(NotFoundError, FileNotFoundError):
    """A file or folder of the virtual storage that is not there, or not to be seen."""


class AlreadyThereError(DatalabError, FileExistsError):
    """A table, file or folder that would have to make room."""


class UsageError(DatalabError):
    """An argument that is missing, unknown or contradictory, whatever there is at a service."""


class NotEmptyError(DatalabError):
    """A folder that is to be removed, and has something in it."""


class AccessError(DatalabError, PermissionError):
    """What the caller may not do."""


class SignInError(AccessError):
    """What wants a sign-in: there is none, it is refused, or it has ended."""


class QueryError(DatalabError, ValueError):
    """A query that a service refused.

    Parameters
    ----------
    message, hint
        As for `DatalabError`.
    line, column
        Where in the query, both counted from 1, when the service said so.
    query
        The query as it was sent.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        line: int | None = None,
        column: int | None = None,
        query: str = "",
    ) -> None:
        super().__init__(message, hint)
        self.line = line
        self.column = column
        self.query = query

    def __str__(self) -> str:
        parts = [self.message, self._marked_line(), self.hint]
        return "\n".join(part for part in parts if part)

    def _marked_line(self) -> str:
        """The line of the query that is wrong, with a caret under the place."""
        lines = self.query.splitlines()
        if self.line is None or self.column is None or not 1 <= self.line <= len(lines):
            return ""
        line = lines[self.line - 1]
        # Tabs before the place are kept, so that the caret stands under it on any terminal.
        before = "".join(c if c == "\t" else " " for c in line[: self.column - 1])
        number = f"line {self.line}: "
        return f"\n  {number}{line}\n  {' ' * len(number)}{before}^"


class Interrupted(KeyboardInterrupt):
    """The kernel, or a terminal, was interrupted; the message says what became of the query."""

    def _render_traceback_(self) -> list[str]:
        """Show the message alone in IPython."""
        return [f"Interrupted: {self}"]


class TruncatedResultWarning(UserWarning):
    """A result that holds fewer rows than the query has, because a limit was reached."""


class SkippedFileWarning(UserWarning):
    """What is in a folder and is not sent with it, such as a link that leads out of it."""


class RejectedRowsWarning(UserWarning):
    """Rows of a file that a table does not have, because they cannot be read."""
