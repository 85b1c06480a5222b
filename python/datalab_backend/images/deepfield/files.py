"""Writes the rendered field as FITS, and sees to it that the demo sky has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from astropy.io.fits import CompImageHDU, Header

from datalab_backend.catalogues.demo.simulation import pixels, smash, smash_tables
from datalab_backend.images.deepfield import field
from datalab_backend.images.deepfield.field import Rendered
from datalab_backend.images.image import Image
from datalab_backend.images.store import ImageStore

NAME = smash_tables.SCHEMA.name
"""The collection has the name of the survey that it shows."""

_GENERATION = 1
"""Raise it when the rendering changes, so that older images are made again."""

_TITLE = "Simulated deep field around Hydra II"
_CREDIT = smash_tables.CREDIT
# The filters of DECam at half of their throughput (Flaugher et al. 2015, AJ 150, 150).
_WAVELENGTHS_M = {"g": (3.98e-7, 5.48e-7), "r": (5.68e-7, 7.16e-7), "i": (7.10e-7, 8.57e-7)}
# Sixteen steps in the noise lose no light that could be measured (Pence et al. 2009).
_STEPS_A_NOISE = 16
_TILE_PIXELS = 250


def make_field(store: ImageStore, progress: Callable[[float], None]) -> None:
    """Render the deep field of the demo sky, unless it is there.

    Parameters
    ----------
    store
        Where to.
    progress
        Called with the fraction of the work that is done.
    """
    store.make(NAME, f"generation {_GENERATION}, seed {pixels.SEED}", _write, progress)


def _write(directory: Path, progress: Callable[[float], None]) -> tuple[Image, ...]:
    return tuple(_write_band(directory, band) for band in field.rendered(progress))


def _write_band(directory: Path, rendered: Rendered) -> Image:
    band = rendered.band
    file = directory / f"{band}.fits"
    CompImageHDU(
        rendered.pixels,
        _header(rendered),
        compression_type="RICE_1",
        tile_shape=(_TILE_PIXELS, _TILE_PIXELS),
        quantize_level=_STEPS_A_NOISE,
        quantize_method=1,
        dither_seed=pixels.SEED,
    ).writeto(file)
    size_deg = field.SIZE_PIXELS * field.PIXEL_ARCSEC / 3600
    return Image(
        NAME,
        band,
        f"{_TITLE}, {band} band",
        field.CENTRE_RA,
        field.CENTRE_DEC,
        size_deg,
        size_deg,
        field.PIXEL_ARCSEC,
        field.SEEING_ARCSEC[band],
        field.ZERO_POINT,
        rendered.noise,
        _WAVELENGTHS_M[band],
        _CREDIT,
        True,
        file,
    )


def _header(rendered: Rendered) -> Header:
    band = rendered.band
    header = field.wcs().to_header()
    header["OBJECT"] = ("SIMULATED field 169", "around the dwarf galaxy Hydra II")
    header["SIMULATD"] = (True, "the pixels are simulated, not observed")
    header["SEED"] = (pixels.SEED, "seed of all random numbers")
    header["FILTER"] = (band, "as DECam's")
    header["BUNIT"] = ("adu", "light, sky subtracted")
    header["MAGZERO"] = (field.ZERO_POINT, "[mag] AB magnitude of 1 adu")
    header["SEEING"] = (field.SEEING_ARCSEC[band], "[arcsec] full width at half maximum of stars")
    header["SKYNOISE"] = (round(rendered.noise, 4), "[adu] sky noise of a pixel")
    header["DEPTH5S"] = (
        round(smash.HALF_FOUND[band] + smash.DEPTH_BEYOND, 2),
        "[mag] point source of 5 sigma",
    )
    header["COMMENT"] = (
        "SIMULATED by jupyterlab-datalab from the truth behind sim_smash.object; the light of all "
        "things is reddened as there, variable stars have their mean brightness."
    )
    return header
