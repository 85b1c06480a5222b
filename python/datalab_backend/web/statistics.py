"""``/statistics/{schema.table}``: what the values of each column of a table are."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from datalab_backend.errors import NotFoundError
from datalab_backend.web.context import find_table, snapshot
from datalab_backend.web.freshness import cache_control

_KEPT_S = 60


async def show(request: Request) -> Response:
    """Tell the statistics that were computed when the table was ingested."""
    name = request.path_params["name"]
    return await to_thread.run_sync(_read, request, name)


def _read(request: Request, name: str) -> Response:
    now = snapshot(request)
    table = find_table(now, name)
    found = now.statistics(table)
    if found is None:
        raise NotFoundError(
            f"There are no statistics of {table.full_name}.",
            "They are computed when a table is ingested.",
        )
    headers = cache_control([table], _KEPT_S)
    return Response(found, media_type="application/json", headers=headers)
