"""``/hips/images``: the images as sky layers that Aladin and others show (HiPS 1.0).

A tile is kept as a file once it was drawn, and sent from there ever after.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from datalab_backend.errors import NotFoundError
from datalab_backend.images.image import COLOUR, Collection, Image
from datalab_backend.lazy import importing
from datalab_backend.web.context import context
from datalab_backend.web.hips import PAGE_HEADERS, whole
from datalab_backend.web.images import FITS, KEPT

if TYPE_CHECKING:
    from datalab_backend.catalogues.tiles import Picture
    from datalab_backend.images.hips import ImageHips

_PREVIEW_PIXELS = 1000
_MEDIA = {"fits": FITS, "png": "image/png"}

# Threads of their own: a tile that is drawn takes the processor for a moment.
_threads = CapacityLimiter(4)


@dataclass(frozen=True, slots=True)
class Asked:
    """The layer that a request wants a file of.

    Attributes
    ----------
    collection
        The images.
    images
        Those that it shows: one, or three in colour.
    band
        The name of the layer in the collection.
    """

    collection: Collection
    images: tuple[Image, ...]
    band: str

    @property
    def in_colour(self) -> bool:
        """Whether it has pictures only."""
        return self.band == COLOUR

    @property
    def hips(self) -> ImageHips:
        """The layer of its first image, which lies on the sky as the others do."""
        from datalab_backend.images.hips import ImageHips

        return ImageHips(self.images[0])

    @property
    def made(self) -> datetime:
        """When the images were made."""
        return datetime.fromtimestamp(self.images[0].file.stat().st_mtime, UTC)


def routes() -> list[Route]:
    """The addresses of the layers."""
    layer = "/hips/images/{collection}/{band}"
    made: dict[str, Callable[[Asked, Request], Response]] = {
        f"{layer}/": _page,
        f"{layer}/index.html": _page,
        f"{layer}/preview.png": _preview,
        f"{layer}/properties": _properties,
        f"{layer}/Moc.fits": _moc,
        f"{layer}/Norder3/Allsky.{{format}}": _allsky,
        f"{layer}/Norder{{order}}/Dir{{directory}}/Npix{{number}}.{{format}}": _tile,
    }
    return [Route(path, _answering(make)) for path, make in made.items()]


def listed(request: Request) -> list[tuple[str, dict[str, str]]]:
    """The path and the properties of each layer of the images that are there; none is rendered."""
    with importing:
        from datalab_backend.web import hipsdocuments

    found = []
    for collection in context(request).images.present():
        bands = [image.band for image in collection.images]
        for band in (*bands, COLOUR) if collection.has_colour else bands:
            asked = _chosen(collection, band)
            properties = hipsdocuments.image_properties(asked.images, asked.made)
            found.append((f"/hips/images/{collection.name}/{band}", properties))
    return found


def _answering(make: Callable[[Asked, Request], Response]) -> Callable[[Request], object]:
    def answer(request: Request) -> Response:
        with importing:
            from datalab_backend.images import hips  # noqa: F401 - for those below
            from datalab_backend.web import hipsdocuments  # noqa: F401

        path = request.path_params
        asked = _chosen(context(request).images.collection(path["collection"]), path["band"])
        tag = f'"{asked.made.timestamp():.6f}"'
        headers = {**KEPT, "ETag": tag}
        if tag in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        response = make(asked, request)
        response.headers.update(headers)
        return response

    async def in_thread(request: Request) -> Response:
        return await to_thread.run_sync(partial(answer, request), limiter=_threads)

    return in_thread


def _chosen(collection: Collection, band: str) -> Asked:
    if band == COLOUR and collection.has_colour:
        found = [collection.find(name) for name in COLOUR]
        return Asked(collection, tuple(image for image in found if image), band)
    image = collection.find(band)
    if image is None:
        names = [image.band for image in collection.images] + [COLOUR] * collection.has_colour
        raise NotFoundError(
            f"{collection.name} has no sky layer “{band[:80]}”.", f"It has {', '.join(names)}."
        )
    return Asked(collection, (image,), band)


def _told(asked: Asked) -> dict[str, str]:
    from datalab_backend.web import hipsdocuments

    return hipsdocuments.image_properties(asked.images, asked.made)


def _properties(asked: Asked, request: Request) -> Response:
    from datalab_backend.web import hipsdocuments

    return Response(hipsdocuments.written(_told(asked)), media_type="text/plain")


def _page(asked: Asked, request: Request) -> Response:
    from datalab_backend.web import hipsdocuments

    told = _told(asked)
    picture = f"/hips/images/{asked.collection.name}/{asked.band}/preview.png"
    text = hipsdocuments.page(told, told["obs_description"], picture)
    return Response(text, media_type="text/html", headers=PAGE_HEADERS)


def _preview(asked: Asked, request: Request) -> Response:
    def draw() -> bytes:
        from datalab_backend.images.hips import ImageHips

        whole = [ImageHips(image).whole(_PREVIEW_PIXELS) for image in asked.images]
        return _picture(asked, whole)

    return _kept(asked.collection.tiles / asked.band / "preview.png", draw, "png")


def _moc(asked: Asked, request: Request) -> Response:
    return Response(asked.hips.moc_fits(), media_type=FITS)


def _allsky(asked: Asked, request: Request) -> Response:
    written = _format(asked, request)
    kept = asked.collection.tiles / asked.band / "Norder3" / f"Allsky.{written}"

    def draw() -> bytes:
        from datalab_backend.catalogues import tiles
        from datalab_backend.images.hips import ImageHips

        shown = [tiles.allsky(ImageHips(image).allsky(), nan) for image in asked.images]
        if written == "fits":
            return tiles.fits(shown[0], _cards(asked, 3))
        return _picture(asked, shown)

    return _kept(kept, draw, written)


def _tile(asked: Asked, request: Request) -> Response:
    order, directory, number = (
        whole(request.path_params[name]) for name in ("order", "directory", "number")
    )
    written = _format(asked, request)
    refusal = NotFoundError(
        f"{asked.collection.name} in {asked.band} shows nothing in tile {number} of order {order}.",
        f"The tiles are of orders 3 to {asked.hips.order}; Moc.fits tells where the image is.",
    )
    if directory != number // 10_000 * 10_000:
        raise refusal
    kept = asked.collection.tiles / asked.band / f"Norder{order}" / f"Npix{number}.{written}"

    def draw() -> bytes:
        from datalab_backend.catalogues import tiles
        from datalab_backend.images.hips import ImageHips

        shown = []
        for image in asked.images:
            cells = ImageHips(image).cells(order, number)
            if cells is None:
                raise refusal
            shown.append(tiles.picture(cells))
        if written == "fits":
            cards = _cards(asked, order) | {"NPIX": (number, "number of the tile")}
            return tiles.fits(shown[0], cards)
        return _picture(asked, shown)

    return _kept(kept, draw, written)


def _picture(asked: Asked, shown: list[Picture]) -> bytes:
    from datalab_backend.catalogues import tiles
    from datalab_backend.images.hips import colour_picture, picture

    if asked.in_colour:
        return tiles.png(colour_picture(list(zip(asked.images, shown, strict=True))))
    return tiles.png(picture(asked.images[0], shown[0]))


def _kept(path: Path, draw: Callable[[], bytes], written: str) -> Response:
    """A file that is there, or else is drawn and then kept, whole or not at all."""
    if not path.exists():
        drawn = draw()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
            fresh.write_bytes(drawn)
            fresh.replace(path)
        except OSError:  # a full or write-protected disk: it is drawn again the next time
            return Response(drawn, media_type=_MEDIA[written])
    return FileResponse(path, media_type=_MEDIA[written])


def _cards(asked: Asked, order: int) -> dict[str, tuple[object, str]]:
    image = asked.images[0]
    cards: dict[str, tuple[object, str]] = {
        "BUNIT": ("adu", "light, sky subtracted"),
        "MAGZERO": (image.zero_point, "[mag] AB magnitude of 1 adu"),
        "ORDER": (order, "order of the tile"),
        "FILTER": (image.band, "band of the image"),
    }
    if image.simulated:
        cards["SIMULATD"] = (True, "the pixels are simulated, not observed")
    return cards


def _format(asked: Asked, request: Request) -> str:
    written = str(request.path_params["format"])
    if written not in _MEDIA or (asked.in_colour and written == "fits"):
        have = "png" if asked.in_colour else "fits and png"
        raise NotFoundError("There is no tile in this format.", f"Tiles are {have}.")
    return written
