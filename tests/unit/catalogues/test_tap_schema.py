"""TAP_SCHEMA as TAP 1.1 has it: all tables are in it, itself included."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.catalogues.tap_schema import TAP_SCHEMA, describe
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.metadata import Column, DataType, Schema, Table, Tables

Rows = dict[str, list[dict[str, object]]]

STANDARD = {
    "schemas": ["schema_name", "utype", "description", "schema_index"],
    "tables": ["schema_name", "table_name", "table_type", "utype", "description", "table_index"],
    "columns": [
        *("table_name", "column_name", "datatype", "arraysize", "xtype", "size", "description"),
        *("utype", "unit", "ucd", "indexed", "principal", "std", "column_index"),
    ],
    "keys": ["key_id", "from_table", "target_table", "utype", "description"],
    "key_columns": ["key_id", "from_column", "target_column"],
}


@pytest.fixture
def described(
    store: CatalogueStore, stars: Callable[..., pa.Table], put: Callable[..., Table]
) -> Rows:
    put(stars(10))
    return {table.name: rows.to_pylist() for table, rows in describe(store.tables()).items()}


def test_its_tables_have_the_columns_of_the_standard():
    tables = {table.name: [c.name for c in table.columns] for table in describe(Tables())}
    extra = {"tables": ["nrows", "credit", "simulated"]}
    assert tables == {name: names + extra.get(name, []) for name, names in STANDARD.items()}


def test_its_rows_have_the_types_of_its_columns(store: CatalogueStore):
    for table, rows in describe(store.tables()).items():
        assert rows.schema.equals(arrow_schema(table.columns))


def test_it_describes_itself(described: Rows):
    own = {f"TAP_SCHEMA.{name}": columns for name, columns in STANDARD.items()}
    assert described["schemas"][-1]["schema_name"] == TAP_SCHEMA.name
    assert own.keys() <= {row["table_name"] for row in described["tables"]}
    for table, columns in own.items():
        rows = [row for row in described["columns"] if row["table_name"] == table]
        names = [str(row["column_name"]).strip('"') for row in rows if row["std"]]
        assert names == columns
        assert [row["column_index"] for row in rows] == list(range(1, len(rows) + 1))


def test_a_name_that_needs_quotes_has_them(described: Rows):
    names = {row["column_name"] for row in described["columns"]}
    assert '"size"' in names
    assert "size" not in names
    assert "ra" in names


def test_flags_are_zero_or_one(described: Rows):
    for row in described["columns"]:
        assert {row["indexed"], row["principal"], row["std"]} <= {0, 1}


def test_keys_lead_from_columns_to_columns(described: Rows):
    columns = {(row["table_name"], row["column_name"]) for row in described["columns"]}
    ends = {row["key_id"]: row for row in described["key_columns"]}
    assert len(ends) == len(described["keys"])
    for key in described["keys"]:
        end = ends[key["key_id"]]
        assert (key["from_table"], end["from_column"]) in columns
        assert (key["target_table"], end["target_column"]) in columns


def test_a_table_tells_its_rows_its_credit_and_whether_it_is_simulated(described: Rows):
    row = next(row for row in described["tables"] if row["table_name"] == "sky.stars")
    assert (row["nrows"], row["credit"], row["simulated"]) == (10, "Nobody.", 1)
    assert (row["schema_name"], row["table_type"]) == ("sky", "table")


def test_positions_are_indexed_and_the_healpix_column_is_not_shown(described: Rows):
    rows = [row for row in described["columns"] if row["table_name"] == "sky.stars"]
    assert {row["column_name"]: row["indexed"] for row in rows} == {
        "id": 0,
        "ra": 1,
        "dec": 1,
        "name": 0,
    }


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column("x", DataType.BOOLEAN), ("boolean", None, None, None)),
        (Column("x", DataType.BIGINT), ("long", None, None, None)),
        (Column("x", DataType.CHAR, arraysize="8"), ("char", "8*", None, 8)),
        (Column("x", DataType.VARCHAR), ("unicodeChar", "*", None, None)),
        (Column("x", DataType.TIMESTAMP), ("char", "*", "timestamp", None)),
        (Column("x", DataType.POINT), ("double", "2", "point", 2)),
        (Column("x", DataType.POLYGON), ("double", "*", "polygon", None)),
    ],
)
def test_types_are_spelt_as_in_votable(column: Column, expected: tuple[object, ...]):
    tables = Tables((Schema("sky"),), (Table("sky", "one", (column,)),))
    columns = next(rows for table, rows in describe(tables).items() if table.name == "columns")
    row = next(row for row in columns.to_pylist() if row["table_name"] == "sky.one")
    assert tuple(row[key] for key in ("datatype", "arraysize", "xtype", "size")) == expected
