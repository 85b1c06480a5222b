"""Formats: how they are asked for, and what each says beside the rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datalab_backend import formats
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType

COLUMNS = (
    Column("id", DataType.BIGINT, "Identifier.", ucd="meta.id"),
    Column("ra", DataType.DOUBLE, "Right ascension.", "deg", "pos.eq.ra", "Char.Ra"),
    Column("name", DataType.VARCHAR),
)
NAMES = [output.name for output in formats.FORMATS]


def write(name: str, batches: Iterator[pa.RecordBatch], status: formats.Status) -> bytes:
    return b"".join(formats.writer(name).write(COLUMNS, batches, status))


def rows(status: formats.Status, overflow: bool = False) -> Iterator[pa.RecordBatch]:
    yield pa.record_batch({"id": [1, 2], "ra": [0.5, None], "name": ["a,b", ""]})
    yield pa.record_batch({"id": [3], "ra": [float("nan")], "name": pa.array([None], pa.string())})
    status.overflow = overflow


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("votable", "votable"),
        ("VOTABLE", "votable"),
        ("text/xml", "votable"),
        ("votable/b2", "votable"),
        ("application/x-votable+xml", "votable"),
        ("application/x-votable+xml; serialization=BINARY2", "votable"),
        ("votable/td", "votable/td"),
        ("votable/b", "votable/b"),
        ("application/x-votable+xml;serialization=TABLEDATA", "votable/td"),
        ('application/x-votable+xml; serialization="binary"', "votable/b"),
        ("tsv", "tsv"),
        ("text/tab-separated-values", "tsv"),
        ("fits", "fits"),
        ("application/fits", "fits"),
        ("text", "text"),
        ("text/plain", "text"),
        ("text/plain; charset=UTF-8", "text"),
        ("csv", "csv"),
        ("text/csv", "csv"),
        ("text/csv;header=present", "csv"),
        ("json", "json"),
        ("application/json", "json"),
        ("application/vnd.apache.arrow.stream", "arrow"),
        ("application/vnd.apache.parquet", "parquet"),
    ],
)
def test_a_format_is_found_by_its_names(asked: str, name: str):
    assert formats.writer(asked).name == name


@pytest.mark.parametrize(
    "asked", ["", "pdf", "text/html", "votable/xx", "csv, json", "text/csv;header=absent"]
)
def test_an_unknown_format_is_refused_with_the_known_ones(asked: str):
    with pytest.raises(
        UsageError,
        match="votable, votable/td, votable/b, csv, tsv, fits, json, arrow, parquet, text",
    ):
        formats.writer(asked)


def test_csv_is_as_the_standard_has_it():
    status = formats.Status()
    assert write("csv", rows(status), status).decode() == (
        'id,ra,name\r\n1,0.5,"a,b"\r\n2,,""\r\n3,NaN,\r\n'
    )


def test_tsv_quotes_what_has_a_tab_in_it():
    batch = pa.record_batch({"a\tb": ["x,y", "x\ty", "", None], "n": [1, 2, 3, None]})
    columns = (Column("a\tb", DataType.VARCHAR), Column("n", DataType.BIGINT))
    content = b"".join(formats.writer("tsv").write(columns, [batch], formats.Status()))
    assert content.decode() == '"a\tb"\tn\r\nx,y\t1\r\n"x\ty"\t2\r\n""\t3\r\n\t\r\n'


@pytest.mark.parametrize(
    "times",
    [
        [
            "2016-01-31T12:00:00",
            "1969-12-31T23:59:59",
            "0001-01-01T00:00:00",
            "9999-12-31T23:59:59",
        ],
        ["2016-01-31T12:00:00.5", "2016-01-31T12:00:00", "1582-10-04T01:02:03.000001"],
        ["-4712-01-01T12:00:00", "20000-01-01T00:00:00.25", "2016-01-31T12:00:10"],
    ],
)
def test_times_have_as_many_decimals_as_there_are(times: list[str]):
    seen = pa.array([*np.array(times, "datetime64[us]"), None], pa.timestamp("us"))
    batch = pa.record_batch({"seen": seen})
    columns = (Column("seen", DataType.TIMESTAMP),)
    text = b"".join(formats.writer("csv").write(columns, iter([batch]), formats.Status()))
    assert text.decode().split() == ["seen", *times, '""']


def test_text_stands_in_columns_under_names_and_units():
    status = formats.Status()
    assert write("text", rows(status, overflow=True), status).decode() == (
        "id  ra   name\n    deg\n--  ---  ----\n 1  0.5  a,b \n 2           \n 3  NaN      \n"
        "# More rows were left out at the limit.\n"
    )


def test_text_without_rows_still_has_its_columns():
    content = write("text", iter(()), formats.Status()).decode()
    assert content == "id  ra   name\n    deg\n--  ---  ----\n"


def test_csv_of_one_column_has_no_empty_line():
    batch = pa.record_batch({"id": [1, None, 3]})
    content = b"".join(formats.writer("csv").write(COLUMNS[:1], [batch], formats.Status()))
    assert content == b'id\r\n1\r\n""\r\n3\r\n'


def test_json_is_what_a_browser_reads():
    status = formats.Status()
    found = json.loads(write("json", rows(status, overflow=True), status))
    assert found["data"] == [["1", 0.5, "a,b"], ["2", None, ""], ["3", "NaN", None]]
    assert found["overflow"] is True
    assert found["metadata"][1] == {
        "name": "ra",
        "datatype": "double",
        "unit": "deg",
        "ucd": "pos.eq.ra",
        "utype": "Char.Ra",
        "description": "Right ascension.",
    }


def test_json_without_rows_is_still_whole():
    found = json.loads(write("json", iter(()), formats.Status()))
    assert (found["data"], found["overflow"]) == ([], False)


@pytest.mark.parametrize("overflow", [True, False])
def test_an_arrow_stream_tells_all_about_its_columns_and_its_end(overflow: bool):
    status = formats.Status(credits=("ESA.", "é."), simulated=True)
    content = write("arrow", rows(status, overflow), status)
    with pa.ipc.open_stream(content) as stream:
        assert stream.schema.metadata == {b"credit": "ESA. é.".encode(), b"simulated": b"true"}
        assert stream.schema.field("ra").metadata == {
            b"unit": b"deg",
            b"ucd": b"pos.eq.ra",
            b"utype": b"Char.Ra",
            b"description": b"Right ascension.",
        }
        *batches, (last, about) = stream.iter_batches_with_custom_metadata()
    assert sum(batch.num_rows for batch, _ in batches) == 3
    assert last.num_rows == 0
    assert about is not None
    assert about[b"overflow"] == str(overflow).lower().encode()


def test_a_parquet_file_tells_all_about_its_columns_and_its_end():
    status = formats.Status(credits=("ESA.",))
    file = pq.ParquetFile(io.BytesIO(write("parquet", rows(status, overflow=True), status)))
    assert file.schema_arrow.field("ra").metadata[b"unit"] == b"deg"
    assert file.metadata.metadata[b"overflow"] == b"true"
    assert file.metadata.metadata[b"credit"] == b"ESA."
    assert file.metadata.num_rows == 3


# The header of a FITS file says how many rows follow, so they all have to be there first.
@pytest.mark.parametrize("name", [name for name in NAMES if name != "fits"])
def test_rows_are_sent_while_they_are_computed(name: str):
    asked_for = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal asked_for
        for _ in range(20):
            asked_for += 1
            yield pa.record_batch(
                {"id": range(50_000), "ra": [1.0] * 50_000, "name": ["x"] * 50_000}
            )

    pieces = formats.writer(name).write(COLUMNS, batches(), formats.Status())
    sizes = []
    while asked_for < 15:
        sizes.append(len(next(pieces)))
    assert sum(sizes) > 100


@pytest.mark.parametrize("name", NAMES)
def test_a_large_result_passes_through_a_small_memory(name: str):
    values = pa.array(range(65_536), pa.int64())
    batch = pa.record_batch(
        {"id": values, "ra": values.cast(pa.float64()), "name": values.cast(pa.string())}
    )
    process = psutil.Process()
    total, before, highest = 0, process.memory_info().rss, 0
    for piece in formats.writer(name).write(COLUMNS, (batch for _ in range(80)), formats.Status()):
        total += len(piece)
        highest = max(highest, process.memory_info().rss)
    given = 80 * batch.nbytes
    assert total > 0
    assert highest - before < given / 2


def test_values_are_given_in_the_type_of_their_column():
    wide = pa.record_batch({"id": pa.array([Decimal(2**62)], pa.decimal128(38, 0))})
    columns = (Column("id", DataType.BIGINT),)
    assert b"4611686018427387904" in b"".join(
        formats.writer("csv").write(columns, [wide], formats.Status())
    )
    wider = pa.record_batch({"id": pa.array([Decimal(2**64)], pa.decimal128(38, 0))})
    with pytest.raises(UsageError, match="column id does not fit the type BIGINT"):
        list(formats.writer("csv").write(columns, [wider], formats.Status()))
