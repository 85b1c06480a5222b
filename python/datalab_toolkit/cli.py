"""The ``datalab`` command: browse and query from a shell.

A table is laid out for reading on a terminal and written as CSV into a pipe or a file. Files are
there whole or not at all. What there is to say beside the rows goes to standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from datalab_toolkit import exports, joblist, listings, queries
from datalab_toolkit.errors import DatalabError, Interrupted, TruncatedResultWarning
from datalab_toolkit.queryjob import Job
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.tap import Query
from datalab_toolkit.uploads import Upload, upload

_EXAMPLES = """\
examples:
  datalab tables "proper motion"
  datalab describe gaia_dr3.gaia_source_g10
  datalab query "SELECT TOP 10 * FROM gaia_dr3.gaia_source_g10"
  datalab query - --output stars.parquet < query.sql
  datalab query "SELECT * FROM TAP_UPLOAD.mine" --upload mine=targets.csv
  datalab query "SELECT * FROM gaia_dr3.gaia_source_g10" --async
  datalab job 3f2a… --result stars.fits
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Returns
    -------
    int
        0 done, 1 refused or failed, 2 misused, 130 interrupted.
    """
    asked = _parser().parse_args(arguments)
    # Told here in the words of the command.
    warnings.simplefilter("ignore", TruncatedResultWarning)
    try:
        asked.run(asked)
        sys.stdout.flush()
    except DatalabError as error:
        _say(str(error))
        return 1
    except BrokenPipeError:  # whoever read our output has seen enough
        _forget_output()
        return 0
    except OSError as error:
        _say(f"the output cannot be written: {error.strerror}.")
        _forget_output()
        return 1
    except Interrupted as interrupt:
        _say(str(interrupt))
        return 130
    except KeyboardInterrupt:
        _say("cancelled")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="datalab",
        description="Browse and query the catalogues of a Data Lab, or of any TAP service.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    query = commands.add_parser("query", help="run a query")
    query.add_argument("adql", help="the query; - reads it from standard input")
    query.add_argument("--maxrec", type=_positive, metavar="N", help="the most rows to return")
    query.add_argument(
        "--sql",
        action="store_const",
        const="SQL",
        default="ADQL",
        dest="language",
        help="the query is SQL as Astro Data Lab's users write it, with LIMIT and q3c functions",
    )
    query.add_argument(
        "--upload",
        action="append",
        default=[],
        type=_upload,
        metavar="NAME=FILE",
        help="bring a table along as TAP_UPLOAD.NAME; may be given again",
    )
    query.add_argument(
        "--async",
        action="store_true",
        dest="as_job",
        help="run it as a job, print the job's id and do not wait for it",
    )
    query.set_defaults(run=_query)

    tables = commands.add_parser("tables", help="list the tables")
    tables.add_argument("search", nargs="?", default="", help="words to look for")
    tables.set_defaults(run=_tables)

    describe = commands.add_parser("describe", help="describe a table and its columns")
    describe.add_argument("table", help="schema.table")
    describe.set_defaults(run=_describe)

    jobs = commands.add_parser("jobs", help="list my jobs, the newest first")
    jobs.add_argument("--phase", action="append", default=[], help="only those, such as EXECUTING")
    jobs.add_argument("--after", metavar="TIME", help="only those made after 2026-01-31T12:00:00")
    jobs.add_argument("--last", type=_positive, metavar="N", help="only so many of the newest")
    jobs.set_defaults(run=_jobs)

    job = commands.add_parser("job", help="show a job, get its result, or end it")
    job.add_argument("id", metavar="ID", help="the job, as `datalab jobs` shows it")
    what = job.add_mutually_exclusive_group()
    what.add_argument("--wait", action="store_true", help="wait until it has ended")
    what.add_argument("--result", type=Path, metavar="FILE", help="wait, and write its rows")
    what.add_argument("--abort", action="store_true", help="stop it; it stays in the list")
    what.add_argument("--delete", action="store_true", help="remove it and its result")
    job.set_defaults(run=_job)

    for command in (query, tables, describe, jobs, job):
        command.add_argument(
            "--service",
            default=DEFAULT,
            metavar="NAME",
            help="the TAP service; default: %(default)s",
        )
    for command in (query, tables, describe, jobs):
        command.add_argument(
            "--format",
            choices=exports.FORMATS,
            help="default: by the name of the output file, table on a terminal, else csv",
        )
        command.add_argument("--output", type=Path, metavar="FILE", help="write into a file")
    return parser


def _query(asked: argparse.Namespace) -> None:
    text = sys.stdin.read() if asked.adql == "-" else asked.adql
    query = queries.prepared(text, asked.maxrec, asked.language, _uploads(asked.upload))
    if asked.as_job:
        job = queries.submit(query, asked.service)
        print(job.id)
        return
    with exports.Target(asked.output, asked.format) as target:
        if target.format == "votable":
            overflow = _write_votable(target, query, asked.service)
        else:
            result = queries.run(query, asked.service, sys.stderr)
            target.write(result.table)
            overflow = result.overflow
    _say_overflow(overflow)


def _write_votable(target: exports.Target, query: Query, service: str) -> bool:
    try:
        return target.write_document(find(service), query)
    except KeyboardInterrupt:
        raise Interrupted("The query was cancelled.") from None


def _tables(asked: argparse.Namespace) -> None:
    found = listings.tables(asked.search, asked.service)
    with exports.Target(asked.output, asked.format) as target:
        if target.format == "table":
            target.write_text(f"{found!r}\n")
        else:
            target.write(found.to_arrow())


def _describe(asked: argparse.Namespace) -> None:
    found = listings.describe(asked.table, asked.service)
    with exports.Target(asked.output, asked.format) as target:
        if target.format == "table":
            target.write_text(f"{found!r}\n")
        else:
            target.write(found.to_arrow())


def _jobs(asked: argparse.Namespace) -> None:
    found = joblist.jobs(asked.phase, asked.after, asked.last, asked.service)
    with exports.Target(asked.output, asked.format) as target:
        if target.format == "table":
            target.write_text(f"{found!r}\n")
        else:
            target.write(found.to_arrow())


def _job(asked: argparse.Namespace) -> None:
    job = joblist.job(asked.id, asked.service)
    if asked.abort:
        job.abort()
    elif asked.delete:
        job.delete()
        return
    elif asked.result:
        _wait(job)
        _say_overflow(job.write(asked.result))
        return
    elif asked.wait:
        _wait(job)
    print(repr(job))
    if (error := job.error) is not None and not asked.abort:
        raise error


def _wait(job: Job) -> None:
    try:
        job.wait()
    except Interrupted:
        raise Interrupted(
            f"No longer waiting. The job {job.id} goes on: `datalab job {job.id} --wait` comes "
            "back to it, --abort ends it."
        ) from None


def _uploads(given: list[tuple[str, Path]]) -> list[Upload]:
    return [upload(path, name) for name, path in given]


def _upload(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f"{text} is not like mine=targets.csv")
    return name, Path(path)


def _say_overflow(overflow: bool) -> None:
    if overflow:
        _say("the query has more rows than were returned; --maxrec asks for more.")


def _say(sentence: str) -> None:
    print(f"datalab: {sentence}", file=sys.stderr)


def _forget_output() -> None:
    """Have the interpreter not complain at its end of what it could not write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _positive(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number, such as 1000")
    return number


if __name__ == "__main__":
    sys.exit(main())
