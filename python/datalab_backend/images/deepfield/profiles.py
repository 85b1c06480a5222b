"""Light profiles as sums of Gaussians, whose blurring by the atmosphere is a sum again.

The idea is that of Hogg & Lang 2013, PASP 125, 719.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, nnls
from scipy.special import gammaincinv

Floats = NDArray[np.float64]

SERSIC_INDICES = np.array([0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 6.0])
"""The indices that profiles are made for; a galaxy gets the nearest."""

_FARTHEST = 8.0
"""Where a galaxy ends, in half-light radii."""


@dataclass(frozen=True)
class Mixture:
    """A round profile with a total of 1.

    Attributes
    ----------
    weights
        The part of the light in each Gaussian.
    sigmas
        Their standard deviations.
    """

    weights: Floats
    sigmas: Floats

    def within(self, radius: float) -> float:
        """The part of the light within a radius."""
        return float(self.weights @ -np.expm1(-0.5 * (radius / self.sigmas) ** 2))

    def height(self, radius: float | Floats) -> Floats:
        """The surface brightness at a radius."""
        squared = np.square(np.asarray(radius)[..., None] / self.sigmas)
        peaks = self.weights / (2 * np.pi * self.sigmas**2)
        return np.asarray(np.exp(-0.5 * squared) @ peaks)


@cache
def point_spread(seeing_arcsec: float) -> Mixture:
    """What the atmosphere and the telescope make of a point, with wings.

    Parameters
    ----------
    seeing_arcsec
        Full width at half maximum.
    """
    core = Mixture(np.array([0.83, 0.14, 0.03]), np.array([1.0, 2.1, 5.0]))
    half = brentq(lambda radius: core.height(radius) / core.height(0.0) - 0.5, 0.5, 3.0)
    return Mixture(core.weights, core.sigmas * seeing_arcsec / (2 * half))


@cache
def sersic(index: float) -> Mixture:
    """The profile of Sérsic (1963) with a half-light radius of 1.

    Parameters
    ----------
    index
        1 is an exponential disc, 4 the law of de Vaucouleurs.
    """
    radius = np.geomspace(0.003, _FARTHEST, 300)
    steepness = gammaincinv(2 * index, 0.5)
    wanted = np.exp(-steepness * radius ** (1 / index))
    sigmas = np.geomspace(0.04, _FARTHEST / 2.5, 8)
    shapes = np.exp(-0.5 * (radius[:, None] / sigmas) ** 2)
    # Each ring counts by its area, on a logarithmic scale of radii.
    heights, _ = nnls(shapes * radius[:, None], wanted * radius)
    weights = heights * sigmas**2
    kept = weights > 1e-3 * weights.sum()
    found = Mixture(weights[kept] / weights[kept].sum(), sigmas[kept])
    half = brentq(lambda r: found.within(r) - 0.5, 0.01, _FARTHEST)
    return Mixture(found.weights, found.sigmas / half)
