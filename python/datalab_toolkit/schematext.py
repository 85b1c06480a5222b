"""What there is to query, as text in the form of the official client's ``schema``."""

from __future__ import annotations

from collections.abc import Sequence

from datalab_toolkit.errors import NotFoundError
from datalab_toolkit.layout import text_table
from datalab_toolkit.metadata import Column
from datalab_toolkit.service import Service
from datalab_toolkit.wording import suited

_MOST_TABLES = 100_000


def describe(service: Service, value: str = "") -> str:
    """Describe all schemas, or one schema, table or column.

    Parameters
    ----------
    service
        The service.
    value
        Nothing, or ``schema``, ``schema.table`` or ``schema.table.column``.

    Raises
    ------
    NotFoundError
        There is no such thing.
    """
    match [part for part in value.strip().split(".") if part]:
        case []:
            shown = [(s.name, s.description) for s in service.schemas() if s.tables]
            return f"\n{_listed('Schema Name', sorted(shown))}"
        case [schema]:
            found = service.tables(schema=schema, limit=_MOST_TABLES).tables
            if not found:
                raise NotFoundError(
                    f"{service.title} has no schema {schema}.",
                    suited("With no value all are listed.", "`datalab schema` lists all."),
                )
            shown = [(table.name, table.description) for table in found]
            return f"\nSchema: {found[0].schema}\n\n{_listed('Table Name', shown)}"
        case [schema, table]:
            told = service.table(f"{schema}.{table}")
            shown = [(column.name, _told(column)) for column in told.columns]
            head = f"\nSchema: {told.schema}\n Table: {told.name}\n\n"
            return head + _listed("Column Name", shown)
        case [schema, table, name]:
            told = service.table(f"{schema}.{table}")
            for column in told.columns:
                if column.name.casefold() == name.casefold():
                    return _column(told.full_name, column)
            raise NotFoundError(
                f"{told.full_name} has no column {name}.",
                suited(
                    f"The value {told.full_name!r} lists its columns.",
                    f"`datalab schema {told.full_name}` lists its columns.",
                ),
            )
        case _:
            raise NotFoundError(
                f"{value} names nothing.", "Write schema, schema.table or schema.table.column."
            )


def _column(table: str, column: Column) -> str:
    shown = [
        ("column_name", column.name),
        ("table_name", table),
        ("datatype", column.datatype),
        ("ucd", column.ucd),
        ("unit", column.unit),
        ("description", column.description),
    ]
    return "\n" + "".join(f"{name:>16}   {value}".rstrip() + "\n" for name, value in shown)


def _told(column: Column) -> str:
    unit = f" [{column.unit}]" if column.unit else ""
    return f"{column.description}{unit}".strip()


def _listed(heading: str, rows: Sequence[tuple[str, str]]) -> str:
    return text_table((heading, "Description"), rows, set(), wrap=True) + "\n"
