"""A new version of a table: written where nobody looks, then shown in one step.

The rows go into a new directory, in the order of the sky, and are seen by nobody until the table's
document is replaced by one that points there. A process killed on the way leaves the old version
in place.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias, TypeVar
from uuid import uuid4

import duckdb

from datalab_backend import disk
from datalab_backend.catalogues import documents, lookups, statistics
from datalab_backend.catalogues.counts import Counts, counts_order
from datalab_backend.catalogues.documents import StoredTable
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.engines import sorted_rows
from datalab_backend.errors import ServiceError
from datalab_backend.metadata import Schema, Table

log = logging.getLogger(__name__)

_T = TypeVar("_T")

HEALPIX_COLUMN = "_healpix_29"
"""The column with the order-29 nested HEALPix index, null for rows without a position."""

Progress: TypeAlias = Callable[[float, str], None]
"""Told a fraction from 0 to 1 and what is being done."""

Fill: TypeAlias = Callable[[duckdb.DuckDBPyConnection], duckdb.DuckDBPyRelation]
"""Makes the rows: the table's columns and, with a position, `HEALPIX_COLUMN`."""

Beside: TypeAlias = Callable[[duckdb.DuckDBPyConnection, Path, Counts | None], None]
"""Writes further files into the new directory, from its table ``rows``."""

Admit: TypeAlias = Callable[[Path], None]
"""Told the directory with a whole version before it is shown; raises to have it deleted."""

_ASK_EVERY_S = 0.1
_MEMORY_LIMIT = "50%"  # a server may run beside it


def write_version(
    store: CatalogueStore,
    schema: Schema,
    table: Table,
    fill: Fill,
    progress: Progress,
    memory_limit: str | None = None,
    beside: Beside | None = None,
    added: str = "",
    admit: Admit | None = None,
) -> StoredTable:
    """Write rows as the new version of a table and show it; only while the store is `writing`.

    Parameters
    ----------
    store
        Where to.
    schema
        The schema of the table; its description replaces the one that is there.
    table
        The metadata, without rows and healpix.
    fill
        Makes the rows.
    progress
        Told how far it is, from 0 to 1.
    memory_limit
        The most memory to take, as DuckDB writes sizes, half of it all by default; what does not
        fit is sorted on disk.
    beside
        Writes what else shall lie beside the rows.
    added
        As in `StoredTable`. Whom a table is shared with stays as it is.
    admit
        Has the last word.

    Returns
    -------
    StoredTable
        What the document says now: the metadata with the number of rows and the HEALPix column.

    Raises
    ------
    ServiceError
        When the disk, the memory or the engine does not take the rows.
    """
    directory = store.schema_directory(schema.name)
    directory.mkdir(exist_ok=True)
    store.delete_unused()
    data = directory / f"{table.name.lower()}.{uuid4().hex[:12]}"
    data.mkdir()
    try:
        # Users' own tables count towards their quota: they do without what only saves time.
        twice = store.schema is None
        stored = _write(data, table, fill, progress, memory_limit, beside, twice)
        stored = replace(stored, added=added, shared_with=store.shared_with(table))
        if admit is not None:
            admit(data)
        documents.write_schema(directory / "schema.json", schema)
        documents.write_table(store.document(table), stored)
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        shutil.rmtree(data, ignore_errors=True)
        log.info("%s could not be written to %s: %s", table.full_name, data, error)
        raise ServiceError(
            f"{table.full_name} could not be written to the disk.",
            "Make room on the disk or free memory, then try again.",
        ) from error
    except duckdb.Error as error:
        shutil.rmtree(data, ignore_errors=True)
        log.error("%s could not be made in %s: %s", table.full_name, data, error)
        raise ServiceError(
            f"The rows of {table.full_name} could not be made a table.",
            "Nothing was changed. What the engine said is in the log of the Data Lab.",
        ) from error
    except BaseException:
        shutil.rmtree(data, ignore_errors=True)
        raise
    progress(1.0, f"{table.full_name} is ready.")
    return stored


def _write(
    data: Path,
    table: Table,
    fill: Fill,
    progress: Progress,
    memory_limit: str | None,
    beside: Beside | None,
    twice: bool,
) -> StoredTable:
    spill = data / "tmp"
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(spill),
        "memory_limit": memory_limit or _MEMORY_LIMIT,
    }
    name = table.full_name
    with duckdb.connect(str(data / "rows.duckdb"), config=config) as connection:
        # Progress is only known to DuckDB when it has a bar, shown or not.
        connection.execute("SET enable_progress_bar = true")
        connection.execute("SET enable_progress_bar_print = false")
        incoming = fill(connection)
        if table.position:
            incoming = incoming.order(HEALPIX_COLUMN)
        _watched(
            connection,
            lambda: incoming.create("rows"),
            lambda done: progress(0.8 * done, f"Putting {name} in the order of the sky …"),
        )

        def finish() -> tuple[Table, int, Counts | None]:
            return _finished(connection, data, table, progress, beside, twice)

        table, rows, counts = _watched(connection, finish, lambda done: None)
    shutil.rmtree(spill, ignore_errors=True)
    for path in (*data.rglob("*"), data):
        disk.sync(path)
    position = table.position or ()
    complete = replace(
        table,
        # Conditions on the position become ranges of the column that the rows are ordered by.
        columns=tuple(replace(c, indexed=c.indexed or c.name in position) for c in table.columns),
        rows=rows,
        healpix=HEALPIX_COLUMN if position else None,
    )
    return StoredTable(
        complete,
        data.name,
        order=counts.order if counts else None,
        unplaced=rows - counts.total if counts else 0,
    )


def _finished(
    connection: duckdb.DuckDBPyConnection,
    data: Path,
    table: Table,
    progress: Progress,
    beside: Beside | None,
    twice: bool,
) -> tuple[Table, int, Counts | None]:
    """Count the rows that are in, look through them, and write what lies beside them."""
    name = table.full_name
    ((rows,),) = connection.execute("SELECT count(*) FROM rows").fetchall()
    counts = None
    if table.position:
        progress(0.8, f"Counting {name} on the sky …")
        placed = connection.table("rows").filter(f"{HEALPIX_COLUMN} IS NOT NULL")
        pieces = placed.project(HEALPIX_COLUMN).to_arrow_reader(1_000_000)
        counts = Counts.of((b.column(0).to_numpy() for b in pieces), counts_order(rows))
        counts.save(data / "density.npy")
    progress(0.85, f"Looking through the columns of {name} …")
    described = statistics.compute(connection, table, rows)
    documents.write_json(data / "statistics.json", described)
    if beside is not None:
        progress(0.95, f"Writing further files of {name} …")
        beside(connection, data, counts)
    progress(0.97, f"Sorting columns of {name} for look-ups …")
    table = lookups.write(connection, table, rows)
    connection.execute("CHECKPOINT")
    if twice:
        sorted_rows.write(connection, table, rows, data)
    return table, rows, counts


def _watched(
    connection: duckdb.DuckDBPyConnection,
    step: Callable[[], _T],
    tell: Callable[[float], None],
) -> _T:
    """Run a long step of the engine; a signal that ends the process ends the step first.

    In the main thread the engine would turn the exit that a signal asks for into an error.
    """
    made: list[_T] = []
    failed: list[BaseException] = []
    ended = threading.Event()

    def run() -> None:
        try:
            made.append(step())
        except BaseException as error:
            failed.append(error)
        finally:
            ended.set()

    threading.Thread(target=run, name="write-rows", daemon=True).start()
    try:
        # A signal that comes during join() has Python 3.11 take the thread for dead.
        while not ended.wait(_ASK_EVERY_S):
            done = connection.query_progress()
            if done > 0:
                tell(min(done / 100, 1.0))
    except BaseException:
        connection.interrupt()
        while not ended.wait(_ASK_EVERY_S):  # DuckDB forgets an interrupt between two steps
            connection.interrupt()
        raise
    if failed:
        raise failed[0]
    return made[0]
