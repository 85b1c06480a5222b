"""How many rows of a table lie in each cell of the sky.

The counts are kept as a cumulative array in the order of nested HEALPix cells: the rows in a run of
cells are the difference of two of its values, and since a coarser cell is a run of finer ones, the
one array serves every coarser order too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, log
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

HEALPIX_ORDER = 29
"""The order of the positions in the tables: cells of 0.4 milliarcseconds."""

FULL_SKY_DEG2 = float(4 * np.pi * np.degrees(1) ** 2)
"""The area of the sky in square degrees."""


def cells_in(order: int) -> int:
    """The number of HEALPix cells on the whole sky."""
    return 12 << 2 * order


def counts_order(rows: int) -> int:
    """The order at which to count a table: about four cells a row, within 6 to 10."""
    wanted = ceil(log(max(rows, 1) / 12, 4)) + 1 if rows > 12 else 0
    return min(10, max(6, wanted))


@dataclass(frozen=True, slots=True)
class Counts:
    """The rows of a table in each nested HEALPix cell of one order, and all coarser ones.

    Attributes
    ----------
    order
        The finest order.
    cumulative
        ``cumulative[i]`` is the number of rows in the cells before cell ``i``.
    """

    order: int
    cumulative: NDArray[np.unsignedinteger[Any]]

    @classmethod
    def of(cls, sorted_positions: Iterable[NDArray[np.int64]], order: int) -> Self:
        """Count positions (order-29 cells in ascending order, in any number of pieces)."""
        cumulative = np.zeros(cells_in(order) + 1, np.int64)
        counts = cumulative[1:]
        for piece in sorted_positions:
            cells = piece >> 2 * (HEALPIX_ORDER - order)
            if len(cells):
                first = cells[0]
                found = np.bincount(cells - first)
                counts[first : first + len(found)] += found
        np.cumsum(counts, out=counts)
        fits = cumulative[-1] <= np.iinfo(np.uint32).max
        return cls(order, cumulative.astype(np.uint32 if fits else np.uint64))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Open counts that were saved; they are read from the disk as they are needed."""
        cumulative = np.load(path, mmap_mode="r")
        return cls(round(log((len(cumulative) - 1) / 12, 4)), cumulative)

    def save(self, path: Path) -> None:
        """Save the counts as a NumPy file."""
        np.save(path, self.cumulative)

    @property
    def total(self) -> int:
        """The number of rows on the whole sky."""
        return int(self.cumulative[-1])

    def at(self, order: int, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of rows in each of some cells of an order not above `order`."""
        shift = 2 * (self.order - order)
        if cells_in(order) <= len(cells):
            ends = self.cumulative[:: 1 << shift].astype(np.int64)
            return np.subtract(ends[1:], ends[:-1])[cells]
        found: NDArray[np.int64] = np.subtract(
            self.cumulative[(cells + 1) << shift], self.cumulative[cells << shift], dtype=np.int64
        )
        return found

    def most_within(self, ranges: Iterable[tuple[int, int]]) -> int:
        """The most rows that can be in runs of order-29 cells, given by first and last."""
        shift = 2 * (HEALPIX_ORDER - self.order)
        firsts, lasts = np.array(list(ranges), np.int64).reshape(-1, 2).T >> shift
        rows = np.subtract(self.cumulative[lasts + 1], self.cumulative[firsts], dtype=np.int64)
        return int(rows.sum())
