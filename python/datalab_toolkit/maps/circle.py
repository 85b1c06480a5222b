"""A circle on the sky, and the ADQL condition that is true inside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from datalab_toolkit.maps import projection
from datalab_toolkit.maps.box import decimal

if TYPE_CHECKING:
    from mocpy import MOC

# Cells of a MOC along the diameter of a circle, and the finest cells.
_CELLS_ACROSS = 200
_FINEST_ORDER = 20
_CELL_DEG = 58.7

# By which the centre is moved for a MOC: of one that is also the centre of a cell, such as (0, 0),
# mocpy 0.21 takes the whole cell, however small the circle.
_ASIDE_DEG = 1.7e-10


@dataclass(frozen=True, slots=True)
class SkyCircle:
    """The places within an angle of a centre, the edge included.

    Attributes
    ----------
    ra, dec
        The centre in degrees (ICRS).
    radius_deg
        From 0 to 180.
    """

    ra: float
    dec: float
    radius_deg: float

    def __post_init__(self) -> None:
        if not (0 <= self.ra <= 360 and -90 <= self.dec <= 90):
            raise ValueError("The centre of a circle is ra from 0 to 360 and dec from -90 to 90.")
        if not 0 < self.radius_deg <= 180:
            raise ValueError("The radius of a circle is above 0 and at most 180 degrees.")

    def condition(self, ra: str = "ra", dec: str = "dec") -> str:
        """What follows WHERE to get the rows in the circle.

        Parameters
        ----------
        ra, dec
            The columns with the position, as a query writes them.
        """
        numbers = ", ".join(map(decimal, (self.ra, self.dec, self.radius_deg)))
        return f"1 = CONTAINS(POINT({ra}, {dec}), CIRCLE({numbers}))"

    def contains(self, ra: ArrayLike, dec: ArrayLike) -> NDArray[np.bool_]:
        """Whether positions in degrees are in the circle."""
        apart = projection.vectors(ra, dec) - projection.vectors(self.ra, self.dec)
        # By the chord: exact for small circles, where a cosine loses its digits.
        chord = 2 * np.sin(np.radians(self.radius_deg) / 2)
        return np.asarray((apart**2).sum(axis=-1) <= chord**2)

    @property
    def area_deg2(self) -> float:
        """The solid angle in square degrees."""
        return float(
            np.degrees(np.degrees(4 * np.pi * np.sin(np.radians(self.radius_deg) / 2) ** 2))
        )

    @property
    def moc(self) -> MOC:
        """Cells of the sky that cover the circle."""
        from astropy import units as u
        from mocpy import MOC

        finest = int(np.log2(_CELL_DEG * _CELLS_ACROSS / (2 * self.radius_deg)))
        return MOC.from_cone(
            self.ra * u.deg,
            (self.dec - np.copysign(_ASIDE_DEG, self.dec)) * u.deg,
            radius=self.radius_deg * u.deg,
            max_depth=min(max(finest, 3), _FINEST_ORDER),
        )

    def outline(self, points: int = 180) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Right ascensions and declinations in degrees along the edge, closed."""
        turn = np.linspace(0, 2 * np.pi, points + 1)
        radius = np.radians(self.radius_deg)
        x = np.full_like(turn, np.cos(radius))
        y, z = np.sin(radius) * np.sin(turn), np.sin(radius) * np.cos(turn)
        return projection.angles(
            np.stack([x, y, z], axis=-1) @ projection.rotation(self.ra, self.dec)
        )
