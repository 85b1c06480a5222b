"""Columns that users write down: ``name,type`` lines, and types by whatever name they have."""

from __future__ import annotations

import csv
import re

from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType

TYPES = {
    "boolean": DataType.BOOLEAN,
    "bool": DataType.BOOLEAN,
    "smallint": DataType.SMALLINT,
    "int2": DataType.SMALLINT,
    "short": DataType.SMALLINT,
    "integer": DataType.INTEGER,
    "int": DataType.INTEGER,
    "int4": DataType.INTEGER,
    "bigint": DataType.BIGINT,
    "int8": DataType.BIGINT,
    "long": DataType.BIGINT,
    "real": DataType.REAL,
    "float4": DataType.REAL,
    "double": DataType.DOUBLE,
    "double precision": DataType.DOUBLE,
    "float": DataType.DOUBLE,
    "float8": DataType.DOUBLE,
    "numeric": DataType.DOUBLE,
    "decimal": DataType.DOUBLE,
    "char": DataType.CHAR,
    "character": DataType.CHAR,
    "varchar": DataType.VARCHAR,
    "character varying": DataType.VARCHAR,
    "text": DataType.VARCHAR,
    "clob": DataType.VARCHAR,
    "string": DataType.VARCHAR,
    "timestamp": DataType.TIMESTAMP,
    "timestamp without time zone": DataType.TIMESTAMP,
}
"""The types of ADQL 2.1 and PostgreSQL 15, in lower case."""

_MOST_COLUMNS = 10_000


def column_of(name: str, kind: str, unit: str = "", description: str = "", ucd: str = "") -> Column:
    """A column of a type that is told by its name in ADQL or PostgreSQL.

    Raises
    ------
    UsageError
        When there is no such type, or the column has no name.
    """
    # A length, such as varchar(20), limits nothing here.
    plain = re.sub(r"\s*\([\d\s,]*\)", "", " ".join(kind.lower().split())).strip()
    datatype = TYPES.get(plain)
    if not name or len(name) > 200 or "\0" in name:
        raise UsageError(
            "A column has no name, or one of more than 200 characters.",
            "Give each column a short name.",
        )
    if datatype is None:
        raise UsageError(
            f"The column {name} has the type “{kind[:40]}”, which is none.",
            f"The types are {', '.join(sorted({t.value for t in TYPES.values()}))}.",
        )
    texts = (DataType.CHAR, DataType.VARCHAR, DataType.TIMESTAMP)
    return Column(
        name,
        datatype,
        description,
        unit,
        ucd,
        xtype="timestamp" if datatype is DataType.TIMESTAMP else "",
        arraysize="*" if datatype in texts else "",
    )


def read_columns(text: str) -> list[Column]:
    """Read one column a line, or several separated by ``;``: name, type, unit, description.

    The last two may be left out.

    Raises
    ------
    UsageError
        When a line is no column, or there is none.
    """
    columns = []
    for line in csv.reader(re.split(r"[\n;]", text.replace("\r", ""))):
        cells = [cell.strip() for cell in line]
        if not any(cells):
            continue
        if not 2 <= len(cells) <= 4:
            raise UsageError(
                f"“{','.join(cells)[:60]}” is no column.",
                "Write a line for each: its name, a comma and its type, such as ra,double.",
            )
        columns.append(column_of(*cells))
    if not 0 < len(columns) <= _MOST_COLUMNS:
        raise UsageError(
            f"There are {len(columns)} columns.", f"Give from 1 to {_MOST_COLUMNS:,} of them."
        )
    return columns
