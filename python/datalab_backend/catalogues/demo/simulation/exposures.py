"""When the simulated field 169 was observed: the nights and the times of its exposures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from datalab_backend.catalogues.demo.simulation.pixels import generator

# The nights (MJD of their start) come in runs over two years, as observers get them.
_NIGHTS = (
    *(56371, 56372, 56375, 56376),
    *(56703, 56704, 56710),
    *(56745, 56746, 56782),
    *(57060, 57061, 57088, 57089),
    *(57118, 57119, 57125, 57126),
)
_EARLIEST, _LATEST = 0.05, 0.35  # parts of a day, the hours of darkness in Chile
_VISITS = (1, 2, 3, 3)  # visits in a night, each as likely
_BANDS = ("g", "r", "i")
_RARE_BANDS = ("u", "z")
_BETWEEN_EXPOSURES = 0.0035


@dataclass(frozen=True)
class Exposure:
    """One exposure.

    Attributes
    ----------
    mjd
        Modified Julian date of its middle.
    band
        The filter.
    zero_point
        By how much its depth differs from the usual, in magnitudes.
    """

    mjd: float
    band: str
    zero_point: float


@cache
def exposures() -> tuple[Exposure, ...]:
    """All exposures in the order of time."""
    random = generator("exposures of field 169", 0)
    found = []
    for night in _NIGHTS:
        visits = np.sort(random.uniform(_EARLIEST, _LATEST, random.choice(_VISITS)))
        for number, start in enumerate(visits):
            bands = _BANDS + (_RARE_BANDS if number == 0 else ())
            for step, band in enumerate(bands):
                mjd = night + start + step * _BETWEEN_EXPOSURES
                found.append(Exposure(mjd, band, random.normal(0, 0.15)))
    return tuple(sorted(found, key=lambda exposure: exposure.mjd))
