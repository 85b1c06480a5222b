"""Tables in text: separated by commas, tabs, bars or blanks, and ECSV.

DuckDB splits the lines. Text without declared types is read twice: once to see what the values of
each column are, so that no value is lost to a guess made from the first lines.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from datalab_backend.catalogues.files import layout, words
from datalab_backend.catalogues.files.layout import Layout
from datalab_backend.catalogues.files.masks import without_masked
from datalab_backend.catalogues.files.source import BATCH_ROWS, Piece, Rejected, RowNumbers, Source
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType

_CELLS = 4_000_000
_ECSV_TYPES = {
    "bool": DataType.BOOLEAN,
    "int8": DataType.SMALLINT,
    "uint8": DataType.SMALLINT,
    "int16": DataType.SMALLINT,
    "uint16": DataType.INTEGER,
    "int32": DataType.INTEGER,
    "uint32": DataType.BIGINT,
    "int64": DataType.BIGINT,
    "uint64": DataType.BIGINT,
    "float16": DataType.REAL,
    "float32": DataType.REAL,
    "float64": DataType.DOUBLE,
    "float128": DataType.DOUBLE,
    "string": DataType.VARCHAR,
}
_WHAT = {
    DataType.BOOLEAN: "true or false",
    DataType.TIMESTAMP: "a time such as 2026-01-31T12:00:00",
    DataType.REAL: "a number",
    DataType.DOUBLE: "a number",
}
_REASONS = {
    "MISSING COLUMNS": "The line has fewer values than there are columns.",
    "TOO MANY COLUMNS": "The line has more values than there are columns.",
    "UNQUOTED VALUE": "A quote is not closed.",
    "LINE SIZE OVER MAXIMUM": "The line is longer than can be read.",
    "INVALID ENCODING": "The line is not in the encoding of the others.",
}
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class _File:
    """A text file, what to call it, and where copies of it may be put."""

    path: Path
    label: str
    scratch: Path


def read_text(path: Path, label: str, scratch: Path, given: layout.Given) -> Source:
    """The table of a text file.

    Parameters
    ----------
    path
        The file, packed or not.
    label
        What to call it in messages.
    scratch
        Where a copy may be put that DuckDB can split.
    given
        What is told by the name of the file.
    """
    laid = layout.look(path, label, given)
    empty: frozenset[str] = frozenset()
    rows, cut = None, None
    if laid.described.columns:
        columns = [_declared(laid, name) for name in laid.names]
    else:
        laid, columns, empty, rows, cut = _look_through(_File(path, label, scratch), laid)
    source = Source(
        path,
        label,
        tuple(laid.described.onto(column) for column in columns),
        partial(_pieces, _File(path, label, scratch), laid, cut),
        laid.described.description,
        rows=rows,
        empty=empty,
        guessed=not laid.described.columns,
        notes=laid.notes,
    )
    return without_masked(source, laid.described.masks)


def _column(name: str, datatype: DataType) -> Column:
    if datatype is DataType.TIMESTAMP:
        return Column(name, datatype, arraysize="*", xtype="timestamp")
    return Column(name, datatype, arraysize="*" if datatype in words.TEXTS else "")


def _declared(laid: Layout, name: str) -> Column:
    """A column of the type that ECSV declares (APE 6)."""
    told = laid.described.columns.get(name, {})
    kind, subtype = str(told.get("datatype", "string")), str(told.get("subtype", ""))
    array = re.fullmatch(r"(\w+)\[([\d,]*)(null)?\]", subtype)
    if array and array[1] in _ECSV_TYPES:
        sides = [side for side in array[2].split(",") if side]
        size = "*" if array[3] or not sides else "x".join(reversed(sides))
        return replace(_column(name, _ECSV_TYPES[array[1]]), arraysize=size)
    return _column(name, _ECSV_TYPES.get(kind, DataType.VARCHAR))


def _look_through(
    file: _File, laid: Layout
) -> tuple[Layout, list[Column], frozenset[str], int, RowNumbers]:
    """Find the narrowest type that takes every value of a column, and lines that are no rows."""
    seen = [words.Seen() for _ in laid.names]
    rows = 0
    with duckdb.connect() as connection:
        for batch in _batches(connection, file, laid):
            rows += batch.num_rows
            for column, texts in zip(seen, batch.columns, strict=True):
                column.look(texts)
        rejects = _rejects(connection)
    kinds = {kind for _, kind, _ in rejects}
    if "INVALID ENCODING" in kinds and laid.encoding == "utf-8":
        note = "The file is not UTF-8; it was read as Latin-1."
        return _look_through(file, replace(laid, encoding="latin-1", notes=(*laid.notes, note)))
    pairs = list(zip(laid.names, seen, strict=True))
    columns = [_column(name, found.datatype) for name, found in pairs]
    empty = frozenset(name for name, found in pairs if found.is_empty)
    unfit = tuple(
        f"{name} is text, because “{found.unfit[:_SHOWN]}” is no number; a sidecar's `type` or "
        "`null` makes numbers of it."
        for name, found in pairs
        if found.unfit is not None
    )
    laid = replace(laid, notes=(*laid.notes, *unfit))
    return laid, columns, empty, rows, np.array([line for line, _, _ in rejects], np.int64)


def _pieces(
    file: _File, laid: Layout, cut: RowNumbers | None, wanted: Sequence[Column]
) -> Iterator[Piece]:
    by_name = {column.name: column for column in wanted}
    columns = [by_name[name] for name in laid.names]
    if cut is None:
        cut = _cut(file, laid)
    # How many rows stand before each line that is none; a row is taken for one line.
    before = cut - laid.lines_before - 1 - np.arange(len(cut))
    read = 0
    with duckdb.connect() as connection:
        for batch in _batches(connection, file, laid):
            rows = np.arange(read, read + batch.num_rows)
            lines = laid.lines_before + 1 + rows + np.searchsorted(before, rows, "right")
            yield _piece(batch, lines, columns)
            read += batch.num_rows
        rejected = tuple(
            Rejected(line, _REASONS.get(kind, "The line cannot be split."), content)
            for line, kind, content in _rejects(connection)
        )
    if rejected:
        nothing = pa.RecordBatch.from_pylist([], arrow_schema(columns))
        yield Piece(nothing, np.zeros(0, np.int64), rejected)


def _cut(file: _File, laid: Layout) -> RowNumbers:
    """The lines that cannot be split."""
    with duckdb.connect() as connection:
        for _ in _batches(connection, file, laid):
            pass
        return np.array([line for line, _, _ in _rejects(connection)], np.int64)


def _batches(
    connection: duckdb.DuckDBPyConnection, file: _File, laid: Layout
) -> Iterator[pa.RecordBatch]:
    rows = max(2048, min(BATCH_ROWS, _CELLS // len(laid.names)))
    try:
        with layout.readable(file.path, laid, file.scratch) as path:
            yield from connection.sql(f"FROM {laid.scan(path)}").to_arrow_reader(rows)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise UsageError(
            f"{file.label} cannot be read as a table in text.",
            "Write a header line with the names of the columns, then one line a row with as many "
            "values in each.",
        ) from error


def _rejects(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str, str]]:
    """The lines that the last reading could not split, why, and what stands there."""
    try:
        return connection.execute(
            "SELECT line, min(error_type::VARCHAR), any_value(csv_line) "
            "FROM reject_errors GROUP BY line ORDER BY line"
        ).fetchall()
    except duckdb.CatalogException:  # there is no such table before there is a reject
        return []


def _piece(batch: pa.RecordBatch, numbers: RowNumbers, columns: Sequence[Column]) -> Piece:
    wrong = np.zeros(batch.num_rows, np.bool_)
    reasons: dict[int, str] = {}
    values = []
    for column, texts in zip(columns, batch.columns, strict=True):
        found, failed = words.read(column, texts)
        values.append(found)
        for row in np.flatnonzero(failed & ~wrong).tolist():
            reasons[row] = _reason(column)
        wrong |= failed
    rows = pa.RecordBatch.from_arrays(values, schema=arrow_schema(columns))
    if not reasons:
        return Piece(rows, numbers)
    rejected = tuple(
        Rejected(int(numbers[row]), reasons[row], line([c[row].as_py() for c in batch.columns]))
        for row in sorted(reasons)
    )
    return Piece(rows.filter(pa.array(~wrong)), numbers[~wrong], rejected)


def _reason(column: Column) -> str:
    what = "an array" if column.is_array else _WHAT.get(column.datatype, "a whole number")
    return f"The value of {column.name} is not {what} that fits {column.datatype}."


def line(values: Sequence[object]) -> str:
    """Values as a line of CSV."""
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(["" if v is None else v for v in values])
    return written.getvalue()
