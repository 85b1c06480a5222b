"""Results as values with commas (RFC 4180) or tabs between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.engines.arrow import Values
from datalab_backend.formats import text
from datalab_backend.formats.base import Status
from datalab_backend.metadata import Column


class SeparatedFormat:
    """A header line, then a line a row.

    Null is an empty field and an empty text is ``""``; NaN and the infinities are ``NaN``,
    ``Infinity`` and ``-Infinity``. Nothing in the only column is ``""`` too, since readers pass
    over empty lines. Tabs are quoted like commas, so that no text need be changed.

    Parameters
    ----------
    name, media_type, extension
        As for `Format`.
    separator
        What stands between two values.
    line_end
        What stands after each line.
    header
        Whether there is a header line.
    """

    def __init__(
        self,
        name: str,
        media_type: str,
        extension: str,
        separator: str,
        line_end: str = "\r\n",
        header: bool = True,
    ) -> None:
        self.name = name
        self.media_type = media_type
        self.extension = extension
        self._separator = separator
        self._line_end = line_end
        self._header = header
        self._special = f'["{separator}\r\n]|^$|^ | $'

    def write(
        self, columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], status: Status
    ) -> Iterator[bytes]:
        """The document in pieces, none of them empty."""
        if self._header:
            names = self._quoted(pa.array([c.name for c in columns], pa.string()))
            yield (self._separator.join(names.to_pylist()) + self._line_end).encode()
        for rows in text.slices(result, columns):
            fields = [self._field(values) for values in rows.columns]
            if len(fields) == 1:
                fields = [pc.replace_substring_regex(fields[0].fill_null(""), "^$", '""')]
            yield text.joined(fields, self._separator, self._line_end)

    def _field(self, values: Values) -> Values:
        return self._quoted(values) if pa.types.is_string(values.type) else text.plain(values)

    def _quoted(self, values: Values) -> Values:
        """Text with quotes where it needs them; empty text does, to differ from null."""
        special = pc.match_substring_regex(values, self._special)
        if not pc.any(special).as_py():
            return values
        doubled = pc.replace_substring(values, '"', '""')
        quoted = pc.binary_join_element_wise('"', doubled, '"', "")
        return pc.if_else(special, quoted, values)
