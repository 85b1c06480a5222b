"""How many nodes users keep: names take room too, and time of all who wait for them."""

from __future__ import annotations

import sqlite3

from datalab_backend.storage.faults import QuotaExceededError

MOST_NODES = 1_000_000

# Of this connection alone, and made true by counting: it cannot differ from what there is.
_SCHEMA = """
PRAGMA temp_store = MEMORY;
CREATE TEMP TABLE counts (user TEXT PRIMARY KEY, nodes INTEGER NOT NULL) WITHOUT ROWID;
"""

_COUNTED = """
WITH RECURSIVE below (id) AS (
    SELECT id FROM nodes WHERE parent = 1 AND name = ?
    UNION ALL SELECT nodes.id FROM nodes JOIN below ON nodes.parent = below.id
)
SELECT COUNT(*) FROM below
"""


class NodeCounts:
    """The numbers of nodes, each counted when it is first needed; changed with the nodes.

    Parameters
    ----------
    database
        Where the nodes are. Whoever calls holds its lock, within a change.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(_SCHEMA)

    def admit(self, user: str, more: int) -> None:
        """Refuse more nodes than a user may keep.

        Raises
        ------
        QuotaExceededError
            When there would be too many.
        """
        sql = "SELECT nodes FROM counts WHERE user = ?"
        row = self._database.execute(sql, (user,)).fetchone()
        if row is None:
            row = self._database.execute(_COUNTED, (user,)).fetchone()
            self._database.execute("INSERT INTO counts VALUES (?, ?)", (user, row[0]))
        if row[0] + more > MOST_NODES:
            raise QuotaExceededError(
                f"There is no room for {more:,} more files and containers: {row[0]:,} of the "
                f"{MOST_NODES:,} that may be kept are there.",
                "Delete those that are no longer needed, or pack many into one.",
            )

    def change(self, user: str, more: int) -> None:
        """Count nodes that were added to those of a user, or, when negative, taken away."""
        sql = "UPDATE counts SET nodes = nodes + ? WHERE user = ?"
        self._database.execute(sql, (more, user))
