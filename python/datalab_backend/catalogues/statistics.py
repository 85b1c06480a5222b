"""What the values of each column are: their number, range, distribution and most common ones.

Numbers of values, extremes and means are exact. In large tables quantiles, histograms and the
number of different values are estimated, the first two from a sample over the whole table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

import duckdb
import numpy as np

from datalab_backend.metadata import Column, DataType, Table, quoted

Document: TypeAlias = dict[str, Any]

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
SAMPLE_ROWS = 1_000_000
"""About how many rows quantiles and histograms are taken from."""

_BINS = 50
_MOST_COMMON = 20
_COUNTED_DISTINCT = 10_000
_TEXT_LENGTH = 200

_WHOLE = (DataType.SMALLINT, DataType.INTEGER, DataType.BIGINT)
_FLOATS = (DataType.REAL, DataType.DOUBLE)
_TEXTS = (DataType.CHAR, DataType.VARCHAR, DataType.CLOB)
_COMMON = (*_TEXTS, DataType.SMALLINT, DataType.INTEGER, DataType.BOOLEAN)


def compute(connection: duckdb.DuckDBPyConnection, table: Table, rows: int) -> Document:
    """Compute the statistics of a table.

    Parameters
    ----------
    connection
        Where its rows are, in a table called ``rows``.
    table
        Its columns.
    rows
        The number of its rows.

    Returns
    -------
    dict
        ``table``, ``rows``, ``sampled`` (the number of rows behind quantiles and histograms) and
        ``columns`` by name. Whole numbers of 64 bits are strings, as JSON needs them.
    """
    columns = {column.name: _exact(connection, column) for column in table.columns}
    numbers = [c for c in table.columns if not c.is_array and c.datatype in (*_WHOLE, *_FLOATS)]
    sampled = _distributions(connection, numbers, rows, columns)
    for column in table.columns:
        if column.datatype in _COMMON and not column.is_array:
            columns[column.name] |= _common(connection, column)
    return {"table": table.full_name, "rows": rows, "sampled": sampled, "columns": columns}


def _exact(connection: duckdb.DuckDBPyConnection, column: Column) -> Document:
    """What is counted over all rows."""
    name = quoted(column.name)
    asked = [f"count({name})", "count(*)"]
    floats = column.datatype in _FLOATS and not column.is_array
    ordered = not column.is_array and column.datatype not in (
        *(DataType.BLOB, DataType.POINT, DataType.CIRCLE, DataType.POLYGON),
    )
    # NaN is greater than every number for DuckDB, and so are infinities no use for a mean.
    finite = f"FILTER (isfinite({name}))" if floats else ""
    asked.append(f"count(*) FILTER (isnan({name}))" if floats else "0")
    asked += [f"min({name}) {finite}", f"max({name}) {finite}"] if ordered else ["NULL"] * 2
    numeric = ordered and column.datatype in (*_WHOLE, *_FLOATS)
    asked.append(f"avg({name}) {finite}" if numeric else "NULL")
    query = f"SELECT {', '.join(asked)} FROM rows"  # noqa: S608 - quoted names
    ((values, rows, nans, low, high, mean),) = connection.execute(query).fetchall()
    found: Document = {"count": values - nans, "nulls": rows - values}
    if floats:
        found["nans"] = nans
    if ordered:
        found |= {"min": _plain(column, low), "max": _plain(column, high)}
    if numeric:
        found["mean"] = mean if mean is None or math.isfinite(mean) else None
    return found


def _distributions(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[Column],
    rows: int,
    found: dict[str, Document],
) -> int:
    """Add quantiles and histograms, from all rows or every so manieth in no order of theirs."""
    step = max(1, rows // SAMPLE_ROWS)
    sample = f"FROM rows WHERE hash(rowid) % {step} = 0" if step > 1 else "FROM rows"
    ((sampled,),) = connection.execute(f"SELECT count(*) {sample}").fetchall()
    for column in columns:
        name = quoted(column.name)
        values = _finite(connection.execute(f"SELECT {name} {sample}").fetchnumpy()[column.name])
        if not len(values):
            continue
        quantiles = np.quantile(values, QUANTILES)
        document = found[column.name]
        document["quantiles"] = {
            str(share): value for share, value in zip(QUANTILES, quantiles.tolist(), strict=True)
        }
        edges = _edges(column, values, quantiles[0], quantiles[-1])
        counts, _ = np.histogram(values, edges)
        document["histogram"] = {
            "edges": edges.tolist(),
            "counts": counts.tolist(),
            "below": int((values < edges[0]).sum()),
            "above": int((values > edges[-1]).sum()),
        }
    return int(sampled)


def _finite(values: Any) -> Any:  # noqa: ANN401 - a NumPy array, masked where there are nulls
    plain = values.compressed() if isinstance(values, np.ma.MaskedArray) else values
    plain = plain.astype(np.float64)
    return plain[np.isfinite(plain)]


def _edges(column: Column, values: Any, low: float, high: float) -> Any:  # noqa: ANN401
    """Bins that a few outlying values, such as 99.99, do not squeeze together."""
    margin = 0.25 * (high - low)
    low, high = max(values.min(), low - margin), min(values.max(), high + margin)
    if column.datatype in _WHOLE and high - low < _BINS:
        return np.arange(math.floor(low), math.ceil(high) + 2) - 0.5
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, _BINS + 1)


def _common(connection: duckdb.DuckDBPyConnection, column: Column) -> Document:
    """The number of different values, and the most common ones where they are few."""
    name = quoted(column.name)
    query = f"SELECT approx_count_distinct({name}) FROM rows"  # noqa: S608 - a quoted name
    ((distinct,),) = connection.execute(query).fetchall()
    if distinct > _COUNTED_DISTINCT:
        return {"distinct": int(distinct)}
    counted = (
        f"SELECT {name}, count(*) AS n FROM rows WHERE {name} IS NOT NULL "  # noqa: S608
        f"GROUP BY 1 ORDER BY n DESC, 1 LIMIT {_MOST_COMMON}"
    )
    exact = f"SELECT count(DISTINCT {name}) FROM rows"  # noqa: S608 - a quoted name
    ((distinct,),) = connection.execute(exact).fetchall()
    return {
        "distinct": int(distinct),
        "common": [
            {"value": _plain(column, value), "count": count}
            for value, count in connection.execute(counted).fetchall()
        ],
    }


def _plain(column: Column, value: Any) -> Any:  # noqa: ANN401 - whatever the column holds
    """A value as JSON takes it."""
    if value is None:
        return None
    if column.datatype is DataType.BIGINT:
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value[:_TEXT_LENGTH] if isinstance(value, str) else value
