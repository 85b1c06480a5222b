"""Density maps for which rows must be looked at: of those that meet a condition, of a column.

Few rows are put into their pixels one by one; more are counted by the engine in the HEALPix cells
behind the pixels. Of very many rows a sample is looked at first, and said to be one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from datalab_backend.catalogues.chosen import CELL, Chosen, choose, numbers, placed
from datalab_backend.catalogues.counts import FULL_SKY_DEG2, HEALPIX_ORDER, Counts, cells_in
from datalab_backend.catalogues.density import (
    MAX_POINTS,
    OUTSIDE,
    DensityView,
    cells_of_pixels,
    order_of_pixels,
    position,
    runs_of_view,
    within,
)
from datalab_backend.catalogues.projections import View, to_directions
from datalab_backend.engines.base import Engine
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Table, Tables, quoted

STATISTICS = ("count", "mean", "min", "max")

MAX_ROWS = 30_000_000
"""Of more rows in the view a sample is looked at first."""

_SAMPLED = 3
"""How many times fewer rows than the most are in a sample."""

_MODULUS = 1009
"""A prime: the cells of rows, which are in sky order, modulo it are as good as drawn by lot."""

_AGGREGATES: dict[str, type[exp.Func]] = {"mean": exp.Avg, "min": exp.Min, "max": exp.Max}


def measured(
    table: Table,
    tables: Tables,
    counts: Counts | None,
    engine: Engine,
    view: View,
    *,
    where: str = "",
    statistic: str = "count",
    column: str = "",
    sample: bool = True,
    timeout_s: float | None = None,
    max_points: int = MAX_POINTS,
    max_rows: int = MAX_ROWS,
) -> DensityView:
    """Count the rows that meet a condition, or measure a column, in each pixel of a view.

    Parameters
    ----------
    table, counts, engine, view, max_points
        As for `density.density`.
    tables
        What the user may read.
    where
        An ADQL condition, empty for all rows.
    statistic
        One of `STATISTICS`.
    column
        What to take the statistic of, as an ADQL expression; nothing for counts.
    sample
        Whether a sample will do when there are more than `max_rows` rows in the view.
    timeout_s
        The longest that the engine may take, in seconds.
    max_rows
        The most rows to look at when a sample will do.

    Raises
    ------
    AdqlError, UsageError, QueryTimeoutError
        When what was asked cannot be, or takes too long.
    """
    lon, lat = position(table)
    if counts is None or table.healpix is None:
        raise UsageError(
            f"The rows of {table.full_name} are not in the order of the sky, so they cannot be "
            "filtered on a map.",
            "Ingest the table anew with its positions.",
        )
    if statistic not in STATISTICS:
        raise UsageError(
            f"There is no statistic “{statistic[:40]}”.", f"It is one of {', '.join(STATISTICS)}."
        )
    if (statistic == "count") != (not column):
        raise UsageError(
            f"The statistic {statistic} {'takes no column' if column else 'needs a column'}.",
            "Give column=… with statistic=mean, min or max.",
        )
    values = {"ra": quoted(lon), "dec": quoted(lat)} | ({"column": column} if column else {})
    chosen = choose(table, tables, engine, values, where)
    plan = _Plan(chosen, counts, engine, view, statistic, timeout_s)
    if plan.rows <= max_points:
        return plan.points()
    percent = 100.0
    if sample and plan.rows > max_rows:
        percent = 100 * max(1, round(_MODULUS * max_rows / _SAMPLED / plan.rows)) / _MODULUS
    return plan.cells(percent)


class _Plan:
    """A map that is to be made, and how many rows of the table are in its view."""

    def __init__(
        self,
        chosen: Chosen,
        counts: Counts,
        engine: Engine,
        view: View,
        statistic: str,
        timeout_s: float | None,
    ) -> None:
        self._chosen = chosen
        self._engine = engine
        self._view = view
        self._statistic = statistic
        self._timeout_s = timeout_s
        self._order = order_of_pixels(view)
        self._pixels, self._cells = cells_of_pixels(view)
        around = min(self._order, counts.order)
        if view.whole_sky:
            self.rows = counts.total
        else:
            held = np.unique(self._cells >> 2 * (self._order - around))
            self.rows = int(counts.at(around, held).sum())

    def points(self) -> DensityView:
        """Put each row into its pixel."""
        size = self._view.height * self._view.width
        count = np.zeros(size, np.int64)
        sums = np.zeros(size)
        lowest, highest = np.full(size, np.inf), np.full(size, -np.inf)
        query = exp.select(*(self._chosen.value(n) for n in range(len(self._chosen.columns))))
        with self._engine.execute(self._restricted(query), self._timeout_s) as result:
            for batch in result:
                degrees = [numbers(column) for column in batch.columns[:2]]
                pixel, kept = self._view.pixel_of_each(to_directions(*degrees))
                count += np.bincount(pixel, minlength=size)
                if self._statistic != "count":
                    value = numbers(batch.column(2))[kept]
                    sums += np.bincount(pixel, value, minlength=size)
                    np.minimum.at(lowest, pixel, value)
                    np.maximum.at(highest, pixel, value)
        total = int(count.sum())
        if self._statistic == "count":
            shown = np.full(size, OUTSIDE)
            shown[self._pixels] = 0
            np.copyto(shown, count, where=count > 0, casting="unsafe")
            return self._made(shown, total, "points", None, self._view.pixel_deg**2)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = {"mean": sums / count, "min": lowest, "max": highest}[self._statistic]
        measured = np.where(count > 0, found, np.nan).astype(np.float32)
        return self._made(measured, total, "points", None, self._view.pixel_deg**2)

    def cells(self, percent: float) -> DensityView:
        """Count the rows in the cells behind the pixels; of a part of the rows if need be."""
        found, count, value = self._counted(percent)
        at = np.searchsorted(found, self._cells)
        at[at == len(found)] = 0
        hit = found[at] == self._cells if len(found) else np.zeros(len(at), bool)
        area = FULL_SKY_DEG2 / cells_in(self._order) * percent / 100
        shown_rows = int(count[at[hit]].sum()) * self._view.pixel_deg**2 / area
        total = round(count.sum() * 100 / percent if self._view.whole_sky else shown_rows)
        size = self._view.height * self._view.width
        method = "query" if percent == 100 else "sample"
        if self._statistic == "count":
            shown = np.full(size, OUTSIDE)
            shown[self._pixels] = 0
            shown[self._pixels[hit]] = np.minimum(count[at[hit]], OUTSIDE - 1)
            return self._made(shown, total, method, self._order, area, percent)
        measured = np.full(size, np.nan, np.float32)
        measured[self._pixels[hit]] = value[at[hit]]
        return self._made(measured, total, method, self._order, area, percent)

    def _counted(
        self, percent: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """The cells with rows, in ascending order, with their rows and the statistic of them."""
        cell = exp.column(CELL, quoted=True)
        shift = exp.Literal.number(2 * (HEALPIX_ORDER - self._order))
        items: list[exp.Expr] = [
            exp.alias_(exp.BitwiseRightShift(this=cell, expression=shift), "at"),
            exp.alias_(exp.Count(this=exp.Star()), "found"),
        ]
        if self._statistic != "count":
            aggregate = _AGGREGATES[self._statistic](this=self._value())
            items.append(exp.alias_(aggregate, "value"))
        query = self._restricted(exp.select(*items))
        if percent < 100:
            drawn = exp.Mod(this=cell.copy(), expression=exp.Literal.number(_MODULUS))
            part = exp.Literal.number(round(percent * _MODULUS / 100))
            query = query.where(exp.LT(this=drawn, expression=part))
        query = query.group_by(exp.Literal.number(1)).order_by(exp.Literal.number(1))
        columns: list[list[NDArray[np.float64]]] = [[] for _ in items]
        with self._engine.execute(query, self._timeout_s) as result:
            for batch in result:
                for parts, column in zip(columns, batch.columns, strict=True):
                    parts.append(np.asarray(column))
        joined = [np.concatenate(parts) if parts else np.zeros(0) for parts in columns]
        found, count = (array.astype(np.int64) for array in joined[:2])
        return found, count, joined[-1].astype(np.float64)

    def _restricted(self, query: exp.Select) -> exp.Select:
        """A query on the rows that are chosen, in the view, and have a finite value."""
        query = query.from_(self._chosen.source())
        if self._view.whole_sky:
            query = query.where(placed())
        else:
            query = query.where(within(CELL, runs_of_view(self._view)))
        if self._statistic != "count":
            value = self._value()
            nothing = exp.Is(this=self._chosen.value(2), expression=exp.Null())
            query = query.where(exp.Not(this=exp.Paren(this=nothing)))
            query = query.where(exp.Not(this=exp.IsNan(this=value)))
            query = query.where(exp.Not(this=exp.IsInf(this=value)))
        return query

    def _value(self) -> exp.Cast:
        return exp.cast(self._chosen.value(2), "double")

    def _made(
        self,
        values: NDArray[np.uint32] | NDArray[np.float32],
        total: int,
        method: str,
        order: int | None,
        area: float,
        percent: float = 100.0,
    ) -> DensityView:
        return DensityView(
            values.reshape(self._view.height, self._view.width),
            self._view,
            self._chosen.table,
            total,
            method,
            order,
            float(area),
            self._statistic,
            "" if self._statistic == "count" else self._chosen.columns[2].unit,
            self._chosen.where,
            round(percent, 2),
        )
