"""How each data type travels as Arrow, the same from ingest to result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType

Values: TypeAlias = Any
"""The values of one column of a batch, a `pyarrow.Array` of any type."""

ARROW_TYPES: dict[DataType, pa.DataType] = {
    DataType.BOOLEAN: pa.bool_(),
    DataType.SMALLINT: pa.int16(),
    DataType.INTEGER: pa.int32(),
    DataType.BIGINT: pa.int64(),
    DataType.REAL: pa.float32(),
    DataType.DOUBLE: pa.float64(),
    DataType.CHAR: pa.string(),
    DataType.VARCHAR: pa.string(),
    DataType.TIMESTAMP: pa.timestamp("us"),
    DataType.BLOB: pa.binary(),
    DataType.CLOB: pa.string(),
    DataType.POINT: pa.list_(pa.float64()),
    DataType.CIRCLE: pa.list_(pa.float64()),
    DataType.POLYGON: pa.list_(pa.float64()),
}


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of the values of a column."""
    element = ARROW_TYPES[column.datatype]
    return pa.list_(element) if column.is_array else element


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema of rows with these columns."""
    return pa.schema([pa.field(c.name, arrow_type(c)) for c in columns])


def conform(batch: pa.RecordBatch, columns: Sequence[Column]) -> pa.RecordBatch:
    """Rows in exactly the types of their columns, whatever an engine computes with inside.

    Raises
    ------
    UsageError
        When a value does not fit, such as a sum beyond 64 bits.
    """
    arrays = []
    for column, values in zip(columns, batch.columns, strict=True):
        wanted = arrow_type(column)
        try:
            arrays.append(values if values.type.equals(wanted) else pc.cast(values, wanted))
        except pa.ArrowInvalid as error:
            raise UsageError(
                f"A value of the column {column.name} does not fit the type {column.datatype}.",
                "CAST the expression to a wider type, such as DOUBLE PRECISION.",
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(columns))
