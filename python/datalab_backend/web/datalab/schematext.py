"""What there is to query, as text for people to read (``queryClient.schema()``)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from datalab_backend.catalogues.information import shown_columns, type_name
from datalab_backend.errors import NotFoundError
from datalab_backend.metadata import Column, Schema, Table, Tables

_NAME_WIDTH = 16
_TEXT_WIDTH = 60


def describe(value: str, tables: Tables) -> str:
    """Describe all schemas, or one schema, table or column.

    Parameters
    ----------
    value
        Nothing, or ``schema``, ``schema.table`` or ``schema.table.column``.
    tables
        What the caller may read.

    Raises
    ------
    NotFoundError
        When there is no such thing.
    """
    parts = value.split(".") if value else []
    match parts:
        case []:
            shown = [(s.name, s.description) for s in _in_use(tables)]
            return "\n" + _listed("Schema Name", shown)
        case [schema]:
            found = _schema(schema, tables)
            shown = [(t.name, t.description) for t in tables.of(found.name)]
            return f"\nSchema: {found.name}\n\n" + _listed("Table Name", shown)
        case [schema, table]:
            told = _table(schema, table, tables)
            shown = [(c.name.lower(), _told(c)) for c in shown_columns(told)]
            head = f"\nSchema: {told.schema}\n Table: {told.name}\n\n"
            return head + _listed("Column Name", shown)
        case [schema, table, column]:
            return _column(_table(schema, table, tables), column)
        case _:
            raise NotFoundError(
                f"“{value[:80]}” names nothing.",
                "Write schema, schema.table or schema.table.column.",
            )


def _in_use(tables: Tables) -> list[Schema]:
    return sorted(tables.schemas, key=lambda schema: schema.name)


def _schema(name: str, tables: Tables) -> Schema:
    for schema in tables.schemas:
        if schema.name.casefold() == name.casefold():
            return schema
    raise NotFoundError(f"There is no schema {name[:80]}.", "List them with an empty value.")


def _table(schema: str, name: str, tables: Tables) -> Table:
    found = tables.find(f"{_schema(schema, tables).name}.{name}")
    if found is None:
        raise NotFoundError(
            f"There is no table {name[:80]} in {schema[:80]}.", f"{schema[:80]} lists its tables."
        )
    return found


def _column(table: Table, name: str) -> str:
    column = table.column(name)
    if column is None or column not in shown_columns(table):
        raise NotFoundError(
            f"{table.full_name} has no column {name[:80]}.", f"{table.full_name} lists its columns."
        )
    shown = [
        ("column_name", column.name.lower()),
        ("table_name", table.full_name),
        ("datatype", type_name(column)),
        ("ucd", column.ucd),
        ("unit", column.unit),
        ("description", column.description),
    ]
    return "\n" + "".join(_line(name, value) for name, value in shown) + "\n"


def _told(column: Column) -> str:
    unit = f" [{column.unit}]" if column.unit else ""
    return f"{column.description}{unit}".strip()


def _listed(heading: str, rows: Iterable[tuple[str, str]]) -> str:
    rule = "-" * len(heading), "-" * len("Description")
    lines = [(heading, "Description"), rule, *rows]
    return "".join(_line(name, description) for name, description in lines) + "\n"


def _line(name: str, description: str) -> str:
    """A name at the right of its column, and its description beside it, on as many lines."""
    first, *more = textwrap.wrap(description, _TEXT_WIDTH) or [""]
    beside = " " * (max(_NAME_WIDTH, len(name)) + 3)
    lines = [f"{name:>{_NAME_WIDTH}}   {first}".rstrip(), *(beside + line for line in more)]
    return "\n".join(lines) + "\n"
