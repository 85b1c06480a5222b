"""The data directory: which catalogues there are and where their files lie.

A table is there when, and only when, its document ``catalogues/<schema>/<table>.json`` is; the
document points to the directory with the rows. Names of schemas and tables are lower case on disk,
so that two spellings of one name are one table.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

from datalab_backend.catalogues import documents
from datalab_backend.catalogues.counts import Counts
from datalab_backend.catalogues.documents import StoredTable
from datalab_backend.errors import NotFoundError
from datalab_backend.metadata import Schema, Table, Tables

log = logging.getLogger(__name__)

Signature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files of one version of a table.

    Attributes
    ----------
    rows
        The DuckDB database whose table ``rows`` has the rows.
    density
        The cumulative counts on the sky, None for a table without positions.
    """

    rows: Path
    density: Path | None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a data directory held at one moment.

    Attributes
    ----------
    signature
        As `CatalogueStore.signature`.
    tables
        The catalogues.
    files
        Where the rows and the density of each table lie.
    shared_with
        With whom each table is shared, where it is.
    """

    signature: Signature
    tables: Tables
    files: Mapping[Table, TableFiles]
    shared_with: Mapping[Table, tuple[str, ...]] = field(default_factory=dict)


class CatalogueStore:
    """The catalogues of one data directory; any thread may use it.

    Parameters
    ----------
    data
        The directory; it is made when it is not there.
    schema
        The one schema that all its tables are in, such as that of a user's own tables; None when
        they are in any that the server does not make itself.
    """

    def __init__(self, data: Path, schema: str | None = None) -> None:
        self.data = data
        self.schema = schema
        self.root = data / "catalogues"
        self.scratch = data / "tmp"
        self.root.mkdir(parents=True, exist_ok=True)
        self.scratch.mkdir(exist_ok=True)
        self._lock = Lock()
        self._contents: Contents | None = None

    def signature(self) -> Signature:
        """A value that changes whenever a schema or a table comes, goes or changes."""
        found = []
        for path in self.root.glob("*/*.json"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            found.append((f"{path.parent.name}/{path.name}", status.st_mtime_ns, status.st_ino))
        return tuple(sorted(found))

    def contents(self) -> Contents:
        """All that there is now, of one moment; the same object until something changes."""
        with self._lock:
            signature = self.signature()
            if self._contents is None or self._contents.signature != signature:
                self._contents = self._read(signature)
            return self._contents

    def tables(self) -> Tables:
        """All the catalogues, as they are on disk now."""
        return self.contents().tables

    def files(self, table: Table) -> TableFiles:
        """Where the rows and the density of a table lie now, whichever version of it is given."""
        now = self.contents()
        current = now.tables.find(table.full_name)
        if current is None:
            raise NotFoundError(
                f"There is no table {table.full_name}.", "List the tables to see their names."
            )
        return now.files[current]

    def density(self, table: Table) -> Counts | None:
        """The counts of a table's rows on the sky, None for a table without positions."""
        path = self.files(table).density
        return None if path is None else Counts.load(path)

    def shared_with(self, table: Table) -> tuple[str, ...]:
        """With whom a table of this name is shared now; nobody when there is none."""
        document = _read_or_none(self.document(table))
        return document.shared_with if document else ()

    def schema_directory(self, schema: str) -> Path:
        """The directory with a schema's documents and data."""
        return self.root / schema.lower()

    def document(self, table: Table) -> Path:
        """The document of a table, whether it is there or not."""
        return self.schema_directory(table.schema) / f"{table.name.lower()}.json"

    @contextmanager
    def writing(self, wait: bool = True) -> Iterator[bool]:
        """Hold the right to write catalogues, which one process has at a time.

        Parameters
        ----------
        wait
            Whether to wait for another writer; otherwise the value is False when there is one.
        """
        with (self.root / "writer.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def clean(self) -> None:
        """Delete what killed processes and replaced tables have left behind.

        Call it when a server starts, before any engine: spill files are deleted too. While
        another process writes, its files are left alone.
        """
        for leftover in self.scratch.iterdir():
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)
        with self.writing(wait=False) as alone:
            if alone:
                self.delete_unused()

    def delete_unused(self) -> None:
        """Delete data that no document points to; only while `writing`.

        A running engine keeps the files that it has open, though their names are gone.
        """
        for directory in self.root.iterdir():
            if not directory.is_dir():
                continue
            described = [_read_or_none(path) for path in _table_documents(directory)]
            if None in described:
                continue  # what a damaged document points to is not known, so it is kept
            used = {document.data for document in described if document}
            for path in directory.iterdir():
                if path.is_dir() and path.name not in used:
                    shutil.rmtree(path, ignore_errors=True)

    def _read(self, signature: Signature) -> Contents:
        schemas: list[Schema] = []
        files: dict[Table, TableFiles] = {}
        shared: dict[Table, tuple[str, ...]] = {}
        views: list[StoredTable] = []
        for directory in sorted({self.root / Path(name).parent for name, _, _ in signature}):
            found = [d for d in map(_read_or_none, _table_documents(directory)) if d]
            if found:
                schemas.append(_read_schema(directory, found[0].table.schema))
                files |= {d.table: _files(directory, d) for d in found if not d.view_of}
                views += [document for document in found if document.view_of]
                shared |= {d.table: d.shared_with for d in found if d.shared_with}
        files |= _seen(views, files)
        return Contents(signature, Tables(tuple(schemas), tuple(files)), files, shared)


def _seen(views: list[StoredTable], files: Mapping[Table, TableFiles]) -> dict[Table, TableFiles]:
    """The tables that are others under a second name; one whose other is not there is hidden."""
    by_name = {table.full_name.casefold(): table for table in files}
    found = {}
    for view in views:
        other = by_name.get(view.view_of.casefold())
        if other is not None:
            given = view.table
            seen = replace(
                other, schema=given.schema, name=given.name, description=given.description
            )
            found[seen] = files[other]
    return found


def _files(directory: Path, document: StoredTable) -> TableFiles:
    data = directory / document.data
    return TableFiles(
        data / "rows.duckdb", data / "density.npy" if document.order is not None else None
    )


def _table_documents(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("*.json") if path.name != "schema.json")


def _read_schema(directory: Path, name: str) -> Schema:
    """Read a schema's document; without it the schema has no description."""
    try:
        return documents.read_schema(directory / "schema.json")
    except (OSError, ValueError, TypeError) as error:
        log.error("The description of the schema %s cannot be read: %s", name, error)
        return Schema(name)


def _read_or_none(path: Path) -> StoredTable | None:
    """Read a table's document; one that is gone or damaged hides only its own table."""
    try:
        return documents.read_table(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.error("The document %s cannot be read, so its table is hidden: %s", path, error)
        return None
