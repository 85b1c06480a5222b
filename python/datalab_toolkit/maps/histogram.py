"""Rows in the bins of a plane of two values, and what joins the plane to the sky."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from datalab_toolkit.maps import projection
from datalab_toolkit.maps.box import SkyBox


@dataclass(frozen=True)
class Axis:
    """One axis of a plane.

    Attributes
    ----------
    value
        The value as a query writes it.
    edges
        Where the bins begin and end, upwards.
    unit, ucd
        What is known of the value.
    """

    value: str
    edges: NDArray[np.float64]
    unit: str = ""
    ucd: str = ""

    @property
    def is_magnitude(self) -> bool:
        """Whether it is a magnitude, which astronomers draw with the bright end on top."""
        return self.ucd.startswith("phot.mag")

    @property
    def label(self) -> str:
        """What stands beside the axis."""
        return f"{self.value} ({self.unit})" if self.unit else self.value


@dataclass(frozen=True)
class PlaneBox:
    """A rectangle on a plane, ends included."""

    x_min: float
    x_max: float
    y_min: float
    y_max: float

    def __post_init__(self) -> None:
        if not (self.x_min <= self.x_max and self.y_min <= self.y_max):
            raise ValueError("A box goes from a number to a higher one on either axis.")

    def condition(self, x: str, y: str) -> str:
        """What follows WHERE to get the rows in the box.

        Parameters
        ----------
        x, y
            The values, as a query writes them.
        """
        return (
            f"{x} BETWEEN {self.x_min:.6g} AND {self.x_max:.6g} "
            f"AND {y} BETWEEN {self.y_min:.6g} AND {self.y_max:.6g}"
        )


@dataclass(frozen=True)
class Cube:
    """Rows by bin of a plane and by nested HEALPix cell, those above zero.

    Attributes
    ----------
    order
        The order of the cells.
    cells, bins, counts
        For each entry the cell, the flat index of the bin, and the rows.
    """

    order: int
    cells: NDArray[np.uint32]
    bins: NDArray[np.uint32]
    counts: NDArray[np.uint32]

    def on_sky(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Rows in each cell of the sky that are in some bins of the plane."""
        kept = chosen.ravel()[self.bins]
        size = 12 * 4**self.order
        found = np.bincount(self.cells[kept], self.counts[kept], minlength=size)
        return found.astype(np.int64)

    def on_plane(self, box: SkyBox, size: int) -> NDArray[np.int64]:
        """Rows in each bin of the plane that are in a box on the sky, by the middle of cells."""
        ra, dec = self._middles
        kept = box.contains(ra, dec)[self.cells]
        found = np.bincount(self.bins[kept], self.counts[kept], minlength=size)
        return found.astype(np.int64)

    @cached_property
    def _middles(self) -> tuple[projection.Plane, projection.Plane]:
        from cdshealpix.nested import healpix_to_lonlat

        lon, lat = healpix_to_lonlat(np.arange(12 * 4**self.order), self.order)
        return np.asarray(lon.to_value("deg")), np.asarray(lat.to_value("deg"))


@dataclass(frozen=True)
class Histogram:
    """Rows in the bins of a plane.

    Attributes
    ----------
    x, y
        The axes.
    counts
        Rows in each bin, one row of the array for each bin of y, the lowest first.
    outside
        Rows that lie beyond the axes.
    missing
        Rows that lack a value.
    rows
        Rows of the whole table, None when nobody knows.
    sample
        In words, which part of the table is shown when it is not the whole; else empty.
    credit, simulated
        As for `Density`.
    cube
        Where on the sky the rows of each bin are, None when that is not known.
    """

    x: Axis
    y: Axis
    counts: NDArray[np.uint32]
    outside: int = 0
    missing: int = 0
    rows: int | None = None
    sample: str = ""
    credit: str = ""
    simulated: bool = False
    cube: Cube | None = None

    @property
    def total(self) -> int:
        """Rows in the bins."""
        return int(self.counts.sum(dtype=np.int64))

    def bins_in(self, box: PlaneBox) -> NDArray[np.bool_]:
        """Which bins have their middle in a box."""
        x, y = ((axis.edges[1:] + axis.edges[:-1]) / 2 for axis in (self.x, self.y))
        across = (x >= box.x_min) & (x <= box.x_max)
        along = (y >= box.y_min) & (y <= box.y_max)
        return np.asarray(along[:, None] & across[None, :])
