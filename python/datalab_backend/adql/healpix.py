"""Cones as ranges of HEALPix cells."""

from __future__ import annotations

import math
from itertools import pairwise

from datalab_backend.lazy import importing

MAX_RANGES = 8
"""More ranges cost an engine more time than the rows outside the cone that they save."""

_DEEPEST = 29
_MAX_RADIUS = 90.0
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
    ranges = sorted(
        (cell << (shift := 2 * (_DEEPEST - depth)), ((cell + 1) << shift) - 1)
        for cell, depth in zip(cells.tolist(), depths.tolist(), strict=True)
    )
    return _merged(ranges)


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Close the smallest gaps until few enough ranges are left."""
    gaps = sorted(range(1, len(ranges)), key=lambda i: ranges[i - 1][1] - ranges[i][0])
    cuts = sorted(i for i in gaps[: MAX_RANGES - 1] if ranges[i - 1][1] + 1 < ranges[i][0])
    edges = [0, *cuts, len(ranges)]
    return [(ranges[a][0], ranges[b - 1][1]) for a, b in pairwise(edges)]
