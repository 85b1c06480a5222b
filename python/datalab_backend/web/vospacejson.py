"""Writes and reads nodes as JSON, for our own clients."""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring as _quoted
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
    parts = [f'"path": {_quoted(str(node.path))}', _described(node, caller, {})]
    if children is not None:
        shared: dict[int, str] = {}
        listed = ", ".join([f"{{{_described(child, caller, shared)}}}" for child in children])
        parts += [f'"children": [{listed}]', f'"next": {json.dumps(next_, ensure_ascii=False)}']
    if len(node.path.parts) == 1 and node.writable_by(caller):
        quota = json.dumps(storage.quota_bytes(node.owner))
        parts += [f'"used_bytes": {storage.used_bytes(node.owner)}', f'"quota_bytes": {quota}']
    return f"{{{', '.join(parts)}}}".encode()


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


def _described(node: Node, caller: Caller, shared: dict[int, str]) -> str:
    """What there is to say of a node, as the inner text of a JSON object.

    Written by hand, since a list has a hundred thousand of them: what is the same for all that are
    shared in one way is kept in ``shared``, by the identity of how they are.
    """
    same = shared.get(id(node.sharing))
    if same is None:
        same = shared[id(node.sharing)] = _sharing_text(node, caller)
    md5 = "null" if node.md5 is None else f'"{node.md5}"'
    media_type = _quoted(node.content_type) if node.content_type else "null"
    target = "null" if node.target is None else _quoted(node.target)
    properties = "{}" if not node.properties else json.dumps(node.properties, ensure_ascii=False)
    return (
        f'"name": {_quoted(node.path.parts[-1] if node.path.parts else "")}, '
        f'"type": "{node.type.value}", "size": {node.size_bytes}, "md5": {md5}, '
        f'"content_type": {media_type}, "modified": "{node.modified_text}", '
        f'"created": "{node.created_text}", "target": {target}, "properties": {properties}, {same}'
    )


def _sharing_text(node: Node, caller: Caller) -> str:
    text = json.dumps(
        {
            "owner": node.owner,
            "public": bool(node.sharing.public),
            "groupread": list(node.sharing.groupread or ()),
            "groupwrite": list(node.sharing.groupwrite or ()),
            "writable": node.writable_by(caller),
        }
    )
    return text[1:-1]
