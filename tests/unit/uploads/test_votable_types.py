"""Every type of VOTable, in every serialisation, becomes the right values and columns."""

from __future__ import annotations

import base64
import math
import struct
from datetime import datetime
from typing import Any

import pytest
from datalab_backend.errors import UsageError
from datalab_backend.metadata import DataType
from upload_tables import read, tabledata, votable

Value = Any
NAN = math.nan
NULL = None

# Attributes of the FIELD; what a cell, a BINARY and a BINARY2 value hold; the type and the value.
VALUES: list[tuple[str, str, bytes, DataType, Value]] = [
    ('datatype="boolean"', "T", b"T", DataType.BOOLEAN, True),
    ('datatype="boolean"', "false", b"0", DataType.BOOLEAN, False),
    ('datatype="boolean"', "?", b"?", DataType.BOOLEAN, NULL),
    ('datatype="boolean" arraysize="3"', "T F t", b"TFt", DataType.BOOLEAN, [True, False, True]),
    ('datatype="bit"', "1", b"\x80", DataType.BOOLEAN, True),
    ('datatype="bit" arraysize="3"', "1 0 1", b"\xa0", DataType.BOOLEAN, [True, False, True]),
    ('datatype="bit" arraysize="*"', "1011", b"\0\0\0\4\xb0", DataType.BOOLEAN, [1, 0, 1, 1]),
    ('datatype="unsignedByte"', "200", b"\xc8", DataType.SMALLINT, 200),
    ('datatype="unsignedByte" arraysize="*"', "1 200", b"\0\0\0\2\1\xc8", DataType.BLOB, b"\1\xc8"),
    ('datatype="short"', "-300", struct.pack(">h", -300), DataType.SMALLINT, -300),
    ('datatype="int"', "0x10", struct.pack(">i", 16), DataType.INTEGER, 16),
    ('datatype="int"', "+7", struct.pack(">i", 7), DataType.INTEGER, 7),
    ('datatype="long"', str(2**63 - 1), struct.pack(">q", 2**63 - 1), DataType.BIGINT, 2**63 - 1),
    ('datatype="long"', str(-(2**63)), struct.pack(">q", -(2**63)), DataType.BIGINT, -(2**63)),
    ('datatype="float"', "1.5", struct.pack(">f", 1.5), DataType.REAL, 1.5),
    ('datatype="double"', " +1e-3 ", struct.pack(">d", 1e-3), DataType.DOUBLE, 1e-3),
    ('datatype="double"', "NaN", struct.pack(">d", NAN), DataType.DOUBLE, NAN),
    ('datatype="double"', "-Inf", struct.pack(">d", -math.inf), DataType.DOUBLE, -math.inf),
    ('datatype="double" arraysize="2"', "1 2", struct.pack(">2d", 1, 2), DataType.DOUBLE, [1, 2]),
    ('datatype="int" arraysize="2x2"', "1 2 3 4", struct.pack(">4i", 1, 2, 3, 4),
     DataType.INTEGER, [1, 2, 3, 4]),
    ('datatype="int" arraysize="2x*"', "1 2 3 4", struct.pack(">5i", 4, 1, 2, 3, 4),
     DataType.INTEGER, [1, 2, 3, 4]),
    ('datatype="floatComplex"', "1 -2", struct.pack(">2f", 1, -2), DataType.REAL, [1, -2]),
    ('datatype="doubleComplex" arraysize="*"', "1 2 3 4", struct.pack(">i4d", 2, 1, 2, 3, 4),
     DataType.DOUBLE, [1, 2, 3, 4]),
    ('datatype="char"', "x", b"x", DataType.CHAR, "x"),
    ('datatype="char" arraysize="4"', "abc", b"abc\0", DataType.CHAR, "abc"),
    ('datatype="char" arraysize="*"', "a&amp;b", b"\0\0\0\3a&b", DataType.CHAR, "a&b"),
    ('datatype="char" arraysize="*"', "é", b"\0\0\0\2" + "é".encode(), DataType.VARCHAR, "é"),
    ('datatype="unicodeChar" arraysize="*"', "λ😀", b"\0\0\0\3" + "λ😀".encode("utf-16-be"),
     DataType.VARCHAR, "λ😀"),
    ('datatype="char" arraysize="*" xtype="timestamp"', "2020-01-02T03:04:05.123456Z",
     b"\0\0\0\x1b2020-01-02T03:04:05.123456Z", DataType.TIMESTAMP,
     datetime(2020, 1, 2, 3, 4, 5, 123456)),
    ('datatype="char" arraysize="10" xtype="timestamp"', "2020-01-02", b"2020-01-02",
     DataType.TIMESTAMP, datetime(2020, 1, 2)),
    ('datatype="double" arraysize="2" xtype="point"', "1 -2", struct.pack(">2d", 1, -2),
     DataType.POINT, [1, -2]),
    ('datatype="float" arraysize="3" xtype="circle"', "1 2 .5", struct.pack(">3f", 1, 2, 0.5),
     DataType.CIRCLE, [1, 2, 0.5]),
    ('datatype="double" arraysize="*" xtype="polygon"', "1 2 3 4 5 6",
     struct.pack(">i6d", 6, 1, 2, 3, 4, 5, 6), DataType.POLYGON, [1, 2, 3, 4, 5, 6]),
    ('datatype="double" arraysize="2" xtype="interval"', "1 2", struct.pack(">2d", 1, 2),
     DataType.DOUBLE, [1, 2]),
]  # fmt: skip


def stream(element: str, data: bytes) -> str:
    encoded = base64.b64encode(data).decode()
    return f'<{element}><STREAM encoding="base64">{encoded}</STREAM></{element}>'


def same(found: Value, expected: Value) -> bool:
    if isinstance(expected, float) and math.isnan(expected):
        return math.isnan(found)
    return found == expected


@pytest.mark.parametrize(("attributes", "cell", "binary", "datatype", "value"), VALUES)
def test_a_value_is_the_same_in_every_serialisation(
    attributes: str, cell: str, binary: bytes, datatype: DataType, value: Value
):
    field = f'<FIELD name="v" {attributes}/>'
    flag = b"\x80" if value is None else b"\0"
    documents = [
        tabledata(field, (cell,), (cell,)),
        votable(field, stream("BINARY", binary * 2)),
        votable(field, stream("BINARY2", (flag + binary) * 2)),
    ]
    for document in documents:
        table = read(document)
        assert table.table.columns[0].datatype is datatype
        found = table.rows.column(0).to_pylist()
        assert len(found) == 2
        assert all(same(one, value) for one in found), found


@pytest.mark.parametrize("attributes", sorted({attributes for attributes, *_ in VALUES}))
def test_an_empty_cell_is_null_whatever_the_type(attributes: str):
    document = tabledata(
        f'<FIELD name="v" {attributes}/><FIELD name="n" datatype="int"/>', ("", "")
    )
    assert read(document).rows.column(0).to_pylist() == [None]


@pytest.mark.parametrize(("attributes", "cell", "binary", "datatype", "value"), VALUES)
def test_a_null_flag_makes_a_null_whatever_the_type(
    attributes: str, cell: str, binary: bytes, datatype: DataType, value: Value
):
    data = stream("BINARY2", b"\x80" + binary)
    assert read(votable(f'<FIELD name="v" {attributes}/>', data)).rows.column(0).to_pylist() == [
        None
    ]


@pytest.mark.parametrize("element", ["TABLEDATA", "BINARY", "BINARY2"])
def test_the_integer_that_stands_for_null_is_null(element: str):
    field = '<FIELD name="v" datatype="int"><VALUES null="-99"/></FIELD>'
    if element == "TABLEDATA":
        document = tabledata(field, ("-99",), ("5",))
    else:
        flag = b"\0" if element == "BINARY2" else b""
        numbers = flag + struct.pack(">i", -99) + flag + struct.pack(">i", 5)
        document = votable(field, stream(element, numbers))
    assert read(document).rows.column(0).to_pylist() == [None, 5]


def test_columns_keep_what_is_known_of_them():
    (column,) = read(
        tabledata(
            '<FIELD name="gmag" ID="c1" datatype="float" unit="mag" ucd="phot.mag;em.opt" '
            'utype="a:b.c" xtype="odd"><DESCRIPTION>G  &lt; 20\n</DESCRIPTION></FIELD>'
        )
    ).table.columns
    assert (column.name, column.unit, column.ucd) == ("gmag", "mag", "phot.mag;em.opt")
    assert (column.utype, column.xtype, column.description) == ("a:b.c", "odd", "G < 20")


def test_an_empty_table_has_its_columns():
    table = read(votable('<FIELD name="a" datatype="int"/>', "<TABLEDATA/>"))
    assert (table.table.rows, table.rows.column_names) == (0, ["a"])


def test_only_the_first_table_is_taken():
    first = '<TABLE><FIELD name="a" datatype="int"/></TABLE>'
    second = tabledata('<FIELD name="b" datatype="int"/>', ("1",), ("2",)).decode()
    document = second.replace("<RESOURCE>", f"<RESOURCE>{first}")
    table = read(document.encode())
    assert (table.rows.column_names, table.rows.num_rows) == (["a"], 0)


@pytest.mark.parametrize(
    ("fields", "position"),
    [
        (("ra", "dec", "", ""), ("ra", "dec")),
        (("RAJ2000", "DEJ2000", "", ""), ("RAJ2000", "DEJ2000")),
        (("x", "y", "pos.eq.ra;meta.main", "pos.eq.dec;meta.main"), ("x", "y")),
        (("x", "y", "pos.eq.ra", "pos.eq.dec"), ("x", "y")),
        (("x", "y", "", ""), None),
    ],
)
def test_positions_are_known_by_ucd_or_by_name(
    fields: tuple[str, str, str, str], position: tuple[str, str] | None
):
    lon, lat, lon_ucd, lat_ucd = fields
    document = tabledata(
        f'<FIELD name="{lon}" datatype="double" ucd="{lon_ucd}" unit="deg"/>'
        f'<FIELD name="{lat}" datatype="float" ucd="{lat_ucd}"/>'
    )
    assert read(document).table.position == position


def test_positions_in_other_units_are_none():
    document = tabledata(
        '<FIELD name="ra" datatype="double" unit="rad"/><FIELD name="dec" datatype="double"/>'
    )
    assert read(document).table.position is None


@pytest.mark.parametrize(
    ("attributes", "cell", "told"),
    [
        ('datatype="short"', "40000", "whole number of 16 bits"),
        ('datatype="int"', "1.5", "whole number of 32 bits"),
        ('datatype="long"', "1_000", "whole number of 64 bits"),
        ('datatype="double"', "12:30:45", "not a number"),
        ('datatype="boolean"', "yes", "true or false"),
        ('datatype="unsignedByte"', "-1", "from 0 to 255"),
        ('datatype="double" arraysize="2"', "1 2 3", "3 elements; its arraysize says 2"),
        ('datatype="char" arraysize="*" xtype="timestamp"', "yesterday", "not a timestamp"),
    ],
)
def test_a_value_that_does_not_fit_is_told_by_its_row_and_column(
    attributes: str, cell: str, told: str
):
    field = f'<FIELD name="flux" {attributes}/><FIELD name="n" datatype="int"/>'
    with pytest.raises(UsageError) as caught:
        read(tabledata(field, ("", "1"), ("", "2"), (cell, "3")))
    assert "Row 3 of the column “flux”" in caught.value.message
    assert told in caught.value.message
    assert f"“{cell}”" not in caught.value.message  # it may come from another machine
