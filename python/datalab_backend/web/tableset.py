"""Writes what is known of the tables as VOSI 1.1 wants it."""

from __future__ import annotations

from typing import TypeVar

from vo_models.vodataservice import DataType, ForeignKey, Table, TableParam, TableSchema
from vo_models.vosi.tables import VOSITable, VOSITableSet

from datalab_backend import metadata
from datalab_backend.catalogues.tap_schema import FOREIGN_KEYS
from datalab_backend.formats.votable import without_unfit
from datalab_backend.formats.votypes import votype
from datalab_backend.web.xml import written

_T = TypeVar("_T", bound=Table)
_Described = TypeVar("_Described", bound=Table | TableSchema | TableParam)


def write_tables(tables: metadata.Tables, with_columns: bool) -> bytes:
    """Write the ``tableset`` document of all tables."""
    document = VOSITableSet(
        tableset_schema=[
            _plain(
                TableSchema(
                    schema_name=schema.name,
                    table=[_table(Table, t, with_columns) for t in tables.of(schema.name)],
                ),
                schema.description,
            )
            for schema in tables.schemas
        ]
    )
    return written(document)


def write_table(table: metadata.Table) -> bytes:
    """Write the ``table`` document of one table."""
    document = _table(VOSITable, table, with_columns=True)
    return written(document)


def _table(kind: type[_T], table: metadata.Table, with_columns: bool) -> _T:
    return _plain(
        kind(
            table_type="table",
            table_name=table.full_name,
            nrows=table.rows,
            column=[_column(c) for c in table.columns] if with_columns else [],
            foreign_key=[
                ForeignKey(target_table=target.full_name, from_column=here, target_column=there)
                for _, owner, target, here, there in FOREIGN_KEYS
                if owner == table and with_columns
            ],
        ),
        table.description,
    )


def _column(column: metadata.Column) -> TableParam:
    kind = votype(column)
    flags = [flag for flag in ("indexed", "principal", "std") if getattr(column, flag)]
    return _plain(
        TableParam(
            column_name=without_unfit(column.name),
            unit=without_unfit(column.unit) or None,
            ucd=without_unfit(column.ucd) or None,
            utype=without_unfit(column.utype) or None,
            # The model has the xtype in a place where no schema allows it, so TAP_SCHEMA alone
            # tells it.
            datatype=DataType(value=kind.datatype, arraysize=kind.arraysize or None),
            flag=flags,
        ),
        column.description,
    )


def _plain(element: _Described, description: str) -> _Described:
    # The models escape what they are made with and escape it again when they are written.
    element.description = without_unfit(description) or None
    return element
