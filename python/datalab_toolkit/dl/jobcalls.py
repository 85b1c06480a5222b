"""The part of ``queryClient`` that deals with jobs."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from datalab_toolkit import exports, joblist, lineends
from datalab_toolkit.dl import calls
from datalab_toolkit.dl.problems import queryClientError, told_as
from datalab_toolkit.layout import text_table
from datalab_toolkit.queryjob import Job

_WAITING = ("PENDING", "QUEUED", "EXECUTING", "HELD", "SUSPENDED")


def status(*args: Any, token: str | None = None, jobId: str = "", profile: str = "default") -> str:
    """How a job is: ``QUEUED``, ``EXECUTING``, ``COMPLETED``, ``ERROR`` or ``ABORTED``."""
    with told_as(queryClientError):
        return _job(args, token, jobId).phase


def results(
    *args: Any,
    token: str | None = None,
    jobId: str = "",
    fname: str | None = None,
    delete: bool = True,
    profile: str = "default",
    progress: bool = False,
) -> Any:
    """The rows of a job, in the format that the query asked for; the job is removed then.

    Parameters
    ----------
    *args
        A token and the id of the job, either or both.
    token, jobId
        The same by their names.
    fname
        A file to write the rows to; ``OK`` is returned then.
    delete
        Whether the job is removed.
    profile, progress
        As in the official client; they change nothing.

    Raises
    ------
    queryClientError
        The job has not ended, or has no rows.
    """
    with told_as(queryClientError):
        job = _job(args, token, jobId)
        with job.stream() as answer:
            content = answer.read()
            kind = answer.headers.get("content-type", "")
        if kind.startswith("text/"):
            content = b"".join(lineends.unix([content]))
        if fname:
            with exports.Target(Path(fname).expanduser()) as target:
                target.write_bytes(content)
        if str(delete).lower() != "false":
            job.delete()
    if fname:
        return "OK"
    is_text = kind.startswith("text/") or "xml" in kind or "json" in kind
    return content.decode() if is_text else content


def error(*args: Any, token: str | None = None, jobId: str = "", profile: str = "default") -> str:
    """Why a job has no rows; empty when nothing went wrong."""
    with told_as(queryClientError):
        reason = _job(args, token, jobId).error
        return "" if reason is None else f"Error: {reason}"


def abort(*args: Any, token: str | None = None, jobId: str = "", profile: str = "default") -> str:
    """Stop a job; ``OK``."""
    with told_as(queryClientError):
        _job(args, token, jobId).abort()
    return "OK"


def wait(
    *args: Any,
    token: str | None = None,
    jobId: str = "",
    wait: float = 3,
    verbose: bool = False,
    profile: str = "default",
) -> str:
    """Wait until a job has ended, asking every `wait` seconds, and return how it ended."""
    with told_as(queryClientError):
        job = _job(args, token, jobId)
        while (phase := job.phase) in _WAITING:
            if verbose:
                print(f"{phase}\nWaiting {wait:g} seconds...")
            time.sleep(wait)
    return phase


def jobs(
    *args: Any,
    token: str | None = None,
    jobId: str | None = None,
    format: str = "text",
    status: str = "all",
    option: str = "list",
) -> Any:
    """One's jobs, or one of them, as a table of text; with ``format="json"`` as dictionaries.

    Parameters
    ----------
    *args, token, jobId
        As for `results`; without an id all of them.
    format
        ``text`` or ``json``.
    status
        A phase to keep to, or ``all``.
    option
        ``list``, or ``delete`` to remove them.
    """
    token, values = calls.bound(args, ["jobId"], {"jobId": jobId}, token)
    phase = None if status.lower() == "all" else status
    with told_as(queryClientError):
        found = [
            job
            for job in joblist.jobs(phase, service=calls.service_name(token))
            if values["jobId"] in (None, "", job.id)
        ]
        if option == "delete":
            for job in found:
                job.delete()
            return "OK"
        states = [job.refresh() for job in found]
    if format == "json":
        return [
            {
                "jobid": state.id,
                "status": state.phase,
                "start": _time(state.started),
                "end": _time(state.ended),
                "query": state.query,
            }
            for state in states
        ]
    cells = [[s.id, _time(s.started), _time(s.ended), s.phase] for s in states]
    return text_table(("JobID", "Start", "End", "Status"), cells, set())


def _job(args: tuple[Any, ...], token: str | None, job_id: str) -> Job:
    token, values = calls.bound(args, ["jobId"], {"jobId": job_id}, token)
    return joblist.job(str(values["jobId"] or ""), calls.service_name(token))


def _time(time: datetime | None) -> str:
    return f"{time:%m-%d-%yT%H:%M:%S}" if time else ""
