"""The JSON documents that describe schemas and tables on disk, read and written here only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from datalab_backend import disk
from datalab_backend.metadata import Column, DataType, Schema, Table


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table's document: its metadata, and where its rows are.

    Attributes
    ----------
    table
        The metadata.
    data
        The name of the directory with the rows, beside the document.
    order
        The HEALPix order of the density counts, None for a table without positions.
    unplaced
        The number of rows that have no position, which the density does not count.
    added
        Which files were added last (`Staging.token`), so that they are added once; else empty.
    shared_with
        With whom the owner of a personal table shares it; a survey's is there for everybody.
    view_of
        The full name of the table whose rows and columns these are; empty when they are its own.
    """

    table: Table
    data: str
    order: int | None = None
    unplaced: int = 0
    added: str = ""
    shared_with: tuple[str, ...] = ()
    view_of: str = ""


def read_table(path: Path) -> StoredTable:
    """Read a table's document; the name of the file is the table's, so that one step renames it."""
    document = _read(path)
    fields = document["table"]
    fields["columns"] = tuple(
        Column(**{**column, "datatype": DataType(column["datatype"])})
        for column in fields["columns"]
    )
    for name in ("position", "looked_up", "ranked"):
        if fields.get(name) is not None:
            fields[name] = tuple(fields[name])
    table = Table(**fields)
    document["table"] = table if table.name.lower() == path.stem else replace(table, name=path.stem)
    document["shared_with"] = tuple(document.get("shared_with", ()))
    return StoredTable(**document)


def write_table(path: Path, stored: StoredTable) -> None:
    """Write a table's document, all at once."""
    _replace(path, asdict(stored))


def read_schema(path: Path) -> Schema:
    """Read a schema's document."""
    return Schema(**_read(path))


def write_schema(path: Path, schema: Schema) -> None:
    """Write a schema's document, all at once."""
    _replace(path, asdict(schema))


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write any other document, all at once."""
    _replace(path, document)


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _replace(path: Path, document: dict[str, Any]) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    disk.sync(fresh)
    fresh.replace(path)
    disk.sync(path.parent)
