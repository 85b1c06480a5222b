"""Cones and polygons as ranges of HEALPix cells."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from datalab_backend.adql.polygons import Polygon, unit_vectors
from datalab_backend.lazy import importing

MAX_RANGES = 8
"""More ranges cost an engine more time than the rows outside the cone that they save."""

_DEEPEST = 29
_MAX_RADIUS = 90.0
_CELL_RADIUS = 1.07
"""Radians times 2**order: no place in a cell is farther from its centre (it tends to 1.069)."""
_SLACK = 1e-9
"""Degrees by which a cone is widened, so that a row on its edge never falls out by rounding."""


def cone_ranges(lon: float, lat: float, radius: float) -> list[tuple[int, int]]:
    """The cells that a cone touches, as at most eight ranges.

    Parameters
    ----------
    lon, lat
        The centre, in degrees.
    radius
        In degrees.

    Returns
    -------
    list of (int, int)
        First and last nested index at order 29. Every position in the cone is in one of the
        ranges; empty when the cone is so wide that ranges are no help.
    """
    with importing:
        import astropy.units as u
        from astropy.coordinates import Latitude, Longitude
        from cdshealpix import cone_search

    if radius >= _MAX_RADIUS:
        return []
    radius += _SLACK
    # A cell of order k is 58.6° / 2**k wide; cells of a quarter of the radius follow its edge. The
    # search itself looks two orders deeper.
    order = min(max(int(math.log2(58.6 / radius)) + 2, 0), _DEEPEST - 2)
    cells, depths, _ = cone_search(
        Longitude(lon % 360, u.deg), Latitude(lat, u.deg), radius * u.deg, order
    )
    return _merged(zip(cells.tolist(), depths.tolist(), strict=True))


def polygon_ranges(polygon: Polygon) -> list[tuple[int, int]]:
    """The cells that a polygon touches, as at most eight ranges; else like `cone_ranges`."""
    with importing:
        import astropy.units as u
        from astropy.coordinates import Latitude, Longitude
        from cdshealpix import cone_search, healpix_to_lonlat

    lon, lat, radius = polygon.bounding_circle()
    radius += _SLACK
    if radius >= _MAX_RADIUS:
        return []
    # A polygon may be much longer than wide: smaller cells than for a circle follow it better.
    order = min(max(int(math.log2(58.6 / radius)) + 4, 0), _DEEPEST - 2)
    cells, _, _ = cone_search(
        Longitude(lon % 360, u.deg), Latitude(lat, u.deg), radius * u.deg, order, flat=True
    )
    centers = unit_vectors(*(angle.to_value(u.deg) for angle in healpix_to_lonlat(cells, order)))
    reach = _CELL_RADIUS / 2**order + math.radians(_SLACK)
    touched = polygon.contains(centers) | (polygon.distance_to_edges(centers) <= reach)
    return _merged((cell, order) for cell in cells[touched].tolist())


def _merged(cells: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges of cells and their orders, the smallest gaps closed until few are left."""
    ranges = sorted(
        (cell << (shift := 2 * (_DEEPEST - depth)), ((cell + 1) << shift) - 1)
        for cell, depth in cells
    )
    gaps = sorted(range(1, len(ranges)), key=lambda i: ranges[i - 1][1] - ranges[i][0])
    cuts = sorted(i for i in gaps[: MAX_RANGES - 1] if ranges[i - 1][1] + 1 < ranges[i][0])
    edges = [0, *cuts, len(ranges)]
    return [(ranges[a][0], ranges[b - 1][1]) for a, b in pairwise(edges)]
