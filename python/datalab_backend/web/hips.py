"""``/hips``: each table with positions as sky layers that Aladin and others show (HiPS 1.0)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datalab_backend.catalogues.live import Snapshot
from datalab_backend.engines.base import Engine
from datalab_backend.errors import NotFoundError, UsageError
from datalab_backend.lazy import importing
from datalab_backend.metadata import Table
from datalab_backend.version import version
from datalab_backend.web import stoppable
from datalab_backend.web.context import find_table, snapshot
from datalab_backend.web.freshness import cache_control
from datalab_backend.web.parameters import Parameters

if TYPE_CHECKING:
    from datalab_backend.catalogues.hips import DensityHips
    from datalab_backend.catalogues.tiles import Picture

_NUMBER = re.compile(r"[0-9]{1,18}")
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
}
_FITS = "image/fits"
_KEPT_S = 300

_lock = Lock()
_kept: WeakKeyDictionary[Engine, dict[Table, DensityHips]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Asked:
    """The table whose HiPS a request wants a file of.

    Attributes
    ----------
    hips
        Its density.
    engine
        What reads its rows.
    released
        When this version of it was made.
    version
        A name of this version.
    """

    hips: DensityHips
    engine: Engine
    released: datetime
    version: str

    @property
    def table(self) -> Table:
        """The table."""
        return self.hips.table


Maker = Callable[[Asked, Request], Response]


def routes() -> list[Route]:
    """The addresses of all HiPS of tables."""
    density = "/hips/density/{name}"
    made: dict[str, Maker] = {
        f"{density}/": _density_page,
        f"{density}/index.html": _density_page,
        f"{density}/preview.png": _density_preview,
        f"{density}/properties": _density_properties,
        f"{density}/Moc.fits": coverage_file,
        f"{density}/Norder3/Allsky.{{format}}": _density_allsky,
        f"{density}/Norder{{order}}/Dir{{directory}}/Npix{{number}}.{{format}}": _density_tile,
        "/moc/{name}": _moc_as_asked,
    }
    return [Route(path, answering(make)) for path, make in made.items()]


def answering(make: Maker) -> Callable[[Request], object]:
    """A route that makes a file of a table's HiPS, unless its client has it already or leaves."""

    async def answer(request: Request) -> Response:
        return await stoppable.answer(request, partial(_answer, request, make))

    return answer


def _answer(request: Request, make: Maker, now: Snapshot, engine: Engine) -> Response:
    asked = _asked(now, request.path_params["name"], engine)
    told = f"{asked.version} {request.url.path} {request.url.query} {version()}"
    tag = f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'
    headers = {"ETag": tag, **cache_control([asked.table], _KEPT_S)}
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    response = make(asked, request)
    response.headers.update(headers)
    return response


def _asked(now: Snapshot, name: str, engine: Engine) -> Asked:
    table = find_table(now, name)
    hips = _hips(now, table)
    if hips is None:
        raise NotFoundError(
            f"{table.full_name} has no positions on the sky, so it is no sky layer.",
            "Choose a table with right ascension and declination.",
        )
    rows = now.files[table].rows
    released = datetime.fromtimestamp(rows.stat().st_mtime, UTC)
    return Asked(hips, engine, released, f"{rows.parent.name} {rows.stat().st_mtime_ns}")


def _hips(now: Snapshot, table: Table) -> DensityHips | None:
    """The HiPS of a table, which keeps what it found out for as long as the table is the same."""
    with importing:
        from datalab_backend.catalogues.hips import DensityHips

    with _lock:
        known = _kept.setdefault(now.engine, {})
        if table not in known:
            counts = now.density(table) if table.position else None
            if counts is None:
                return None
            known[table] = DensityHips(table, counts)
        return known[table]


def listed(request: Request) -> list[tuple[str, dict[str, str]]]:
    """The path and the properties of each layer of a table; to be called in a thread."""
    with importing:
        from datalab_backend.catalogues.progressive import ProgressiveHips
        from datalab_backend.web import hipsdocuments

    now = snapshot(request)
    found = [_asked(now, table.full_name, now.engine) for table in now.tables if table.position]
    densities = [
        (
            f"/hips/density/{asked.table.full_name}",
            hipsdocuments.density_properties(asked.hips, asked.released),
        )
        for asked in found
    ]
    rows = [
        (
            f"/hips/catalogue/{asked.table.full_name}",
            hipsdocuments.catalogue_properties(
                asked.hips, ProgressiveHips(asked.table, asked.hips.counts), asked.released
            ),
        )
        for asked in found
        if ProgressiveHips.possible(asked.table)
    ]
    return densities + rows


def _density_properties(asked: Asked, request: Request) -> Response:
    with importing:
        from datalab_backend.web import hipsdocuments

    properties = hipsdocuments.density_properties(asked.hips, asked.released)
    return Response(hipsdocuments.written(properties), media_type="text/plain")


def _density_page(asked: Asked, request: Request) -> Response:
    with importing:
        from datalab_backend.web import hipsdocuments

    properties = hipsdocuments.density_properties(asked.hips, asked.released)
    picture = f"/hips/density/{asked.table.full_name}/preview.png"
    text = hipsdocuments.page(properties, asked.table.description, picture)
    return Response(text, media_type="text/html", headers=PAGE_HEADERS)


def _density_preview(asked: Asked, request: Request) -> Response:
    with importing:
        import numpy as np

        from datalab_backend.catalogues import tiles
        from datalab_backend.catalogues.density import OUTSIDE, density
        from datalab_backend.catalogues.projections import View

    seen = density(
        asked.table, asked.hips.counts, asked.engine, View(lon=180.0, width=1200, height=600)
    )
    counts = np.where(seen.values == OUTSIDE, 0, seen.values)
    order = asked.hips.counts.order if seen.order is None else seen.order
    shown = tiles.shaded(counts, max(asked.hips.brightest(order), float(counts.max()) / 4))
    return _png(shown)


def _density_allsky(asked: Asked, request: Request) -> Response:
    with importing:
        from datalab_backend.catalogues import tiles

    found = asked.hips.allsky()
    if _format(request) == "png":
        brightest = asked.hips.brightest(found.cell_order)
        return _png(tiles.allsky(tiles.shaded(found.counts, brightest)))
    cards = _cards(asked, 3, found.cell_order)
    return Response(tiles.fits(tiles.allsky(found.densities), cards), media_type=_FITS)


def _density_tile(asked: Asked, request: Request) -> Response:
    with importing:
        from datalab_backend.catalogues import tiles

    order, directory, number = (
        whole(request.path_params[name]) for name in ("order", "directory", "number")
    )
    written = _format(request)
    tile = None
    if directory == number // 10_000 * 10_000:
        tile = asked.hips.tile(order, number, asked.engine)
    if tile is None:
        raise NotFoundError(
            f"{asked.table.full_name} has no rows in tile {number} of order {order}.",
            f"The deepest tiles are of order {asked.hips.order}; Moc.fits tells where rows are.",
        )
    if written == "png":
        brightest = asked.hips.brightest(tile.cell_order)
        return _png(tiles.coloured(tiles.picture(tiles.shaded(tile.counts, brightest))))
    cards = _cards(asked, order, tile.cell_order) | {"NPIX": (number, "number of the tile")}
    return Response(tiles.fits(tiles.picture(tile.densities), cards), media_type=_FITS)


def _cards(asked: Asked, order: int, cell_order: int) -> dict[str, tuple[object, str]]:
    cards: dict[str, tuple[object, str]] = {
        "BUNIT": ("deg-2", "rows per square degree"),
        "ORDER": (order, "order of the tile"),
        "CELLORD": (cell_order, "order of the cells that were counted"),
        "OBJECT": (asked.table.full_name[:60], "the table"),
    }
    if asked.table.simulated:
        cards["SIMULATD"] = (True, "the rows are simulated, not observed")
    return cards


def _png(shown: Picture) -> Response:
    from datalab_backend.catalogues import tiles

    return Response(tiles.png(shown), media_type="image/png")


def _format(request: Request) -> str:
    written = request.path_params["format"]
    if written not in ("fits", "png"):
        raise NotFoundError("There is no tile in this format.", "Tiles are fits and png.")
    return str(written)


def whole(text: str) -> int:
    """A number in an address."""
    if not _NUMBER.fullmatch(text):
        raise NotFoundError("There is nothing at this address.", "Tiles have whole numbers.")
    return int(text)


def coverage_file(asked: Asked, request: Request) -> Response:
    """Where a table has rows."""
    with importing:
        from datalab_backend.catalogues import coverage

    return Response(coverage.moc_fits(asked.hips.counts), media_type=_FITS)


def _moc_as_asked(asked: Asked, request: Request) -> Response:
    """``/moc/{schema.table}``: where a table has rows."""
    with importing:
        from datalab_backend.catalogues import coverage

    parameters = Parameters(request.query_params.multi_items())
    finest = asked.hips.counts.order
    order = parameters.whole("order", -1, -1, 29)
    if order > finest:
        raise UsageError(
            f"{asked.table.full_name} is counted down to order {finest}, not {order}.",
            f"Give an order from 0 to {finest}.",
        )
    chosen = None if order < 0 else order
    if parameters.choice("format", ("fits", "ascii"), "fits") == "ascii":
        return Response(coverage.moc_text(asked.hips.counts, chosen), media_type="text/plain")
    return Response(coverage.moc_fits(asked.hips.counts, chosen), media_type=_FITS)
