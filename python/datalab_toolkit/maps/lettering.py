"""The letters of still pictures: those of all languages that catalogues are credited in."""

from __future__ import annotations

from pathlib import Path

from PIL import ImageFont


def font(size: float) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which matplotlib brings along; the letters that Pillow has know no ñ.

    Parameters
    ----------
    size
        The height of its letters in pixels.
    """
    import matplotlib

    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    # Not shared, since a face of FreeType belongs to one thread, and laid out simply: Raqm's layout
    # failed in kernels where matplotlib, too, had drawn.
    return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
