"""Tables in Parquet and Arrow files, with what their metadata says of the columns.

Unit, UCD and description are taken from the metadata of the fields, as this Data Lab and LSST write
it, or from the YAML that astropy puts beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from datalab_backend.catalogues.files import described
from datalab_backend.catalogues.files.masks import without_masked
from datalab_backend.catalogues.files.source import BATCH_ROWS, Piece, Source, numbered
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType

_Opened = Callable[[Path], tuple[pa.Schema, int | None, Callable[[list[int]], Iterator[Any]]]]

_SIMPLE = (
    (pa.types.is_boolean, DataType.BOOLEAN),
    (pa.types.is_int8, DataType.SMALLINT),
    (pa.types.is_uint8, DataType.SMALLINT),
    (pa.types.is_int16, DataType.SMALLINT),
    (pa.types.is_uint16, DataType.INTEGER),
    (pa.types.is_int32, DataType.INTEGER),
    (pa.types.is_integer, DataType.BIGINT),
    (pa.types.is_float16, DataType.REAL),
    (pa.types.is_float32, DataType.REAL),
    (pa.types.is_floating, DataType.DOUBLE),
    (pa.types.is_decimal, DataType.DOUBLE),
    (pa.types.is_timestamp, DataType.TIMESTAMP),
    (pa.types.is_date, DataType.TIMESTAMP),
    (pa.types.is_string, DataType.VARCHAR),
    (pa.types.is_large_string, DataType.VARCHAR),
    (pa.types.is_string_view, DataType.VARCHAR),
    (pa.types.is_time, DataType.VARCHAR),
    (pa.types.is_null, DataType.VARCHAR),
    (pa.types.is_binary, DataType.BLOB),
    (pa.types.is_large_binary, DataType.BLOB),
    (pa.types.is_fixed_size_binary, DataType.BLOB),
)
_SIZED = (DataType.VARCHAR, DataType.BLOB, DataType.TIMESTAMP)
_KEYS = ("unit", "ucd", "utype", "xtype", "description")


def read_parquet(path: Path, label: str) -> Source:
    """The table of a Parquet file."""
    return _source(path, label, _open_parquet, "Parquet")


def read_arrow(path: Path, label: str) -> Source:
    """The table of an Arrow IPC file or stream (Feather 2 is such a file)."""
    return _source(path, label, _open_arrow, "Arrow")


def column_of(field: Any) -> Column | None:  # noqa: ANN401 - a pyarrow.Field
    """The column that a `pyarrow.Field` becomes, None when there is none for its type."""
    kind, arraysize = field.type, ""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_fixed_size_list(kind):
        kind, arraysize = kind.value_type, str(kind.list_size)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind, arraysize = kind.value_type, "*"
    datatype = next((found for test, found in _SIMPLE if test(kind)), None)
    if datatype is None or (arraysize and datatype in _SIZED):
        return None
    metadata = field.metadata or {}
    told = {key: metadata.get(key.encode(), b"").decode("utf-8", "replace") for key in _KEYS}
    xtype = told.pop("xtype")
    if datatype is DataType.TIMESTAMP:
        xtype = "timestamp"
    return Column(
        field.name,
        datatype,
        told["description"],
        told["unit"],
        told["ucd"],
        told["utype"],
        xtype,
        "*" if datatype in _SIZED else arraysize,
    )


def _source(path: Path, label: str, opened: _Opened, kind: str) -> Source:
    try:
        schema, rows, _ = opened(path)
    except (pa.ArrowException, OSError) as error:
        raise UsageError(
            f"{label} is not a whole {kind} file.", "Look for a file that was cut short."
        ) from error
    found = [column_of(field) for field in schema]
    kept = [index for index, column in enumerate(found) if column is not None]
    columns = [column for column in found if column is not None]
    notes = tuple(
        f"The column {field.name} is left out: no column here can hold its type, {field.type}."
        for field, column in zip(schema, found, strict=True)
        if column is None
    )
    table = described.from_yaml((schema.metadata or {}).get(b"table_meta_yaml", b""))
    source = Source(
        path,
        label,
        tuple(table.onto(column) for column in columns),
        partial(_pieces, path, label, opened, kind, kept),
        table.description,
        (schema.metadata or {}).get(b"credit", b"").decode("utf-8", "replace"),
        rows,
        frozenset(f.name for f in schema if pa.types.is_null(f.type)),
        notes=notes,
    )
    return without_masked(source, table.masks)


def _pieces(
    path: Path, label: str, opened: _Opened, kind: str, kept: list[int], _: Sequence[Column]
) -> Iterator[Piece]:
    try:
        yield from numbered(opened(path)[2](kept))
    except (pa.ArrowException, OSError) as error:
        raise UsageError(
            f"{label} is damaged: not all of its rows can be read.",
            f"Make the {kind} file again, or leave it out.",
        ) from error


def _open_parquet(
    path: Path,
) -> tuple[pa.Schema, int | None, Callable[[list[int]], Iterator[pa.RecordBatch]]]:
    file = pq.ParquetFile(path)

    def batches(kept: list[int]) -> Iterator[pa.RecordBatch]:
        with file:
            for batch in file.iter_batches(BATCH_ROWS):
                yield pa.RecordBatch.from_arrays(
                    [batch.column(index) for index in kept],
                    [batch.schema.field(index).name for index in kept],
                )

    return file.schema_arrow, file.metadata.num_rows, batches


def _open_arrow(
    path: Path,
) -> tuple[pa.Schema, int | None, Callable[[list[int]], Iterator[pa.RecordBatch]]]:
    mapped = pa.memory_map(str(path))
    reader: Any
    if mapped.read(6) == b"ARROW1":
        reader = pa.ipc.open_file(mapped)
        rows = sum(reader.get_batch(i).num_rows for i in range(reader.num_record_batches))
        stored = (reader.get_batch(i) for i in range(reader.num_record_batches))
    else:
        mapped.seek(0)
        reader, rows = pa.ipc.open_stream(mapped), None
        stored = iter(reader)

    def batches(kept: list[int]) -> Iterator[pa.RecordBatch]:
        for batch in stored:
            for start in range(0, batch.num_rows, BATCH_ROWS):
                part = batch.slice(start, BATCH_ROWS)
                yield pa.RecordBatch.from_arrays(
                    [part.column(index) for index in kept],
                    [part.schema.field(index).name for index in kept],
                )

    return reader.schema, rows, batches
