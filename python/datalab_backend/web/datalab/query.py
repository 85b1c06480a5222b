"""``/query/query``: queries of the official client, answered at once or as a job."""

from __future__ import annotations

from dataclasses import replace

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datalab_backend.errors import ConflictError, UsageError
from datalab_backend.jobs.delivery import Destination, TableUpdate
from datalab_backend.jobs.job import Job
from datalab_backend.jobs.runner import Asked, Reader
from datalab_backend.web import tap
from datalab_backend.web.context import Limits, caller, context
from datalab_backend.web.datalab import answers, shapes
from datalab_backend.web.datalab.arguments import Arguments
from datalab_backend.web.datalab.mydb import exists_already
from datalab_backend.web.parameters import Parameters
from datalab_backend.web.tap import QueryRequest

Items = tuple[tuple[str, str], ...]

# The client stops listening when the time that it asks for is over: we have to be done before.
_SPARE_S = 1

# What the client asks for when its user does not, and when it would wait for ever.
_PATIENCE_S = 300
_ANY_TIME_S = 10**9


def routes() -> list[Route]:
    """The address of queries."""
    return [Route("/query", _query)]


def reader(limits: Limits) -> Reader:
    """How the parameters of a job are read: those of TAP, or those that `parameters` makes."""
    of_tap = tap.reader(limits)

    def read(items: Items) -> Asked | TableUpdate:
        return _asked(items, limits) if "OFMT" in dict(items) else of_tap(items)

    return read


def parameters(arguments: Arguments, limits: Limits) -> Items:
    """What the official client asks for, as parameters of TAP and what TAP has no word for."""
    adql, sql = arguments.text("adql"), arguments.text("sql")
    if not adql and not sql:
        raise UsageError("No query specified.", "Send it as sql=….")
    kept: Items = ()
    out = arguments.text("out")
    # Any other name is one on the client's disk. What is put into storage replaces what is there.
    if out.startswith(("mydb://", "vos://")):
        replaces = arguments.flag("drop") or out.startswith("vos://")
        kept = (("DEST", out), ("REPLACE", str(replaces)))
    return (
        ("REQUEST", "doQuery"),
        ("LANG", "SQL"),
        ("QUERY", adql or sql),
        # A result that is cut would not look so: as many rows as there may be.
        ("MAXREC", str(limits.most_rows)),
        ("OFMT", arguments.text("ofmt") or "csv"),
        ("SENT_AS", "adql" if adql else "sql"),
        *kept,
    )


def _asked(items: Items, limits: Limits) -> QueryRequest:
    asked = QueryRequest.parse(Parameters(items), limits)
    values = dict(items)
    is_adql = values.get("SENT_AS") == "adql"
    return replace(asked, output=shapes.shape(values["OFMT"], asked.query, is_adql))


async def _query(request: Request) -> Response:
    arguments = Arguments.of(request)
    limits = context(request).limits
    asked_s = _timeout_s(request)
    items = parameters(arguments, limits)
    asked = _asked(items, limits)
    if asked.destination is not None:
        await to_thread.run_sync(_check, request, asked.destination)
    if arguments.flag("async"):
        job = await to_thread.run_sync(_submit, request, items, asked_s)
        return answers.text(job.id)
    timeout_s = min(asked_s, limits.sync_s)
    request.scope["query_timeout_s"] = timeout_s
    return await tap.answered(request, asked, max(timeout_s - _SPARE_S, timeout_s / 2))


def _check(request: Request, to: Destination) -> None:
    """Refuse at once what could not be kept."""
    asking = caller(request)
    try:
        context(request).keeper.check(None if asking.is_anonymous else asking.name, to)
    except ConflictError:
        raise exists_already() from None


def _submit(request: Request, items: Items, timeout_s: int) -> Job:
    jobs = context(request).jobs
    asking = caller(request)
    job = jobs.create(None if asking.is_anonymous else asking.name, items)
    try:
        jobs.set_execution_duration(job, timeout_s)
        jobs.run(job)
    except UsageError:
        jobs.delete(job)
        raise
    return job


def _timeout_s(request: Request) -> int:
    """How long the client will wait, in seconds."""
    text = request.headers.get("X-DL-TimeoutRequest", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return _PATIENCE_S
    return int(text) or _ANY_TIME_S  # it says 0 when it reads rows as they come
