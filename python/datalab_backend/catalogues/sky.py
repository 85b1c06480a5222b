"""The HEALPix index of positions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datalab_backend.catalogues.counts import HEALPIX_ORDER
from datalab_backend.engines.arrow import Values
from datalab_backend.lazy import importing

Degrees = NDArray[np.float64]


def degrees(values: Values) -> Degrees:
    """Values as a NumPy array, NaN where they are null."""
    found: Degrees = values.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    return found


def healpix_index(lon: Degrees, lat: Degrees) -> Values:
    """The order-29 nested HEALPix index of positions in degrees, null where there is none."""
    with importing:
        import astropy.units as u
        from astropy.coordinates import Latitude, Longitude
        from cdshealpix import lonlat_to_healpix

    placed = np.isfinite(lon) & np.isfinite(lat)
    everywhere = bool(placed.all())
    if not everywhere:
        lon, lat = lon[placed], lat[placed]
    cells: NDArray[np.int64] = np.zeros(0, np.int64)
    if len(lon):
        cells = lonlat_to_healpix(
            Longitude(lon, u.deg, copy=False), Latitude(lat, u.deg, copy=False), HEALPIX_ORDER
        ).view(np.int64)
    if everywhere:
        return pa.array(cells)
    index = np.zeros(len(placed), np.int64)
    index[placed] = cells
    return pa.array(index, mask=~placed)
