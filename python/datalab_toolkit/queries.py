"""Runs a query and returns its rows."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, overload

from datalab_toolkit import results
from datalab_toolkit.errors import DatalabError, TruncatedResultWarning
from datalab_toolkit.registry import DEFAULT, find

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from astropy.table import Table


@overload
def query(
    adql: str,
    fmt: Literal["pandas"] = "pandas",
    service: str = DEFAULT,
    maxrec: int | None = None,
) -> pd.DataFrame: ...
@overload
def query(
    adql: str,
    fmt: Literal["table"],
    service: str = DEFAULT,
    maxrec: int | None = None,
) -> Table: ...
@overload
def query(
    adql: str,
    fmt: Literal["arrow"],
    service: str = DEFAULT,
    maxrec: int | None = None,
) -> pa.Table: ...
@overload
def query(
    adql: str,
    fmt: Literal["polars"],
    service: str = DEFAULT,
    maxrec: int | None = None,
) -> pl.DataFrame: ...
def query(
    adql: str,
    fmt: str = "pandas",
    service: str = DEFAULT,
    maxrec: int | None = None,
) -> Any:
    """Run an ADQL query and return its rows.

    Interrupting the kernel cancels the query.

    Parameters
    ----------
    adql
        The query, in ADQL 2.1.
    fmt
        ``pandas`` (a DataFrame), ``table`` (an astropy Table), ``arrow`` or ``polars``. Units, UCDs
        and credit are in ``frame.attrs``, in the columns and ``meta`` of the astropy Table, and in
        the metadata of Arrow fields.
    service
        The name of the TAP service; `services` lists those that are known.
    maxrec
        The most rows to return; None for the service's own limit.

    Returns
    -------
    pandas.DataFrame, astropy.table.Table, pyarrow.Table or polars.DataFrame
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
    """
    if fmt not in results.FORMATS:
        raise DatalabError(
            f"There is no format {fmt!r}.", f"The formats are {', '.join(results.FORMATS)}."
        )
    result = find(service).fetch(adql, maxrec)
    rows = result.table
    if result.overflow:
        warnings.warn(
            f"These are the first {rows.num_rows:,} rows; the query has more. "
            "Ask for fewer with a condition, or for more with maxrec=….",
            TruncatedResultWarning,
            stacklevel=2,
        )
    told = rows.schema.metadata or {}
    about = {
        "query": adql,
        "service": service,
        "credit": told.get(b"credit", b"").decode(),
        "simulated": told.get(b"simulated", b"").lower() in (b"1", b"true"),
        "truncated": result.overflow,
    }
    return results.FORMATS[fmt](rows, about)
