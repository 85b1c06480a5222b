"""A TAP service whose jobs are as UWS 1.0 has them, with the habits of services in the world.

WAIT is unknown, a job made with PHASE=RUN is PENDING until it is told to run, addresses are
relative, the list cannot be filtered, DELETE is refused and ACTION=DELETE taken, and a synchronous
query that is said to be slow is refused with status 200 and words of its own.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

RUNS_S = 0.6

_CAPABILITIES = """<capabilities><capability standardID="ivo://ivoa.net/std/TAP">
<interface version="1.0"><accessURL use="base">http://old.invalid/tap</accessURL></interface>
</capability></capabilities>"""
_ROWS = """<VOTABLE version="1.2"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/>
<TABLE><FIELD name="n" datatype="long"/><DATA><TABLEDATA><TR><TD>4611686018427387905</TD></TR>
</TABLEDATA></DATA></TABLE><INFO name="QUERY_STATUS" value="OVERFLOW"/></RESOURCE></VOTABLE>"""
_TOO_LONG = """<VOTABLE version="1.2"><RESOURCE type="results"><INFO name="QUERY_STATUS"
value="ERROR">Query timed out (took too long).</INFO></RESOURCE></VOTABLE>"""


@dataclass
class _Job:
    query: str
    created: float = field(default_factory=time.time)
    started: float | None = None
    aborted: bool = False

    @property
    def phase(self) -> str:
        if self.aborted:
            return "ABORTED"
        if self.started is None:
            return "PENDING"
        if time.time() - self.started < RUNS_S:
            return "EXECUTING"
        return "ERROR" if "wrong" in self.query else "COMPLETED"


class OldService:
    """The service, and what it was asked."""

    def __init__(self) -> None:
        self.jobs: dict[str, _Job] = {}
        self.asked: list[str] = []

    def app(self) -> Starlette:
        """The routes."""
        return Starlette(
            routes=[
                Route(
                    "/tap/capabilities", lambda _: Response(_CAPABILITIES, media_type="text/xml")
                ),
                Route("/tap/sync", self._sync, methods=["POST"]),
                Route("/tap/async", self._list),
                Route("/tap/async", self._create, methods=["POST"]),
                Route("/tap/async/{id}", self._show),
                Route("/tap/async/{id}", self._act, methods=["POST"]),
                Route("/tap/async/{id}/phase", self._run, methods=["POST"]),
                Route("/tap/async/{id}/rows.xml", lambda _: _xml(_ROWS)),
            ]
        )

    async def _sync(self, request: Request) -> Response:
        slow = "slow" in str((await request.form())["QUERY"])
        return _xml(_TOO_LONG if slow else _ROWS)

    def _list(self, request: Request) -> Response:
        refs = "".join(
            f'<uws:jobref id="{name}"><uws:phase>{job.phase}</uws:phase></uws:jobref>'
            for name, job in self.jobs.items()
        )
        return _uws(f"<uws:jobs {{}}>{refs}</uws:jobs>")

    async def _create(self, request: Request) -> Response:
        name = f"j{len(self.jobs) + 1}"
        self.jobs[name] = _Job(str((await request.form())["QUERY"]))
        return Response(status_code=303, headers={"Location": f"/tap/async/{name}"})

    def _show(self, request: Request) -> Response:
        name = request.path_params["id"]
        self.asked.append(request.url.query)
        if name not in self.jobs:
            return PlainTextResponse("no such job", 404)
        job = self.jobs[name]
        told = f"<uws:jobId>{name}</uws:jobId><uws:phase>{job.phase}</uws:phase>"
        if job.phase == "COMPLETED":
            link = 'xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="rows.xml"'
            told += f'<uws:results><uws:result id="result" {link}/></uws:results>'
        if job.phase == "ERROR":
            message = "The disk is full of stars."
            told += f"<uws:errorSummary><uws:message>{message}</uws:message></uws:errorSummary>"
        return _uws(f"<uws:job {{}}>{told}</uws:job>")

    async def _act(self, request: Request) -> Response:
        assert (await request.form())["ACTION"] == "DELETE"
        del self.jobs[request.path_params["id"]]
        return RedirectResponse("/tap/async", 303)

    async def _run(self, request: Request) -> Response:
        job, phase = self.jobs[request.path_params["id"]], (await request.form())["PHASE"]
        if phase == "RUN":
            job.started = time.time()
        else:
            job.aborted = True
        return RedirectResponse(f"/tap/async/{request.path_params['id']}", 303)


def _uws(document: str) -> Response:
    names = 'xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0"'
    return _xml(document.format(names))


def _xml(document: str) -> Response:
    return Response(document, media_type="text/xml")


@contextmanager
def serving_app(app: Starlette) -> Iterator[str]:
    """Serve an application from a thread until the block ends; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
