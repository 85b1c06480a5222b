"""The letters of still pictures: those of all languages that catalogues are credited in."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont


@lru_cache(maxsize=32)
def font(size: float) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which matplotlib brings along; the letters that Pillow has know no ñ.

    Parameters
    ----------
    size
        The height of its letters in pixels.
    """
    import matplotlib

    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(file, size)
