"""Where a density map looks, and how its pixels lie on the sky."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from datalab_toolkit.maps import projection as p

# The density service draws no larger picture than this, in pixels along an edge.
LARGEST_SIZE = 2048

# Origin of the map when nobody says where to look: the frame's longitude and latitude in degrees.
_DEFAULT_CENTRE = {"icrs": (180.0, 0.0), "galactic": (0.0, 0.0), "ecliptic": (180.0, 0.0)}


@dataclass(frozen=True)
class MapView:
    """A rectangle of pixels on the plane of an oblique projection of the sky.

    Attributes
    ----------
    ra, dec
        The centre in degrees, ICRS whatever the frame.
    fov
        The width in degrees of the projection's plane; `WHOLE_SKY_FOV` shows everything.
    width, height
        In pixels. Row 0 is the top. East is on the left.
    frame
        ``icrs``, ``galactic`` or ``ecliptic``: whose north is up.
    projection
        ``aitoff`` (Hammer-Aitoff) or ``mollweide``.
    """

    ra: float = 180.0
    dec: float = 0.0
    fov: float = p.WHOLE_SKY_FOV
    width: int = 720
    height: int = 360
    frame: str = "icrs"
    projection: str = "aitoff"

    @staticmethod
    def default_centre(frame: str) -> tuple[float, float]:
        """Right ascension and declination in degrees of the middle of a whole-sky map."""
        ra, dec = p.angles(p.vectors(*_DEFAULT_CENTRE[frame]) @ p.FRAMES[frame])
        return float(ra), float(dec)

    @property
    def scale(self) -> float:
        """Degrees of the plane in one pixel."""
        return self.fov / self.width

    @property
    def pixel_area(self) -> float:
        """Square degrees of the sky in one pixel, everywhere the same."""
        return self.scale**2

    @cached_property
    def centre_in_frame(self) -> tuple[float, float]:
        """Longitude and latitude in degrees of the centre, in the frame of the map."""
        lon, lat = p.angles(p.FRAMES[self.frame] @ p.vectors(self.ra, self.dec))
        return float(lon), float(lat)

    @cached_property
    def rotation(self) -> NDArray[np.float64]:
        """From ICRS vectors to those of the projection."""
        turned: NDArray[np.float64] = p.rotation(*self.centre_in_frame) @ p.FRAMES[self.frame]
        return turned

    def plane(self, icrs_vectors: p.Vectors) -> tuple[p.Plane, p.Plane]:
        """Degrees east and north of the centre on the plane, of ICRS unit vectors."""
        turned: p.Vectors = icrs_vectors @ self.rotation.T
        return p.PROJECTIONS[self.projection].project(turned)

    def pixels(self, ra: ArrayLike, dec: ArrayLike) -> tuple[p.Plane, p.Plane]:
        """Column and row of positions in degrees; whole numbers are the edges of pixels."""
        x, y = self.plane(p.vectors(ra, dec))
        return self.width / 2 - x / self.scale, self.height / 2 - y / self.scale

    def positions(self, column: ArrayLike, row: ArrayLike) -> tuple[p.Plane, p.Plane]:
        """Right ascension and declination in degrees at columns and rows; NaN off the sky."""
        x = (self.width / 2 - np.asarray(column, dtype=float)) * self.scale
        y = (self.height / 2 - np.asarray(row, dtype=float)) * self.scale
        return p.angles(p.PROJECTIONS[self.projection].unproject(x, y) @ self.rotation)

    @cached_property
    def on_sky(self) -> NDArray[np.bool_]:
        """Which pixels have their middle on the sky, shape (height, width)."""
        x = (np.arange(self.width) + 0.5 - self.width / 2) * self.scale
        y = (np.arange(self.height) + 0.5 - self.height / 2) * self.scale
        inside = (x[None, :] / p.HALF_WIDTH) ** 2 + (y[:, None] / p.HALF_HEIGHT) ** 2 <= 1
        return np.asarray(inside)
