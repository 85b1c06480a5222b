"""Results as VOTable 1.4."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
from pybase64 import b64encode

from datalab_backend.engines.arrow import conform
from datalab_backend.formats import binary, tabledata, text
from datalab_backend.formats.base import Status
from datalab_backend.formats.ragged import Bytes
from datalab_backend.formats.votypes import votype
from datalab_backend.metadata import Column

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that no XML document can hold (XML 1.0, section 2.2)."""


def without_unfit(text: str) -> str:
    """Text with U+FFFD in the place of each character that no XML document can hold."""
    return NOT_XML.sub("\ufffd", text)


class Serialisation(StrEnum):
    """How a VOTable holds its rows, by the name of the element (VOTable 1.4, section 5)."""

    TABLEDATA = "TABLEDATA"
    BINARY = "BINARY"
    BINARY2 = "BINARY2"


class VOTableFormat:
    """A VOTable document with one table (VOTable 1.4; DALI 1.1, section 4.4).

    Version 1.4 rather than 1.5, because the STILTS of today's distributions reads up to 1.4.

    Parameters
    ----------
    name, media_type
        As for `Format`.
    serialisation
        How the rows are written.
    """

    extension = "vot"

    def __init__(self, name: str, media_type: str, serialisation: Serialisation) -> None:
        self.name = name
        self.media_type = media_type
        self._serialisation = serialisation

    def write(
        self, columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], status: Status
    ) -> Iterator[bytes]:
        """The document in pieces, none of them empty."""
        element = self._serialisation
        yield _head(columns, status, element).encode()
        if element is Serialisation.TABLEDATA:
            yield b"<TABLEDATA>\n"
            yield from (tabledata.encode(columns, rows) for rows in text.slices(result, columns))
        else:
            null_flags = element is Serialisation.BINARY2
            yield f'<{element}>\n<STREAM encoding="base64">\n'.encode()
            batches = (conform(batch, columns) for batch in result)
            rows = (binary.encode(columns, batch, null_flags) for batch in batches)
            yield from _base64(chain.from_iterable(rows))
            yield b"</STREAM>\n"
        overflow = '<INFO name="QUERY_STATUS" value="OVERFLOW"/>\n' if status.overflow else ""
        yield f"</{element}>\n</DATA>\n</TABLE>\n{overflow}</RESOURCE>\n</VOTABLE>\n".encode()


def attribute(value: str) -> str:
    """A value in quotes, as it stands in an XML attribute."""
    return quoteattr(without_unfit(value))


def content(value: str) -> str:
    """Text as it stands between XML tags."""
    return escape(without_unfit(value))


def _head(columns: tuple[Column, ...], status: Status, serialisation: Serialisation) -> str:
    infos = [("QUERY_STATUS", "OK"), *(("credit", credit) for credit in status.credits)]
    if status.query:
        infos.append(("query", status.query))
    if status.simulated:
        infos.append(("simulated", "true"))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">',
        '<RESOURCE type="results">',
        *(f"<INFO name={attribute(name)} value={attribute(value)}/>" for name, value in infos),
        "<TABLE>",
        *(_field(column, serialisation) for column in columns),
        "<DATA>",
    ]
    return "\n".join(lines) + "\n"


def _field(column: Column, serialisation: Serialisation) -> str:
    kind = votype(column)
    attributes = {
        "name": column.name,
        "datatype": kind.datatype,
        "arraysize": kind.arraysize,
        "unit": column.unit,
        "ucd": column.ucd,
        "utype": column.utype,
        "xtype": kind.xtype,
    }
    given = "".join(f" {key}={attribute(value)}" for key, value in attributes.items() if value)
    inside = ""
    if column.description:
        inside = f"<DESCRIPTION>{content(column.description)}</DESCRIPTION>"
    if kind.datatype in binary.NULLS and (
        serialisation is Serialisation.BINARY
        or (serialisation is Serialisation.TABLEDATA and column.is_array)
    ):
        inside += f'<VALUES null="{binary.NULLS[kind.datatype]}"/>'
    return f"<FIELD{given}>{inside}</FIELD>" if inside else f"<FIELD{given}/>"


def _base64(pieces: Iterable[Bytes]) -> Iterator[bytes]:
    """One base64 text of many pieces: only its last line may hold less than three bytes."""
    left = b""
    for piece in pieces:
        # The first bytes go with those that were left, so that the others need not be copied.
        start = min(-len(left) % 3, len(piece))
        first = left + piece[:start].tobytes()
        if len(first) % 3:
            left = first
            continue
        end = len(piece) - (len(piece) - start) % 3
        left = piece[end:].tobytes()
        yield from filter(None, (b64encode(first), b64encode(piece[start:end].data)))
    yield b64encode(left) + b"\n"
