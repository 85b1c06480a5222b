"""Results as an Arrow IPC stream, and the Arrow schema that carries the columns' metadata."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from datalab_backend.engines.arrow import arrow_schema, conform
from datalab_backend.formats.base import Status
from datalab_backend.formats.pipe import Pipe
from datalab_backend.metadata import Column


class ArrowFormat:
    """An Arrow IPC stream.

    The fields' metadata has unit, ucd, utype, xtype and description, the schema's metadata credit
    and simulated. The last batch is empty; its own metadata says whether rows were left out:
    ``overflow`` is ``true`` or ``false``.
    """

    name = "arrow"
    media_type = "application/vnd.apache.arrow.stream"
    extension = "arrows"

    def write(
        self, columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], status: Status
    ) -> Iterator[bytes]:
        """The document in pieces, none of them empty."""
        schema = described_schema(columns, status)
        pipe = Pipe()
        with pa.ipc.new_stream(pipe, schema) as stream:
            yield from pipe.drain()
            for batch in result:
                if batch.num_rows:
                    conformed = conform(batch, columns)
                    stream.write_batch(conformed.replace_schema_metadata(schema.metadata))
                    yield from pipe.drain()
            end = schema.empty_table().to_batches() or [pa.RecordBatch.from_pylist([], schema)]
            stream.write_batch(
                end[0], custom_metadata={b"overflow": _flag(status.overflow).encode()}
            )
        yield from pipe.drain()


def described_schema(columns: Sequence[Column], status: Status) -> pa.Schema:
    """The Arrow schema of a result with all that is known of its columns."""
    fields = [
        field.with_metadata(_metadata(column))
        for field, column in zip(arrow_schema(columns), columns, strict=True)
    ]
    credit, simulated = " ".join(status.credits), _flag(status.simulated)
    return pa.schema(fields, {b"credit": credit.encode(), b"simulated": simulated.encode()})


def _metadata(column: Column) -> dict[bytes | str, bytes | str]:
    described: dict[bytes | str, bytes | str] = {
        "unit": column.unit,
        "ucd": column.ucd,
        "utype": column.utype,
        "xtype": column.xtype,
        "description": column.description,
    }
    return {key: value for key, value in described.items() if value}


def _flag(value: bool) -> str:
    return "true" if value else "false"
