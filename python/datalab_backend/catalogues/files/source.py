"""A table in a file: what it says of itself, and its rows piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datalab_backend.metadata import Column

RowNumbers: TypeAlias = NDArray[np.int64]

BATCH_ROWS = 131_072
"""How many rows are read at once."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be read.

    Attributes
    ----------
    row
        Its place in the file: the line of a text file, else the number of the row; from 1.
    reason
        Why, as a sentence.
    content
        What stands there, as text.
    """

    row: int
    reason: str
    content: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows that lie together in a file.

    Attributes
    ----------
    rows
        The rows, their columns called as the source calls them.
    numbers
        The place of each in the file, as `Rejected.row`.
    rejected
        What could not be read.
    """

    rows: pa.RecordBatch
    numbers: RowNumbers
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One table of one file, of which only the head has been read.

    Attributes
    ----------
    path
        The file.
    label
        What to call it in messages, with the part of the file where it has several.
    columns
        The columns.
    pieces
        Reads the rows. It is given the columns as they are wanted, since text may be read as
        several types.
    description, credit
        What the file says of the table.
    rows
        The number of rows, None when it is not known before they are read.
    empty
        Names of columns that have no value at all, so that any type fits them.
    guessed
        Whether the types are told by the values, so that the rows can be read as others.
    position
        The names of the columns with the position, when the file says so.
    notes
        What there is to tell about the file, such as columns that are left out.
    """

    path: Path
    label: str
    columns: tuple[Column, ...]
    pieces: Callable[[Sequence[Column]], Iterator[Piece]]
    description: str = ""
    credit: str = ""
    rows: int | None = None
    empty: frozenset[str] = frozenset()
    guessed: bool = False
    position: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()


def numbered(batches: Iterator[pa.RecordBatch]) -> Iterator[Piece]:
    """Pieces of batches in the order of the file."""
    first = 1
    for batch in batches:
        yield Piece(batch, np.arange(first, first + batch.num_rows))
        first += batch.num_rows
