"""How many rows of a table have two values in each bin of a plane, such as colour and magnitude.

A cube also tells where on the sky the rows of each bin are, coarsely, so that a view of the plane
and one of the sky can filter one another without asking again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from datalab_backend.catalogues.chosen import CELL, Chosen, choose, placed
from datalab_backend.catalogues.counts import HEALPIX_ORDER
from datalab_backend.engines.base import Engine
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Table, Tables

MOST_BINS = 1024
MOST_CUBE_CELLS = 5_000_000
CUBE_ORDER = 6

_MISSING, _OUTSIDE = -2, -1
_TAILS = 0.002
"""The part of the rows at either end of an axis that is left outside when no range is given."""

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a plane.

    Attributes
    ----------
    value
        The ADQL expression.
    bins
        The number of bins.
    low, high
        Where the first begins and the last ends.
    unit, ucd
        What is known of the value.
    """

    value: str
    bins: int
    low: float
    high: float
    unit: str
    ucd: str

    def about(self) -> dict[str, object]:
        """As JSON takes it, with the edges of all bins."""
        edges = np.linspace(self.low, self.high, self.bins + 1)
        return {
            "value": self.value,
            "unit": self.unit,
            "ucd": self.ucd,
            "edges": [float(edge) for edge in edges],
        }


@dataclass(frozen=True, slots=True)
class Histogram:
    """Rows in the bins of a plane.

    Attributes
    ----------
    table
        The table.
    x, y
        The axes.
    counts
        Rows in each bin, one row of the array for each bin of y, the lowest first.
    outside
        Rows that have both values but lie beyond the axes.
    missing
        Rows that lack a value (NULL or NaN).
    where
        The condition that the rows meet, empty for all rows.
    cube
        What fills the bins, if asked for.
    """

    table: Table
    x: Axis
    y: Axis
    counts: NDArray[np.int64]
    outside: int
    missing: int
    where: str
    cube: Cube | None = None

    def about(self) -> dict[str, object]:
        """All but the counts, as JSON takes it."""
        cube = self.cube
        return {
            "table": self.table.full_name,
            "rows": self.table.rows,
            "x": self.x.about(),
            "y": self.y.about(),
            "total": int(self.counts.sum()),
            "outside": self.outside,
            "missing": self.missing,
            "where": self.where,
            "cube": cube and {"order": cube.order, "cells": len(cube.counts)},
            "credit": self.table.credit,
            "simulated": self.table.simulated,
        }


@dataclass(frozen=True, slots=True)
class Cube:
    """Rows by bin of the plane and by place on the sky, those above zero.

    Attributes
    ----------
    order
        The order of the nested HEALPix cells.
    cells, bins, counts
        For each entry the cell, the flat index of the bin, and the rows.
    """

    order: int
    cells: NDArray[np.uint32] = field(repr=False)
    bins: NDArray[np.uint32] = field(repr=False)
    counts: NDArray[np.uint32] = field(repr=False)


def histogram(
    table: Table,
    tables: Tables,
    engine: Engine,
    x: str,
    y: str,
    bins: tuple[int, int] = (200, 200),
    x_range: Range | None = None,
    y_range: Range | None = None,
    where: str = "",
    cube: bool = False,
    timeout_s: float | None = None,
) -> Histogram:
    """Count rows in the bins of a plane.

    Parameters
    ----------
    table, tables, engine
        The table, what the user may read, and what reads it.
    x, y
        The values, as ADQL expressions of the table's columns.
    bins
        How many bins on each axis.
    x_range, y_range
        Where the axes begin and end; without them where nearly all rows are.
    where
        An ADQL condition, empty for all rows.
    cube
        Whether to tell where on the sky the rows of each bin are.
    timeout_s
        The longest that the engine may take for each step, in seconds.

    Raises
    ------
    AdqlError, UsageError, QueryTimeoutError
        When what was asked cannot be, or takes too long.
    """
    for name, number in zip("xy", bins, strict=True):
        if not 1 <= number <= MOST_BINS:
            raise UsageError(
                f"{number} bins on {name} cannot be.", f"Give a number from 1 to {MOST_BINS}."
            )
    for name, asked, number in (("xrange", x_range, bins[0]), ("yrange", y_range, bins[1])):
        if asked and not _can_be_cut(*asked, number):
            raise UsageError(
                f"{name} is {asked[0]:g} to {asked[1]:g}: that cannot be cut into {number} bins.",
                "Give a number and a higher one.",
            )
    if cube and table.healpix is None:
        raise UsageError(
            f"{table.full_name} has no positions on the sky, so it has no cube.",
            "Leave cube away, or choose a table with positions.",
        )
    chosen = choose(table, tables, engine, {"x": x, "y": y}, where)
    if x_range is None or y_range is None:
        found = _ranges(chosen, engine, timeout_s)
        x_range, y_range = x_range or found[0], y_range or found[1]
    axes = [
        Axis(value, number, *limits, column.unit, column.ucd)
        for value, number, limits, column in zip(
            (x, y), bins, (x_range, y_range), chosen.columns, strict=True
        )
    ]
    counter = _Counter(chosen, engine, (axes[0], axes[1]), timeout_s)
    counts, outside, missing = counter.plane()
    made = counter.cube() if cube else None
    return Histogram(table, axes[0], axes[1], counts, outside, missing, chosen.where, made)


def _number(chosen: Chosen, position: int) -> exp.Cast:
    return exp.cast(chosen.value(position), "double")


def _ranges(chosen: Chosen, engine: Engine, timeout_s: float | None) -> list[Range]:
    """Where nearly all rows are, on either axis."""
    items = [
        exp.ApproxQuantile(
            this=exp.Case(ifs=[exp.If(this=_known(chosen, i), true=_number(chosen, i))]),
            quantile=exp.Literal.number(tail),
        )
        for i in (0, 1)
        for tail in (_TAILS, 1 - _TAILS)
    ]
    query = exp.select(*(exp.alias_(item, f"q{n}") for n, item in enumerate(items)))
    with engine.execute(query.from_(chosen.source()), timeout_s) as result:
        row = next(iter(result)).to_pylist()[0]
    found: list[Range] = []
    for low, high in ((row["q0"], row["q1"]), (row["q2"], row["q3"])):
        if low is None or not (isfinite(low) and isfinite(high)):
            low, high = 0.0, 1.0
        margin = 0.02 * (high - low) or 0.5
        found.append((low - margin, high + margin))
    return found


def _known(chosen: Chosen, position: int) -> exp.Condition:
    """That a row has a value which is a finite number."""
    value = _number(chosen, position)
    limit = exp.Literal.number("1e300")
    return exp.And(
        this=exp.GT(this=value, expression=exp.Neg(this=limit)),
        expression=exp.LT(this=value.copy(), expression=limit.copy()),
    )


class _Counter:
    """Counts the rows in the bins of two axes."""

    def __init__(
        self, chosen: Chosen, engine: Engine, axes: tuple[Axis, Axis], timeout_s: float | None
    ) -> None:
        self._chosen = chosen
        self._engine = engine
        self._axes = axes
        self._timeout_s = timeout_s

    def plane(self) -> tuple[NDArray[np.int64], int, int]:
        """The rows in each bin, those outside, and those that lack a value."""
        x, y = self._axes
        at, found = self._read(exp.select(exp.alias_(self._bin(), "at")))
        counts = np.zeros(x.bins * y.bins, np.int64)
        inside = at >= 0
        counts[at[inside]] = found[inside]
        return (
            counts.reshape(y.bins, x.bins),
            int(found[at == _OUTSIDE].sum()),
            int(found[at == _MISSING].sum()),
        )

    def cube(self) -> Cube:
        """The rows in each bin by where they are; coarser when there are too many entries."""
        for order in range(CUBE_ORDER, -1, -1):
            cell = exp.BitwiseRightShift(
                this=exp.column(CELL, quoted=True),
                expression=exp.Literal.number(2 * (HEALPIX_ORDER - order)),
            )
            query = exp.select(exp.alias_(self._bin(), "at"), exp.alias_(cell, "place"))
            query = query.where(placed())
            most = None if order == 0 else MOST_CUBE_CELLS + 1
            at, places, found = self._read(query, most)
            if len(at) <= MOST_CUBE_CELLS:
                break
        inside = at >= 0
        return Cube(
            order,
            places[inside].astype(np.uint32),
            at[inside].astype(np.uint32),
            found[inside].astype(np.uint32),
        )

    def _read(self, query: exp.Select, most: int | None = None) -> list[NDArray[np.int64]]:
        groups = [exp.Literal.number(n + 1) for n in range(len(query.expressions))]
        query = query.select(exp.alias_(exp.Count(this=exp.Star()), "found"))
        query = query.from_(self._chosen.source()).group_by(*groups)
        if most is not None:
            query = query.limit(most)
        columns: list[list[NDArray[np.int64]]] = [[] for _ in query.expressions]
        with self._engine.execute(query, self._timeout_s) as result:
            for batch in result:
                for parts, column in zip(columns, batch.columns, strict=True):
                    parts.append(np.asarray(column).astype(np.int64))
        return [np.concatenate(parts) if parts else np.zeros(0, np.int64) for parts in columns]

    def _bin(self) -> exp.Case:
        """The flat index of a row's bin, or what it is instead."""
        known = exp.And(this=_known(self._chosen, 0), expression=_known(self._chosen, 1))
        inside = [
            _number(self._chosen, i).between(_literal(axis.low), _literal(axis.high))
            for i, axis in enumerate(self._axes)
        ]
        missing = exp.Not(this=exp.Coalesce(this=exp.Paren(this=known), expressions=[exp.false()]))
        outside = exp.Not(this=exp.Paren(this=exp.and_(*inside)))
        row = exp.Mul(this=self._index(1), expression=exp.Literal.number(self._axes[0].bins))
        return exp.Case(
            ifs=[
                exp.If(this=missing, true=_literal(_MISSING)),
                exp.If(this=outside, true=_literal(_OUTSIDE)),
            ],
            default=exp.cast(exp.Add(this=self._index(0), expression=row), "bigint"),
        )

    def _index(self, position: int) -> exp.Expression:
        """The bin on one axis; the upper end belongs to the last one, as in NumPy.

        As in NumPy, what is computed may be one beside the bin between whose edges the value is.
        """
        axis = self._axes[position]
        value = _number(self._chosen, position)
        offset = exp.Paren(this=exp.Sub(this=value, expression=_literal(axis.low)))
        scale = _literal(axis.bins / (axis.high - axis.low))
        near = exp.Floor(this=exp.Mul(this=offset, expression=scale))
        next_ = exp.Add(this=near, expression=_literal(1.0))
        before = exp.LT(this=value, expression=_edge(axis, near))
        after = exp.GTE(this=value, expression=_edge(axis, next_))
        found = exp.Case(
            ifs=[
                exp.If(this=before, true=exp.Sub(this=near, expression=_literal(1.0))),
                exp.If(this=after, true=next_),
            ],
            default=near,
        )
        return exp.Least(this=found, expressions=[exp.Literal.number(axis.bins - 1)])


def _can_be_cut(low: float, high: float, bins: int) -> bool:
    """Whether a range has so many bins that floating numbers can tell apart."""
    width = high - low
    if not (isfinite(width) and width > 0 and isfinite(bins / width)):
        return False
    return low < low + width / bins and high - width / bins < high


def _edge(axis: Axis, position: exp.Expr) -> exp.Expression:
    """Where a bin begins, rounded as by `numpy.linspace` of `Axis.about`."""
    step = _literal((axis.high - axis.low) / axis.bins)
    offset = exp.Mul(this=exp.Paren(this=position.copy()), expression=step)
    return exp.Add(this=offset, expression=_literal(axis.low))


def _literal(value: float) -> exp.Expression:
    # In exponent form a number is a DOUBLE; 0.5 would be a DECIMAL, which is slow.
    number = exp.Literal.number(f"{abs(value):.17e}" if isinstance(value, float) else abs(value))
    return exp.Neg(this=number) if value < 0 else number
