"""What one caller sees: the surveys, their own tables, and what others share with them.

A caller who sees nothing but the surveys is given the engine that all share. For the others an
engine is made of what they see. A few of these are kept, those used last, and each is made anew
when any of its tables changes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.catalogues.store import Contents, TableFiles
from datalab_backend.metadata import Schema, Table, Tables
from datalab_backend.mydb.names import shared_schema
from datalab_backend.mydb.personal import OWN

MOST_ENGINES = 6
"""How many engines are kept beside that of the surveys."""

# Of all memory, and jobs may take as much again.
_MEMORY_LIMIT = "5%"
_OWNERS_MEMORY_LIMIT = "20%"  # whose own machine it is, most likely


@dataclass(frozen=True, slots=True)
class Shared:
    """A table that its owner shares.

    Attributes
    ----------
    owner
        The name of the owner.
    owner_uid
        The number of the owner.
    table
        What it is, in the schema in which others find it.
    files
        Where its rows are.
    shared_with
        Who may read it.
    """

    owner: str
    owner_uid: int
    table: Table
    files: TableFiles
    shared_with: tuple[str, ...]


def shared_of(owner: str, owner_uid: int, contents: Contents) -> tuple[Shared, ...]:
    """What an owner shares with anybody."""
    schema = shared_schema(owner)
    return tuple(
        Shared(owner, owner_uid, replace(table, schema=schema), contents.files[table], names)
        for table, names in contents.shared_with.items()
    )


@dataclass(slots=True)
class _Kept:
    lock: Lock
    stamp: object = None
    snapshot: Snapshot | None = None


class Views:
    """Snapshots for callers who see more than the surveys; any thread may use it.

    Parameters
    ----------
    catalogues
        The surveys.
    """

    def __init__(self, catalogues: LiveCatalogues) -> None:
        self._catalogues = catalogues
        self._lock = Lock()
        self._kept: OrderedDict[int, _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def of(
        self, key: int, is_owner: bool, own: Contents | None, shared: Sequence[Shared]
    ) -> Snapshot:
        """What somebody sees.

        Parameters
        ----------
        key
            The number of their account, or 0 for all who see what everybody sees.
        is_owner
            Whether the data directory is theirs.
        own
            Their own tables.
        shared
            What others share with them.
        """
        with self._lock:
            kept = self._kept.setdefault(key, _Kept(Lock()))
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_ENGINES:
                self._kept.popitem(last=False)
        with kept.lock:
            surveys = self._catalogues.store.contents()
            stamp = (surveys.signature, own.signature if own else None, tuple(shared))
            if kept.snapshot is None or kept.stamp != stamp:
                limit = _OWNERS_MEMORY_LIMIT if is_owner else _MEMORY_LIMIT
                seen = _together(surveys, own, shared)
                kept.snapshot = self._catalogues.opened(seen, limit)
                kept.stamp = stamp
            return kept.snapshot


def _together(surveys: Contents, own: Contents | None, shared: Sequence[Shared]) -> Contents:
    schemas, tables, files = list(surveys.tables.schemas), list(surveys.tables), dict(surveys.files)
    if own is not None and own.files:
        schemas.append(OWN)
        tables += own.tables
        files |= own.files
    told: dict[str, Schema] = {}
    for one in shared:
        name = one.table.schema
        told.setdefault(name, Schema(name, f"Tables that {one.owner} shares."))
        tables.append(one.table)
        files[one.table] = one.files
    return Contents((), Tables((*schemas, *told.values()), tuple(tables)), files)
