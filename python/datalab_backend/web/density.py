"""``/density``: how many rows lie behind each pixel of a sky map.

``/density/{schema.table}`` is about a table, ``/density`` about the result of a query.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from datalab_backend.catalogues.live import Snapshot
from datalab_backend.engines.base import Engine
from datalab_backend.errors import UsageError
from datalab_backend.lazy import importing
from datalab_backend.metadata import Table
from datalab_backend.web.context import find_table
from datalab_backend.web.freshness import cache_control
from datalab_backend.web.parameters import Parameters
from datalab_backend.web.stoppable import answer

if TYPE_CHECKING:
    from datalab_backend.catalogues.density import DensityView
    from datalab_backend.catalogues.projections import View
    from datalab_backend.catalogues.results import ResultPositions

KEPT_S = 60
"""How long a map of a survey may be shown again, in seconds."""

LONGEST_S = 120.0
"""The longest that the engine may take for a map, in seconds."""

_MOST_RESULTS = 4

_lock = Lock()
_results: WeakKeyDictionary[Engine, OrderedDict[tuple[str, ...], ResultPositions]] = (
    WeakKeyDictionary()
)


async def view(request: Request) -> Response:
    """Count the rows of a table in the pixels of a view of the sky."""
    parameters = await Parameters.read(request)
    return await answer(request, partial(_look, request.path_params["name"], parameters))


async def result(request: Request) -> Response:
    """Count the rows in the result of a query in the pixels of a view of the sky."""
    parameters = await Parameters.read(request)
    return await answer(request, partial(_look_at_result, parameters))


def _written(seen: DensityView, tables: Iterable[Table]) -> Response:
    about = json.dumps(seen.about(), ensure_ascii=True, separators=(",", ":"))
    dtype = "<u4" if seen.values.dtype == np.uint32 else "<f4"
    return Response(
        seen.values.astype(dtype, copy=False).tobytes(),
        media_type="application/octet-stream",
        headers={"Datalab-Density": about, **cache_control(tables, KEPT_S)},
    )


def _asked(parameters: Parameters) -> View:
    with importing:
        from datalab_backend.catalogues.projections import View

    standard = View()
    return View(
        projection=parameters.text("projection") or standard.projection,
        lon=parameters.number("lon", standard.lon),
        lat=parameters.number("lat", standard.lat),
        frame=parameters.text("frame") or standard.frame,
        fov=parameters.number("fov", standard.fov),
        width=parameters.whole("width", standard.width),
        height=parameters.whole("height", standard.height),
    )


def _look(name: str, parameters: Parameters, now: Snapshot, engine: Engine) -> Response:
    with importing:
        from datalab_backend.catalogues.density import density
        from datalab_backend.catalogues.measured import measured

    asked = _asked(parameters)
    table = find_table(now, name)
    counts = now.density(table)
    where, column = parameters.text("where") or "", parameters.text("column") or ""
    statistic = parameters.text("statistic") or "count"
    sample = parameters.choice("sample", ("yes", "no"), "yes") == "yes"
    if not (where or column) and statistic == "count":
        return _written(density(table, counts, engine, asked), [table])
    seen = measured(
        table,
        now.tables,
        counts,
        engine,
        asked,
        where=where,
        statistic=statistic,
        column=column,
        sample=sample,
        timeout_s=LONGEST_S,
    )
    return _written(seen, [table])


def _look_at_result(parameters: Parameters, now: Snapshot, engine: Engine) -> Response:
    with importing:
        from datalab_backend.catalogues.results import positions

    asked = _asked(parameters)
    text = parameters.text("query")
    if text is None:
        raise UsageError("query is missing.", "Send the ADQL whose result is to be shown as query.")
    lon, lat = parameters.text("ra"), parameters.text("dec")
    if (lon is None) != (lat is None):
        raise UsageError("ra and dec are only given together.", "Name both columns or neither.")
    columns = (lon, lat) if lon and lat else None
    key = (text, lon or "", lat or "")
    with _lock:
        kept = _results.setdefault(now.engine, OrderedDict()).get(key)
    if kept is None:
        kept = positions(text, now.tables, engine, columns, LONGEST_S)
    with _lock:
        known = _results[now.engine]
        known[key] = kept
        known.move_to_end(key)
        while len(known) > _MOST_RESULTS:
            known.popitem(last=False)
    return _written(kept.density(asked), now.tables)
