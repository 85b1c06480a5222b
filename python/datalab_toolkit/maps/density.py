"""How many rows lie where: the answer of a density source to a view."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from datalab_toolkit.maps.view import MapView

# The count of a pixel that is not on the sky.
OFF_SKY = np.uint32(0xFFFFFFFF)

_STEPS = 1000


@dataclass(frozen=True)
class Density:
    """Counts of rows, or a statistic of a column of them, on the pixels of a view.

    Attributes
    ----------
    view
        Where the counts lie.
    counts
        Rows in each cell, shape (height, width), row 0 at the top; `OFF_SKY` beside the sky. Of a
        statistic its values, NaN where there is no row.
    cell_area
        Square degrees that one count refers to: a pixel, or a cell of a coarser pyramid.
    method
        ``points`` when rows were counted one by one, ``pyramid`` when counts made beforehand were,
        ``query`` when they were counted in cells for this view, ``sample`` when a part of them was.
    total
        Rows in the view.
    rows
        Rows of the whole table, None when nobody knows.
    sample
        In words, which part of the table is shown when it is not the whole; else empty.
    credit
        Whom to acknowledge.
    simulated
        Whether the rows were made up rather than observed.
    statistic
        ``count``, or ``mean``, ``min`` or ``max`` of a column.
    unit
        The unit of a statistic.
    rough
        Whether a better answer can be had, which takes longer.
    """

    view: MapView
    counts: NDArray[np.uint32] | NDArray[np.float32]
    cell_area: float
    method: str
    total: int
    rows: int | None = None
    sample: str = ""
    credit: str = ""
    simulated: bool = False
    statistic: str = "count"
    unit: str = ""
    rough: bool = False

    @cached_property
    def per_square_degree(self) -> NDArray[np.float64]:
        """Rows per square degree, NaN beside the sky; a statistic as it is."""
        if self.measured:
            return self.counts.astype(np.float64)
        density = self.counts / self.cell_area
        return np.where(self.counts == OFF_SKY, np.nan, density)

    @property
    def measured(self) -> bool:
        """Whether this is a statistic of a column rather than counts."""
        return self.statistic != "count"

    @property
    def label(self) -> str:
        """The unit of what is shown, in words."""
        return self.unit if self.measured else "counts per square degree"

    @cached_property
    def drawn(self) -> NDArray[np.float64]:
        """What colours are given to: numbers above zero, from 1 to 1001 for a statistic."""
        if not self.measured:
            return self.per_square_degree
        low, width = self._span
        return 1 + _STEPS * (self.per_square_degree - low) / width

    def quantity(self, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        """What drawn numbers stand for."""
        if not self.measured:
            return drawn
        low, width = self._span
        return np.asarray(low + width * (drawn - 1) / _STEPS)

    @cached_property
    def _span(self) -> tuple[float, float]:
        known = self.counts[np.isfinite(self.counts)]
        if not known.size:
            return 0.0, 1.0
        return float(known.min()), float(known.max() - known.min()) or 1.0
