"""The layers of a sky view: what they show, whom to thank, and which rows a selection chooses from.

A layer tells the browser little of itself at once (`told`) and sends what is long when it is asked
for it (`content`), so that a display that is opened again gets all of it, and a saved notebook
holds none.
"""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from datalab_toolkit.errors import DatalabError
from datalab_toolkit.maps import shading
from datalab_toolkit.selection import Selection

if TYPE_CHECKING:
    import pyarrow as pa
    from astropy.wcs import WCS
    from mocpy import MOC

    from datalab_toolkit.maps.box import SkyBox
    from datalab_toolkit.maps.circle import SkyCircle
    from datalab_toolkit.maps.sources import DensitySource
    from datalab_toolkit.skylayers.hips import Hips
    from datalab_toolkit.skylayers.picture import Picture
    from datalab_toolkit.skylayers.tiles import PositionHips

MOST_SOURCES = 20_000
"""As many sources are drawn one by one: more would stop the view from moving freely."""

# The percentiles of the densities above zero that have the first and the last colour.
_CUTS = (0.5, 99.5)

Content = tuple[dict[str, Any], list[bytes]]


@dataclass(frozen=True, kw_only=True)
class Layer(ABC):
    """Something that is shown on the sky.

    Attributes
    ----------
    name
        What the layer is called.
    about
        In words, what it shows.
    credit
        Whom to acknowledge.
    simulated
        Whether what it shows was made up rather than observed.
    opacity
        From 0 to 1, to begin with.
    color
        A colour as CSS writes it; empty where it has its own.
    rows
        The rows that it shows, from which a shape on the sky selects; None when it shows no rows.
    position
        Their columns with right ascension and declination, as a query writes them.
    """

    name: str
    about: str = ""
    credit: str = ""
    simulated: bool = False
    opacity: float = 1.0
    color: str = ""
    rows: Selection | None = None
    position: tuple[str, str] = ("ra", "dec")

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        try:
            ImageColor.getrgb(self.color or "white")
        except ValueError as error:
            raise DatalabError(
                f"There is no colour {self.color!r}.", "Such as 'tomato', or '#ff6347'."
            ) from error

    def told(self) -> dict[str, Any]:
        """What the browser is told at once, as JSON."""
        return {
            "name": self.name,
            "kind": self.kind,
            "about": self.about,
            "credit": self.credit,
            "simulated": self.simulated,
            "color": self.color,
            "selectable": self.rows is not None,
        }

    def content(self) -> Content:
        """What the browser gets when it asks: JSON, and bytes."""
        return {}, []

    def within(self, shape: SkyBox | SkyCircle) -> Selection | None:
        """Select the rows in a shape; None when the layer shows no rows."""
        return None if self.rows is None else self.rows.within(shape, self.position)

    @abstractmethod
    def paint(self, picture: Picture, opacity: float) -> None:
        """Draw the layer on a still picture."""


@dataclass(frozen=True, kw_only=True)
class HipsLayer(Layer):
    """An image HiPS of a service: the density of a table, or an image."""

    kind = "hips"
    hips: Hips

    def told(self) -> dict[str, Any]:
        """Where the tiles are, and which."""
        hips = self.hips
        return super().told() | {
            "service": hips.service,
            "path": hips.path,
            "order": hips.order,
            "least_order": hips.least_order,
            "frame": hips.frame,
            "format": "png" if hips.pictured else "fits",
            "bitpix": int(hips.properties.get("hips_pixel_bitpix", -32)),
            "cuts": None if hips.pictured else list(hips.cuts),
        }

    def paint(self, picture: Picture, opacity: float) -> None:
        """Draw the tiles' pixels."""
        picture.lay(self.hips.colours(picture.ra, picture.dec, picture.view.scale), opacity)


@dataclass(frozen=True, kw_only=True)
class DensityLayer(HipsLayer):
    """How many rows of a table lie where, at any size.

    Attributes
    ----------
    source
        What counts them for a still picture, quicker than its tiles are read.
    """

    source: DensitySource = field(compare=False)

    def paint(self, picture: Picture, opacity: float) -> None:
        """Draw the counts; where there are none, what lies below is seen."""
        counted = self.source.counts(picture.view, whole=True)
        values = shading.smooth(counted)
        colours = shading.shade(values, shading.Scale.fit(values, "log", _CUTS), "magma")
        colours[~(values > 0)] = 0
        picture.lay(colours, opacity)


@dataclass(frozen=True, kw_only=True)
class OutsideLayer(Layer):
    """An image HiPS of somebody else, which the browser reads over the network."""

    kind = "outside"
    url: str

    def told(self) -> dict[str, Any]:
        """Where the tiles are."""
        return super().told() | {"url": self.url}

    def paint(self, picture: Picture, opacity: float) -> None:
        """Nothing: a still picture is made without a network."""


@dataclass(frozen=True, kw_only=True)
class TilesLayer(Layer):
    """The density of rows that are in the kernel, such as the result of a query."""

    kind = "tiles"
    hips: PositionHips

    def told(self) -> dict[str, Any]:
        """How deep the tiles go."""
        return super().told() | {"order": self.hips.order}

    def content(self) -> Content:
        """The tiles."""
        places = [list(place) for place in self.hips.pictures]
        return {"tiles": places}, list(self.hips.pictures.values())

    def paint(self, picture: Picture, opacity: float) -> None:
        """Draw the tiles' pixels."""
        picture.lay(self.hips.colours(picture.ra, picture.dec, picture.view.scale), opacity)


@dataclass(frozen=True, kw_only=True, eq=False)
class SourcesLayer(Layer):
    """Rows that are drawn one by one.

    Attributes
    ----------
    table
        The rows.
    ra, dec
        Their positions in degrees.
    identifier
        The column with their identifiers; empty when there is none.
    """

    kind = "sources"
    table: pa.Table
    ra: NDArray[np.float64] = field(repr=False)
    dec: NDArray[np.float64] = field(repr=False)
    identifier: str = ""

    def content(self) -> Content:
        """The positions, little-endian doubles."""
        return {}, [self.ra.astype("<f8").tobytes(), self.dec.astype("<f8").tobytes()]

    def within(self, shape: SkyBox | SkyCircle) -> Selection | None:
        """Select the rows in a shape, by condition and by identifier."""
        assert self.rows is not None  # noqa: S101 - a layer of sources always has rows
        chosen = np.flatnonzero(shape.contains(self.ra % 360, self.dec))
        found = self.rows.within(shape, self.position)
        if not self.identifier:
            return found
        ids: list[Any] = self.table[self.identifier].take(chosen).to_pylist()
        return replace(found, ids=tuple(ids))

    def row(self, index: int) -> dict[str, Any]:
        """The values of a row by column, exact."""
        found: dict[str, Any] = self.table.slice(index, 1).to_pylist()[0]
        return found

    def paint(self, picture: Picture, opacity: float) -> None:
        """Draw rings."""
        picture.rings(self.ra, self.dec, self.color, opacity)


@dataclass(frozen=True, kw_only=True, eq=False)
class AreaLayer(Layer):
    """A part of the sky, as a MOC."""

    kind = "area"
    moc: MOC

    def content(self) -> Content:
        """The cells by order."""
        return {"moc": self.moc.serialize("json")}, []

    def paint(self, picture: Picture, opacity: float) -> None:
        """Draw the area."""
        picture.area(self.moc, self.color, opacity)


@dataclass(frozen=True, kw_only=True, eq=False)
class OutlinesLayer(Layer):
    """Lines around parts of the sky, such as the fields of a survey.

    Attributes
    ----------
    outlines
        Closed lines, each with its name, right ascensions and declinations in degrees.
    """

    kind = "outlines"
    outlines: tuple[tuple[str, NDArray[np.float64], NDArray[np.float64]], ...]

    def content(self) -> Content:
        """The corners."""
        told = [
            {"label": label, "points": np.stack([ra, dec], axis=-1).tolist()}
            for label, ra, dec in self.outlines
        ]
        return {"outlines": told}, []

    def paint(self, picture: Picture, opacity: float) -> None:
        """Draw the lines."""
        for _, ra, dec in self.outlines:
            picture.line(ra, dec, self.color, opacity)


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageLayer(Layer):
    """An image with world coordinates.

    Attributes
    ----------
    pixels
        Its values, the bottom row first as in FITS.
    wcs
        Where they are on the sky.
    cuts
        The values that are shown as black and white.
    """

    kind = "image"
    pixels: NDArray[np.float32] = field(repr=False)
    wcs: WCS = field(repr=False)
    cuts: tuple[float, float]

    def told(self) -> dict[str, Any]:
        """How it is shown."""
        return super().told() | {"cuts": list(self.cuts)}

    def content(self) -> Content:
        """A FITS file."""
        from astropy.io.fits import PrimaryHDU

        file = io.BytesIO()
        PrimaryHDU(self.pixels, self.wcs.to_header(relax=True)).writeto(file)
        return {}, [file.getvalue()]

    def paint(self, picture: Picture, opacity: float) -> None:
        """Draw its pixels."""
        values = self.at(picture.ra, picture.dec)
        low, high = self.cuts
        grey = np.nan_to_num(255 * np.clip((values - low) / (high - low), 0, 1)).astype(np.uint8)
        alpha = np.where(np.isfinite(values), 255, 0).astype(np.uint8)
        picture.lay(np.stack([grey, grey, grey, alpha], axis=-1), opacity)

    def at(self, ra: NDArray[np.float64], dec: NDArray[np.float64]) -> NDArray[np.float32]:
        """The values at positions in degrees; NaN beside the image."""
        seen = np.isfinite(ra) & np.isfinite(dec)
        found = np.full(ra.shape, np.nan, np.float32)
        column, row = self.wcs.all_world2pix(ra[seen], dec[seen], 0, quiet=True)
        height, width = self.pixels.shape
        with np.errstate(invalid="ignore"):
            inside = (column > -0.5) & (column < width - 0.5) & (row > -0.5) & (row < height - 0.5)
        values = np.full(len(column), np.nan, np.float32)
        values[inside] = self.pixels[
            np.rint(row[inside]).astype(int), np.rint(column[inside]).astype(int)
        ]
        found[seen] = values
        return found
