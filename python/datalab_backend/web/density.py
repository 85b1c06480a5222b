"""``/density/{schema.table}``: how many rows of a table lie behind each pixel of a sky map."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from datalab_backend.errors import NotFoundError
from datalab_backend.lazy import importing
from datalab_backend.web.context import Context, context
from datalab_backend.web.parameters import Parameters

if TYPE_CHECKING:
    from datalab_backend.catalogues.density import DensityView

# Tables change rarely, and a map that is a minute old still shows the sky.
_HEADERS = {"Cache-Control": "private, max-age=60"}


async def view(request: Request) -> Response:
    """Count the rows of a table in the pixels of a view of the sky."""
    parameters = await Parameters.read(request)
    seen = await to_thread.run_sync(
        _look, context(request), request.path_params["name"], parameters
    )
    about = json.dumps(seen.about(), ensure_ascii=True, separators=(",", ":"))
    return Response(
        seen.counts.astype("<u4", copy=False).tobytes(),
        media_type="application/octet-stream",
        headers={"Datalab-Density": about, **_HEADERS},
    )


def _look(datalab: Context, name: str, parameters: Parameters) -> DensityView:
    with importing:
        from datalab_backend.catalogues.density import density
        from datalab_backend.catalogues.projections import View

    standard = View()
    asked = View(
        projection=parameters.text("projection") or standard.projection,
        lon=parameters.number("lon", standard.lon),
        lat=parameters.number("lat", standard.lat),
        frame=parameters.text("frame") or standard.frame,
        fov=parameters.number("fov", standard.fov),
        width=parameters.whole("width", standard.width),
        height=parameters.whole("height", standard.height),
    )
    now = datalab.catalogues.now()
    table = now.tables.find(name)
    if table is None:
        raise NotFoundError(
            f"There is no table “{name[:80]}”.", "List the tables to see their names."
        )
    return density(table, now.density(table), now.engine, asked)
