"""``/objects?NAME=…``: where a galaxy, cluster or nebula is."""

from __future__ import annotations

from dataclasses import asdict

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from datalab_backend import objects
from datalab_backend.errors import UsageError
from datalab_backend.web.parameters import Parameters

# The names are those of a release of OpenNGC.
_HEADERS = {"Cache-Control": "private, max-age=3600"}


async def find(request: Request) -> Response:
    """Tell the main name of an object and its place in degrees (ICRS)."""
    name = (await Parameters.read(request)).text("NAME") or ""
    if not name.strip():
        raise UsageError("NAME is missing.", f"Send a name: known are {objects.KNOWN}.")
    found = await to_thread.run_sync(objects.find, name)
    return JSONResponse(asdict(found), headers=_HEADERS)
