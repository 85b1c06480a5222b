"""Moves, copies and deletes nodes with all that is in them, each in one step."""

from __future__ import annotations

from itertools import islice

from datalab_backend.accounts.callers import Caller
from datalab_backend.storage.faults import (
    ContainerNotEmptyError,
    InvalidArgumentError,
    PermissionDeniedError,
)
from datalab_backend.storage.node import Node, NodeType
from datalab_backend.storage.path import StoragePath
from datalab_backend.storage.places import Places, check_all_writable
from datalab_backend.storage.quotas import Quotas
from datalab_backend.storage.store import Content, NodeStore

# One change at a time is made: no other user is to wait long for one.
_MOST_AT_ONCE = 100_000


class Trees:
    """Changes nodes with what is in them, each method within a change of the store.

    Parameters
    ----------
    store, places
        The nodes.
    quotas
        How many bytes each user may keep.
    """

    def __init__(self, store: NodeStore, places: Places, quotas: Quotas) -> None:
        self._store = store
        self._places = places
        self._quotas = quotas

    def delete(self, caller: Caller, path: StoragePath, recursive: bool) -> list[Node]:
        """Delete a node; all that is gone. See `Storage.delete`."""
        node = self._places.movable(caller, path)
        inside = list(self._store.below(node))
        if inside and not recursive:
            raise ContainerNotEmptyError(
                f"There are files in {path}.",
                "Ask for a recursive deletion to delete them too.",
            )
        check_all_writable(caller, inside)
        gone = [node, *inside]
        self._store.remove(gone)
        return gone

    def move(self, caller: Caller, source: StoragePath, target: StoragePath) -> StoragePath:
        """Move a node; where it is then. See `Storage.move`."""
        node = self._places.movable(caller, source)
        target = self._places.destination(caller, source, target)
        inside: list[Node] = []
        if not caller.name == source.owner == target.owner:
            # In one's own tree all is one's own, and is counted already, however much it is.
            inside = self._few(node, None, "Move")
            check_all_writable(caller, inside)
        container = self._places.place(caller, target)
        size_bytes = node.size_bytes + sum(found.size_bytes for found in inside)
        if target.owner != source.owner:
            self._quotas.check(target.owner, size_bytes)
        self._store.move(node, container, target.name, size_bytes, 1 + len(inside))
        return target

    def copy(self, caller: Caller, source: StoragePath, target: StoragePath) -> StoragePath:
        """Copy a node; where the copy is. See `Storage.copy`."""
        node = self._places.seen(caller, source)
        if len(source.parts) < 2:
            raise PermissionDeniedError(
                "All that a user keeps cannot be copied at once.", "Copy what is in it."
            )
        target = self._places.destination(caller, source, target)
        inside = self._few(node, caller, "Copy")
        size_bytes = node.size_bytes + sum(found.size_bytes for found in inside)
        container = self._places.place(caller, target)
        self._quotas.check(target.owner, size_bytes)
        self._store.admit(target.owner, 1 + len(inside))
        self._copy_into(caller, node, container, target.name)
        return target

    def _few(self, node: Node, reader: Caller | None, what: str) -> list[Node]:
        """What is in a node, when it is not more than can be changed at once."""
        inside = list(islice(self._store.below(node, reader), _MOST_AT_ONCE))
        if len(inside) == _MOST_AT_ONCE:
            raise InvalidArgumentError(
                f"There are {_MOST_AT_ONCE:,} files and containers or more in {node.path}.",
                f"{what} what is in it, a part at a time.",
            )
        return inside

    def _copy_into(self, caller: Caller, node: Node, container: Node, name: str) -> None:
        content = None
        if node.content is not None and node.md5 is not None:
            content = Content(node.content, node.size_bytes, node.md5, node.content_type)
        self._store.add(
            container,
            name,
            node.type,
            creator=caller.name,
            content=content,
            target=node.target,
            properties=node.properties,
        )
        if node.type is NodeType.CONTAINER:
            copied = self._store.find(StoragePath((*container.path.parts, name)))
            assert copied is not None  # noqa: S101 - it was just added
            for child in self._store.children(node):
                if child.readable_by(caller):
                    self._copy_into(caller, child, copied, child.name)
