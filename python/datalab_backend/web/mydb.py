"""``/mydb``: the tables of whoever asks."""

from __future__ import annotations

from collections.abc import Callable

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from datalab_backend.accounts.callers import Caller
from datalab_backend.catalogues.bulk import Report
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column
from datalab_backend.mydb.columns import read_columns
from datalab_backend.mydb.names import table_name
from datalab_backend.mydb.personal import PersonalTable
from datalab_backend.mydb.service import MyDB
from datalab_backend.web.context import context
from datalab_backend.web.destinations import truth
from datalab_backend.web.parameters import Parameters
from datalab_backend.web.tablefiles import fetched, imported, signed_in, threads_of

_HEADERS = {"Cache-Control": "private, no-store"}

_ENDINGS = {
    "any": "",
    "csv": ".csv",
    "tsv": ".tsv",
    "ecsv": ".ecsv",
    "votable": ".vot",
    "fits": ".fits",
    "parquet": ".parquet",
    "arrow": ".arrow",
}
"""The values of ``format``, and how the name of such a file ends."""


def routes() -> list[Route]:
    """The addresses of personal tables."""
    return [
        Route("/mydb", _list),
        Route("/mydb/{name}", _show),
        Route("/mydb/{name}", _put, methods=["PUT"]),
        Route("/mydb/{name}", _drop, methods=["DELETE"]),
        Route("/mydb/{name}", _change, methods=["POST"]),
    ]


async def _list(request: Request) -> Response:
    sender = signed_in(request)
    found = await to_thread.run_sync(context(request).mydb.tables, sender)
    return _json([_summary(one) for one in found])


async def _show(request: Request) -> Response:
    sender, name = signed_in(request), request.path_params["name"]
    return _json(await to_thread.run_sync(_described, context(request).mydb, sender, name))


async def _put(request: Request) -> Response:
    sender = signed_in(request)
    parameters = Parameters(request.query_params.multi_items())
    name = table_name(request.path_params["name"])
    ending = _ENDINGS[parameters.choice("format", tuple(_ENDINGS), "any")]
    replaces, appends = truth(parameters, "replace"), truth(parameters, "append")
    mydb = context(request).mydb
    hdu = parameters.text("hdu")
    report = await imported(request, sender, name, f"{name}{ending}", replaces, appends, hdu)
    about = await to_thread.run_sync(_described, mydb, sender, name)
    return _json({**about, **_reported(report)}, 200 if appends else 201)


async def _drop(request: Request) -> Response:
    sender, name = signed_in(request), request.path_params["name"]
    drop = context(request).mydb.drop
    await to_thread.run_sync(drop, sender, name, limiter=threads_of(sender))
    return Response(status_code=204, headers=_HEADERS)


async def _change(request: Request) -> Response:
    sender, name = signed_in(request), table_name(request.path_params["name"])
    parameters = await Parameters.read(request)
    action = (parameters.text("ACTION") or "").lower()
    if action not in _ACTIONS:
        raise UsageError(
            f"ACTION cannot be “{action[:40]}”." if action else "ACTION is missing.",
            f"It is one of {', '.join(_ACTIONS)}.",
        )
    known = await to_thread.run_sync(
        _ACTIONS[action], request, sender, name, parameters, limiter=threads_of(sender)
    )
    mydb = context(request).mydb
    about = await to_thread.run_sync(_described, mydb, sender, known.name)
    return _json({**about, **known.more}, known.status)


class _Done:
    """What an action has done: the name that the table has now, and what else there is to say."""

    def __init__(self, name: str, status: int = 200, **more: object) -> None:
        self.name = name
        self.status = status
        self.more = more


def _rename(request: Request, sender: Caller, name: str, parameters: Parameters) -> _Done:
    return _Done(context(request).mydb.rename(sender, name, _to(parameters)).name)


def _copy(request: Request, sender: Caller, name: str, parameters: Parameters) -> _Done:
    return _Done(context(request).mydb.copy(sender, name, _to(parameters)).name, 201)


def _truncate(request: Request, sender: Caller, name: str, parameters: Parameters) -> _Done:
    context(request).mydb.truncate(sender, name)
    return _Done(name)


def _index(request: Request, sender: Caller, name: str, parameters: Parameters) -> _Done:
    columns = [c.strip() for text in parameters.all("COLUMNS") for c in text.split(",")]
    if not any(columns):
        raise UsageError("COLUMNS is missing.", "Name the columns that are to be indexed.")
    context(request).mydb.index(sender, name, [column for column in columns if column])
    return _Done(name)


def _create(request: Request, sender: Caller, name: str, parameters: Parameters) -> _Done:
    columns = read_columns(parameters.text("COLUMNS") or "")
    description = parameters.text("DESCRIPTION") or ""
    replaces = truth(parameters, "REPLACE")
    context(request).mydb.create(sender, name, columns, description, replaces)
    return _Done(name, 201)


def _share(request: Request, sender: Caller, name: str, parameters: Parameters) -> _Done:
    context(request).mydb.share(sender, name, parameters.all("WITH"))
    return _Done(name)


def _describe(request: Request, sender: Caller, name: str, parameters: Parameters) -> _Done:
    if "DESCRIPTION" in parameters:
        description = parameters.text("DESCRIPTION") or ""
        context(request).mydb.describe(sender, name, description)
    return _Done(name)


def _import(request: Request, sender: Caller, name: str, parameters: Parameters) -> _Done:
    source = parameters.text("FROM")
    if source is None:
        raise UsageError("FROM is missing.", "Give a URL, or vos:// and the path of a file.")
    replaces, appends = truth(parameters, "REPLACE"), truth(parameters, "APPEND")
    mydb = context(request).mydb
    mydb.check_arrival(sender, name, replaces or appends)
    with fetched(context(request), sender, name, source) as path:
        hdu = parameters.text("HDU")
        report = mydb.import_file(sender, name, path, replaces, appends, hdu=hdu)
    return _Done(name, 200 if appends else 201, **_reported(report))


_Action = Callable[[Request, Caller, str, Parameters], _Done]
_ACTIONS: dict[str, _Action] = {
    "rename": _rename,
    "copy": _copy,
    "truncate": _truncate,
    "index": _index,
    "create": _create,
    "share": _share,
    "describe": _describe,
    "import": _import,
}


def _to(parameters: Parameters) -> str:
    to = parameters.text("TO")
    if to is None:
        raise UsageError("TO is missing.", "Give the new name of the table as TO.")
    return to


def _summary(one: PersonalTable) -> dict[str, object]:
    return {
        "name": one.table.name,
        "rows": one.table.rows,
        "columns": len(_shown(one)),
        "bytes": one.size_bytes,
        "created": one.created.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "description": one.table.description,
        "shared_with": list(one.shared_with),
    }


def _described(mydb: MyDB, sender: Caller, name: str) -> dict[str, object]:
    one = mydb.table(sender, name)
    position = one.table.position
    return {
        **_summary(one),
        "credit": one.table.credit,
        "simulated": one.table.simulated,
        "position": list(position) if position else None,
        "fields": [_field(column) for column in _shown(one)],
    }


def _shown(one: PersonalTable) -> list[Column]:
    return [column for column in one.table.columns if column.name != one.table.healpix]


def _field(column: Column) -> dict[str, object]:
    return {
        "name": column.name,
        "datatype": column.datatype,
        "arraysize": column.arraysize,
        "unit": column.unit,
        "ucd": column.ucd,
        "description": column.description,
        "indexed": column.indexed,
    }


def _reported(report: Report) -> dict[str, object]:
    return {
        "notes": list(report.notes),
        "problems": list(report.problems.sentences()),
        "rejected": report.rejected,
    }


def _json(document: object, status: int = 200) -> Response:
    return JSONResponse(document, status, _HEADERS)
