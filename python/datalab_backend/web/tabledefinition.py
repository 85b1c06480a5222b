"""Reads the definition of a table from a VOSI ``table`` document (VODataService 1.2, 3.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column
from datalab_backend.mydb.columns import column_of
from datalab_backend.uploads import xml
from datalab_backend.uploads.fields import ELEMENT_TYPES, Field


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """What a table is to be.

    Attributes
    ----------
    columns
        Its columns.
    description
        What it is to hold.
    """

    columns: tuple[Column, ...]
    description: str


def read_definition(document: bytes) -> TableDefinition:
    """Read the definition of a table.

    Raises
    ------
    UsageError
        When the document is none, and why.
    """
    walk = _Walk()
    try:
        xml.walk(document, walk.start, walk.end, walk.characters)
        if not walk.columns:
            raise UsageError(
                "It has no columns.", "Send a VOSI table document, or a VOTable with FIELDs."
            )
    except UsageError as error:
        message = f"The definition of the table cannot be taken. {error.message}"
        raise UsageError(message, error.hint) from None
    return TableDefinition(tuple(walk.columns), walk.description)


class _Walk:
    """What is found on the way through a document."""

    def __init__(self) -> None:
        self.columns: list[Column] = []
        self.description = ""
        self._path: list[str] = []
        self._text: list[str] = []
        self._told: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Go into an element."""
        name = name.rpartition(":")[2]
        self._path.append(name)
        if len(self._path) > xml.DEEPEST:
            raise xml.too_deep()
        self._text = []
        if len(self._path) == 1 and name != "table":
            raise UsageError(
                f"It is a document of “{name[:40]}”.", "Send a VOSI table document, or a VOTable."
            )
        if name == "column":
            self._told = {}
        elif name == "dataType":
            self._told["size"] = attributes.get("arraysize") or attributes.get("size") or ""
            self._told["xtype"] = attributes.get("extendedType", "")
            kinds = [value for key, value in attributes.items() if key.rpartition(":")[2] == "type"]
            self._told["kind"] = kinds[0].rpartition(":")[2] if kinds else ""

    def end(self, name: str) -> None:
        """Come out of an element."""
        name = self._path.pop()
        text = " ".join("".join(self._text).split())
        parent = self._path[-1] if self._path else ""
        if parent == "column":
            self._told[name] = text
        elif name == "description" and parent == "table":
            self.description = text
        elif name == "column":
            self.columns.append(_column(self._told))
        self._text = []

    def characters(self, text: str) -> None:
        """Take text."""
        self._text.append(text)


def _column(told: dict[str, str]) -> Column:
    name, datatype = told.get("name", ""), told.get("dataType", "")
    unit, ucd, description = (told.get(key, "") for key in ("unit", "ucd", "description"))
    if told.get("kind") != "TAPType" and datatype in ELEMENT_TYPES:
        field = Field(
            name,
            datatype,
            told.get("size", ""),
            told.get("xtype", ""),
            unit,
            ucd,
            told.get("utype", ""),
            description,
        )
        field.check()
        return field.column()
    plain = datatype.rpartition(":")[2]  # adql:VARCHAR, as TAP 1.0 has it
    column = column_of(name, plain, unit, description, ucd)
    return replace(column, utype=told.get("utype", ""))
