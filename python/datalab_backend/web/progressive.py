"""``/hips/catalogue``: the rows of each table as a sky layer, the brightest first (HiPS 1.0)."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datalab_backend import formats
from datalab_backend.engines.base import Engine
from datalab_backend.errors import NotFoundError
from datalab_backend.formats import Status
from datalab_backend.lazy import importing
from datalab_backend.metadata import Table
from datalab_backend.web.hips import PAGE_HEADERS, Asked, Maker, answering, coverage_file, whole

if TYPE_CHECKING:
    from datalab_backend.catalogues.progressive import ProgressiveHips

_TSV = "text/tab-separated-values"
_ORDERS_IN_ONE_FILE = (1, 2)

_lock = Lock()
_kept: WeakKeyDictionary[Engine, dict[Table, ProgressiveHips]] = WeakKeyDictionary()


def routes() -> list[Route]:
    """The addresses of all catalogue HiPS."""
    rows = "/hips/catalogue/{name}"
    made: dict[str, Maker] = {
        f"{rows}/": _page,
        f"{rows}/properties": _properties,
        f"{rows}/Moc.fits": coverage_file,
        f"{rows}/Metadata.xml": _metadata,  # so asked for by Aladin
        f"{rows}/metadata.xml": _metadata,
        f"{rows}/Norder{{order}}/Allsky.tsv": _allsky,
        f"{rows}/Norder{{order}}/Dir{{directory}}/Npix{{number}}.tsv": _tile,
    }
    return [Route(path, answering(make)) for path, make in made.items()]


def _rows(asked: Asked) -> ProgressiveHips:
    """The rows of a table, which keep where tiles end for as long as the table is the same."""
    with importing:
        from datalab_backend.catalogues.progressive import ProgressiveHips

    table = asked.table
    if not ProgressiveHips.possible(table):
        raise NotFoundError(
            f"The rows of {table.full_name} cannot be shown tile by tile.",
            "They have to be in the order of the sky, and no column may be called rowid.",
        )
    with _lock:
        known = _kept.setdefault(asked.engine, {})
        if table not in known:
            known[table] = ProgressiveHips(table, asked.hips.counts)
        return known[table]


def _told(asked: Asked) -> dict[str, str]:
    with importing:
        from datalab_backend.web import hipsdocuments

    return hipsdocuments.catalogue_properties(asked.hips, _rows(asked), asked.released)


def _properties(asked: Asked, request: Request) -> Response:
    told = _told(asked)
    with importing:
        from datalab_backend.web import hipsdocuments

    return Response(hipsdocuments.written(told), media_type="text/plain")


def _page(asked: Asked, request: Request) -> Response:
    told = _told(asked)
    with importing:
        from datalab_backend.web import hipsdocuments

    text = hipsdocuments.page(told, asked.table.description)
    return Response(text, media_type="text/html", headers=PAGE_HEADERS)


def _metadata(asked: Asked, request: Request) -> Response:
    table = asked.table
    status = Status(credits=(table.credit,) if table.credit else (), simulated=table.simulated)
    document = b"".join(formats.writer("votable/td").write(table.columns, [], status))
    return Response(document, media_type="text/xml")


def _allsky(asked: Asked, request: Request) -> Response:
    order = whole(request.path_params["order"])
    if order not in _ORDERS_IN_ONE_FILE:
        raise NotFoundError(
            f"The tiles of order {order} are not in one file.", "Those of orders 1 and 2 are."
        )
    return Response(_rows(asked).allsky(order, asked.engine), media_type=_TSV)


def _tile(asked: Asked, request: Request) -> Response:
    order, directory, number = (
        whole(request.path_params[name]) for name in ("order", "directory", "number")
    )
    rows = _rows(asked)
    tile = None
    if directory == number // 10_000 * 10_000:
        tile = rows.tile(order, number, asked.engine)
    if tile is None:
        raise NotFoundError(
            f"{asked.table.full_name} has no rows in tile {number} of order {order}.",
            f"Tiles are of orders 1 to {rows.order}; where those above show all rows, none follow.",
        )
    return Response(tile, media_type=_TSV)
