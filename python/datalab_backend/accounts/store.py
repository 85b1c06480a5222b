"""Users, groups and tokens on disk: a SQLite database that commands may change under a server.

Every change is one short transaction. Readers never wait for writers, whichever process they are
in, so that the server may look a token up in the middle of everything else.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any

from datalab_backend import database
from datalab_backend.accounts.callers import DLDEMO_UID, DLTEST_UID
from datalab_backend.accounts.user import User
from datalab_backend.errors import ConflictError, ServiceError

FIRST_UID = 1000

# Whoever has more signs in anew without end; the oldest make room.
_MOST_TOKENS = 100

_SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    uid INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    password TEXT,
    hub_name TEXT UNIQUE,
    disabled INTEGER NOT NULL DEFAULT 0,
    storage_quota_bytes INTEGER,
    mydb_quota_bytes INTEGER,
    created TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS groups (
    name TEXT PRIMARY KEY,
    created TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS removed_groups (
    name TEXT PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS removed_users (
    uid INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS members (
    group_name TEXT NOT NULL REFERENCES groups (name) ON DELETE CASCADE,
    uid INTEGER NOT NULL REFERENCES users (uid),
    PRIMARY KEY (group_name, uid)
);
CREATE INDEX IF NOT EXISTS groups_of_user ON members (uid);
CREATE TABLE IF NOT EXISTS tokens (
    digest BLOB PRIMARY KEY,
    uid INTEGER NOT NULL REFERENCES users (uid),
    created TEXT NOT NULL,
    expires TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tokens_of_user ON tokens (uid, created);
"""

_USER = (
    "users.uid, users.name, users.password IS NOT NULL, users.hub_name, users.disabled, "
    "users.storage_quota_bytes, users.mydb_quota_bytes, users.created, "
    "(SELECT group_concat(group_name, ' ') FROM members WHERE members.uid = users.uid)"
)


class AccountStore:
    """The accounts of one data directory; any thread may use it, and several processes.

    Parameters
    ----------
    path
        The database; made, readable by its owner only, when it is not there.

    Raises
    ------
    ServiceError
        When the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._locks = RLock(), RLock()
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with self._telling_faults():
            self._writer = database.opened(path, _SCHEMA)
            self._writer.execute("PRAGMA foreign_keys = ON")
            self._reader = database.opened(path)
            self._reader.execute("PRAGMA query_only = ON")

    def close(self) -> None:
        """Close the database."""
        for lock, opened in zip(self._locks, (self._writer, self._reader), strict=True):
            with lock:
                opened.close()

    # Users

    def user(self, name: str) -> User | None:
        """Find a user by name."""
        return self._one_user("WHERE name = ?", name)

    def hub_user(self, hub_name: str) -> User | None:
        """Find a user by what the JupyterHub calls them."""
        return self._one_user("WHERE hub_name = ?", hub_name)

    def users(self) -> list[User]:
        """All users, in the order in which they came."""
        return [_user(row) for row in self._read(f"SELECT {_USER} FROM users ORDER BY uid")]  # noqa: S608

    def any_users(self) -> bool:
        """Whether there are users."""
        return bool(self._read("SELECT 1 FROM users LIMIT 1"))

    def password(self, name: str) -> str | None:
        """The hash of a user's password; None when there is neither."""
        rows = self._read("SELECT password FROM users WHERE name = ?", name)
        return rows[0][0] if rows else None

    def add_user(self, user: User, password: str | None) -> User:
        """Add a user, whose number is found here.

        Raises
        ------
        ConflictError
            When a user or group is called so already, or was.
        """
        with self._writing() as writer:
            self._refuse_taken(writer, user.name)
            self._refuse_taken_on_hub(writer, user.hub_name, 0)
            (uid,) = writer.execute(
                "SELECT max(uid) FROM (SELECT uid FROM users UNION SELECT uid FROM removed_users)"
            ).fetchone()
            uid = FIRST_UID if uid is None else uid + 1
            while uid in (DLTEST_UID, DLDEMO_UID):
                uid += 1
            writer.execute(
                "INSERT INTO users (uid, name, password, hub_name, storage_quota_bytes, "
                "mydb_quota_bytes, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    uid,
                    user.name,
                    password,
                    user.hub_name,
                    user.storage_quota_bytes,
                    user.mydb_quota_bytes,
                    _written(datetime.now(UTC)),
                ),
            )
            return _user(_row(writer, uid))

    def set_password(self, uid: int, password: str, old: str | None = None) -> bool:
        """Replace a password; all tokens that the old one gave are dead with it.

        With the hash of an old one only when that is still the user's; whether it was replaced.
        """
        with self._writing() as writer:
            sql = "UPDATE users SET password = ?1 WHERE uid = ?2 AND (?3 IS NULL OR password = ?3)"
            if not writer.execute(sql, (password, uid, old)).rowcount:
                return False
            writer.execute("DELETE FROM tokens WHERE uid = ?", (uid,))
            return True

    def remove_user(self, uid: int) -> None:
        """Remove a user, whose name and number are never given again."""
        with self._writing() as writer:
            for table in ("members", "tokens"):
                writer.execute(f"DELETE FROM {table} WHERE uid = ?", (uid,))  # noqa: S608 - ours
            writer.execute(
                "INSERT INTO removed_users SELECT uid, name FROM users WHERE uid = ?", (uid,)
            )
            writer.execute("DELETE FROM users WHERE uid = ?", (uid,))

    def removed_user(self, name: str) -> int | None:
        """The number of a user who was removed."""
        rows = self._read("SELECT uid FROM removed_users WHERE name = ?", name)
        return rows[0][0] if rows else None

    def set_disabled(self, uid: int, disabled: bool) -> None:
        """Let a user in no longer, or again. Their tokens are gone for good."""
        with self._writing() as writer:
            writer.execute("UPDATE users SET disabled = ? WHERE uid = ?", (disabled, uid))
            writer.execute("DELETE FROM tokens WHERE uid = ?", (uid,))

    def set_hub_name(self, uid: int, hub_name: str | None) -> None:
        """Say who of the JupyterHub this user is.

        Raises
        ------
        ConflictError
            When another user is.
        """
        with self._writing() as writer:
            self._refuse_taken_on_hub(writer, hub_name, uid)
            writer.execute("UPDATE users SET hub_name = ? WHERE uid = ?", (hub_name, uid))

    def set_quotas(self, uid: int, quotas: dict[str, int | None]) -> None:
        """Set some of the quotas, all in one step; by the names of `User`."""
        with self._writing() as writer:
            for column in ("storage_quota_bytes", "mydb_quota_bytes"):
                if column in quotas:
                    sql = f"UPDATE users SET {column} = ? WHERE uid = ?"  # noqa: S608 - ours
                    writer.execute(sql, (quotas[column], uid))

    # Groups

    def groups(self) -> dict[str, list[str]]:
        """The names of the members of each group."""
        found: dict[str, list[str]] = {}
        for group, name in self._read(
            "SELECT groups.name, users.name FROM groups LEFT JOIN members ON group_name = "
            "groups.name LEFT JOIN users USING (uid) ORDER BY groups.name, users.name"
        ):
            found.setdefault(group, []).extend([name] if name else [])
        return found

    def add_group(self, name: str) -> None:
        """Make a group.

        Raises
        ------
        ConflictError
            When a user or group is called so already, or was.
        """
        with self._writing() as writer:
            self._refuse_taken(writer, name)
            writer.execute("INSERT INTO groups VALUES (?, ?)", (name, _written(datetime.now(UTC))))

    def remove_group(self, name: str) -> bool:
        """Remove a group, whose name is never given again; whether there was one."""
        with self._writing() as writer:
            if not writer.execute("DELETE FROM groups WHERE name = ?", (name,)).rowcount:
                return False
            writer.execute("INSERT INTO removed_groups VALUES (?)", (name,))
            return True

    def change_members(self, group: str, add: Sequence[int], remove: Sequence[int]) -> bool:
        """Let users into a group and out of it; whether there is such a group."""
        with self._writing() as writer:
            if not writer.execute("SELECT 1 FROM groups WHERE name = ?", (group,)).fetchone():
                return False
            writer.executemany(
                "INSERT OR IGNORE INTO members VALUES (?, ?)", [(group, uid) for uid in add]
            )
            writer.executemany(
                "DELETE FROM members WHERE group_name = ? AND uid = ?",
                [(group, uid) for uid in remove],
            )
            return True

    # Tokens

    def add_token(
        self, digest: bytes, uid: int, lifetime: timedelta, password: str | None = None
    ) -> datetime | None:
        """Keep the digest of a new token.

        Parameters
        ----------
        digest
            Of the token.
        uid
            Of the user.
        lifetime
            How long it is good.
        password
            The hash that the user's password was compared with; None when there was no password.

        Returns
        -------
        datetime or None
            When it expires; None when the user may no longer come in, or not by that password.
        """
        now = datetime.now(UTC)
        expires = (now + lifetime).replace(microsecond=0)
        with self._writing() as writer:
            still = "SELECT 1 FROM users WHERE uid = ?1 AND NOT disabled "
            still += "AND (?2 IS NULL OR password = ?2)"
            if not writer.execute(still, (uid, password)).fetchone():
                return None
            writer.execute("DELETE FROM tokens WHERE expires <= ?", (_written(now),))
            writer.execute(
                "DELETE FROM tokens WHERE digest IN (SELECT digest FROM tokens WHERE uid = ? "
                "ORDER BY created DESC LIMIT -1 OFFSET ?)",
                (uid, _MOST_TOKENS - 1),
            )
            writer.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?)",
                (digest, uid, _written(now), _written(expires)),
            )
        return expires

    def token(self, digest: bytes) -> tuple[User, datetime] | None:
        """Whose token it is and when it expires; None when it is not taken."""
        rows = self._read(
            f"SELECT {_USER}, expires FROM tokens JOIN users USING (uid) "  # noqa: S608 - ours
            "WHERE digest = ? AND expires > ? AND NOT disabled",
            digest,
            _written(datetime.now(UTC)),
        )
        return (_user(rows[0][:-1]), datetime.fromisoformat(rows[0][-1])) if rows else None

    def remove_token(self, digest: bytes) -> bool:
        """Take a token no longer; whether it was taken."""
        with self._writing() as writer:
            return writer.execute("DELETE FROM tokens WHERE digest = ?", (digest,)).rowcount > 0

    def has_token(self, uid: int) -> bool:
        """Whether a user is signed in anywhere."""
        now = _written(datetime.now(UTC))
        return bool(self._read("SELECT 1 FROM tokens WHERE uid = ? AND expires > ?", uid, now))

    # The database

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Give the database for changes that are made all together or not at all."""
        with self._locks[0], self._telling_faults(), database.changing(self._writer) as writer:
            yield writer

    def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._locks[1], self._telling_faults():
            return self._reader.execute(sql, values).fetchall()

    @contextmanager
    def _telling_faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ServiceError(
                f"The accounts in {self._path} cannot be used: {error}.",
                "See that the disk has room and that the file is whole.",
            ) from error

    def _one_user(self, condition: str, value: str) -> User | None:
        rows = self._read(f"SELECT {_USER} FROM users {condition}", value)  # noqa: S608 - ours
        return _user(rows[0]) if rows else None

    def _refuse_taken(self, writer: sqlite3.Connection, name: str) -> None:
        for what, table in (("user", "users"), ("group", "groups")):
            sql = f"SELECT 1 FROM {table} WHERE name = ?"  # noqa: S608 - ours
            if writer.execute(sql, (name,)).fetchone():
                raise ConflictError(f"There is a {what} “{name}” already.", "Choose another name.")
        # What was shared with them still bears their names.
        for what in ("user", "group"):
            sql = f"SELECT 1 FROM removed_{what}s WHERE name = ?"  # noqa: S608 - ours
            if writer.execute(sql, (name,)).fetchone():
                raise ConflictError(
                    f"There was a {what} “{name}”, and that name is never given again.",
                    "Choose another name.",
                )

    def _refuse_taken_on_hub(
        self, writer: sqlite3.Connection, hub_name: str | None, uid: int
    ) -> None:
        sql = "SELECT name FROM users WHERE hub_name = ? AND uid <> ?"
        if found := writer.execute(sql, (hub_name, uid)).fetchone():
            raise ConflictError(
                f"“{hub_name}” of the hub has another account, {found[0]}.",
                f"`datalab-server user hub {found[0]}` takes it away from that one.",
            )


def _row(writer: sqlite3.Connection, uid: int) -> tuple[Any, ...]:
    sql = f"SELECT {_USER} FROM users WHERE uid = ?"  # noqa: S608 - ours
    row: tuple[Any, ...] = writer.execute(sql, (uid,)).fetchone()
    return row


def _user(row: tuple[Any, ...]) -> User:
    uid, name, has_password, hub_name, disabled, storage, mydb, created, groups = row
    return User(
        name=name,
        uid=uid,
        groups=frozenset((groups or "").split()),
        disabled=bool(disabled),
        storage_quota_bytes=storage,
        mydb_quota_bytes=mydb,
        has_password=bool(has_password),
        hub_name=hub_name,
        created=created,
    )


def _written(time: datetime) -> str:
    """A time as text that sorts as times do."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")
