"""One column of a FITS binary table: how wide it is, and how its values are laid out."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datalab_backend.engines.arrow import Values
from datalab_backend.formats import binary
from datalab_backend.formats.ragged import Bytes
from datalab_backend.formats.votypes import elements, votype
from datalab_backend.metadata import Column

Cells: TypeAlias = NDArray[Any]

_LETTERS = {
    "boolean": "L",
    "unsignedByte": "B",
    "short": "I",
    "int": "J",
    "long": "K",
    "float": "E",
    "double": "D",
    "char": "A",
}
_BITS = {"short": 16, "int": 32, "long": 64}

_WIDEST = 4096
"""Longer texts go to the heap, where each takes only the room that it needs. Not shorter ones:
astropy gives texts from the heap character by character."""


class FitsColumn:
    """A column as FITS has it; all values are measured before any is laid out.

    Attributes
    ----------
    column
        The column.
    heap_start
        Where in the heap its values begin, in bytes.
    """

    def __init__(self, column: Column) -> None:
        kind = votype(column)
        self.column = column
        self.heap_start = 0
        self.xtype = kind.xtype
        self._datatype = "char" if kind.datatype == "unicodeChar" else kind.datatype
        self._arraysize = kind.arraysize
        self._longest = 0
        self._bytes = 0
        self._laid_out = 0
        self._has_nulls = False
        bits = _BITS.get(self._datatype, 0)
        lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        self._unused = [lowest, highest, *range(lowest + 1, lowest + 9)] if bits else []

    @property
    def form(self) -> str:
        """The value of TFORM."""
        letter = _LETTERS[self._datatype]
        if self.in_heap:
            return f"1Q{letter}({self._longest})"
        if self._varies:
            return f"{max(self._longest, 1)}{letter}"
        return f"{elements(self._arraysize)}{letter}" if self._arraysize else letter

    @property
    def dimensions(self) -> str:
        """The value of TDIM, empty for none."""
        return f"({self._arraysize.replace('x', ',')})" if "x" in self._arraysize else ""

    @property
    def null(self) -> int | None:
        """The value of TNULL, None when the column needs none."""
        if not (self._has_nulls and self._datatype in _BITS):
            return None
        return self._unused[0] if self._unused else binary.NULLS[self._datatype]

    @property
    def in_heap(self) -> bool:
        """Whether the rows only say where in the heap the values are."""
        return self._varies and (self._datatype != "char" or self._longest > _WIDEST)

    @property
    def heap_bytes(self) -> int:
        """The room that the values take in the heap."""
        return self._bytes if self.in_heap else 0

    @property
    def _varies(self) -> bool:
        return self._arraysize.endswith("*")

    def measure(self, values: Values) -> None:
        """Take account of some of the values."""
        self._has_nulls = self._has_nulls or values.null_count > 0
        if self._varies and len(values):
            offsets, items = binary.variable(self._datatype, values)
            self._longest = max(self._longest, int(np.diff(offsets).max()))
            self._bytes += items.nbytes
        if self._unused:
            items = values.flatten() if pa.types.is_list(values.type) else values
            tried = pa.array(self._unused, items.type)
            used = pc.is_in(tried, value_set=items).to_pylist()
            self._unused = [n for n, is_used in zip(self._unused, used, strict=True) if not is_used]

    def cells(self, values: Values) -> Cells:
        """What stands in the rows for the values that come next."""
        if self.in_heap:
            offsets, items = binary.variable(self._datatype, values)
            starts = offsets[:-1] * np.int64(items.itemsize) + self.heap_start + self._laid_out
            self._laid_out += items.nbytes
            return np.stack([np.diff(offsets), starts], axis=1).astype(">i8")
        if self._varies:
            return self._text(values)
        null = self.null
        cells = binary.fixed(self._datatype, self._arraysize, values, 0 if null is None else null)
        # A truth value that is not known is a zero byte (FITS 4.0, section 7.3.3.1).
        return np.where(cells == ord("?"), 0, cells) if self._datatype == "boolean" else cells

    def heap(self, values: Values) -> bytes:
        """What stands in the heap for some of the values."""
        return binary.variable(self._datatype, values)[1].tobytes()

    def _text(self, values: Values) -> Cells:
        offsets, data = binary.variable("char", values)
        counts = np.diff(offsets)
        cells: Bytes = np.zeros((len(counts), max(self._longest, 1)), np.uint8)
        rows = np.repeat(np.arange(len(counts)), counts)
        cells[rows, np.arange(len(data)) - np.repeat(offsets[:-1], counts)] = data
        return cells
