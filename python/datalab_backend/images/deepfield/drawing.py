"""Draws stars and galaxies into an image, as sums of Gaussians."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datalab_backend.images.deepfield.profiles import (
    SERSIC_INDICES,
    Floats,
    Mixture,
    sersic,
)

Pixels = NDArray[np.float32]

_PIXEL_VARIANCE = 1 / 12
"""A pixel sums the light on its square, which widens a Gaussian by this much (pixels squared)."""

_SEEN = 0.04
"""Light is drawn as far as it is brighter than this part of the noise of a pixel …"""

_NEAREST, _FARTHEST = 2.5, 6.0
"""… but at least and at most so many standard deviations far."""

_HALF_WIDTHS = (2, 3, 4, 6, 8, 11, 16, 24, 36, 54, 80, 120)
_AT_ONCE = 300_000
_WELL_SEEN = 50.0
"""The total light, in noises of a pixel, from which on it shows how a galaxy's light falls off."""

_HALF_LIGHT = 1.1774
"""The half-light radius of a Gaussian in standard deviations."""


@dataclass(frozen=True)
class Shapes:
    """Where things are on an image, and how they look before they are blurred.

    Attributes
    ----------
    x, y
        Places in pixels; the middle of the first pixel is at 0.
    radius
        Half-light radius along the major axis in pixels, 0 for points.
    sersic
        Sérsic index.
    axis_ratio
        Minor over major axis.
    angle
        Of the major axis, in radians from the direction of x to that of y.
    """

    x: Floats
    y: Floats
    radius: Floats
    sersic: Floats
    axis_ratio: Floats
    angle: Floats


@dataclass(frozen=True)
class _Gaussians:
    x: Floats
    y: Floats
    flux: Floats
    xx: Floats
    xy: Floats
    yy: Floats


def draw(image: Pixels, shapes: Shapes, flux: Floats, blur: Mixture, noise: float) -> None:
    """Add things to an image.

    Parameters
    ----------
    image
        Changed in place, indexed by y and x.
    shapes
        The things.
    flux
        Their total light.
    blur
        The point spread function, in pixels.
    noise
        The standard deviation of the sky noise of a pixel; much fainter light is left out.
    """
    points = shapes.radius == 0
    plain = ~points & (flux < _WELL_SEEN * noise)
    nearest = np.abs(np.log(np.maximum(shapes.sersic, 0.1))[:, None] - np.log(SERSIC_INDICES))
    index_of = nearest.argmin(axis=1)
    one = Mixture(np.ones(1), np.ones(1) / _HALF_LIGHT)
    _add(image, shapes, flux, points, one, blur, noise)
    _add(image, shapes, flux, plain, one, blur, noise)
    for number, index in enumerate(SERSIC_INDICES):
        chosen = ~points & ~plain & (index_of == number)
        _add(image, shapes, flux, chosen, sersic(float(index)), blur, noise)


def _add(
    image: Pixels,
    shapes: Shapes,
    flux: Floats,
    chosen: NDArray[np.bool_],
    profile: Mixture,
    blur: Mixture,
    noise: float,
) -> None:
    """Add those things that have one profile."""
    which = np.flatnonzero(chosen)
    turn = shapes.angle[which]
    major = shapes.radius[which] ** 2
    minor = major * shapes.axis_ratio[which] ** 2
    cos, sin = np.cos(turn), np.sin(turn)
    for weight, sigma in zip(profile.weights, profile.sigmas, strict=True):
        for part, width in zip(blur.weights, blur.sigmas, strict=True):
            round_part = width**2 + _PIXEL_VARIANCE
            gaussians = _Gaussians(
                shapes.x[which],
                shapes.y[which],
                flux[which] * weight * part,
                sigma**2 * (major * cos**2 + minor * sin**2) + round_part,
                sigma**2 * (major - minor) * cos * sin,
                sigma**2 * (major * sin**2 + minor * cos**2) + round_part,
            )
            _stamp(image, gaussians, noise)


def _stamp(image: Pixels, gaussians: _Gaussians, noise: float) -> None:
    """Add Gaussians, those that reach about as far at once."""
    determinant = gaussians.xx * gaussians.yy - gaussians.xy**2
    peak = gaussians.flux / (2 * np.pi * np.sqrt(determinant))
    reach = np.sqrt(2 * np.log(np.maximum(peak / (_SEEN * noise), 1.0)))
    reach = np.clip(reach, _NEAREST, _FARTHEST)
    widest = np.sqrt(np.maximum(gaussians.xx, gaussians.yy))
    size = np.searchsorted(_HALF_WIDTHS, np.minimum(reach * widest, _HALF_WIDTHS[-1]))
    for number, half in enumerate(_HALF_WIDTHS):
        members = np.flatnonzero(size == number)
        step = max(1, _AT_ONCE // (2 * half + 1) ** 2)
        for start in range(0, len(members), step):
            _stamp_alike(image, gaussians, peak, determinant, members[start : start + step], half)


def _stamp_alike(
    image: Pixels,
    gaussians: _Gaussians,
    peak: Floats,
    determinant: Floats,
    which: NDArray[np.intp],
    half: int,
) -> None:
    height, width = image.shape
    column = np.rint(gaussians.x[which]).astype(np.int64)
    row = np.rint(gaussians.y[which]).astype(np.int64)
    near = (
        (column > -half - 1) & (column < width + half) & (row > -half - 1) & (row < height + half)
    )
    which, column, row = which[near], column[near], row[near]
    offsets = np.arange(-half, half + 1)
    dx = (offsets + (column - gaussians.x[which])[:, None]).astype(np.float32)[:, None, :]
    dy = (offsets + (row - gaussians.y[which])[:, None]).astype(np.float32)[:, :, None]
    a, b, c = (
        (-0.5 * value[which] / determinant[which]).astype(np.float32)[:, None, None]
        for value in (gaussians.yy, -2 * gaussians.xy, gaussians.xx)
    )
    light = np.exp(a * dx * dx + b * dx * dy + c * dy * dy)
    light *= peak[which].astype(np.float32)[:, None, None]
    columns = (column[:, None] + offsets)[:, None, :]
    rows = (row[:, None] + offsets)[:, :, None]
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    place = rows * width + columns
    if inside.all():
        np.add.at(image.reshape(-1), place.reshape(-1), light.reshape(-1))
    else:
        np.add.at(image.reshape(-1), place[inside], light[inside])
