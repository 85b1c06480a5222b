"""Whatever a result holds, each format gives it back exactly, through somebody else's reader."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
import re
import struct
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datalab_backend import formats
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.metadata import Column, DataType
from hypothesis import given, settings
from hypothesis import strategies as st

Value = Any
Rows = list[list[Value]]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.floats(allow_nan=True, allow_infinity=True)
VALUES: dict[DataType, st.SearchStrategy[Value]] = {
    DataType.BOOLEAN: st.booleans(),
    DataType.SMALLINT: st.integers(-(2**15), 2**15 - 1),
    DataType.INTEGER: st.integers(-(2**31), 2**31 - 1),
    DataType.BIGINT: st.integers(-(2**63), 2**63 - 1),
    DataType.REAL: st.floats(width=32),
    DataType.DOUBLE: numbers,
    DataType.CHAR: st.text(st.characters(codec="ascii"), max_size=12),
    DataType.VARCHAR: text,
    DataType.CLOB: text,
    DataType.TIMESTAMP: st.datetimes(),
    DataType.BLOB: st.binary(max_size=8),
    DataType.POINT: st.lists(numbers, min_size=2, max_size=2),
    DataType.CIRCLE: st.lists(numbers, min_size=3, max_size=3),
    DataType.POLYGON: st.lists(numbers, max_size=8),
}


@st.composite
def results(draw: st.DrawFn) -> tuple[tuple[Column, ...], Rows, list[pa.RecordBatch]]:
    """Columns, rows and the same rows in batches."""
    kinds = draw(st.lists(st.sampled_from(DataType), min_size=1, max_size=10))
    columns = tuple(Column(f"column {i}, “{kind}”", kind) for i, kind in enumerate(kinds))
    row = st.tuples(*(st.none() | VALUES[kind] for kind in kinds)).map(list)
    rows = draw(st.lists(row, max_size=20))
    arrays = [
        pa.array([row[i] for row in rows], field.type)
        for i, field in enumerate(arrow_schema(columns))
    ]
    table = pa.Table.from_arrays(arrays, schema=arrow_schema(columns))
    return columns, rows, table.to_batches(draw(st.integers(1, 7)))


def read_arrow(document: bytes, columns: tuple[Column, ...]) -> Rows:
    with pa.ipc.open_stream(document) as stream:
        table = stream.read_all()
    assert table.schema.names == [c.name for c in columns]
    return [list(row) for row in zip(*(c.to_pylist() for c in table.columns), strict=True)]


def read_parquet(document: bytes, columns: tuple[Column, ...]) -> Rows:
    table = pq.read_table(io.BytesIO(document))
    assert table.schema.names == [c.name for c in columns]
    return [list(row) for row in zip(*(c.to_pylist() for c in table.columns), strict=True)]


def read_json(document: bytes, columns: tuple[Column, ...]) -> Rows:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    found = json.loads(document.decode(), parse_constant=refuse)
    assert [c["name"] for c in found["metadata"]] == [c.name for c in columns]
    kinds = [c.datatype for c in columns]
    return [[from_json(v, k) for v, k in zip(r, kinds, strict=True)] for r in found["data"]]


def from_json(value: Value, kind: DataType) -> Value:
    if value is None:
        return None
    match kind:
        case DataType.BIGINT:
            assert isinstance(value, str)
            return int(value)
        case DataType.REAL | DataType.DOUBLE:
            return float(value)
        case DataType.TIMESTAMP:
            return datetime.fromisoformat(value)
        case DataType.BLOB:
            return bytes.fromhex(value)
        case DataType.POINT | DataType.CIRCLE | DataType.POLYGON:
            return [float(v) for v in value]
    return value


def read_csv(document: bytes, columns: tuple[Column, ...]) -> Rows:
    header, *rows = csv.reader(io.StringIO(document.decode(), newline=""), strict=True)
    assert header == [c.name for c in columns]
    kinds = [c.datatype for c in columns]
    return [[from_csv(v, k) for v, k in zip(r, kinds, strict=True)] for r in rows]


def from_csv(value: str, kind: DataType) -> Value:
    if kind in (DataType.CHAR, DataType.VARCHAR, DataType.CLOB):
        return value  # Python's reader takes null for an empty text
    if kind in (DataType.BLOB, DataType.POLYGON) and value == "":
        return None
    if value == "":
        return None
    match kind:
        case DataType.BOOLEAN:
            return {"true": True, "false": False}[value]
        case DataType.SMALLINT | DataType.INTEGER:
            return int(value)
        case DataType.POINT | DataType.CIRCLE | DataType.POLYGON:
            return [float(v) for v in value.split()]
    return from_json(value, kind)


def read_votable(document: bytes, columns: tuple[Column, ...]) -> Rows:
    """A plain reader of BINARY2, value by value, straight from the standard's text."""
    stream = re.search(rb'<STREAM encoding="base64">(.*?)</STREAM>', document, re.DOTALL)
    assert stream is not None
    data = io.BytesIO(base64.b64decode(stream[1]))
    rows: Rows = []
    while flags := data.read((len(columns) + 7) // 8):
        nulls = f"{int.from_bytes(flags, 'big'):0{8 * len(flags)}b}"
        values = [read_value(data, column.datatype) for column in columns]
        rows.append([None if n == "1" else v for n, v in zip(nulls, values, strict=False)])
    return rows


NUMBERS = {
    DataType.SMALLINT: ">h",
    DataType.INTEGER: ">i",
    DataType.BIGINT: ">q",
    DataType.REAL: ">f",
    DataType.DOUBLE: ">d",
    DataType.POINT: ">2d",
    DataType.CIRCLE: ">3d",
}


def read_value(data: io.BytesIO, kind: DataType) -> Value:
    if kind in NUMBERS:
        found = struct.unpack(NUMBERS[kind], data.read(struct.calcsize(NUMBERS[kind])))
        return list(found) if kind in (DataType.POINT, DataType.CIRCLE) else found[0]
    if kind is DataType.BOOLEAN:
        return {b"T": True, b"F": False, b"?": None}[data.read(1)]
    (count,) = struct.unpack(">i", data.read(4))
    match kind:
        case DataType.VARCHAR | DataType.CLOB:
            return data.read(2 * count).decode("utf-16-be")
        case DataType.POLYGON:
            return list(struct.unpack(f">{count}d", data.read(8 * count)))
        case DataType.TIMESTAMP:
            stamp = data.read(count).decode("ascii")
            return datetime.fromisoformat(stamp) if stamp else None
        case DataType.CHAR:
            return data.read(count).decode("ascii")
    return data.read(count)


READERS: dict[str, Callable[[bytes, tuple[Column, ...]], Rows]] = {
    "votable": read_votable,
    "csv": read_csv,
    "json": read_json,
    "arrow": read_arrow,
    "parquet": read_parquet,
}


def same(given: Value, found: Value, kind: DataType) -> bool:
    if isinstance(given, list) and isinstance(found, list):
        return len(given) == len(found) and all(map(same, given, found, [kind] * len(given)))
    if kind is DataType.REAL and given is not None and found is not None:
        return np.array_equal(np.float32(given), np.float32(found), equal_nan=True)
    if isinstance(given, float) and isinstance(found, float) and math.isnan(given):
        return math.isnan(found)
    return type(given) is type(found) and given == found


def as_csv_has_it(value: Value, kind: DataType) -> Value:
    """CSV in Python's reader: a null text is empty, and an empty list of numbers is nothing."""
    if kind in (DataType.CHAR, DataType.VARCHAR, DataType.CLOB) and value is None:
        return ""
    return None if kind in (DataType.BLOB, DataType.POLYGON) and not value else value


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=150, deadline=None)
@given(result=results())
def test_every_value_comes_back(
    name: str, result: tuple[tuple[Column, ...], Rows, list[pa.RecordBatch]]
):
    columns, rows, batches = result
    pieces = list(formats.writer(name).write(columns, iter(batches), formats.Status()))
    assert all(pieces)
    found = READERS[name](b"".join(pieces), columns)
    assert len(found) == len(rows)
    for row, found_row in zip(rows, found, strict=True):
        for value, found_value, column in zip(row, found_row, columns, strict=True):
            expected = as_csv_has_it(value, column.datatype) if name == "csv" else value
            assert same(expected, found_value, column.datatype), (column, value, found_value)
