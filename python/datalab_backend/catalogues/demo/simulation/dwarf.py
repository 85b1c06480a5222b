"""The dwarf galaxy Hydra II, which the simulated field 169 contains.

Position and size: Muñoz et al. 2018, ApJ 860, 66. Distance: Vivas et al. 2016, AJ 151, 118.
Luminosity: Richstein et al. 2024, ApJ 967, 72.
"""

from __future__ import annotations

from functools import cache
from itertools import count as count_from

import numpy as np

from datalab_backend.catalogues.demo.simulation import colours, things
from datalab_backend.catalogues.demo.simulation.pixels import Floats, generator
from datalab_backend.catalogues.demo.simulation.things import ORIGINS, Things

RA, DEC = 185.4286, -31.9728
DISTANCE_PC = 151_400.0
HALF_LIGHT_ARCMIN = 1.52
ELLIPTICITY, POSITION_ANGLE_DEG = 0.24, 16.0
ABSOLUTE_V = -5.1
METALLICITY, METALLICITY_SPREAD = -2.4, 0.3

# Ridge line of an old, metal-poor population from the main sequence to the tip of the giant branch:
# absolute magnitude M_g, colour g - r, and initial mass in solar masses (after M92 in An et al.
# 2008, ApJS 179, 326; masses after the 13 Gyr models of Dotter et al. 2008, ApJS 178, 89).
_RIDGE = np.array(
    [
        [7.0, 0.470, 0.6000],
        [6.5, 0.400, 0.6300],
        [6.0, 0.340, 0.6600],
        [5.5, 0.285, 0.6900],
        [5.0, 0.240, 0.7150],
        [4.5, 0.205, 0.7420],
        [4.1, 0.200, 0.7650],
        [3.8, 0.225, 0.7800],
        [3.6, 0.280, 0.7875],
        [3.5, 0.330, 0.7900],
        [3.3, 0.390, 0.7945],
        [3.0, 0.430, 0.7990],
        [2.5, 0.460, 0.8025],
        [2.0, 0.485, 0.8045],
        [1.5, 0.510, 0.8057],
        [1.0, 0.540, 0.8065],
        [0.5, 0.575, 0.8070],
        [0.0, 0.620, 0.8074],
        [-0.5, 0.670, 0.80765],
        [-1.0, 0.740, 0.80780],
        [-1.5, 0.830, 0.80790],
        [-2.05, 1.000, 0.80797],
    ]
)
# The horizontal branch: g - r and M_g (same source), most of it blue.
_BRANCH_G_R = np.array([-0.32, -0.25, -0.20, -0.10, 0.00, 0.15, 0.40])
_BRANCH_M_G = np.array([1.10, 0.75, 0.60, 0.48, 0.48, 0.55, 0.60])
_BLUE_FRACTION = 0.85
# Stars on the horizontal branch for each giant above its level (Salaris et al. 2004, A&A 420, 911).
_BRANCH_PER_GIANT = 1.3
_BRANCH_LEVEL = 0.5
# Stars fainter than the ridge line give this part of the light.
_UNSEEN_LIGHT = 0.10
_SEEN_LIGHT = (1 - _UNSEEN_LIGHT) * 10 ** (-0.4 * ABSOLUTE_V)
_LIGHT_TOLERANCE = 0.05
_MASS_SLOPE = -2.3  # Kroupa 2001, MNRAS 322, 231
_MODULUS = 5 * np.log10(DISTANCE_PC / 10)


@cache
def members(faintest: float) -> Things:
    """The stars of Hydra II down to an r magnitude."""
    # A few giants make most of the light, so not every draw has the luminosity that is wanted.
    for attempt in count_from(0):
        random = generator("Hydra II", attempt)
        absolute_g, g_r = _diagram(random)
        if abs(_light(absolute_g, g_r).sum() / _SEEN_LIGHT - 1) < _LIGHT_TOLERANCE:
            break
    count = len(absolute_g)
    g = absolute_g + _MODULUS
    g_r = g_r + 0.015 * random.standard_normal(count)
    metallicity = METALLICITY + METALLICITY_SPREAD * random.standard_normal(count)
    ra, dec = _places(random, count)
    found = things.stars(
        ra,
        dec,
        colours.magnitudes(g - g_r, g_r, colours.on_locus(g_r), metallicity),
        np.full(count, ORIGINS.index("Hydra II"), np.int8),
        np.full(count, DISTANCE_PC),
        metallicity,
    )
    return found.take(found.band("r") < faintest)


def _diagram(random: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw as many stars as have the light of the galaxy on average: their M_g and g - r."""
    mass = np.linspace(_RIDGE[0, 2], _RIDGE[-1, 2], 20_001)
    weight = mass**_MASS_SLOPE
    weight /= weight.sum()
    absolute_g = np.interp(mass, _RIDGE[:, 2], _RIDGE[:, 0])
    g_r = np.interp(mass, _RIDGE[:, 2], _RIDGE[:, 1])
    on_branch = _BRANCH_PER_GIANT * weight[absolute_g < _BRANCH_LEVEL].sum()
    light = (weight * _light(absolute_g, g_r)).sum() + on_branch * _light(0.5, 0.0)
    count = round(_SEEN_LIGHT / light)
    drawn = random.choice(len(mass), size=count, p=weight)
    branch_count = round(count * on_branch)
    blue = random.random(branch_count) < _BLUE_FRACTION
    branch_g_r = np.where(
        blue,
        random.uniform(-0.30, 0.02, branch_count),
        random.uniform(0.25, 0.40, branch_count),
    )
    branch_g = np.interp(branch_g_r, _BRANCH_G_R, _BRANCH_M_G)
    return np.append(absolute_g[drawn], branch_g), np.append(g_r[drawn], branch_g_r)


def _light(absolute_g: Floats | float, g_r: Floats | float) -> Floats:
    """V-band light relative to a star of M_V = 0 (Jester et al. 2005, AJ 130, 873, table 1)."""
    absolute_v = np.asarray(absolute_g) - 0.59 * np.asarray(g_r) - 0.01
    return np.asarray(10 ** (-0.4 * absolute_v))


def _places(random: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    """Positions in an elliptical disc of exponential profile."""
    scale_deg = HALF_LIGHT_ARCMIN / 1.678 / 60
    radius = random.gamma(2.0, scale_deg, count)
    angle = random.uniform(0, 2 * np.pi, count)
    along, across = radius * np.cos(angle), radius * np.sin(angle) * (1 - ELLIPTICITY)
    turn = np.radians(POSITION_ANGLE_DEG)
    east = along * np.sin(turn) + across * np.cos(turn)
    north = along * np.cos(turn) - across * np.sin(turn)
    return RA + east / np.cos(np.radians(DEC)), DEC + north
