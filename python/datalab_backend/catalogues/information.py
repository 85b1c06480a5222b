"""What SQL users ask a database about itself: ``tbl_stat`` and ``information_schema``.

`tbl_stat` is the Data Lab's own table; the others are those of PostgreSQL, with the columns that
there is something to say in. They are made for each query that reads them, from the tables that
its user may read, and so tell of no others.
"""

from __future__ import annotations

import pyarrow as pa

from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.metadata import Column, DataType, Schema, Table, Tables

_CATALOG = "datalab"
_SCHEMAS = (
    Schema("public", "What is found without a schema."),
    Schema("information_schema", "The tables and columns, as PostgreSQL tells of them."),
)

# What PostgreSQL calls the types (PostgreSQL 15, section 8).
_TYPES = {
    DataType.BOOLEAN: "boolean",
    DataType.SMALLINT: "smallint",
    DataType.INTEGER: "integer",
    DataType.BIGINT: "bigint",
    DataType.REAL: "real",
    DataType.DOUBLE: "double precision",
    DataType.CHAR: "character varying",
    DataType.VARCHAR: "character varying",
    DataType.CLOB: "text",
    DataType.TIMESTAMP: "timestamp without time zone",
    DataType.BLOB: "bytea",
    DataType.POINT: "point",
    DataType.CIRCLE: "circle",
    DataType.POLYGON: "polygon",
}


def _text(name: str, description: str) -> Column:
    return Column(name, DataType.VARCHAR, description, arraysize="*")


def _number(name: str, description: str) -> Column:
    return Column(name, DataType.BIGINT, description)


TBL_STAT = Table(
    "public",
    "tbl_stat",
    (
        _text("schema", "Schema of the table."),
        _text("tbl_name", "Name of the table."),
        _number("nrows", "Number of rows, null when not known."),
        _number("ncols", "Number of columns."),
        _number("nindex", "Number of columns on which conditions are fast."),
        _text("table_size", "Not told here."),
        _text("indexes_size", "Not told here."),
        _text("total_size", "Not told here."),
    ),
    "The tables that you may read, and how large they are.",
)

TABLES = Table(
    "information_schema",
    "tables",
    (
        _text("table_catalog", "Always datalab."),
        _text("table_schema", "Schema of the table."),
        _text("table_name", "Name of the table."),
        _text("table_type", "Always BASE TABLE."),
    ),
    "The tables that you may read.",
)

COLUMNS = Table(
    "information_schema",
    "columns",
    (
        _text("table_catalog", "Always datalab."),
        _text("table_schema", "Schema of the table."),
        _text("table_name", "Name of the table."),
        _text("column_name", "Name of the column."),
        _number("ordinal_position", "Place of the column in its table, from 1."),
        _text("is_nullable", "Always YES."),
        _text("data_type", "Type of the column, as PostgreSQL calls it."),
    ),
    "The columns of the tables that you may read.",
)


def joined(tables: Tables) -> Tables:
    """What a query in SQL may read: what its user may, and what tells of that."""
    return Tables((*tables.schemas, *_SCHEMAS), (*tables.tables, TBL_STAT, TABLES, COLUMNS))


def rows(table: Table, tables: Tables) -> pa.Table | None:
    """The rows of one of these tables; None for any other.

    Parameters
    ----------
    table
        The table.
    tables
        What the user may read.
    """
    found: list[tuple[object, ...]]
    if table == TBL_STAT:
        found = [
            (t.schema, t.name, t.rows, len(shown_columns(t)), _indexes(t), None, None, None)
            for t in tables
        ]
    elif table == TABLES:
        found = [(_CATALOG, t.schema, t.name, "BASE TABLE") for t in tables]
    elif table == COLUMNS:
        found = [
            (_CATALOG, t.schema, t.name, c.name, place, "YES", type_name(c))
            for t in tables
            for place, c in enumerate(shown_columns(t), 1)
        ]
    else:
        return None
    names = [column.name for column in table.columns]
    records = [dict(zip(names, row, strict=True)) for row in found]
    return pa.Table.from_pylist(records, arrow_schema(table.columns))


def shown_columns(table: Table) -> list[Column]:
    """The columns that there are for users."""
    return [column for column in table.columns if column.name != table.healpix]


def _indexes(table: Table) -> int:
    return sum(column.indexed for column in table.columns)


def type_name(column: Column) -> str:
    """The type of a column, as PostgreSQL calls it."""
    return "ARRAY" if column.is_array else _TYPES[column.datatype]
