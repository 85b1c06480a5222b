"""Galaxies and quasars of the field: how many, how bright, of which colour, size and redshift."""

from __future__ import annotations

import numpy as np

from datalab_backend.catalogues.demo.simulation import things
from datalab_backend.catalogues.demo.simulation.mixtures import mixture
from datalab_backend.catalogues.demo.simulation.pixels import (
    AREA_DEG2,
    Floats,
    generator,
    positions,
)
from datalab_backend.catalogues.demo.simulation.things import GALAXY, QSO, Things

# Counts per square degree in bins of one magnitude, r = 13-14 to 25-26. Galaxies: SDSS for 17-22,
# beyond that Metcalfe et al. 2001, MNRAS 323, 795; quasars: Palanque-Delabrouille et al. 2016,
# A&A 587, A41, table 6.
_FIRST_BIN = 13.0
_GALAXIES = (0.5, 1.5, 5, 20, 75, 210, 663, 1877, 4878, 12_000, 30_000, 60_000, 105_000)
_QUASARS = (1e-3, 1e-2, 0.05, 0.3, 1.5, 8, 27, 60, 95, 120, 140, 150, 150)

# The families of galaxies at a magnitude: luminous red ones, blue ones with strong emission lines,
# and ordinary ones for the rest. Adjusted so that the median g - r falls from 1.0 at r = 19 to 0.7
# at r = 22 as in the SDSS.
_FAMILY_R = (19.0, 20.0, 21.0, 22.0, 23.0, 24.0, 25.0)
_RED_FRACTION = (0.02, 0.09, 0.13, 0.12, 0.08, 0.05, 0.03)
_BLUE_FRACTION = (0.00, 0.03, 0.09, 0.20, 0.33, 0.46, 0.60)
# The bright galaxies were fitted to r = 20 only; fainter ones are bluer and smaller.
_ORDINARY_LIMIT = 20.0
_BLUER_PER_MAG = 0.10
_SMALLER_DEX_PER_MAG = 0.06
# Median redshift against r, after the VVDS (Le Fèvre et al. 2005, A&A 439, 845) and GAMA.
_REDSHIFT_R = (14.0, 16.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0, 26.0)
_REDSHIFT = (0.03, 0.06, 0.12, 0.17, 0.25, 0.36, 0.48, 0.62, 0.76, 1.00)


def draw_magnitudes(
    random: np.random.Generator, counts: tuple[float, ...], brightest: float, faintest: float
) -> Floats:
    """Draw the r magnitudes of the things in one pixel.

    Their number per magnitude follows the counts exactly in each bin, and a power law within it.
    """
    edges = _FIRST_BIN + np.arange(1, len(counts) + 1)
    log_total = np.log(np.cumsum(counts))
    low, high = np.exp(np.interp([brightest, faintest], edges, log_total))
    count = random.poisson((high - low) * AREA_DEG2)
    drawn = low + random.random(count) * (high - low)
    return np.asarray(np.interp(np.log(drawn), log_total, edges))


def galaxies(pixel: int, brightest: float, faintest: float) -> Things:
    """Make the galaxies of one pixel between two r magnitudes."""
    random = generator(f"galaxies {brightest} to {faintest}", pixel)
    r = draw_magnitudes(random, _GALAXIES, brightest, faintest)
    ra, dec = positions(random, pixel, len(r))
    family = random.random(len(r))
    red = family < np.interp(r, _FAMILY_R, _RED_FRACTION)
    blue = ~red & (family > 1 - np.interp(r, _FAMILY_R, _BLUE_FRACTION))
    ordinary = ~red & ~blue
    parts = [
        _made(_ordinary(random, r[ordinary]), ra[ordinary], dec[ordinary]),
        _made(_red(random, r[red]), ra[red], dec[red]),
        _made(_blue(random, r[blue]), ra[blue], dec[blue]),
    ]
    return Things.joined(parts)


def quasars(pixel: int, brightest: float, faintest: float) -> Things:
    """Make the quasars of one pixel between two r magnitudes."""
    random = generator(f"quasars {brightest} to {faintest}", pixel)
    r = draw_magnitudes(random, _QUASARS, brightest, faintest)
    ra, dec = positions(random, pixel, len(r))
    drawn = mixture("qso").sample(random, r)
    # Shape of the redshifts of DESI's quasars (Chaussidon et al. 2023, ApJ 944, 107, figure 17).
    redshift = np.clip(random.gamma(6.0, 0.28, len(r)), 0.1, 5.0)
    # Beyond z = 2.3 the Lyman forest dims u.
    u_g = 0.15 + 0.08 * random.standard_normal(len(r)) + np.clip(redshift - 2.3, 0, None) * 1.6
    magnitudes = _bands(r, drawn["gr"], drawn["rz"], u_g, drawn["zw1"], drawn["w1w2"])
    return things.extragalactic(QSO, "field quasar", ra, dec, magnitudes, redshift)


def _ordinary(random: np.random.Generator, r: Floats) -> dict[str, Floats]:
    drawn = mixture("bgs").sample(random, r)
    beyond = np.clip(r - _ORDINARY_LIMIT, 0, None)
    drawn["gr"] = drawn["gr"] - _BLUER_PER_MAG * beyond
    drawn["log_radius"] = drawn["log_radius"] - _SMALLER_DEX_PER_MAG * beyond
    median = np.interp(r, _REDSHIFT_R, _REDSHIFT)
    # Redder in r - z means farther, roughly; the rest is spread.
    median = median * 10 ** (0.3 * np.clip(drawn["rz"] - 0.65, -0.5, 0.8))
    drawn["z"] = median * np.exp(0.35 * random.standard_normal(len(r)))
    drawn["zw1"] = 0.25 + 0.8 * (drawn["rz"] - 0.5) + 0.3 * random.standard_normal(len(r))
    return _with_blue_and_infrared(random, r, drawn)


def _red(random: np.random.Generator, r: Floats) -> dict[str, Floats]:
    drawn = mixture("lrg").sample(random, r)
    spread = 0.05 * random.standard_normal(len(r))
    drawn["z"] = np.clip(0.65 + 0.45 * (drawn["rz"] - 1.35) + spread, 0.15, 1.3)
    return _with_blue_and_infrared(random, r, drawn)


def _blue(random: np.random.Generator, r: Floats) -> dict[str, Floats]:
    drawn = mixture("elg").sample(random, r)
    drawn["z"] = np.clip(1.05 + 0.25 * random.standard_normal(len(r)), 0.1, 1.7)
    drawn["zw1"] = 0.5 + 0.5 * (drawn["rz"] - 0.5) + 0.4 * random.standard_normal(len(r))
    return _with_blue_and_infrared(random, r, drawn)


def _with_blue_and_infrared(
    random: np.random.Generator, r: Floats, drawn: dict[str, Floats]
) -> dict[str, Floats]:
    """Add what the mixtures lack: u - g, and W1 - W2 of galaxies without hot dust."""
    drawn["r"] = r
    drawn["ug"] = 0.3 + 1.3 * np.clip(drawn["gr"], 0, 1.4) + 0.2 * random.standard_normal(len(r))
    drawn["w1w2"] = -0.3 + 0.2 * random.standard_normal(len(r))
    return drawn


def _made(drawn: dict[str, Floats], ra: Floats, dec: Floats) -> Things:
    magnitudes = _bands(*(drawn[name] for name in ("r", "gr", "rz", "ug", "zw1", "w1w2")))
    return things.extragalactic(
        GALAXY,
        "field galaxy",
        ra,
        dec,
        magnitudes,
        drawn["z"],
        10 ** drawn["log_radius"],
        drawn["sersic"],
    )


def _bands(
    r: Floats, g_r: Floats, r_z: Floats, u_g: Floats, z_w1: Floats, w1_w2: Floats
) -> dict[str, Floats]:
    g, z = r + g_r, r - r_z
    w1 = z - z_w1
    # i lies between r and z as for the galaxies of the SDSS, (r-i) = 0.59 (r-z).
    return {"u": g + u_g, "g": g, "r": r, "i": r - 0.59 * r_z, "z": z, "w1": w1, "w2": w1 - w1_w2}
