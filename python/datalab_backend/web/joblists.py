"""What every list of jobs answers alike (UWS 1.1): that of queries and that of transfers.

Every change is answered by a redirection to what was changed, as the standard has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from datalab_backend.jobs.job import Job, Phase
from datalab_backend.lazy import importing
from datalab_backend.web.context import base_url
from datalab_backend.web.parameters import Parameters

NO_STORE = {"Cache-Control": "no-store"}

LONGEST_WAIT_S = 50
"""How long a client may wait for a job: proxies and clients give up after a minute."""


class JobService(Protocol):
    """Who runs the jobs of a list."""

    @property
    def closing(self) -> bool:
        """Whether the server stops."""
        ...

    def run(self, job: Job) -> None:
        """Run a job when its turn comes."""
        ...

    def abort(self, job: Job) -> None:
        """End a job."""
        ...

    def delete(self, job: Job) -> None:
        """Remove a job."""
        ...

    def watching(self, job_id: str) -> AbstractContextManager[Future[None]]:
        """Give a future that is done when the job is next changed, or the server stops."""
        ...


@dataclass(frozen=True, slots=True)
class JobList:
    """A list of jobs.

    Attributes
    ----------
    path
        Its path.
    service
        Who runs its jobs.
    find
        The job that a request names, if there is one that its sender may see.
    """

    path: str
    service: Callable[[Request], JobService]
    find: Callable[[Request], Job]

    def routes(self) -> list[Route]:
        """The addresses of what all jobs have."""
        job = f"{self.path}/{{id}}"
        return [
            Route(job, self.delete, methods=["DELETE"]),
            Route(f"{job}/phase", self._text(lambda job: job.phase)),
            Route(f"{job}/phase", self._set_phase, methods=["POST"]),
            Route(f"{job}/executionduration", self._text(lambda j: str(j.execution_duration_s))),
            Route(f"{job}/destruction", self._text(lambda job: _iso(job.destruction))),
            Route(f"{job}/quote", self._text(lambda job: "")),
            Route(f"{job}/owner", self._text(lambda job: job.owner or "")),
            Route(f"{job}/parameters", self._parameters),
        ]

    def url(self, request: Request, job: Job | None = None) -> str:
        """The address of a job, or of the list."""
        return f"{base_url(request)}{self.path}" + (f"/{job.id}" if job else "")

    def see(self, request: Request, job: Job | None = None) -> Response:
        """Send the client to a job, or to the list."""
        return RedirectResponse(self.url(request, job), 303)

    async def wait(self, request: Request, parameters: Parameters, phase: Phase | None) -> None:
        """Wait as long as WAIT says until a job has left a phase: that given, or its own."""
        asked_s = parameters.whole("WAIT", 0, -1)
        if not asked_s:
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (LONGEST_WAIT_S if asked_s < 0 else min(asked_s, LONGEST_WAIT_S))
        service = self.service(request)
        while True:
            with service.watching(request.path_params["id"]) as changed:
                job = await to_thread.run_sync(self.find, request)
                phase = phase or job.phase
                left = deadline - loop.time()
                if job.phase is not phase or not phase.is_active or left <= 0:
                    return
                await asyncio.wait([asyncio.wrap_future(changed)], timeout=left)
                if service.closing:
                    return

    async def delete(self, request: Request) -> Response:
        """Remove a job."""
        await to_thread.run_sync(lambda: self.service(request).delete(self.find(request)))
        return self.see(request)

    async def _set_phase(self, request: Request) -> Response:
        parameters = await Parameters.read(request)
        wanted = parameters.choice("PHASE", ("RUN", "ABORT"), "")
        service = self.service(request)

        def change() -> Job:
            job = self.find(request)
            (service.run if wanted == "RUN" else service.abort)(job)
            return job

        return self.see(request, await to_thread.run_sync(change))

    async def _parameters(self, request: Request) -> Response:
        def write() -> bytes:
            with importing:
                from datalab_backend.web.jobdocuments import write_parameters

            return write_parameters(self.find(request))

        return xml(await to_thread.run_sync(write))

    def _text(self, show: Callable[[Job], str]) -> Callable[[Request], Response]:
        """A route that shows one thing of a job as plain text; Starlette runs it in a thread."""

        def route(request: Request) -> Response:
            return PlainTextResponse(show(self.find(request)), headers=NO_STORE)

        return route


def asks_to_run(parameters: Parameters) -> bool:
    """Whether a job is to be run as soon as it is made."""
    return parameters.choice("PHASE", ("RUN", ""), "") == "RUN"


def xml(document: bytes) -> Response:
    """Answer with a document of UWS or VOSpace."""
    return Response(document, media_type="text/xml", headers=NO_STORE)


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
