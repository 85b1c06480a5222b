"""The variable stars of field 169: the RR Lyrae star of Hydra II and unrelated ones around it.

The star of Hydra II: Vivas et al. 2016, AJ 151, 118.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from datalab_backend.catalogues.demo.simulation import colours, dust, dwarf, things
from datalab_backend.catalogues.demo.simulation.pixels import Floats, generator
from datalab_backend.catalogues.demo.simulation.things import ORIGINS, Things


@dataclass(frozen=True)
class Variable:
    """A periodic variable star.

    Attributes
    ----------
    kind
        RRab, RRc, EW (contact binary) or SXPHE.
    ra, dec
        ICRS position in degrees.
    period
        In days.
    amplitude
        From minimum to maximum in g, in magnitudes.
    epoch
        MJD of a maximum (of a minimum for EW).
    mean_i
        Mean observed i magnitude, not corrected for reddening.
    g_r
        Colour g - r without reddening.
    """

    kind: str
    ra: float
    dec: float
    period: float
    amplitude: float
    epoch: float
    mean_i: float
    g_r: float


RR_LYRAE = Variable("RRab", 185.4311, -31.9953, 0.6487, 0.68, 56370.214, 21.30, 0.24)
"""The one RR Lyrae star of Hydra II."""

# How many of each kind surround it, with the ranges of their period (days), amplitude and g - r.
_FIELD = (
    ("RRab", 14, (0.48, 0.72), (0.45, 1.1), (0.18, 0.30)),
    ("RRc", 5, (0.26, 0.40), (0.35, 0.55), (0.05, 0.18)),
    ("EW", 8, (0.23, 0.45), (0.25, 0.75), (0.35, 0.95)),
    ("SXPHE", 4, (0.042, 0.085), (0.25, 0.6), (0.00, 0.20)),
)
_FIELD_CENTRE = (184.99229, -31.455778)
_FIELD_RADIUS_DEG = 0.95
_MEAN_I = (15.8, 20.8)
# Amplitude relative to g: pulsating stars after Sesar et al. 2010, ApJ 708, 717; those of contact
# binaries do not depend on colour.
_PULSATION = {"u": 1.0, "g": 1.0, "r": 0.71, "i": 0.56, "z": 0.51}


@cache
def variables() -> tuple[Variable, ...]:
    """All the variable stars; their index is `Things.variable`."""
    random = generator("field variables", 0)
    found = [RR_LYRAE]
    ra0, dec0 = _FIELD_CENTRE
    for kind, count, periods, amplitudes, colour_range in _FIELD:
        for _ in range(count):
            radius = _FIELD_RADIUS_DEG * np.sqrt(random.random())
            angle = random.uniform(0, 2 * np.pi)
            dec = dec0 + radius * np.cos(angle)
            found.append(
                Variable(
                    kind,
                    ra0 + radius * np.sin(angle) / np.cos(np.radians(dec)),
                    dec,
                    random.uniform(*periods),
                    random.uniform(*amplitudes),
                    56370.0 + random.random(),
                    random.uniform(*_MEAN_I),
                    random.uniform(*colour_range),
                )
            )
    return tuple(found)


@cache
def members() -> Things:
    """The variable stars, at their mean magnitudes."""
    sets = []
    for index, variable in enumerate(variables()):
        in_dwarf = variable is RR_LYRAE
        ra, dec, g_r = (np.array([v]) for v in (variable.ra, variable.dec, variable.g_r))
        metallicity = np.array([dwarf.METALLICITY if in_dwarf else -1.5])
        shape = colours.magnitudes(np.zeros(1), g_r, colours.on_locus(g_r), metallicity)
        shift = variable.mean_i - dust.COEFFICIENTS["i"] * dust.ebv(ra, dec) - shape["i"]
        magnitudes = {band: values + shift for band, values in shape.items()}
        origin = ORIGINS.index("Hydra II" if in_dwarf else "field variable")
        sets.append(
            things.stars(
                ra,
                dec,
                magnitudes,
                np.array([origin], np.int8),
                np.array([dwarf.DISTANCE_PC if in_dwarf else np.nan]),
                metallicity,
                index,
            )
        )
    return Things.joined(sets)


def amplitude(variable: Variable, band: str) -> float:
    """The amplitude of a variable in one band, from minimum to maximum, in magnitudes."""
    return variable.amplitude * (1.0 if variable.kind == "EW" else _PULSATION[band])


def brightness(variable: Variable, band: str, mjd: Floats) -> Floats:
    """How much fainter than its mean a variable is at given times, in magnitudes."""
    phase = ((mjd - variable.epoch) / variable.period) % 1.0
    return amplitude(variable, band) * _SHAPES[variable.kind](phase)


def _rrab(phase: Floats) -> Floats:
    """A steep rise after a slow decline: a sawtooth with a rounded foot (amplitude 1, mean 0)."""
    decline = (1 - np.exp(-phase / 0.28)) / (1 - np.exp(-0.86 / 0.28))
    rise = 0.5 + 0.5 * np.cos(np.pi * (phase - 0.86) / 0.14)
    return np.where(phase < 0.86, decline, rise) - 0.6918


def _rrc(phase: Floats) -> Floats:
    return -0.487 * np.cos(2 * np.pi * phase) + 0.058 * np.sin(4 * np.pi * phase)


def _contact_binary(phase: Floats) -> Floats:
    return 0.473 * np.cos(4 * np.pi * phase) + 0.053 * np.cos(2 * np.pi * phase)


def _sx_phoenicis(phase: Floats) -> Floats:
    return -0.462 * np.cos(2 * np.pi * phase) - 0.103 * np.sin(4 * np.pi * phase)


_SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "RRab": _rrab,
    "RRc": _rrc,
    "EW": _contact_binary,
    "SXPHE": _sx_phoenicis,
}
