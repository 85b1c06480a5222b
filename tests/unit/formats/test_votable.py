"""VOTable documents, read by astropy and by STILTS."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.io.votable import parse
from astropy.io.votable.tree import VOTableFile
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.formats import Status, writer
from datalab_backend.metadata import Column, DataType

COLUMNS = (
    Column("flag", DataType.BOOLEAN, "Whether."),
    Column("epochs", DataType.SMALLINT, ucd="meta.number"),
    Column("field", DataType.INTEGER, ucd="meta.id"),
    Column("source_id", DataType.BIGINT, "Larger than 2**53.", ucd="meta.id;meta.main"),
    Column("gmag", DataType.REAL, "G < 21 & “bright”.", "mag", "phot.mag;em.opt"),
    Column("ra", DataType.DOUBLE, "Right ascension.", "deg", "pos.eq.ra;meta.main"),
    Column("code", DataType.CHAR, "ASCII.", arraysize="8"),
    Column("name", DataType.VARCHAR, "Any text.", ucd="meta.id"),
    Column("seen", DataType.TIMESTAMP, "Time.", ucd="time.epoch"),
    Column("centre", DataType.POINT, "Position.", "deg", "pos.eq"),
    Column("colours", DataType.INTEGER, "Two numbers.", "mag", "phot.mag", arraysize="2"),
)
SERIALISATIONS = ["votable", "votable/td", "votable/b"]
NAN = float("nan")
TIME, MIDNIGHT = datetime(2020, 1, 2, 3, 4, 5, 500_000), datetime(1999, 12, 31)
ROWS = [
    (True, 1, 2, 2**63 - 1, 1.5, 0.1, "abc", "é ☉", TIME, [1, 2], [5, 6]),
    (None,) * 11,
    (False, -(2**15), -(2**31), -(2**63), NAN, NAN, "", "", MIDNIGHT, [3, -4], [7, 8]),
]
STATUS = Status(
    query="SELECT * FROM t WHERE a < 1 AND b = 'é\x00'",
    credits=("ESA/Gaia <DPAC>", "A “second” & last"),
    simulated=True,
)


def table_of(rows: list[tuple[object, ...]]) -> pa.Table:
    names = [column.name for column in COLUMNS]
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows], arrow_schema(COLUMNS)
    )


def document(
    rows: list[tuple[object, ...]], status: Status, batch_rows: int = 2, name: str = "votable"
) -> bytes:
    batches = table_of(rows).to_batches(batch_rows)
    return b"".join(writer(name).write(COLUMNS, batches, status))


def parsed(content: bytes) -> VOTableFile:
    return parse(io.BytesIO(content), verify="exception")


@pytest.mark.parametrize("name", SERIALISATIONS)
def test_astropy_reads_every_value(name: str):
    rows = parsed(document(ROWS, STATUS, name=name)).get_first_table().array
    # In BINARY the lowest integer is the one that stands for null.
    lowest = None if name == "votable/b" else -1
    assert rows["source_id"].tolist() == [2**63 - 1, None, lowest and -(2**63)]
    assert rows["epochs"].tolist() == [1, None, lowest and -(2**15)]
    assert rows["field"].tolist() == [2, None, lowest and -(2**31)]
    assert rows["flag"].tolist() == [True, None, False]
    assert rows["gmag"][0] == np.float32(1.5)
    assert rows["ra"][0] == 0.1
    assert np.isnan(rows["ra"].data[2])
    assert list(rows["code"]) == ["abc", "", ""]
    assert list(rows["name"]) == ["é ☉", "", ""]
    assert list(rows["seen"]) == ["2020-01-02T03:04:05.5", "", "1999-12-31T00:00:00"]
    centres = np.ma.filled(rows["centre"], np.nan)
    np.testing.assert_array_equal(centres, [[1, 2], [NAN, NAN], [3, -4]])
    assert rows["colours"].tolist()[2] == [7, 8]


@pytest.mark.parametrize("name", SERIALISATIONS)
@pytest.mark.parametrize("texts", [["PSF", "REX"], ["", ""], ["", "é"], ["a", "bcd"]])
def test_texts_as_long_as_each_other_or_not_come_back(name: str, texts: list[str]):
    columns = (
        Column("before", DataType.INTEGER),
        Column("code", DataType.CHAR),
        Column("name", DataType.VARCHAR),
        Column("after", DataType.DOUBLE),
    )
    # More rows than are laid out at once, and a batch without any.
    codes = [text.replace("é", "e") for text in texts] * 5000
    arrays = [list(range(10_000)), codes, texts * 5000, [0.5] * 10_000]
    table = pa.Table.from_arrays([pa.array(a) for a in arrays], names=[c.name for c in columns])
    batches = [*table.to_batches(9000), *table.slice(0, 0).to_batches(), table.to_batches()[0][:0]]
    content = b"".join(writer(name).write(columns, batches, Status()))
    rows = parsed(content).get_first_table().array
    for column, values in zip(columns, arrays, strict=True):
        assert list(rows[column.name]) == values


def test_columns_carry_what_is_known_of_them():
    fields = {field.name: field for field in parsed(document([], STATUS)).get_first_table().fields}
    assert list(fields) == [column.name for column in COLUMNS]
    gmag = fields["gmag"]
    assert (gmag.datatype, str(gmag.unit), gmag.ucd) == ("float", "mag", "phot.mag;em.opt")
    assert gmag.description == "G < 21 & “bright”."
    assert (fields["code"].datatype, fields["code"].arraysize) == ("char", "8*")
    assert (fields["name"].datatype, fields["name"].arraysize) == ("unicodeChar", "*")
    assert (fields["seen"].datatype, fields["seen"].xtype) == ("char", "timestamp")
    assert (fields["centre"].arraysize, fields["centre"].xtype) == ("2", "point")


def test_an_empty_result_is_a_table_without_rows():
    assert len(parsed(document([], STATUS)).get_first_table().array) == 0


def test_infos_say_how_the_query_went_and_whom_to_credit():
    (resource,) = parsed(document(ROWS, STATUS)).resources
    assert resource.type == "results"
    infos = [(info.name, info.value) for info in resource.infos]
    assert infos == [
        ("QUERY_STATUS", "OK"),
        ("credit", "ESA/Gaia <DPAC>"),
        ("credit", "A “second” & last"),
        ("query", "SELECT * FROM t WHERE a < 1 AND b = 'é\ufffd'"),
        ("simulated", "true"),
    ]


def test_rows_left_out_are_told_after_the_table():
    status = Status()

    def batches() -> Iterator[pa.RecordBatch]:
        yield from table_of(ROWS).to_batches()
        status.overflow = True

    content = b"".join(writer("votable").write(COLUMNS, batches(), status))
    before, after = content.split(b"</TABLE>")
    assert b'value="OVERFLOW"' in after
    assert b"OVERFLOW" not in before
    assert b"OVERFLOW" not in document(ROWS, Status())


@pytest.mark.parametrize("batch_rows", [1, 2, 3])
def test_batches_leave_no_seam(batch_rows: int):
    rows = parsed(document(ROWS * 5, STATUS, batch_rows)).get_first_table().array
    assert rows["source_id"].tolist() == [2**63 - 1, None, -(2**63)] * 5


def test_a_char_column_holds_ascii_whatever_comes():
    columns = (Column("code", DataType.CHAR),)
    batch = pa.record_batch({"code": ["naïve ☉"]})
    content = b"".join(writer("votable").write(columns, [batch], Status()))
    assert list(parsed(content).get_first_table().array["code"]) == ["na?ve ?"]


@pytest.fixture
def stilts() -> str:
    found = shutil.which("stilts")
    if found is None:
        pytest.skip("STILTS is not installed: apt-get install stilts")
    return found


@pytest.mark.parametrize("name", SERIALISATIONS)
def test_votlint_finds_nothing_to_say(stilts: str, tmp_path: Path, name: str):
    path = tmp_path / "result.vot"
    status = Status(overflow=True, credits=("é <x>",), query="a < b")
    path.write_bytes(document(ROWS, status, name=name))
    command = [stilts, "votlint", "ucd=true", "unit=true", str(path)]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (linted.stdout.strip(), linted.stderr.strip()) == ("", "")


@pytest.mark.parametrize("name", SERIALISATIONS)
def test_stilts_reads_what_was_written(stilts: str, tmp_path: Path, name: str):
    path = tmp_path / "result.vot"
    path.write_bytes(document(ROWS[:2], STATUS, name=name))
    command = [stilts, "tpipe", "ifmt=votable", str(path), "cmd=keepcols 'source_id name seen ra'"]
    read = subprocess.run([*command, "ofmt=csv"], capture_output=True, encoding="utf-8", check=True)
    assert read.stdout.splitlines() == [
        "source_id,name,seen,ra",
        f"{2**63 - 1},é ☉,2020-01-02T03:04:05.5,0.1",
        ",,,",
    ]
