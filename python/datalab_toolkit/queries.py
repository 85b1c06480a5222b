"""Runs a query and returns its rows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal, TextIO, overload

from datalab_toolkit import results
from datalab_toolkit.answers import QueryResult
from datalab_toolkit.errors import (
    DatalabError,
    Interrupted,
    QueryError,
    ServiceTimeoutError,
    ServiceUnavailableError,
)
from datalab_toolkit.progress import show
from datalab_toolkit.queryjob import Job
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.tap import Query
from datalab_toolkit.uploads import Uploads, as_uploads

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
) -> Job: ...
def query(
    adql: str,
    fmt: str = "pandas",
    service: str = DEFAULT,
    maxrec: int | None = None,
    *,
    language: str = "ADQL",
    uploads: Uploads = None,
    async_: bool = False,
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

    Returns
    -------
    pandas.DataFrame, astropy.table.Table, pyarrow.Table, polars.DataFrame or Job
        In pandas a missing integer is ``<NA>`` in a nullable column (``Int64``), so that 64-bit
        identifiers stay exact, and a missing float is NaN. The other formats tell a missing float
        from a NaN.

    Raises
    ------
    QueryError
        The service refused the query: the message has the place, with a caret, and what to do.
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
    """
    results.check(fmt)
    asked = prepared(adql, maxrec, language, uploads)
    if async_:
        return submit(asked, service, fmt)
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


def submit(query: Query, service: str, fmt: str = "pandas") -> Job:
    """Run a query as a job."""
    try:
        name, state = find(service).submit(query)
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


def _run_as_job(
    query: Query, service: str, timeout: ServiceTimeoutError, tell: TextIO | None
) -> QueryResult:
    job = None
    try:
        job = submit(query, service)
        print(
            f"The query takes longer than the sync limit of {find(service).title}; it is running "
            f"as job {job.id}.",
            file=tell or sys.stdout,
        )
        with show() as progress:
            job.follow(progress)
        return job.fetch()
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
