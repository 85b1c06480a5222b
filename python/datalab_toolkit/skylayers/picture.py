"""A still picture of the sky view, for where no kernel or no WebGL is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw
from PIL.PngImagePlugin import PngInfo

from datalab_toolkit.maps import lettering
from datalab_toolkit.maps.view import MapView

if TYPE_CHECKING:
    from mocpy import MOC

    from datalab_toolkit.skylayers.layers import Layer

_INK = (70, 70, 70)
_FAINT = (130, 130, 130)
_SELECTED = "#ffd54f"


class Picture:
    """Pixels of a view on which layers are laid, one above the other.

    Attributes
    ----------
    view
        Where the pixels are on the sky.
    ra, dec
        The positions of the middle of each pixel in degrees, NaN beside the sky.
    """

    def __init__(self, view: MapView) -> None:
        self.view = view
        column, row = np.meshgrid(np.arange(view.width) + 0.5, np.arange(view.height) + 0.5)
        self.ra, self.dec = view.positions(column, row)
        self._image = Image.new("RGBA", (view.width, view.height), "black")
        sky = Image.fromarray(view.on_sky)
        self._image.putalpha(sky.convert("L"))

    def lay(self, colours: NDArray[np.uint8], opacity: float) -> None:
        """Lay pixels over what is there."""
        colours = np.array(colours, np.uint8)
        colours[..., 3] = np.round(colours[..., 3] * opacity)
        self._over(Image.fromarray(colours))

    def rings(
        self, ra: NDArray[np.float64], dec: NDArray[np.float64], color: str, opacity: float
    ) -> None:
        """Draw a ring at each of some positions."""
        drawn, pen = self._sheet()
        x, y = self.view.pixels(ra, dec)
        inside = (x > -4) & (x < self.view.width + 4) & (y > -4) & (y < self.view.height + 4)
        ink = _ink(color, opacity)
        for at, up in zip(x[inside].tolist(), y[inside].tolist(), strict=True):
            pen.ellipse((at - 3, up - 3, at + 3, up + 3), outline=ink)
        self._over(drawn)

    def line(
        self, ra: NDArray[np.float64], dec: NDArray[np.float64], color: str, opacity: float = 1
    ) -> None:
        """Draw a line through positions, broken where it leaves the map on one side."""
        drawn, pen = self._sheet()
        x, y = self.view.pixels(ra, dec)
        ink, limit = _ink(color, opacity), self.view.width / 3
        for i in range(len(x) - 1):
            if abs(x[i + 1] - x[i]) < limit and abs(y[i + 1] - y[i]) < limit:
                pen.line((x[i], y[i], x[i + 1], y[i + 1]), fill=ink, width=2)
        self._over(drawn)

    def area(self, moc: MOC, color: str, opacity: float) -> None:
        """Shade a part of the sky."""
        from astropy.coordinates import Latitude, Longitude

        seen = np.isfinite(self.ra)
        inside = np.zeros(self.ra.shape, bool)
        lon, lat = Longitude(self.ra[seen], "deg"), Latitude(self.dec[seen], "deg")
        inside[seen] = moc.contains_lonlat(lon, lat)
        colours = np.zeros((*inside.shape, 4), np.uint8)
        colours[inside] = (*ImageColor.getrgb(color)[:3], 90)
        self.lay(colours, opacity)

    def png(self, title: str, layers: Sequence[Layer]) -> bytes:
        """Write the picture with its title and whom to thank for what is on it."""
        margin, line = 14, 17
        font, small = lettering.font(11.5), lettering.font(10)
        width, height = self.view.width, self.view.height
        notes = [
            words
            for note in dict.fromkeys(_note(layer) for layer in layers)
            for words in lettering.wrapped(note, width, small)
        ]
        size = (width + 2 * margin, height + 2 * margin + line + line * len(notes) + margin)
        page = Image.new("RGB", size, "white")
        page.paste(self._image, (margin, margin + line), self._image)
        draw = ImageDraw.Draw(page)
        shown = lettering.cut(title, width, font)
        draw.text((margin, margin * 0.7), shown, fill=_INK, font=font)
        for i, note in enumerate(notes):
            top = margin * 1.6 + line + height + i * line
            draw.text((margin, top), note, fill=_FAINT, font=small)
        file = io.BytesIO()
        told = PngInfo()
        told.add_itxt("Title", title)  # for those who do not see it (PNG 1.2, section 4.2.3)
        drawn = page.quantize(256, dither=Image.Dither.NONE)
        drawn.save(file, "PNG", optimize=True, pnginfo=told)
        return file.getvalue()

    def _sheet(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        drawn = Image.new("RGBA", self._image.size)
        return drawn, ImageDraw.Draw(drawn)

    def _over(self, drawn: Image.Image) -> None:
        sky = self._image.getchannel("A")
        self._image.alpha_composite(drawn)
        self._image.putalpha(sky)


def still(
    view: MapView,
    layers: Sequence[tuple[Layer, float]],
    outline: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    name: str = "",
) -> bytes:
    """Draw layers, each with its opacity, as a PNG file.

    Parameters
    ----------
    view
        Where to look.
    layers
        The layers with their opacity, the lowest first.
    outline
        The edge of what is selected: right ascensions and declinations in degrees.
    name
        What is in the middle, as whoever looks there called it.
    """
    picture = Picture(view)
    for layer, opacity in layers:
        layer.paint(picture, opacity)
    if outline is not None:
        picture.line(*outline, _SELECTED)
    shown = [layer for layer, _ in layers]
    return picture.png(_title(view, name, shown), shown)


def _title(view: MapView, name: str, layers: Sequence[Layer]) -> str:
    """Where the view looks, and at what."""
    where = f"RA {view.ra:.4f}°, Dec {view.dec:+.4f}°"
    where = f"{name} ({where})" if name else where
    what = ", ".join(layer.name for layer in layers)
    return f"{where}, {view.fov:.3g}° wide{': ' if what else ''}{what}"


def _note(layer: Layer) -> str:
    parts = [
        layer.name,
        layer.about,
        "simulated, not observed" if layer.simulated else "",
        f"Credit: {layer.credit}" if layer.credit else "",
    ]
    return " · ".join(part for part in parts if part)


def _ink(color: str, opacity: float) -> tuple[int, ...]:
    return (*ImageColor.getrgb(color or "white")[:3], round(255 * opacity))
