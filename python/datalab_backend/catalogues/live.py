"""The catalogues as queries see them: what the tables are, and an engine that reads them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from datalab_backend.catalogues.counts import Counts
from datalab_backend.catalogues.store import CatalogueStore, Contents, TableFiles
from datalab_backend.catalogues.tap_schema import TAP_SCHEMA, describe
from datalab_backend.engines.duckdb import DuckDBEngine, UnreadableTableError
from datalab_backend.metadata import Table, Tables

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The catalogues at one moment.

    A request takes one and keeps to it: the engine reads exactly the tables that the query was
    checked against, even when they are replaced meanwhile.
    """

    tables: Tables
    engine: DuckDBEngine
    files: Mapping[Table, TableFiles]

    def density(self, table: Table) -> Counts | None:
        """The counts of a table's rows on the sky, None for a table without positions."""
        path = self.files[table].density if table in self.files else None
        return None if path is None else Counts.load(path)


class LiveCatalogues:
    """Snapshots of a store, made anew when it changes on disk.

    An old engine and its files are freed when the last request that holds its snapshot is done.

    Parameters
    ----------
    store
        The data directory.
    memory_limit, threads
        As for `DuckDBEngine`.
    """

    def __init__(
        self, store: CatalogueStore, memory_limit: str = "30%", threads: int | None = None
    ) -> None:
        self.store = store
        self._memory_limit = memory_limit
        self._threads = threads
        self._lock = Lock()
        self._contents: Contents | None = None
        self._snapshot: Snapshot | None = None

    def now(self) -> Snapshot:
        """The catalogues as they are now."""
        with self._lock:
            contents = self.store.contents()
            if self._snapshot is None or contents is not self._contents:
                self._snapshot = self._make(contents)
                self._contents = contents
            return self._snapshot

    def _make(self, contents: Contents) -> Snapshot:
        stored = contents.tables
        while True:
            described = describe(stored)
            try:
                rows = {table: contents.files[table].rows for table in stored}
                engine = DuckDBEngine(
                    rows, described, self.store.scratch, self._memory_limit, threads=self._threads
                )
            except UnreadableTableError as error:
                # Damaged, or replaced this very moment; then the next snapshot has it again.
                log.error("The rows of %s cannot be read, so it is hidden.", error, exc_info=True)
                readable = tuple(table for table in stored if table != error.table)
                stored = Tables(stored.schemas, readable)
                continue
            tables = Tables((*stored.schemas, TAP_SCHEMA), (*stored.tables, *described))
            return Snapshot(tables, engine, contents.files)
