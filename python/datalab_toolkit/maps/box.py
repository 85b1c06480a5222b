"""A box on the sky, and the ADQL condition that is true inside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from mocpy import MOC

# About how many cells of a MOC lie along the edges of a box, and the finest cells.
_CELLS_ALONG = 4000
_FINEST_ORDER = 18

# The edge of a cell of order 0; no place in a cell is farther from its middle.
_CELL_DEG = 58.7


@dataclass(frozen=True, slots=True)
class SkyBox:
    """A range of right ascension and one of declination, in degrees (ICRS), ends included.

    Attributes
    ----------
    ra_min, ra_max
        From 0 to 360, eastwards from the first to the second: ``ra_min > ra_max`` is a box across
        0h, and 0 with 360 the whole circle.
    dec_min, dec_max
        From -90 to 90.
    """

    ra_min: float
    ra_max: float
    dec_min: float
    dec_max: float

    def __post_init__(self) -> None:
        if not (0 <= self.ra_min <= 360 and 0 <= self.ra_max <= 360):
            raise ValueError("The right ascensions of a box go from 0 to 360 degrees.")
        if not -90 <= self.dec_min <= self.dec_max <= 90:
            raise ValueError("The declinations of a box go from -90 to 90 degrees, upwards.")

    @property
    def across_zero(self) -> bool:
        """Whether the box holds right ascension 0 in its middle."""
        return self.ra_min > self.ra_max

    @property
    def whole_circle(self) -> bool:
        """Whether every right ascension is in the box."""
        return self.ra_min == 0 and self.ra_max == 360

    def condition(self, ra: str = "ra", dec: str = "dec") -> str:
        """What follows WHERE to get the rows in the box.

        Parameters
        ----------
        ra, dec
            The columns with the position, as a query writes them.
        """
        west, east = decimal(self.ra_min), decimal(self.ra_max)
        declination = f"{dec} BETWEEN {decimal(self.dec_min)} AND {decimal(self.dec_max)}"
        if self.whole_circle:
            return declination
        if self.across_zero:
            return f"({ra} >= {west} OR {ra} <= {east}) AND {declination}"
        return f"{ra} BETWEEN {west} AND {east} AND {declination}"

    def contains(self, ra: ArrayLike, dec: ArrayLike) -> NDArray[np.bool_]:
        """Whether positions in degrees, right ascension from 0 to 360, are in the box."""
        ra, dec = np.asarray(ra), np.asarray(dec)
        east_of_first, west_of_last = ra >= self.ra_min, ra <= self.ra_max
        in_ra = east_of_first | west_of_last if self.across_zero else east_of_first & west_of_last
        return np.asarray(in_ra & (dec >= self.dec_min) & (dec <= self.dec_max))

    @property
    def width_deg(self) -> float:
        """How far the box goes in right ascension."""
        return 360.0 if self.whole_circle else (self.ra_max - self.ra_min) % 360

    @property
    def area_deg2(self) -> float:
        """The solid angle in square degrees."""
        low, high = np.sin(np.radians([self.dec_min, self.dec_max]))
        return float(self.width_deg * np.degrees(high - low))

    def outline(self, points: int = 60) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Right ascensions and declinations in degrees along the edge, closed."""
        east = self.ra_min + np.linspace(0, self.width_deg, points)
        north = np.linspace(self.dec_min, self.dec_max, points)
        west_edge, east_edge = np.full(points, east[0]), np.full(points, east[-1])
        ra = np.concatenate([east, east_edge, east[::-1], west_edge])
        low, high = np.full(points, self.dec_min), np.full(points, self.dec_max)
        return ra % 360, np.concatenate([low, north, high, north[::-1]])

    @property
    def moc(self) -> MOC:
        """Cells of the sky that cover the box."""
        from cdshealpix.nested import healpix_to_lonlat
        from mocpy import MOC

        around = 2 * (self.width_deg + self.dec_max - self.dec_min)
        finest = int(np.log2(_CELLS_ALONG * _CELL_DEG / max(around, 1e-3)))
        finest = min(max(finest, 3), _FINEST_ORDER)
        cells = np.arange(3)
        for order in range(finest + 1):
            cells = (4 * cells[:, None] + np.arange(4)).ravel()
            lon, lat = healpix_to_lonlat(cells, order)
            near = self._near(lon.to_value("deg"), lat.to_value("deg"), _CELL_DEG / 2**order)
            cells = cells[near]
        depths = np.full(len(cells), finest, dtype=np.uint8)
        return MOC.from_healpix_cells(cells, depths, finest)

    def _near(
        self, ra: NDArray[np.float64], dec: NDArray[np.float64], margin_deg: float
    ) -> NDArray[np.bool_]:
        """Whether positions are in the box or so near to it; some that are farther, too."""
        in_dec = (dec >= self.dec_min - margin_deg) & (dec <= self.dec_max + margin_deg)
        reach = np.radians(np.minimum(np.abs(dec) + margin_deg, 90))
        wider = margin_deg / np.maximum(np.cos(reach), 1e-9)
        in_ra = (ra - self.ra_min + wider) % 360 <= self.width_deg + 2 * wider
        return np.asarray(in_dec & in_ra)


def decimal(value: float) -> str:
    """Write a number as ADQL and people read it, exactly: 359 rather than 359.0."""
    text = np.format_float_positional(value, trim="-")
    return "0" if text == "-0" else text
