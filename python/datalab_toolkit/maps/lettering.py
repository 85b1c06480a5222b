"""The letters of still pictures: those of all languages that catalogues are credited in."""

from __future__ import annotations

from functools import cache
from importlib.metadata import distribution

from PIL import ImageFont


def font(size: float) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which matplotlib brings along; the letters that Pillow has know no ñ.

    Parameters
    ----------
    size
        The height of its letters in pixels.
    """
    # Not shared, since a face of FreeType belongs to one thread, and laid out simply: Raqm's layout
    # failed in kernels where matplotlib, too, had drawn.
    return ImageFont.truetype(_file(), size, layout_engine=ImageFont.Layout.BASIC)


def cut(text: str, width: int, font: ImageFont.FreeTypeFont) -> str:
    """What of a text has room on one line.

    Parameters
    ----------
    text
        The text.
    width
        The room in pixels.
    font
        As `font` makes it.
    """
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, width: int, font: ImageFont.FreeTypeFont) -> list[str]:
    """A text in lines that have room, broken between words; the parameters are those of `cut`."""
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(cut(word, width, font))
    return lines


@cache
def _file() -> str:
    """Where the font lies; matplotlib itself takes a third of a second to import."""
    font = "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf"
    return str(distribution("matplotlib").locate_file(font))
