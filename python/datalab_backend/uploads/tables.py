"""Uploaded tables as a query sees them: ``TAP_UPLOAD.name`` (TAP 1.1, section 2.7.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.engines.arrow import Values, arrow_schema
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType, Schema, Table, Tables, unique_names
from datalab_backend.positions import guess_position
from datalab_backend.uploads import fits, separated, votable
from datalab_backend.uploads.fields import Field
from datalab_backend.uploads.limits import UploadLimits
from datalab_backend.uploads.upload import Kind, Upload

SCHEMA = Schema("TAP_UPLOAD", "The tables that this query brought along.")


@dataclass(frozen=True, slots=True)
class UploadedTable:
    """A table that is there for one query.

    Attributes
    ----------
    table
        What it is.
    rows
        Its rows; the columns are called as `metadata.unique_names` says.
    """

    table: Table
    rows: pa.Table


def read(uploads: Iterable[Upload], limits: UploadLimits) -> tuple[UploadedTable, ...]:
    """Read the tables that were sent.

    Raises
    ------
    UsageError
        When one of them cannot be taken; the message says which, and why.
    """
    return tuple(_read(upload, limits) for upload in uploads)


def joined(tables: Tables, uploaded: Sequence[UploadedTable]) -> Tables:
    """What a query may read, with the tables that it brought along."""
    if not uploaded:
        return tables
    return Tables(
        (*tables.schemas, SCHEMA), (*tables.tables, *(upload.table for upload in uploaded))
    )


def _read(upload: Upload, limits: UploadLimits) -> UploadedTable:
    try:
        match upload.kind:
            case Kind.VOTABLE:
                description, fields, chunks = votable.read(upload.content, limits)
            case Kind.FITS:
                description, fields, chunks = fits.read(upload.content, limits)
            case Kind.CSV | Kind.TSV:
                separator = "," if upload.kind is Kind.CSV else "\t"
                description, fields, chunks = separated.read(upload.content, separator, limits)
        _check_names(fields)
        return _table(upload.name, description, fields, chunks)
    except UsageError as error:
        message = f"The upload “{upload.name}” cannot be taken. {error.message}"
        raise UsageError(message, error.hint) from None


def _check_names(fields: Sequence[Field]) -> None:
    twice = [name for name, count in Counter(field.name for field in fields).items() if count > 1]
    if twice:
        raise UsageError(
            f"It has more than one column “{twice[0]}”.",
            "Give the columns names that differ; case is enough, with quotes in the query.",
        )


def _table(
    name: str, description: str, fields: Sequence[Field], chunks: Iterable[list[Values]]
) -> UploadedTable:
    columns = [field.column() for field in fields]
    pieces: list[list[Values]] = [[] for _ in fields]
    for chunk in chunks:
        for piece, values in zip(pieces, chunk, strict=True):
            piece.append(values)
    whole = [_chunked(piece, column) for piece, column in zip(pieces, columns, strict=True)]
    columns = [_as_it_is(column, values) for column, values in zip(columns, whole, strict=True)]
    rows = pa.Table.from_arrays(whole, unique_names([column.name for column in columns]))
    table = Table(
        SCHEMA.name,
        name,
        tuple(columns),
        description,
        rows=rows.num_rows,
        position=guess_position(columns),
    )
    return UploadedTable(table, rows)


def _chunked(pieces: list[Values], column: Column) -> Values:
    schema = arrow_schema([column])
    batches = [pa.RecordBatch.from_arrays([piece], schema=schema) for piece in pieces]
    return pa.Table.from_batches(batches, schema).column(0)


def _as_it_is(column: Column, values: Values) -> Column:
    """A column of char that has more than ASCII in it, as VOTable 1.5 allows, is VARCHAR."""
    if column.datatype is DataType.CHAR and values.num_chunks:
        ascii_only = pc.all(pc.string_is_ascii(values)).as_py()
        if ascii_only is False:
            return replace(column, datatype=DataType.VARCHAR)
    return column
