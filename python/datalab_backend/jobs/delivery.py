"""Results of queries that are kept by the Data Lab in the place of being sent."""

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
    """Where results can be kept."""

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


class Destinations(Protocol):
    """Where results can be kept."""

    def check(self, owner: str | None, to: Destination, token: str = "") -> None:
        """Refuse before the query runs what could not be kept after it."""
        ...

    def deliver(self, delivery: Delivery) -> None:
        """Keep the rows: all of them, or none when this raises."""
        ...
