"""Whatever a result holds, each format gives it back exactly, through somebody else's reader."""

from __future__ import annotations

import math
import re

import numpy as np
import pyarrow as pa
import pytest
from datalab_backend import formats
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.formats import records
from datalab_backend.metadata import Column, DataType
from format_readers import READERS, SHAPES, TEXTS, WHOLE, Rows, Value, fixed_size
from hypothesis import given, settings
from hypothesis import strategies as st

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


ELEMENTS = list(DataType)[:6]
ARRAYSIZES = st.sampled_from(["", "", "2", "2x3", "*"])


def values_of(column: Column) -> st.SearchStrategy[Value]:
    """What a column can hold."""
    one = VALUES[column.datatype]
    match column.arraysize:
        case "":
            return one
        case "*":
            return st.lists(one, max_size=4)
        case size:
            count = math.prod(map(int, size.split("x")))
            return st.lists(one, min_size=count, max_size=count)


@st.composite
def results(draw: st.DrawFn) -> tuple[tuple[Column, ...], Rows, list[pa.RecordBatch]]:
    """Columns, rows and the same rows in batches."""
    kinds = draw(st.lists(st.sampled_from(DataType), min_size=1, max_size=10))
    sizes = [draw(ARRAYSIZES) if kind in ELEMENTS else "" for kind in kinds]
    columns = tuple(
        Column(f"column {i}, “{kind}”", kind, arraysize=size)
        for i, (kind, size) in enumerate(zip(kinds, sizes, strict=True))
    )
    row = st.tuples(*(st.none() | values_of(column) for column in columns)).map(list)
    rows = draw(st.lists(row, max_size=20))
    arrays = [
        pa.array([row[i] for row in rows], field.type)
        for i, field in enumerate(arrow_schema(columns))
    ]
    table = pa.Table.from_arrays(arrays, schema=arrow_schema(columns))
    return columns, rows, table.to_batches(draw(st.integers(1, 7)))


def same(given: Value, found: Value, kind: DataType) -> bool:
    if isinstance(given, list) and isinstance(found, list):
        return len(given) == len(found) and all(map(same, given, found, [kind] * len(given)))
    if kind is DataType.REAL and given is not None and found is not None:
        return np.array_equal(np.float32(given), np.float32(found), equal_nan=True)
    if isinstance(given, float) and isinstance(found, float) and math.isnan(given):
        return math.isnan(found)
    return type(given) is type(found) and given == found


NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_text_has_it(value: Value, column: Column) -> Value:
    """In CSV to Python's reader a null text is empty, and an empty array is nothing."""
    if column.datatype in TEXTS:
        return value or ""
    return None if value in (b"", []) else value


def as_tabledata_has_it(value: Value, column: Column) -> Value:
    """An empty cell is null and empty, and XML does not have all characters."""
    if value is None and (column.is_array or column.datatype in SHAPES):
        return as_binary_has_it(value, column) or None
    value = as_text_has_it(value, column)
    return NOT_XML.sub("\ufffd", value) if isinstance(value, str) else value


def as_binary_has_it(value: Value, column: Column) -> Value:
    """A null number is NaN or the lowest; a null text or array of any length is empty."""
    if value is not None or column.datatype is DataType.TIMESTAMP:
        return value
    if column.datatype in TEXTS:
        return ""
    if column.datatype is DataType.BLOB:
        return b""
    size = SHAPES.get(column.datatype) or fixed_size(column)
    if size is None:
        return []
    one = -(2 ** (WHOLE[column.datatype] - 1)) if column.datatype in WHOLE else math.nan
    one = None if column.datatype is DataType.BOOLEAN else one
    return [one] * size if column.is_array or column.datatype in SHAPES else one


def as_fits_has_it(value: Value, column: Column) -> Value:
    """Texts are ASCII without zeros at the end; integers have a null of their own."""
    if isinstance(value, str):
        return re.sub(r"[^\x00-\x7f]", "?", value).rstrip("\0")
    if value is None and column.datatype in WHOLE and fixed_size(column) is not None:
        return None
    return as_binary_has_it(value, column)


HAS_IT = {
    "csv": as_text_has_it,
    "tsv": as_text_has_it,
    "votable/td": as_tabledata_has_it,
    "votable/b": as_binary_has_it,
    "fits": as_fits_has_it,
}


def test_every_format_but_the_one_for_people_is_read_back():
    assert READERS.keys() == {output.name for output in formats.FORMATS} - {"text"}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=100)
@given(result=results())
def test_every_value_comes_back(
    name: str, result: tuple[tuple[Column, ...], Rows, list[pa.RecordBatch]]
):
    columns, rows, batches = result
    pieces = list(formats.writer(name).write(columns, iter(batches), formats.Status()))
    assert all(pieces)
    found = READERS[name](b"".join(pieces), columns)
    assert len(found) == len(rows)
    has_it = HAS_IT.get(name, lambda value, column: value)
    for row, found_row in zip(rows, found, strict=True):
        for value, found_value, column in zip(row, found_row, columns, strict=True):
            expected = has_it(value, column)
            assert same(expected, found_value, column.datatype), (column, value, found_value)


@pytest.mark.parametrize("name", ["votable", "votable/b"])
@settings(max_examples=100)
@given(result=results(), slice_rows=st.integers(1, 5))
def test_a_document_is_the_same_however_many_rows_are_laid_out_at_once(
    name: str, result: tuple[tuple[Column, ...], Rows, list[pa.RecordBatch]], slice_rows: int
):
    columns, _, batches = result

    def document() -> bytes:
        return b"".join(formats.writer(name).write(columns, iter(batches), formats.Status()))

    at_once = document()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "SLICE_ROWS", slice_rows)
        assert document() == at_once
