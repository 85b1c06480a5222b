"""Looks whether what is kept of users' files fits together, and mends what does not."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from datalab_backend.storage.contents import Contents

_PIECE_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be.

    Attributes
    ----------
    what
        What it is, as a sentence.
    mending
        What is done about it, as a sentence.
    harmless
        Whether it is nothing but what an interrupted server has left, which the next start removes.
    """

    what: str
    mending: str
    harmless: bool = False


class StorageCheck:
    """One look at the virtual storage of a data directory.

    Parameters
    ----------
    directory
        The directory of virtual storage.
    deep
        Whether all bytes are read, to compare them with their MD5.
    repair
        Whether what is wrong is mended; no server may be running then.
    """

    def __init__(self, directory: Path, deep: bool = False, repair: bool = False) -> None:
        self._directory = directory
        self._contents = Contents(directory)
        self._deep = deep
        self._repair = repair

    def findings(self) -> Iterator[Finding]:
        """Look at all there is, and mend it while looking when that was asked for."""
        path = self._directory / "nodes.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as self._database:
            yield from self._lost_nodes()
            yield from self._contents_of_nodes()
            yield from self._left_over()
            yield from self._sums()

    def _lost_nodes(self) -> Iterator[Finding]:
        lost = self._database.execute(
            "SELECT id, name FROM nodes WHERE id <> 1 AND parent NOT IN "
            "(SELECT id FROM nodes WHERE type = 'container')"
        ).fetchall()
        for node, name in lost:
            if self._repair:
                self._database.execute("DELETE FROM nodes WHERE id = ?", (node,))
            yield Finding(f"The node “{name}” is in no container.", "It is removed.")

    def _contents_of_nodes(self) -> Iterator[Finding]:
        rows = self._database.execute(
            "SELECT id, content, size_bytes, md5 FROM nodes WHERE type = 'data' ORDER BY id"
        ).fetchall()
        for node, content, size, md5 in rows:
            path = self._contents.path(content or "none")
            try:
                found = path.stat().st_size
                digest = _md5(path) if self._deep and found == size else md5
            except FileNotFoundError:
                if not self._is_still(node, content):
                    continue
                yield Finding(f"The content of {self._place(node)} is lost.", "It is removed.")
                if self._repair:
                    self._database.execute("DELETE FROM nodes WHERE id = ?", (node,))
                continue
            if (found, digest) == (size, md5) or not self._is_still(node, content):
                continue
            wrong = f"has {found:,} bytes, not {size:,}" if found != size else "has another MD5"
            yield Finding(
                f"The content of {self._place(node)} {wrong}: it is damaged.",
                "Its size and MD5 are set to what there is.",
            )
            if self._repair:
                self._database.execute(
                    "UPDATE nodes SET size_bytes = ?, md5 = ? WHERE id = ?",
                    (found, _md5(path), node),
                )

    def _left_over(self) -> Iterator[Finding]:
        for path in self._contents.unfinished():
            if self._repair:
                path.unlink(missing_ok=True)
            yield Finding("A file was being written.", "What there is of it is removed.", True)
        for name in list(self._contents.names()):
            used = self._database.execute("SELECT 1 FROM nodes WHERE content = ?", (name,))
            if used.fetchone() is None and self._contents.path(name).exists():
                if self._repair:
                    self._contents.remove([name])
                yield Finding(f"The content {name} is no file's.", "It is removed.", True)

    def _sums(self) -> Iterator[Finding]:
        self._database.execute("BEGIN")  # both sums of one moment
        try:
            kept = dict(self._database.execute("SELECT user, used_bytes FROM usage"))
            true = dict(self._database.execute(_USED))
        finally:
            self._database.execute("ROLLBACK")
        for user in sorted(kept.keys() | true.keys()):
            counted, there = kept.get(user, 0), true.get(user, 0)
            if counted == there:
                continue
            if self._repair:
                self._database.execute(
                    "INSERT OR REPLACE INTO usage (user, used_bytes) VALUES (?, ?)", (user, there)
                )
            yield Finding(
                f"{user} is counted as keeping {counted:,} bytes, and keeps {there:,}.",
                "The count is put right.",
            )

    def _is_still(self, node: int, content: str) -> bool:
        """Whether a node has the content yet, which a running server may have replaced."""
        row = self._database.execute("SELECT content FROM nodes WHERE id = ?", (node,)).fetchone()
        return row is not None and row[0] == content

    def _place(self, node: int) -> str:
        names: list[str] = []
        while node > 1:
            row = self._database.execute("SELECT parent, name FROM nodes WHERE id = ?", (node,))
            found = row.fetchone()
            if found is None:
                break
            node = found[0]
            names.append(found[1])
        return "/" + "/".join(reversed(names))


_USED = """
WITH RECURSIVE below (id, user) AS (
    SELECT id, name FROM nodes WHERE parent = 1
    UNION ALL SELECT nodes.id, below.user FROM nodes JOIN below ON nodes.parent = below.id
)
SELECT user, SUM(size_bytes) FROM below JOIN nodes USING (id) GROUP BY user
"""


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
