"""Tables of one's own at a Data Lab: ``dl.mydb.put("mine", frame)``, ``list``, ``drop`` and others.

A query reads a table as ``mydb.name`` or ``mydb://name``, alone or joined with surveys, and writes
one with ``dl.query(…, out="mydb://name")``.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from datalab_toolkit import arrivals, listings, queries
from datalab_toolkit.errors import DatalabError, NotFoundError, RejectedRowsWarning
from datalab_toolkit.metadata import Table
from datalab_toolkit.mydbtables import Arrival, MyDB, PersonalTable, PersonalTableList, table_name
from datalab_toolkit.registry import DEFAULT, find

__all__ = [
    "copy",
    "create",
    "describe",
    "drop",
    "head",
    "index",
    "insert",
    "list",
    "put",
    "rename",
    "share",
    "truncate",
]


def list(service: str = DEFAULT) -> PersonalTableList:
    """List one's own tables.

    Parameters
    ----------
    service
        The name of the service; `services` lists those that are known.
    """
    return _mydb(service).tables()


def put(
    name: str,
    table: Any,  # noqa: ANN401 - the libraries share no type
    replace: bool = False,
    service: str = DEFAULT,
) -> PersonalTable:
    """Make a table of rows, or of a file.

    Parameters
    ----------
    name
        The table: ``mine``, ``mydb.mine`` or ``mydb://mine``.
    table
        A pandas or polars DataFrame, an astropy or Arrow table, a mapping of arrays; the path of a
        file (VOTable, FITS, ECSV, CSV, TSV, Parquet, Arrow, as its name tells); a file of the
        storage, ``vos://…``; or an address of the web. Units, UCDs and descriptions go along.
    replace
        Whether a table of the name makes room.
    service
        As for `list`.

    Raises
    ------
    AlreadyThereError
        There is a table of the name.
    DatalabError
        A value, column or name cannot be taken, or there is no room.

    Examples
    --------
    >>> dl.mydb.put("targets", frame)
    >>> dl.query("SELECT t.*, g.parallax FROM mydb.targets AS t JOIN …")
    """
    return _told(arrivals.send(_mydb(service), name, table, replace=replace))


def create(
    name: str,
    columns: Any,  # noqa: ANN401 - the libraries share no type
    replace: bool = False,
    service: str = DEFAULT,
) -> PersonalTable:
    """Make a table: an empty one by its columns, or, as `put` does, one of rows.

    Parameters
    ----------
    name
        The table.
    columns
        The types of the columns by their names, ``{"id": "bigint", "ra": "double", "name":
        "text"}``; or what `put` takes.
    replace, service
        As for `put`.
    """
    if isinstance(columns, Mapping) and all(isinstance(kind, str) for kind in columns.values()):
        columns = arrivals.empty(columns)
    return put(name, columns, replace, service)


def insert(name: str, table: Any, service: str = DEFAULT) -> PersonalTable:  # noqa: ANN401
    """Add rows to a table; columns are matched by their names.

    Parameters
    ----------
    name
        The table.
    table
        What `put` takes.
    service
        As for `list`.
    """
    return _told(arrivals.send(_mydb(service), name, table, append=True))


def describe(name: str, service: str = DEFAULT) -> listings.TableDescription:
    """Describe a table: its columns with type, unit and UCD, and what their values are."""
    found = find(service)
    known = found.mydb.table(name)
    table = Table(
        schema="mydb",
        name=known.name,
        query_name=f"mydb.{known.name}",
        description=known.description,
        rows=known.rows,
        columns=found.mydb.columns(name),
    )
    try:
        statistics = found.statistics(table.full_name)["columns"]
    except NotFoundError:
        statistics = {}
    return listings.TableDescription(table, statistics)


def head(name: str, rows: int = 5, fmt: str = "pandas", service: str = DEFAULT) -> Any:  # noqa: ANN401
    """The first rows of a table, in a format of `datalab_toolkit.query`."""
    text = f"SELECT TOP {int(rows)} * FROM mydb.{table_name(name)}"  # noqa: S608 - a checked name
    result: Any = queries.query(text, fmt, service)  # type: ignore[call-overload]
    return result


def index(name: str, *columns: str, service: str = DEFAULT) -> None:
    """Make conditions on columns quick."""
    if not columns:
        raise DatalabError("No column to index.", 'Name one: dl.mydb.index("mine", "id").')
    _mydb(service).index(name, columns)


def rename(name: str, new: str, service: str = DEFAULT) -> PersonalTable:
    """Give a table another name."""
    _mydb(service).rename(name, new)
    return _mydb(service).table(new)


def copy(name: str, new: str, service: str = DEFAULT) -> PersonalTable:
    """Copy a table."""
    _mydb(service).copy(name, new)
    return _mydb(service).table(new)


def truncate(name: str, service: str = DEFAULT) -> None:
    """Remove the rows of a table and leave its columns."""
    _mydb(service).truncate(name)


def drop(name: str, service: str = DEFAULT) -> None:
    """Remove a table.

    Raises
    ------
    NotFoundError
        It is not there.
    """
    _mydb(service).drop(name)


def share(name: str, *names: str, service: str = DEFAULT) -> None:
    """Let others read a table, who find it as ``mydb_you.name``.

    Parameters
    ----------
    name
        The table.
    *names
        Groups and users; ``public`` for everybody; none of them for nobody any more.
    service
        As for `list`.
    """
    _mydb(service).share(name, names)


def _told(arrival: Arrival) -> PersonalTable:
    """Warn of rows that were left out."""
    if arrival.rejected:
        plural = "" if arrival.rejected == 1 else "s"
        warnings.warn(
            f"{arrival.rejected:,} row{plural} of {arrival.table.name} were left out. "
            f"{' '.join(arrival.problems)}",
            RejectedRowsWarning,
            stacklevel=3,
        )
    return arrival.table


def _mydb(service: str) -> MyDB:
    return find(service).mydb
