"""The rows of a table as a catalogue HiPS, the first of a ranking first (HiPS 1.0, section 4.2.3).

A tile shows the first rows of its cell that no tile above it shows. These come all before its own
in the ranking, so that a tile need only know where the tile above it ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, log
from threading import Lock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from datalab_backend.catalogues.counts import HEALPIX_ORDER, Counts, cells_in
from datalab_backend.engines.arrow import Values, conform
from datalab_backend.engines.base import Engine
from datalab_backend.formats import text
from datalab_backend.metadata import Column, Table, unique_names

FIRST_ORDER = 1
"""Viewers begin with all tiles of orders 1 and 2."""

ROWS_A_TILE = 500

_SPARE_ORDERS = 2
_MOST_ENDS = 200_000
_RANK, _ROW = "rank of the row", "number of the row"
_LOT, _STEP = 1_000_003, 7_919


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in the ranking: the value that ranks, and the number of the row."""

    rank: float
    row: int


_BEFORE_ALL = _Place(float("-inf"), -1)


class ProgressiveHips:
    """The rows of one version of a table, tile by tile; each is in one tile of one order.

    Parameters
    ----------
    table
        The table, which has positions.
    counts
        Its rows on the sky.
    rows_a_tile
        How many rows a tile shows, but for those of the last order, which show all that are left.
    """

    def __init__(self, table: Table, counts: Counts, rows_a_tile: int = ROWS_A_TILE) -> None:
        self.table = table
        self.counts = counts
        self._rows_a_tile = rows_a_tile
        self._ends: dict[tuple[int, int], _Place | None] = {}
        self._lock = Lock()

    @staticmethod
    def possible(table: Table) -> bool:
        """Whether the rows of a table can be told apart, which needs the name of their numbers."""
        return table.healpix is not None and table.column("rowid") is None

    @cached_property
    def ranking(self) -> Column | None:
        """The magnitude that ranks the rows; None when they are in an order as if drawn by lot."""
        magnitudes = (
            column
            for column in self.table.columns
            if "phot.mag" in column.ucd.split(";") and not column.is_array
        )
        return next((c for c in magnitudes if c.unit.casefold() == "mag"), None)

    @cached_property
    def order(self) -> int:
        """The order of the deepest tiles."""
        counts = self.counts
        for order in range(FIRST_ORDER, counts.order + 1):
            ends = counts.cumulative[:: 1 << 2 * (counts.order - order)]
            fullest = int(np.diff(ends).max())
            if fullest <= self._rows_a_tile:
                return order
        deeper = ceil(log(fullest / self._rows_a_tile, 4)) + _SPARE_ORDERS
        return min(HEALPIX_ORDER, counts.order + deeper)

    def tile(self, order: int, number: int, engine: Engine) -> bytes | None:
        """The rows of a tile as TSV with a header; None without such a tile or a row in it."""
        if not (FIRST_ORDER <= order <= self.order and 0 <= number < cells_in(order)):
            return None
        rows = self._rows(order, number, engine)
        return self._header() + rows if rows else None

    def allsky(self, order: int, engine: Engine) -> bytes:
        """The rows of all tiles of an order in one file."""
        tiles = (self._rows(order, number, engine) for number in range(cells_in(order)))
        return self._header() + b"".join(tiles)

    def _header(self) -> bytes:
        return ("\t".join(_plain(column.name) for column in self.table.columns) + "\n").encode()

    def _rows(self, order: int, number: int, engine: Engine) -> bytes:
        after = self._end(order - 1, number >> 2, engine)
        if order > self.order or after is None or not self._count(order, number):
            return b""
        columns = unique_names([column.name for column in self.table.columns])
        query = self._query(order, number, after, engine).select(
            *(exp.column(name, quoted=True) for name in columns)
        )
        pieces = []
        with engine.execute(query) as result:
            for batch in result:
                shown = conform(batch.select(range(2, batch.num_columns)), self.table.columns)
                fields = [_written(values) for values in shown.columns]
                pieces.append(text.joined(fields, "\t", "\n") if batch.num_rows else b"")
        return b"".join(pieces)

    def _end(self, order: int, number: int, engine: Engine) -> _Place | None:
        """The last row that a tile shows; None when no row of its cell is left after it."""
        if order < FIRST_ORDER:
            return _BEFORE_ALL
        with self._lock:
            if (order, number) in self._ends:
                return self._ends[order, number]
        after = self._end(order - 1, number >> 2, engine)
        found = None
        if after is not None and self._count(order, number) > self._rows_a_tile:
            with engine.execute(self._query(order, number, after, engine)) as result:
                places = [place for batch in result for place in zip(*batch.columns, strict=True)]
            if len(places) == self._rows_a_tile:
                rank, row = places[-1]
                found = _Place(float(rank.as_py()), int(row.as_py()))
        with self._lock:
            if len(self._ends) >= _MOST_ENDS:
                self._ends.clear()
            self._ends[order, number] = found
        return found

    def _count(self, order: int, number: int) -> int:
        """The rows in a cell, or in a larger one around it."""
        around = min(order, self.counts.order)
        return int(self.counts.at(around, np.array([number >> 2 * (order - around)]))[0])

    def _query(self, order: int, number: int, after: _Place, engine: Engine) -> exp.Select:
        """The rows of a tile in their order, with their places in the ranking."""
        depth = 2 * (HEALPIX_ORDER - order)
        cell = exp.column(self.table.healpix or "", quoted=True)
        row = exp.column("rowid")
        rank = self._rank()
        last = exp.cast(exp.Literal.string(repr(after.rank)), "double")
        later = exp.And(
            this=exp.EQ(this=rank.copy(), expression=last.copy()),
            expression=exp.GT(this=row.copy(), expression=_number(after.row)),
        )
        query = (
            exp.select(exp.alias_(rank, _RANK, quoted=True), exp.alias_(row, _ROW, quoted=True))
            .from_(engine.relation(self.table))
            .where(cell.between(number << depth, (number + 1 << depth) - 1))
            .where(exp.or_(exp.GT(this=rank.copy(), expression=last), later))
            .order_by(exp.Literal.number(1), exp.Literal.number(2))
        )
        return query if order == self.order else query.limit(self._rows_a_tile)

    def _rank(self) -> exp.Expr:
        """What ranks a row: a number, infinite where there is none."""
        ranking = self.ranking
        if ranking is None:
            drawn = exp.Mul(
                this=exp.Paren(this=exp.Mod(this=exp.column("rowid"), expression=_number(_LOT))),
                expression=_number(_STEP),
            )
            lot = exp.Mod(this=exp.Paren(this=drawn), expression=_number(_LOT))
            return exp.cast(exp.Paren(this=lot), "double")
        names = unique_names([column.name for column in self.table.columns])
        name = names[self.table.columns.index(ranking)]
        value = exp.cast(exp.column(name, quoted=True), "double")
        nothing = exp.cast(exp.Literal.string("inf"), "double")
        known = exp.Not(this=exp.IsNan(this=value.copy()))
        return exp.Case(ifs=[exp.If(this=known, true=value)], default=nothing)


def _number(value: int) -> exp.Expression:
    return exp.Neg(this=exp.Literal.number(-value)) if value < 0 else exp.Literal.number(value)


def _plain(name: str) -> str:
    return " ".join(name.split())


def _written(values: Values) -> Values:
    """Values as text; viewers know no quotes, so what would end a field becomes a space."""
    if not pa.types.is_string(values.type):
        return text.plain(values)
    return pc.replace_substring_regex(values, "[\t\r\n]", " ")
