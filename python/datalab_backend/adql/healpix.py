"""Areas on the sky as HEALPix cells, and cells as the few ranges that an engine can look up."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from datalab_backend.adql.polygons import Polygon, unit_vectors
from datalab_backend.lazy import importing

MAX_RANGES = 8
"""More ranges cost an engine more time than the rows outside the area that they save."""
DEEPEST = 29

_SKY = 12 * 4**DEEPEST
_FEW_ROWS = 2048
"""Rows that an engine reads at once: it is as soon done with them as with another range."""

Cells: TypeAlias = Any
"""A `mocpy.MOC` (mocpy has no types)."""

_MAX_RADIUS = 90.0
_CELL_RADIUS = 1.07
"""Radians times 2**order: no place in a cell is farther from its centre (it tends to 1.069)."""
_CELL_WIDTH = 58.6
"""Degrees times 2**order."""
_SLACK = 1e-9
"""Degrees by which a cone is widened, so that a row on its edge never falls out by rounding."""
_ASIDE = 1.7e-10
"""Degrees, of which the slack is several, by which the centre of a cone is moved to the equator:
cdshealpix 0.9 takes a cell for one that lies in the cone, however small, when both have exactly the
same centre, as (0, 0) and (90, 30) are of one."""


def cone_cells(
    lon: float, lat: float, radius: float, inside: bool = True, order: int | None = None
) -> Cells | None:
    """The cells that a cone, or the sky outside it, touches.

    Parameters
    ----------
    lon, lat
        The centre, in degrees.
    radius
        In degrees.
    inside
        Whether the places in the cone are meant, or those that are not.
    order
        The finest cells; by default such as follow the edge well.

    Returns
    -------
    MOC or None
        Cells in which all these places are; None when they are too many to be of help.
    """
    with importing:
        import astropy.units as u
        from astropy.coordinates import Latitude, Longitude
        from cdshealpix import cone_search

    if not inside and radius >= _MAX_RADIUS:
        # What is far from a place is near the opposite one.
        return cone_cells(lon + 180, -lat, max(0.0, 180 - radius))
    radius += _SLACK if inside else -_SLACK
    if not 0 < radius < _MAX_RADIUS:
        return None
    if order is None:
        # Cells of a quarter of the radius. The search itself looks two orders deeper.
        order = min(max(int(math.log2(_CELL_WIDTH / radius)) + 2, 0), DEEPEST - 2)
    place = Longitude(lon % 360, u.deg), Latitude(lat - math.copysign(_ASIDE, lat), u.deg)
    cells, depths, full = cone_search(*place, radius * u.deg, order)
    if inside:
        return _moc(cells, depths, order)
    return _moc(cells[full], depths[full], order).complement()


def polygon_cells(polygon: Polygon, inside: bool = True, order: int | None = None) -> Cells | None:
    """The cells that a polygon, or the sky outside it, touches; like `cone_cells`."""
    with importing:
        import astropy.units as u
        from astropy.coordinates import Latitude, Longitude
        from cdshealpix import cone_search, healpix_to_lonlat

    lon, lat, radius = polygon.bounding_circle()
    radius += _SLACK
    if radius >= _MAX_RADIUS:
        return None
    if order is None:
        # A polygon may be much longer than wide: smaller cells follow it better.
        order = min(max(int(math.log2(_CELL_WIDTH / radius)) + 4, 0), DEEPEST - 2)
    place = Longitude(lon % 360, u.deg), Latitude(lat, u.deg)
    cells, depths, _ = cone_search(*place, radius * u.deg, order, flat=True)
    centers = unit_vectors(*(angle.to_value(u.deg) for angle in healpix_to_lonlat(cells, order)))
    reach = _CELL_RADIUS / 2**order + math.radians(_SLACK)
    within, on_edge = polygon.contains(centers), polygon.distance_to_edges(centers) <= reach
    if inside:
        return _moc(cells[within | on_edge], depths[within | on_edge], order)
    return _moc(cells[within & ~on_edge], depths[within & ~on_edge], order).complement()


def widened(cells: Cells, radius: float) -> Cells:
    """The cells with all that is within a radius, in degrees, around them."""
    # A cell beside another is nowhere narrower than a fourth of the width of most.
    order = int(math.log2(_CELL_WIDTH / 4 / max(radius, _SLACK)))
    if order < 0:
        return whole_sky()
    if order < cells.max_order:
        cells = cells.degrade_to_order(order)
    return cells.add_neighbours()


def whole_sky() -> Cells:
    """All cells."""
    with importing:
        from mocpy import MOC

    return MOC.from_string("0/0-11")


def few_ranges(cells: Cells, rows: int | None = None) -> list[tuple[int, int]]:
    """The cells as at most eight ranges, the smallest gaps closed.

    Parameters
    ----------
    cells
        The cells.
    rows
        How many rows the whole sky has; where a gap has only few of them, it is closed as well.

    Returns
    -------
    list of (int, int)
        First and last nested index at order 29.
    """
    ranges = cells.to_depth29_ranges.astype(np.int64)
    if not len(ranges):
        return []
    gaps = ranges[1:, 0] - ranges[:-1, 1]
    widest = np.argsort(gaps, kind="stable")[::-1][: MAX_RANGES - 1]
    if rows:
        widest = widest[gaps[widest] > _FEW_ROWS / rows * _SKY]
    cuts = np.sort(widest) + 1
    edges = [0, *cuts.tolist(), len(ranges)]
    return [(int(ranges[a, 0]), int(ranges[b - 1, 1]) - 1) for a, b in pairwise(edges)]


def _moc(cells: npt.NDArray[np.uint64], depths: npt.NDArray[np.uint8], order: int) -> Cells:
    with importing:
        from mocpy import MOC

    return MOC.from_healpix_cells(cells, depths, order)
