"""SQLite databases of a data directory, which survive whatever ends the server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATIENCE_S = 10.0


def opened(path: Path, schema: str = "") -> sqlite3.Connection:
    """Open a database that any thread may use, one at a time.

    Readers never wait for writers, whichever process they are in, and what was said to be kept
    outlives a power cut.

    Parameters
    ----------
    path
        The database; made when it is not there.
    schema
        What makes its tables where there are none.

    Raises
    ------
    sqlite3.Error
        When the file is damaged, or is no database.
    """
    database = sqlite3.connect(path, _PATIENCE_S, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(schema)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def changing(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Make what happens in the block one change, or none when it raises."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
        database.execute("COMMIT")
    except BaseException:
        # Of some faults SQLite itself takes the change back.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
