"""Where on the sky a table has rows, as a MOC (MOC 2.0)."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datalab_backend.catalogues.counts import Counts, cells_in
from datalab_backend.lazy import importing

_ROWS_A_CELL = 4


def covered(counts: Counts, order: int | None = None) -> tuple[int, NDArray[np.int64]]:
    """The cells with at least one row.

    Parameters
    ----------
    counts
        The rows on the sky.
    order
        The order of the cells, at most that of the counts; by default the finest at which a cell
        that is not empty has four rows or more on average, so that it is an area that is told and
        not each star.

    Returns
    -------
    order, cells
        The order, and the nested numbers of the cells in ascending order.
    """
    orders = range(counts.order, -1, -1) if order is None else (min(order, counts.order),)
    for shown in orders:
        ends = counts.cumulative[:: 1 << 2 * (counts.order - shown)]
        cells = np.flatnonzero(ends[1:] != ends[:-1])
        if order is not None or len(cells) * _ROWS_A_CELL <= counts.total:
            break
    return shown, cells


def sky_fraction(counts: Counts) -> float:
    """The part of the sky that is covered, from 0 to 1."""
    order, cells = covered(counts)
    return len(cells) / cells_in(order)


def moc(counts: Counts, order: int | None = None) -> Any:  # noqa: ANN401 - mocpy has no types
    """The coverage as a `mocpy.MOC`; the parameters are those of `covered`."""
    with importing:
        from mocpy import MOC

    shown, cells = covered(counts, order)
    return MOC.from_healpix_cells(cells.astype(np.uint64), np.uint8(shown), shown)


def moc_fits(counts: Counts, order: int | None = None) -> bytes:
    """The coverage as a FITS file."""
    file = io.BytesIO()
    moc(counts, order).serialize(format="fits").writeto(file)
    return file.getvalue()


def moc_text(counts: Counts, order: int | None = None) -> str:
    """The coverage as an ASCII MOC (MOC 2.0, section 4.3.2)."""
    return str(moc(counts, order).to_string())
