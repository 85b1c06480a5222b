"""Parts of an image."""

from __future__ import annotations

import io
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from datalab_backend.errors import NotFoundError, UsageError
from datalab_backend.images.image import Image
from datalab_backend.version import version

LARGEST_DEG = 1.0
"""The largest side of a cutout."""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the sky that is wanted.

    Attributes
    ----------
    ra_deg, dec_deg
        Its middle (ICRS).
    width_deg, height_deg
        Its size along right ascension, as an angle on the sky, and along declination.
    """

    ra_deg: float
    dec_deg: float
    width_deg: float
    height_deg: float

    def __post_init__(self) -> None:
        if not (0 <= self.ra_deg <= 360 and -90 <= self.dec_deg <= 90):
            raise UsageError(
                f"There is no place {self.ra_deg:g}, {self.dec_deg:g} on the sky.",
                "Right ascensions run from 0 to 360 degrees, declinations from -90 to 90.",
            )
        if not all(0 < size <= LARGEST_DEG for size in (self.width_deg, self.height_deg)):
            raise UsageError(
                f"A cutout cannot be {self.width_deg:g} by {self.height_deg:g} degrees.",
                f"Its sides are longer than 0 and at most {LARGEST_DEG:g} degree.",
            )


def cut(image: Image, area: Area) -> bytes:
    """Cut an area out of an image; what reaches beyond the image is left away.

    Parameters
    ----------
    image
        The image.
    area
        The area.

    Returns
    -------
    bytes
        A FITS file with the pixels, as they are in the image, and their WCS in its first HDU.

    Raises
    ------
    NotFoundError
        When the area is not on the image.
    """
    with fits.open(image.file) as file:
        whole = file[1]
        header = whole.header.copy()
        wcs = WCS(header)
        columns, rows = _bounds(wcs, area, whole.shape)
        if columns.start >= columns.stop or rows.start >= rows.stop:
            raise NotFoundError(
                f"{area.ra_deg:g}, {area.dec_deg:g} is not on the image {image.name}.",
                f"It covers {image.width_deg:.2f} by {image.height_deg:.2f} degrees around "
                f"{image.ra_deg:.3f}, {image.dec_deg:.3f}.",
            )
        found = np.asarray(whole.section[rows, columns], np.float32)
    for name in ("XTENSION", "PCOUNT", "GCOUNT", "EXTNAME"):
        header.remove(name, ignore_missing=True)
    header["CRPIX1"] -= columns.start
    header["CRPIX2"] -= rows.start
    header["HISTORY"] = f"Cut out by jupyterlab-datalab {version()}"
    written = io.BytesIO()
    fits.PrimaryHDU(found, header).writeto(written)
    return written.getvalue()


def _bounds(wcs: WCS, area: Area, shape: tuple[int, int]) -> tuple[slice, slice]:
    """The columns and rows of an area, as far as they are on the image; empty when it is not."""
    nowhere = slice(0, 0), slice(0, 0)
    # A tangential projection has no pixels for what is behind it.
    centre_ra, centre_dec = np.radians(wcs.wcs.crval)
    ra, dec = np.radians([area.ra_deg, area.dec_deg])
    cosine = np.sin(dec) * np.sin(centre_dec) + np.cos(dec) * np.cos(centre_dec) * np.cos(
        ra - centre_ra
    )
    if cosine < 0.5:
        return nowhere
    x, y = (float(v) for v in wcs.wcs_world2pix(area.ra_deg, area.dec_deg, 0))
    pixel_deg = abs(wcs.wcs.cdelt)
    half_x, half_y = area.width_deg / pixel_deg[0] / 2, area.height_deg / pixel_deg[1] / 2
    height, width = shape
    return (
        slice(max(0, floor(x - half_x + 0.5)), min(width, ceil(x + half_x + 0.5))),
        slice(max(0, floor(y - half_y + 0.5)), min(height, ceil(y + half_y + 0.5))),
    )
