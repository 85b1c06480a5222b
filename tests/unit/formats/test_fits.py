"""FITS tables, read by astropy and by STILTS."""

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
from astropy.io import fits
from astropy.table import Table
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.formats import Status, writer
from datalab_backend.metadata import Column, DataType

COLUMNS = (
    Column("id", DataType.BIGINT, "Larger than 2**53.", ucd="meta.id"),
    Column("ra", DataType.DOUBLE, "Right ascension.", "deg", "pos.eq.ra;meta.main", "Char.Ra"),
    Column("flag", DataType.BOOLEAN),
    Column("name", DataType.VARCHAR, "Naïve and " + "long " * 30),
    Column("notes", DataType.VARCHAR, "Too long for a column of one width."),
    Column("seen", DataType.TIMESTAMP),
    Column("outline", DataType.POLYGON, unit="deg"),
    Column("matrix", DataType.REAL, arraysize="3x2"),
)
LONG = "long " * 1000
ROWS = [
    (2**63 - 1, 0.25, True, "abc", LONG, datetime(2020, 1, 2, 3), [1.0, 2, 3, 4, 5, 6], range(6)),
    (None, None, None, None, None, None, None, None),
    (-(2**63), float("nan"), False, "λ", "x", None, [], [float("nan")] * 6),
]
STATUS = Status(query="SELECT\n *  FROM é", credits=("ESA/Gaia",), simulated=True)


def document(rows: list[tuple[object, ...]] = ROWS, status: Status = STATUS) -> bytes:
    names = [column.name for column in COLUMNS]
    table = pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows], arrow_schema(COLUMNS)
    )
    return b"".join(writer("fits").write(COLUMNS, table.to_batches(2), status))


def test_astropy_reads_every_value():
    with fits.open(io.BytesIO(document())) as found:
        found.verify("exception")
        table = Table.read(found[1])
        heads, outlines = found[1].header, list(found[1].data["outline"])
    assert table["id"].tolist() == [2**63 - 1, None, -(2**63)]
    assert heads["TNULL1"] not in (2**63 - 1, -(2**63))
    np.testing.assert_array_equal(np.ma.filled(table["ra"], np.nan), [0.25, np.nan, np.nan])
    assert table["flag"][0]
    assert list(table["name"]) == ["abc", "", "?"]
    assert "".join(c or " " for c in table["notes"][0]).strip() == LONG.strip()
    assert str(table["seen"][0]) == "2020-01-02T03:00:00"
    assert [list(outline) for outline in outlines] == [[1, 2, 3, 4, 5, 6], [], []]
    assert table["matrix"].shape == (3, 2, 3)
    assert table["matrix"][0].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_columns_carry_what_is_known_of_them():
    header = fits.getheader(io.BytesIO(document()), 1)
    found = [header[f"{key}2"] for key in ("TTYPE", "TUNIT", "TUCD", "TUTYP", "TCOMM")]
    assert found == ["ra", "deg", "pos.eq.ra;meta.main", "Char.Ra", "Right ascension."]
    assert header["TCOMM4"] == ("Na?ve and " + "long " * 30).strip()
    assert (header["TXTYP6"], header["TXTYP7"]) == ("timestamp", "polygon")


def test_the_header_says_whose_rows_they_are_and_whether_some_were_left_out():
    status = Status(credits=("ESA/Gaia",), query="SELECT 1", simulated=True)

    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"id": [1]})
        status.overflow = True

    content = b"".join(writer("fits").write(COLUMNS[:1], batches(), status))
    header = fits.getheader(io.BytesIO(content), 1)
    assert header["OVERFLOW"] is True
    assert (header["CREDIT1"], header["SIMULATD"], header["QUERY"]) == (
        "ESA/Gaia",
        True,
        "SELECT 1",
    )
    assert fits.getheader(io.BytesIO(document()), 1)["OVERFLOW"] is False


def test_an_empty_result_is_a_table_without_rows():
    table = Table.read(io.BytesIO(document([])), format="fits")
    assert (len(table), table.colnames) == (0, [column.name for column in COLUMNS])


def test_stilts_reads_what_was_written(tmp_path: Path):
    stilts = shutil.which("stilts")
    if stilts is None:
        pytest.skip("STILTS is not installed: apt-get install stilts")
    path = tmp_path / "result.fits"
    path.write_bytes(document())
    command = [stilts, "tpipe", "ifmt=fits", str(path), "cmd=keepcols 'id ra name seen'"]
    read = subprocess.run([*command, "ofmt=csv"], capture_output=True, text=True, check=True)
    assert read.stdout.splitlines() == [
        "id,ra,name,seen",
        f"{2**63 - 1},0.25,abc,2020-01-02T03:00:00",
        ",,,",
        f"{-(2**63)},,?,",
    ]
