"""Results as text for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.engines.arrow import Values
from datalab_backend.formats import text
from datalab_backend.formats.base import Status
from datalab_backend.metadata import Column

_WIDEST = 60


class TextFormat:
    """Names, units, then the rows, in columns side by side.

    The columns are as wide as the first rows ask for, so that a later value may stand out. Null is
    blank; line breaks and tabs are spaces. A last line says when rows were left out.
    """

    name = "text"
    media_type = "text/plain; charset=utf-8"
    extension = "txt"

    def write(
        self, columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], status: Status
    ) -> Iterator[bytes]:
        """The document in pieces, none of them empty."""
        heads = [(_line(c.name), _line(c.unit)) for c in columns]
        widths: list[int] = []
        for rows in text.slices(result, columns):
            cells = [_cells(values) for values in rows.columns]
            if not widths:
                widths = [_width(h, c) for h, c in zip(heads, cells, strict=True)]
                yield _head(heads, widths)
            padded = map(_padded, cells, widths, rows.schema.types)
            yield text.joined(list(padded), "  ", "\n")
        if not widths:
            yield _head(heads, [max(map(len, head)) for head in heads])
        if status.overflow:
            yield b"# More rows were left out at the limit.\n"


def _cells(values: Values) -> Values:
    return pc.replace_substring_regex(text.plain(values), r"\s", " ")


def _width(head: tuple[str, str], cells: Values) -> int:
    lengths: Values = pc.utf8_length(cells)
    longest = pc.max(lengths).as_py() or 0
    return max(min(longest, _WIDEST), *map(len, head))


def _padded(cells: Values, width: int, kind: pa.DataType) -> Values:
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return pc.utf8_lpad(cells.fill_null(""), width)
    return pc.utf8_rpad(cells.fill_null(""), width)


def _head(heads: list[tuple[str, str]], widths: list[int]) -> bytes:
    def line(parts: Iterable[str]) -> str:
        return "  ".join(p.ljust(w) for p, w in zip(parts, widths, strict=True)).rstrip() + "\n"

    units = line(unit for _, unit in heads) if any(unit for _, unit in heads) else ""
    rule = line("-" * width for width in widths)
    return (line(name for name, _ in heads) + units + rule).encode()


def _line(value: str) -> str:
    return " ".join(value.split())
