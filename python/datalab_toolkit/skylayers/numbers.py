"""The numbers of a layer as they lie in a view, as a FITS image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datalab_toolkit.errors import DatalabError
from datalab_toolkit.skylayers.layers import HipsLayer, ImageLayer, Layer

if TYPE_CHECKING:
    from astropy.io.fits import PrimaryHDU

_WIDEST_TANGENT_DEG = 90


def to_fits(
    layer: Layer, target: tuple[float, float], fov_deg: float, width: int, height: int
) -> PrimaryHDU:
    """Look a layer up at the pixels of an image.

    Parameters
    ----------
    layer
        A density or an image.
    target
        Right ascension and declination of the middle in degrees.
    fov_deg
        The width of the image in degrees.
    width, height
        In pixels.
    """
    from astropy.io.fits import PrimaryHDU
    from astropy.wcs import WCS

    scale = fov_deg / width
    name = "TAN" if fov_deg <= _WIDEST_TANGENT_DEG else "AIT"
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = [f"RA---{name}", f"DEC--{name}"]
    wcs.wcs.crval = list(target)
    wcs.wcs.crpix = [(width + 1) / 2, (height + 1) / 2]
    wcs.wcs.cdelt = [-scale, scale]
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    ra, dec = wcs.pixel_to_world_values(column, row)
    if isinstance(layer, HipsLayer):
        values = layer.hips.values(ra, dec, scale)
        unit = layer.hips.properties.get("data_unit", "")
    elif isinstance(layer, ImageLayer):
        values, unit = layer.at(ra, dec), ""
    else:
        raise DatalabError(
            f"{layer.name} has no numbers to make an image of.",
            "Name a layer that is the density of a table, or an image.",
        )
    hdu = PrimaryHDU(values, wcs.to_header())
    hdu.header["OBJECT"] = (layer.name.encode("ascii", "replace").decode()[:60], "the layer")
    if unit:
        hdu.header["BUNIT"] = unit
    if layer.simulated:
        hdu.header["SIMULATD"] = (True, "simulated, not observed")
    return hdu
