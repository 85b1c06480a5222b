"""``/vospace/package``: several nodes in one archive."""

from __future__ import annotations

from urllib.parse import urlencode

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import UsageError
from datalab_backend.storage import packages
from datalab_backend.storage.packages import Archive
from datalab_backend.storage.path import resolve
from datalab_backend.storage.transfer import Transfer
from datalab_backend.web import vospacexml
from datalab_backend.web.context import base_url, caller, context
from datalab_backend.web.parameters import Parameters

VIEWS = {vospacexml.ZIP: Archive.ZIP, vospacexml.TAR: Archive.TAR}
_MEDIA_TYPES = {Archive.ZIP: "application/zip", Archive.TAR: "application/x-tar"}
_FORMATS = {**{a.value: a for a in Archive}, **{name: a for a, name in _MEDIA_TYPES.items()}}


def routes() -> list[Route]:
    """The address of packages."""
    return [Route("/vospace/package", _get, methods=["GET", "POST"])]


async def _get(request: Request) -> Response:
    parameters = await Parameters.read(request)
    name = parameters.choice("RESPONSEFORMAT", tuple(_FORMATS), Archive.ZIP.value)
    archive = _FORMATS[name]
    storage, asking = context(request).storage, caller(request)
    paths = [resolve(target, asking.name) for target in parameters.all("TARGET")]
    if not paths:
        raise UsageError("TARGET is missing.", "Give the nodes, each as one TARGET.")
    found = await to_thread.run_sync(packages.members, storage, asking, paths)
    return StreamingResponse(
        packages.write(storage, asking, found, archive),
        media_type=_MEDIA_TYPES[archive],
        headers={
            "Content-Disposition": f'attachment; filename="package.{archive.value}"',
            "Cache-Control": "no-store",
        },
    )


def url(request: Request, asking: Caller, transfer: Transfer) -> str:
    """Where the package of a transfer is, for a caller who may read what is in it."""
    paths = [resolve(target, asking.name) for target in transfer.targets]
    packages.members(context(request).storage, asking, paths)
    query = [
        *(("TARGET", str(path)) for path in paths),
        ("RESPONSEFORMAT", VIEWS.get(transfer.view, Archive.ZIP).value),
    ]
    return f"{base_url(request)}/vospace/package?{urlencode(query)}"
