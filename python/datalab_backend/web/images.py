"""``/images`` and ``/svc/cutout``: pictures of the sky as FITS, whole or in part."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from datalab_backend.errors import NotFoundError, UsageError
from datalab_backend.images.image import COLOUR, Collection, Image
from datalab_backend.lazy import importing
from datalab_backend.web import ranges
from datalab_backend.web.context import context
from datalab_backend.web.filebodies import FileAnswer
from datalab_backend.web.parameters import Parameters

CUTOUT_PATH = "/svc/cutout"

KEPT = {"Cache-Control": "private, max-age=300"}
FITS = "image/fits"

# Threads of their own: the demo's image may have to be rendered first, which holds up nothing else.
_threads = CapacityLimiter(4)


def routes() -> list[Route]:
    """The addresses of images."""
    return [
        Route("/images", _in_thread(_list)),
        Route("/images/{collection}/{band}.fits", _in_thread(_file)),
        Route(CUTOUT_PATH, _in_thread(_cutout)),
    ]


def _in_thread(make: Callable[[Request], Response]) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        return await to_thread.run_sync(partial(make, request), limiter=_threads)

    return answer


def _list(request: Request) -> Response:
    """All images, band by band."""
    found = context(request).images.all()
    listed = [_told(collection, image) for collection in found for image in collection.images]
    return JSONResponse(listed, headers={"Cache-Control": "no-cache"})


def _told(collection: Collection, image: Image) -> dict[str, object]:
    layers = f"/hips/images/{image.collection}"
    return {
        "collection": image.collection,
        "band": image.band,
        "title": image.title,
        "ra_deg": image.ra_deg,
        "dec_deg": image.dec_deg,
        "width_deg": image.width_deg,
        "height_deg": image.height_deg,
        "pixel_arcsec": image.pixel_arcsec,
        "seeing_arcsec": image.seeing_arcsec,
        "zero_point": image.zero_point,
        "simulated": image.simulated,
        "credit": image.credit,
        "size_bytes": image.file.stat().st_size,
        "fits": f"/images/{image.collection}/{image.band}.fits",
        "hips": f"{layers}/{image.band}",
        "colour_hips": f"{layers}/{COLOUR}" if collection.has_colour else None,
    }


def _file(request: Request) -> Response:
    """The file of an image, or the part of it that the client asks for."""
    asked = request.path_params
    image = context(request).images.image(asked["collection"], asked["band"])
    file = image.file.open("rb")
    status = image.file.stat()
    tag = f'"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"'
    headers = {**KEPT, "ETag": tag, "Accept-Ranges": "bytes", "Content-Type": FITS}
    if tag in request.headers.get("If-None-Match", ""):
        file.close()
        return Response(status_code=304, headers=headers)
    part = ranges.asked(
        request.headers.get("Range"), request.headers.get("If-Range"), status.st_size, tag
    )
    if part is None:
        file.close()
        headers["Content-Range"] = f"bytes */{status.st_size}"
        return Response(status_code=416, headers=headers)
    name = f"{image.collection}_{image.band}.fits"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if not part.whole:
        last = part.start + part.length - 1
        headers["Content-Range"] = f"bytes {part.start}-{last}/{status.st_size}"
    return FileAnswer(file, part.start, part.length, 200 if part.whole else 206, headers)


def _cutout(request: Request) -> Response:
    """``POS=ra,dec&SIZE=width[,height]&band=g[&col=collection]``, all in degrees."""
    with importing:
        from datalab_backend.images.cutout import Area, cut

    parameters = Parameters(request.query_params.multi_items())
    ra, dec = _numbers(parameters, "POS", "185.43,-31.97", (2,))
    size = _numbers(parameters, "SIZE", "0.05", (1, 2))
    area = Area(ra % 360.0 if ra < 0 else ra, dec, size[0], size[-1])
    band = parameters.text("band")
    if band is None:
        raise UsageError("band is missing.", "Send the band of the image, such as band=g.")
    image = _image_for(request, parameters.text("col", "collection"), band)
    file = cut(image, area)
    name = f"{image.collection}_{image.band}_cutout.fits"
    headers = {**KEPT, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(file, media_type=FITS, headers=headers)


def _image_for(request: Request, collection: str | None, band: str) -> Image:
    """The image of a collection, or without one the first that has the band."""
    images = context(request).images
    if collection is not None:
        return images.image(collection, band)
    found = images.all()
    if not found:
        raise NotFoundError(
            "This Data Lab has no images.",
            "The demo sky has one: make it in the panel, or with datalab-server demo.",
        )
    first = next((c for c in found if c.find(band)), found[0])
    return images.image(first.name, band)


def _numbers(
    parameters: Parameters, name: str, example: str, counts: tuple[int, ...]
) -> list[float]:
    """Numbers with commas between them."""
    text = parameters.text(name)
    if text is None:
        raise UsageError(f"{name} is missing.", f"Send it in degrees, such as {name}={example}.")
    pieces = text.replace(",", " ").split()
    if len(pieces) not in counts:
        raise UsageError(
            f"{name} has {len(pieces)} numbers: “{text[:40]}”.",
            f"Send {' or '.join(map(str, counts))} in degrees, such as {name}={example}.",
        )
    return [Parameters([(name, piece)]).number(name, 0.0) for piece in pieces]
