"""The catalogues as queries see them: what the tables are, and an engine that reads them."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import duckdb

from datalab_backend.catalogues.store import CatalogueStore, Signature
from datalab_backend.catalogues.tap_schema import TAP_SCHEMA, describe
from datalab_backend.engines.duckdb import DuckDBEngine
from datalab_backend.errors import ServiceError
from datalab_backend.metadata import Tables

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The catalogues at one moment.

    A request takes one and keeps to it: the engine reads exactly the tables that the query was
    checked against, even when they are replaced meanwhile.
    """

    tables: Tables
    engine: DuckDBEngine


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
        self, store: CatalogueStore, memory_limit: str = "50%", threads: int | None = None
    ) -> None:
        self.store = store
        self._memory_limit = memory_limit
        self._threads = threads
        self._lock = Lock()
        self._signature: Signature | None = None
        self._snapshot: Snapshot | None = None

    def now(self) -> Snapshot:
        """The catalogues as they are now."""
        with self._lock:
            signature = self.store.signature()
            if self._snapshot is None or signature != self._signature:
                self._snapshot = self._make()
                self._signature = signature
            return self._snapshot

    def _make(self) -> Snapshot:
        for _ in range(_ATTEMPTS):
            stored = self.store.tables()
            try:
                files = {table: self.store.files(table).rows for table in stored}
                rows = describe(stored)
                engine = DuckDBEngine(
                    files, rows, self.store.scratch, self._memory_limit, threads=self._threads
                )
            except duckdb.IOException:
                continue  # a table was replaced between reading its document and opening its file
            return Snapshot(Tables((*stored.schemas, TAP_SCHEMA), (*stored.tables, *rows)), engine)
        raise ServiceError(
            "The catalogues on disk cannot be opened.",
            "Start again; if this stays, the files in the data directory are damaged.",
        )
