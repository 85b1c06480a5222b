"""The pixels of the simulated sky: each has random numbers of its own.

Whatever is random in a pixel comes from a generator that is seeded with a purpose and the pixel's
number. So every pixel can be made alone, in any order and in any process, and is always the same.
"""

from __future__ import annotations

import zlib

import astropy.units as u
import numpy as np
from astropy.coordinates import Angle, Latitude, Longitude
from cdshealpix.nested import cone_search, healpix_to_lonlat, lonlat_to_healpix
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ORDER = 7
"""The HEALPix order of the pixels that are made in one piece."""

AREA_DEG2 = 41252.961249419 / (12 * 4**ORDER)
"""The area of one such pixel."""

_FINEST_ORDER = 29
SEED = 169
"""The seed of all random numbers."""


def generator(purpose: str, pixel: int) -> np.random.Generator:
    """The random numbers of one pixel for one purpose.

    Parameters
    ----------
    purpose
        What they are for; different purposes have unrelated numbers.
    pixel
        The nested HEALPix number at `ORDER`.
    """
    seed = np.random.SeedSequence([SEED, zlib.crc32(purpose.encode()), ORDER, pixel])
    return np.random.Generator(np.random.Philox(seed))


def positions(random: np.random.Generator, pixel: int, count: int) -> tuple[Floats, Floats]:
    """Places evenly spread over a pixel: right ascensions and declinations in degrees.

    HEALPix cells have equal areas, so a random cell of the finest order is a fair place.
    """
    bits = 2 * (_FINEST_ORDER - ORDER)
    cells = (pixel << bits) + random.integers(0, 1 << bits, size=count)
    return _degrees(cells, _FINEST_ORDER)


def centre(pixel: int) -> tuple[float, float]:
    """The right ascension and declination of a pixel's centre in degrees."""
    ra, dec = _degrees(np.array([pixel]), ORDER)
    return float(ra[0]), float(dec[0])


def seeded_in(order: int, ipix: int) -> Integers:
    """The pixels at `ORDER` that together cover a HEALPix cell of any order."""
    if order >= ORDER:
        return np.array([ipix >> 2 * (order - ORDER)])
    first = ipix << 2 * (ORDER - order)
    return np.arange(first, first + (1 << 2 * (ORDER - order)))


def inside(order: int, ipix: int, ra: Floats, dec: Floats) -> NDArray[np.bool_]:
    """Tell which places are in a HEALPix cell."""
    if len(ra) == 0:
        return np.zeros(0, dtype=bool)
    cells = lonlat_to_healpix(Longitude(ra, u.deg), Latitude(dec, u.deg), order)
    return np.asarray(cells == ipix)


def around(ra: float, dec: float, radius_deg: float) -> Integers:
    """The pixels at `ORDER` that touch a circle, in rising order."""
    found, _, _ = cone_search(
        Longitude(ra, u.deg), Latitude(dec, u.deg), Angle(radius_deg, u.deg), ORDER, flat=True
    )
    return np.sort(found.astype(np.int64))


def nearest(ra: float, dec: float, count: int) -> Integers:
    """The pixels at `ORDER` whose centres are nearest to a place, in rising order."""
    # A circle of twice the area that is asked for holds them all.
    radius = float(np.degrees(2 * np.sqrt(2 * (count + 4) / (12 * 4**ORDER))))
    found = np.arange(12 * 4**ORDER) if radius > 90 else around(ra, dec, radius)
    lon, lat = _degrees(found, ORDER)
    distance = separation_deg(ra, dec, lon, lat)
    return np.sort(found[np.argsort(distance, kind="stable")[:count]])


def separation_deg(ra: float, dec: float, lon: Floats, lat: Floats) -> Floats:
    """Great-circle distances from one place to others, in degrees (haversine formula)."""
    half = np.sin(np.radians(lat - dec) / 2) ** 2
    half += (
        np.cos(np.radians(dec)) * np.cos(np.radians(lat)) * (np.sin(np.radians(lon - ra) / 2) ** 2)
    )
    return np.asarray(np.degrees(2 * np.arcsin(np.sqrt(half))))


def _degrees(cells: Integers, order: int) -> tuple[Floats, Floats]:
    if len(cells) == 0:
        return np.zeros(0), np.zeros(0)
    lon, lat = healpix_to_lonlat(cells.astype(np.uint64), order)
    return np.asarray(lon.deg), np.asarray(lat.deg)
