"""Where a Data Lab keeps the rows of a query rather than send them: ``mydb://…`` and ``vos://…``."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from datalab_toolkit import exports
from datalab_toolkit.mydbtables import SCHEME, PersonalTable, table_name
from datalab_toolkit.nodes import Node
from datalab_toolkit.registry import find
from datalab_toolkit.tap import Query
from datalab_toolkit.vospaths import is_name, parse


def is_kept_there(out: str | Path) -> bool:
    """Whether a Data Lab is to keep the rows itself: ``mydb://…`` and ``vos://…``."""
    return isinstance(out, str) and (out.startswith(SCHEME) or is_name(out))


def kept_at(query: Query, out: str, replace: bool = False) -> Query:
    """The query with a destination for its rows."""
    destination = f"{SCHEME}{table_name(out)}" if out.startswith(SCHEME) else str(parse(out))
    return dataclasses.replace(query, destination=destination, replace=replace)


def file_format(out: str, fmt: str | None = None) -> str | None:
    """The format of a file of the storage by its name, or else `fmt`; None for a table.

    Raises
    ------
    DatalabError
        Its ending is of no format, and there is no `fmt`.
    """
    if out.startswith(SCHEME):
        return None
    found = exports.format_of(Path(parse(out).name), fmt) or "csv"
    return {"table": "text"}.get(found, found)


def kept(destination: str, service: str) -> PersonalTable | Node:
    """What a query made at its destination: a table, ``mydb://name``, or a file, ``vos://name``."""
    found = find(service)
    if destination.startswith(SCHEME):
        return found.mydb.table(destination)
    return found.storage.node(parse(destination))
