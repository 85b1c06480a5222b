"""The tiles of an image HiPS: how their pixels lie, how they are written (HiPS 1.0, section 4.2).

A tile is a HEALPix cell seen as a square of 512 × 512 smaller cells. In a picture the columns run
to the north-west and the rows, from the top, to the north-east; FITS has the bottom row first.
"""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datalab_backend.lazy import importing

TILE_WIDTH = 512
TILE_DEPTH = 9
"""A tile's pixels are cells of this many orders more than the tile."""

ALLSKY_DEPTH = 6
"""As `TILE_DEPTH`, for the small tiles of order 3 in an Allsky file."""

_ALLSKY_COLUMNS = 27
_FAINTEST = 0.12

Picture = NDArray[Any]


def picture(cells: NDArray[Any]) -> Picture:
    """The values of a tile's cells, in nested order, as a picture with its first row on top."""
    return cells[_nested(round(np.log2(len(cells)) / 2))]


def allsky(cells: NDArray[Any], empty: float = 0) -> Picture:
    """The values of all cells of order 9 as the mosaic of an Allsky file, 27 tiles in a row.

    Parameters
    ----------
    cells
        The values, in nested order.
    empty
        The value of the places after the last tile.
    """
    side = 1 << ALLSKY_DEPTH
    tiles = cells.reshape(-1, side * side)[:, _nested(ALLSKY_DEPTH)]
    rows = -(-len(tiles) // _ALLSKY_COLUMNS)
    mosaic = np.full((rows * _ALLSKY_COLUMNS, side, side), empty, cells.dtype)
    mosaic[: len(tiles)] = tiles
    mosaic = mosaic.reshape(rows, _ALLSKY_COLUMNS, side, side).swapaxes(1, 2)
    return mosaic.reshape(rows * side, _ALLSKY_COLUMNS * side)


def fits(shown: Picture, cards: dict[str, tuple[object, str]]) -> bytes:
    """Write a picture as FITS, with some cards in its header."""
    with importing:
        from astropy.io.fits import Header, PrimaryHDU

    header = Header([(name, *value) for name, value in cards.items()])
    file = io.BytesIO()
    PrimaryHDU(np.ascontiguousarray(shown[::-1]), header).writeto(file)
    return file.getvalue()


def png(shown: Picture) -> bytes:
    """Write colours, or the shades that `shaded` gives, as PNG.

    Shades are written three times as fast, but not every reader of tiles knows palettes.
    """
    from PIL import Image

    file = io.BytesIO()
    image = Image.fromarray(shown)
    if shown.ndim == 2:
        image.putpalette(_palette()[:, :3].tobytes())
        image.save(file, "PNG", compress_level=3, transparency=0)
    else:
        image.save(file, "PNG", compress_level=3)
    return file.getvalue()


def shaded(counts: NDArray[Any], brightest: float) -> NDArray[np.uint8]:
    """Shades of counts, 1 to 255 on a logarithmic scale from 1; 0, which is clear, for none."""
    top = np.log(max(brightest, 2.0))
    fractions = np.log(np.maximum(counts, 1, dtype=np.float32)) / np.float32(top)
    shades = _FAINTEST + (1 - _FAINTEST) * np.minimum(fractions, 1)
    return np.where(counts > 0, np.rint(255 * shades), 0).astype(np.uint8)


def coloured(shades: NDArray[np.uint8]) -> Picture:
    """The RGBA colours of shades."""
    return _palette()[shades]


@cache
def _nested(depth: int) -> NDArray[np.int64]:
    """Where in the nested order the cell behind each pixel of a tile is."""
    spread = np.zeros(1 << depth, np.int64)
    for bit in range(depth):
        spread |= (np.arange(1 << depth) >> bit & 1) << 2 * bit
    return spread[:, None] | spread[None, :] << 1


@cache
def _palette() -> NDArray[np.uint8]:
    from bokeh.palettes import Magma256

    colours = [bytes.fromhex(f"{colour[1:]}ff") for colour in Magma256]
    return np.frombuffer(bytes(4) + b"".join(colours[1:]), np.uint8).reshape(256, 4)
