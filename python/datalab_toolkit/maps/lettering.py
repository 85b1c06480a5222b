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


@cache
def _file() -> str:
    """Where the font lies; matplotlib itself takes a third of a second to import."""
    font = "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf"
    return str(distribution("matplotlib").locate_file(font))
