"""Hands the rows of a query over as pandas, astropy, Arrow or polars.

Rows come as an Arrow table whose fields carry unit, UCD and description. What becomes of them:

==========  ==============================  ====================  ==============================
format      missing integer, boolean        missing float         unit, UCD, description, credit
==========  ==============================  ====================  ==============================
pandas      ``<NA>`` in ``Int64`` and the   NaN, as a NaN is      ``frame.attrs``
            like; columns without missing
            values are plain numpy
table       masked                          masked; NaN is NaN    columns, ``table.meta``
arrow       null                            null; NaN is NaN      field and schema metadata
polars      null                            null; NaN is NaN      (polars has no place for them)
==========  ==============================  ====================  ==============================

64-bit integers are exact in all of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from datalab_toolkit.answers import QueryResult
from datalab_toolkit.errors import DatalabError, TruncatedResultWarning
from datalab_toolkit.votable import FIELD_KEYS

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from astropy.table import Table


def to_arrow(rows: pa.Table, about: Mapping[str, Any]) -> pa.Table:
    """Keep the rows as they are and add what is known about the whole."""
    told = {str(key): str(value) for key, value in about.items() if value is not None}
    before = {k.decode(): v.decode() for k, v in (rows.schema.metadata or {}).items()}
    return rows.replace_schema_metadata({**before, **told})


def to_pandas(rows: pa.Table, about: Mapping[str, Any]) -> pd.DataFrame:
    """Make a DataFrame; ``attrs`` has units, ucds, descriptions and what is known of the whole."""
    import pandas as pd

    series = {name: _series(rows.column(name)) for name in rows.column_names}
    frame = pd.DataFrame(series, index=pd.RangeIndex(rows.num_rows))
    told = {field.name: field_metadata(field) for field in rows.schema}
    for key in ("unit", "ucd", "description"):
        frame.attrs[f"{key}s"] = {name: m[key] for name, m in told.items() if m.get(key)}
    frame.attrs.update(about)
    return frame


def to_astropy(rows: pa.Table, about: Mapping[str, Any]) -> Table:
    """Make an astropy Table; columns have units, descriptions, and their UCD in ``meta``."""
    from astropy.table import Column, MaskedColumn, Table
    from astropy.units import Unit

    table = Table(meta=dict(about))
    for field in rows.schema:
        values = rows.column(field.name)
        told = field_metadata(field)
        unit = told.pop("unit", "")
        settings: dict[str, Any] = {
            "name": field.name,
            "description": told.pop("description", ""),
            # A unit that astropy does not know stays as the service wrote it.
            "unit": Unit(unit, parse_strict="silent") if unit else None,
            "meta": told,
        }
        if values.null_count:
            mask = values.is_null().to_numpy()
            table.add_column(MaskedColumn(_numpy(values), mask=mask, **settings))
        else:
            table.add_column(Column(_numpy(values), **settings))
    return table


def to_polars(rows: pa.Table, about: Mapping[str, Any]) -> pl.DataFrame:
    """Make a polars DataFrame, which keeps names, types and nulls but no units."""
    try:
        import polars as pl
    except ImportError as error:
        raise DatalabError("polars is not installed.", "Install it: pip install polars") from error

    frame = pl.from_arrow(rows)
    return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()


FORMATS: Mapping[str, Callable[[pa.Table, Mapping[str, Any]], Any]] = {
    "pandas": to_pandas,
    "table": to_astropy,
    "arrow": to_arrow,
    "polars": to_polars,
}


def check(fmt: str) -> None:
    """Refuse a format that there is not.

    Raises
    ------
    DatalabError
        The hint names those that there are.
    """
    if fmt not in FORMATS:
        raise DatalabError(f"There is no format {fmt!r}.", f"The formats are {', '.join(FORMATS)}.")


def deliver(result: QueryResult, fmt: str, query: str, service: str) -> Any:  # noqa: ANN401
    """Hand the rows of a query over in a format, and warn when they are not all."""
    if result.overflow and result.table.num_rows:  # none at all is what MAXREC=0 asks for
        warn(result.table.num_rows, 4)
    told = result.table.schema.metadata or {}
    about = {
        "query": query,
        "service": service,
        "credit": told.get(b"credit", b"").decode(),
        "simulated": told.get(b"simulated", b"").lower() in (b"1", b"true"),
        "truncated": result.overflow,
    }
    return FORMATS[fmt](result.table, about)


def warn(rows: int | None, stacklevel: int) -> None:
    """Warn that a query has more rows than those that were returned."""
    which = "These are only a part of the rows"
    if rows is not None:
        which = "This is the first row" if rows == 1 else f"These are the first {rows:,} rows"
    warnings.warn(
        f"{which}; the query has more. Ask for fewer with a condition, or for more with maxrec=….",
        TruncatedResultWarning,
        stacklevel=stacklevel,
    )


def field_metadata(field: pa.Field[Any]) -> dict[str, str]:
    """Unit, UCD and the like of a column, without those it has not."""
    found = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
    return {key: found[key] for key in FIELD_KEYS if found.get(key)}


def _series(values: pa.ChunkedArray[Any]) -> pd.Series:
    import pandas as pd

    kind = values.type
    if values.null_count and (pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        nullable = {
            pa.bool_(): pd.BooleanDtype(),
            pa.int8(): pd.Int8Dtype(),
            pa.uint8(): pd.UInt8Dtype(),
            pa.int16(): pd.Int16Dtype(),
            pa.int32(): pd.Int32Dtype(),
            pa.int64(): pd.Int64Dtype(),
        }
        return values.to_pandas(types_mapper=nullable.get)
    return values.to_pandas()


def _numpy(values: pa.ChunkedArray[Any]) -> Any:  # noqa: ANN401 - numpy arrays of any type
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return values.fill_null(pa.scalar("")).to_numpy().astype(str)
    if values.null_count and (pa.types.is_primitive(kind) or pa.types.is_boolean(kind)):
        zero = pa.scalar(0).cast(pa.int64() if pa.types.is_temporal(kind) else kind).cast(kind)
        return values.fill_null(zero).to_numpy()
    return values.to_numpy()
