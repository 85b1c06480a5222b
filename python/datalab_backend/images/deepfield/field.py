"""Renders the field: the sky of the simulated survey as its camera would see it in g, r and i.

Each thing of the truth is drawn at its true place with its true magnitude, dimmed by the dust, so
that what an aperture measures agrees with ``sim_smash.object`` within the noise. The noise of the
sky is such that a point source of the survey's depth has a signal-to-noise ratio of 5. Variable
stars have their mean brightness. Galaxies get an axis ratio and an angle here, which no table has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from astropy.wcs import WCS

from datalab_backend.catalogues.demo.simulation import dust, pixels, sky, smash
from datalab_backend.catalogues.demo.simulation.pixels import Floats
from datalab_backend.catalogues.demo.simulation.things import Things
from datalab_backend.images.deepfield.drawing import Pixels, Shapes, draw
from datalab_backend.images.deepfield.profiles import Mixture, point_spread

CENTRE_RA, CENTRE_DEC = 185.030, -31.628
"""Between Hydra II and the decoy, both of which are in the image."""

SIZE_PIXELS = 3750
PIXEL_ARCSEC = 0.8

ZERO_POINT = 30.0
"""The AB magnitude of one unit."""

SEEING_ARCSEC = {"g": 1.15, "r": 1.05, "i": 0.95}
"""Full width at half maximum, about the medians of SMASH (Nidever et al. 2017, AJ 154, 199)."""

BANDS = tuple(SEEING_ARCSEC)

_ELECTRONS_PER_UNIT = 20.0
_AROUND_DEG = 0.02
_FLATTEST, _ROUNDEST = 0.3, 1.0


@dataclass(frozen=True)
class Rendered:
    """One band of the field.

    Attributes
    ----------
    band
        Its name.
    pixels
        The light in each pixel, sky subtracted, in units of `ZERO_POINT`.
    noise
        The standard deviation of the sky noise of a pixel, in the same units.
    """

    band: str
    pixels: Pixels
    noise: float


@dataclass(frozen=True)
class Scene:
    """What is to be drawn.

    Attributes
    ----------
    things
        All that is on the image or just beside it.
    shapes
        How it looks.
    """

    things: Things
    shapes: Shapes

    @classmethod
    def whole(cls) -> Scene:
        """All that the truth has in the field."""
        half_deg = SIZE_PIXELS * PIXEL_ARCSEC / 3600 / 2 + _AROUND_DEG
        parts, ratios, angles = [], [], []
        for pixel in pixels.around(CENTRE_RA, CENTRE_DEC, half_deg * np.sqrt(2)):
            found = sky.sky(int(pixel), deep=True)
            random = pixels.generator("shapes of galaxies", int(pixel))
            parts.append(found)
            ratios.append(random.uniform(_FLATTEST, _ROUNDEST, len(found)))
            angles.append(random.uniform(0, np.pi, len(found)))
        things = Things.joined(parts)
        x, y = wcs().wcs_world2pix(things.ra, things.dec, 0)
        ratio, angle = np.concatenate(ratios), np.concatenate(angles)
        reach = SIZE_PIXELS / 2 + _AROUND_DEG * 3600 / PIXEL_ARCSEC
        near = (np.abs(x - SIZE_PIXELS / 2) < reach) & (np.abs(y - SIZE_PIXELS / 2) < reach)
        # The half-light radius of a table is that of a round galaxy of the same area.
        radius = things.radius / PIXEL_ARCSEC / np.sqrt(ratio)
        shapes = Shapes(*(v[near] for v in (x, y, radius, things.sersic, ratio, angle)))
        return cls(things.take(near), shapes)

    def render(self, band: str) -> Rendered:
        """Draw it in one band, and add noise."""
        things = self.things
        light = np.zeros((SIZE_PIXELS, SIZE_PIXELS), np.float32)
        noise = sky_noise(band)
        reddened = things.band(band) + dust.COEFFICIENTS[band] * dust.ebv(things.ra, things.dec)
        draw(light, self.shapes, flux_of(reddened), _blur(band), noise)
        random = pixels.generator(f"noise of the image in {band}", 0)
        scatter = np.sqrt(np.float32(noise**2) + light / np.float32(_ELECTRONS_PER_UNIT))
        scatter *= random.standard_normal(light.shape, dtype=np.float32)
        return Rendered(band, light + scatter, noise)


def wcs() -> WCS:
    """Where the pixels are: gnomonic, north up and east left."""
    found = WCS(naxis=2)
    found.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    found.wcs.cunit = ["deg", "deg"]
    found.wcs.crval = [CENTRE_RA, CENTRE_DEC]
    found.wcs.crpix = [(SIZE_PIXELS + 1) / 2] * 2
    found.wcs.cdelt = [-PIXEL_ARCSEC / 3600, PIXEL_ARCSEC / 3600]
    found.wcs.radesys = "ICRS"
    return found


def sky_noise(band: str) -> float:
    """The standard deviation of the sky noise of a pixel."""
    faintest = flux_of(np.array([smash.HALF_FOUND[band] + smash.DEPTH_BEYOND]))[0]
    return float(faintest / 5 * np.sqrt(_sharpness(_blur(band))))


def flux_of(magnitude: Floats) -> Floats:
    """The light of magnitudes, in units of `ZERO_POINT`."""
    return np.asarray(10 ** (-0.4 * (magnitude - ZERO_POINT)))


def rendered(progress: Callable[[float], None]) -> Iterator[Rendered]:
    """Render the field in each band.

    Parameters
    ----------
    progress
        Called with the fraction of the work that is done.
    """
    scene = Scene.whole()
    # NumPy lets the bands be drawn side by side.
    with ThreadPoolExecutor(min(len(BANDS), os.cpu_count() or 1)) as pool:
        for done, found in enumerate(pool.map(scene.render, BANDS), 1):
            progress(done / len(BANDS))
            yield found


def _blur(band: str) -> Mixture:
    blur = point_spread(SEEING_ARCSEC[band])
    return Mixture(blur.weights, blur.sigmas / PIXEL_ARCSEC)


def _sharpness(blur: Mixture) -> float:
    """The sum of the squares of the pixels of a star whose light is 1.

    Its inverse is the number of pixels whose noise the best measurement of a star has.
    """
    variances = blur.sigmas**2 + 1 / 12
    overlap = blur.weights[:, None] * blur.weights / (variances[:, None] + variances)
    return float(overlap.sum() / (2 * np.pi))
