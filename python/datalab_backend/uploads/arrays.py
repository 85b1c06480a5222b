"""Values of an uploaded column in the types that the engine takes."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datalab_backend.engines.arrow import Values, arrow_type
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType
from datalab_backend.uploads.fields import Field

Counts: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

_POINTS = (DataType.POINT, DataType.CIRCLE)


def assemble(field: Field, elements: Values, counts: Counts, nulls: Mask) -> Values:
    """Make arrays, runs of bytes and shapes of their elements.

    An array whose elements are all null is null; where only some are, they become NaN, or 0.

    Parameters
    ----------
    field
        The column.
    elements
        The elements of all values, one after the other.
    counts
        The number of elements of each value.
    nulls
        Which values are null.
    """
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    column = field.column()
    missing = elements.is_null(nan_is_null=column.datatype in _POINTS)
    if pc.any(missing).as_py():
        before = np.concatenate([[0], np.cumsum(missing.to_numpy(zero_copy_only=False))])
        absent = before[offsets[1:]] - before[offsets[:-1]]
        nulls = nulls | ((absent == counts) & (counts > 0))
    elements = _without_nulls(elements)
    mask = pa.array(nulls)
    if field.is_bytes:
        data = elements.cast(pa.uint8()).buffers()[1]
        buffers = [None, pa.array(offsets).buffers()[1], data]
        values = pa.Array.from_buffers(pa.large_binary(), len(counts), buffers)
        return pc.if_else(mask, pa.scalar(None, pa.large_binary()), values).cast(pa.binary())
    made: Values = pa.LargeListArray.from_arrays(pa.array(offsets), elements, mask=mask)
    return made.cast(arrow_type(column))


def finish(field: Field, values: Values, first_row: int) -> Values:
    """Turn texts into timestamps where the column is one.

    Parameters
    ----------
    field
        The column.
    values
        Its values.
    first_row
        The number of the first of them, for messages.
    """
    column = field.column()
    if column.datatype is not DataType.TIMESTAMP:
        return values
    return timestamps(column, values, first_row)


def timestamps(column: Column, values: Values, first_row: int) -> Values:
    """Read times as DALI 1.1, section 3.3.3, writes them, to the microsecond."""
    texts = pc.replace_substring_regex(pc.utf8_trim_whitespace(values), "Z$", "")
    texts = pc.replace_substring_regex(texts, r"(\.\d{6})\d+$", r"\1")
    texts = null_where_empty(texts)
    wanted = pa.timestamp("us")
    try:
        return pc.cast(texts, wanted)
    except pa.ArrowInvalid:
        for row, text in enumerate(texts, first_row):
            try:
                pc.cast(text, wanted)
            except pa.ArrowInvalid:
                raise UsageError(
                    f"Row {row:,} of the column “{column.name}” is not a timestamp.",
                    "Write times as 2026-01-31T12:00:00, or leave xtype out to send text.",
                ) from None
        raise


def null_where_empty(texts: Values) -> Values:
    """Texts, of which the empty ones are null."""
    return pc.if_else(pc.equal(texts, pa.scalar("")), pa.scalar(None, pa.string()), texts)


def without(values: Values, null: str) -> Values:
    """Numbers of which one stands for null."""
    if not null or not pa.types.is_integer(values.type):
        return values
    try:
        number = pa.scalar(int(null), values.type)
    except (ValueError, pa.ArrowInvalid, OverflowError):
        return values  # no value can be that one
    return pc.if_else(pc.equal(values, number), pa.scalar(None, values.type), values)


def where_not(nulls: Mask, values: Values) -> Values:
    """Values of which some are null."""
    if not nulls.any():
        return values
    return pc.if_else(pa.array(nulls), pa.scalar(None, values.type), values)


def _without_nulls(elements: Values) -> Values:
    filler: Any = 0
    if pa.types.is_boolean(elements.type):
        filler = False
    elif pa.types.is_floating(elements.type):
        filler = float("nan")
    return elements.fill_null(filler)
