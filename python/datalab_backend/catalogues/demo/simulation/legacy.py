"""A survey like the DESI Legacy Imaging Surveys: g, r, z, W1 and W2, wide and not very deep."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datalab_backend.catalogues.demo.columns import (
    arrow,
    named,
)
from datalab_backend.catalogues.demo.simulation import dust, photometry, pixels
from datalab_backend.catalogues.demo.simulation.legacy_tables import BANDS, TRACTOR, TRUTH
from datalab_backend.catalogues.demo.simulation.photometry import Measurement
from datalab_backend.catalogues.demo.simulation.pixels import Floats, Integers
from datalab_backend.catalogues.demo.simulation.sky import sky
from datalab_backend.catalogues.demo.simulation.things import CLASSES, ORIGINS, Things

# The depth that DESI asked for, of a point source at a signal-to-noise ratio of 5 (Dey et al. 2019,
# AJ 157, 168, section 2); that of WISE after Schlafly, Meisner & Green 2019, ApJS 240, 30.
_DEPTH = {"g": 24.0, "r": 23.4, "z": 22.5, "w1": 21.4, "w2": 20.7}
_SEEING = {"g": 1.3, "r": 1.2, "z": 1.1, "w1": 6.0, "w2": 6.5}
_DETECTION_SNR = 5.0
# Part of the things whose light in WISE is lost in that of a neighbour.
_WISE_BLENDED = 0.03
_RELEASE = 9990

SHAPES = ("PSF", "REX", "EXP", "DEV", "SER")
_PSF, _REX, _EXP, _DEV, _SER = range(5)


@dataclass(frozen=True)
class Observed:
    """The objects of one pixel as the survey sees them, and as they are."""

    ls_id: Integers
    things: Things
    ra: Floats
    dec: Floats
    ebv: Floats
    bands: dict[str, Measurement]
    shape: NDArray[np.int8]
    radius: Floats
    sersic: Floats
    random_id: Floats

    def dereddened(self, band: str) -> Floats:
        """Measured magnitudes corrected for reddening, NaN where there is none."""
        return self.bands[band].magnitude - dust.COEFFICIENTS[band] * self.ebv


def observe(pixel: int) -> Observed:
    """Observe one pixel.

    Parameters
    ----------
    pixel
        Nested HEALPix number at `pixels.ORDER`.
    """
    things = sky(pixel, deep=False)
    random = pixels.generator("sim_ls", pixel)
    count = len(things)
    ebv = dust.ebv(things.ra, things.dec)
    bands = {}
    for band in BANDS:
        reddened = things.band(band) + dust.COEFFICIENTS[band] * ebv
        noise = photometry.spread(things.radius, _SEEING[band])
        bands[band] = photometry.measure(random, reddened, _DEPTH[band], noise)
    blended = random.random(count) < _WISE_BLENDED
    for band in ("w1", "w2"):
        # Forced photometry that failed has neither flux nor error.
        lost = Measurement(*(np.where(blended, np.nan, v) for v in vars(bands[band]).values()))
        bands[band] = lost
    detected = np.max([bands[band].snr for band in ("g", "r", "z")], axis=0) > _DETECTION_SNR
    shape, radius, sersic = _fit_shapes(random, things, bands["r"].snr)
    offset = 0.6 / np.clip(bands["r"].snr, 3, 60) / 3600
    ra = things.ra + offset * random.standard_normal(count) / np.cos(np.radians(things.dec))
    dec = things.dec + offset * random.standard_normal(count)
    return Observed(
        ((_RELEASE << 40) + (pixel << 20) + np.arange(count))[detected],
        things.take(detected),
        (ra % 360.0)[detected],
        dec[detected],
        ebv[detected],
        {band: measured.take(detected) for band, measured in bands.items()},
        shape[detected],
        radius[detected],
        sersic[detected],
        random.uniform(0, 100, count)[detected],
    )


@lru_cache(maxsize=96)
def tables(pixel: int) -> dict[str, pa.Table]:
    """The rows of one pixel for each table of the survey.

    Some are remembered, because the tables are filled one after the other.
    """
    seen = observe(pixel)
    things = seen.things
    masked = np.ma.masked_invalid
    tractor = {
        "ls_id": seen.ls_id,
        "ra": seen.ra,
        "dec": seen.dec,
        "type": named(SHAPES, seen.shape),
        "ebv": seen.ebv,
        "shape_r": seen.radius,
        "sersic": seen.sersic,
        "random_id": seen.random_id,
    }
    for band in BANDS:
        tractor[f"dered_mag_{band}"] = masked(seen.dereddened(band))
        tractor[f"mag_{band}"] = masked(seen.bands[band].magnitude)
        tractor[f"snr_{band}"] = masked(seen.bands[band].snr)
    truth = {
        "ls_id": seen.ls_id,
        "ra": things.ra,
        "dec": things.dec,
        "class": named(CLASSES, things.kind),
        "origin": named(ORIGINS, things.origin),
        "radius": things.radius,
        "sersic": things.sersic,
        "redshift": things.redshift,
        "distance_pc": masked(things.distance),
        "feh": masked(things.metallicity),
    }
    truth |= {f"true_{band}": things.band(band) for band in BANDS}
    return {TRACTOR.full_name: arrow(TRACTOR, tractor), TRUTH.full_name: arrow(TRUTH, truth)}


def _fit_shapes(
    random: np.random.Generator, things: Things, snr: Floats
) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Give each object the simplest shape that its signal-to-noise ratio does not rule out.

    The evidence for being extended is the part of the light that is not in the point spread
    function, in units of the noise; more detailed shapes need more of it.
    """
    extent = (things.radius / (0.35 * _SEEING["r"])) ** 2
    evidence = np.clip(snr, 0, 500) * extent / (1 + extent)
    # Neighbours and defects make some point sources look extended.
    evidence = np.abs(evidence + random.standard_normal(len(things)) * 1.2)
    detail = evidence * np.exp(0.3 * random.standard_normal(len(things)))
    steep = things.sersic + 12 / (1 + np.clip(snr, 0, None)) * random.standard_normal(len(things))
    shape = np.select(
        [evidence < 3.3, detail < 14, detail > 60, steep > 2.5], [_PSF, _REX, _SER, _DEV], _EXP
    )
    measured = things.radius * np.exp(
        random.standard_normal(len(things)) / np.clip(evidence, 2, 80)
    )
    radius = np.where(shape == _PSF, 0.0, np.clip(measured, 0.1, None))
    sersic = np.select(
        [shape == _PSF, shape == _DEV, shape == _SER], [0.0, 4.0, np.clip(steep, 0.5, 6.0)], 1.0
    )
    return shape.astype(np.int8), radius, sersic
