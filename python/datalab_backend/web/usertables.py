"""Personal tables as the tables of a TAP service that its users make.

The interface is that of the CADC's youcat, which pyvo speaks: PUT and DELETE of
``/tap/tables/{name}``, POST to ``/tap/load/{name}`` and to ``/tap/table-update``.
"""

from __future__ import annotations

from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import UsageError
from datalab_backend.mydb.names import table_name
from datalab_backend.mydb.service import MyDB
from datalab_backend.web.context import base_url, context
from datalab_backend.web.parameters import Parameters
from datalab_backend.web.tabledefinition import read_definition
from datalab_backend.web.tablefiles import imported, receiving_file, signed_in, threads_of
from datalab_backend.web.tap import TABLE_UPDATE

_LONGEST_DEFINITION_BYTES = 2_000_000
_HEAD_BYTES = 4096
_HEADERS = {"Cache-Control": "no-store"}

_ENDINGS = {
    "text/tab-separated-values": ".tsv",
    "text/csv": ".csv",
    "application/fits": ".fits",
    "application/x-votable+xml": ".vot",
}
"""How the name of a file ends that is sent under a media type; others are told by their content."""


def routes() -> list[Route]:
    """The addresses of tables that users make."""
    return [
        Route("/tap/tables/{name}", _create, methods=["PUT"]),
        Route("/tap/tables/{name}", _drop, methods=["DELETE"]),
        Route("/tap/load/{name}", _load, methods=["POST"]),
        Route("/tap/table-update", _update, methods=["POST"]),
    ]


async def _create(request: Request) -> Response:
    sender, name = signed_in(request), table_name(request.path_params["name"])
    mydb = context(request).mydb
    await to_thread.run_sync(mydb.check_arrival, sender, name)
    async with receiving_file(request, sender, f"{name}.xml") as path:
        await to_thread.run_sync(_made, mydb, sender, name, path, limiter=threads_of(sender))
    return PlainTextResponse(f"mydb.{name}", 201, _HEADERS)


def _made(mydb: MyDB, sender: Caller, name: str, path: Path) -> None:
    """Make the table of a VOTable, or an empty one of a VOSI table document."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if b"VOTABLE" in head:
        mydb.import_file(sender, name, path)
        return
    if path.stat().st_size > _LONGEST_DEFINITION_BYTES:
        raise UsageError(
            f"The definition of the table has more than {_LONGEST_DEFINITION_BYTES:,} bytes.",
            "Send a VOSI table document, or a VOTable.",
        )
    definition = read_definition(path.read_bytes())
    mydb.create(sender, name, definition.columns, definition.description)


async def _drop(request: Request) -> Response:
    sender, name = signed_in(request), request.path_params["name"]
    drop = context(request).mydb.drop
    await to_thread.run_sync(drop, sender, name, limiter=threads_of(sender))
    return PlainTextResponse("", headers=_HEADERS)


async def _load(request: Request) -> Response:
    sender, name = signed_in(request), table_name(request.path_params["name"])
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    ending = _ENDINGS.get(media_type, "")
    report = await imported(request, sender, name, f"{name}{ending}", appends=True)
    return PlainTextResponse(f"{report.table.rows or 0} rows", headers=_HEADERS)


async def _update(request: Request) -> Response:
    """Make the job that indexes a column; the client runs it."""
    sender = signed_in(request)
    parameters = await Parameters.read(request)
    table, column = parameters.text("TABLE"), parameters.text("INDEX")
    if not (table and column):
        raise UsageError("TABLE or INDEX is missing.", "Name a table and one of its columns.")
    kept = (
        ("REQUEST", TABLE_UPDATE),
        ("TABLE", table_name(table)),
        ("INDEX", column),
        ("UNIQUE", parameters.text("UNIQUE") or "false"),
    )
    job = await to_thread.run_sync(context(request).jobs.create, sender.name, kept)
    return RedirectResponse(f"{base_url(request)}/tap/async/{job.id}", 303)
