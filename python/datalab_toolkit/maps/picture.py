"""A still picture of a density map: colours, edge of the sky, colour bar, title, credit."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from datalab_toolkit.maps import lettering, shading
from datalab_toolkit.maps.density import Density

_INK = (70, 70, 70)
_FAINT = (130, 130, 130)
_TICKS = 5


def png(
    density: Density,
    title: str,
    stretch: str,
    cuts: tuple[float, float],
    colormap: str,
    smooth: bool = True,
    what: str = "",
) -> bytes:
    """Draw a density map as a PNG file.

    Parameters
    ----------
    density
        The counts and what is known of them.
    title
        What is shown.
    stretch, cuts, colormap, smooth
        As in `datalab_toolkit.maps.shading`.
    what
        In words, which rows are shown and how, when it is not all of them counted.
    """
    values = shading.smooth(density) if smooth else density.drawn
    scale = shading.Scale.fit(values, stretch, cuts)
    sky = Image.fromarray(shading.shade(values, scale, colormap))
    unit = max(density.view.width / 720, 0.6)
    margin, line = round(14 * unit), round(17 * unit)
    font, small = lettering.font(11.5 * unit), lettering.font(10 * unit)
    thanks = f"Credit: {density.credit}" if density.credit else ""
    credit = lettering.wrapped(thanks, density.view.width, small)
    head, foot = line + margin, line * (2 + max(len(credit), 1)) + margin
    size = (density.view.width + 2 * margin, density.view.height + head + foot + margin)
    page = Image.new("RGB", size, "white")
    page.paste(sky, (margin, head + margin // 2), sky)
    draw = ImageDraw.Draw(page)
    note = " · ".join(
        part
        for part in (
            f"{'of ' if what else ''}{density.rows:,} rows" if density.rows is not None else "",
            "simulated, not observed" if density.simulated else "",
            density.sample,
        )
        if part
    )
    draw.text((size[0] - margin, margin * 0.7), note, fill=_FAINT, font=small, anchor="ra")
    room = int(density.view.width - small.getlength(note) - margin)
    shown = lettering.cut(" ".join(part for part in (title, what) if part), room, font)
    draw.text((margin, margin * 0.7), shown, fill=_INK, font=font)
    top = head + density.view.height + margin
    _bar(draw, page, density, scale, colormap, (margin, top, density.view.width, line), small)
    for i, words in enumerate(credit):
        draw.text((margin, top + (2.1 + i) * line), words, fill=_FAINT, font=small)
    file = io.BytesIO()
    # With 256 colours, as a colour map has, the file is a third as long.
    page.quantize(256, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _bar(
    draw: ImageDraw.ImageDraw,
    page: Image.Image,
    density: Density,
    scale: shading.Scale,
    colormap: str,
    place: tuple[int, int, int, int],
    font: ImageFont.FreeTypeFont,
) -> None:
    left, top, width, line = place
    unit = density.label
    length = int(width - draw.textlength(unit, font) - line)
    height = int(0.6 * line)
    fractions = shading.FAINTEST + (1 - shading.FAINTEST) * np.linspace(0, 1, length)
    row = shading.palette(colormap)[np.round(255 * fractions).astype(int)]
    page.paste(Image.fromarray(np.repeat(row[None], height, axis=0)), (left, top))
    y = top + height + 3
    draw.text((left + width, y), unit, fill=_INK, font=font, anchor="ra")
    if scale.high <= scale.low:
        (only,) = density.quantity(np.array([scale.high]))
        draw.text((left, y), f"{only:.3g}", fill=_INK, font=font)
        return
    # Round values at evenly spread places of the bar: the inverse of the stretch, by lookup.
    values = np.geomspace(scale.low, scale.high, 2000)
    at = scale.fractions(values)
    for i in range(_TICKS):
        wanted = i / (_TICKS - 1)
        value = density.quantity(values[np.argmin(np.abs(at - wanted))])
        x = left + round(wanted * (length - 1))
        anchor = "la" if i == 0 else "ra" if i == _TICKS - 1 else "ma"
        draw.line((x, top + height, x, top + height + 3), fill=_INK)
        draw.text(
            (x, y),
            f"{float(f'{value:.3g}' if density.measured else f'{value:.2g}'):,g}",
            fill=_INK,
            font=font,
            anchor=anchor,
        )
