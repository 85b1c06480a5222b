"""Writes and reads nodes as JSON, for our own clients."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import UsageError
from datalab_backend.storage import Node, Storage
from datalab_backend.storage.node import Sharing


def write(
    storage: Storage,
    caller: Caller,
    node: Node,
    children: list[Node] | None = None,
    next_: str | None = None,
) -> bytes:
    """Write a node, and of a container what is in it.

    Parameters
    ----------
    storage
        Where the node is.
    caller
        For whom it is written.
    node
        The node.
    children
        What is in it; None to leave that out.
    next_
        The name behind which the next page of children begins; None when there is none.
    """
    document = {"path": str(node.path), **_described(node, caller)}
    if children is not None:
        document["children"] = [_described(child, caller) for child in children]
        document["next"] = next_
    if len(node.path.parts) == 1 and node.writable_by(caller):
        document["used_bytes"] = storage.used_bytes(node.owner)
        document["quota_bytes"] = storage.quota_bytes(node.owner)
    return json.dumps(document, ensure_ascii=False).encode()


def read(body: bytes) -> dict[str, Any]:
    """Read the JSON object that was sent.

    Raises
    ------
    UsageError
        When it is none.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UsageError("The body is not a JSON object.", 'Write one such as {"public": true}.')
    return found


def sharing(sent: Mapping[str, Any], own: Sharing) -> Sharing | None:
    """Who may read and write a node, when something was said of it.

    Parameters
    ----------
    sent
        What was said: null stands for as it is in the container around.
    own
        What was said before.
    """
    if not {"public", "groupread", "groupwrite"} & sent.keys():
        return None
    public = sent.get("public", own.public)
    if not (public is None or isinstance(public, bool)):
        raise UsageError("“public” is neither true nor false.")
    return Sharing(
        public,
        _groups(sent, "groupread", own.groupread),
        _groups(sent, "groupwrite", own.groupwrite),
    )


def properties(sent: Mapping[str, Any]) -> dict[str, str | None]:
    """What was said of the properties of a node; None removes one."""
    found = sent.get("properties", {})
    if not isinstance(found, dict) or not all(
        value is None or isinstance(value, str) for value in found.values()
    ):
        raise UsageError("“properties” is not an object with texts.", "Write null to remove one.")
    return found


def _groups(
    sent: Mapping[str, Any], name: str, own: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    groups = sent.get(name, own)
    if groups is None:
        return None
    if not isinstance(groups, list | tuple) or not all(
        isinstance(group, str) and group and not any(c.isspace() for c in group) for group in groups
    ):
        raise UsageError(f"“{name}” is not a list of the names of groups.")
    return tuple(groups)


def _described(node: Node, caller: Caller) -> dict[str, Any]:
    return {
        "name": node.name,
        "type": node.type.value,
        "size": node.size_bytes,
        "md5": node.md5,
        "content_type": node.content_type or None,
        "modified": node.modified.isoformat(),
        "created": node.created.isoformat(),
        "owner": node.owner,
        "public": bool(node.sharing.public),
        "groupread": list(node.sharing.groupread or ()),
        "groupwrite": list(node.sharing.groupwrite or ()),
        "target": node.target,
        "writable": node.writable_by(caller),
        "properties": dict(node.properties),
    }
