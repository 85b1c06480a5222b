"""``/vospace/synctrans`` and ``/vospace/transfers``: what moves bytes and nodes.

VOSpace 2.1, section 3.6. A transfer is a job (UWS 1.1); the synchronous ones are done, or their
URLs given away, in one request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import NotFoundError, UsageError
from datalab_backend.jobs.job import Job
from datalab_backend.lazy import importing
from datalab_backend.storage import Node
from datalab_backend.storage.faults import ProtocolNotSupportedError
from datalab_backend.storage.path import resolve
from datalab_backend.storage.preauth import Verb
from datalab_backend.storage.transfer import DELETION, Direction, Transfer, perform
from datalab_backend.storage.transfers import Transfers
from datalab_backend.web import vospacejson, vospacepackages, vospacexml
from datalab_backend.web.context import base_url, caller, context
from datalab_backend.web.errors import wants_json
from datalab_backend.web.parameters import Parameters
from datalab_backend.web.vospacefiles import signed_url

_LIST = "/vospace/transfers"
_NO_STORE = {"Cache-Control": "no-store"}
_LONGEST_WAIT_S = 50

# Threads of their own, so that hosts that are slow hold up nothing but other transfers.
_transferring = CapacityLimiter(8)

_VERBS = {Direction.PULL_FROM: Verb.GET, Direction.PUSH_TO: Verb.PUT}


def routes() -> list[Route]:
    """The addresses of transfers."""
    job = f"{_LIST}/{{id}}"
    return [
        Route("/vospace/synctrans", _sync, methods=["GET", "POST"]),
        Route(_LIST, _list),
        Route(_LIST, _create, methods=["POST"]),
        Route("/vospace/async-delete", _create_deletion, methods=["POST"]),
        Route(job, _show),
        Route(job, _change, methods=["POST"]),
        Route(job, _delete, methods=["DELETE"]),
        Route(f"{job}/phase", _text(lambda job: job.phase)),
        Route(f"{job}/phase", _set_phase, methods=["POST"]),
        Route(f"{job}/owner", _text(lambda job: job.owner or "")),
        Route(f"{job}/quote", _text(lambda job: "")),
        Route(f"{job}/executionduration", _text(lambda job: str(job.execution_duration_s))),
        Route(f"{job}/destruction", _text(lambda job: job.destruction.isoformat())),
        Route(f"{job}/error", _error),
        Route(f"{job}/parameters", _parameters),
        Route(f"{job}/results", _results),
        Route(f"{job}/results/transferDetails", _details),
    ]


async def _sync(request: Request) -> Response:
    parameters, transfer = await _sent(request)
    asking = caller(request)
    if not transfer.is_negotiation:
        return await to_thread.run_sync(_done, request, transfer, limiter=_transferring)

    def negotiate() -> str:
        asked = transfer
        if asked.direction == Direction.PUSH_TO:
            asked = asked.named(context(request).storage, asking)
        endpoints = _endpoints(request, asking, asked)
        if parameters.text("REQUEST") == "redirect":
            return endpoints[0][1]
        # The client reads the URLs at once, and does not come back to the job.
        job = _transfers(request).create(asking, asked, run=True, brief=True)
        return f"{_url(request, job)}/results/transferDetails"

    return RedirectResponse(await to_thread.run_sync(negotiate), 303)


def _done(request: Request, transfer: Transfer) -> Response:
    """Do a transfer now, and answer with the node that came of it."""
    storage, asking = context(request).storage, caller(request)
    node, _ = perform(transfer, storage, asking, _transfers(request).limits)
    return _told(request, asking, node) if node else Response(status_code=204)


def _told(request: Request, asking: Caller, node: Node) -> Response:
    if wants_json(request):
        document = vospacejson.write(context(request).storage, asking, node)
        return Response(document, 200, _NO_STORE, "application/json")
    return _xml(vospacexml.write_node(node))


async def _create(request: Request) -> Response:
    parameters, transfer = await _sent(request)
    return await _created(request, parameters, transfer)


async def _create_deletion(request: Request) -> Response:
    parameters = await Parameters.read(request)
    transfer = Transfer((parameters.text("TARGET") or "",), DELETION)
    return await _created(request, parameters, transfer)


async def _created(request: Request, parameters: Parameters, transfer: Transfer) -> Response:
    run = parameters.choice("PHASE", ("RUN", ""), "") == "RUN"
    asking = caller(request)
    job = await to_thread.run_sync(_transfers(request).create, asking, transfer, run)
    return RedirectResponse(_url(request, job), 303)


async def _list(request: Request) -> Response:
    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_jobs

        return write_jobs(_transfers(request).of(caller(request)), _url(request))

    return _xml(await to_thread.run_sync(write))


async def _show(request: Request) -> Response:
    parameters = await Parameters.read(request)
    wait = parameters.whole("WAIT", 0, -1)
    if wait:
        await _wait(request, _LONGEST_WAIT_S if wait < 0 else min(wait, _LONGEST_WAIT_S))

    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_job

        job = _find(request)
        results = _references(job, _url(request, job))
        document = write_job(job, _url(request, job), None, references=results)
        # The transfer itself (VOSpace 2.1, section 3.6), which the models of UWS cannot hold.
        transfer = vospacexml.transfer_element(Transfer.of(job.parameters))
        info = b"<uws:jobInfo>" + transfer + b"</uws:jobInfo></uws:job>"
        return document.replace(b"</uws:job>", info)

    return _xml(await to_thread.run_sync(write))


async def _wait(request: Request, longest_s: int) -> None:
    """Wait until the job has left its phase."""
    with _transfers(request).watching(request.path_params["id"]) as changed:
        job = await to_thread.run_sync(_find, request)
        if job.phase.is_active:
            await asyncio.wait([asyncio.wrap_future(changed)], timeout=longest_s)


async def _change(request: Request) -> Response:
    parameters = await Parameters.read(request)
    if parameters.choice("ACTION", ("DELETE", ""), "") == "DELETE":
        return await _delete(request)
    raise UsageError("A transfer cannot be changed.", "Make a new one.")


async def _delete(request: Request) -> Response:
    await to_thread.run_sync(lambda: _transfers(request).delete(_find(request)))
    return RedirectResponse(_url(request), 303)


async def _set_phase(request: Request) -> Response:
    parameters = await Parameters.read(request)
    wanted = parameters.choice("PHASE", ("RUN", "ABORT"), "")
    transfers = _transfers(request)

    def change() -> Job:
        job = _find(request)
        (transfers.run if wanted == "RUN" else transfers.abort)(job)
        return job

    return RedirectResponse(_url(request, await to_thread.run_sync(change)), 303)


async def _error(request: Request) -> Response:
    job = await to_thread.run_sync(_find, request)
    if job.failure is None:
        raise NotFoundError(f"The transfer has no error: it is {job.phase}.")
    return PlainTextResponse(str(job.failure.error()), headers=_NO_STORE)


async def _parameters(request: Request) -> Response:
    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_parameters

        return write_parameters(_find(request))

    return _xml(await to_thread.run_sync(write))


async def _results(request: Request) -> Response:
    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_references

        job = _find(request)
        return write_references(_references(job, _url(request, job)))

    return _xml(await to_thread.run_sync(write))


async def _details(request: Request) -> Response:
    def write() -> bytes:
        job = _find(request)
        transfer = Transfer.of(job.parameters)
        endpoints: list[tuple[str, str]] = []
        if transfer.is_negotiation:
            # Of a transfer without an owner only what everybody may read is given away.
            endpoints = _endpoints(request, caller(request), transfer)
        return vospacexml.write_transfer(transfer, endpoints)

    return _xml(await to_thread.run_sync(write))


def _references(job: Job, url: str) -> dict[str, str]:
    """The results of a job: their addresses, or what the CADC's clients read from them."""
    if job.result is None:
        return {}
    if dict(job.parameters).get("DIRECTION") == DELETION:
        return {"successcount": f"final:{job.result.rows}"}
    return {"transferDetails": f"{url}/results/transferDetails"}


def _endpoints(request: Request, asking: Caller, transfer: Transfer) -> list[tuple[str, str]]:
    """The URLs at which the client itself sends or takes the bytes, by protocol."""
    verb = _VERBS[Direction(transfer.direction)]
    spoken = f"{vospacexml.CORE}#{request.url.scheme}{verb.lower()}"
    wanted = [uri for uri in transfer.protocols if uri == spoken]
    if transfer.protocols and not wanted:
        raise ProtocolNotSupportedError(
            f"Of the protocols that were asked for, this address speaks none: it is {spoken}.",
            "Ask for that one, or for none.",
        )
    wanted = wanted or [spoken]
    if verb is Verb.GET and (len(transfer.targets) > 1 or transfer.view in vospacepackages.VIEWS):
        url = vospacepackages.url(request, asking, transfer)
        return [(uri, url) for uri in wanted]
    path = resolve(transfer.target, asking.name)
    return [(uri, signed_url(request, asking, path, verb)) for uri in wanted]


async def _sent(request: Request) -> tuple[Parameters, Transfer]:
    """The transfer that a request asks for, as a document or as parameters."""
    if request.method == "POST" and "xml" in request.headers.get("Content-Type", ""):
        parameters = Parameters(request.query_params.multi_items())
        return parameters, vospacexml.read_transfer(await request.body())
    parameters = await Parameters.read(request)
    keeps = parameters.choice("KEEPBYTES", ("true", "false"), "false") == "true"
    return parameters, Transfer(
        targets=tuple(parameters.all("TARGET")),
        direction=parameters.text("DIRECTION") or "",
        keep_bytes=keeps,
        protocols=tuple(parameters.all("PROTOCOL")),
        endpoint=parameters.text("ENDPOINT"),
        view=parameters.text("VIEW") or "",
    )


def _text(show: Callable[[Job], str]) -> Callable[[Request], Response]:
    """A route that shows one thing of a job as plain text; Starlette runs it in a thread."""

    def route(request: Request) -> Response:
        return PlainTextResponse(show(_find(request)), headers=_NO_STORE)

    return route


def _transfers(request: Request) -> Transfers:
    return context(request).transfers


def _find(request: Request) -> Job:
    return _transfers(request).get(request.path_params["id"], caller(request))


def _url(request: Request, job: Job | None = None) -> str:
    return f"{base_url(request)}{_LIST}" + (f"/{job.id}" if job else "")


def _xml(document: bytes) -> Response:
    return Response(document, media_type="text/xml", headers=_NO_STORE)
