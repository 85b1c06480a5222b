"""Density maps: how many rows of a table lie behind each pixel of a view.

Small numbers of rows are counted exactly from their positions, through the engine. Large numbers
come from the counts that were made when the table was ingested; that takes the same time whatever
the number of rows. `catalogues.measured` has the maps for which rows must be looked at: of a
condition, or of a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import floor, log2

import astropy.units as u
import numpy as np
from astropy.coordinates import Latitude, Longitude
from cdshealpix import lonlat_to_healpix
from cdshealpix.nested import neighbours
from numpy.typing import NDArray
from sqlglot import exp

from datalab_backend.catalogues.counts import FULL_SKY_DEG2, HEALPIX_ORDER, Counts, cells_in
from datalab_backend.catalogues.projections import Vectors, View, to_directions
from datalab_backend.engines.base import Engine
from datalab_backend.engines.shortcut import SHORTCUT, Shortcut
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Table

MAX_POINTS = 200_000
"""Up to about this many rows in the view are counted exactly."""

OUTSIDE = np.uint32(0xFFFFFFFF)
"""The value of pixels that show no sky."""

_CELL_DEG_AT_ORDER_0 = np.sqrt(FULL_SKY_DEG2 / 12)
_MAX_RANGES = 16
_KEPT_PIXELS = 1_000_000
"""Pixels of the largest view whose cells are kept, 16 bytes each."""

Cells = NDArray[np.int64]
Degrees = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DensityView:
    """A density map and what there is to say about it.

    Attributes
    ----------
    values
        One value a pixel, row 0 on top (north), east to the left. Counts are uint32, `OUTSIDE`
        beyond the sky; other statistics are float32, NaN there and where there is no row.
    view
        What the map shows.
    table
        The table.
    total
        The number of rows in the view; from the pyramid it is an estimate unless the view holds
        the whole sky, and so it is from a sample.
    method
        ``points`` when each row was put into its pixel, ``pyramid`` when each pixel has the count
        of the HEALPix cell at its centre, ``query`` when these cells were counted for this map, and
        ``sample`` when they were from a part of the rows.
    order
        The order of those cells, None for points.
    cell_area_deg2
        The area that one count refers to: a cell, or a pixel; of a sample so much less of it as
        fewer rows were counted.
    statistic
        ``count``, ``mean``, ``min`` or ``max``.
    unit
        The unit of the values; empty for counts.
    where
        The condition that the rows meet, empty for all rows.
    sample_percent
        How many in a hundred rows were looked at.
    """

    values: NDArray[np.uint32] | NDArray[np.float32]
    view: View
    table: Table
    total: int
    method: str
    order: int | None
    cell_area_deg2: float
    statistic: str = "count"
    unit: str = ""
    where: str = ""
    sample_percent: float = 100.0

    def about(self) -> dict[str, object]:
        """All but the values, as JSON takes it."""
        return {
            "table": self.table.full_name,
            "rows": self.table.rows,
            "total": self.total,
            "method": self.method,
            "order": self.order,
            "cell_area_deg2": self.cell_area_deg2,
            "statistic": self.statistic,
            "unit": self.unit,
            "where": self.where,
            "sample_percent": self.sample_percent,
            "dtype": str(self.values.dtype),
            **asdict(self.view),
            "credit": self.table.credit,
            "simulated": self.table.simulated,
        }


Positions = Callable[[list[tuple[int, int]] | None], Iterable[tuple[Degrees, Degrees]]]
"""Reads the positions of rows: of those in runs of order-29 cells, or of all."""


def density(
    table: Table, counts: Counts | None, engine: Engine, view: View, max_points: int = MAX_POINTS
) -> DensityView:
    """Count a table's rows in each pixel of a view of the sky.

    Parameters
    ----------
    table
        The table.
    counts
        Its counts on the sky, from `CatalogueStore.density`.
    engine
        What reads its rows.
    view
        What to show.
    max_points
        The most rows to count one by one.

    Raises
    ------
    UsageError
        When the table has no positions.
    """
    lon, lat = position(table)

    def read(ranges: list[tuple[int, int]] | None) -> Iterable[tuple[Degrees, Degrees]]:
        columns = (exp.column(name, quoted=True) for name in (lon, lat))
        query = exp.select(*columns).from_(engine.relation(table))
        if table.healpix and ranges:
            query = query.where(within(table.healpix, ranges))
            named = ((lon, lon), (lat, lat))
            query.meta[SHORTCUT] = Shortcut(table, named, tuple(ranges))
        with engine.execute(query) as result:
            for batch in result:
                degrees = [np.asarray(c.fill_null(np.nan), np.float64) for c in batch.columns]
                yield degrees[0], degrees[1]

    if counts is None:
        raise _no_positions(table)
    return seen(table, counts, read, view, max_points)


def seen(
    table: Table, counts: Counts, read: Positions, view: View, max_points: int = MAX_POINTS
) -> DensityView:
    """Count rows in each pixel of a view, from their counts on the sky or their positions."""
    pixels, cells = cells_of_pixels(view)
    runs = runs_of_view(view)
    if not view.whole_sky and counts.most_within(runs) <= max_points:
        return _points(table, read, view, pixels, runs)
    pixel_order = order_of_pixels(view)
    order = min(pixel_order, counts.order)
    found = counts.at(order, cells >> 2 * (pixel_order - order))
    cell_area = FULL_SKY_DEG2 / cells_in(order)
    total = counts.total
    if not view.whole_sky:
        total = round(found.sum() * view.pixel_deg**2 / cell_area)
    if total <= max_points:
        return _points(table, read, view, pixels, None if view.whole_sky else runs)
    values = np.full(view.height * view.width, OUTSIDE)
    values[pixels] = np.minimum(found, OUTSIDE - 1)
    shape = values.reshape(view.height, view.width)
    return DensityView(shape, view, table, total, "pyramid", order, float(cell_area))


def _points(
    table: Table,
    read: Positions,
    view: View,
    pixels: NDArray[np.intp],
    runs: list[tuple[int, int]] | None,
) -> DensityView:
    """Count rows one by one."""
    values = np.full(view.height * view.width, OUTSIDE)
    exact = np.zeros(len(values), np.int64)
    for degrees in read(runs):
        exact += np.bincount(view.pixels(to_directions(*degrees)), minlength=len(exact))
    values[pixels] = 0
    # A row at the rim of the sky may lie in a pixel whose centre is beyond it.
    np.copyto(values, exact, where=exact > 0, casting="unsafe")
    shape = values.reshape(view.height, view.width)
    return DensityView(
        shape, view, table, int(exact.sum()), "points", None, float(view.pixel_deg**2)
    )


def position(table: Table) -> tuple[str, str]:
    """The columns with the position of a table, or a refusal."""
    if table.position is None:
        raise _no_positions(table)
    return table.position


def _no_positions(table: Table) -> UsageError:
    return UsageError(
        f"{table.full_name} has no positions on the sky, so it has no density map.",
        "Choose a table with right ascension and declination.",
    )


def order_of_pixels(view: View) -> int:
    """The order whose cells are about as large as the pixels of a view, or a little larger."""
    return min(HEALPIX_ORDER, max(0, floor(log2(_CELL_DEG_AT_ORDER_0 / view.pixel_deg))))


def cells_of_pixels(view: View) -> tuple[NDArray[np.intp], Cells]:
    """The pixels of a view that show sky, and the cells of `order_of_pixels` at their centres.

    These are nine tenths of the work for a map, and the same whatever is shown: other tables, other
    conditions. So those of the last views are kept.
    """
    small = view.width * view.height <= _KEPT_PIXELS
    return _kept_cells(view) if small else _cells_of_pixels(view)


def _cells_of_pixels(view: View) -> tuple[NDArray[np.intp], Cells]:
    pixels, directions = view.directions()
    cells = cells_at(directions, order_of_pixels(view))
    for array in (pixels, cells):
        array.flags.writeable = False
    return pixels, cells


_kept_cells = lru_cache(maxsize=8)(_cells_of_pixels)


def cells_at(directions: Vectors, order: int) -> Cells:
    """The cells that hold some directions."""
    x, y, z = directions
    lon = Longitude(np.arctan2(y, x), u.rad, copy=False)
    lat = Latitude(np.arcsin(np.clip(z, -1, 1)), u.rad, copy=False)
    cells: Cells = lonlat_to_healpix(lon, lat, order).view(np.int64)
    return cells


@lru_cache(maxsize=64)
def runs_of_view(view: View) -> list[tuple[int, int]]:
    """Runs of order-29 cells, each by its first and last, that hold all of a view."""
    order, (_, cells) = order_of_pixels(view), cells_of_pixels(view)
    coarse = max(0, order - 3)
    along = cells >> 2 * (order - coarse)
    seen = np.unique(along[np.flatnonzero(np.diff(along, prepend=-1))])
    # What lies between the centres of two pixels is at most in a neighbouring cell.
    around = neighbours(seen.view(np.uint64), coarse).astype(np.int64).ravel()
    cover = np.unique(np.concatenate([seen, around[around >= 0]]))
    gaps = np.diff(cover)
    # Closing the smallest gaps reads some rows in vain, but keeps the condition short.
    widest = np.sort(gaps)[::-1][: _MAX_RANGES - 1]
    breaks = np.flatnonzero(gaps >= max(2, widest[-1] if len(widest) else 2))[: _MAX_RANGES - 1]
    starts, ends = cover[np.append(0, breaks + 1)], cover[np.append(breaks, len(cover) - 1)]
    shift = 2 * (HEALPIX_ORDER - coarse)
    runs = zip(starts.tolist(), ends.tolist(), strict=True)
    return [(start << shift, (end + 1 << shift) - 1) for start, end in runs]


def within(healpix: str, ranges: list[tuple[int, int]]) -> exp.Condition:
    """The condition that a column of order-29 cells lies in one of some runs."""
    column = exp.column(healpix, quoted=True)
    return exp.or_(*(column.between(low, high) for low, high in ranges))
