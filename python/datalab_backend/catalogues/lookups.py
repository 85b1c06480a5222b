"""Small tables beside the rows of a large one, where a query finds at once what it asks for.

The rows are in the order of the sky, which is of no help to a query for one identifier or for the
brightest stars. `adql.lookups` chooses these tables where they answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import duckdb

from datalab_backend.metadata import (
    RANKED_ROWS,
    Column,
    DataType,
    Table,
    first_rows,
    last_rows,
    quoted,
    values_of,
)

FROM_ROWS = 100_000
"""Tables with fewer rows are searched as fast without."""
_MOST_MAGNITUDES = 3
"""Each makes a table larger by about 6 bytes a row."""
_FLOATS = (DataType.REAL, DataType.DOUBLE)
_IDENTIFIERS = (
    *(DataType.SMALLINT, DataType.INTEGER, DataType.BIGINT),
    *(DataType.CHAR, DataType.VARCHAR),
)


def is_possible(column: Column) -> bool:
    """Whether the values of a column can be looked up."""
    return column.datatype in (*_IDENTIFIERS, *_FLOATS) and not column.is_array


def write(connection: duckdb.DuckDBPyConnection, table: Table, rows: int) -> Table:
    """Write the tables beside the table ``rows``.

    Parameters
    ----------
    connection
        Where the rows are.
    table
        The metadata. What is ``looked_up`` already is wanted by the owner, however few rows.
    rows
        The number of rows.

    Returns
    -------
    Table
        The metadata, which says what there is.
    """
    if table.column("rowid") is not None:
        return replace(table, looked_up=())
    wanted = [c for name in table.looked_up if (c := table.column(name)) is not None]
    chosen = [*_identifiers(table), *_magnitudes(table)] if rows >= FROM_ROWS else []
    looked_up = tuple(dict.fromkeys(c.name for c in (*wanted, *chosen)))
    ranked = tuple(dict.fromkeys(c.name for c in (*wanted, *chosen) if c.datatype in _FLOATS))
    for name in looked_up:
        _create(connection, values_of(name), f'{quoted(name)} AS "value", rowid AS "row"', name)
    for name in ranked:
        _create(connection, first_rows(name), "*", f"{name}", RANKED_ROWS)
        _create(connection, last_rows(name), "*", f"{name}", RANKED_ROWS, "DESC")
    columns = (replace(c, indexed=c.indexed or c.name in looked_up) for c in table.columns)
    return replace(table, columns=tuple(columns), looked_up=looked_up, ranked=ranked)


def _create(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    items: str,
    order: str,
    limit: int | None = None,
    direction: str = "",
) -> None:
    cut = "" if limit is None else f"LIMIT {limit}"
    connection.execute(
        f"CREATE TABLE {quoted(name)} AS SELECT {items} FROM rows "  # noqa: S608 - quoted
        f"ORDER BY {quoted(order)} {direction} NULLS LAST {cut}"
    )


def _identifiers(table: Table) -> Iterable[Column]:
    """The main identifier."""
    known = [c for c in table.columns if c.ucd.startswith("meta.id") and c.datatype in _IDENTIFIERS]
    main = [c for c in known if c.ucd.endswith(";meta.main")]
    return (main or [c for c in known if c.ucd == "meta.id"])[:1]


def _magnitudes(table: Table) -> Iterable[Column]:
    """The magnitudes that are most likely asked for."""
    found = [c for c in table.columns if c.ucd.startswith("phot.mag") and c.datatype in _FLOATS]
    return sorted(found, key=lambda c: not c.principal)[:_MOST_MAGNITUDES]
