"""What is in a container, in the forms in which the official client asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from datalab_backend.errors import UsageError
from datalab_backend.storage import Node, NodeType

_LINE_WIDTH = 80
_GAP = 2


def listed(nodes: Sequence[Node], form: str) -> str:
    """Write a list of nodes.

    Parameters
    ----------
    nodes
        The nodes.
    form
        ``csv``, ``short`` or ``ascii``, ``long``, ``raw`` or ``json``.

    Raises
    ------
    UsageError
        When it is none of these.
    """
    write = _FORMS.get(form or "csv")
    if write is None:
        raise UsageError(f"A list cannot be “{form[:40]}”.", f"It is one of {', '.join(_FORMS)}.")
    return write(nodes)


def status(node: Node) -> dict[str, object]:
    """What the client is told of a node."""
    return {
        "name": node.name,
        "type": str(node.type),
        "size": node.size_bytes,
        "owner": node.owner,
        "perms": permissions(node),
        "groupread": ",".join(node.sharing.groupread or ()),
        "groupwrite": ",".join(node.sharing.groupwrite or ()),
        "publicread": str(bool(node.sharing.public)),
        "target": node.target or "",
        "date": node.modified.strftime("%d %b %Y %H:%M"),
    }


def permissions(node: Node) -> str:
    """Who may do what, as ``ls -l`` writes it: the owner, groups, everybody."""
    kind = {NodeType.CONTAINER: "d", NodeType.LINK: "l"}.get(node.type, "-")
    through = "x" if node.type is NodeType.CONTAINER else "-"
    sharing = node.sharing
    writes = bool(sharing.groupwrite)
    reads = writes or bool(sharing.groupread)
    group = ("r" if reads else "-") + ("w" if writes else "-") + (through if reads else "-")
    others = f"r-{through}" if sharing.public else "---"
    return f"{kind}rw{through}{group}{others}"


def _csv(nodes: Sequence[Node]) -> str:
    return ",".join(node.name for node in nodes)


def _short(nodes: Sequence[Node]) -> str:
    """Names side by side, as many on a line as there is room for."""
    if not nodes:
        return ""
    width = max(len(node.name) for node in nodes) + _GAP
    each = max(1, _LINE_WIDTH // width)
    lines = [nodes[start : start + each] for start in range(0, len(nodes), each)]
    return "".join("".join(n.name.ljust(width) for n in line).rstrip() + "\n" for line in lines)


def _long(nodes: Sequence[Node]) -> str:
    return "".join(map(_line, nodes)) + "\n"


def _line(node: Node) -> str:
    name = node.name + ("/" if node.type is NodeType.CONTAINER else "")
    target = f" -> {node.target}" if node.target else ""
    when = node.modified.strftime("%d %b %Y %H:%M")
    return f"{permissions(node)}  {node.owner}  {node.size_bytes:7d}  {when}  {name}{target}\n"


def _raw(nodes: Sequence[Node]) -> str:
    return "".join(f"{node.name}\n" for node in nodes)


def _json(nodes: Sequence[Node]) -> str:
    return json.dumps([status(node) for node in nodes])


_FORMS: dict[str, Callable[[Sequence[Node]], str]] = {
    "csv": _csv,
    "short": _short,
    "ascii": _short,
    "long": _long,
    "raw": _raw,
    "json": _json,
}
