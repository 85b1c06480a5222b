"""What a camera makes of magnitudes: noise that grows towards its depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datalab_backend.catalogues.demo.simulation.pixels import Floats

_ZERO_POINT = 22.5
"""Fluxes are in nanomaggies, as those of the Legacy Surveys."""

_SKY_AND_FLAT = 0.004
"""Relative error of the brightest things."""


@dataclass(frozen=True)
class Measurement:
    """Measured fluxes.

    Attributes
    ----------
    magnitude
        AB magnitude, NaN where the flux came out negative.
    error
        One standard deviation in magnitudes.
    snr
        Signal-to-noise ratio, negative where the flux is.
    """

    magnitude: Floats
    error: Floats
    snr: Floats

    def take(self, which: NDArray[np.bool_]) -> Measurement:
        """Those of some of the things."""
        return Measurement(self.magnitude[which], self.error[which], self.snr[which])


def spread(radius: Floats, seeing: float) -> Floats:
    """How much more sky noise a galaxy collects than a star does.

    Parameters
    ----------
    radius
        Half-light radius in arcsec.
    seeing
        Full width at half maximum of the point spread function in arcsec.
    """
    return np.sqrt(1 + (radius / (0.5 * seeing)) ** 2)


def measure(
    random: np.random.Generator, magnitude: Floats, depth: float | Floats, noise: Floats
) -> Measurement:
    """Measure things once.

    Parameters
    ----------
    random
        Where the random numbers come from.
    magnitude
        The true magnitudes, reddened.
    depth
        The magnitude of a point source with a signal-to-noise ratio of 5.
    noise
        The factor by which the sky noise of each thing is larger than that of a point source.
    """
    flux = 10 ** (-0.4 * (magnitude - _ZERO_POINT))
    sky = noise * 10 ** (-0.4 * (depth - _ZERO_POINT)) / 5
    sigma = np.sqrt(sky**2 + (_SKY_AND_FLAT * flux) ** 2)
    measured = flux + sigma * random.standard_normal(len(flux))
    seen = measured > 0
    safe = np.where(seen, measured, 1.0)
    return Measurement(
        np.where(seen, _ZERO_POINT - 2.5 * np.log10(safe), np.nan),
        np.where(seen, 1.0857 * sigma / safe, np.nan),
        measured / sigma,
    )
