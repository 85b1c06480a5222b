"""The rows of a table once more, as they are in memory, for queries that want a few of them.

Arrow files that are mapped into memory: nothing is read but the pages that a query touches, and
nothing is unpacked. ``rows.arrow`` has the rows in the order of the sky; for a column of
identifiers, ``values-N.npy`` and ``places-N.npy`` (N is the column's number) have its values in
ascending order and where their rows are; ``first-N.arrow`` and ``last-N.arrow`` have the rows with
the smallest and largest values of a column. They take the room on disk that the rows take without
compression, and memory only as far as the system has it to spare.
"""

from __future__ import annotations

import shutil
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datalab_backend.engines.arrow import Values
from datalab_backend.engines.mapped import MappedFile, mapped_array
from datalab_backend.engines.shortcut import Around, Shortcut, Test
from datalab_backend.metadata import DataType, Table, first_rows, last_rows, quoted, values_of

MOST_ROWS = 200_000
"""Rows that are looked at for a query; for more the threads of an engine are worth their while."""
_MOST_PLACES = 1000
"""Rows that are picked one by one."""
_BATCH_ROWS = 122_880
_MOST_OF_DISK = 0.25
"""The part of what is free that these files may take: more rows do without."""
_WIDTHS = {DataType.BOOLEAN: 1, DataType.SMALLINT: 2, DataType.INTEGER: 4, DataType.REAL: 4}
_USUAL_WIDTH = 8
_WHOLE = (DataType.SMALLINT, DataType.INTEGER, DataType.BIGINT)
_HALF_DEGREE = np.pi / 360
_ROUNDING = 1e-9
"""Part of a limit: a distance that is so near to it may be on the other side by rounding."""

_AFTER_ALL = 1 << 63


class SortedRows:
    """The sorted rows of a table; any thread may read them.

    Parameters
    ----------
    folder
        Where the files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._files: dict[str, _File | None] = {}
        self._arrays: dict[str, NDArray[Any] | None] = {}

    def answer(self, asked: Shortcut) -> pa.RecordBatch | None:
        """The rows that a query asks for, or None when they are not to be had here."""
        if asked.ranking is not None:
            return self._top(asked, *asked.ranking)
        rows = self._file("rows.arrow")
        if rows is None:
            return None
        spans: list[tuple[int, int]] | None
        if asked.among is not None:
            spans = self._places(asked.table, *asked.among)
        elif asked.ranges is not None:
            spans = rows.spans(asked.table.healpix or "", asked.ranges)
        else:
            spans = [(0, rows.rows if asked.limit is None else min(asked.limit, rows.rows))]
        if spans is None or sum(end - start for start, end in spans) > MOST_ROWS:
            return None
        names = dict.fromkeys(name for name, _ in asked.columns)
        lon_lat = asked.table.position or ()
        names |= dict.fromkeys(lon_lat if asked.circles else ())
        names |= dict.fromkeys(test.column for test in asked.tests)
        found = rows.taken(spans, list(names))
        for circle in asked.circles:
            inside = _inside(found, lon_lat, circle)
            if inside is None:
                return None
            found = found.filter(pa.array(inside))
        for test in asked.tests:
            found = found.filter(pa.array(_meets(found.column(test.column), test)))
        return _shown(found, asked)

    def _top(self, asked: Shortcut, column: str, largest: bool) -> pa.RecordBatch | None:
        number = _number(asked.table, column)
        ranked = self._file(f"{'last' if largest else 'first'}-{number}.arrow")
        if ranked is None:
            return None
        names = list(dict.fromkeys(name for name, _ in asked.columns))
        return _shown(ranked.taken([(0, min(asked.limit or 0, ranked.rows))], names), asked)

    def _places(
        self, table: Table, column: str, wanted: tuple[int, ...]
    ) -> list[tuple[int, int]] | None:
        """Where the rows are that have one of some values."""
        number = _number(table, column)
        values, places = (self._array(f"{name}-{number}.npy") for name in ("values", "places"))
        if values is None or places is None:
            return None
        limits = np.iinfo(values.dtype)
        found: set[int] = set()
        for value in wanted:
            if limits.min <= value <= limits.max:
                key = values.dtype.type(value)
                start, end = (int(np.searchsorted(values, key, s)) for s in ("left", "right"))
                if len(found) + end - start > _MOST_PLACES:
                    return None
                found.update(places[start:end].tolist())
        return [(place, place + 1) for place in sorted(found)]

    def _file(self, name: str) -> _File | None:
        with self._lock:
            if name not in self._files:
                path = self._folder / name
                self._files[name] = _File(path) if path.exists() else None
            return self._files[name]

    def _array(self, name: str) -> NDArray[Any] | None:
        with self._lock:
            if name not in self._arrays:
                path = self._folder / name
                self._arrays[name] = mapped_array(path) if path.exists() else None
            return self._arrays[name]


class _File:
    """Rows in an Arrow file, all batches but the last of one length."""

    def __init__(self, path: Path) -> None:
        self._mapped = MappedFile(path)
        self._reader = pa.ipc.open_file(self._mapped.content)
        self._lock = Lock()
        self._batches: list[pa.RecordBatch | None] = [None] * self._reader.num_record_batches
        count = len(self._batches)
        self._firsts: list[int | None] = [None] * count
        self._length = self._batch(0).num_rows if count else 1
        self.rows = (count - 1) * self._length + self._batch(count - 1).num_rows if count else 0

    def spans(self, cells: str, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """First rows and ends of the runs whose cells are in some ranges."""
        found: list[tuple[int, int]] = []
        announced: set[int] = set()
        for low, high in ranges:
            start, end = (self._place(cells, cell, announced) for cell in (low, high + 1))
            if found and start <= found[-1][1]:
                start = found.pop()[0]
            found.append((start, end))
        return found

    def _place(self, cells: str, cell: int, announced: set[int]) -> int:
        """The number of rows whose cells are before one; those without a cell come last."""

        def first(number: int) -> int:
            found = self._firsts[number]
            if found is None:
                value: int | None = self._batch(number).column(cells)[0].as_py()
                found = self._firsts[number] = _AFTER_ALL if value is None else value
            return found

        number = bisect_left(range(len(self._batches)), cell, key=first) - 1
        if number < 0:
            return 0
        batch = self._batch(number).select([cells])
        if number not in announced:
            announced.add(number)
            self._mapped.announce(batch, 0, len(batch))
        column = batch.column(0)
        known = len(column) - column.null_count
        values = column[:known].to_numpy()
        return number * self._length + int(np.searchsorted(values, cell))

    def taken(self, spans: Iterable[tuple[int, int]], names: list[str]) -> pa.RecordBatch:
        """Some columns of runs of rows."""
        parts = []
        for start, end in spans:
            while start < end:
                number, offset = divmod(start, self._length)
                length = min(end - start, self._length - offset)
                batch = self._batch(number).select(names)
                self._mapped.announce(batch, offset, offset + length)
                parts.append(batch.slice(offset, length))
                start += length
        if not parts:
            none = self._reader.schema.empty_table().select(names)
            return pa.RecordBatch.from_arrays(
                [column.combine_chunks() for column in none.columns], schema=none.schema
            )
        return _joined(parts)

    def _batch(self, number: int) -> pa.RecordBatch:
        found = self._batches[number]
        if found is None:
            with self._lock:
                found = self._batches[number] = self._reader.get_batch(number)
        return found


def _inside(
    rows: pa.RecordBatch, lon_lat: tuple[str, ...], circle: Around
) -> NDArray[np.bool_] | None:
    """Which rows are in a circle; None when rounding decides, which engines do differently."""
    lon, lat = (
        rows.column(name).cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
        for name in lon_lat
    )
    sine = np.sin((lat - circle.lat) * _HALF_DEGREE)
    across = np.sin((lon - circle.lon) * _HALF_DEGREE)
    across *= across
    across *= np.cos(np.radians(circle.lat))
    square = sine * sine + np.cos(np.radians(lat)) * across
    doubt = _ROUNDING * circle.limit + 1e-15 * across
    if (np.abs(square - circle.limit) <= doubt).any():
        return None
    inside: NDArray[np.bool_] = square < circle.limit
    return inside


def _meets(values: Values, test: Test) -> NDArray[np.bool_]:
    """Which values meet a test; what is not a number is larger than all numbers, as for engines."""
    known = values.is_valid().to_numpy(zero_copy_only=False)
    numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
    unreal = np.isnan(numbers)
    if numbers.dtype.kind == "f":
        numbers = numbers.astype(np.float64)
    match test.operator:
        case "<":
            found = numbers < test.value
        case "<=":
            found = numbers <= test.value
        case ">":
            found = (numbers > test.value) | unreal
        case ">=":
            found = (numbers >= test.value) | unreal
        case "=":
            found = numbers == test.value
        case _:
            found = numbers != test.value
    met: NDArray[np.bool_] = found & known
    return met


def _shown(rows: pa.RecordBatch, asked: Shortcut) -> pa.RecordBatch:
    if asked.limit is not None:
        rows = rows.slice(0, asked.limit)
    columns = [rows.column(name) for name, _ in asked.columns]
    return pa.RecordBatch.from_arrays(columns, names=[name for _, name in asked.columns])


def _joined(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(parts) == 1:
        return parts[0]
    joined: pa.RecordBatch = pa.concat_batches(parts)  # type: ignore[attr-defined]  # it is there
    return joined


def _number(table: Table, column: str) -> int:
    return [c.name for c in table.columns].index(column)


# Writing


def write(connection: duckdb.DuckDBPyConnection, table: Table, rows: int, folder: Path) -> bool:
    """Write the files of a table, whose rows and look-ups are in a database.

    Parameters
    ----------
    connection
        The database.
    table
        The metadata, with what is looked up and ranked.
    rows
        The number of rows.
    folder
        Where to.

    Returns
    -------
    bool
        Whether they were written. They are not where the disk has too little room for them, or
        where no query could use them.
    """
    wanted = [c for c in table.columns if c.name in table.looked_up and c.datatype in _WHOLE]
    if not (table.position or wanted or table.ranked):
        return False
    width = sum(_WIDTHS.get(c.datatype, _USUAL_WIDTH) for c in table.columns) + _USUAL_WIDTH
    width += 2 * _USUAL_WIDTH * len(wanted)
    if rows * width > _MOST_OF_DISK * shutil.disk_usage(folder).free:
        return False
    _write(connection.table("rows"), folder / "rows.arrow")
    for column in wanted:
        _write_values(connection, table, rows, column.name, folder)
    for name in table.ranked:
        number = _number(table, name)
        for kind, stored in (("first", first_rows(name)), ("last", last_rows(name))):
            _write(connection.table(quoted(stored)), folder / f"{kind}-{number}.arrow")
    return True


def _write(rows: duckdb.DuckDBPyRelation, path: Path) -> None:
    reader = rows.to_arrow_reader(_BATCH_ROWS)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, reader.schema) as written:
        for batch in _even(reader):
            written.write_batch(batch)


def _even(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of one length, but for the last."""
    left: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        left.append(batch)
        count += batch.num_rows
        while count >= _BATCH_ROWS:
            whole = _joined(left)
            yield whole.slice(0, _BATCH_ROWS)
            count -= _BATCH_ROWS
            left = [whole.slice(_BATCH_ROWS)] if count else []
    if count:
        yield _joined(left)


def _write_values(
    connection: duckdb.DuckDBPyConnection, table: Table, rows: int, column: str, folder: Path
) -> None:
    known = connection.table(quoted(values_of(column))).filter('"value" IS NOT NULL')
    ((count,),) = known.count("*").fetchall()
    if not count:
        return
    number, start = _number(table, column), 0
    reader = known.to_arrow_reader(_BATCH_ROWS)
    places_type = np.uint32 if rows <= np.iinfo(np.uint32).max else np.int64
    kinds = (reader.schema.field("value").type.to_pandas_dtype(), places_type)
    values, places = (
        np.lib.format.open_memmap(folder / f"{name}-{number}.npy", "w+", kind, (count,))
        for name, kind in zip(("values", "places"), kinds, strict=True)
    )
    for batch in reader:
        end = start + batch.num_rows
        values[start:end], places[start:end] = (column.to_numpy() for column in batch.columns)
        start = end
