"""The density of a table as an image HiPS (HiPS 1.0), made tile by tile as it is asked for.

Down to the order of the counts that were made at ingest a tile costs next to nothing. Crowded
tables are counted finer, by the engine, until a cell holds but a few rows. Pixels that are smaller
than the cells that were counted show the density of their cell, so that the sum of density times
area over all pixels is the number of rows at every order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import floor, log, sqrt
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from datalab_backend.catalogues import tiles
from datalab_backend.catalogues.counts import FULL_SKY_DEG2, HEALPIX_ORDER, Counts, cells_in
from datalab_backend.engines.base import Engine
from datalab_backend.lazy import importing
from datalab_backend.metadata import Table

_COARSEST_LAST_ORDER = 3
_FINEST_CELLS = 20
_ROWS_A_CELL = 4
_MOST_ROWS_COUNTED = 5_000_000
_BRIGHTEST = 0.999


@dataclass(frozen=True, slots=True)
class Tile:
    """The rows in a tile.

    Attributes
    ----------
    counts
        The rows in the cell behind each pixel, pixels in nested order.
    cell_order
        The order of these cells; below the order of the pixels, several of which share a cell then.
    """

    counts: NDArray[np.int64]
    cell_order: int

    @property
    def densities(self) -> NDArray[np.float32]:
        """Rows per square degree."""
        per_deg2 = cells_in(self.cell_order) / FULL_SKY_DEG2
        return np.multiply(self.counts, per_deg2, dtype=np.float64).astype(np.float32)


class DensityHips:
    """The density of one version of a table, at all orders.

    Parameters
    ----------
    table
        The table, which has positions.
    counts
        Its rows on the sky.
    """

    def __init__(self, table: Table, counts: Counts) -> None:
        self.table = table
        self.counts = counts
        self._brightest: dict[int, float] = {}
        self._lock = Lock()

    @cached_property
    def finest_cells(self) -> int:
        """The order of the smallest cells that are counted: a density, not each star by itself."""
        counts = self.counts
        for order in range(counts.order, _COARSEST_LAST_ORDER, -1):
            found = np.diff(counts.cumulative[:: 1 << 2 * (counts.order - order)]).astype(float)
            # What a row sees: how many share its cell, itself included.
            sharing = float(found @ found) / max(1, counts.total)
            if sharing < _ROWS_A_CELL:
                continue
            if order < counts.order or self.table.healpix is None:
                return order
            return min(_FINEST_CELLS, order + floor(log(sharing / _ROWS_A_CELL, 4)))
        return _COARSEST_LAST_ORDER

    @property
    def order(self) -> int:
        """The order of the deepest tiles."""
        return max(_COARSEST_LAST_ORDER, self.finest_cells - tiles.TILE_DEPTH)

    def tile(self, order: int, number: int, engine: Engine) -> Tile | None:
        """Count the rows in the pixels of a tile; None without such a tile or a row in it."""
        if not (0 <= order <= self.order and 0 <= number < cells_in(order)):
            return None
        around = min(order, self.counts.order)
        rows = int(self.counts.at(around, np.array([number >> 2 * (order - around)]))[0])
        if not rows:
            return None
        cell_order = min(order + tiles.TILE_DEPTH, self.finest_cells)
        healpix = self.table.healpix
        finer = cell_order > self.counts.order and (rows <= _MOST_ROWS_COUNTED or around < order)
        if finer and healpix:
            found = self._counted(healpix, order, number, cell_order, engine)
        else:
            cell_order = min(cell_order, self.counts.order)
            depth = 2 * (cell_order - order)
            found = self.counts.at(
                cell_order, np.arange(number << depth, number + 1 << depth, dtype=np.int64)
            )
        if not found.any():
            return None
        return Tile(np.repeat(found, 4**tiles.TILE_DEPTH // len(found)), cell_order)

    def allsky(self) -> Tile:
        """Count the rows in all cells of order 9, the pixels of an Allsky file."""
        pixel_order = _COARSEST_LAST_ORDER + tiles.ALLSKY_DEPTH
        order = min(pixel_order, self.counts.order, self.finest_cells)
        found = self.counts.at(order, np.arange(cells_in(order)))
        return Tile(np.repeat(found, 4 ** (pixel_order - order)), order)

    def brightest(self, cell_order: int) -> float:
        """The rows in a cell at which a picture is brightest: all but the fullest of a thousand."""
        with self._lock:
            if cell_order not in self._brightest:
                order = min(cell_order, self.counts.order)
                found = np.diff(self.counts.cumulative[:: 1 << 2 * (self.counts.order - order)])
                top = float(np.quantile(found[found > 0], _BRIGHTEST)) if found.any() else 1.0
                self._brightest[cell_order] = top / 4 ** (cell_order - order)
            return self._brightest[cell_order]

    def cut_deg2(self) -> tuple[float, float]:
        """The densities between which a tile of order 3 is well shown, per square degree."""
        order = min(_COARSEST_LAST_ORDER + tiles.TILE_DEPTH, self.finest_cells)
        return 0.0, self.brightest(order) * cells_in(order) / FULL_SKY_DEG2

    def middle(self) -> tuple[float, float, float]:
        """Where to look first: right ascension, declination and field of view in degrees."""
        with importing:
            from cdshealpix.nested import healpix_to_lonlat

        order = min(6, self.counts.order)
        cells = np.arange(cells_in(order))
        found = self.counts.at(order, cells)
        lon, lat = (np.asarray(a.to_value("rad")) for a in healpix_to_lonlat(cells, order))
        vectors = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
        mean = vectors @ found / max(1, self.counts.total)
        fullest = vectors[:, int(np.argmax(found))]
        # Rows all over the sky have no middle.
        length = float(np.linalg.norm(mean))
        spread_deg = float(np.degrees(np.arccos(np.clip(length, -1, 1))))
        centre = mean / length if spread_deg < 60 else fullest
        fov = min(180.0, max(0.5, 3 * spread_deg)) if spread_deg < 60 else 180.0
        ra = float(np.degrees(np.arctan2(centre[1], centre[0])) % 360)
        return ra, float(np.degrees(np.arcsin(np.clip(centre[2], -1, 1)))), fov

    def pixel_deg(self) -> float:
        """The side of a pixel of the deepest tiles in degrees."""
        return sqrt(FULL_SKY_DEG2 / cells_in(self.order + tiles.TILE_DEPTH))

    def _counted(
        self, healpix: str, order: int, number: int, cell_order: int, engine: Engine
    ) -> NDArray[np.int64]:
        column = exp.column(healpix, quoted=True)
        shift, depth = 2 * (HEALPIX_ORDER - cell_order), 2 * (HEALPIX_ORDER - order)
        cell = exp.BitwiseRightShift(this=column.copy(), expression=exp.Literal.number(shift))
        query = (
            exp.select(exp.alias_(cell, "cell"), exp.alias_(exp.Count(this=exp.Star()), "found"))
            .from_(engine.relation(self.table))
            .where(column.between(number << depth, (number + 1 << depth) - 1))
            .group_by(exp.Literal.number(1))
        )
        first = number << 2 * (cell_order - order)
        counts = np.zeros(1 << 2 * (cell_order - order), np.int64)
        with engine.execute(query) as result:
            for batch in result:
                counts[np.asarray(batch.column(0)) - first] = np.asarray(batch.column(1))
        return counts
