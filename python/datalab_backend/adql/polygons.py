"""Polygons and boxes that are the same in every row."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float64]

_FLAT = 1e-14
"""Radians; a polygon that is nowhere wider has no inside."""
_ROUNDING = 1e-12
"""Radians by which a corner may lie beyond an edge of a convex polygon."""


@dataclass(frozen=True)
class Polygon:
    """A polygon on the sky whose edges are great circles.

    Attributes
    ----------
    corners
        Longitude and latitude of each corner, in degrees.
    """

    corners: tuple[tuple[float, float], ...]
    _a: Vectors = field(init=False, repr=False, compare=False)
    _b: Vectors = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lon, lat = np.array(self.corners, dtype=np.float64).T
        vectors = unit_vectors(lon, lat)
        object.__setattr__(self, "_a", vectors)
        object.__setattr__(self, "_b", np.roll(vectors, -1, axis=0))

    @property
    def numbers(self) -> Iterator[float]:
        """The polygon as DALI writes it: longitude and latitude in turn."""
        return (number for corner in self.corners for number in corner)

    def fits_in_half_the_sky(self) -> bool:
        """Whether all corners are less than 90 degrees from their mean."""
        return bool(np.all(self._a @ self._a.sum(axis=0) > 0))

    def bounding_circle(self) -> tuple[float, float, float]:
        """Centre and radius, in degrees, of a circle that holds the polygon."""
        x, y, z = mean = self._a.sum(axis=0)
        radius = np.degrees(_arcs(self._a, mean / np.linalg.norm(mean)).max())
        lon = math.degrees(math.atan2(y, x)) % 360
        return lon, math.degrees(math.atan2(z, math.hypot(x, y))), float(radius)

    def inward_normals(self) -> list[tuple[float, float, float]] | None:
        """The unit normals of the edges of a convex polygon, None of another.

        A place is in the polygon when its vector is on the same side as the normal of each edge.
        """
        normals = np.cross(self._a, self._b - self._a)
        lengths = np.linalg.norm(normals, axis=1)
        wide = lengths > 0
        normals = normals[wide] / lengths[wide, np.newaxis]
        sides = normals @ self._a.T
        if sides.size == 0 or sides.max() < -sides.min():
            normals, sides = -normals, -sides
        if sides.size == 0 or sides.min() < -_ROUNDING or sides.max(axis=1).min() < _FLAT:
            return None
        return [(float(x), float(y), float(z)) for x, y, z in normals]

    def contains(self, places: Vectors) -> npt.NDArray[np.bool_]:
        """Whether each of some unit vectors is in the polygon."""
        angles = np.zeros(len(places))
        for a, b in zip(self._a, self._b, strict=True):
            from_a, from_b = a - places, b - places
            across = np.einsum("ij,ij->i", places, np.cross(from_a, from_b))
            along = np.einsum("ij,ij->i", from_a, from_b)
            along -= np.einsum("ij,ij->i", places, from_a) * np.einsum("ij,ij->i", places, from_b)
            angles += np.arctan2(across, along)
        same_half = places @ self._a.sum(axis=0) > 0
        inside: npt.NDArray[np.bool_] = same_half & (np.abs(angles) > math.pi)
        return inside

    def distance_to_edges(self, places: Vectors) -> npt.NDArray[np.float64]:
        """The distance of each of some unit vectors from the nearest edge, in radians."""
        nearest = np.full(len(places), np.inf)
        for a, b in zip(self._a, self._b, strict=True):
            nearest = np.minimum(nearest, np.minimum(_arcs(places, a), _arcs(places, b)))
            normal = np.cross(a, b - a)
            length = np.linalg.norm(normal)
            if length == 0:
                continue
            to_line = np.arcsin(np.minimum(1, np.abs(places @ normal) / length))
            over = (places @ b > (a @ b) * (places @ a)) & (places @ a > (a @ b) * (places @ b))
            nearest = np.where(over, np.minimum(nearest, to_line), nearest)
        return nearest


def box(lon: float, lat: float, width: float, height: float) -> Polygon:
    """The polygon of a box (ADQL 2.1, section 4.2.10); all in degrees, below 180."""
    # In the plane that touches the sphere at the centre, great circles are straight lines.
    x, y = (math.tan(math.radians(size) / 2) for size in (width, height))
    d = math.radians(lat)
    corners = []
    for east, north in ((x, -y), (x, y), (-x, y), (-x, -y)):
        radial = math.cos(d) - north * math.sin(d)
        up = math.sin(d) + north * math.cos(d)
        corners.append(
            (
                (lon + math.degrees(math.atan2(east, radial))) % 360,
                math.degrees(math.atan2(up, math.hypot(radial, east))),
            )
        )
    return Polygon(tuple(corners))


def polygon(numbers: Sequence[float]) -> Polygon:
    """The polygon of its longitudes and latitudes in turn, in degrees."""
    return Polygon(tuple(zip(numbers[::2], numbers[1::2], strict=True)))


def unit_vectors(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> Vectors:
    """Unit vectors of places in degrees."""
    a, d = np.radians(lon), np.radians(lat)
    vectors: Vectors = np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)], axis=-1)
    return vectors


def _arcs(places: Vectors, place: Vectors) -> npt.NDArray[np.float64]:
    chord = np.linalg.norm(places - place, axis=1)
    arcs: npt.NDArray[np.float64] = 2 * np.arcsin(np.minimum(1, chord / 2))
    return arcs
