"""Results as comma-separated values (RFC 4180)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.engines.arrow import Values, conform
from datalab_backend.formats import text
from datalab_backend.formats.base import Status
from datalab_backend.metadata import Column


class CsvFormat:
    """A header line, then a line a row.

    Null is an empty field and an empty text is ``""``; NaN and the infinities are ``NaN``,
    ``Infinity`` and ``-Infinity``. Null in the only column is ``""`` too, since readers pass over
    empty lines.
    """

    name = "csv"
    media_type = "text/csv; header=present; charset=utf-8"
    extension = "csv"

    def write(
        self, columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], status: Status
    ) -> Iterator[bytes]:
        """The document in pieces, none of them empty."""
        names = _quoted(pa.array([c.name for c in columns], pa.string()))
        yield (",".join(names.to_pylist()) + "\r\n").encode()
        for batch in result:
            if batch.num_rows:
                fields = [_field(values) for values in conform(batch, columns).columns]
                if len(fields) == 1:
                    fields = [fields[0].fill_null('""')]
                yield text.joined(fields, ",", "\r\n")


def _field(values: Values) -> Values:
    return _quoted(values) if pa.types.is_string(values.type) else text.plain(values)


def _quoted(values: Values) -> Values:
    """Text with quotes where it needs them; empty text does, to differ from null."""
    special = pc.match_substring_regex(values, '[",\r\n]|^$|^ | $')
    if not pc.any(special).as_py():
        return values
    doubled = pc.replace_substring(values, '"', '""')
    quoted = pc.binary_join_element_wise('"', doubled, '"', "")
    return pc.if_else(special, quoted, values)
