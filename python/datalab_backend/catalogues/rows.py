"""Rows of a file in the columns of the table: cast, checked, with their HEALPix index."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datalab_backend.catalogues.files import Piece, Rejected, Source
from datalab_backend.catalogues.plan import Plan, Planned
from datalab_backend.catalogues.problems import Problems
from datalab_backend.catalogues.sky import degrees, healpix_index
from datalab_backend.catalogues.versions import HEALPIX_COLUMN
from datalab_backend.engines.arrow import Values, arrow_schema, arrow_type
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType, unique_names

NO_POSITION = "no position (null or NaN); in no region of the sky"
IMPOSSIBLE = "an impossible position, such as a declination beyond ±90°; in no region of the sky"
NOT_READ = "not readable, and not in the table"

_MOST_TURNS = 360.0
_TEXTS = (DataType.CHAR, DataType.VARCHAR)


def stage(source: Source, plan: Plan, path: Path, tell: Callable[[int], None]) -> dict[str, Any]:
    """Write a file's rows as Parquet.

    Parameters
    ----------
    source
        The file.
    plan
        What is to become of it.
    path
        The Parquet file; rows that cannot be read go into a CSV file beside it.
    tell
        Called with the number of rows so far.

    Returns
    -------
    dict
        What was found: ``rows``, ``problems``, ``wide`` (text columns that are not ASCII), and the
        least and greatest position.
    """
    stager = _Stager(source, plan)
    schema = arrow_schema(plan.table.columns)
    if plan.table.position:
        schema = schema.append(pa.field(HEALPIX_COLUMN, pa.int64()))
    rejects = path.with_suffix(".csv")
    rejects.unlink(missing_ok=True)
    # The stubs do not know that names may be given.
    texts: Any = [c.name for c in plan.table.columns if c.datatype in _TEXTS and not c.is_array]
    with pq.ParquetWriter(
        path, schema, compression="lz4", use_dictionary=texts, write_statistics=False
    ) as file:
        for piece in source.pieces(stager.wanted):
            batch, rejected = stager.rows(piece, schema)
            file.write_batch(batch)
            if rejected:
                stager.problems.add(NOT_READ, source.label, [r.row for r in rejected])
                _write_rejects(rejects, source.label, rejected)
            tell(stager.count)
    return stager.document()


class _Stager:
    """Makes rows of the table out of rows of a file."""

    def __init__(self, source: Source, plan: Plan) -> None:
        self.problems = Problems()
        self.count = 0
        self._source = source
        self._plan = plan
        names = unique_names([column.name for column in source.columns])
        self._places = {name.casefold(): index for index, name in enumerate(names)}
        by_origin = {planned.origin: planned.column for planned in plan.columns}
        # What is left out of the table is read as it is.
        self.wanted = [
            _called(by_origin.get(name.casefold(), column), column.name)
            for name, column in zip(names, source.columns, strict=True)
        ]
        self._wide: set[str] = set()
        self._range: list[float] = [np.inf, -np.inf, np.inf, -np.inf]

    def document(self) -> dict[str, Any]:
        """What was found."""
        return {
            "rows": self.count,
            "problems": self.problems.document(),
            "wide": sorted(self._wide),
            "range": self._range if np.isfinite(self._range).all() else None,
        }

    def rows(self, piece: Piece, schema: pa.Schema) -> tuple[pa.RecordBatch, list[Rejected]]:
        """The rows of a piece, and what could not be read."""
        rejected = list(piece.rejected)
        wrong = np.zeros(piece.rows.num_rows, np.bool_)
        values: list[Values] = []
        for planned in self._plan.columns:
            found, failed = self._values(planned, piece)
            for row in np.flatnonzero(failed & ~wrong).tolist():
                reason = f"The value of {planned.column.name} does not fit {found.type}."
                content = ", ".join(str(c[row].as_py()) for c in piece.rows.columns)
                rejected.append(Rejected(int(piece.numbers[row]), reason, content))
            wrong |= failed
            values.append(found)
        numbers = piece.numbers
        if wrong.any():
            keep = pa.array(~wrong)
            values = [column.filter(keep) for column in values]
            numbers = numbers[~wrong]
        for column, found in zip(self._plan.table.columns, values, strict=True):
            is_text = column.datatype in _TEXTS and not column.is_array
            if is_text and pc.all(pc.string_is_ascii(found)).as_py() is False:
                self._wide.add(column.name)
        if self._plan.table.position:
            values.append(self._index(values, numbers))
        self.count += len(numbers)
        return pa.RecordBatch.from_arrays(values, schema=schema), rejected

    def _values(self, planned: Planned, piece: Piece) -> tuple[Values, NDArray[np.bool_]]:
        place = self._places.get(planned.origin)
        wanted = arrow_type(planned.column)
        none_wrong = np.zeros(piece.rows.num_rows, np.bool_)
        if place is None:
            return pa.array([None] * piece.rows.num_rows, wanted), none_wrong
        values, failed = _cast(piece.rows.column(place), wanted)
        if planned.null is not None:
            values = _without(values, planned)
        if planned.factor != 1.0:
            values = pc.multiply(values, planned.factor)
        return values, none_wrong if failed is None else failed

    def _index(self, values: list[Values], numbers: NDArray[np.int64]) -> Values:
        names = [column.name for column in self._plan.table.columns]
        lon, lat = (degrees(values[names.index(n)]) for n in self._plan.table.position or ())
        known = np.isfinite(lon) & np.isfinite(lat)
        possible = known & (np.abs(lat) <= 90) & (np.abs(lon) <= _MOST_TURNS)
        for what, rows in ((NO_POSITION, ~known), (IMPOSSIBLE, known & ~possible)):
            if rows.any():
                self.problems.add(
                    what, self._source.label, numbers[rows][:3].tolist(), int(rows.sum())
                )
        if possible.any():
            ends = [lon[possible].min(), lon[possible].max()]
            ends += [lat[possible].min(), lat[possible].max()]
            choose = (min, max, min, max)
            pairs = zip(choose, self._range, ends, strict=True)
            self._range = [float(best(one, other)) for best, one, other in pairs]
        return healpix_index(np.where(possible, lon, np.nan), lat)


def _called(column: Column, name: str) -> Column:
    return replace(column, name=name)


def _cast(values: Values, wanted: pa.DataType) -> tuple[Values, NDArray[np.bool_] | None]:
    """Values in another type, and which of them do not fit it, None when all do."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if values.type.equals(wanted):
        return values, None
    if pa.types.is_timestamp(wanted):
        if pa.types.is_timestamp(values.type) and values.type.tz:
            values = values.cast(pa.timestamp(values.type.unit))
        return values.cast(wanted, safe=False), None  # whole microseconds are all that is kept
    if pa.types.is_floating(wanted) or pa.types.is_list(wanted):
        return values.cast(wanted, safe=False), None
    if pa.types.is_binary(wanted) and pa.types.is_fixed_size_binary(values.type):
        return values.cast(wanted), None
    try:
        return values.cast(wanted), None
    except pa.ArrowInvalid:
        pass
    failed = np.zeros(len(values), np.bool_)
    found = []
    for row, value in enumerate(values):
        try:
            found.append(value.cast(wanted).as_py() if value.is_valid else None)
        except pa.ArrowInvalid:
            found.append(None)
            failed[row] = True
    return pa.array(found, wanted), failed


def _without(values: Values, planned: Planned) -> Values:
    kind = values.type
    try:
        null: Any = pa.array(np.array([planned.null])).cast(kind)[0]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OverflowError):
        raise UsageError(
            f"The null value of {planned.column.name}, {planned.null}, is no {kind}.",
            "Correct it in the sidecar.",
        ) from None
    return pc.if_else(pc.equal(values, null), pa.scalar(None, kind), values)


def _write_rejects(path: Path, label: str, rejected: list[Rejected]) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        rows = [(label, reject.row, reject.reason, reject.content) for reject in rejected]
        csv.writer(file).writerows(rows)
