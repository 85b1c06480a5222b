"""Plain readers of each format, value by value, straight from the text of its standard."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from astropy.io import fits
from datalab_backend.metadata import Column, DataType

Value = Any
Rows = list[list[Value]]

TEXTS = (DataType.CHAR, DataType.VARCHAR, DataType.CLOB)
WHOLE = {DataType.SMALLINT: 16, DataType.INTEGER: 32, DataType.BIGINT: 64}
SHAPES = {DataType.POINT: 2, DataType.CIRCLE: 3}


def read_arrow(document: bytes, columns: tuple[Column, ...]) -> Rows:
    with pa.ipc.open_stream(document) as stream:
        table = stream.read_all()
    return rows_of(table, columns)


def read_parquet(document: bytes, columns: tuple[Column, ...]) -> Rows:
    return rows_of(pq.read_table(io.BytesIO(document)), columns)


def rows_of(table: pa.Table, columns: tuple[Column, ...]) -> Rows:
    assert table.schema.names == [c.name for c in columns]
    return [list(row) for row in zip(*(c.to_pylist() for c in table.columns), strict=True)]


def read_json(document: bytes, columns: tuple[Column, ...]) -> Rows:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    found = json.loads(document.decode(), parse_constant=refuse)
    assert [c["name"] for c in found["metadata"]] == [c.name for c in columns]
    return [[from_json(v, c) for v, c in zip(r, columns, strict=True)] for r in found["data"]]


def from_json(value: Value, column: Column) -> Value:
    if value is None:
        return None
    if column.is_array:
        return [from_json(v, element(column)) for v in value]
    match column.datatype:
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
    return read_separated(document, columns, ",")


def read_tsv(document: bytes, columns: tuple[Column, ...]) -> Rows:
    return read_separated(document, columns, "\t")


def read_separated(document: bytes, columns: tuple[Column, ...], separator: str) -> Rows:
    lines = io.StringIO(document.decode(), newline="")
    header, *rows = csv.reader(lines, delimiter=separator, strict=True)
    assert header == [c.name for c in columns]
    return [[from_csv(v, c) for v, c in zip(r, columns, strict=True)] for r in rows]


def from_csv(value: str, column: Column) -> Value:
    if column.datatype in TEXTS:
        return value  # Python's reader takes null for an empty text
    if value == "":
        return None
    if column.is_array or column.datatype in (*SHAPES, DataType.POLYGON):
        return [from_csv(v, element(column)) for v in value.split()]
    match column.datatype:
        case DataType.BOOLEAN:
            return {"true": True, "false": False}[value]
        case DataType.SMALLINT | DataType.INTEGER:
            return int(value)
    return from_json(value, column)


def read_tabledata(document: bytes, columns: tuple[Column, ...]) -> Rows:
    rows = ET.fromstring(document).iter("{http://www.ivoa.net/xml/VOTable/v1.3}TR")
    return [[from_cell(td.text or "", c) for td, c in zip(r, columns, strict=True)] for r in rows]


def from_cell(cell: str, column: Column) -> Value:
    if column.datatype in TEXTS:
        return cell
    if column.datatype is DataType.BLOB:
        return bytes(map(int, cell.split())) or None
    if column.datatype is DataType.BOOLEAN and not column.is_array:
        return {"T": True, "F": False, "": None}[cell]
    if column.is_array and column.datatype is DataType.BOOLEAN:
        return [{"T": True, "F": False, "?": None}[v] for v in cell.split()] or None
    return from_csv(cell, column)


def read_binary2(document: bytes, columns: tuple[Column, ...]) -> Rows:
    data = io.BytesIO(stream_of(document))
    rows: Rows = []
    while flags := data.read((len(columns) + 7) // 8):
        nulls = f"{int.from_bytes(flags, 'big'):0{8 * len(flags)}b}"
        values = [read_value(data, column) for column in columns]
        rows.append([None if n == "1" else v for n, v in zip(nulls, values, strict=False)])
    return rows


def read_binary(document: bytes, columns: tuple[Column, ...]) -> Rows:
    content = stream_of(document)
    data = io.BytesIO(content)
    rows: Rows = []
    while data.tell() < len(content):
        rows.append([read_value(data, column) for column in columns])
    return rows


def stream_of(document: bytes) -> bytes:
    stream = re.search(rb'<STREAM encoding="base64">(.*?)</STREAM>', document, re.DOTALL)
    assert stream is not None
    return base64.b64decode(stream[1])


NUMBERS = {
    DataType.SMALLINT: "h",
    DataType.INTEGER: "i",
    DataType.BIGINT: "q",
    DataType.REAL: "f",
    DataType.DOUBLE: "d",
    DataType.POINT: "d",
    DataType.CIRCLE: "d",
    DataType.POLYGON: "d",
}


def read_value(data: io.BytesIO, column: Column) -> Value:
    size = SHAPES.get(column.datatype) or fixed_size(column)
    if size is None:
        (size,) = struct.unpack(">i", data.read(4))
        return read_elements(data, column, size)
    found = read_elements(data, column, size)
    return found if column.is_array or column.datatype in SHAPES else found[0]


def fixed_size(column: Column) -> int | None:
    if column.is_array:
        return None if "*" in column.arraysize else math.prod(map(int, column.arraysize.split("x")))
    return 1 if column.datatype in (DataType.BOOLEAN, *list(NUMBERS)[:5]) else None


def read_elements(data: io.BytesIO, column: Column, count: int) -> Value:
    match column.datatype:
        case DataType.VARCHAR | DataType.CLOB:
            return data.read(2 * count).decode("utf-16-be")
        case DataType.TIMESTAMP:
            stamp = data.read(count).decode("ascii")
            return datetime.fromisoformat(stamp) if stamp else None
        case DataType.CHAR:
            return data.read(count).decode("ascii")
        case DataType.BLOB:
            return data.read(count)
        case DataType.BOOLEAN:
            return [{"T": True, "F": False, "?": None}[chr(v)] for v in data.read(count)]
    layout = f">{count}{NUMBERS[column.datatype]}"
    return list(struct.unpack(layout, data.read(struct.calcsize(layout))))


FITS_CODES = {"B": "B", "I": "h", "J": "i", "K": "q", "E": "f", "D": "d"}


def read_fits(document: bytes, columns: tuple[Column, ...]) -> Rows:
    with fits.open(io.BytesIO(document)) as found:
        header = found[1].header
        start = found.info(output=False) and found[1]._data_offset
    assert len(document) % 2880 == 0
    heap = start + header["NAXIS1"] * header["NAXIS2"]
    rows: Rows = []
    for number in range(header["NAXIS2"]):
        data = io.BytesIO(document[start + number * header["NAXIS1"] :][: header["NAXIS1"]])
        row = []
        for index, column in enumerate(columns, 1):
            form = re.fullmatch(r"(\d*)(Q?)([LBIJKEDA])(\(\d+\))?", header[f"TFORM{index}"])
            assert form is not None
            count, source = int(form[1] or 1), data
            if form[2]:
                count, offset = struct.unpack(">2q", data.read(16))
                source = io.BytesIO(document[heap + offset :])
            values = read_fits_elements(source, form[3], count)
            null = header.get(f"TNULL{index}")
            row.append(from_fits(values, column, null))
        assert data.read() == b""
        rows.append(row)
    return rows


def read_fits_elements(data: io.BytesIO, letter: str, count: int) -> Value:
    if letter == "A":
        return data.read(count).rstrip(b"\0").decode("ascii")
    if letter == "L":
        return [{"T": True, "F": False, "\0": None}[chr(v)] for v in data.read(count)]
    layout = f">{count}{FITS_CODES[letter]}"
    return list(struct.unpack(layout, data.read(struct.calcsize(layout))))


def from_fits(values: Value, column: Column, null: int | None) -> Value:
    match column.datatype:
        case DataType.TIMESTAMP:
            return datetime.fromisoformat(values) if values else None
        case DataType.BLOB:
            return bytes(values)
        case DataType.CHAR | DataType.VARCHAR | DataType.CLOB:
            return values
    if column.is_array or column.datatype in (*SHAPES, DataType.POLYGON):
        return None if null is not None and values and values[0] == null else values
    return None if null is not None and values[0] == null else values[0]


def element(column: Column) -> Column:
    """The column that holds one element of another's arrays."""
    shape = column.datatype in (*SHAPES, DataType.POLYGON)
    return Column(column.name, DataType.DOUBLE if shape else column.datatype)


READERS: dict[str, Callable[[bytes, tuple[Column, ...]], Rows]] = {
    "votable": read_binary2,
    "votable/td": read_tabledata,
    "votable/b": read_binary,
    "csv": read_csv,
    "tsv": read_tsv,
    "fits": read_fits,
    "json": read_json,
    "arrow": read_arrow,
    "parquet": read_parquet,
}
