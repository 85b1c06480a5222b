"""The tables of one user: a catalogue store of their own, in one schema."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from datalab_backend import disk
from datalab_backend.catalogues import documents
from datalab_backend.catalogues.documents import StoredTable
from datalab_backend.catalogues.store import CatalogueStore, Contents
from datalab_backend.errors import ConflictError, NotFoundError, QuotaError
from datalab_backend.metadata import Schema, Table
from datalab_backend.mydb.names import SCHEMA
from datalab_backend.mydb.quota import size_bytes
from datalab_backend.sizes import written

OWN = Schema(SCHEMA, "Your own tables.")


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """A personal table, as its owner sees it.

    Attributes
    ----------
    table
        What it is.
    size_bytes
        What it takes on disk.
    created
        When its rows were written.
    shared_with
        The users, groups or “public” who may read it.
    """

    table: Table
    size_bytes: int
    created: datetime
    shared_with: tuple[str, ...]


class PersonalTables:
    """The tables of one user; any thread may use them.

    Parameters
    ----------
    directory
        Where they are kept; made when it is not there.
    owner
        The name of the user.
    """

    def __init__(self, directory: Path, owner: str) -> None:
        self.owner = owner
        self.store = CatalogueStore(directory, SCHEMA)

    def clean(self) -> None:
        """Delete what a server that died has left; only before anything is written."""
        self.store.clean()
        shutil.rmtree(self.store.data / "ingest", ignore_errors=True)

    def contents(self) -> Contents:
        """The tables as they are now."""
        return self.store.contents()

    def listed(self) -> list[PersonalTable]:
        """What there is, by name."""
        now = self.contents()
        found = []
        for table in now.tables.of(SCHEMA):
            rows = now.files[table].rows
            try:
                created = datetime.fromtimestamp(rows.stat().st_mtime, UTC)
            except FileNotFoundError:
                continue  # dropped, or replaced, this very moment
            shared_with = now.shared_with.get(table, ())
            found.append(PersonalTable(table, size_bytes(rows.parent), created, shared_with))
        return found

    def find(self, name: str) -> Table:
        """The table of a name.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        found = self.contents().tables.find(f"{SCHEMA}.{name}")
        if found is None:
            raise NotFoundError(
                f'The relation "{name}" is not known: you have no table {SCHEMA}.{name}.',
                "List your tables to see their names.",
            )
        return found

    def check_free(self, name: str) -> None:
        """Refuse a name that is taken.

        Raises
        ------
        ConflictError
            When there is such a table.
        """
        if self.contents().tables.find(f"{SCHEMA}.{name}") is not None:
            raise ConflictError(
                f"Table name already exists: you have a table {SCHEMA}.{name}.",
                "It can be dropped, or replaced with REPLACE=true; or choose another name.",
            )

    def was_made(self, name: str, token: str) -> bool:
        """Whether the table of a name was made on an errand of that name (`StoredTable.added`)."""
        stored = self._stored(name) if token else None
        return stored is not None and stored.added == token

    def same_readers(self, name: str) -> Callable[[], None]:
        """What refuses to replace the table of a name by rows that others were not to read.

        A new version is shared as the one before. When another table, shared with others, has
        taken the name since this was called, its readers are not those that were meant.
        """
        meant = self._stored(name)

        def check() -> None:
            now = self._stored(name)
            if now is None or (meant is not None and meant.data == now.data):
                return
            if new := sorted({*now.shared_with} - {*(meant.shared_with if meant else ())}):
                raise ConflictError(
                    f"{SCHEMA}.{name} is another table by now, which {', '.join(new)} may read; "
                    "nothing was changed.",
                    "Write it under another name, or once more, if that one is to be replaced.",
                )

        return check

    def _stored(self, name: str) -> StoredTable | None:
        found = self.contents().tables.find(f"{SCHEMA}.{name}")
        return None if found is None else documents.read_table(self.store.document(found))

    def used_bytes(self) -> int:
        """What all the tables take on disk."""
        now = self.contents()
        return sum(size_bytes(files.rows.parent) for files in now.files.values())

    def admission(
        self, name: str, quota_bytes: int | None, before: Callable[[], None] | None = None
    ) -> Callable[[Path], None]:
        """What looks at a new version of a table before it is shown: whether it fits in the quota.

        It is asked while the store is being written, so that two writers never both take what is
        left.

        Parameters
        ----------
        name
            The table.
        quota_bytes
            How much all may take; None for any amount.
        before
            Asked first; raises when the table is no longer wanted.
        """

        def admit(data: Path) -> None:
            if before is not None:
                before()
            if quota_bytes is None:
                return
            now = self.contents()
            others = sum(
                size_bytes(files.rows.parent)
                for table, files in now.files.items()
                if table.name.lower() != name
            )
            wanted = size_bytes(data)
            if others + wanted > quota_bytes:
                raise QuotaError(
                    f"{SCHEMA}.{name} takes {written(wanted)}, but of your quota of "
                    f"{written(quota_bytes)} only {written(max(quota_bytes - others, 0))} are "
                    "left; nothing was kept.",
                    "Drop tables that are no longer needed, or keep fewer rows and columns.",
                )

        return admit

    def rename(self, name: str, to: str) -> Table:
        """Give a table another name, in one step."""
        with self.store.writing():
            old = self.find(name)
            if name != to:
                self.check_free(to)
                new = replace(old, name=to)
                self.store.document(old).rename(self.store.document(new))
                disk.sync(self.store.document(new).parent)
            return self.find(to)

    def drop(self, name: str) -> None:
        """Delete a table."""
        with self.store.writing():
            document = self.store.document(self.find(name))
            document.unlink()
            disk.sync(document.parent)
            self.store.delete_unused()

    def copy(self, name: str, to: str, quota_bytes: int | None) -> Table:
        """Make a table of the same rows; nobody else sees it at first.

        The files never change, so that both tables have the same ones; each counts for the quota.
        """
        with self.store.writing():
            old = self.find(name)
            self.check_free(to)
            stored = documents.read_table(self.store.document(old))
            directory = self.store.schema_directory(SCHEMA)
            source = directory / stored.data
            # Never the directory of another table: a renamed one keeps that of its first name.
            data = directory / f"{to}.{uuid4().hex[:12]}"
            self.admission(to, quota_bytes)(source)
            shutil.copytree(source, data, copy_function=_link)
            new = replace(stored.table, name=to)
            documents.write_table(
                self.store.document(new),
                replace(stored, table=new, data=data.name, shared_with=(), added=""),
            )
            return self.find(to)

    def share(self, name: str, shared_with: tuple[str, ...]) -> None:
        """Let these, and nobody else, read a table."""
        self._change(name, lambda stored: replace(stored, shared_with=shared_with))

    def describe(self, name: str, description: str) -> None:
        """Say what a table holds."""
        self._change(
            name,
            lambda stored: replace(stored, table=replace(stored.table, description=description)),
        )

    def _change(self, name: str, change: Callable[[StoredTable], StoredTable]) -> None:
        with self.store.writing():
            document = self.store.document(self.find(name))
            documents.write_table(document, change(documents.read_table(document)))


def _link(source: str, target: str) -> None:
    try:
        Path(target).hardlink_to(source)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)
