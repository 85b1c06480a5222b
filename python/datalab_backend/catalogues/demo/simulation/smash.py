"""A survey like SMASH, the Survey of the Magellanic Stellar History: u, g, r, i, z, deep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datalab_backend.catalogues.demo.simulation import (
    dust,
    photometry,
    pixels,
)
from datalab_backend.catalogues.demo.simulation.photometry import Measurement
from datalab_backend.catalogues.demo.simulation.pixels import Floats, Integers
from datalab_backend.catalogues.demo.simulation.sky import sky
from datalab_backend.catalogues.demo.simulation.things import Things

FIELD = 169
FIELD_RA, FIELD_DEC = 184.99229, -31.455778
"""Number and centre of the field (Nidever et al. 2017, AJ 154, 199, table 3)."""
FIELD_RADIUS_DEG = 0.99
"""A circle of the area of DECam."""

BANDS = ("u", "g", "r", "i", "z")
# Half of the point sources are found at these magnitudes (SMASH, Nidever et al. 2017, section 5:
# 23.9, 24.8, 24.5, 24.2 and 23.5), with a signal-to-noise ratio of about 7.
HALF_FOUND = {"u": 23.9, "g": 24.8, "r": 24.5, "i": 24.2, "z": 23.5}
_FALL = 0.15
DEPTH_BEYOND = 0.35
SEEING = 1.0
# Short exposures see nothing fainter, long ones nothing brighter (saturation), in r.
_SHORT_FAINTEST, _LONG_BRIGHTEST, _SOFT = 21.8, 17.0, 0.3

# How many numbers there are for the objects of one pixel, in field 169 and elsewhere.
_NUMBERS_PER_PIXEL, _NUMBERS_ELSEWHERE = 60_000, 10_000_000
# The number of the RR Lyrae star of Hydra II in the real survey.
_RR_LYRAE_NUMBER = 429_960


@dataclass(frozen=True)
class Observed:
    """The objects of one pixel as the survey sees them, and as they are.

    ``wobble`` is by which factor the scatter of their measurements differs from what is expected.
    """

    field: Integers
    number: Integers
    things: Things
    ra: Floats
    dec: Floats
    ebv: Floats
    bands: dict[str, Measurement]
    found: dict[str, NDArray[np.bool_]]
    depthflag: Integers
    sharp: Floats
    chi: Floats
    wobble: Floats
    random_id: Floats

    def take(self, which: NDArray[np.bool_]) -> Observed:
        """Some of the objects."""
        return Observed(
            self.field[which],
            self.number[which],
            self.things.take(which),
            self.ra[which],
            self.dec[which],
            self.ebv[which],
            {band: measured.take(which) for band, measured in self.bands.items()},
            {band: found[which] for band, found in self.found.items()},
            self.depthflag[which],
            self.sharp[which],
            self.chi[which],
            self.wobble[which],
            self.random_id[which],
        )

    def names(self) -> pa.Array[Any]:
        """Names like 169.429960: the field, and the number in it."""
        field, number = (pa.array(v).cast(pa.string()) for v in (self.field, self.number))
        joined: pa.Array[Any] = pc.call_function(
            "binary_join_element_wise", [field, number, pa.scalar(".")]
        )
        return joined


def pixels_of_field() -> Integers:
    """The pixels that touch field 169."""
    return pixels.around(FIELD_RA, FIELD_DEC, FIELD_RADIUS_DEG)


def observe(pixel: int) -> Observed:
    """Observe one pixel.

    Parameters
    ----------
    pixel
        Nested HEALPix number at `pixels.ORDER`.
    """
    things = sky(pixel, deep=True)
    random = pixels.generator("sim_smash", pixel)
    count = len(things)
    ebv = dust.ebv(things.ra, things.dec)
    noise = photometry.spread(things.radius, SEEING)
    bands, found = {}, {}
    for band in BANDS:
        reddened = things.band(band) + dust.COEFFICIENTS[band] * ebv
        half = HALF_FOUND[band]
        measured = photometry.measure(random, reddened, half + DEPTH_BEYOND, noise)
        chance = 1 / (
            1 + np.exp(np.clip((reddened + 1.5 * np.log10(noise) - half) / _FALL, -50, 50))
        )
        bands[band] = measured
        found[band] = (random.random(count) < chance) & (measured.snr > 3)
    seen = found["g"] | found["r"] | found["i"]
    r = things.band("r") + dust.COEFFICIENTS["r"] * ebv
    in_short = r < _SHORT_FAINTEST + _SOFT * random.standard_normal(count)
    in_long = r > _LONG_BRIGHTEST + _SOFT * random.standard_normal(count)
    snr = np.clip(np.max([bands[band].snr for band in ("g", "r", "i")], axis=0), 3, 300)
    sharp, chi = _sharpness(random, things.radius, snr)
    offset = 0.5 / snr / 3600
    ra = things.ra + offset * random.standard_normal(count) / np.cos(np.radians(things.dec))
    dec = things.dec + offset * random.standard_normal(count)
    field = np.where(
        pixels.separation_deg(FIELD_RA, FIELD_DEC, things.ra, things.dec) < FIELD_RADIUS_DEG,
        FIELD,
        1000 + (pixel >> 4),
    )
    everything = Observed(
        field,
        _numbers(pixel, field, things),
        things,
        ra % 360.0,
        dec,
        ebv,
        bands,
        found,
        in_short + 2 * (in_long | ~in_short),
        sharp,
        chi,
        1 + 0.12 * random.standard_normal(count),
        random.uniform(0, 100, count),
    )
    return everything.take(seen)


def _numbers(pixel: int, field: Integers, things: Things) -> Integers:
    """Give each thing a number that is unique in its field."""
    count = np.arange(len(things))
    of_field = pixels_of_field()
    first = int(np.searchsorted(of_field, pixel)) * _NUMBERS_PER_PIXEL
    number = np.where(field == FIELD, first + count, (pixel & 15) * _NUMBERS_ELSEWHERE + count)
    # The star and the thing that happens to have its number change places with the pixel's last.
    number[(number == _RR_LYRAE_NUMBER) & (field == FIELD)] = first + _NUMBERS_PER_PIXEL - 1
    number[things.variable == 0] = _RR_LYRAE_NUMBER
    return number


def _sharpness(random: np.random.Generator, radius: Floats, snr: Floats) -> tuple[Floats, Floats]:
    """DAOPHOT's sharp and chi: how much wider than a star, and how badly a star fits.

    Both are lost in the noise when a thing is faint.
    """
    true = np.clip(1.1 * radius / (0.5 * SEEING), 0, 5)
    sharp = true + (0.02 + 2.2 / snr) * random.standard_normal(len(radius))
    misfit = 0.012 * snr * np.clip(true, 0, 3)
    chi = np.abs(1 + 0.08 * random.standard_normal(len(radius))) + misfit
    return sharp, chi
