"""``/tap/sync``: queries that are answered at once (TAP 1.1, section 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from datalab_backend import formats, uploads
from datalab_backend.accounts.callers import Caller
from datalab_backend.catalogues.live import Snapshot
from datalab_backend.engines.base import Engine
from datalab_backend.engines.stoppable import StoppableEngine
from datalab_backend.errors import UsageError
from datalab_backend.formats import Format
from datalab_backend.jobs import query
from datalab_backend.jobs.delivery import KEPT, Delivery, Destination, Place, TableUpdate
from datalab_backend.jobs.runner import Reader
from datalab_backend.uploads import Upload
from datalab_backend.web.context import Context, Limits, caller, context, snapshot
from datalab_backend.web.destinations import asked_destination, truth
from datalab_backend.web.parameters import Parameters
from datalab_backend.web.stoppable import answer
from datalab_backend.web.streaming import QueryResponse

# Threads of their own, so that hosts that are slow to send hold up nothing but other uploads.
_uploading = CapacityLimiter(8)

# Likewise, for queries whose results are kept here.
_keeping = CapacityLimiter(8)

_LONGEST_RUN_ID = 256

TABLE_UPDATE = "tableUpdate"
"""The value of REQUEST for a job that indexes a column (not of the standard)."""

LANGUAGES = {"ADQL": "ADQL", "ADQL-2.0": "ADQL", "ADQL-2.1": "ADQL", "SQL": "SQL"}
"""The values of LANG, and how the query of each is read."""


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """What a client asks of a TAP service.

    Attributes
    ----------
    query
        The query.
    language
        Its language, as `query.run` takes it.
    output
        The format of the result.
    maxrec
        The most rows to give.
    destination
        Where to keep the result, None to send it.
    """

    query: str
    language: str
    output: Format
    maxrec: int
    destination: Destination | None = None

    @classmethod
    def parse(cls, parameters: Parameters, limits: Limits) -> Self:
        """Read the parameters of TAP 1.1, section 2.7."""
        parameters.choice("REQUEST", ("doQuery",), "doQuery")
        language = parameters.text("LANG") or ""
        if language not in LANGUAGES:
            raise UsageError(
                f"LANG cannot be “{language[:40]}”." if language else "LANG is missing.",
                f"It is one of {', '.join(LANGUAGES)}.",
            )
        text = parameters.text("QUERY") or ""
        if "QUERY" not in parameters:
            raise UsageError("QUERY is missing.", "Send your query as QUERY.")
        destination = asked_destination(parameters)
        # What is kept is wanted whole, as far as there is room for it.
        default = limits.default_rows if destination is None else limits.most_rows
        return cls(
            query=text,
            language=LANGUAGES[language],
            output=_output(parameters, destination),
            maxrec=parameters.whole("MAXREC", default, 0, limits.most_rows),
            destination=destination,
        )


def _output(parameters: Parameters, destination: Destination | None) -> Format:
    """The format that is asked for, or that the name of the file says."""
    asked = parameters.text("RESPONSEFORMAT", "FORMAT")
    if asked is None and destination is not None and destination.place is Place.FILE:
        ending = destination.name.rpartition(".")[2].lower()
        told = (output for output in formats.FORMATS if output.extension == ending)
        return next(told, formats.FORMATS[0])
    return formats.writer(asked or "votable")


def reader(limits: Limits) -> Reader:
    """How the parameters of a job are read: those of a query, or of an update of a table."""

    def read(items: tuple[tuple[str, str], ...]) -> QueryRequest | TableUpdate:
        parameters = Parameters(items)
        if parameters.text("REQUEST") != TABLE_UPDATE:
            return QueryRequest.parse(parameters, limits)
        table, column = parameters.text("TABLE"), parameters.text("INDEX")
        if not (table and column):
            raise UsageError("TABLE or INDEX is missing.", "Name a table and one of its columns.")
        return TableUpdate(table, column, truth(parameters, "UNIQUE"))

    return read


async def sync(request: Request) -> Response:
    """Run a query and send its rows."""
    datalab = context(request)
    parameters = await Parameters.read(request)
    asked = QueryRequest.parse(parameters, datalab.limits)
    request.scope["run_id"] = run_id(parameters)
    sent = await taken(parameters, datalab.limits)
    return await answered(request, asked, datalab.limits.sync_s, sent)


async def answered(
    request: Request, asked: QueryRequest, timeout_s: float, sent: tuple[Upload, ...] = ()
) -> Response:
    """Run a query, and send its rows or keep them.

    Parameters
    ----------
    request
        Who asks.
    asked
        For what.
    timeout_s
        The longest that the query may run, in seconds.
    sent
        The tables that it brings along.
    """
    datalab = context(request)
    prepare = partial(_prepare, asked, sent, datalab.limits, timeout_s)
    if asked.destination is not None:
        keep = partial(_keep, asked, asked.destination, prepare, datalab, caller(request))
        return await answer(request, keep, _keeping)

    def ready() -> query.QueryResult:
        now = snapshot(request)
        return prepare(now, now.engine)

    result = await to_thread.run_sync(ready, limiter=_uploading if sent else None)
    return QueryResponse(result, datalab.queries, asked.output, datalab.limits.stall_s)


def run_id(parameters: Parameters) -> str:
    """What the client calls its query (DALI 1.1, section 3.4.6), empty for nothing."""
    name = parameters.text("RUNID") or ""
    if len(name) > _LONGEST_RUN_ID:
        raise UsageError(f"RUNID is longer than {_LONGEST_RUN_ID} characters.")
    return name


async def taken(parameters: Parameters, limits: Limits) -> tuple[Upload, ...]:
    """The tables that a request brings along, as they were sent or fetched."""
    values = parameters.all("UPLOAD")
    if not values:
        return ()
    return await to_thread.run_sync(
        uploads.collect, values, parameters.sent(), limits.uploads, limiter=_uploading
    )


def _prepare(
    asked: QueryRequest,
    sent: tuple[Upload, ...],
    limits: Limits,
    timeout_s: float,
    now: Snapshot,
    engine: Engine,
) -> query.QueryResult:
    uploaded = uploads.read(sent, limits.uploads)
    return query.run(
        asked.query,
        now.tables,
        engine,
        asked.maxrec,
        timeout_s,
        uploaded,
        asked.language,
    )


def _keep(
    asked: QueryRequest,
    to: Destination,
    prepare: Callable[[Snapshot, Engine], query.QueryResult],
    datalab: Context,
    sender: Caller,
    now: Snapshot,
    engine: StoppableEngine,
) -> Response:
    owner = None if sender.is_anonymous else sender.name
    datalab.keeper.check(owner, to)
    with prepare(now, engine) as rows:
        rows.start()
        datalab.keeper.deliver(
            Delivery(owner, to, rows.columns, rows, rows.status, asked.output, engine.go_on)
        )
    return PlainTextResponse(KEPT, headers={"Cache-Control": "no-store"})
