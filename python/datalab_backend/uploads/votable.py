"""Tables from VOTable documents (VOTable 1.4), read as the work of a stranger.

The document is walked through once (see `uploads.xml`). Only the first table is taken.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping
from dataclasses import replace

from datalab_backend.engines.arrow import Values
from datalab_backend.errors import UsageError
from datalab_backend.uploads import binary, cells, xml
from datalab_backend.uploads.fields import Field
from datalab_backend.uploads.limits import UploadLimits, too_many_columns, too_many_rows

_CHUNK_CELLS = 200_000

Columns = list[Values]


def read(document: bytes, limits: UploadLimits) -> tuple[str, list[Field], Iterator[Columns]]:
    """The first table of a document.

    Parameters
    ----------
    document
        The XML.
    limits
        The most rows and columns.

    Returns
    -------
    tuple
        The description, the fields and the columns, a chunk of rows at a time.

    Raises
    ------
    UsageError
        When the document is no VOTable that can be taken, and why.
    """
    walk = _Walk(limits)
    walk.through(document)
    if not walk.fields:
        raise UsageError(
            "It has no table with FIELDs in it.", "Upload a VOTable with the table itself."
        )
    chunks = iter(walk.chunks)
    if walk.stream is not None:
        data = _decoded("".join(walk.stream))
        chunks = binary.read(walk.fields, data, walk.null_flags, limits.rows)
    return walk.description, walk.fields, chunks


class _Walk:
    """What is found on the way through a document."""

    def __init__(self, limits: UploadLimits) -> None:
        self.description = ""
        self.fields: list[Field] = []
        self.chunks: list[Columns] = []
        self.stream: list[str] | None = None
        self.null_flags = False
        self._limits = limits
        self._path: list[str] = []
        self._text: list[str] | None = None
        self._cells: list[str] = []
        self._rows = 0
        self._row_start = 0
        self._table_depth = 0

    def through(self, document: bytes) -> None:
        """Walk through a document."""
        xml.walk(document, self._start, self._end, self._characters)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        if len(self._path) > xml.DEEPEST:
            raise xml.too_deep()
        if name == "TD":
            self._text = []
        elif name == "TR":
            self._row_start = len(self._cells)
        elif name == "TABLE" and not self._table_depth:
            self._table_depth = len(self._path)
        elif name == "include":
            raise UsageError(
                "It includes other documents (XInclude), which are not fetched.",
                "Send the table itself.",
            )
        elif self._is_in_table:
            self._in_table(name, parent, attributes)

    @property
    def _is_in_table(self) -> bool:
        return 0 < self._table_depth < len(self._path)

    def _in_table(self, name: str, parent: str, attributes: dict[str, str]) -> None:
        match name:
            case "FIELD":
                self._field(attributes)
            case "VALUES" if parent == "FIELD":
                self._change_field(null=attributes.get("null", "").strip())
            case "DESCRIPTION" if parent in ("FIELD", "TABLE"):
                self._text = []
            case "BINARY" | "BINARY2":
                self.null_flags = name == "BINARY2"
            case "STREAM":
                self._open_stream(parent, attributes)
            case "FITS":
                raise UsageError(
                    "Its rows are in FITS inside the VOTable.",
                    "Send the FITS file itself, or another serialisation of the VOTable.",
                )

    def _end(self, name: str) -> None:
        name = self._path.pop()
        if name == "TD":
            self._cells.append("".join(self._text or ()))
            self._text = None
        elif name == "TR":
            self._end_row()
        elif name == "TABLE" and len(self._path) + 1 == self._table_depth:
            self._flush()
            self._table_depth = -1  # the first table is the only one
        elif name == "DESCRIPTION" and self._text is not None:
            text = " ".join("".join(self._text).split())
            if self._path[-1] == "FIELD":
                self._change_field(description=text)
            else:
                self.description = text
            self._text = None
        elif name == "STREAM" and self._text is not None:
            self.stream, self._text = self._text, None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _field(self, attributes: Mapping[str, str]) -> None:
        if len(self.fields) == self._limits.columns:
            raise too_many_columns(self._limits.columns)
        name = attributes.get("name") or attributes.get("ID", "")
        given = {
            key: " ".join(attributes.get(key, "").split())
            for key in ("datatype", "arraysize", "xtype", "unit", "ucd", "utype")
        }
        field = Field(" ".join(name.split()), **given)
        field.check()
        self.fields.append(field)

    def _change_field(self, **known: str) -> None:
        if self.fields:
            self.fields[-1] = replace(self.fields[-1], **known)

    def _open_stream(self, parent: str, attributes: Mapping[str, str]) -> None:
        if "href" in attributes:
            raise UsageError(
                "Its rows are elsewhere (STREAM with href), and are not fetched.",
                "Send a VOTable with its rows in it.",
            )
        if attributes.get("encoding", "base64") != "base64" or not parent.startswith("BINARY"):
            raise UsageError(
                "The encoding of its STREAM cannot be read.", "Send BINARY2 as base64."
            )
        if not self.fields:
            raise UsageError("Its rows have no FIELDs.", "Write a FIELD for each column.")
        self._text = []

    def _end_row(self) -> None:
        if self._table_depth < 0:
            self._cells.clear()
            return
        self._rows += 1
        found = len(self._cells) - self._row_start
        if found != len(self.fields) or not found:
            raise UsageError(
                f"Row {self._rows:,} has {found:,} cells (TD) for {len(self.fields):,} columns "
                "(FIELD).",
                "Write a cell for each column, an empty one for null.",
            )
        if self._rows > self._limits.rows:
            raise too_many_rows(self._limits.rows)
        if len(self._cells) >= _CHUNK_CELLS:
            self._flush()

    def _flush(self) -> None:
        width = len(self.fields)
        if not self._cells:
            return
        first = self._rows - len(self._cells) // width + 1
        self.chunks.append(
            [cells.read(field, self._cells[i::width], first) for i, field in enumerate(self.fields)]
        )
        self._cells.clear()


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True)
    except (binascii.Error, ValueError):
        raise UsageError(
            "Its STREAM is not base64.", "Look for a file that was cut short or changed."
        ) from None
