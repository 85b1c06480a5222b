"""The stars of the Milky Way: a thin disc, a thick disc and a halo.

The densities are those of Jurić et al. 2008 (ApJ 673, 864, table 10). Their normalisations and the
luminosity function below were adjusted so that a field at Galactic latitude 60° has the star counts
of the SDSS (261, 403, 603, 973 and 1188 per square degree and magnitude from r = 17-18 to 21-22)
and their colours (more than half of them are M dwarfs with g - r > 1.1 from r = 19 on).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datalab_backend.catalogues.demo.simulation import colours, things
from datalab_backend.catalogues.demo.simulation.dust import galactic
from datalab_backend.catalogues.demo.simulation.pixels import (
    AREA_DEG2,
    ORDER,
    Floats,
    centre,
    generator,
    positions,
)
from datalab_backend.catalogues.demo.simulation.things import ORIGINS, Things
from datalab_backend.errors import UsageError

_SUN_RADIUS_PC = 8000.0
_SUN_HEIGHT_PC = 25.0
_HALO_FLATTENING = 0.64
_HALO_SLOPE = 2.77


@dataclass(frozen=True)
class Population:
    """One component of the Milky Way.

    Attributes
    ----------
    name
        As the truth tables have it.
    local_density
        Relative to the luminosity function of `_LUMINOSITY`.
    height_pc, length_pc
        Scales of a disc; 0 for the halo.
    metallicity, metallicity_spread
        Mean and standard deviation of [Fe/H] (Ivezić et al. 2008, ApJ 684, 287).
    evolved
        How many of the stars brighter than the main-sequence turn-off of an old population are
        left, relative to the luminosity function.
    """

    name: str
    local_density: float
    height_pc: float
    length_pc: float
    metallicity: float
    metallicity_spread: float
    evolved: float


POPULATIONS = (
    Population("thin disc", 1.0, 300.0, 2600.0, -0.2, 0.2, 1.0),
    Population("thick disc", 0.065, 900.0, 3600.0, -0.7, 0.25, 0.2),
    Population("halo", 0.0020, 0.0, 0.0, -1.5, 0.35, 0.2),
)

# Stars per cubic parsec and magnitude at absolute magnitudes M_r = 0, 1, 2 … 17 (after Reid, Gizis
# & Hawley 2002, AJ 124, 2721, adjusted).
_LUMINOSITY = 1e-3 * np.array(
    [0.07, 0.2, 0.5, 0.9, 1.6, 2.2, 2.3, 2.9, 4.7, 8.3, 12.5, 15, 14, 12, 10, 8, 7, 5]
)
_TURN_OFF = 4.0
_MOST_STARS = 2e6
_MAGNITUDES = np.arange(0.0, 17.0, 0.2)
_MODULI = np.arange(2.0, 21.0, 0.1)


def density(population: Population, lon: float, lat: float, distance_pc: Floats) -> Floats:
    """The density of a population along a line of sight, relative to that near the Sun."""
    in_plane = distance_pc * np.cos(lat)
    radius = np.sqrt(_SUN_RADIUS_PC**2 + in_plane**2 - 2 * _SUN_RADIUS_PC * in_plane * np.cos(lon))
    height = distance_pc * np.sin(lat) + _SUN_HEIGHT_PC
    if population.height_pc == 0:
        flat = np.sqrt(radius**2 + (height / _HALO_FLATTENING) ** 2 + 500.0**2)
        return np.asarray((_SUN_RADIUS_PC / flat) ** _HALO_SLOPE)
    return np.asarray(
        np.exp(
            -(radius - _SUN_RADIUS_PC) / population.length_pc
            - (np.abs(height) - _SUN_HEIGHT_PC) / population.height_pc
        )
    )


def expected(lon: float, lat: float, brightest: float, faintest: float) -> Floats:
    """The expected number of stars per square degree in each cell of the model.

    Parameters
    ----------
    lon, lat
        Galactic direction in radians.
    brightest, faintest
        The limits in apparent r magnitude.

    Returns
    -------
    ndarray
        Indexed by population, distance modulus and absolute magnitude.
    """
    distance = 10 ** (_MODULI / 5 + 1)
    # The volume of a slice of one square degree between two distance moduli.
    volume = np.radians(1) ** 2 * distance**3 * (np.log(10) / 5) * (_MODULI[1] - _MODULI[0])
    luminosity = np.interp(_MAGNITUDES, np.arange(len(_LUMINOSITY)), _LUMINOSITY)
    luminosity *= _MAGNITUDES[1] - _MAGNITUDES[0]
    apparent = _MODULI[:, None] + _MAGNITUDES[None, :]
    seen = (apparent >= brightest) & (apparent < faintest)
    cells = []
    for population in POPULATIONS:
        old = np.where(_MAGNITUDES < _TURN_OFF, population.evolved, 1.0)
        along = population.local_density * density(population, lon, lat, distance) * volume
        cells.append(along[:, None] * (luminosity * old)[None, :] * seen)
    return np.array(cells)


def stars(pixel: int, brightest: float, faintest: float) -> Things:
    """Make the stars of one pixel between two r magnitudes.

    Parameters
    ----------
    pixel
        Nested HEALPix number at `pixels.ORDER`.
    brightest, faintest
        The limits in r magnitude, free of reddening. They hold to the width of a cell, 0.3 mag.
    """
    random = generator(f"stars {brightest} to {faintest}", pixel)
    ra, dec = centre(pixel)
    lon, lat = galactic(np.array([ra]), np.array([dec]))
    cells = expected(float(lon[0]), float(lat[0]), brightest, faintest) * AREA_DEG2
    cumulative = np.cumsum(cells.ravel())
    if cumulative[-1] > _MOST_STARS:
        raise UsageError(
            f"The HEALPix pixel {pixel} of order {ORDER} (RA {ra:.1f}, Dec {dec:.1f}) is so near "
            f"the plane of the Milky Way that it has {cumulative[-1]:.0g} stars.",
            "Simulate a field farther from the Galactic plane.",
        )
    count = int(random.poisson(cumulative[-1]))
    cell = np.searchsorted(cumulative, random.random(count) * cumulative[-1], side="right")
    which, modulus_bin, magnitude_bin = np.unravel_index(cell, cells.shape)
    modulus = _MODULI[modulus_bin] + random.random(count) * (_MODULI[1] - _MODULI[0])
    absolute = _MAGNITUDES[magnitude_bin] + random.random(count) * (_MAGNITUDES[1] - _MAGNITUDES[0])
    mean = np.array([population.metallicity for population in POPULATIONS])[which]
    spread = np.array([population.metallicity_spread for population in POPULATIONS])[which]
    metallicity = np.clip(mean + spread * random.standard_normal(count), -3.0, 0.4)
    g_r, r_i = colours.main_sequence(absolute, metallicity)
    evolved = (absolute < _TURN_OFF) & (which > 0)
    giant_g_r, giant_r_i = colours.giants(absolute, metallicity)
    g_r = np.where(evolved, giant_g_r, g_r) + 0.03 * random.standard_normal(count)
    r_i = np.where(evolved, giant_r_i, r_i) + 0.02 * random.standard_normal(count)
    origin = np.array([ORIGINS.index(p.name) for p in POPULATIONS], np.int8)[which]
    return things.stars(
        *positions(random, pixel, count),
        colours.magnitudes(absolute + modulus, g_r, r_i, metallicity),
        origin,
        10 ** (modulus / 5 + 1),
        metallicity,
    )
