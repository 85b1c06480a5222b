"""FITS tables and separated values as uploads, and our own results sent back to us."""

from __future__ import annotations

import io
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from datalab_backend import formats
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType
from upload_tables import read


def as_fits(table: Table) -> bytes:
    file = io.BytesIO()
    table.write(file, format="fits")
    return file.getvalue()


def test_a_fits_table_keeps_its_values_and_units():
    table = Table(
        {
            "id": np.array([1, 2**60], "i8"),
            "small": MaskedColumn(np.array([7, 8], "i2"), mask=[False, True]),
            "ra": [10.5, 20.5],
            "flag": [True, False],
            "name": ["a", "bc"],
            "pair": np.array([[1, 2], [3, 4]], "f4"),
        }
    )
    table["ra"].unit = "deg"
    found = read(as_fits(table))
    assert found.rows.to_pylist() == [
        {"id": 1, "small": 7, "ra": 10.5, "flag": True, "name": "a", "pair": [1, 2]},
        {"id": 2**60, "small": None, "ra": 20.5, "flag": False, "name": "bc", "pair": [3, 4]},
    ]
    columns = found.table.columns
    assert (columns[2].unit, columns[5].arraysize) == ("deg", "2")


def test_a_fits_table_behind_an_image_is_found():
    file = io.BytesIO()
    column = fits.Column("a", "J", array=np.arange(3))
    image = fits.PrimaryHDU(np.zeros((100, 100)))
    fits.HDUList([image, fits.BinTableHDU.from_columns([column])]).writeto(file)
    assert read(file.getvalue()).rows.column("a").to_pylist() == [0, 1, 2]


def test_a_fits_file_without_a_table_is_told_so():
    file = io.BytesIO()
    fits.PrimaryHDU(np.zeros((10, 10))).writeto(file)
    with pytest.raises(UsageError, match="without a binary table"):
        read(file.getvalue())


def test_a_scaled_fits_column_is_refused_with_its_name():
    with pytest.raises(UsageError, match="“big” is scaled"):
        read(as_fits(Table({"big": np.array([1, 2], "u4")})))


@pytest.mark.parametrize(
    ("media_type", "separator"), [("text/csv", ","), ("text/tab-separated-values", "\t")]
)
def test_separated_values_tell_their_types(media_type: str, separator: str):
    rows = [
        ["id", "ra", "seen", "flag", "name"],
        [str(2**60), "1.5", "2020-01-02T03:04:05", "true", '"a ""b"""'],
        ["", "", "", "", ""],
        ["3", "1e3", "2021-01-01T00:00:00", "false", '""'],
    ]
    content = "\r\n".join(separator.join(row) for row in rows).encode()
    found = read(content, media_type)
    kinds = [column.datatype for column in found.table.columns]
    assert kinds == ["BIGINT", "DOUBLE", "TIMESTAMP", "BOOLEAN", "VARCHAR"]
    first, second, third = (tuple(row.values()) for row in found.rows.to_pylist())
    assert first == (2**60, 1.5, datetime(2020, 1, 2, 3, 4, 5), True, 'a "b"')
    assert second == (None,) * 5
    assert third[4] == ""


@pytest.mark.parametrize("content", [b"a,b\n1\n", b"a,b\n1,2,3\n", b"a\n\xff\xfe\n"])
def test_what_is_no_csv_is_told_so(content: bytes):
    with pytest.raises(UsageError, match="cannot be read as separated values"):
        read(content, "text/csv")


@pytest.mark.parametrize("name", ["votable", "votable/td", "votable/b", "fits", "csv"])
def test_our_own_results_can_be_sent_back(name: str):
    columns = (
        Column("id", DataType.BIGINT, "Identifier.", ucd="meta.id"),
        Column("ra", DataType.DOUBLE, "", "deg", "pos.eq.ra;meta.main"),
        Column("name", DataType.VARCHAR),
        Column("seen", DataType.TIMESTAMP),
    )
    rows = [
        {"id": 1, "ra": 0.5, "name": "a", "seen": datetime(2020, 1, 2, 3, 4, 5)},
        {"id": None, "ra": 1.5, "name": "b", "seen": None},
    ]
    table = pa.Table.from_pylist(rows, arrow_schema(columns))
    output = formats.writer(name)
    content = b"".join(output.write(columns, table.to_batches(), formats.Status()))
    found = read(content, output.media_type)
    assert found.rows.to_pylist() == rows
    if name != "csv":
        kept = [(c.name, c.unit, c.ucd) for c in found.table.columns]
        assert kept == [(c.name, c.unit, c.ucd) for c in columns]


@pytest.mark.parametrize(
    ("card", "value"),
    [
        ("NAXIS1", "8.0"),
        ("NAXIS2", "'1'"),
        ("NAXIS1", "8 8 'x"),
        ("TUNIT1", "8 8 'x"),
    ],
)
def test_a_fits_header_that_makes_no_sense_is_refused(card: str, value: str):
    content = as_fits(Table({"x": np.zeros(1)}))
    header = content.rindex(b"XTENSION")
    cards = [content[i : i + 80] for i in range(header, header + 2880, 80)]
    wrong = f"{card:8}= {value}".ljust(80).encode()
    places = [i for i, found in enumerate(cards) if found.startswith(f"{card:8}=".encode())]
    cards[places[0] if places else cards.index(b" " * 80) - 1] = wrong
    if not places:
        cards[cards.index(b" " * 80)] = b"END".ljust(80)
    with pytest.raises(UsageError, match="damaged FITS"):
        read(content[:header] + b"".join(cards) + content[header + 2880 :])
