"""``/tap/async``: queries that run while their owner does something else (UWS 1.1)."""

from __future__ import annotations

from datetime import UTC, datetime

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from datalab_backend.errors import NotFoundError, UsageError
from datalab_backend.formats.votable import NOT_XML
from datalab_backend.jobs.job import Failure, Job, Phase
from datalab_backend.jobs.service import Jobs
from datalab_backend.lazy import importing
from datalab_backend.web import errors, tap
from datalab_backend.web.context import caller, context
from datalab_backend.web.joblists import NO_STORE, JobList, asks_to_run, xml
from datalab_backend.web.parameters import Parameters

# What tells the job list what to do is not what tells the job (UWS 1.1, section 2.2.2.3).
_NO_PARAMETERS = ("PHASE", "ACTION", "WAIT")
_MOST_PARAMETERS = 100


def routes() -> list[Route]:
    """The addresses of the jobs."""
    job = f"{_list.path}/{{id}}"
    return [
        Route(_list.path, _show_list),
        Route(_list.path, _create, methods=["POST"]),
        Route(job, _show),
        Route(job, _change, methods=["POST"]),
        *_list.routes(),
        Route(f"{job}/executionduration", _set_execution_duration, methods=["POST"]),
        Route(f"{job}/destruction", _set_destruction, methods=["POST"]),
        Route(f"{job}/parameters", _change, methods=["POST"]),
        Route(f"{job}/results", _results),
        Route(f"{job}/results/result", _result),
        Route(f"{job}/error", _error),
    ]


async def _show_list(request: Request) -> Response:
    parameters = await Parameters.read(request)
    phases = [_phase(name) for name in parameters.all("PHASE")]
    after = parameters.text("AFTER")
    time = _time("AFTER", after) if after else None
    last = parameters.whole("LAST", 0, 1) or None

    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_jobs

        return write_jobs(
            _jobs(request).of(_owner(request), phases, time, last), _list.url(request)
        )

    return xml(await to_thread.run_sync(write))


async def _create(request: Request) -> Response:
    parameters = await Parameters.read(request)
    run = asks_to_run(parameters)
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

    return _list.see(request, await to_thread.run_sync(create))


async def _show(request: Request) -> Response:
    parameters = await Parameters.read(request)
    phase = parameters.text("PHASE")
    await _list.wait(request, parameters, _phase(phase) if phase else None)

    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_job

        job = _find(request)
        return write_job(
            job, _list.url(request, job), _jobs(request).rows(job), _jobs(request).progress(job)
        )

    return xml(await to_thread.run_sync(write))


async def _change(request: Request) -> Response:
    parameters = await Parameters.read(request)
    if parameters.choice("ACTION", ("DELETE", ""), ""):
        return await _list.delete(request)
    kept, run_id = _kept(parameters), tap.run_id(parameters)
    sent = await tap.taken(parameters, context(request).limits)

    def change() -> Job:
        job = _find(request)
        names = {name for name, _ in kept}
        rest = tuple((name, value) for name, value in job.parameters if name not in names)
        tables = sent if "UPLOAD" in names else None
        _jobs(request).set_parameters(job, rest + kept, run_id or job.run_id, tables)
        return job

    return _list.see(request, await to_thread.run_sync(change))


async def _set_execution_duration(request: Request) -> Response:
    parameters = await Parameters.read(request)
    if not parameters.text("EXECUTIONDURATION"):
        raise UsageError("EXECUTIONDURATION is missing.", "Send a number of seconds.")
    seconds = parameters.whole("EXECUTIONDURATION", 0, 0)

    def change() -> Job:
        job = _find(request)
        _jobs(request).set_execution_duration(job, seconds)
        return job

    return _list.see(request, await to_thread.run_sync(change))


async def _set_destruction(request: Request) -> Response:
    parameters = await Parameters.read(request)
    time = _time("DESTRUCTION", parameters.text("DESTRUCTION") or "")

    def change() -> Job:
        job = _find(request)
        _jobs(request).set_destruction(job, time)
        return job

    return _list.see(request, await to_thread.run_sync(change))


async def _results(request: Request) -> Response:
    def write() -> bytes:
        with importing:
            from datalab_backend.web.jobdocuments import write_results

        job = _find(request)
        return write_results(job, _list.url(request, job))

    return xml(await to_thread.run_sync(write))


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
        headers=NO_STORE,
    )


async def _error(request: Request) -> Response:
    job = await to_thread.run_sync(_find, request)
    if job.failure is None:
        raise NotFoundError(f"The job has no error: it is {job.phase}.")
    return _told(job.failure)


def _jobs(request: Request) -> Jobs:
    return context(request).jobs


def _owner(request: Request) -> str | None:
    asking = caller(request)
    return None if asking.is_anonymous else asking.name


def _find(request: Request) -> Job:
    return _jobs(request).get(request.path_params["id"], _owner(request))


_list = JobList("/tap/async", _jobs, _find)


def _told(failure: Failure, status: int = 200) -> Response:
    document = errors.votable(failure.error())
    return Response(document, status, NO_STORE, "application/x-votable+xml")


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
