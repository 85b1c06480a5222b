"""Results as a FITS binary table (FITS 4.0, section 7.3)."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, TypeAlias, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datalab_backend.engines.arrow import arrow_schema, conform
from datalab_backend.formats.base import Status
from datalab_backend.formats.fitscolumns import FitsColumn
from datalab_backend.formats.fitsheader import primary_header, table_header
from datalab_backend.metadata import Column

_Record: TypeAlias = NDArray[Any]

_BLOCK_BYTES = 2880


class FitsFormat:
    """A FITS file with one binary table.

    Its header must say at once how many rows there are, how wide each text is and which integer
    stands for null, so the rows are first laid down in a temporary file. ``OVERFLOW`` in the header
    says whether rows were left out. Texts are ASCII, as the standard has it: any other character
    becomes ``?``, and null is an empty text.
    """

    name = "fits"
    media_type = "application/fits"
    extension = "fits"

    def write(
        self, columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], status: Status
    ) -> Iterator[bytes]:
        """The document in pieces, none of them empty."""
        fields = [FitsColumn(column) for column in columns]
        with tempfile.TemporaryFile() as file:
            spool = _Spool(file)
            spool.fill(fields, result)
            heap_bytes = 0
            for field in fields:
                field.heap_start = heap_bytes
                heap_bytes += field.heap_bytes
            row_bytes = _record(fields, spool.none()).itemsize
            header = table_header(fields, spool.rows, row_bytes, heap_bytes, status)
            yield primary_header() + header
            yield from _rows(fields, spool)
            yield from _heap(fields, spool)
            data_bytes = spool.rows * row_bytes + heap_bytes
            if data_bytes % _BLOCK_BYTES:
                yield bytes(_BLOCK_BYTES - data_bytes % _BLOCK_BYTES)


class _Spool:
    """Rows in a file, to be read more than once."""

    def __init__(self, file: IO[bytes]) -> None:
        self.rows = 0
        self._file = cast(io.IOBase, file)
        self._schema = pa.schema([])

    def fill(self, fields: Sequence[FitsColumn], result: Iterable[pa.RecordBatch]) -> None:
        """Lay the rows down, measured."""
        columns = [field.column for field in fields]
        self._schema = arrow_schema(columns)
        with pa.ipc.new_stream(self._file, self._schema) as stream:
            for batch in result:
                conformed = conform(batch, columns)
                for field, values in zip(fields, conformed.columns, strict=True):
                    field.measure(values)
                stream.write_batch(conformed)
                self.rows += batch.num_rows

    def none(self) -> pa.RecordBatch:
        """A batch without rows."""
        return pa.RecordBatch.from_arrays(
            [pa.array([], field.type) for field in self._schema], schema=self._schema
        )

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        self._file.seek(0)
        with pa.ipc.open_stream(self._file) as stream:
            yield from (batch for batch in stream if batch.num_rows)


def _rows(fields: Sequence[FitsColumn], spool: _Spool) -> Iterator[bytes]:
    for batch in spool:
        yield _record(fields, batch).tobytes()


def _heap(fields: Sequence[FitsColumn], spool: _Spool) -> Iterator[bytes]:
    for index, field in enumerate(fields):
        if field.heap_bytes:
            yield from filter(None, (field.heap(batch.column(index)) for batch in spool))


def _record(fields: Sequence[FitsColumn], batch: pa.RecordBatch) -> _Record:
    """The rows of a batch, side by side."""
    cells = [field.cells(values) for field, values in zip(fields, batch.columns, strict=True)]
    layout = [(f"f{i}", c.dtype, c.shape[1:]) for i, c in enumerate(cells)]
    record: _Record = np.empty(batch.num_rows, np.dtype(layout))
    for (name, *_), values in zip(layout, cells, strict=True):
        record[name] = values
    return record
