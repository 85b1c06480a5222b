"""Queries so simple that an engine may answer them without its SQL.

Most of what a small query takes is planning: to find a handful of rows in the order of the sky, by
their identifier or at the top of a ranking takes a fraction of that. `adql.shortcuts` finds such
queries and `engines.sorted_rows` answers them. The SQL beside a shortcut means the same, and is
what runs where there are no sorted rows, or where these cannot tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from datalab_backend.metadata import Table

SHORTCUT = "shortcut"
"""A key of ``sql.meta``: the `Shortcut` that means the same as a query."""


@dataclass(frozen=True, slots=True)
class Around:
    """A circle around a fixed place.

    Attributes
    ----------
    lon, lat
        The place in degrees.
    limit
        The square of the sine of half the radius.
    edge
        Whether positions at exactly the radius are inside.
    """

    lon: float
    lat: float
    limit: float
    edge: bool


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison of a column of numbers with a number."""

    column: str
    operator: str
    value: int | float


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Columns of rows of one table.

    Attributes
    ----------
    table
        The table.
    columns
        Columns of the table, as engines call them, with their names in the result.
    ranges
        First and last order-29 cells of runs, in ascending order, in which the rows are; None when
        they may be anywhere.
    among
        A column of whole numbers with the values of which the rows have one, or None.
    ranking
        The column by which the rows are ordered and whether the largest come first, or None. The
        rows are not tested then.
    circles, tests
        What all rows must meet besides.
    limit
        The most rows.
    """

    table: Table
    columns: tuple[tuple[str, str], ...]
    ranges: tuple[tuple[int, int], ...] | None = None
    among: tuple[str, tuple[int, ...]] | None = None
    ranking: tuple[str, bool] | None = None
    circles: tuple[Around, ...] = ()
    tests: tuple[Test, ...] = ()
    limit: int | None = None
