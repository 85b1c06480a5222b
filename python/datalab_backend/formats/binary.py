"""Rows in VOTable's BINARY and BINARY2 serialisations, without a Python loop over the rows.

A row is its values, big-endian; values of variable length have their length before them, and in
BINARY2 a mask of null flags comes first (VOTable 1.4, sections 5.3, 5.4 and 6). Runs of values of
fixed length are laid out as one NumPy record array; Arrow then joins these runs with the variable
values, row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def encode(columns: Sequence[Column], batch: pa.RecordBatch, null_flags: bool) -> memoryview:
    """The rows of a batch, whose types are those of the columns (`engines.arrow.conform`).

    Parameters
    ----------
    columns
        The columns.
    batch
        The rows.
    null_flags
        Whether each row begins with its null flags, as in BINARY2. In BINARY a null integer is the
        one of `NULLS`, a null number NaN, and a null text is empty.
    """
    if not batch.num_rows:
        return memoryview(b"")
    run: list[Fixed] = [_null_flags(batch)] if null_flags else []
    nulls = {} if null_flags else NULLS
    parts: list[Values] = []
    for column, values in zip(columns, batch.columns, strict=True):
        kind = votype(column)
        if kind.arraysize.endswith("*"):
            counts, pieces = variable(kind.datatype, values)
            run.append(counts.astype(">i4"))
            parts += [_block(run), pieces]
            run = []
        else:
            run.append(fixed(kind.datatype, kind.arraysize, values, nulls.get(kind.datatype, 0)))
    if run:
        parts.append(_block(run))
    rows = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary()))
    return ragged.split(rows)[1].data


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
        offsets, data = _utf16(*ragged.split(values.cast(pa.large_string()).fill_null("")))
        return np.diff(offsets) // 2, ragged.build(offsets, data)
    pieces = values.cast(pa.large_binary()).fill_null(b"")
    offsets, data = ragged.split(pieces)
    if datatype == "char" and len(data) and data.max() >= 0x80:
        return variable("char", pc.replace_substring_regex(values, r"[^\x00-\x7f]", "?"))
    return np.diff(offsets), pieces


def _elements(datatype: str, values: Values, null: int) -> Fixed:
    """The values, big-endian, one after the other."""
    if datatype == "boolean":
        letters: Values = pc.if_else(values, ord("T"), ord("F"))
        return np.asarray(letters.fill_null(ord("?")), np.uint8)
    # Null floating values are NaN as well, for readers that do not look at the null flags.
    fill = float("nan") if datatype in ("float", "double") else null
    known = values.fill_null(fill) if values.null_count else values
    return np.asarray(known).astype(_BIG_ENDIAN[datatype])


def _null_flags(batch: pa.RecordBatch) -> Fixed:
    nulls = np.zeros((batch.num_rows, batch.num_columns), np.bool_)
    for i, values in enumerate(batch.columns):
        if values.null_count:
            nulls[:, i] = values.is_null().to_numpy(zero_copy_only=False)
    return np.packbits(nulls, axis=1)


def _block(run: list[Fixed]) -> Values:
    """Values of fixed length, side by side in each row."""
    layout = [(f"f{i}", values.dtype, values.shape[1:]) for i, values in enumerate(run)]
    record = np.empty(len(run[0]), np.dtype(layout))
    for (name, *_), values in zip(layout, run, strict=True):
        record[name] = values
    offsets = np.arange(len(record) + 1, dtype=np.int64) * record.itemsize
    return ragged.build(offsets, record.view(np.uint8))


def _utf16(offsets: Offsets, utf8: Bytes) -> tuple[Offsets, Bytes]:
    """UTF-8 texts as big-endian UTF-16."""
    if not len(utf8) or utf8.max() < 0x80:
        padded = np.zeros((len(utf8), 2), np.uint8)
        padded[:, 1] = utf8
        return offsets * 2, padded.reshape(-1)
    # A character starts at each byte that continues none; beyond U+FFFF it takes two units.
    units = ((utf8 & 0xC0) != 0x80).astype(np.int64) + (utf8 >= 0xF0)
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(units)])
    data = utf8.tobytes().decode("utf-8").encode("utf-16-be")
    return before[offsets] * 2, np.frombuffer(data, np.uint8)
