"""What a format is, and what it is told about a result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from datalab_backend.metadata import Column


@dataclass(slots=True)
class Status:
    """What there is to say about a result beside its rows.

    Attributes
    ----------
    overflow
        Whether rows were left out at the limit. Holds once all batches are read.
    query
        The query as the user wrote it.
    credits
        Whom to acknowledge for the rows.
    simulated
        Whether any of the rows were made up.
    looks_around
        Whether nothing is read but what describes the catalogues.
    names
        What the query itself calls its columns, which may be the same for several.
    """

    overflow: bool = False
    query: str = ""
    credits: tuple[str, ...] = ()
    simulated: bool = False
    looks_around: bool = False
    names: tuple[str, ...] = ()


class Format(Protocol):
    """A way to write a result, batch by batch, without ever holding all of it.

    Attributes
    ----------
    name
        The short name of the format.
    media_type
        What to say in ``Content-Type``.
    extension
        The ending of a file name.
    """

    name: str
    media_type: str
    extension: str

    def write(
        self, columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], status: Status
    ) -> Iterator[bytes]:
        """The document in pieces, none of them empty."""
        ...
