"""Rows as bytes, one row after the other, laid out from whole columns.

Runs of values of fixed length are filled into one NumPy record array, column by column; Arrow then
joins these runs with the values of variable length, row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datalab_backend.engines.arrow import Values
from datalab_backend.formats import ragged
from datalab_backend.formats.ragged import Bytes

SLICE_ROWS = 3072
"""Rows that are laid out at once: what they fill stays in the processor's cache, and base64 can
write it without a remainder, since three divides it."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Values that take the same room in each row.

    Attributes
    ----------
    values
        One a row, or a row of them a row. What is the same in all rows is broadcast from one value
        (`numpy.broadcast_to`), and laid out only once.
    written
        The NumPy type that they are written as, empty for their own.
    """

    values: NDArray[Any]
    written: str = ""

    @property
    def field(self) -> tuple[str, np.dtype[Any], tuple[int, ...]]:
        """The values as the unnamed field of a NumPy record."""
        return "", np.dtype(self.written or self.values.dtype), self.values.shape[1:]

    @property
    def is_same_in_all_rows(self) -> bool:
        """Whether all rows have one value between them."""
        return self.values.strides[0] == 0


def lay_out(cells: Sequence[Fixed | Values], rows: int) -> Iterator[Bytes]:
    """The bytes of some rows in pieces; each piece holds until the next is asked for.

    Parameters
    ----------
    cells
        What stands in each row, in order: values of fixed length, or large binary values without
        nulls. Between two of the latter is one of the former, and one comes first.
    rows
        How many rows there are, at least one.
    """
    parts = _parts(cells, min(rows, SLICE_ROWS))
    for start in range(0, rows, SLICE_ROWS):
        yield _piece(parts, start, min(start + SLICE_ROWS, rows))


def _parts(cells: Sequence[Fixed | Values], slice_rows: int) -> list[_Run | Values]:
    """The cells, with those of fixed length that follow each other as one."""
    parts: list[_Run | Values] = []
    run: list[Fixed] = []
    for cell in cells:
        if isinstance(cell, Fixed):
            run.append(cell)
        else:
            parts += [_Run(run, slice_rows), cell]
            run = []
    return [*parts, _Run(run, slice_rows)] if run else parts


def _piece(parts: Sequence[_Run | Values], start: int, stop: int) -> Bytes:
    if len(parts) == 1:
        return parts[0].fill(start, stop)
    values = [
        part.values(start, stop) if isinstance(part, _Run) else part[start:stop] for part in parts
    ]
    joined = pc.binary_join_element_wise(*values, pa.scalar(b"", pa.large_binary()))
    return ragged.split(joined)[1]


class _Run:
    """Values of fixed length that follow each other in each row, in a buffer of a few rows.

    The buffer is filled again for each slice: what is the same in all rows is there already, and no
    slice has to wait for memory that is not in the cache.
    """

    def __init__(self, cells: Sequence[Fixed], slice_rows: int) -> None:
        self._records = np.empty(slice_rows, [cell.field for cell in cells])
        ends = np.arange(slice_rows + 1) * self._records.itemsize
        self._values = ragged.build(ends, self._records.view(np.uint8))
        self._varying: list[tuple[NDArray[Any], NDArray[Any]]] = []
        for name, cell in zip(self._records.dtype.names or (), cells, strict=True):
            field = self._records[name]
            if cell.is_same_in_all_rows:
                field[:] = cell.values[:slice_rows]
            else:
                self._varying.append((field, cell.values))

    def fill(self, start: int, stop: int) -> Bytes:
        """The bytes of some of the rows, until the next are asked for."""
        rows = stop - start
        for field, values in self._varying:
            field[:rows] = values[start:stop]
        return self._records[:rows].view(np.uint8)

    def values(self, start: int, stop: int) -> Values:
        """The same as one binary value a row."""
        self.fill(start, stop)
        return self._values[: stop - start]
