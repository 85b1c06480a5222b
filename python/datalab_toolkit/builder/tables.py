"""What the form shows of tables: their columns, and what the values of each are."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from datalab_toolkit.errors import DatalabError, NotFoundError
from datalab_toolkit.metadata import Column, Table
from datalab_toolkit.service import Service

Document: TypeAlias = dict[str, Any]

_SHOWN_TABLES = 60

# A share of a histogram without any value, which parts two kinds of values.
_GAP = 0.15

# Types in VOTable's and in ADQL's spelling, in lower case.
_WHOLE = ("short", "int", "long", "smallint", "integer", "bigint", "unsignedbyte")
_FLOATING = ("float", "double", "real", "double precision", "numeric", "decimal")
_TRUTH = ("boolean", "bit")


def search(service: Service, words: str) -> Document:
    """Tables that match some words, as the browser lists them: first those whose names do."""
    page = service.tables(words, limit=_SHOWN_TABLES)
    wanted = words.casefold().split()

    def is_elsewhere(table: Table) -> bool:
        return not all(word in table.full_name.casefold() for word in wanted)

    found = sorted(page.tables, key=is_elsewhere)
    return {"search": words, "total": page.total, "tables": [_listed(t) for t in found]}


def _listed(table: Table) -> Document:
    return {
        "name": table.full_name,
        "query_name": table.query_name,
        "description": table.description,
        "rows": table.rows,
        "simulated": table.simulated,
    }


def describe(service: Service, name: str) -> Document:
    """A table with its columns, their statistics and its position, as the browser shows them."""
    table = service.table(name)
    statistics: Document = {}
    with suppress(DatalabError):
        if service.has("statistics"):
            statistics = service.statistics(table.full_name)["columns"]
    return {
        **_listed(table),
        "credit": table.credit,
        "columns": [_column(c, statistics.get(c.name, {})) for c in table.columns],
        "position": position(table),
    }


def position(table: Table) -> tuple[str, str] | None:
    """The columns with the position, as a query writes them; None when there are none."""
    try:
        return table.query_position
    except NotFoundError:
        return None


def _column(column: Column, statistics: Document) -> Document:
    kind = kind_of(column)
    common = statistics.get("common") or []
    return {
        "name": column.name,
        "query_name": column.query_name,
        "type": column.datatype + (f"[{column.arraysize}]" if kind == "array" else ""),
        "unit": column.unit,
        "ucd": column.ucd,
        "description": column.description,
        "principal": column.principal,
        "indexed": column.indexed,
        "kind": kind,
        "min": statistics.get("min"),
        "max": statistics.get("max"),
        "nulls": statistics.get("nulls"),
        "histogram": statistics.get("histogram"),
        "distinct": statistics.get("distinct"),
        "common": [[c["value"], c["count"]] for c in common],
    }


def kind_of(column: Column) -> str:
    """Which control fits a column: whole, number, text, time, truth, array or other."""
    datatype = column.datatype.lower().partition("(")[0].strip()
    if column.xtype.lower().startswith("timestamp") or datatype == "timestamp":
        return "time"
    if datatype in ("char", "varchar", "clob", "unicodechar", "text", "string"):
        return "text"
    if column.arraysize not in ("", "1"):
        return "array"
    if datatype in _WHOLE:
        return "whole"
    if datatype in _FLOATING:
        return "number"
    return "truth" if datatype in _TRUTH else "other"


def main_range(
    counts: NDArray[np.uint32], edges: NDArray[np.float64]
) -> tuple[float, float] | None:
    """The range that holds most values, where others lie far away, as 99.99 from magnitudes.

    Parameters
    ----------
    counts, edges
        A histogram, and where its bins begin and end.

    Returns
    -------
    tuple of float or None
        None when there is no gap, so that the whole range is the best.
    """
    filled = np.flatnonzero(counts)
    if not len(filled):
        return None
    parts = np.split(filled, np.flatnonzero(np.diff(filled) > len(counts) * _GAP) + 1)
    if len(parts) == 1:
        return None
    main = max(parts, key=lambda part: int(counts[part].sum()))
    return float(edges[main[0]]), float(edges[main[-1] + 1])
