"""A box on the sky, and the ADQL condition that is true inside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
        west, east = _number(self.ra_min), _number(self.ra_max)
        declination = f"{dec} BETWEEN {_number(self.dec_min)} AND {_number(self.dec_max)}"
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


def _number(value: float) -> str:
    """Write a number as ADQL and people read it, exactly: 359 rather than 359.0."""
    text = np.format_float_positional(value, trim="-")
    return "0" if text == "-0" else text
