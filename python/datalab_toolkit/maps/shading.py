"""From counts to colours, as the widget does in the browser.

Where rows are fewer than pixels they are first spread over their neighbourhood (`smooth`). A value
then goes through three steps: cut at two percentiles of the values above zero, stretch to 0..1,
look up in a colour map. Places on the sky without a row have the colour map's first colour; the
faintest value above zero starts `FAINTEST` of the way up, so that a single star is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from datalab_toolkit.maps.density import OFF_SKY, Density

STRETCHES = ("eq_hist", "log", "asinh", "sqrt", "linear")
COLORMAPS = ("viridis", "magma", "inferno", "cividis", "gray")

FAINTEST = 0.12

# Where asinh turns from linear to logarithmic, as a fraction of the range between the cuts.
_ASINH_SOFTENING = 0.02

# Rows that the smoothing kernel shall hold on average.
_KERNEL_ROWS = 30

_CURVES: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "log": np.log,
    "sqrt": np.sqrt,
    "linear": lambda v: v,
}


@cache
def palette(name: str) -> NDArray[np.uint8]:
    """The 256 colours of a colour map, shape (256, 3); ``_r`` after the name turns it round."""
    from bokeh import palettes

    base = name.removesuffix("_r")
    hexes = palettes.all_palettes["Greys" if base == "gray" else base.capitalize()][256]
    colours = np.array([[int(h[i : i + 2], 16) for i in (1, 3, 5)] for h in hexes], dtype=np.uint8)
    return colours[::-1] if name.endswith("_r") else colours


def smooth(density: Density) -> NDArray[np.float64]:
    """Rows per square degree, so spread that the kernel holds `_KERNEL_ROWS` rows on average.

    A statistic of a column is not spread.
    """
    if density.measured:
        return density.drawn
    on_sky = density.counts != OFF_SKY
    radius = _smoothing_radius(density.total, int(np.count_nonzero(on_sky)))
    if radius == 0:
        return density.per_square_degree
    spread = _blur(np.where(on_sky, density.counts, 0).astype(float), radius)
    share = _blur(on_sky.astype(float), radius)
    # Running sums leave rounding errors where there is nothing; the least that one row leaves
    # anywhere is far more.
    spread[spread < 0.5 / (2 * radius + 1) ** 6] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(on_sky, np.maximum(spread / share, 0) / density.cell_area, np.nan)


def _blur(values: NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    """Three box filters, with nothing around the picture.

    SciPy has one too; to import it takes longer than the whole picture does.
    """
    width = 2 * radius + 1
    for _ in range(3):
        for axis in (0, 1):
            around = [(0, 0), (0, 0)]
            around[axis] = (radius + 1, radius)
            sums = np.cumsum(np.pad(values, around), axis)
            ends, starts = np.split(sums, [width], axis)[1], np.split(sums, [-width], axis)[0]
            values = (ends - starts) / width
    return values


def _smoothing_radius(total: int, sky_pixels: int) -> int:
    """Radius in pixels of three box filters, in steps of a factor of the square root of two."""
    if total == 0:
        return 0
    variance = _KERNEL_ROWS * sky_pixels / (4 * np.pi * total)
    exact = (np.sqrt(4 * variance + 1) - 1) / 2
    step = np.floor(2 * np.log2(exact) + 0.5)
    return 0 if exact < 0.5 else max(1, int(2 ** (step / 2) + 0.5))


@dataclass(frozen=True, slots=True)
class Scale:
    """How values become fractions of a colour map: made once from all values of a picture.

    Attributes
    ----------
    stretch
        One of `STRETCHES`.
    low, high
        The values at the two cuts.
    ranks
        For ``eq_hist``, the sorted values between the cuts; else empty.
    """

    stretch: str
    low: float
    high: float
    ranks: NDArray[np.float64]

    @classmethod
    def fit(
        cls, values: NDArray[np.float64], stretch: str, cuts: tuple[float, float] = (0, 100)
    ) -> Scale:
        """Find the cuts, two percentiles of the values above zero."""
        positive = values[np.isfinite(values) & (values > 0)]
        if not positive.size:
            return cls(stretch, 0.0, 0.0, np.empty(0))
        low, high = np.percentile(positive, cuts)
        ranks = np.empty(0)
        if stretch == "eq_hist":
            ranks = np.sort(positive[(positive >= low) & (positive <= high)])
        return cls(stretch, float(low), float(high), ranks)

    def fractions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """From values above zero to 0..1."""
        if self.high <= self.low:
            return np.ones(values.shape)
        v = np.clip(values, self.low, self.high)
        if self.stretch == "eq_hist":
            first, last = np.searchsorted(self.ranks, [self.low, self.high], side="right")
            rank = np.searchsorted(self.ranks, v, side="right")
            return np.asarray((rank - first) / max(last - first, 1))
        if self.stretch == "asinh":
            v = (v - self.low) / ((self.high - self.low) * _ASINH_SOFTENING)
            return np.asarray(np.arcsinh(v) / np.arcsinh(1 / _ASINH_SOFTENING))
        curve = _CURVES[self.stretch]
        first, last = curve(np.array([self.low, self.high]))
        return np.asarray((curve(v) - first) / (last - first))


def shade(
    values: NDArray[np.float64], scale: Scale, colormap: str = "viridis"
) -> NDArray[np.uint8]:
    """Colour densities, NaN where there is no sky.

    Returns
    -------
    numpy.ndarray
        RGBA, shape (height, width, 4), transparent where there is no sky.
    """
    colours = palette(colormap)
    index = np.zeros(values.shape, dtype=np.uint8)
    positive = np.isfinite(values) & (values > 0)
    fraction = FAINTEST + (1 - FAINTEST) * scale.fractions(values[positive])
    index[positive] = np.round(255 * fraction).astype(np.uint8)
    rgba = np.empty((*values.shape, 4), dtype=np.uint8)
    rgba[..., :3] = colours[index]
    rgba[..., 3] = np.where(np.isfinite(values), 255, 0)
    return rgba
