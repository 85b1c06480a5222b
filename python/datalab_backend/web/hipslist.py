"""``/hips/list``: all sky layers, of tables and of images (HiPS 1.0, section 5.2)."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from datalab_backend.lazy import importing
from datalab_backend.web import hips, imagehips
from datalab_backend.web.context import base_url


async def show(request: Request) -> Response:
    """List them."""
    return await to_thread.run_sync(_write, request)


def _write(request: Request) -> Response:
    layers = [*hips.listed(request), *imagehips.listed(request)]
    with importing:
        from datalab_backend.web import hipsdocuments

    return Response(hipsdocuments.hips_list(base_url(request), layers), media_type="text/plain")
