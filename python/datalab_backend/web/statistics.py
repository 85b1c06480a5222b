"""``/statistics/{schema.table}``: what the values of each column of a table are."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from datalab_backend.errors import NotFoundError
from datalab_backend.web.context import snapshot

# Tables change rarely.
_HEADERS = {"Cache-Control": "private, max-age=60"}


async def show(request: Request) -> Response:
    """Tell the statistics that were computed when the table was ingested."""
    name = request.path_params["name"]
    content = await to_thread.run_sync(_read, request, name)
    return Response(content, media_type="application/json", headers=_HEADERS)


def _read(request: Request, name: str) -> bytes:
    now = snapshot(request)
    table = now.tables.find(name)
    if table is None:
        raise NotFoundError(
            f"There is no table “{name[:80]}”.", "List the tables to see their names."
        )
    found = now.statistics(table)
    if found is None:
        raise NotFoundError(
            f"There are no statistics of {table.full_name}.",
            "They are computed when a table is ingested.",
        )
    return found
