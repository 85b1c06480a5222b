"""Tables of one's own at a Data Lab: ``dl.mydb.put("mine", frame)``, ``list``, ``drop`` and others.

A query reads a table as ``mydb.name`` or ``mydb://name``, alone or joined with surveys, and writes
one with ``dl.query(…, out="mydb://name")``.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa

from datalab_toolkit import intake, listings, queries
from datalab_toolkit.errors import DatalabError, NotFoundError, RejectedRowsWarning
from datalab_toolkit.metadata import Column, Table
from datalab_toolkit.mydbtables import Arrival, MyDB, PersonalTable, PersonalTableList, table_name
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.uploads import Upload
from datalab_toolkit.vospaths import is_name

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

_PIECE_BYTES = 1 << 20
_SUFFIXES = {
    ".arrow": "arrow",
    ".csv": "csv",
    ".ecsv": "ecsv",
    ".feather": "arrow",
    ".fit": "fits",
    ".fits": "fits",
    ".ipc": "arrow",
    ".parquet": "parquet",
    ".tsv": "tsv",
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
}
_TYPES: dict[str, pa.DataType] = {
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "char": pa.string(),
    "character": pa.string(),
    "double": pa.float64(),
    "double precision": pa.float64(),
    "float": pa.float64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "int": pa.int32(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "integer": pa.int32(),
    "long": pa.int64(),
    "real": pa.float32(),
    "short": pa.int16(),
    "smallint": pa.int16(),
    "text": pa.string(),
    "timestamp": pa.timestamp("us"),
    "varchar": pa.string(),
}


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
    return _told(_send(_mydb(service), name, table, replace=replace))


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
        columns = empty(columns)
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
    return _told(_send(_mydb(service), name, table, append=True))


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


def empty(columns: Mapping[str, str]) -> pa.Table:
    """A table without rows.

    Parameters
    ----------
    columns
        The types of the columns by their names, as SQL and PostgreSQL call them.

    Raises
    ------
    DatalabError
        A type is not known.
    """
    return pa.table({name: pa.array([], _type(kind)) for name, kind in columns.items()})


def send(
    mydb: MyDB,
    name: str,
    table: Any,  # noqa: ANN401 - the libraries share no type
    replace: bool = False,
    append: bool = False,
) -> Arrival:
    """Send what `put` takes, as one caller."""
    if isinstance(table, str) and (is_name(table) or table.startswith(("http://", "https://"))):
        return mydb.load(name, table, replace, append)
    if isinstance(table, (str, Path)) and (
        not append or intake.is_votable(Path(table).expanduser())
    ):
        path = Path(table).expanduser()
        try:
            with path.open("rb") as file:
                pieces = iter(lambda: file.read(_PIECE_BYTES), b"")
                return mydb.put(name, pieces, format_of(path.name), replace, append)
        except OSError as error:
            if isinstance(error, DatalabError):
                raise
            raise DatalabError(
                f"{table} cannot be read: {str(error.strerror).lower()}.",
                "Check its name and folder.",
            ) from error
    try:
        rows = _rows(table)
    except intake.CannotTakeError as error:
        verb = "added to" if append else "made"
        raise DatalabError(f"{name!r} cannot be {verb}: {error}", error.hint) from error
    if append:
        rows = _fitted(rows, mydb.columns(name))
    return mydb.put(name, _parquet(rows), "parquet", replace, append)


_send = send


def format_of(name: str) -> str:
    """The format of a file by its name.

    Raises
    ------
    DatalabError
        The name does not tell.
    """
    plain = name.lower().removesuffix(".gz")
    for suffix, format in _SUFFIXES.items():
        if plain.endswith(suffix):
            return format
    raise DatalabError(
        f"The name of {name} does not tell its format.",
        f"It should end with one of {', '.join(_SUFFIXES)}.",
    )


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


def _fitted(rows: pa.Table, columns: Sequence[Column]) -> pa.Table:
    """Rows with the types of the columns that they are to be added to, where they fit."""
    known = {column.name.casefold(): column for column in columns}
    for i, field in enumerate(rows.schema):
        column = known.get(field.name.casefold())
        kind = _TYPES.get(column.datatype.lower()) if column else None
        if column is None or kind is None or kind == field.type:
            continue
        try:
            rows = rows.set_column(i, field.with_type(kind), rows[i].cast(kind))
        except pa.ArrowException as error:
            raise DatalabError(
                f"The column {field.name} of the rows does not fit: it is {field.type}, and "
                f"{column.datatype} in the table. {error}",
                "Correct the rows, or put them into a table of their own.",
            ) from error
    return rows


def _rows(table: Any) -> pa.Table:  # noqa: ANN401 - the libraries share no type
    if isinstance(table, (str, Path)):
        return intake.read_file(Path(table).expanduser())
    if isinstance(table, Upload):
        if table.table is None:
            raise intake.CannotTakeError("it is a VOTable file.", "Give its path instead.")
        return table.table
    return intake.to_arrow(table)


def _parquet(rows: pa.Table) -> bytes:
    from pyarrow import parquet

    memory = BytesIO()
    parquet.write_table(rows, memory)
    return memory.getvalue()


def _type(kind: str) -> pa.DataType:
    name = kind.strip().lower().partition("(")[0].strip()
    if name not in _TYPES:
        raise DatalabError(
            f"There is no type {kind!r}.", f"The types are {', '.join(sorted(_TYPES))}."
        )
    return _TYPES[name]


def _mydb(service: str) -> MyDB:
    return find(service).mydb
