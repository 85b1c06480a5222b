"""An image of the sky, and the collection that it is in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

COLOUR = "gri"
"""The name under which a collection with these three bands is shown in colour."""


@dataclass(frozen=True, slots=True)
class Image:
    """One image in one band.

    Attributes
    ----------
    collection, band
        Its name, in two parts.
    title
        What it is, for people; up to a comma, what the images of the collection share. That of a
        simulated one says so.
    ra_deg, dec_deg
        The place in its middle (ICRS).
    width_deg, height_deg
        Its size.
    pixel_arcsec
        The side of a pixel.
    seeing_arcsec
        The full width at half maximum of a star.
    zero_point
        The AB magnitude of one unit.
    noise
        The standard deviation of the sky noise of a pixel, in units of the image.
    wavelengths_m
        Between which wavelengths the filter is open.
    credit
        Whom to thank.
    simulated
        Whether it was computed, not observed.
    file
        Where it is: a tile-compressed FITS file with the image in its first extension.
    """

    collection: str
    band: str
    title: str
    ra_deg: float
    dec_deg: float
    width_deg: float
    height_deg: float
    pixel_arcsec: float
    seeing_arcsec: float
    zero_point: float
    noise: float
    wavelengths_m: tuple[float, float]
    credit: str
    simulated: bool
    file: Path

    @property
    def name(self) -> str:
        """The collection and the band."""
        return f"{self.collection} in {self.band}"


@dataclass(frozen=True, slots=True)
class Collection:
    """Images of one part of the sky, one a band.

    Attributes
    ----------
    name
        Its name, such as that of a survey's schema.
    made_by
        What made it: another text is another version.
    images
        The images.
    tiles
        Where tiles of the sky layers are kept once they were made.
    """

    name: str
    made_by: str
    images: tuple[Image, ...]
    tiles: Path

    def find(self, band: str) -> Image | None:
        """The image in a band."""
        return next((image for image in self.images if image.band == band), None)

    @property
    def has_colour(self) -> bool:
        """Whether it can be shown in colour."""
        return {image.band for image in self.images} >= set(COLOUR)
