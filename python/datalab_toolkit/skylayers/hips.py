"""An image HiPS of a service (HiPS 1.0, IVOA 2017): what it says of itself, and its pixels."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from datalab_toolkit.errors import NotFoundError
from datalab_toolkit.maps import projection
from datalab_toolkit.registry import find

TILE_WIDTH = 512
TILE_DEPTH = 9
"""A tile's pixels are cells of this many orders more than the tile."""

CELL_DEG = 58.6
"""The side of a HEALPix cell of order 0, about."""

_MOST_TILES = 40


@dataclass(frozen=True)
class Hips:
    """An image HiPS that a service has.

    Attributes
    ----------
    service
        The name of the service.
    path
        What follows ``/hips/`` in its address, such as ``density/schema.table``.
    properties
        The document that describes it (HiPS 1.0, section 4.4).
    """

    service: str
    path: str
    properties: Mapping[str, str]

    @classmethod
    def read(cls, service: str, path: str) -> Hips:
        """Read what a HiPS says of itself.

        Raises
        ------
        NotFoundError
            The service has no such HiPS.
        """
        answer = find(service).lab.ask("GET", f"/hips/{path}/properties", headers={"Accept": "*/*"})
        lines = (line.partition("=") for line in answer.text.splitlines() if "=" in line)
        properties = {name.strip(): value.strip() for name, _, value in lines}
        if "hips_order" not in properties:
            raise NotFoundError(
                f"{find(service).title} has no sky layer {path}.", "dl.images() lists its images."
            )
        return cls(service, path, properties)

    @property
    def title(self) -> str:
        """What is shown."""
        return self.properties.get("obs_title", self.path)

    @property
    def credit(self) -> str:
        """Whom to acknowledge."""
        return self.properties.get("obs_ack", self.properties.get("obs_copyright", ""))

    @property
    def simulated(self) -> bool:
        """Whether it says that what it shows was made up."""
        told = f"{self.title} {self.properties.get('obs_description', '')}"
        return "simulated" in told.casefold()

    @property
    def order(self) -> int:
        """The order of the deepest tiles."""
        return int(self.properties["hips_order"])

    @property
    def least_order(self) -> int:
        """The order of the coarsest tiles."""
        return int(self.properties.get("hips_order_min", 0))

    @property
    def formats(self) -> tuple[str, ...]:
        """Of the tiles: ``png``, ``jpeg``, ``fits``."""
        return tuple(self.properties.get("hips_tile_format", "png").split())

    @property
    def frame(self) -> str:
        """``icrs`` or ``galactic``."""
        return "galactic" if self.properties.get("hips_frame") == "galactic" else "icrs"

    @property
    def pictured(self) -> bool:
        """Whether its tiles are pictures; else they are numbers alone."""
        return bool({"png", "jpeg"} & set(self.formats))

    @cached_property
    def cuts(self) -> tuple[float, float]:
        """The values that are shown as black and white, of tiles of numbers."""
        low, high = self.properties.get("hips_pixel_cut", "0 1").split()[:2]
        return float(low), float(high)

    def colours(self, ra: ArrayLike, dec: ArrayLike, scale_deg: float) -> NDArray[np.uint8]:
        """Colours at positions, as in the tiles that a viewer of this scale shows.

        Parameters
        ----------
        ra, dec
            Positions in degrees; NaN beside the sky.
        scale_deg
            Degrees in a pixel of the picture that is made.

        Returns
        -------
        numpy.ndarray
            Red, green, blue and opacity in the last axis.
        """
        from PIL import Image

        def read(content: bytes) -> NDArray[Any]:
            return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))

        if self.pictured:
            ending = "png" if "png" in self.formats else "jpg"
            return self._look(ra, dec, scale_deg, ending, read, np.zeros(4, np.uint8))
        low, high = self.cuts
        values = self.values(ra, dec, scale_deg)
        grey = np.nan_to_num(255 * np.clip((values - low) / (high - low), 0, 1)).astype(np.uint8)
        return np.stack([grey, grey, grey, np.where(np.isfinite(values), 255, 0)], -1, dtype="u1")

    def values(self, ra: ArrayLike, dec: ArrayLike, scale_deg: float) -> NDArray[np.float32]:
        """Numbers at positions, from the FITS tiles; NaN where there is none. See `colours`."""
        from astropy.io import fits

        if "fits" not in self.formats:
            raise NotFoundError(
                f"{self.title} is a picture alone and has no numbers.",
                "Show one of its bands, such as survey='sim_smash/g'.",
            )

        def read(content: bytes) -> NDArray[Any]:
            # The bottom row comes first in FITS, and the top row in what is shown.
            return np.asarray(fits.getdata(io.BytesIO(content)), np.float32)[::-1]

        return self._look(ra, dec, scale_deg, "fits", read, np.float32(np.nan))

    def _look(
        self,
        ra: ArrayLike,
        dec: ArrayLike,
        scale_deg: float,
        ending: str,
        read: Callable[[bytes], NDArray[Any]],
        nothing: Any,  # noqa: ANN401 - a pixel
    ) -> NDArray[Any]:
        lon, lat = np.asarray(ra, float), np.asarray(dec, float)
        if self.frame == "galactic":
            vectors = projection.vectors(lon, lat) @ projection.ICRS_TO_GALACTIC.T
            lon, lat = projection.angles(vectors)
        seen = np.isfinite(lon) & np.isfinite(lat)
        shown = np.broadcast_to(nothing, (*lon.shape, *np.shape(nothing))).copy()
        cells, order = self._cells(lon[seen], lat[seen], scale_deg)
        tiles = cells >> 2 * TILE_DEPTH
        rows, columns = squared(cells & ((1 << 2 * TILE_DEPTH) - 1))
        found = np.broadcast_to(nothing, (len(cells), *np.shape(nothing))).copy()
        for number in np.unique(tiles):
            content = self.tile(order, int(number), ending)
            if content is not None:
                inside = tiles == number
                found[inside] = read(content)[rows[inside], columns[inside]]
        shown[seen] = found
        return shown

    def _cells(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], scale_deg: float
    ) -> tuple[NDArray[np.int64], int]:
        """The cell of a tile's pixels at each position, and the order of the tiles."""
        from astropy.coordinates import Latitude, Longitude
        from cdshealpix.nested import lonlat_to_healpix

        wanted = int(np.ceil(np.log2(CELL_DEG / max(scale_deg, 1e-9)))) - TILE_DEPTH
        order = min(max(wanted, self.least_order), self.order)
        while True:
            cells = lonlat_to_healpix(
                Longitude(lon, "deg"), Latitude(lat, "deg"), order + TILE_DEPTH
            ).astype(np.int64)
            if order == self.least_order or len(np.unique(cells >> 18)) <= _MOST_TILES:
                return cells, order
            order -= 1

    def tile(self, order: int, number: int, ending: str) -> bytes | None:
        """The file of a tile; None when there is none."""
        folder = number // 10_000 * 10_000
        path = f"/hips/{self.path}/Norder{order}/Dir{folder}/Npix{number}.{ending}"
        try:
            return find(self.service).lab.ask("GET", path, headers={"Accept": "*/*"}).content
        except NotFoundError:
            return None  # no rows, or no image, in this part of the sky


def squared(cells: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of a tile's cells (HiPS 1.0, section 4.2): their even and their odd bits."""
    row, column = np.zeros_like(cells), np.zeros_like(cells)
    for bit in range(TILE_DEPTH):
        row |= (cells >> 2 * bit & 1) << bit
        column |= (cells >> 2 * bit + 1 & 1) << bit
    return row, column
