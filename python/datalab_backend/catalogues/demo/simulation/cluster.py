"""A distant cluster of galaxies in field 169: a decoy for those who look for dwarf galaxies.

Its faint blue members are too small to be told from stars, so that they crowd like the stars of a
dwarf galaxy, but they have neither its giant branch nor its horizontal branch.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from datalab_backend.catalogues.demo.simulation import things
from datalab_backend.catalogues.demo.simulation.pixels import generator
from datalab_backend.catalogues.demo.simulation.things import GALAXY, Things

RA, DEC = 184.62, -31.28
REDSHIFT = 0.92
_GALAXIES = 320
_BLUE_FRACTION = 0.65
_SCALE_ARCMIN = 0.9
_BRIGHTEST_R = 21.3


@cache
def members(faintest: float) -> Things:
    """The galaxies of the cluster down to an r magnitude."""
    random = generator("galaxy cluster", 0)
    # Luminosity function rising as 10^(0.3 m), cut at 25.5.
    steepness = 0.3 * np.log(10)
    span = np.exp(steepness * (25.5 - _BRIGHTEST_R)) - 1
    r = _BRIGHTEST_R + np.log1p(random.random(_GALAXIES) * span) / steepness
    blue = random.random(_GALAXIES) < _BLUE_FRACTION
    g_r = np.where(blue, 0.15, 1.35) + np.where(blue, 0.15, 0.06) * random.standard_normal(
        _GALAXIES
    )
    r_i = np.where(blue, 0.35, 0.95) + 0.06 * random.standard_normal(_GALAXIES)
    i_z = np.where(blue, 0.25, 0.55) + 0.06 * random.standard_normal(_GALAXIES)
    # Projected profile of a King-like core, out to ten core radii.
    radius = _SCALE_ARCMIN / 60 * np.sqrt(np.expm1(random.random(_GALAXIES) * np.log(101.0)))
    radius = radius * 0.5
    angle = random.uniform(0, 2 * np.pi, _GALAXIES)
    ra = RA + radius * np.sin(angle) / np.cos(np.radians(DEC))
    dec = DEC + radius * np.cos(angle)
    i, z = r - r_i, r - r_i - i_z
    w1 = z - np.where(blue, 0.6, 1.1)
    magnitudes = {
        "u": r + g_r + np.where(blue, 0.4, 1.2),
        "g": r + g_r,
        "r": r,
        "i": i,
        "z": z,
        "w1": w1,
        "w2": w1 + 0.2,
    }
    found = things.extragalactic(
        GALAXY,
        "galaxy cluster",
        ra,
        dec,
        magnitudes,
        REDSHIFT + 0.004 * random.standard_normal(_GALAXIES),
        np.exp(random.normal(np.log(0.22), 0.3, _GALAXIES)),
        np.where(blue, 1.0, 4.0),
    )
    return found.take(found.band("r") < faintest)
