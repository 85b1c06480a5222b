"""Lists of files as text, in the formats that the official client has."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence

from datalab_toolkit.errors import UsageError
from datalab_toolkit.nodes import Node

FORMATS = ("csv", "ascii", "short", "long", "raw", "json")


def write(nodes: Sequence[Node], format: str = "csv") -> str:
    """Write a list of files.

    Parameters
    ----------
    nodes
        The files and folders.
    format
        ``csv`` (names with commas between), ``ascii`` or ``short`` (names in columns), ``long``
        (who may do what, whose, how long, when), ``raw`` (addresses, one a line), or ``json``.

    Raises
    ------
    UsageError
        There is no such format.
    """
    if format == "csv":
        return ",".join(node.name for node in nodes)
    if format in ("short", "ascii"):
        return _columns([node.name for node in nodes])
    if format == "long":
        return "".join(f"{line}\n" for line in map(_long, nodes))
    if format == "raw":
        return "".join(f"{node.uri}\n" for node in nodes)
    if format == "json":
        return json.dumps([facts(node) for node in nodes], indent=1)
    raise UsageError(
        f"There is no format {format!r} of lists.", f"The formats are {', '.join(FORMATS)}."
    )


def facts(node: Node) -> dict[str, object]:
    """What is known of a file, under the names that the official client has for it."""
    return {
        "name": node.name,
        "type": node.type,
        "size": node.size_bytes,
        "owner": node.owner,
        "perms": permissions(node),
        "groupread": ",".join(node.groupread),
        "groupwrite": ",".join(node.groupwrite),
        "publicread": str(node.public).lower(),
        "target": node.target,
        "md5": node.md5,
        "modified": node.modified.isoformat() if node.modified else "",
        "uri": node.uri,
    }


def permissions(node: Node) -> str:
    """Who may do what, as ``ls -l`` has it for the owner, the groups and everybody."""
    kind = {"container": "d", "link": "l"}.get(node.type, "-")
    groups = ("r" if node.groupread or node.groupwrite else "-") + ("w" if node.groupwrite else "-")
    return f"{kind}rw{'x' if node.is_folder else '-'}{groups}-{'r' if node.public else '-'}--"


def _long(node: Node) -> str:
    modified = f"{node.modified:%d %b %Y %H:%M}" if node.modified else " " * 17
    return f"{permissions(node)}  {node.owner}  {node.size_bytes:7d}  {modified}  {node.label}"


def _columns(names: Iterable[str]) -> str:
    cells = list(names)
    if not cells:
        return ""
    width = max(map(len, cells)) + 2
    count = max(1, shutil.get_terminal_size((80, 24)).columns // width)
    rows = [cells[i : i + count] for i in range(0, len(cells), count)]
    return "".join("".join(cell.ljust(width) for cell in row).rstrip() + "\n" for row in rows)
