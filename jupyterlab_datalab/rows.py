"""Writes the rows of a query as JSON that loses nothing in a browser.

64-bit integers are strings, since JavaScript's numbers hold 53 bits. Null is null, and what floats
have beside numbers is a string: ``NaN``, ``Infinity``, ``-Infinity``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
from datalab_toolkit.answers import QueryResult

# VOTable's names of the types (VOTable 1.4, section 2.1), as TAP_SCHEMA has them.
_DATATYPES = {
    pa.bool_(): "boolean",
    pa.uint8(): "unsignedByte",
    pa.int8(): "short",
    pa.int16(): "short",
    pa.uint16(): "int",
    pa.int32(): "int",
    pa.uint32(): "long",
    pa.int64(): "long",
    pa.uint64(): "long",
    pa.float16(): "float",
    pa.float32(): "float",
    pa.float64(): "double",
}


def as_json(result: QueryResult) -> dict[str, Any]:
    """Write a result as ``POST …/query`` answers it."""
    columns = [_column(field) for field in result.table.schema]
    values = [_values(column) for column in result.table.columns]
    rows = [list(row) for row in zip(*values, strict=True)]
    return {"columns": columns, "rows": rows, "overflow": result.overflow}


def _column(field: pa.Field[Any]) -> dict[str, str]:
    metadata = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    kept = {key: metadata.get(key, "") for key in ("unit", "ucd", "description")}
    return {"name": field.name, "datatype": _DATATYPES.get(field.type, "char"), **kept}


def _values(column: pa.ChunkedArray[Any]) -> list[Any]:
    kind = column.type
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        # By way of the shortest text that means the same number: 8.4, not 8.399999618530273.
        shortest = column.to_numpy(zero_copy_only=False).astype(str).astype(np.float64)
        return [
            None if missing else _plain(value)
            for value, missing in zip(shortest.tolist(), column.is_null().to_pylist(), strict=True)
        ]
    if pa.types.is_int64(kind) or pa.types.is_uint64(kind):
        return [None if value is None else str(value) for value in column.to_pylist()]
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_string(kind):
        return column.to_pylist()
    return [_plain(value) for value in column.to_pylist()]


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell holds anything
    match value:
        case None | bool() | str():
            return value
        case float():
            if math.isnan(value):
                return "NaN"
            if math.isinf(value):
                return "Infinity" if value > 0 else "-Infinity"
            return value
        case int():
            return value if abs(value) < 2**53 else str(value)
        case list():
            return [_plain(item) for item in value]
        case bytes():
            return value.hex()
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else str(value)
