"""What becomes of the jobs of the official client (``/query/status`` and what follows it)."""

from __future__ import annotations

from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from datalab_backend.errors import NotFoundError
from datalab_backend.jobs.job import Job, Phase
from datalab_backend.jobs.service import Jobs
from datalab_backend.web.context import caller, context
from datalab_backend.web.datalab import answers
from datalab_backend.web.datalab.arguments import Arguments

_STARTED = {Phase.PENDING: Phase.QUEUED}
"""The client knows no job that waits to be told to run."""


def routes() -> list[Route]:
    """The addresses of jobs."""
    return [
        Route("/status", _status),
        Route("/results", _results),
        Route("/error", _error),
        Route("/abort", _abort),
    ]


def _status(request: Request) -> Response:
    """The phase of a job; ERROR where there is none, since the client waits for any other."""
    try:
        job = _find(request)
    except NotFoundError:
        return answers.text(Phase.ERROR, 404)
    return answers.text(_STARTED.get(job.phase, job.phase))


async def _results(request: Request) -> Response:
    """The rows of a job, which is deleted once they have been sent."""
    job = await to_thread.run_sync(_find, request)
    if job.failure is not None:
        raise job.failure.error()
    if job.result is None:
        hint = "Wait until it is COMPLETED." if job.phase.is_active else ""
        raise NotFoundError(f"The job has no result: it is {job.phase}.", hint)
    jobs = context(request).jobs
    delete = Arguments.of(request).flag("delete", default=True)
    return _Rows(jobs.result(job), job.result.media_type, job, jobs if delete else None)


def _error(request: Request) -> Response:
    job = _find(request)
    if job.failure is None:
        return answers.text(f"The job has no error: it is {job.phase}.")
    return answers.failure(request, job.failure.error(), 200)


def _abort(request: Request) -> Response:
    context(request).jobs.abort(_find(request))
    return answers.done()


def _find(request: Request) -> Job:
    asking = caller(request)
    owner = None if asking.is_anonymous else asking.name
    return context(request).jobs.get(Arguments.of(request).required("jobid"), owner)


class _Rows(FileResponse):
    """The result of a job, after which the job is gone, if all of it was sent."""

    def __init__(self, path: Path, media_type: str, job: Job, delete_from: Jobs | None) -> None:
        super().__init__(path, media_type=media_type, headers={"Cache-Control": "no-store"})
        self._job = job
        self._jobs = delete_from

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the rows."""
        sent = 0

        async def counted(message: Message) -> None:
            nonlocal sent
            await send(message)
            sent += len(message.get("body", b""))

        await super().__call__(scope, receive, counted)
        if self._jobs is not None and self._job.result and sent == self._job.result.size:
            await to_thread.run_sync(self._jobs.delete, self._job)
