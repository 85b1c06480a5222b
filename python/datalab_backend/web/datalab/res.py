"""``/res``: the jobs of a user, and the administration that is not done over HTTP here."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datalab_backend.errors import AuthorizationError, NotFoundError, UsageError
from datalab_backend.jobs.job import Job, Phase, now
from datalab_backend.web.context import caller, context
from datalab_backend.web.datalab import answers, jobtext
from datalab_backend.web.datalab.arguments import Arguments

_LISTED_FOR = timedelta(days=30)

_OF_ADMINISTRATORS = (
    "create",
    "get",
    "set",
    "delete",
    "pwReset",
    "pwResetLink",
    "listFields",
    "approveUser",
    "userRecord",
    "pending",
    "setField",
)


def routes() -> list[Route]:
    """The addresses below ``/res``."""
    refused = [Route(f"/{name}", _refused) for name in _OF_ADMINISTRATORS]
    return [Route("/findJobs", _find_jobs), *refused]


def _find_jobs(request: Request) -> Response:
    """List jobs of the caller, or delete them."""
    arguments = Arguments.of(request)
    found = _found(request, arguments.text("jobid"), arguments.text("status"))
    if arguments.text("option") == "delete":
        for job in found:
            context(request).jobs.delete(job)
        return answers.done()
    if arguments.text("format") == "json":
        return answers.text(jobtext.as_wrapped_json(found))
    return answers.text(jobtext.as_text(found))


def _found(request: Request, job_id: str, status: str) -> list[Job]:
    """One job, or those of the caller of the last days, in one phase or in any."""
    jobs = context(request).jobs
    asking = caller(request)
    owner = None if asking.is_anonymous else asking.name
    if status.casefold() in ("", "all"):
        phases: tuple[Phase, ...] = ()
    elif status.upper() in list(Phase):
        phases = (Phase(status.upper()),)
    else:
        raise UsageError(
            f"A job is never “{status[:40]}”.", f"It is one of all, {', '.join(Phase)}."
        )
    if not job_id:
        return jobs.of(owner, phases, now() - _LISTED_FOR)
    try:
        job = jobs.get(job_id, owner)
    except NotFoundError:
        return []
    return [job] if job.phase in (phases or (job.phase,)) else []


def _refused(request: Request) -> Response:
    raise AuthorizationError(
        "Accounts are not administered over the network here.",
        "Whoever runs this Data Lab types “datalab-server user”.",
    )
