"""TAP_SCHEMA: the catalogues described as tables (TAP 1.1, section 4).

Beyond the standard's columns, ``TAP_SCHEMA.tables`` tells the number of rows, whom to credit and
whether the rows are simulated.
"""

from __future__ import annotations

import pyarrow as pa

from datalab_backend.adql.words import quoted
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.formats.votypes import votype
from datalab_backend.metadata import Column, DataType, Schema, Table, Tables

TAP_SCHEMA = Schema("TAP_SCHEMA", "The schemas, tables and columns that can be queried.")

Row = dict[str, str | int | None]


def _name(name: str, description: str) -> Column:
    return _column(name, DataType.CHAR, description, principal=True)


def _text(name: str, description: str) -> Column:
    return _column(name, DataType.VARCHAR, description)


def _integer(name: str, description: str) -> Column:
    return _column(name, DataType.INTEGER, description)


def _column(name: str, datatype: DataType, description: str, principal: bool = False) -> Column:
    arraysize = "*" if datatype in (DataType.CHAR, DataType.VARCHAR) else ""
    return Column(name, datatype, description, arraysize=arraysize, principal=principal, std=True)


_UTYPE = _column("utype", DataType.CHAR, "The role of this in an IVOA data model.")

SCHEMAS = Table(
    "TAP_SCHEMA",
    "schemas",
    (
        _name("schema_name", "Name of the schema."),
        _UTYPE,
        _text("description", "What the schema holds."),
        _integer("schema_index", "Place of the schema in a list, from 1."),
    ),
    "The schemas: surveys, data releases and this description.",
)

TABLES = Table(
    "TAP_SCHEMA",
    "tables",
    (
        _name("schema_name", "Schema of the table."),
        _name("table_name", "Full name of the table, as a query writes it."),
        _column("table_type", DataType.CHAR, "Always table."),
        _UTYPE,
        _text("description", "What the table holds."),
        _integer("table_index", "Place of the table in its schema, from 1."),
        Column("nrows", DataType.BIGINT, "Number of rows, null when not known.", principal=True),
        Column("credit", DataType.VARCHAR, "Whom to acknowledge.", arraysize="*"),
        Column("simulated", DataType.INTEGER, "1 when the rows were made up, 0 when observed."),
    ),
    "The tables that can be queried.",
)

COLUMNS = Table(
    "TAP_SCHEMA",
    "columns",
    (
        _name("table_name", "Full name of the column's table."),
        _name("column_name", "Name of the column, as a query writes it."),
        _column("datatype", DataType.CHAR, "VOTable type of one element.", principal=True),
        _column("arraysize", DataType.CHAR, "VOTable size of a text or array."),
        _column("xtype", DataType.CHAR, "Extended type, such as timestamp (DALI)."),
        _integer("size", "Length of a text or array; deprecated, use arraysize."),
        _text("description", "What the column holds."),
        _UTYPE,
        _column("unit", DataType.CHAR, "Unit of the values (VOUnit).", principal=True),
        _column("ucd", DataType.CHAR, "Meaning of the values (UCD1+).", principal=True),
        _integer("indexed", "1 when conditions on the column are fast, else 0."),
        _integer("principal", "1 when the column is one to look at first, else 0."),
        _integer("std", "1 when a standard defines the column, else 0."),
        _integer("column_index", "Place of the column in its table, from 1."),
    ),
    "The columns of all tables.",
)

KEYS = Table(
    "TAP_SCHEMA",
    "keys",
    (
        _name("key_id", "Name of the foreign key."),
        _name("from_table", "Full name of the table that refers."),
        _name("target_table", "Full name of the table that is referred to."),
        _UTYPE,
        _text("description", "What the key says."),
    ),
    "Foreign keys: which tables belong together.",
)

KEY_COLUMNS = Table(
    "TAP_SCHEMA",
    "key_columns",
    (
        _name("key_id", "Name of the foreign key."),
        _name("from_column", "Column of the table that refers."),
        _name("target_column", "Column of the table that is referred to."),
    ),
    "The columns of the foreign keys.",
)

_ALL = (SCHEMAS, TABLES, COLUMNS, KEYS, KEY_COLUMNS)

FOREIGN_KEYS = (
    ("tables_schema", TABLES, SCHEMAS, "schema_name", "schema_name"),
    ("columns_table", COLUMNS, TABLES, "table_name", "table_name"),
    ("keys_from", KEYS, TABLES, "from_table", "table_name"),
    ("keys_target", KEYS, TABLES, "target_table", "table_name"),
    ("key_columns_key", KEY_COLUMNS, KEYS, "key_id", "key_id"),
)


def describe(tables: Tables) -> dict[Table, pa.Table]:
    """The five tables of TAP_SCHEMA with their rows, which describe themselves too.

    Parameters
    ----------
    tables
        The catalogues to describe.
    """
    schemas = [*tables.schemas, TAP_SCHEMA]
    described = [table for schema in tables.schemas for table in tables.of(schema.name)]
    described += _ALL
    rows: dict[Table, list[Row]] = {
        SCHEMAS: [_schema_row(i, schema) for i, schema in enumerate(schemas, 1)],
        TABLES: [_table_row(i, table) for i, table in enumerate(described, 1)],
        COLUMNS: [
            _column_row(i, table, column)
            for table in described
            for i, column in enumerate(table.columns, 1)
        ],
        KEYS: [
            _key_row(key, start.full_name, end.full_name) for key, start, end, *_ in FOREIGN_KEYS
        ],
        KEY_COLUMNS: [
            {"key_id": key_id, "from_column": start, "target_column": end}
            for key_id, _, _, start, end in FOREIGN_KEYS
        ],
    }
    return {
        table: pa.Table.from_pylist(found, arrow_schema(table.columns))
        for table, found in rows.items()
    }


def _schema_row(index: int, schema: Schema) -> Row:
    return {
        "schema_name": schema.name,
        "utype": None,
        "description": schema.description or None,
        "schema_index": index,
    }


def _table_row(index: int, table: Table) -> Row:
    return {
        "schema_name": table.schema,
        "table_name": table.full_name,
        "table_type": "table",
        "utype": None,
        "description": table.description or None,
        "table_index": index,
        "nrows": table.rows,
        "credit": table.credit or None,
        "simulated": int(table.simulated),
    }


def _column_row(index: int, table: Table, column: Column) -> Row:
    kind = votype(column)
    size = kind.arraysize.rstrip("*")
    return {
        "table_name": table.full_name,
        "column_name": quoted(column.name),
        "datatype": kind.datatype,
        "arraysize": kind.arraysize or None,
        "xtype": kind.xtype or None,
        "size": int(size) if size else None,
        "description": column.description or None,
        "utype": column.utype or None,
        "unit": column.unit or None,
        "ucd": column.ucd or None,
        "indexed": int(column.indexed),
        "principal": int(column.principal),
        "std": int(column.std),
        "column_index": index,
    }


def _key_row(key_id: str, from_table: str, target_table: str) -> Row:
    return {
        "key_id": key_id,
        "from_table": from_table,
        "target_table": target_table,
        "utype": None,
        "description": None,
    }
