"""``/histogram/{schema.table}``: how many rows have two values in each bin of a plane."""

from __future__ import annotations

import json
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from datalab_backend.catalogues.live import Snapshot
from datalab_backend.engines.base import Engine
from datalab_backend.errors import UsageError
from datalab_backend.lazy import importing
from datalab_backend.web.context import find_table
from datalab_backend.web.density import KEPT_S, LONGEST_S
from datalab_backend.web.freshness import cache_control
from datalab_backend.web.parameters import Parameters
from datalab_backend.web.stoppable import answer


async def plane(request: Request) -> Response:
    """Count the rows of a table in the bins of a plane."""
    parameters = await Parameters.read(request)
    return await answer(request, partial(_count, request.path_params["name"], parameters))


def _count(name: str, parameters: Parameters, now: Snapshot, engine: Engine) -> Response:
    with importing:
        from datalab_backend.catalogues.histogram import histogram

    table = find_table(now, name)
    x, y = (parameters.text(axis) for axis in ("x", "y"))
    if not (x and y):
        raise UsageError(
            f"{'y' if x else 'x'} is missing.", "Give x and y, such as x=gmag - rmag and y=gmag."
        )
    found = histogram(
        table,
        now.tables,
        engine,
        x,
        y,
        _bins(parameters.text("bins")),
        _range("xrange", parameters.text("xrange")),
        _range("yrange", parameters.text("yrange")),
        parameters.text("where") or "",
        cube=parameters.choice("cube", ("yes", "no"), "no") == "yes",
        timeout_s=LONGEST_S,
    )
    about = json.dumps(found.about(), ensure_ascii=True, separators=(",", ":"))
    body = found.counts.astype("<u4").tobytes()
    if found.cube is not None:
        entries = (found.cube.cells, found.cube.bins, found.cube.counts)
        body += b"".join(array.astype("<u4").tobytes() for array in entries)
    return Response(
        body,
        media_type="application/octet-stream",
        headers={"Datalab-Histogram": about, **cache_control([table], KEPT_S)},
    )


def _bins(text: str | None) -> tuple[int, int]:
    parts = (text or "200").split(",")
    if len(parts) > 2 or not all(p.strip().isascii() and p.strip().isdigit() for p in parts):
        raise UsageError(f"bins is no number: “{(text or '')[:40]}”.", "Give 200, or 200,100.")
    return int(parts[0][:9]), int(parts[-1][:9])


def _range(name: str, text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        low, high = map(float, text.split(","))
    except ValueError as error:
        raise UsageError(
            f"{name} is no range: “{text[:40]}”.", "Give where it begins and ends, as -0.5,2."
        ) from error
    return low, high
