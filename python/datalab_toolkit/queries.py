"""Runs a query and returns its rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from datalab_toolkit import destinations, exports, queryruns, results
from datalab_toolkit.answers import QueryResult
from datalab_toolkit.errors import UsageError
from datalab_toolkit.mydbtables import PersonalTable
from datalab_toolkit.nodes import Node
from datalab_toolkit.queryjob import Job
from datalab_toolkit.registry import DEFAULT
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
    if out is not None and not destinations.is_kept_there(out):
        exports.format_of(Path(out))  # said before anything runs
    asked = prepared(adql, maxrec, language, uploads)
    if out is not None and destinations.is_kept_there(out):
        asked = destinations.kept_at(asked, str(out), replace)
        if async_:
            return queryruns.submit(asked, service, fmt, destinations.file_format(str(out)))
        return queryruns.keep(asked, service)
    if async_:
        return queryruns.submit(asked, service, fmt)
    if out is not None:
        return _write(queryruns.run(asked, service), Path(out).expanduser())
    return results.deliver(queryruns.run(asked, service), fmt, adql, service)


def prepared(
    text: str, maxrec: int | None = None, language: str = "ADQL", uploads: Uploads = None
) -> Query:
    """Check what can be checked of a query before it is sent; the parameters are `query`'s."""
    if not isinstance(text, str):
        raise UsageError(
            f"A query is text, and not of type {type(text).__name__}.", 'Write it as "SELECT …".'
        )
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes that a shell or a file had, and that Python kept
        raise UsageError("The query is not UTF-8 text.", "Write or save it as UTF-8.") from None
    if language.upper() not in LANGUAGES:
        raise UsageError(
            f"There is no language {language!r}.", f"The languages are {', '.join(LANGUAGES)}."
        )
    return Query(text, maxrec, language.upper(), as_uploads(uploads))


def _write(result: QueryResult, path: Path) -> Path:
    with exports.Target(path) as target:
        target.write(result.table)
    if result.overflow:
        results.warn(result.table.num_rows, 4)
    return path
