"""A part of the demo sky: one table and where its rows come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyarrow as pa

from datalab_backend.metadata import Schema, Table


@dataclass(frozen=True)
class Part:
    """A table that the demo sky consists of.

    Attributes
    ----------
    schema, table
        Its metadata. The table's number of rows is what is expected.
    rows
        Makes the rows.
    parameters
        What the rows depend on. A finished table is kept as long as this stays the same.
    message
        What is being done while the rows are made, for people.
    """

    schema: Schema
    table: Table
    rows: Callable[[], pa.Table | Iterable[pa.RecordBatch]]
    parameters: str
    message: str
