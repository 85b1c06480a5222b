"""What users do with their personal tables, and what each may read."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock
from uuid import uuid4

import pyarrow as pa

from datalab_backend.accounts.callers import ANONYMOUS, Caller
from datalab_backend.accounts.service import Accounts
from datalab_backend.catalogues import documents
from datalab_backend.catalogues.bulk import Report
from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.errors import AuthenticationError, NotFoundError
from datalab_backend.formats import Status
from datalab_backend.metadata import Column, Table
from datalab_backend.mydb import arrivals
from datalab_backend.mydb.arrivals import Arrival, nothing
from datalab_backend.mydb.names import SCHEMA, table_name
from datalab_backend.mydb.personal import PersonalTable, PersonalTables
from datalab_backend.mydb.sharing import PUBLIC, may_read, recipients
from datalab_backend.mydb.views import Shared, Views, shared_of

log = logging.getLogger(__name__)


class MyDB:
    """The personal tables of all users of one Data Lab; any thread may use it.

    Attributes
    ----------
    views
        The engines of those who see more than the surveys.

    Parameters
    ----------
    users
        The directory that has one for each user.
    catalogues
        The surveys, which all may read.
    accounts
        Who there is, and how much each may keep.
    """

    def __init__(self, users: Path, catalogues: LiveCatalogues, accounts: Accounts) -> None:
        self._users = users
        self._catalogues = catalogues
        self._accounts = accounts
        self.views = Views(catalogues)
        self._importing = BoundedSemaphore(_MOST_IMPORTS)
        self._lock = Lock()
        self._personal: dict[int, PersonalTables] = {}
        self._shared: dict[int, tuple[Shared, ...]] = {}
        for directory in sorted(users.glob("*/mydb")):
            self._open(directory)

    def clean(self) -> None:
        """Delete what a server that died has left; only before anything is written."""
        for personal in self._personal.values():
            personal.clean()

    # What there is

    def snapshot(self, caller: Caller) -> Snapshot:
        """What a caller may read: the surveys, their own tables, and what others share."""
        own = self._own(caller)
        contents = own.contents() if own else None
        has_own = contents is not None and bool(contents.files)
        shared = [
            one
            for uid, several in self._shared.items()
            if uid != caller.uid
            for one in several
            if may_read(caller, one.shared_with)
        ]
        if not has_own and not shared:
            return self._catalogues.now()
        personal = has_own or any(not may_read(ANONYMOUS, one.shared_with) for one in shared)
        key = caller.uid if personal else 0
        return self.views.of(key, caller.is_owner, contents if has_own else None, shared)

    def tables(self, caller: Caller) -> list[PersonalTable]:
        """The caller's own tables, by name."""
        own = self._own(caller)
        return own.listed() if own else []

    def table(self, caller: Caller, name: str) -> PersonalTable:
        """One of the caller's own tables.

        Raises
        ------
        NotFoundError
            When there is none of that name.
        """
        wanted = table_name(name)
        for known in self.tables(caller):
            if known.table.name.lower() == wanted:
                return known
        raise _unknown(wanted)

    def used_bytes(self, caller: Caller) -> int:
        """What the caller's tables take on disk."""
        own = self._own(caller)
        return own.used_bytes() if own else 0

    def quota_bytes(self, caller: Caller) -> int | None:
        """What the caller's tables may take on disk, None for any amount."""
        user = self._accounts.find(caller.name)
        return 0 if user is None else user.mydb_quota_bytes

    # What comes in

    def check_arrival(
        self, caller: Caller, name: str, replaces: bool = False, token: str = ""
    ) -> None:
        """Refuse at once what could not be kept later: a name that is none, or is taken.

        Raises
        ------
        AuthenticationError, UsageError, ConflictError
            When the caller is not signed in, or the name cannot be had.
        """
        _check_signed_in(caller)
        wanted = table_name(name)
        own = self._own(caller)
        if own and not replaces and not own.was_made(wanted, token):
            own.check_free(wanted)

    def scratch(self, caller: Caller) -> Path:
        """A directory for files on their way; what is left in it is deleted at the next start."""
        return self._made(caller).store.scratch

    @contextmanager
    def receiving(self, caller: Caller, file_name: str) -> Iterator[Path]:
        """Where a file on its way can be written, which is gone after the block."""
        directory = self.scratch(caller) / f"received-{uuid4().hex}"
        directory.mkdir()
        try:
            yield directory.resolve() / file_name
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def create(
        self,
        caller: Caller,
        name: str,
        columns: Sequence[Column],
        description: str = "",
        replaces: bool = False,
    ) -> Table:
        """Make a table without rows."""
        arrival = self._arrival(caller, name, replaces)
        personal = self._made(caller)
        made = arrivals.make_empty(personal, arrival, columns, description)
        self._changed(caller)
        return made

    def import_file(
        self,
        caller: Caller,
        name: str,
        path: Path,
        replaces: bool = False,
        appends: bool = False,
        description: str = "",
        hdu: str | None = None,
    ) -> Report:
        """Make a file a table, or add its rows to one; see `arrivals.import_file`."""
        arrival = self._arrival(caller, name, replaces, appends)
        with self._importing:
            report = arrivals.import_file(self._made(caller), arrival, path, description, hdu)
        self._changed(caller)
        return report

    def store(
        self,
        caller: Caller,
        name: str,
        columns: Sequence[Column],
        batches: Iterable[pa.RecordBatch],
        status: Status | None = None,
        replaces: bool = False,
        go_on: Callable[[], None] = nothing,
        token: str = "",
    ) -> Table:
        """Make the rows of a query a table; see `arrivals.keep_result`."""
        arrival = self._arrival(caller, name, replaces)
        made = arrivals.keep_result(
            self._made(caller), arrival, columns, batches, status or Status(), go_on, token
        )
        self._changed(caller)
        return made

    # What changes

    def rename(self, caller: Caller, name: str, to: str) -> Table:
        """Give a table another name; with whom it is shared stays as it is."""
        new = table_name(to)
        renamed = self._having(caller, name).rename(table_name(name), new)
        self._changed(caller)
        return renamed

    def copy(self, caller: Caller, name: str, to: str) -> Table:
        """Make a table of the same rows, which is shared with nobody."""
        new = table_name(to)
        quota = self.quota_bytes(caller)
        return self._having(caller, name).copy(table_name(name), new, quota)

    def truncate(self, caller: Caller, name: str) -> Table:
        """Take all rows out of a table."""
        made = arrivals.truncate(self._having(caller, name), table_name(name))
        self._changed(caller)
        return made

    def index(
        self, caller: Caller, name: str, columns: Sequence[str], unique: bool = False
    ) -> Table:
        """Have the values of columns looked up quickly; see `arrivals.index`."""
        personal = self._having(caller, name)
        quota = self.quota_bytes(caller)
        made = arrivals.index(personal, table_name(name), columns, quota, unique)
        self._changed(caller)
        return made

    def drop(self, caller: Caller, name: str) -> None:
        """Delete a table."""
        self._having(caller, name).drop(table_name(name))
        self._changed(caller)

    def share(self, caller: Caller, name: str, given: Iterable[str]) -> tuple[str, ...]:
        """Let users, groups or the public read a table, and nobody else; nobody when empty."""
        shared_with = recipients(given)
        self._check_known(shared_with)
        self._having(caller, name).share(table_name(name), shared_with)
        self._changed(caller)
        return shared_with

    def describe(self, caller: Caller, name: str, description: str) -> None:
        """Say what a table holds."""
        self._having(caller, name).describe(table_name(name), " ".join(description.split()))
        self._changed(caller)

    # Whose

    def _check_known(self, names: Iterable[str]) -> None:
        """Refuse names that are nobody's: whoever got one later would find the table."""
        groups = self._accounts.groups()
        for name in names:
            if name != PUBLIC and name not in groups and self._accounts.find(name) is None:
                raise NotFoundError(
                    f"There is no user or group “{name[:60]}”.",
                    "Give the name of a user or a group, or “public”.",
                )

    def _arrival(
        self, caller: Caller, name: str, replaces: bool = False, appends: bool = False
    ) -> Arrival:
        _check_signed_in(caller)
        return Arrival(table_name(name), self.quota_bytes(caller), replaces, appends)

    def _own(self, caller: Caller) -> PersonalTables | None:
        return None if caller.is_anonymous else self._personal.get(caller.uid)

    def _having(self, caller: Caller, name: str) -> PersonalTables:
        _check_signed_in(caller)
        own = self._own(caller)
        if own is None:
            raise _unknown(table_name(name))
        return own

    def _made(self, caller: Caller) -> PersonalTables:
        _check_signed_in(caller)
        with self._lock:
            found = self._personal.get(caller.uid)
            if found is None:
                directory = self._users / str(caller.uid) / "mydb"
                self._users.mkdir(mode=0o700, parents=True, exist_ok=True)
                directory.parent.mkdir(mode=0o700, exist_ok=True)
                found = PersonalTables(directory, caller.name)
                told = {"uid": caller.uid, "name": caller.name}
                documents.write_json(directory / _OWNER_FILE, told)
                self._personal[caller.uid] = found
            return found

    def _open(self, directory: Path) -> None:
        """Take in the tables of a user, as an earlier server left them."""
        try:
            told = json.loads((directory / _OWNER_FILE).read_text(encoding="utf-8"))
            uid, name = int(told["uid"]), str(told["name"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("Whose tables are in %s is not known: %s", directory, error)
            return
        personal = PersonalTables(directory, name)
        self._personal[uid] = personal
        self._shared[uid] = shared_of(name, uid, personal.contents())

    def _changed(self, caller: Caller) -> None:
        """Look anew at what a caller shares."""
        with self._lock:
            own = self._personal[caller.uid]
            shared = shared_of(own.owner, caller.uid, own.contents())
            if shared or caller.uid in self._shared:
                self._shared = {**self._shared, caller.uid: shared}


_MOST_IMPORTS = 4  # at once, since each takes memory
_OWNER_FILE = "owner.json"


def _check_signed_in(caller: Caller) -> None:
    if caller.is_anonymous:
        raise AuthenticationError(
            "Tables of your own need an account.", "Sign in, and send your token."
        )


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(
        f'The relation "{name}" is not known: you have no table {SCHEMA}.{name}.',
        "List your tables to see their names.",
    )
