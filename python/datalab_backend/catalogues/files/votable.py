"""Tables of VOTable documents; a document is read whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from datalab_backend.catalogues.files.source import Piece, Source, numbered
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, unique_names
from datalab_backend.uploads import UploadLimits, votable

_UNLIMITED = UploadLimits(bytes=1 << 62, rows=1 << 62, columns=1 << 20)


def read_votable(path: Path, label: str) -> Source:
    """The first table of a VOTable."""
    try:
        description, fields, _ = votable.read(path.read_bytes(), _UNLIMITED)
    except UsageError as error:
        raise UsageError(f"{label} cannot be read. {error.message}", error.hint) from None
    columns = tuple(field.column() for field in fields)
    return Source(path, label, columns, partial(_pieces, path, label), description)


def _pieces(path: Path, label: str, wanted: Sequence[Column]) -> Iterator[Piece]:
    try:
        fields, chunks = votable.read(path.read_bytes(), _UNLIMITED)[1:]
        columns = [field.column() for field in fields]
        names = unique_names([column.name for column in columns])
        unique = [replace(c, name=name) for c, name in zip(columns, names, strict=True)]
        schema = arrow_schema(unique)
        yield from numbered(pa.RecordBatch.from_arrays(chunk, schema=schema) for chunk in chunks)
    except UsageError as error:
        raise UsageError(f"{label} cannot be read. {error.message}", error.hint) from None
