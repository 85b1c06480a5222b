"""Columns that the demo tables share, and their values as Arrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.metadata import Column, DataType, Table


def arrow(table: Table, values: Mapping[str, Any]) -> pa.Table:
    """Make Arrow rows of a table's columns.

    Parameters
    ----------
    table
        The description that gives the columns, their order and their types.
    values
        For each column its values: a sequence, a NumPy or an Arrow array; what a masked array masks
        is null.
    """
    schema = arrow_schema(table.columns)
    arrays = []
    for field in schema:
        given = values[field.name]
        arrays.append(given if isinstance(given, pa.Array) else pa.array(given, type=field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def named(names: Sequence[str], index: NDArray[Any]) -> pa.Array[Any]:
    """Turn indices into the names they stand for; what a masked index masks is null."""
    return pa.array(names, pa.string()).take(pa.array(index))


def right_ascension(name: str, description: str) -> Column:
    """The column with the main right ascension of a table, in degrees."""
    return Column(
        name, DataType.DOUBLE, description, unit="deg", ucd="pos.eq.ra;meta.main", principal=True
    )


def declination(name: str, description: str) -> Column:
    """The column with the main declination of a table, in degrees."""
    return Column(
        name, DataType.DOUBLE, description, unit="deg", ucd="pos.eq.dec;meta.main", principal=True
    )


def magnitude(name: str, description: str, ucd: str, principal: bool = False) -> Column:
    """A column with magnitudes, colours or their errors."""
    return Column(name, DataType.REAL, description, unit="mag", ucd=ucd, principal=principal)


def text(name: str, description: str, ucd: str = "", principal: bool = False) -> Column:
    """A column with text of any length."""
    return Column(name, DataType.VARCHAR, description, ucd=ucd, arraysize="*", principal=principal)
