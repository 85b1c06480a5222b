"""The two equal-area projections of the whole sky, and the frames they are drawn in.

A projection maps unit vectors to a plane in degrees. The vectors are turned beforehand so that the
x axis points to the centre of the view and the z axis to the north (`rotation`): maps are oblique
and least distorted where one looks. On the plane x grows to the east and y to the north; pictures
put east on the left. Formulae: Calabretta & Greisen 2002, A&A 395, 1077, sections 5.3.3 (MOL)
and 5.3.4 (AIT).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vectors = NDArray[np.float64]
Plane = NDArray[np.float64]

# The sky is an ellipse on the plane of both projections; these are its semi-axes in degrees.
HALF_WIDTH = float(np.degrees(2 * np.sqrt(2)))
HALF_HEIGHT = float(np.degrees(np.sqrt(2)))

WHOLE_SKY_FOV = 2 * HALF_WIDTH

# How far off the ellipse a rounded position of its edge may fall, relative to its size.
_ROUNDING = 1e-12

# From ICRS to Galactic: The Hipparcos and Tycho Catalogues, ESA SP-1200, volume 1, eq. 1.5.11.
ICRS_TO_GALACTIC = np.array(
    [
        [-0.0548755604, -0.8734370902, -0.4838350155],
        [+0.4941094279, -0.4448296300, +0.7469822445],
        [-0.8676661490, -0.1980763734, +0.4559837762],
    ]
)

# From ICRS to the barycentric mean ecliptic and equinox of J2000: the frame bias and the obliquity
# of the IAU 2006 precession (Capitaine, Wallace & Chapront 2003, A&A 412, 567; IERS Conventions
# 2010, section 5.6), as astropy has them.
ICRS_TO_ECLIPTIC = np.array(
    [
        [+1.0000000000, -0.0000000708, +0.0000000806],
        [+0.0000000329, +0.9174821299, +0.3977769994],
        [-0.0000001021, -0.3977769994, +0.9174821299],
    ]
)

FRAMES = MappingProxyType(
    {"icrs": np.eye(3), "galactic": ICRS_TO_GALACTIC, "ecliptic": ICRS_TO_ECLIPTIC}
)


@dataclass(frozen=True, slots=True)
class Projection:
    """One way to lay the sphere on a plane.

    Attributes
    ----------
    name
        As the density service calls it.
    project
        From unit vectors, shape (n, 3), to x and y in degrees.
    unproject
        From x and y in degrees to unit vectors; NaN outside the sky.
    """

    name: str
    project: Callable[[Vectors], tuple[Plane, Plane]]
    unproject: Callable[[Plane, Plane], Vectors]


def vectors(lon: ArrayLike, lat: ArrayLike) -> Vectors:
    """Unit vectors of positions in degrees, in the last axis."""
    lon, lat = np.radians(lon), np.radians(lat)
    cos_lat = np.cos(lat)
    parts = np.broadcast_arrays(cos_lat * np.cos(lon), cos_lat * np.sin(lon), np.sin(lat))
    return np.stack(parts, axis=-1)


def angles(v: Vectors) -> tuple[Plane, Plane]:
    """Longitude from 0 to 360 and latitude in degrees of vectors of any length."""
    lon = np.degrees(np.arctan2(v[..., 1], v[..., 0]))
    lon = np.where(lon < 0, lon + 360, lon)
    lat = np.degrees(np.arctan2(v[..., 2], np.hypot(v[..., 0], v[..., 1])))
    # A tiny negative angle plus 360 rounds to 360 itself.
    return np.where(lon >= 360, 0.0, lon), lat


def rotation(lon: float, lat: float) -> NDArray[np.float64]:
    """The matrix that brings a position to the x axis and keeps the north above it."""
    centre = vectors(lon, lat)
    east = vectors(lon + 90, 0.0)
    return np.stack([centre, east, np.cross(centre, east)])


def _project_aitoff(v: Vectors) -> tuple[Plane, Plane]:
    x, y, z = v[..., 0], v[..., 1], v[..., 2]
    cos_lat = np.hypot(x, y)
    # cos θ cos φ/2 and cos θ sin φ/2 from the half-angle formulae, with no trigonometry. Each is
    # exact where the other loses digits, so the second is had from the first or the reverse.
    cos_half = np.sqrt(np.maximum(cos_lat * (cos_lat + x), 0) / 2)
    sin_half = np.sqrt(np.maximum(cos_lat * (cos_lat - x), 0) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        half_product = cos_lat * np.abs(y) / 2
        cos_half = np.where(x < 0, half_product / sin_half, cos_half)
        sin_half = np.where(x > 0, half_product / cos_half, sin_half)
    cos_half = np.nan_to_num(cos_half)
    sin_half = np.nan_to_num(sin_half)
    gamma = np.degrees(np.sqrt(2 / (1 + cos_half)))
    return 2 * gamma * np.copysign(sin_half, y), gamma * z


def _unproject_aitoff(x: Plane, y: Plane) -> Vectors:
    x, y = np.radians(x), np.radians(y)
    square = 1 - (x / 4) ** 2 - (y / 2) ** 2
    z = np.sqrt(np.where(square >= 0.5 - _ROUNDING, square, np.nan))
    lon = 2 * np.arctan2(z * x, 2 * (2 * z**2 - 1))
    lat = np.arcsin(np.clip(y * z, -1, 1))
    return vectors(np.degrees(lon), np.degrees(lat))


def _project_mollweide(v: Vectors) -> tuple[Plane, Plane]:
    lon = np.arctan2(v[..., 1], v[..., 0])
    sin_lat = np.abs(v[..., 2])
    # Solve u - sin u = π (1 - |sin θ|) for u = π - 2|γ|. Counted from the pole, the start below is
    # exact there, and Newton's steps fall towards the root from the second one on.
    goal = np.pi * (v[..., 0] ** 2 + v[..., 1] ** 2) / (1 + sin_lat)
    u = np.cbrt(6 * goal)
    for _ in range(8):
        slope = 1 - np.cos(u)
        step = np.where(slope > 0, (u - np.sin(u) - goal) / np.where(slope > 0, slope, 1), 0)
        u = np.clip(u - step, 0, np.pi)
    gamma = np.copysign((np.pi - u) / 2, v[..., 2])
    return (
        np.degrees(2 * np.sqrt(2) / np.pi * lon * np.cos(gamma)),
        np.degrees(np.sqrt(2) * np.sin(gamma)),
    )


def _unproject_mollweide(x: Plane, y: Plane) -> Vectors:
    x, y = np.radians(x) / np.sqrt(2), np.radians(y) / np.sqrt(2)
    inside = (x / 2) ** 2 + y**2 <= 1 + _ROUNDING
    gamma = np.arcsin(np.where(inside, np.clip(y, -1, 1), np.nan))
    cos_gamma = np.cos(gamma)
    lon = np.pi / 2 * x / np.where(cos_gamma > 0, cos_gamma, 1)
    lat = np.arcsin(np.clip((2 * gamma + np.sin(2 * gamma)) / np.pi, -1, 1))
    return vectors(np.degrees(lon), np.degrees(lat))


AITOFF = Projection("aitoff", _project_aitoff, _unproject_aitoff)
MOLLWEIDE = Projection("mollweide", _project_mollweide, _unproject_mollweide)

PROJECTIONS = MappingProxyType({p.name: p for p in (AITOFF, MOLLWEIDE)})
