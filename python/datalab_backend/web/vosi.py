"""``/tap/capabilities``, ``/tap/availability`` and ``/tap/tables`` (VOSI 1.1)."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from datalab_backend.lazy import importing
from datalab_backend.metadata import Tables
from datalab_backend.web.context import base_url, context, find_table, snapshot
from datalab_backend.web.parameters import Parameters


async def capabilities(request: Request) -> Response:
    """Tell what the Data Lab can do and where."""

    def write() -> bytes:
        with importing:
            from datalab_backend.web.capabilities import write

        datalab = context(request)
        return write(base_url(request), datalab.limits, datalab.jobs.limits)

    return _xml(await to_thread.run_sync(write))


async def availability(request: Request) -> Response:
    """Tell that the Data Lab is up."""
    since = context(request).started.strftime("%Y-%m-%dT%H:%M:%SZ")
    # Asked every few seconds and by every client that starts: made without the XML models.
    return _xml(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<availability xmlns="http://www.ivoa.net/xml/VOSIAvailability/v1.0">'
        f"<available>true</available><upSince>{since}</upSince></availability>\n".encode()
    )


async def tables(request: Request) -> Response:
    """Describe all tables; ``detail=min`` leaves their columns out."""
    parameters = await Parameters.read(request)
    detail = parameters.choice("detail", ("min", "max"), "max")
    # What astroquery, which cannot read the columns of any service but ESA's, says for min.
    if parameters.choice("only_tables", ("true", "false"), "false") == "true":
        detail = "min"

    def write() -> bytes:
        with importing:
            from datalab_backend.web.tableset import write_tables

        return write_tables(_tables(request), with_columns=detail == "max")

    return _xml(await to_thread.run_sync(write))


async def table(request: Request) -> Response:
    """Describe one table."""
    name: str = request.path_params["name"]

    def write() -> bytes:
        with importing:
            from datalab_backend.web.tableset import write_table

        return write_table(find_table(snapshot(request), name))

    return _xml(await to_thread.run_sync(write))


def _tables(request: Request) -> Tables:
    return snapshot(request).tables


def _xml(document: bytes) -> Response:
    return Response(document, media_type="text/xml", headers={"Cache-Control": "private, no-cache"})
