"""The catalogues as queries see them: what the tables are, and an engine that reads them."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
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

    def statistics(self, table: Table) -> bytes | None:
        """The statistics of a table's columns as JSON, None when there are none."""
        if table not in self.files:
            return None
        try:
            content = self.files[table].rows.with_name("statistics.json").read_bytes()
        except FileNotFoundError:
            return None
        told = json.loads(content)
        if told["table"] == table.full_name:
            return content
        # It was renamed since, or is read under the name that others know it by.
        return json.dumps({**told, "table": table.full_name}, ensure_ascii=False).encode()


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
        # Engines are made by a thread of usual importance, whose threads are as important: a job,
        # which is not (see `engines.background`), may be the first to ask for one.
        self._maker = ThreadPoolExecutor(1, "make-engine")
        self._maker.submit(lambda: None).result()
        self._lock = Lock()
        self._contents: Contents | None = None
        self._snapshot: Snapshot | None = None

    def now(self) -> Snapshot:
        """The catalogues as they are now."""
        with self._lock:
            contents = self.store.contents()
            if self._snapshot is None or contents is not self._contents:
                self._snapshot = self.opened(contents, self._memory_limit)
                self._contents = contents
            return self._snapshot

    def opened(self, contents: Contents, memory_limit: str) -> Snapshot:
        """Open an engine on any tables as they are; one that cannot be read is left out."""
        return self._maker.submit(
            _snapshot, contents, self.store.scratch, memory_limit, self._threads
        ).result()


def _snapshot(
    contents: Contents, scratch: Path, memory_limit: str, threads: int | None
) -> Snapshot:
    stored = contents.tables
    while True:
        described = describe(stored)
        try:
            rows = {table: contents.files[table].rows for table in stored}
            engine = DuckDBEngine(rows, described, scratch, memory_limit, threads=threads)
        except UnreadableTableError as error:
            # Damaged, or replaced this very moment; then the next snapshot has it again.
            log.error("The rows of %s cannot be read, so it is hidden.", error, exc_info=True)
            readable = tuple(table for table in stored if table != error.table)
            stored = Tables(stored.schemas, readable)
            continue
        tables = Tables((*stored.schemas, TAP_SCHEMA), (*stored.tables, *described))
        return Snapshot(tables, engine, contents.files)
