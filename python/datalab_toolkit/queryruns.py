"""Runs queries, as jobs when they take longer than a service waits."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

from datalab_toolkit import destinations
from datalab_toolkit.answers import QueryResult
from datalab_toolkit.errors import (
    AlreadyThereError,
    Interrupted,
    QueryError,
    ServiceTimeoutError,
    ServiceUnavailableError,
)
from datalab_toolkit.lab import already_there
from datalab_toolkit.mydbtables import PersonalTable
from datalab_toolkit.nodes import Node
from datalab_toolkit.progress import show
from datalab_toolkit.queryjob import Job
from datalab_toolkit.registry import find
from datalab_toolkit.tap import Query


def keep(
    query: Query, service: str, format: str | None = None, tell: TextIO | None = None
) -> PersonalTable | Node:
    """Run a query whose rows a Data Lab keeps, as a job when it takes long, and say what it made.

    Parameters
    ----------
    query, service
        What is asked of whom; the query has a destination.
    format
        The format of a file; None for what its name tells.
    tell
        As for `run`.
    """
    format = format or destinations.file_format(query.destination)
    try:
        find(service).store(query, format)
    except ServiceTimeoutError as error:
        _keep_as_job(query, service, format, error, tell)
    except AlreadyThereError as error:
        raise already_there(error.message) from None
    except QueryError as error:
        raise _with_notes(error, query) from None
    except KeyboardInterrupt:
        raise Interrupted("The query was cancelled; nothing was kept.") from None
    return destinations.kept(query.destination, service)


def submit(query: Query, service: str, fmt: str = "pandas", format: str | None = None) -> Job:
    """Run a query as a job.

    Parameters
    ----------
    query, service
        What is asked of whom.
    fmt
        The format in which the job hands out its rows.
    format
        The format in which the service keeps them; None for the quickest to read.
    """
    try:
        name, state = find(service).submit(query, format)
    except QueryError as error:
        raise _with_notes(error, query) from None
    return Job(service, name, query.text, fmt, state)


def run(query: Query, service: str, tell: TextIO | None = None) -> QueryResult:
    """Run a query and read its rows, as a job when it takes longer than the service waits.

    Parameters
    ----------
    query, service
        What is asked of whom.
    tell
        Where to say that it has become a job; None for standard output, as in a notebook.

    Raises
    ------
    Interrupted
        The kernel was interrupted; the query was cancelled.
    """
    try:
        return find(service).run(query)
    except ServiceTimeoutError as error:
        return _run_as_job(query, service, error, tell)
    except QueryError as error:
        raise _with_notes(error, query) from None
    except KeyboardInterrupt:
        # The connection is closed, by which services know that nobody waits any more.
        raise Interrupted("The query was cancelled.") from None


@contextmanager
def stream(
    query: Query,
    service: str,
    format: str | None = None,
    timeout_s: float | None = None,
    tell: TextIO | None = None,
) -> Iterator[Iterator[bytes]]:
    """Run a query and hand out its rows as the service writes them, piece by piece.

    Parameters
    ----------
    query, service
        What is asked of whom.
    format
        Name or media type of the format; None for VOTable.
    timeout_s
        How long the service may take; None for as long as it takes, if need be as a job.
    tell
        As for `run`.
    """
    with ExitStack() as stack:
        try:
            answer = stack.enter_context(find(service).stream(query, format, timeout_s))
        except ServiceTimeoutError as error:
            if timeout_s is not None:
                raise
            job = stack.enter_context(_job_instead(query, service, format, error, tell))
            answer = stack.enter_context(job.stream())
        except QueryError as error:
            raise _with_notes(error, query) from None
        except KeyboardInterrupt:
            raise Interrupted("The query was cancelled.") from None
        yield answer.iter_bytes()


def _run_as_job(
    query: Query, service: str, timeout: ServiceTimeoutError, tell: TextIO | None
) -> QueryResult:
    with _job_instead(query, service, None, timeout, tell) as job:
        return job.fetch()


def _keep_as_job(
    query: Query,
    service: str,
    format: str | None,
    timeout: ServiceTimeoutError,
    tell: TextIO | None,
) -> None:
    with _job_instead(query, service, format, timeout, tell) as job:
        if (error := job.error) is not None:
            raise error


@contextmanager
def _job_instead(
    query: Query,
    service: str,
    format: str | None,
    timeout: ServiceTimeoutError,
    tell: TextIO | None,
) -> Iterator[Job]:
    """Run a query as a job that took too long to wait for, and hand it out when it has ended."""
    job = None
    try:
        job = submit(query, service, format=format)
        print(
            f"The query takes longer than the sync limit of {find(service).title}; it is running "
            f"as job {job.id}.",
            file=tell or sys.stdout,
        )
        with show() as progress:
            job.follow(progress)
        yield job
    except KeyboardInterrupt:
        if job is None:
            raise Interrupted("The query was cancelled.") from None
        job.abort()
        raise Interrupted(f"The query was cancelled; the job {job.id} was aborted.") from None
    except ServiceUnavailableError:
        if job is None:  # the service runs no jobs
            raise timeout from None
        raise


def _with_notes(error: QueryError, query: Query) -> QueryError:
    """Say which columns of the uploads need quotes: their author did not name them for ADQL."""
    notes = [upload.note for upload in query.uploads if upload.note]
    hint = " ".join([error.hint, *notes]).strip()
    return QueryError(error.message, hint, error.line, error.column, error.query)
