"""Rows in VOTable's BINARY and BINARY2 serialisations, without a Python loop over the rows.

A row is its values, big-endian; values of variable length have their length before them, and in
BINARY2 a mask of null flags comes first (VOTable 1.4, sections 5.3, 5.4 and 6). Runs of values of
fixed length are laid out as one NumPy record array; Arrow then joins these runs with the variable
values, row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datalab_backend.engines.arrow import Values
from datalab_backend.formats import ragged
from datalab_backend.formats.ragged import Bytes, Offsets
from datalab_backend.formats.text import timestamps
from datalab_backend.formats.votypes import elements, votype
from datalab_backend.metadata import Column

Fixed: TypeAlias = NDArray[Any]

_BIG_ENDIAN = {"short": ">i2", "int": ">i4", "long": ">i8", "float": ">f4", "double": ">f8"}


NULLS = {"short": -(2**15), "int": -(2**31), "long": -(2**63)}
"""What stands for null in BINARY, whose integers have no other way to say it."""


SLICE_ROWS = 4096
"""Rows that are laid out at once: what they fill stays in the processor's cache."""


def encode(columns: Sequence[Column], batch: pa.RecordBatch, null_flags: bool) -> Iterator[Bytes]:
    """The rows of a batch in pieces, none of them empty.

    Parameters
    ----------
    columns
        The columns.
    batch
        The rows, of the types of the columns (`engines.arrow.conform`).
    null_flags
        Whether each row begins with its null flags, as in BINARY2. In BINARY a null integer is the
        one of `NULLS`, a null number NaN, and a null text is empty.
    """
    if not batch.num_rows:
        return
    nulls = {} if null_flags else NULLS
    cells: list[_Fixed | Values] = [_Fixed(_null_flags(batch))] if null_flags else []
    for column, values in zip(columns, batch.columns, strict=True):
        kind = votype(column)
        null = nulls.get(kind.datatype, 0)
        if kind.arraysize.endswith("*"):
            counts, pieces = variable(kind.datatype, values)
            cells += [_Fixed(counts, ">i4"), *_cell(pieces)]
        elif kind.arraysize:
            cells.append(_Fixed(fixed(kind.datatype, kind.arraysize, values, null)))
        else:
            written = _BIG_ENDIAN.get(kind.datatype, "")
            cells.append(_Fixed(_plain(kind.datatype, values, null), written))
    for start in range(0, batch.num_rows, SLICE_ROWS):
        rows = slice(start, min(start + SLICE_ROWS, batch.num_rows))
        yield _joined([cell[rows] for cell in cells])


def _joined(cells: Sequence[_Fixed | Values]) -> Bytes:
    """The bytes of some rows, one row after the other."""
    parts: list[Values] = []
    run: list[_Fixed] = []
    for cell in cells:
        if isinstance(cell, _Fixed):
            run.append(cell)
        else:
            parts += [_block(run), cell]
            run = []
    if not parts:
        return _record(run)
    if run:
        parts.append(_block(run))
    joined = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary()))
    return ragged.split(joined)[1]


def _cell(pieces: Values) -> list[_Fixed | Values]:
    """Values of variable length, as fixed ones where all are as long: codes and names often are."""
    offsets, data = ragged.split(pieces)
    size = int(offsets[1])
    if len(data) != size * len(pieces) or (np.diff(offsets) != size).any():
        return [pieces]
    return [_Fixed(data.view(f"V{size}"))] if size else []


def fixed(datatype: str, arraysize: str, values: Values, null: int) -> Fixed:
    """Values of fixed length: one a row, or a row of elements a row.

    Parameters
    ----------
    datatype, arraysize
        As VOTable spells them.
    values
        The values.
    null
        What a null integer is written as.
    """
    if not arraysize:
        return _elements(datatype, values, null)
    count = elements(arraysize)
    filler = _elements(datatype, pa.nulls(1, values.type.value_type), null)
    rows = np.repeat(filler, len(values) * count).reshape(len(values), count)
    given = values.is_valid().to_numpy(zero_copy_only=False)
    rows[given] = _elements(datatype, values.flatten(), null).reshape(-1, count)
    return rows


def variable(datatype: str, values: Values) -> tuple[Offsets, Values]:
    """The number of elements of each value, and the elements as bytes; null has none."""
    if pa.types.is_list(values.type):
        lengths: Values = pc.list_value_length(values)
        counts = np.asarray(lengths.fill_null(0), np.int64)
        items = _elements(datatype, values.flatten(), NULLS.get(datatype, 0))
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        return counts, ragged.build(offsets * items.itemsize, items.view(np.uint8))
    if pa.types.is_timestamp(values.type):
        values = timestamps(values)
    if datatype == "unicodeChar":
        offsets, data = _utf16(*ragged.split(_bytes(values)))
        return np.diff(offsets) // 2, ragged.build(offsets, data)
    pieces = _bytes(values)
    offsets, data = ragged.split(pieces)
    if datatype == "char" and len(data) and data.max() >= 0x80:
        return variable("char", pc.replace_substring_regex(values, r"[^\x00-\x7f]", "?"))
    return np.diff(offsets), pieces


def _bytes(texts: Values) -> Values:
    """The bytes of texts; null has none."""
    pieces = texts.cast(pa.large_binary())
    return pieces.fill_null(b"") if pieces.null_count else pieces


def _elements(datatype: str, values: Values, null: int) -> Fixed:
    """The values, big-endian, one after the other."""
    plain = _plain(datatype, values, null)
    return plain.astype(_BIG_ENDIAN[datatype]) if datatype in _BIG_ENDIAN else plain


def _plain(datatype: str, values: Values, null: int) -> Fixed:
    """The values in the machine's own order."""
    if datatype == "boolean":
        letters: Values = pc.if_else(values, ord("T"), ord("F"))
        return np.asarray(letters.fill_null(ord("?")), np.uint8)
    # Null floating values are NaN as well, for readers that do not look at the null flags.
    fill = float("nan") if datatype in ("float", "double") else null
    return np.asarray(values.fill_null(fill) if values.null_count else values)


def _null_flags(batch: pa.RecordBatch) -> Fixed:
    size = -(-batch.num_columns // 8)
    flags = np.zeros((batch.num_rows, size), np.uint8)
    for i, values in enumerate(batch.columns):
        if values.null_count:
            nulls = values.is_null().to_numpy(zero_copy_only=False)
            flags[:, i // 8] |= nulls.astype(np.uint8) << (7 - i % 8)
    return flags.reshape(-1).view(f"V{size}")


@dataclass(frozen=True)
class _Fixed:
    """Values of fixed length, one a row (or a row of them), and the type they are written as."""

    values: NDArray[Any]
    written: str = ""

    def __getitem__(self, rows: slice) -> _Fixed:
        return _Fixed(self.values[rows], self.written)

    @property
    def field(self) -> tuple[str, np.dtype[Any], tuple[int, ...]]:
        """The values as the unnamed field of a NumPy record."""
        return "", np.dtype(self.written or self.values.dtype), self.values.shape[1:]


def _record(run: Sequence[_Fixed]) -> Bytes:
    """The bytes of values that follow each other in each row."""
    record = np.empty(len(run[0].values), [cell.field for cell in run])
    for name, cell in zip(record.dtype.names or (), run, strict=True):
        record[name] = cell.values
    return record.view(np.uint8)


def _block(run: Sequence[_Fixed]) -> Values:
    """Values that follow each other in each row, as one binary value a row."""
    data = _record(run)
    rows = len(run[0].values)
    return ragged.build(np.arange(rows + 1, dtype=np.int64) * (len(data) // rows), data)


def _utf16(offsets: Offsets, utf8: Bytes) -> tuple[Offsets, Bytes]:
    """UTF-8 texts as big-endian UTF-16."""
    if not len(utf8) or utf8.max() < 0x80:
        return offsets * 2, utf8.astype(">u2").view(np.uint8)
    # A character starts at each byte that continues none; beyond U+FFFF it takes two units.
    units = ((utf8 & 0xC0) != 0x80).astype(np.int64) + (utf8 >= 0xF0)
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(units)])
    data = utf8.tobytes().decode("utf-8").encode("utf-16-be")
    return before[offsets] * 2, np.frombuffer(data, np.uint8)
