"""What jobs do to the tables and files of their users, beside giving rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import pyarrow as pa

from datalab_backend.formats import Format, Status
from datalab_backend.metadata import Column

KEPT = b"OK"
"""What a client gets in the place of the rows."""


class Place(StrEnum):
    """Keeps what users want kept beyond a query or job."""

    TABLE = "mydb"
    FILE = "vos"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a result is to be kept.

    Attributes
    ----------
    place
        Among the personal tables, or in the virtual storage.
    name
        The name of the table, or the path of the file.
    replaces
        Whether to take the place of what is there.
    """

    place: Place
    name: str
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """The rows of a query on their way to their destination.

    Attributes
    ----------
    owner
        The name of the user whose it is; None for an anonymous caller.
    to
        The destination.
    columns, batches, status
        The rows, and what there is to say about them.
    output
        The format of a file.
    go_on
        Raises when the query was stopped; asked for the last time before the rows are shown.
    token
        A name of the delivery. One that was made already, by a server that was killed before it
        could say so, is not made again. Empty for one that nobody repeats.
    """

    owner: str | None
    to: Destination
    columns: Sequence[Column]
    batches: Iterable[pa.RecordBatch]
    status: Status
    output: Format
    go_on: Callable[[], None]
    token: str = ""


@dataclass(frozen=True, slots=True)
class TableUpdate:
    """A column of a personal table that is to be indexed, which a job may ask for.

    Attributes
    ----------
    table, column
        Their names.
    is_unique
        Whether no value may be there twice.
    """

    table: str
    column: str
    is_unique: bool = False


class Keeper(Protocol):
    """Keeps what users want kept beyond a query or job."""

    def check(self, owner: str | None, to: Destination, token: str = "") -> None:
        """Refuse before the query runs what could not be kept after it."""
        ...

    def deliver(self, delivery: Delivery) -> None:
        """Keep the rows: all of them, or none when this raises."""
        ...

    def update(self, owner: str | None, update: TableUpdate) -> None:
        """Change a table of a user."""
        ...
