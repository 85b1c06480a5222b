"""Rows in VOTable's BINARY and BINARY2 serialisations, without a Python loop over the rows.

A row is its values, big-endian; values of variable length have their length before them, and in
BINARY2 a mask of null flags comes first (VOTable 1.4, sections 5.3, 5.4 and 6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datalab_backend.engines.arrow import Values
from datalab_backend.formats import ragged
from datalab_backend.formats.ragged import Bytes, Offsets
from datalab_backend.formats.records import Fixed, lay_out
from datalab_backend.formats.text import timestamps
from datalab_backend.formats.votypes import elements, votype
from datalab_backend.metadata import Column

Elements: TypeAlias = NDArray[Any]

_BIG_ENDIAN = {"short": ">i2", "int": ">i4", "long": ">i8", "float": ">f4", "double": ">f8"}


NULLS = {"short": -(2**15), "int": -(2**31), "long": -(2**63)}
"""What stands for null in BINARY, whose integers have no other way to say it."""


def encode(columns: Sequence[Column], batch: pa.RecordBatch, null_flags: bool) -> Iterator[Bytes]:
    """The rows of a batch in pieces, none of them empty; each holds until the next is asked for.

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
    cells: list[Fixed | Values] = [_null_flags(batch)] if null_flags else []
    for column, values in zip(columns, batch.columns, strict=True):
        kind = votype(column)
        null = nulls.get(kind.datatype, 0)
        if kind.arraysize.endswith("*"):
            cells += _counted(*variable(kind.datatype, values))
        elif kind.arraysize:
            cells.append(Fixed(fixed(kind.datatype, kind.arraysize, values, null)))
        else:
            written = _BIG_ENDIAN.get(kind.datatype, "")
            cells.append(Fixed(_plain(kind.datatype, values, null), written))
    yield from lay_out(cells, batch.num_rows)


def _counted(offsets: Offsets, items: Elements) -> list[Fixed | Values]:
    """Values of variable length and their counts; codes and names often are all of one length."""
    counts = np.diff(offsets)
    if (counts != counts[0]).any():
        ends = offsets * np.int64(items.itemsize)
        return [Fixed(counts, ">i4"), ragged.build(ends, items.view(np.uint8))]
    count = Fixed(np.broadcast_to(counts[:1], counts.shape), ">i4")
    size = int(counts[0]) * items.itemsize
    return [count, Fixed(items.view(f"V{size}"))] if size else [count]


def fixed(datatype: str, arraysize: str, values: Values, null: int) -> Elements:
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


def variable(datatype: str, values: Values) -> tuple[Offsets, Elements]:
    """Values of variable length: where the elements of each one start, and the elements.

    There is one offset more than there are values, in elements; the elements are big-endian. Null
    has none.
    """
    if pa.types.is_list(values.type):
        lengths: Values = pc.list_value_length(values)
        counts = np.asarray(lengths.fill_null(0), np.int64)
        items = _elements(datatype, values.flatten(), NULLS.get(datatype, 0))
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]), items
    if pa.types.is_timestamp(values.type):
        values = timestamps(values)
    if values.null_count:
        values = values.fill_null("")
    offsets, data = ragged.split(values)
    if datatype == "unicodeChar":
        return _utf16(offsets, data)
    if datatype == "char" and len(data) and data.max() >= 0x80:
        return variable("char", pc.replace_substring_regex(values, r"[^\x00-\x7f]", "?"))
    return offsets, data


def _elements(datatype: str, values: Values, null: int) -> Elements:
    """The values, big-endian, one after the other."""
    plain = _plain(datatype, values, null)
    return plain.astype(_BIG_ENDIAN[datatype]) if datatype in _BIG_ENDIAN else plain


def _plain(datatype: str, values: Values, null: int) -> Elements:
    """The values in the machine's own order."""
    if datatype == "boolean":
        letters: Values = pc.if_else(values, ord("T"), ord("F"))
        return np.asarray(letters.fill_null(ord("?")), np.uint8)
    # Null floating values are NaN as well, for readers that do not look at the null flags.
    fill = float("nan") if datatype in ("float", "double") else null
    return np.asarray(values.fill_null(fill) if values.null_count else values)


def _null_flags(batch: pa.RecordBatch) -> Fixed:
    shape = batch.num_rows, -(-batch.num_columns // 8)
    if not any(values.null_count for values in batch.columns):
        return Fixed(np.broadcast_to(np.uint8(0), shape))
    flags = np.zeros(shape, np.uint8)
    for i, values in enumerate(batch.columns):
        if values.null_count:
            nulls = values.is_null().to_numpy(zero_copy_only=False)
            flags[:, i // 8] |= nulls.astype(np.uint8) << (7 - i % 8)
    return Fixed(flags.reshape(-1).view(f"V{shape[1]}"))


def _utf16(offsets: Offsets, utf8: Bytes) -> tuple[Offsets, Elements]:
    """UTF-8 texts as big-endian UTF-16."""
    if not len(utf8) or utf8.max() < 0x80:
        return offsets, utf8.astype(">u2")
    # A character starts at each byte that continues none; beyond U+FFFF it takes two units.
    units = ((utf8 & 0xC0) != 0x80).astype(np.int64) + (utf8 >= 0xF0)
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(units)])
    data = utf8.tobytes().decode("utf-8").encode("utf-16-be")
    return before[offsets], np.frombuffer(data, ">u2")
