"""``/vospace/synctrans`` and ``/vospace/transfers``: what moves bytes and nodes.

VOSpace 2.1, section 3.6. A transfer is a job (UWS 1.1); the synchronous ones are done, or their
URLs given away, in one request.
"""

from __future__ import annotations

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
from datalab_backend.web.context import caller, context
from datalab_backend.web.errors import wants_json
from datalab_backend.web.joblists import NO_STORE, JobList, asks_to_run, xml
from datalab_backend.web.parameters import Parameters
from datalab_backend.web.vospacefiles import signed_url

# Threads of their own, so that hosts that are slow hold up nothing but other transfers.
_transferring = CapacityLimiter(8)

_VERBS = {Direction.PULL_FROM: Verb.GET, Direction.PUSH_TO: Verb.PUT}


def routes() -> list[Route]:
    """The addresses of transfers."""
    job = f"{_list.path}/{{id}}"
    return [
        Route("/vospace/synctrans", _sync, methods=["GET", "POST"]),
        Route(_list.path, _show_list),
        Route(_list.path, _create, methods=["POST"]),
        Route("/vospace/async-delete", _create_deletion, methods=["POST"]),
        Route(job, _show),
        Route(job, _change, methods=["POST"]),
        *_list.routes(),
        Route(f"{job}/error", _error),
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
        return f"{_list.url(request, job)}/results/transferDetails"

    return RedirectResponse(await to_thread.run_sync(negotiate), 303)


def _done(request: Request, transfer: Transfer) -> Response:
    """Do a transfer now, and answer with the node that came of it."""
    storage, asking = context(request).storage, caller(request)
    node, _ = perform(transfer, storage, asking, _transfers(request).limits)
    return _told(request, asking, node) if node else Response(status_code=204)


def _told(request: Request, asking: Caller, node: Node) -> Response:
    if wants_json(request):
        document = vospacejson.write(context(request).storage, asking, node)
        return Response(document, 200, NO_STORE, "application/json")
    return xml(vospacexml.write_node(node))


async def _create(request: Request) -> Response:
    parameters, transfer = await _sent(request)
    return await _created(request, parameters, transfer)


async def _create_deletion(request: Request) -> Response:
    parameters = await Parameters.read(request)
    transfer = Transfer((parameters.text("TARGET") or "",), DELETION)
    return await _created(request, parameters, transfer)


async def _created(request: Request, parameters: Parameters, transfer: Transfer) -> Response:
    create, run = _transfers(request).create, asks_to_run(parameters)
    return _list.see(request, await to_thread.run_sync(create, caller(request), transfer, run))


async def _show_list(request: Request) -> Response:
    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_jobs

        return write_jobs(_transfers(request).of(caller(request)), _list.url(request))

    return xml(await to_thread.run_sync(write))


async def _show(request: Request) -> Response:
    parameters = await Parameters.read(request)
    await _list.wait(request, parameters, None)

    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_job

        job = _find(request)
        results = _references(job, _list.url(request, job))
        document = write_job(job, _list.url(request, job), None, references=results)
        # The transfer itself (VOSpace 2.1, section 3.6), which the models of UWS cannot hold.
        transfer = vospacexml.transfer_element(Transfer.of(job.parameters))
        info = b"<uws:jobInfo>" + transfer + b"</uws:jobInfo></uws:job>"
        return document.replace(b"</uws:job>", info)

    return xml(await to_thread.run_sync(write))


async def _change(request: Request) -> Response:
    parameters = await Parameters.read(request)
    if parameters.choice("ACTION", ("DELETE", ""), "") == "DELETE":
        return await _list.delete(request)
    raise UsageError("A transfer cannot be changed.", "Make a new one.")


async def _error(request: Request) -> Response:
    job = await to_thread.run_sync(_find, request)
    if job.failure is None:
        raise NotFoundError(f"The transfer has no error: it is {job.phase}.")
    return PlainTextResponse(str(job.failure.error()), headers=NO_STORE)


async def _results(request: Request) -> Response:
    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_references

        job = _find(request)
        return write_references(_references(job, _list.url(request, job)))

    return xml(await to_thread.run_sync(write))


async def _details(request: Request) -> Response:
    def write() -> bytes:
        job = _find(request)
        transfer = Transfer.of(job.parameters)
        endpoints: list[tuple[str, str]] = []
        if transfer.is_negotiation:
            # Of a transfer without an owner only what everybody may read is given away.
            endpoints = _endpoints(request, caller(request), transfer)
        return vospacexml.write_transfer(transfer, endpoints)

    return xml(await to_thread.run_sync(write))


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


def _transfers(request: Request) -> Transfers:
    return context(request).transfers


def _find(request: Request) -> Job:
    return _transfers(request).get(request.path_params["id"], caller(request))


_list = JobList("/vospace/transfers", _transfers, _find)
