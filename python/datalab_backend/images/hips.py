"""An image as a sky layer (HiPS 1.0), each tile drawn when it is first asked for.

A pixel of a tile shows the image where its HEALPix cell has its middle, from the image at about the
same resolution: at its own, or with pixels that are put together by twos, fours and so on. So a
tile of any order costs about the same, and the mean of the sky stays the same at all of them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cached_property
from math import hypot, log2
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from cdshealpix.nested import healpix_to_lonlat
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from datalab_backend.catalogues import tiles
from datalab_backend.catalogues.counts import FULL_SKY_DEG2, cells_in
from datalab_backend.images.image import Image
from datalab_backend.lazy import importing

Cells = NDArray[np.float32]

FIRST_ORDER = 3
"""The order of the largest tiles."""

_MOC_DEPTH = 6
# A picture's tones, in standard deviations of the sky noise: black, where the logarithmic part
# begins, and white.
_DARKEST_SIGMAS, _SOFT_SIGMAS, _BRIGHTEST_SIGMAS = -1.5, 4.0, 120.0


class ImageHips:
    """The sky layer of one image.

    Parameters
    ----------
    image
        The image.
    """

    def __init__(self, image: Image) -> None:
        self.image = image

    @cached_property
    def order(self) -> int:
        """The order of the deepest tiles, whose pixels are about as large as the image's."""
        side_deg = np.sqrt(FULL_SKY_DEG2 / 12)
        finest = log2(side_deg * 3600 / self.image.pixel_arcsec)
        return max(FIRST_ORDER, round(finest) - tiles.TILE_DEPTH)

    @property
    def pixel_deg(self) -> float:
        """The side of a pixel of the deepest tiles."""
        return float(np.sqrt(FULL_SKY_DEG2 / cells_in(self.order + tiles.TILE_DEPTH)))

    def cells(self, order: int, number: int) -> Cells | None:
        """What the pixels of a tile show, in nested order; None where the image is not.

        Pixels beyond the image are NaN.
        """
        if not (FIRST_ORDER <= order <= self.order and 0 <= number < cells_in(order)):
            return None
        if not self._near(order, number):
            return None
        depth = tiles.TILE_DEPTH
        first = number << 2 * depth
        inside = np.arange(first, first + (1 << 2 * depth), dtype=np.uint64)
        lon, lat = healpix_to_lonlat(inside, order + depth)
        return self._sampled(np.asarray(lon.deg), np.asarray(lat.deg), 1 << (self.order - order))

    def allsky(self) -> Cells:
        """What the pixels of an Allsky file show: cells of order 9, in nested order."""
        shown = np.full(cells_in(FIRST_ORDER + tiles.ALLSKY_DEPTH), np.nan, np.float32)
        size = 1 << 2 * tiles.ALLSKY_DEPTH
        for number in self.moc().degrade_to_order(FIRST_ORDER).flatten():
            found = self.cells(FIRST_ORDER, int(number))
            if found is not None:
                first = int(number) * size
                shown[first : first + size] = _means(found.reshape(size, -1))
        return shown

    def cut(self) -> tuple[float, float]:
        """Between which values a tile is well shown."""
        noise = self.image.noise
        return _DARKEST_SIGMAS * noise, _BRIGHTEST_SIGMAS * noise / 4

    def whole(self, widest_pixels: int) -> Cells:
        """All of the image, north up, with so many of its pixels put together that it fits."""
        with fits.open(self.image.file) as file:
            pixels = np.asarray(file[1].data, np.float32)
        return _put_together(pixels, -(-max(pixels.shape) // widest_pixels))[::-1]

    def moc(self) -> Any:  # noqa: ANN401 - mocpy has no types
        """Where the image is, as a `mocpy.MOC`."""
        with importing:
            from astropy.coordinates import SkyCoord
            from mocpy import MOC

        with fits.open(self.image.file) as file:
            header = file[1].header
            corners = WCS(header).calc_footprint()
        places = SkyCoord(corners, unit="deg", frame="icrs")
        return MOC.from_polygon_skycoord(places, max_depth=self.order + _MOC_DEPTH)

    def moc_fits(self) -> bytes:
        """Where the image is, as a FITS file (MOC 2.0)."""
        file = io.BytesIO()
        self.moc().serialize(format="fits").writeto(file)
        return file.getvalue()

    def _near(self, order: int, number: int) -> bool:
        """Whether a tile may reach the image, judged by the distance of their middles."""
        image = self.image
        lon, lat = (v.to_value("rad")[0] for v in healpix_to_lonlat(np.array([number]), order))
        dec = np.radians(image.dec_deg)
        cosine = np.sin(lat) * np.sin(dec)
        cosine += np.cos(lat) * np.cos(dec) * np.cos(lon - np.radians(image.ra_deg))
        # No corner of a cell is farther from its middle than 1.2 times the side of its square.
        reach_deg = hypot(image.width_deg, image.height_deg) / 2
        reach_deg += 1.2 * float(np.sqrt(FULL_SKY_DEG2 / cells_in(order)))
        return bool(np.degrees(np.arccos(np.clip(cosine, -1, 1))) < reach_deg)

    def _sampled(
        self, ra: NDArray[np.float64], dec: NDArray[np.float64], together: int
    ) -> Cells | None:
        """The image at places, with so many of its pixels put together along each side."""
        with fits.open(self.image.file) as file:
            whole = file[1]
            wcs = WCS(whole.header)
            height, width = whole.shape
            x, y = _projected(wcs, ra, dec)
            on = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
            if not on.any():
                return None
            margin = 2 * together
            left, right = _span(x[on], margin, width, together)
            low, high = _span(y[on], margin, height, together)
            pixels = np.asarray(whole.section[low:high, left:right], np.float32)
        if together > 1:
            pixels = _put_together(pixels, together)
        shown = np.full(len(ra), np.nan, np.float32)
        places = [
            np.clip((v[on] - start - (together - 1) / 2) / together, 0, size - 1)
            for v, start, size in zip((y, x), (low, left), pixels.shape, strict=True)
        ]
        shown[on] = map_coordinates(pixels, places, order=1, mode="nearest")
        return shown


def picture(image: Image, cells: Cells) -> tiles.Picture:
    """Shades of grey for what tiles of one image show; transparent where it is not."""
    grey = _stretched(cells / image.noise)
    return _rgba(np.stack([grey] * 3, axis=-1), cells)


def colour_picture(shown: Sequence[tuple[Image, Cells]]) -> tiles.Picture:
    """Colours for what tiles in g, r and i show (Lupton et al. 2004, PASP 116, 133).

    The hue of a thing does not depend on how bright it is: all bands are stretched alike.
    """
    # The reddest band is red: it comes last.
    scaled = [cells / image.noise for image, cells in reversed(shown)]
    together = np.mean(scaled, axis=0)
    stretched = _stretched(together) - _stretched(np.zeros(1))
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(np.abs(together) > 1e-6, stretched / together, 0.0)
    colours = np.stack([band * factor for band in scaled], axis=-1) + _stretched(np.zeros(1))
    brightest = np.max(colours, axis=-1, keepdims=True)
    return _rgba(colours / np.maximum(brightest, 1.0), together)


def _stretched(sigmas: NDArray[Any]) -> NDArray[Any]:
    """From 0 to 1 and beyond, by an inverse hyperbolic sine."""

    def scale(value: Any) -> Any:  # noqa: ANN401 - a number or an array of them
        return np.arcsinh(np.multiply(value, 1 / _SOFT_SIGMAS))

    low, high = scale(_DARKEST_SIGMAS), scale(_BRIGHTEST_SIGMAS)
    return np.asarray((scale(sigmas) - low) / (high - low))


def _rgba(colours: NDArray[Any], cells: Cells) -> tiles.Picture:
    there = np.isfinite(cells)
    shown = np.zeros((*cells.shape, 4), np.uint8)
    levels = np.round(255 * np.clip(np.nan_to_num(colours), 0, 1)).astype(np.uint8)
    shown[..., :3] = np.where(there[..., None], levels, 0)
    shown[..., 3] = np.where(there, 255, 0)
    return shown


def _projected(
    wcs: WCS, ra: NDArray[np.float64], dec: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pixels of places, NaN for those that are far away, which would be projected too."""
    centre_ra, centre_dec = np.radians(wcs.wcs.crval)
    lon, lat = np.radians(ra), np.radians(dec)
    cosine = np.sin(lat) * np.sin(centre_dec)
    cosine += np.cos(lat) * np.cos(centre_dec) * np.cos(lon - centre_ra)
    near = cosine > 0.5
    x, y = np.full(len(ra), np.nan), np.full(len(ra), np.nan)
    if near.any():
        x[near], y[near] = wcs.wcs_world2pix(ra[near], dec[near], 0)
    return x, y


def _span(values: NDArray[np.float64], margin: int, size: int, step: int) -> tuple[int, int]:
    """From where to where pixels are needed, beginning with a whole block."""
    start = max(0, (int(values.min()) - margin) // step * step)
    return start, min(size, int(values.max()) + margin + 1)


def _put_together(pixels: Cells, step: int) -> Cells:
    """Means of blocks of pixels; those at the edges may have fewer."""
    rows, columns = (np.arange(0, size, step) for size in pixels.shape)
    summed = np.add.reduceat(np.add.reduceat(pixels, rows, axis=0), columns, axis=1)
    counts = [
        np.diff(np.append(v, size)) for v, size in zip((rows, columns), pixels.shape, strict=True)
    ]
    return np.asarray(summed / (counts[0][:, None] * counts[1][None, :]), np.float32)


def _means(groups: Cells) -> Cells:
    """The mean of each row, of what is not NaN."""
    there = np.isfinite(groups)
    count = there.sum(axis=1)
    total = np.where(there, groups, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
