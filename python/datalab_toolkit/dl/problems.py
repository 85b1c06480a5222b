"""What goes wrong, told as the official client's exceptions and words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from datalab_toolkit.errors import (
    AccessError,
    AlreadyThereError,
    DatalabError,
    NodeNotFoundError,
)


class OfficialError(Exception):
    """An error with its words as ``message``, as notebooks print it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class dlAuthError(OfficialError):  # noqa: N801
    """What went wrong with a sign-in."""


class queryClientError(OfficialError):  # noqa: N801
    """What went wrong with a query, a job or a table."""


class storeClientError(OfficialError):  # noqa: N801
    """What went wrong with a file."""


class dlResError(OfficialError):  # noqa: N801
    """What went wrong with an account, a group or a job."""


@contextmanager
def told_as(kind: type[OfficialError]) -> Iterator[None]:
    """Raise what goes wrong in the block as the official client does."""
    try:
        yield
    except DatalabError as error:
        raise kind(str(error)) from None


def fault(error: DatalabError) -> str:
    """What went wrong with a file, in the words of the VOSpace standard where it has some."""
    if isinstance(error, NodeNotFoundError):
        return "A Node does not exist with the requested URI."
    if isinstance(error, AlreadyThereError):
        return "A Node already exists with the requested URI."
    if type(error) is AccessError:
        return "The user does not have sufficient access privileges for this operation."
    return f"Error: {error}"
