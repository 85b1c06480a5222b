"""``/tap/async``: queries that run while their owner does something else (UWS 1.1).

Every change is answered by a redirection to what was changed, as the standard has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from datalab_backend.errors import NotFoundError, UsageError
from datalab_backend.formats.votable import NOT_XML
from datalab_backend.jobs.job import Failure, Job, Phase
from datalab_backend.jobs.service import Jobs
from datalab_backend.lazy import importing
from datalab_backend.web import errors, tap
from datalab_backend.web.context import base_url, caller, context
from datalab_backend.web.parameters import Parameters

_LIST = "/tap/async"

# Proxies and clients give up on an answer after a minute.
_LONGEST_WAIT_S = 50

# What tells the job list what to do is not what tells the job (UWS 1.1, section 2.2.2.3).
_NO_PARAMETERS = ("PHASE", "ACTION", "WAIT")
_MOST_PARAMETERS = 100

_NO_STORE = {"Cache-Control": "no-store"}


def routes() -> list[Route]:
    """The addresses of the jobs."""
    job = f"{_LIST}/{{id}}"
    return [
        Route(_LIST, _list),
        Route(_LIST, _create, methods=["POST"]),
        Route(job, _show),
        Route(job, _change, methods=["POST"]),
        Route(job, _delete, methods=["DELETE"]),
        Route(f"{job}/phase", _text(lambda job: job.phase)),
        Route(f"{job}/phase", _set_phase, methods=["POST"]),
        Route(f"{job}/executionduration", _text(lambda job: str(job.execution_duration_s))),
        Route(f"{job}/executionduration", _set_execution_duration, methods=["POST"]),
        Route(f"{job}/destruction", _text(lambda job: _iso(job.destruction))),
        Route(f"{job}/destruction", _set_destruction, methods=["POST"]),
        Route(f"{job}/quote", _text(lambda job: "")),
        Route(f"{job}/owner", _text(lambda job: job.owner or "")),
        Route(f"{job}/parameters", _parameters),
        Route(f"{job}/parameters", _change, methods=["POST"]),
        Route(f"{job}/results", _results),
        Route(f"{job}/results/result", _result),
        Route(f"{job}/error", _error),
    ]


async def _list(request: Request) -> Response:
    parameters = await Parameters.read(request)
    phases = [_phase(name) for name in parameters.all("PHASE")]
    after = parameters.text("AFTER")
    time = _time("AFTER", after) if after else None
    last = parameters.whole("LAST", 0, 1) or None

    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_jobs

        return write_jobs(_jobs(request).of(_owner(request), phases, time, last), _url(request))

    return _xml(await to_thread.run_sync(write))


async def _create(request: Request) -> Response:
    parameters = await Parameters.read(request)
    run = _asks_to_run(parameters)
    kept, run_id = _kept(parameters), tap.run_id(parameters)
    sent = await tap.taken(parameters, context(request).limits)

    def create() -> Job:
        job = _jobs(request).create(_owner(request), kept, run_id, sent)
        if run:
            try:
                _jobs(request).run(job)
            except UsageError:
                _jobs(request).delete(job)
                raise
        return job

    job = await to_thread.run_sync(create)
    return _see(f"{_url(request)}/{job.id}")


async def _show(request: Request) -> Response:
    parameters = await Parameters.read(request)
    wait = parameters.whole("WAIT", 0, -1)
    phase = parameters.text("PHASE")
    wanted = _phase(phase) if phase else None
    if wait:
        await _wait(request, _LONGEST_WAIT_S if wait < 0 else min(wait, _LONGEST_WAIT_S), wanted)

    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_job

        job = _find(request)
        return write_job(
            job, _url(request, job), _jobs(request).rows(job), _jobs(request).progress(job)
        )

    return _xml(await to_thread.run_sync(write))


async def _wait(request: Request, longest_s: int, phase: Phase | None) -> None:
    """Wait until the job has left a phase: the one given, or whichever it is in."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + longest_s
    while True:
        with _jobs(request).watching(request.path_params["id"]) as changed:
            job = await to_thread.run_sync(_find, request)
            phase = phase or job.phase
            left = deadline - loop.time()
            if job.phase is not phase or not phase.is_active or left <= 0:
                return
            await asyncio.wait([asyncio.wrap_future(changed)], timeout=left)
            if _jobs(request).closing:
                return


async def _change(request: Request) -> Response:
    parameters = await Parameters.read(request)
    if parameters.choice("ACTION", ("DELETE", ""), ""):
        return await _delete(request)
    kept, run_id = _kept(parameters), tap.run_id(parameters)
    sent = await tap.taken(parameters, context(request).limits)

    def change() -> Job:
        job = _find(request)
        names = {name for name, _ in kept}
        rest = tuple((name, value) for name, value in job.parameters if name not in names)
        tables = sent if "UPLOAD" in names else None
        _jobs(request).set_parameters(job, rest + kept, run_id or job.run_id, tables)
        return job

    return _see(_url(request, await to_thread.run_sync(change)))


async def _delete(request: Request) -> Response:
    await to_thread.run_sync(lambda: _jobs(request).delete(_find(request)))
    return _see(_url(request))


async def _set_phase(request: Request) -> Response:
    parameters = await Parameters.read(request)
    wanted = parameters.choice("PHASE", ("RUN", "ABORT"), "")

    def change() -> Job:
        job = _find(request)
        (_jobs(request).run if wanted == "RUN" else _jobs(request).abort)(job)
        return job

    return _see(_url(request, await to_thread.run_sync(change)))


async def _set_execution_duration(request: Request) -> Response:
    parameters = await Parameters.read(request)
    if not parameters.text("EXECUTIONDURATION"):
        raise UsageError("EXECUTIONDURATION is missing.", "Send a number of seconds.")
    seconds = parameters.whole("EXECUTIONDURATION", 0, 0)

    def change() -> Job:
        job = _find(request)
        _jobs(request).set_execution_duration(job, seconds)
        return job

    return _see(_url(request, await to_thread.run_sync(change)))


async def _set_destruction(request: Request) -> Response:
    parameters = await Parameters.read(request)
    time = _time("DESTRUCTION", parameters.text("DESTRUCTION") or "")

    def change() -> Job:
        job = _find(request)
        _jobs(request).set_destruction(job, time)
        return job

    return _see(_url(request, await to_thread.run_sync(change)))


async def _parameters(request: Request) -> Response:
    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_parameters

        return write_parameters(_find(request))

    return _xml(await to_thread.run_sync(write))


async def _results(request: Request) -> Response:
    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_results

        job = _find(request)
        return write_results(job, _url(request, job))

    return _xml(await to_thread.run_sync(write))


async def _result(request: Request) -> Response:
    job = await to_thread.run_sync(_find, request)
    if job.failure is not None:
        # Clients that ask for the result without a look at the phase learn of the error here.
        return _told(job.failure, 404)
    if job.result is None:
        hint = "Wait until it is COMPLETED." if job.phase.is_active else ""
        raise NotFoundError(f"The job has no result: it is {job.phase}.", hint)
    return FileResponse(
        _jobs(request).result(job),
        media_type=job.result.media_type,
        filename=f"result.{job.result.extension}",
        content_disposition_type="inline",
        headers=_NO_STORE,
    )


async def _error(request: Request) -> Response:
    job = await to_thread.run_sync(_find, request)
    if job.failure is None:
        raise NotFoundError(f"The job has no error: it is {job.phase}.")
    return _told(job.failure)


def _text(show: Callable[[Job], str]) -> Callable[[Request], Response]:
    """A route that shows one thing of a job as plain text; Starlette runs it in a thread."""

    def route(request: Request) -> Response:
        return PlainTextResponse(show(_find(request)), headers=_NO_STORE)

    return route


def _jobs(request: Request) -> Jobs:
    return context(request).jobs


def _owner(request: Request) -> str | None:
    asking = caller(request)
    return None if asking.is_anonymous else asking.name


def _find(request: Request) -> Job:
    return _jobs(request).get(request.path_params["id"], _owner(request))


def _url(request: Request, job: Job | None = None) -> str:
    return f"{base_url(request)}{_LIST}" + (f"/{job.id}" if job else "")


def _see(url: str) -> Response:
    return RedirectResponse(url, 303)


def _xml(document: bytes) -> Response:
    return Response(document, media_type="text/xml", headers=_NO_STORE)


def _told(failure: Failure, status: int = 200) -> Response:
    document = errors.votable(failure.error())
    return Response(document, status, _NO_STORE, "application/x-votable+xml")


def _asks_to_run(parameters: Parameters) -> bool:
    return parameters.choice("PHASE", ("RUN", ""), "") == "RUN"


def _kept(parameters: Parameters) -> tuple[tuple[str, str], ...]:
    """The parameters that belong to a job."""
    kept = tuple(item for item in parameters.items() if item[0] not in _NO_PARAMETERS)
    if len(kept) > _MOST_PARAMETERS:
        raise UsageError(f"A job cannot have more than {_MOST_PARAMETERS} parameters.")
    for name, value in kept:
        if NOT_XML.search(name) or NOT_XML.search(value):
            raise UsageError(
                "A parameter has a character in it that cannot be shown, such as NUL.",
                "Leave control characters out.",
            )
    return kept


def _phase(name: str) -> Phase:
    try:
        return Phase(name)
    except ValueError:
        raise UsageError(
            f"PHASE cannot be “{name[:40]}”.", f"It is one of {', '.join(Phase)}."
        ) from None


def _time(name: str, text: str) -> datetime:
    """Read a time as DALI 1.1, section 3.3.3, writes it: in UTC, with or without its Z."""
    try:
        time = datetime.fromisoformat(text.strip())
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{name} is not a time: “{text[:40]}”.", "Write it as 2026-01-31T12:00:00Z."
        ) from None


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
