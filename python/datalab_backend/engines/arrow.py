"""How each data type travels as Arrow, the same from ingest to result."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from datalab_backend.metadata import Column, DataType

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


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema of rows with these columns."""
    return pa.schema([pa.field(c.name, ARROW_TYPES[c.datatype]) for c in columns])
