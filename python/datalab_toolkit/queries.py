"""Runs a query and returns its rows."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO, overload

from datalab_toolkit import exports, results
from datalab_toolkit.answers import QueryResult
from datalab_toolkit.errors import (
    AlreadyThereError,
    DatalabError,
    Interrupted,
    QueryError,
    ServiceTimeoutError,
    ServiceUnavailableError,
)
from datalab_toolkit.lab import already_there
from datalab_toolkit.mydbtables import SCHEME, PersonalTable, table_name
from datalab_toolkit.nodes import Node
from datalab_toolkit.progress import show
from datalab_toolkit.queryjob import Job, kept
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.tap import Query
from datalab_toolkit.uploads import Uploads, as_uploads
from datalab_toolkit.vospaths import is_name, parse

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from astropy.table import Table

LANGUAGES = ("ADQL", "SQL")


@overload
def query(
    adql: str,
    fmt: Literal["pandas"] = "pandas",
    service: str = DEFAULT,
    maxrec: int | None = None,
    *,
    language: str = "ADQL",
    uploads: Uploads = None,
    async_: Literal[False] = False,
) -> pd.DataFrame: ...
@overload
def query(
    adql: str,
    fmt: Literal["table"],
    service: str = DEFAULT,
    maxrec: int | None = None,
    *,
    language: str = "ADQL",
    uploads: Uploads = None,
    async_: Literal[False] = False,
) -> Table: ...
@overload
def query(
    adql: str,
    fmt: Literal["arrow"],
    service: str = DEFAULT,
    maxrec: int | None = None,
    *,
    language: str = "ADQL",
    uploads: Uploads = None,
    async_: Literal[False] = False,
) -> pa.Table: ...
@overload
def query(
    adql: str,
    fmt: Literal["polars"],
    service: str = DEFAULT,
    maxrec: int | None = None,
    *,
    language: str = "ADQL",
    uploads: Uploads = None,
    async_: Literal[False] = False,
) -> pl.DataFrame: ...
@overload
def query(
    adql: str,
    fmt: str = "pandas",
    service: str = DEFAULT,
    maxrec: int | None = None,
    *,
    language: str = "ADQL",
    uploads: Uploads = None,
    async_: Literal[True],
    out: str | Path | None = None,
    replace: bool = False,
) -> Job: ...
@overload
def query(
    adql: str,
    fmt: str = "pandas",
    service: str = DEFAULT,
    maxrec: int | None = None,
    *,
    language: str = "ADQL",
    uploads: Uploads = None,
    async_: Literal[False] = False,
    out: str | Path,
    replace: bool = False,
) -> PersonalTable | Node | Path: ...
def query(
    adql: str,
    fmt: str = "pandas",
    service: str = DEFAULT,
    maxrec: int | None = None,
    *,
    language: str = "ADQL",
    uploads: Uploads = None,
    async_: bool = False,
    out: str | Path | None = None,
    replace: bool = False,
) -> Any:
    """Run a query and return its rows, or a job that gets them.

    A query that takes longer than the service lets one wait is run again as a job, and its rows are
    returned all the same. Interrupting the kernel cancels the query, also then.

    Parameters
    ----------
    adql
        The query, in ADQL 2.1 or as `language` says.
    fmt
        ``pandas`` (a DataFrame), ``table`` (an astropy Table), ``arrow`` or ``polars``. Units, UCDs
        and credit are in ``frame.attrs``, in the columns and ``meta`` of the astropy Table, and in
        the metadata of Arrow fields.
    service
        The name of the TAP service; `services` lists those that are known.
    maxrec
        The most rows to return; None for the service's own limit.
    language
        ``ADQL``, or ``SQL`` for queries as Astro Data Lab's users write them (``LIMIT 10``,
        ``q3c_radial_query``), which a Data Lab understands.
    uploads
        Tables to bring along, by name: ``{"mine": table}`` is there as ``TAP_UPLOAD.mine``. A table
        is whatever `upload` takes, or what it has made.
    async_
        Whether to return a `Job` at once, which goes on by itself.
    out
        Where to keep the rows rather than return them: a table of one's own, ``mydb://name``; a
        file of the storage, ``vos://name.parquet``; or a file here. The name of a file tells its
        format.
    replace
        Whether a table or file of the storage that is there makes room.

    Returns
    -------
    pandas.DataFrame, astropy.table.Table, pyarrow.Table, polars.DataFrame or Job
        With `out`, the `PersonalTable`, `Node` or path of what was made.
        In pandas a missing integer is ``<NA>`` in a nullable column (``Int64``), so that 64-bit
        identifiers stay exact, and a missing float is NaN. The other formats tell a missing float
        from a NaN.

    Raises
    ------
    QueryError
        The service refused the query: the message has the place, with a caret, and what to do.
    AlreadyThereError
        There is a table or file where the rows are to be kept.
    ServiceUnavailableError
        The service cannot be reached.

    Warns
    -----
    TruncatedResultWarning
        The query has more rows than were returned.

    Examples
    --------
    >>> stars = dl.query("SELECT TOP 5 source_id, ra, dec FROM gaia_dr3.gaia_source_g10")
    >>> job = dl.query("SELECT * FROM gaia_dr3.gaia_source_g10", async_=True)
    >>> dl.query("SELECT * FROM openngc.objects WHERE v_mag < 9", out="mydb://bright")
    """
    results.check(fmt)
    asked = prepared(adql, maxrec, language, uploads)
    if out is not None and is_kept_there(out):
        asked = kept_at(asked, str(out), replace)
        if async_:
            return submit(asked, service, fmt, file_format(str(out)))
        return keep(asked, service)
    if async_:
        return submit(asked, service, fmt)
    if out is not None:
        return _write(run(asked, service), Path(out).expanduser())
    return results.deliver(run(asked, service), fmt, adql, service)


def prepared(
    text: str, maxrec: int | None = None, language: str = "ADQL", uploads: Uploads = None
) -> Query:
    """Check what can be checked of a query before it is sent; the parameters are `query`'s."""
    if not isinstance(text, str):
        raise DatalabError(
            f"A query is text, not a {type(text).__name__}.", 'Write it as "SELECT …".'
        )
    if language.upper() not in LANGUAGES:
        raise DatalabError(
            f"There is no language {language!r}.", f"The languages are {', '.join(LANGUAGES)}."
        )
    return Query(text, maxrec, language.upper(), as_uploads(uploads))


def is_kept_there(out: str | Path) -> bool:
    """Whether a Data Lab is to keep the rows itself: ``mydb://…`` and ``vos://…``."""
    return isinstance(out, str) and (out.startswith(SCHEME) or is_name(out))


def kept_at(query: Query, out: str, replace: bool = False) -> Query:
    """The query with a destination for its rows."""
    destination = f"{SCHEME}{table_name(out)}" if out.startswith(SCHEME) else str(parse(out))
    return dataclasses.replace(query, destination=destination, replace=replace)


def file_format(out: str, fmt: str = "csv") -> str | None:
    """The format of a file of the storage by its name, or else `fmt`; None for a table."""
    if out.startswith(SCHEME):
        return None
    found = exports.format_of(Path(out))
    return {None: fmt, "table": "text"}.get(found, found)


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
    format = format or file_format(query.destination)
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
    return kept(query.destination, service)


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


def _write(result: QueryResult, path: Path) -> Path:
    with exports.Target(path) as target:
        target.write(result.table)
    if result.overflow:
        results.warn(result.table.num_rows, 4)
    return path


def _with_notes(error: QueryError, query: Query) -> QueryError:
    """Say which columns of the uploads need quotes: their author did not name them for ADQL."""
    notes = [upload.note for upload in query.uploads if upload.note]
    hint = " ".join([error.hint, *notes]).strip()
    return QueryError(error.message, hint, error.line, error.column, error.query)
