"""Results as one Parquet file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from datalab_backend.engines.arrow import conform
from datalab_backend.formats.arrow import described_schema
from datalab_backend.formats.base import Status
from datalab_backend.formats.pipe import Pipe
from datalab_backend.metadata import Column

ROW_GROUP_ROWS = 262_144


class ParquetFormat:
    """A Parquet file, sent row group by row group.

    The columns' metadata is that of the Arrow stream; the file's own says ``overflow``.
    """

    name = "parquet"
    media_type = "application/vnd.apache.parquet"
    extension = "parquet"

    def write(
        self, columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], status: Status
    ) -> Iterator[bytes]:
        """The document in pieces, none of them empty."""
        schema = described_schema(columns, status)
        pipe = Pipe()
        with pq.ParquetWriter(pa.PythonFile(pipe, mode="w"), schema, compression="zstd") as file:
            for group in _groups(columns, result, schema):
                file.write_table(group, row_group_size=ROW_GROUP_ROWS)
                yield from pipe.drain()
            file.add_key_value_metadata({"overflow": "true" if status.overflow else "false"})
        yield from pipe.drain()


def _groups(
    columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], schema: pa.Schema
) -> Iterator[pa.Table]:
    """The batches put together to row groups that read well."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in result:
        waiting.append(conform(batch, columns))
        rows += batch.num_rows
        if rows >= ROW_GROUP_ROWS:
            yield pa.Table.from_batches(waiting).cast(schema)
            waiting, rows = [], 0
    if rows:
        yield pa.Table.from_batches(waiting).cast(schema)
