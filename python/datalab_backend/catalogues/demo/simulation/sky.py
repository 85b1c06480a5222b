"""The true sky: everything that is in one pixel, whatever survey looks at it."""

from __future__ import annotations

from datalab_backend.catalogues.demo.simulation import (
    cluster,
    dwarf,
    galaxies,
    pixels,
    stars,
    variables,
)
from datalab_backend.catalogues.demo.simulation.things import Things

BRIGHTEST = 14.0
"""Brighter things saturate the simulated cameras and are left out (r magnitude)."""

SHALLOW, DEEP = 24.0, 25.6
"""Down to which r magnitude the sky is made for a shallow and for a deep survey."""


def sky(pixel: int, deep: bool) -> Things:
    """Make everything in one pixel.

    Parameters
    ----------
    pixel
        Nested HEALPix number at `pixels.ORDER`.
    deep
        Whether things fainter than `SHALLOW` are wanted too. They come last, so that the order of
        the brighter ones does not depend on it.
    """
    parts = _layer(pixel, BRIGHTEST, SHALLOW)
    for injected in (dwarf.members(DEEP), cluster.members(DEEP), variables.members()):
        parts.append(injected.take(pixels.inside(pixels.ORDER, pixel, injected.ra, injected.dec)))
    if deep:
        parts += _layer(pixel, SHALLOW, DEEP)
    return Things.joined(parts)


def _layer(pixel: int, brightest: float, faintest: float) -> list[Things]:
    return [
        stars.stars(pixel, brightest, faintest),
        galaxies.galaxies(pixel, brightest, faintest),
        galaxies.quasars(pixel, brightest, faintest),
    ]
