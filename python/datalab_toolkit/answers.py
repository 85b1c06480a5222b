"""Reads the rows of a query from what services send."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pyarrow as pa

from datalab_toolkit import votable
from datalab_toolkit.errors import DatalabError

ARROW = "application/vnd.apache.arrow.stream"


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The rows of a query.

    Attributes
    ----------
    table
        The rows; the fields carry unit, ucd, utype, xtype and description as metadata, the schema
        ``credit`` and ``simulated`` when the service tells them.
    overflow
        Whether the service cut the result short.
    """

    table: pa.Table
    overflow: bool


def read(content: bytes, media_type: str) -> QueryResult:
    """Read rows, 64-bit integers exact.

    Parameters
    ----------
    content
        What the service sent.
    media_type
        Its Content-Type. What names no format that is known here is read as VOTable.

    Raises
    ------
    ValueError
        The content is not what it says it is, or broken off.
    DatalabError
        It is in a format that tells too little to be read, such as text.
    """
    kind = media_type.partition(";")[0].strip().lower()
    if kind == ARROW:
        return QueryResult(*_read_arrow(content))
    if "parquet" in kind:
        from pyarrow import parquet

        return QueryResult(parquet.read_table(io.BytesIO(content)), overflow=False)
    if kind in ("text/csv", "application/csv"):
        from pyarrow import csv

        return QueryResult(csv.read_csv(io.BytesIO(content)), overflow=False)
    if kind.startswith("application/fits") or kind in ("application/json", "text/plain"):
        raise DatalabError(
            f"The result is {kind}, which is not read into a table here.",
            "Save it as it is: job.save('result').",
        )
    return QueryResult(*votable.read(content))


def _read_arrow(content: bytes) -> tuple[pa.Table, bool]:
    overflow = False
    batches = []
    try:
        with pa.ipc.open_stream(pa.BufferReader(content)) as reader:
            while True:
                batch, metadata = reader.read_next_batch_with_custom_metadata()
                batches.append(batch)
                overflow = overflow or bool(metadata and metadata.get(b"overflow") == b"true")
    except StopIteration:
        return pa.Table.from_batches(batches, reader.schema), overflow
    except pa.ArrowInvalid as error:
        raise ValueError("not a complete Arrow stream") from error
