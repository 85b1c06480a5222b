"""Tables from comma- and tab-separated values, whose types are told by their values."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv as pa_csv

from datalab_backend.engines.arrow import Values, arrow_type
from datalab_backend.errors import UsageError
from datalab_backend.uploads.fields import Field
from datalab_backend.uploads.limits import UploadLimits, too_many_columns, too_many_rows

_BLOCK_BYTES = 1 << 20


def read(
    content: bytes, separator: str, limits: UploadLimits
) -> tuple[str, list[Field], Iterator[list[Values]]]:
    """The rows below a header line; see `uploads.votable.read`.

    Whole numbers become BIGINT, others DOUBLE, ISO times TIMESTAMP, ``true`` and ``false`` BOOLEAN,
    all else text. Nothing between two separators is null, and ``""`` an empty text.
    """
    try:
        table = pa_csv.read_csv(
            io.BytesIO(content),
            read_options=pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
            ),
        )
        if any(map(pa.types.is_binary, table.schema.types)):  # it is not UTF-8
            raise pa.ArrowInvalid
        names = [name.strip() or f"column_{i}" for i, name in enumerate(table.column_names, 1)]
    except (pa.ArrowException, UnicodeDecodeError):
        raise UsageError(
            "It cannot be read as separated values.",
            "Write a header line, then one line a row with as many values in each, in UTF-8.",
        ) from None
    if table.num_columns > limits.columns:
        raise too_many_columns(limits.columns)
    if table.num_rows > limits.rows:
        raise too_many_rows(limits.rows)
    fields = [_field(name, kind) for name, kind in zip(names, table.schema.types, strict=True)]
    for field in fields:
        field.check()
    return "", fields, _chunks(table, fields)


def _field(name: str, kind: pa.DataType) -> Field:
    if pa.types.is_int64(kind):
        return Field(name, "long")
    if pa.types.is_float64(kind):
        return Field(name, "double")
    if pa.types.is_boolean(kind):
        return Field(name, "boolean")
    if (pa.types.is_timestamp(kind) and kind.tz is None) or pa.types.is_date(kind):
        return Field(name, "char", "*", "timestamp")
    return Field(name, "unicodeChar", "*")


def _chunks(table: pa.Table, fields: list[Field]) -> Iterator[list[Values]]:
    types = [arrow_type(field.column()) for field in fields]
    for batch in table.to_batches():
        pairs = zip(batch.columns, types, strict=True)
        # Whole microseconds are all that a timestamp keeps.
        yield [values.cast(wanted, safe=False) for values, wanted in pairs]
