"""Maps of the sky: which direction a pixel shows, and which pixel shows a direction.

Both projections are equal-area and oblique: the sky is turned so that the centre of the view is the
origin of the projection, with north up and east to the left. Formulas are those of the FITS
standard's celestial projections (Calabretta & Greisen 2002, sections 5.3.3 and 5.3.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import TypeAlias

import numpy as np
from astropy.coordinates import ICRS, BarycentricMeanEcliptic, CartesianRepresentation, Galactic
from numpy.typing import NDArray

from datalab_backend.errors import UsageError

PROJECTIONS = ("aitoff", "mollweide")
FRAMES = ("icrs", "galactic", "ecliptic")
MAX_PIXELS = 2048

WHOLE_SKY_DEG = 324.1
"""The width of the whole sky in the plane of either projection: 4√2 radians, rounded."""

Vectors: TypeAlias = NDArray[np.float64]
"""Directions as unit vectors; the first axis has x, y, z."""

Plane: TypeAlias = NDArray[np.float64]
"""One coordinate in the plane of the projection, in radians."""


@dataclass(frozen=True, slots=True)
class View:
    """A window on the sky.

    Attributes
    ----------
    projection
        ``aitoff`` (Hammer-Aitoff, AIT in FITS) or ``mollweide`` (MOL).
    lon, lat
        The centre in degrees, in the frame.
    frame
        ``icrs``, ``galactic`` or ``ecliptic`` (barycentric mean ecliptic and equinox of J2000).
    fov
        The width in degrees, measured in the plane of the projection; 324.1 shows the whole sky.
    width, height
        The size in pixels.
    """

    projection: str = "aitoff"
    lon: float = 0.0
    lat: float = 0.0
    frame: str = "icrs"
    fov: float = 324.1
    width: int = 800
    height: int = 400

    def __post_init__(self) -> None:
        _expect_one_of("projection", self.projection, PROJECTIONS)
        _expect_one_of("frame", self.frame, FRAMES)
        if not isfinite(self.lon):
            raise UsageError(f"lon={self.lon} is no longitude.", "Give it in degrees.")
        if not -90 <= self.lat <= 90:
            raise UsageError(f"lat={self.lat} is no latitude.", "Give -90 to 90 degrees.")
        if not 0 < self.fov <= 1000:
            raise UsageError(
                f"fov={self.fov} is no field of view.",
                "Give the width in degrees, above 0; 324.1 shows the whole sky.",
            )
        for name, size in (("width", self.width), ("height", self.height)):
            if not 1 <= size <= MAX_PIXELS:
                raise UsageError(f"{name}={size} is no size.", f"Give 1 to {MAX_PIXELS} pixels.")

    @property
    def pixel_deg(self) -> float:
        """The side of a pixel in degrees."""
        return self.fov / self.width

    @property
    def whole_sky(self) -> bool:
        """Whether all of the sky is in the view."""
        height = self.pixel_deg * self.height
        return min(self.fov, 2 * height) >= WHOLE_SKY_DEG

    def directions(self) -> tuple[NDArray[np.intp], Vectors]:
        """The ICRS direction of each pixel's centre.

        Returns
        -------
        pixels, directions
            The flat indices of the pixels that show sky (row 0 on top), and their directions.
        """
        x = np.radians((self.width / 2 - 0.5 - np.arange(self.width)) * self.pixel_deg)
        y = np.radians((self.height / 2 - 0.5 - np.arange(self.height)) * self.pixel_deg)
        inverse = _from_aitoff if self.projection == "aitoff" else _from_mollweide
        pixels, native = inverse(x, y)
        return pixels, _turned(self._axes().T, native)

    def pixels(self, directions: Vectors) -> NDArray[np.intp]:
        """The flat index of the pixel that shows each ICRS direction; those outside are left out.

        A direction that is not finite is outside.
        """
        return self.pixel_of_each(directions)[0]

    def pixel_of_each(self, directions: Vectors) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """As `pixels`, with which of the directions are in the view."""
        forward = _to_aitoff if self.projection == "aitoff" else _to_mollweide
        x, y = forward(_turned(self._axes(), directions))
        column = np.floor(self.width / 2 - np.degrees(x) / self.pixel_deg)
        row = np.floor(self.height / 2 - np.degrees(y) / self.pixel_deg)
        if self.whole_sky:  # 324.1 is rounded: a hair of the sky's rim lies beyond the last pixels
            column, row = np.clip(column, 0, self.width - 1), np.clip(row, 0, self.height - 1)
        inside = (column >= 0) & (column < self.width) & (row >= 0) & (row < self.height)
        flat = row[inside] * self.width + column[inside]
        return flat.astype(np.intp), inside

    def _axes(self) -> Vectors:
        """Centre, east and north of the view as ICRS vectors, one a row."""
        lon, lat = np.radians(self.lon), np.radians(self.lat)
        centre = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
        east = [-np.sin(lon), np.cos(lon), 0.0]
        north = [-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)]
        axes: Vectors = np.array([centre, east, north]) @ _frame_axes(self.frame)
        return axes


def to_directions(lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]) -> Vectors:
    """Positions in degrees as unit vectors."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _turned(rotation: Vectors, vectors: Vectors) -> Vectors:
    """A rotation matrix times many vectors; faster than ``@`` for so flat a product."""
    turned = np.empty_like(vectors)
    for row, out in zip(rotation, turned, strict=True):
        np.multiply(vectors[0], row[0], out=out)
        out += vectors[1] * row[1]
        out += vectors[2] * row[2]
    return turned


@cache
def _frame_axes(frame: str) -> Vectors:
    """The axes of a frame as ICRS vectors, one a row."""
    if frame == "icrs":
        return np.eye(3)
    axes_of = CartesianRepresentation(np.eye(3))
    if frame == "ecliptic":
        axes = BarycentricMeanEcliptic(axes_of).transform_to(ICRS())
    else:
        axes = Galactic(axes_of).transform_to(ICRS())
    return np.asarray(axes.cartesian.xyz.value).T


def _from_aitoff(x: Plane, y: Plane) -> tuple[NDArray[np.intp], Vectors]:
    z_squared = 1 - (x[None, :] / 4) ** 2 - (y[:, None] / 2) ** 2
    seen = z_squared >= 0.5
    row, column = np.nonzero(seen)
    z_squared = z_squared[seen]
    z = np.sqrt(z_squared)
    # The cosine of the latitude times the cosine and sine of half the longitude.
    cos_half, sin_half = 2 * z_squared - 1, z * (x / 2)[column]
    cos_lat = np.sqrt(cos_half * cos_half + sin_half * sin_half)
    per_cos_lat = 1 / np.maximum(cos_lat, np.finfo(float).tiny)
    native = np.empty((3, len(z)))
    native[0] = (cos_half * cos_half - sin_half * sin_half) * per_cos_lat
    native[1] = 2 * cos_half * sin_half * per_cos_lat
    native[2] = z * y[row]
    return row * len(x) + column, native


def _to_aitoff(native: Vectors) -> tuple[Plane, Plane]:
    centre, east, north = native
    half_lon = np.arctan2(east, centre) / 2
    cos_lat = np.hypot(centre, east)
    gamma = np.sqrt(2 / (1 + cos_lat * np.cos(half_lon)))
    return 2 * gamma * cos_lat * np.sin(half_lon), gamma * north


def _from_mollweide(x: Plane, y: Plane) -> tuple[NDArray[np.intp], Vectors]:
    gamma = np.arcsin(np.clip(y / np.sqrt(2), -1, 1))
    edge = np.sqrt(8) * np.cos(gamma)
    on_sky = (np.abs(y) <= np.sqrt(2))[:, None]
    row, column = np.nonzero(on_sky & (np.abs(x[None, :]) <= edge[:, None]))
    lon = x[column] * (np.pi / np.maximum(edge, np.finfo(float).tiny))[row]
    north = (2 * gamma + np.sin(2 * gamma)) / np.pi
    cos_lat = np.sqrt(np.clip(1 - north * north, 0, 1))[row]
    native = np.stack([cos_lat * np.cos(lon), cos_lat * np.sin(lon), north[row]])
    return row * len(x) + column, native


def _to_mollweide(native: Vectors) -> tuple[Plane, Plane]:
    centre, east, north = native
    gamma = _mollweide_gamma(north)
    x = np.sqrt(8) / np.pi * np.arctan2(east, centre) * np.cos(gamma)
    return x, np.sqrt(2) * np.sin(gamma)


def _mollweide_gamma(sin_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve 2γ + sin 2γ = π sin(lat): a table's guess, bettered by Newton's method."""
    table = np.linspace(-np.pi / 2, np.pi / 2, 4097)
    gamma = np.interp(np.pi * sin_lat, 2 * table + np.sin(2 * table), table)
    for _ in range(2):
        slope = 2 + 2 * np.cos(2 * gamma)
        miss = 2 * gamma + np.sin(2 * gamma) - np.pi * sin_lat
        gamma -= np.divide(miss, slope, out=np.zeros_like(miss), where=slope > 1e-6)
        np.clip(gamma, -np.pi / 2, np.pi / 2, out=gamma)
    return gamma


def _expect_one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UsageError(f"{name}={value!r} is not known.", f"Give one of {', '.join(allowed)}.")
