"""``datalab jobs``, ``job``, ``qstatus``, ``qresults``: queries that run as jobs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from datalab_toolkit import exports, joblist, lineends
from datalab_toolkit.commands import arguments
from datalab_toolkit.commands.query import say_overflow
from datalab_toolkit.commands.tables import show
from datalab_toolkit.errors import Interrupted
from datalab_toolkit.queryjob import Job


def add(commands: argparse._SubParsersAction[arguments.Command]) -> None:
    """Add the commands."""
    jobs = commands.add_parser("jobs", help="list my jobs, the newest first")
    jobs.add_argument("--phase", action="append", default=[], help="only those, such as EXECUTING")
    jobs.add_argument("--after", metavar="TIME", help="only those made after 2026-01-31T12:00:00")
    jobs.add_argument(
        "--last", type=arguments.positive, metavar="N", help="only so many of the newest"
    )
    jobs.set_defaults(run=_jobs)

    job = commands.add_parser("job", help="show a job, get its result, or end it")
    job.add_argument("id", metavar="ID", help="the job, as `datalab jobs` shows it")
    what = job.add_mutually_exclusive_group()
    what.add_argument("--wait", action="store_true", help="wait until it has ended")
    what.add_argument("--result", type=Path, metavar="FILE", help="wait, and write its rows")
    what.add_argument("--abort", action="store_true", help="stop it; it stays in the list")
    what.add_argument("--delete", action="store_true", help="remove it and its result")
    job.set_defaults(run=_job)

    status = commands.add_parser("qstatus", help="how a job is, in a word")
    results = commands.add_parser("qresults", help="the rows of a job, as the query asked for them")
    for command in (status, results):
        command.add_argument("id", nargs="?", metavar="ID", help="the job")
        command.add_argument("--jobId", metavar="ID", help="the same by its name")
    results.add_argument("--fname", type=Path, metavar="FILE", help="write them into a file")
    status.set_defaults(run=_status)
    results.set_defaults(run=_results)

    arguments.add_service(jobs, job, status, results)
    arguments.add_output(jobs)


def _jobs(asked: argparse.Namespace) -> None:
    show(joblist.jobs(asked.phase, asked.after, asked.last, asked.service), asked)


def _job(asked: argparse.Namespace) -> None:
    job = joblist.job(asked.id, asked.service)
    if asked.abort:
        job.abort()
    elif asked.delete:
        job.delete()
        return
    elif asked.result:
        _wait(job)
        say_overflow(job.write(asked.result))
        return
    elif asked.wait:
        _wait(job)
    print(repr(job))
    if (error := job.error) is not None and not asked.abort:
        raise error


def _status(asked: argparse.Namespace) -> None:
    print(_named(asked).phase)


def _results(asked: argparse.Namespace) -> None:
    with _named(asked).stream() as answer, exports.Target(asked.fname, "csv") as target:
        is_csv = answer.headers.get("content-type", "").startswith("text/")
        for piece in lineends.unix(answer.iter_bytes()) if is_csv else answer.iter_bytes():
            target.write_bytes(piece)
    if asked.fname:
        print("OK", file=sys.stderr)


def _named(asked: argparse.Namespace) -> Job:
    name = arguments.required(asked, "jobId", asked.jobId or asked.id, "Id of the job")
    return joblist.job(name, asked.service)


def _wait(job: Job) -> None:
    try:
        job.wait()
    except Interrupted:
        raise Interrupted(
            f"No longer waiting. The job {job.id} goes on: `datalab job {job.id} --wait` comes "
            "back to it, --abort ends it."
        ) from None
