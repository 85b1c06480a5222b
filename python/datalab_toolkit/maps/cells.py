"""Rows counted in the HEALPix cells of the whole sky, as a density map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datalab_toolkit.maps.density import OFF_SKY, Density
from datalab_toolkit.maps.view import MapView

_SKY_DEG2 = float(4 * np.pi * np.degrees(1) ** 2)


def density(counts: NDArray[np.int64], view: MapView, rows: int | None = None) -> Density:
    """Show the count of the cell behind each pixel of a view.

    Parameters
    ----------
    counts
        Rows in each nested cell of one order.
    view
        What to show.
    rows
        Rows of the whole table, None when nobody knows.
    """
    # With cells smaller than pixels some would lie behind none.
    while len(counts) > 12 and _SKY_DEG2 / len(counts) < view.pixel_area:
        counts = counts.reshape(-1, 4).sum(axis=1)
    behind = _behind(view, round(np.log2(len(counts) / 12) / 2))
    shown = np.where(behind < 0, OFF_SKY, counts[behind]).astype(np.uint32)
    cell_area = _SKY_DEG2 / len(counts)
    total = int(counts[behind[behind >= 0]].sum() * view.pixel_area / cell_area)
    return Density(view, shown, cell_area, "cube", total, rows, rough=True)


def _behind(view: MapView, order: int) -> NDArray[np.int64]:
    """The cell behind each pixel of a view, -1 beside the sky."""
    import astropy.units as u
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import lonlat_to_healpix

    column, row = np.meshgrid(np.arange(view.width) + 0.5, np.arange(view.height) + 0.5)
    ra, dec = view.positions(column.ravel(), row.ravel())
    on_sky = np.isfinite(ra) & np.isfinite(dec)
    cells = np.full(ra.size, -1, np.int64)
    lon, lat = Longitude(ra[on_sky], u.deg), Latitude(dec[on_sky], u.deg)
    cells[on_sky] = lonlat_to_healpix(lon, lat, order).astype(np.int64)
    return cells.reshape(view.height, view.width)
