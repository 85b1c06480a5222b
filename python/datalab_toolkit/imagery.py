"""Images of the sky that a Data Lab has, and cutouts of them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import pyarrow as pa

from datalab_toolkit import results
from datalab_toolkit.errors import ServiceUnavailableError
from datalab_toolkit.lab import Lab
from datalab_toolkit.layout import html_table, text_table
from datalab_toolkit.naming import degrees
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.sizes import in_words

if TYPE_CHECKING:
    import pandas as pd
    from astropy.coordinates import SkyCoord
    from astropy.io.fits import PrimaryHDU

_HEADER = ("collection", "band", "centre", "size", "pixel", "seeing", "file", "title")
_NUMBERS = {3, 4, 5, 6}


@dataclass(frozen=True)
class SkyImage:
    """One image of a Data Lab.

    Attributes
    ----------
    collection, band
        Its name.
    title
        What it is.
    ra_deg, dec_deg
        The place in its middle (ICRS).
    width_deg, height_deg
        Its size on the sky.
    pixel_arcsec
        The side of a pixel.
    seeing_arcsec
        The full width at half maximum of a star.
    zero_point
        The AB magnitude of one unit: ``zero_point - 2.5 log10(sum of pixels)``.
    simulated
        Whether it was computed, not observed.
    credit
        Whom to thank.
    size_bytes
        How large its file is.
    fits
        The path of its file at the Data Lab.
    hips
        The path of its sky layer.
    colour_hips
        The path of the sky layer of its collection in colour; None when there is none.
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
    simulated: bool
    credit: str
    size_bytes: int
    fits: str
    hips: str
    colour_hips: str | None


class ImageList(Sequence[SkyImage]):
    """Images of a service, to be looked at, gone through, or had as a DataFrame.

    Parameters
    ----------
    found
        The images.
    service
        The name of the service.
    """

    def __init__(self, found: Sequence[SkyImage], service: str) -> None:
        self._found = tuple(found)
        self.service = service

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[SkyImage]:
        return iter(self._found)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        return self._found[index]

    def to_arrow(self) -> pa.Table:
        """One row an image; the columns are the attributes of `SkyImage`."""
        names = [field.name for field in fields(SkyImage)]
        return pa.table({name: [asdict(image)[name] for image in self] for name in names})

    def to_pandas(self) -> pd.DataFrame:
        """One row an image; the columns are the attributes of `SkyImage`."""
        return results.to_pandas(self.to_arrow(), {"service": self.service})

    def _cells(self) -> list[list[str]]:
        return [
            [
                image.collection,
                image.band,
                f"{image.ra_deg:.4f} {image.dec_deg:+.4f}",
                f"{60 * image.width_deg:.0f}′ × {60 * image.height_deg:.0f}′",
                f"{image.pixel_arcsec:g}″",
                f"{image.seeing_arcsec:g}″",
                in_words(image.size_bytes),
                image.title,
            ]
            for image in self
        ]

    def _summary(self) -> str:
        number = f"{len(self):,} image{'' if len(self) == 1 else 's'} in {self.service}"
        return f"{number}. A part of one: cutout(position, size_deg, band='g')"

    def __repr__(self) -> str:
        return text_table(_HEADER, self._cells(), _NUMBERS, self._summary())

    def _repr_html_(self) -> str:
        return html_table(_HEADER, self._cells(), _NUMBERS, self._summary())


def images(service: str = DEFAULT) -> ImageList:
    """List the images that a Data Lab has.

    Those of the demo sky are rendered when they are first wanted, which takes some seconds.

    Parameters
    ----------
    service
        The name of the service.

    Returns
    -------
    ImageList
        One `SkyImage` for each band.

    Raises
    ------
    NotFoundError
        The service has no images.

    Examples
    --------
    >>> dl.images()
    >>> dl.images().to_pandas()[["collection", "band", "seeing_arcsec"]]
    """
    lab = _lab(service, "images")
    names = {field.name for field in fields(SkyImage)}
    try:
        told = lab.ask("GET", "/images", read_s=None).json()
        found = [SkyImage(**{name: one[name] for name in names}) for one in told]
    except (KeyError, TypeError, ValueError) as error:
        raise ServiceUnavailableError(
            f"{lab.title} lists its images in a way that is not understood.",
            "Look whether it is of another version.",
        ) from error
    return ImageList(found, service)


def cutout(
    position: str | tuple[float, float] | SkyCoord,
    size_deg: float | tuple[float, float],
    band: str = "g",
    *,
    collection: str | None = None,
    service: str = DEFAULT,
) -> PrimaryHDU:
    """Cut a part out of an image.

    Parameters
    ----------
    position
        Its middle: a name or coordinates as `resolve` takes them, right ascension and declination
        in degrees (ICRS), or a SkyCoord.
    size_deg
        Its side in degrees, or its width and height; at most 1 degree.
    band
        The band of the image.
    collection
        Which images, such as ``sim_smash``; None for the first that have the band.
    service
        The name of the service.

    Returns
    -------
    astropy.io.fits.PrimaryHDU
        The pixels as they are in the image, and their WCS. What reaches beyond the image is left
        away.

    Raises
    ------
    NotFoundError
        The place is not on an image, or there is no such image.

    Examples
    --------
    >>> stamp = dl.cutout((185.4286, -31.9728), 0.05, band="r")
    >>> stamp.data, WCS(stamp.header)
    """
    from astropy.io import fits

    ra, dec = degrees(position)
    width, height = size_deg if isinstance(size_deg, tuple) else (size_deg, size_deg)
    asked = {"POS": f"{ra!r},{dec!r}", "SIZE": f"{width},{height}", "band": band}
    if collection is not None:
        asked["col"] = collection
    answer = _lab(service, "cutout").ask("GET", "/svc/cutout", read_s=None, params=asked)
    try:
        with fits.open(io.BytesIO(answer.content), memmap=False) as file:
            return fits.PrimaryHDU(file[0].data, file[0].header)
    except (OSError, IndexError) as error:
        raise ServiceUnavailableError(
            "The cutout is not a FITS image.", "Try again; the service may be at fault."
        ) from error


def _lab(service: str, feature: str) -> Lab:
    """The Data Lab behind a service, or a `NotFoundError` when it has no such feature."""
    found = find(service)
    found.feature_url(feature)
    return found.lab
