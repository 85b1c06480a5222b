"""A small collection of images in a data directory: known stars on a flat sky."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io.fits import CompImageHDU
from astropy.wcs import WCS
from datalab_backend.images.image import Image
from datalab_backend.images.store import ImageStore, Progress

COLLECTION = "small"
RA, DEC = 150.1, 2.2
WIDTH, HEIGHT, PIXEL_ARCSEC = 500, 400, 1.0
SKY_NOISE = 2.0
STARS = ((150.11, 2.21), (150.06, 2.17), (150.15, 2.235))
"""Where the stars are, in degrees; the first is the brightest in g, the second in r …"""


def small_wcs() -> WCS:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [RA, DEC]
    wcs.wcs.crpix = [(WIDTH + 1) / 2, (HEIGHT + 1) / 2]
    wcs.wcs.cdelt = [-PIXEL_ARCSEC / 3600, PIXEL_ARCSEC / 3600]
    wcs.wcs.radesys = "ICRS"
    return wcs


def small_pixels(band: str) -> np.ndarray:
    """The pixels of one band: each star is brightest in a band of its own."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    pixels = np.random.default_rng("gri".index(band)).normal(0, SKY_NOISE, (HEIGHT, WIDTH))
    for number, place in enumerate(STARS):
        x, y = small_wcs().wcs_world2pix(*place, 0)
        height = 5000.0 if number == "gri".index(band) else 1000.0
        pixels += height * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 2 / 2.0**2)
    return pixels.astype(np.float32)


def make_small_images(data: Path, made_by: str = "the tests") -> None:
    """Put the collection into a data directory."""
    ImageStore(data).make(COLLECTION, made_by, write_small_images, lambda fraction: None)


def write_small_images(directory: Path, progress: Progress) -> tuple[Image, ...]:
    return tuple(_write(directory, band) for band in "gri")


def _write(directory: Path, band: str) -> Image:
    file = directory / f"{band}.fits"
    header = small_wcs().to_header()
    header["BUNIT"] = "adu"
    CompImageHDU(small_pixels(band), header, tile_shape=(100, 100)).writeto(file)
    return Image(
        COLLECTION,
        band,
        f"Small simulated field, {band} band",
        RA,
        DEC,
        WIDTH * PIXEL_ARCSEC / 3600,
        HEIGHT * PIXEL_ARCSEC / 3600,
        PIXEL_ARCSEC,
        4.7,
        30.0,
        SKY_NOISE,
        (4e-7, 5.5e-7),
        "Made up for the tests <nobody>.",
        True,
        file,
    )
