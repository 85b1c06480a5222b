"""Rows on their way into a table of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa

from datalab_toolkit import intake
from datalab_toolkit.errors import DatalabError
from datalab_toolkit.metadata import Column
from datalab_toolkit.mydbtables import Arrival, MyDB
from datalab_toolkit.uploads import Upload
from datalab_toolkit.vospaths import is_name

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
            value, row = _first_unfit(rows[i], kind)
            raise DatalabError(
                f"The column {field.name} of the rows does not fit: {value!r} in row {row + 1:,} "
                f"is not of type {column.datatype}, which the table has.",
                "Correct the rows, or put them into a table of their own.",
            ) from error
    return rows


def _first_unfit(values: pa.ChunkedArray[Any], kind: pa.DataType) -> tuple[Any, int]:
    """The first value that is not of a type, and which it is, counted from 0."""
    fit, end = 0, len(values)  # of values[fit:end] one does not
    while end - fit > 1:
        middle = (fit + end) // 2
        try:
            values[fit:middle].cast(kind)
            fit = middle
        except pa.ArrowException:
            end = middle
    return values[fit].as_py(), fit


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
