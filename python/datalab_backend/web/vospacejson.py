"""Writes and reads nodes as JSON, for our own clients."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from json.encoder import encode_basestring as _quoted
from typing import Any

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import UsageError
from datalab_backend.storage import Node, Storage
from datalab_backend.storage.node import Sharing


def write(storage: Storage, caller: Caller, node: Node) -> bytes:
    """Write a node as a caller sees it."""
    return f"{{{_told(storage, caller, node)}}}".encode()


def write_list(
    storage: Storage, caller: Caller, node: Node, pages: Iterable[list[Node]], limit: int
) -> Iterator[bytes]:
    """Write a container and what is in it, piece by piece.

    Parameters
    ----------
    storage
        Where it is.
    caller
        For whom it is written.
    node
        The container.
    pages
        What is in it, and one more when there is more than is to be told.
    limit
        How many are told. ``next`` is the name behind which the others begin.
    """
    yield f'{{{_told(storage, caller, node)}, "children": ['.encode()
    told, last, more = 0, "", False
    for page in pages:
        shared: dict[int, str] = {}
        shown = page[: limit - told]
        more = len(shown) < len(page)
        if shown:
            listed = ", ".join([f"{{{_described(child, caller, shared)}}}" for child in shown])
            yield f"{', ' if told else ''}{listed}".encode()
            told, last = told + len(shown), shown[-1].name
    yield f'], "next": {_quoted(last) if more and last else "null"}}}'.encode()


def _told(storage: Storage, caller: Caller, node: Node) -> str:
    parts = [f'"path": {_quoted(str(node.path))}', _described(node, caller, {})]
    if len(node.path.parts) == 1 and node.writable_by(caller):
        quota = json.dumps(storage.quota_bytes(node.owner))
        parts += [f'"used_bytes": {storage.used_bytes(node.owner)}', f'"quota_bytes": {quota}']
    return ", ".join(parts)


def write_nodes(caller: Caller, nodes: Iterable[Node]) -> bytes:
    """Write nodes from anywhere, each with its path."""
    listed = [
        f'{{"path": {_quoted(str(node.path))}, {_described(node, caller, {})}}}' for node in nodes
    ]
    return f'{{"nodes": [{", ".join(listed)}]}}'.encode()


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
