"""The nodes on disk: a SQLite database that survives whatever ends the server.

Whoever changes something does so in one transaction, in which it looks first: what was decided
upon is what is changed. The bytes that each user keeps are counted in the same transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

from datalab_backend import database
from datalab_backend.accounts.callers import Caller
from datalab_backend.storage.counts import NodeCounts
from datalab_backend.storage.faults import InternalFaultError
from datalab_backend.storage.node import NO_PROPERTIES, Node, NodeType, Sharing
from datalab_backend.storage.path import StoragePath

# The root of all users is node 1, and is its own parent in no listing.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS nodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent INTEGER NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    content TEXT,
    size_bytes INTEGER NOT NULL DEFAULT 0,
    md5 TEXT,
    content_type TEXT NOT NULL DEFAULT '',
    target TEXT,
    public INTEGER,
    groupread TEXT,
    groupwrite TEXT,
    properties TEXT NOT NULL DEFAULT '{}',
    creator TEXT NOT NULL DEFAULT '',
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    UNIQUE (parent, name)
);
CREATE INDEX IF NOT EXISTS nodes_with_content ON nodes (content) WHERE content IS NOT NULL;
CREATE INDEX IF NOT EXISTS nodes_for_groups ON nodes (id)
    WHERE groupread IS NOT NULL OR groupwrite IS NOT NULL;
CREATE TABLE IF NOT EXISTS usage (
    user TEXT PRIMARY KEY,
    used_bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (
    nonce TEXT PRIMARY KEY,
    expires TEXT NOT NULL
) WITHOUT ROWID;
INSERT OR IGNORE INTO nodes (id, parent, name, type, created, modified)
    VALUES (1, 0, '', 'container', '1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z');
"""

_COLUMNS = (
    "id, name, type, content, size_bytes, md5, content_type, target, public, groupread, "
    "groupwrite, properties, creator, created, modified"
)
_NOBODY = Sharing(False, (), ())


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file.

    Attributes
    ----------
    name
        Their name among the `Contents`.
    size_bytes
        How many they are.
    md5
        Their MD5 as hexadecimal digits.
    media_type
        What they are.
    """

    name: str
    size_bytes: int
    md5: str
    media_type: str


class NodeStore:
    """The nodes of one data directory; any thread may use it.

    Parameters
    ----------
    path
        The database; made when it is not there.

    Raises
    ------
    InternalFaultError
        When the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        try:
            self._database = database.opened(path, _SCHEMA)
            self._counts = NodeCounts(self._database)
        except sqlite3.Error as error:
            raise InternalFaultError(
                f"Virtual storage in {path} cannot be read: {error}.",
                "Put a copy of that file back; “datalab-server check” tells what is wrong.",
            ) from error

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._database.close()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Make what happens in the block one change, or none when it raises."""
        with self._lock, database.changing(self._database):
            yield

    # Reading

    def along(self, path: StoragePath) -> list[Node]:
        """The nodes on the way, from the root down to the path or the last one there is."""
        with self._lock:
            row = self._database.execute(_BY_ID, (1,)).fetchone()
            found = [_node(row, StoragePath(), _NOBODY)]
            for name in path.parts:
                around = found[-1]
                row = self._database.execute(_BY_NAME, (around.id, name)).fetchone()
                if row is None:
                    break
                found.append(_node(row, _inside(around.path, name), around.sharing))
        return found

    def find(self, path: StoragePath) -> Node | None:
        """The node at a path."""
        found = self.along(path)[-1]
        return found if found.path == path else None

    def children(self, container: Node, after: str = "", limit: int = -1) -> list[Node]:
        """What is in a container, by name, from behind a name on."""
        with self._lock:
            rows = self._database.execute(_CHILDREN, (container.id, after, limit)).fetchall()
        parts, sharing = container.path.parts, container.sharing
        return [_node(row, StoragePath((*parts, row[1])), sharing) for row in rows]

    def shared_children(self, container: Node) -> list[Node]:
        """What is in a container and is shared in a way of its own."""
        with self._lock:
            rows = self._database.execute(_SHARED_CHILDREN, (container.id,)).fetchall()
        parts, sharing = container.path.parts, container.sharing
        return [_node(row, StoragePath((*parts, row[1])), sharing) for row in rows]

    def shared_with(self, groups: Collection[str]) -> Iterator[list[Node]]:
        """What was shared with any of the groups by name, each with the nodes on the way to it."""
        with self._lock:
            found = self._database.execute(_FOR_GROUPS).fetchall()
        for id_, *said in found:
            if not {name for names in said for name in (names or "").split()}.isdisjoint(groups):
                yield self.along(self._path_of(id_))

    def _path_of(self, id_: int) -> StoragePath:
        """Where a node is; the root when it was just removed."""
        with self._lock:
            rows = self._database.execute(_UPWARD, (id_,)).fetchall()
        return StoragePath(tuple(name for (name,) in reversed(rows)))

    def below(self, node: Node, reader: Caller | None = None) -> Iterator[Node]:
        """Everything in a node, each container before what is in it.

        With a reader only what that one may read, and nothing of what is in other containers: what
        is shared there is for those who were told of it.
        """
        waiting = [node]
        while waiting:
            container = waiting.pop()
            if container.type is NodeType.CONTAINER:
                for child in self.children(container):
                    if reader is None or child.readable_by(reader):
                        yield child
                        waiting.append(child)

    def property_names(self, node: Node) -> set[str]:
        """The names of the properties of all that is in a node."""
        with self._lock:
            rows = self._database.execute(
                "WITH RECURSIVE below (id) AS (VALUES (?) UNION ALL "
                "SELECT nodes.id FROM nodes JOIN below ON nodes.parent = below.id) "
                "SELECT DISTINCT key FROM below JOIN nodes USING (id), json_each(properties) "
                "WHERE properties <> '{}'",
                (node.id,),
            )
            return {row[0] for row in rows}

    def used_bytes(self, user: str) -> int:
        """The bytes that a user keeps."""
        with self._lock:
            row = self._database.execute(
                "SELECT used_bytes FROM usage WHERE user = ?", (user,)
            ).fetchone()
        return int(row[0]) if row else 0

    def unused(self, contents: Iterable[str]) -> list[str]:
        """Those of the contents that no node has."""
        with self._lock:
            return [
                name
                for name in contents
                if self._database.execute(
                    "SELECT 1 FROM nodes WHERE content = ? LIMIT 1", (name,)
                ).fetchone()
                is None
            ]

    def is_spent(self, nonce: str) -> bool:
        """Whether what may be used once was used."""
        with self._lock:
            found = self._database.execute("SELECT 1 FROM spent WHERE nonce = ?", (nonce,))
            return found.fetchone() is not None

    # Changing, each within a `changing` block

    def add(
        self,
        container: Node,
        name: str,
        type_: NodeType,
        *,
        creator: str,
        content: Content | None = None,
        target: str | None = None,
        sharing: Sharing | None = None,
        properties: Mapping[str, str] = NO_PROPERTIES,
    ) -> None:
        """Add a node.

        Raises
        ------
        QuotaExceededError
            When its user has as many as may be.
        """
        sharing = sharing or Sharing()
        owner = _inside(container.path, name).owner
        self.admit(owner, 1)
        time = now()
        self._database.execute(
            "INSERT INTO nodes (parent, name, type, content, size_bytes, md5, content_type, "
            "target, public, groupread, groupwrite, properties, creator, created, modified) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                container.id,
                name,
                type_,
                content and content.name,
                content.size_bytes if content else 0,
                content and content.md5,
                content.media_type if content else "",
                target,
                *_written_sharing(sharing),
                json.dumps(dict(properties)),
                creator,
                time,
                time,
            ),
        )
        self._touch(container, time)
        self._counts.change(owner, 1)
        if content is not None:
            self._count(owner, content.size_bytes)

    def admit(self, user: str, more: int) -> None:
        """Refuse more nodes than a user may keep, before they are added; see `NodeCounts`."""
        self._counts.admit(user, more)

    def give_content(self, node: Node, content: Content) -> None:
        """Give a node another content."""
        self._database.execute(
            "UPDATE nodes SET content = ?, size_bytes = ?, md5 = ?, content_type = ?, modified = ? "
            "WHERE id = ?",
            (
                content.name,
                content.size_bytes,
                content.md5,
                content.media_type,
                now(),
                node.id,
            ),
        )
        self._count(node.owner, content.size_bytes - node.size_bytes)

    def describe(
        self, node: Node, sharing: Sharing, properties: Mapping[str, str], content_type: str
    ) -> None:
        """Say who may read and write a node, and what it is."""
        self._database.execute(
            "UPDATE nodes SET public = ?, groupread = ?, groupwrite = ?, properties = ?, "
            "content_type = ?, modified = ? WHERE id = ?",
            (
                *_written_sharing(sharing),
                json.dumps(dict(properties)),
                content_type,
                now(),
                node.id,
            ),
        )

    def move(
        self, node: Node, container: Node, name: str, size_bytes: int, node_count: int
    ) -> None:
        """Put a node, with all that is in it, elsewhere; they are so many, of so many bytes."""
        self._database.execute(
            "UPDATE nodes SET parent = ?, name = ? WHERE id = ?", (container.id, name, node.id)
        )
        self._touch(container, now())
        to = _inside(container.path, name).owner
        if to != node.owner:
            self._counts.admit(to, node_count)
            self._counts.change(node.owner, -node_count)
            self._counts.change(to, node_count)
            self._count(node.owner, -size_bytes)
            self._count(to, size_bytes)

    def remove(self, nodes: Iterable[Node]) -> None:
        """Remove nodes; all that is in them is to be among them."""
        for node in nodes:
            self._database.execute("DELETE FROM nodes WHERE id = ?", (node.id,))
            self._counts.change(node.owner, -1)
            self._count(node.owner, -node.size_bytes)

    def spend(self, nonce: str, expires: datetime) -> bool:
        """Use up what may be used once; whether it was not used before."""
        self._database.execute("DELETE FROM spent WHERE expires < ?", (now(),))
        done = self._database.execute(
            "INSERT OR IGNORE INTO spent (nonce, expires) VALUES (?, ?)", (nonce, _time(expires))
        )
        return done.rowcount > 0

    def _touch(self, container: Node, time: str) -> None:
        self._database.execute("UPDATE nodes SET modified = ? WHERE id = ?", (time, container.id))

    def _count(self, user: str, size_bytes: int) -> None:
        if size_bytes:
            self._database.execute(
                "INSERT INTO usage (user, used_bytes) VALUES (?1, ?2) "
                "ON CONFLICT (user) DO UPDATE SET used_bytes = used_bytes + ?2",
                (user, size_bytes),
            )


_BY_ID = f"SELECT {_COLUMNS} FROM nodes WHERE id = ?"  # noqa: S608 - it is ours
_BY_NAME = f"SELECT {_COLUMNS} FROM nodes WHERE parent = ? AND name = ?"  # noqa: S608
_CHILDREN = f"SELECT {_COLUMNS} FROM nodes WHERE parent = ? AND name > ? ORDER BY name LIMIT ?"  # noqa: S608
_SHARED_CHILDREN = f"SELECT {_COLUMNS} FROM nodes WHERE parent = ? "  # noqa: S608
_SHARED_CHILDREN += "AND (public OR groupread IS NOT NULL OR groupwrite IS NOT NULL) ORDER BY name"
_FOR_GROUPS = (
    "SELECT id, groupread, groupwrite FROM nodes "
    "WHERE groupread IS NOT NULL OR groupwrite IS NOT NULL"
)
_UPWARD = (
    "WITH RECURSIVE up (id, parent, name, depth) AS ("
    "SELECT id, parent, name, 0 FROM nodes WHERE id = ? UNION ALL "
    "SELECT nodes.id, nodes.parent, nodes.name, depth + 1 FROM nodes "
    "JOIN up ON nodes.id = up.parent) SELECT name FROM up WHERE id <> 1 ORDER BY depth"
)


def now() -> str:
    """The time as it is kept: text that sorts as times do."""
    return _time(datetime.now(UTC))


def _time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _inside(path: StoragePath, name: str) -> StoragePath:
    """The path of what is in a container; its name was checked when it was kept."""
    return StoragePath((*path.parts, name))


def _written_sharing(sharing: Sharing) -> tuple[int | None, str | None, str | None]:
    return (
        None if sharing.public is None else int(sharing.public),
        None if sharing.groupread is None else " ".join(sharing.groupread),
        None if sharing.groupwrite is None else " ".join(sharing.groupwrite),
    )


def _node(row: tuple[Any, ...], path: StoragePath, around: Sharing) -> Node:
    (id_, _, type_, content, size, md5, content_type, target, public, read, write) = row[:11]
    properties, creator, created, modified = row[11:]
    if public is None and read is None and write is None:
        own, sharing = _AS_AROUND, around
    else:
        own = Sharing(
            None if public is None else bool(public),
            None if read is None else tuple(str(read).split()),
            None if write is None else tuple(str(write).split()),
        )
        sharing = own.inside(around)
    return Node(
        id_,
        path,
        _TYPES[type_],
        sharing,
        created,
        modified,
        own,
        creator,
        size,
        md5,
        content,
        content_type,
        target,
        NO_PROPERTIES if properties == "{}" else json.loads(properties),
    )


_AS_AROUND = Sharing()
_TYPES = {str(type_): type_ for type_ in NodeType}
