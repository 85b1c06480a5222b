"""The density of positions that are in memory, as a small image HiPS.

Its cells are as small as leaves a few rows in each, so that there are few tiles whatever the rows
are. The colours are those of the density layers that a Data Lab makes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datalab_toolkit.maps import shading
from datalab_toolkit.skylayers.hips import TILE_DEPTH, TILE_WIDTH, Hips, squared

_ROWS_A_CELL = 4
_COARSEST_CELLS, _FINEST_CELLS = 6, 17
_BRIGHTEST = 0.999
_MOST_TILES = 400


@dataclass(frozen=True)
class PositionHips(Hips):
    """An image HiPS that shows how many positions lie where.

    Attributes
    ----------
    pictures
        PNG files by order and number of the tile.
    """

    pictures: Mapping[tuple[int, int], bytes]

    @classmethod
    def of(cls, ra: NDArray[np.float64], dec: NDArray[np.float64], title: str) -> PositionHips:
        """Count positions in degrees, those that are no numbers left out."""
        cells = _cells(ra, dec)
        finest = _finest(cells)
        deepest = max(0, finest - TILE_DEPTH)
        pictures: dict[tuple[int, int], bytes] = {}
        for order in range(deepest + 1):
            depth = min(order + TILE_DEPTH, finest)
            found, counts = np.unique(cells >> 2 * (_FINEST_CELLS - depth), return_counts=True)
            brightest = max(2.0, float(np.quantile(counts, _BRIGHTEST))) if len(counts) else 2.0
            tiles = found >> 2 * (depth - order)
            for number in np.unique(tiles):
                inside = tiles == number
                within = found[inside] - (number << 2 * (depth - order))
                shown = _picture(within, counts[inside], depth - order, brightest)
                pictures[order, int(number)] = shown
        properties = {"hips_order": str(deepest), "hips_tile_format": "png", "obs_title": title}
        return cls("", "", properties, pictures)

    def tile(self, order: int, number: int, ending: str) -> bytes | None:
        """The file of a tile; None where there are no positions."""
        return self.pictures.get((order, number))


def _cells(ra: NDArray[np.float64], dec: NDArray[np.float64]) -> NDArray[np.int64]:
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import lonlat_to_healpix

    known = np.isfinite(ra) & np.isfinite(dec)
    lon, lat = Longitude(ra[known], "deg"), Latitude(dec[known], "deg")
    return np.asarray(lonlat_to_healpix(lon, lat, _FINEST_CELLS), np.int64)


def _finest(cells: NDArray[np.int64]) -> int:
    """The order of the smallest cells in which a row finds a few others."""
    for order in range(_FINEST_CELLS, _COARSEST_CELLS, -1):
        found, counts = np.unique(cells >> 2 * (_FINEST_CELLS - order), return_counts=True)
        tiles = len(np.unique(found >> 2 * TILE_DEPTH)) if order > TILE_DEPTH else 1
        sharing = float(counts @ counts) / max(1, int(counts.sum()))
        if tiles <= _MOST_TILES and sharing >= _ROWS_A_CELL:
            return order
    return _COARSEST_CELLS


def _picture(
    cells: NDArray[np.int64], counts: NDArray[np.int64], depth: int, brightest: float
) -> bytes:
    """A tile with so many orders of cells below it."""
    from PIL import Image

    side = 1 << depth
    row, column = squared(cells)
    fractions = np.clip(np.log(counts) / np.log(brightest), 0, 1)
    shades = shading.FAINTEST + (1 - shading.FAINTEST) * fractions
    shown = np.zeros((side, side, 4), np.uint8)
    shown[row, column, :3] = shading.palette("magma")[np.round(255 * shades).astype(int)]
    shown[row, column, 3] = 255
    file = io.BytesIO()
    picture = Image.fromarray(shown).resize((TILE_WIDTH, TILE_WIDTH), Image.Resampling.NEAREST)
    picture.save(file, "PNG", compress_level=3)
    return file.getvalue()
