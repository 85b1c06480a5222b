"""The embedded engine: DuckDB, reading the catalogues' files and writing none.

An engine is one in-memory instance to which every catalogue file is attached READ_ONLY. Once they
are attached it is locked: no file, extension or setting can be reached from SQL any more. It
therefore never learns of a new catalogue; a new engine is made instead, and this one vanishes with
the last `Result` that holds it.
"""

from __future__ import annotations

import logging
import math
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, Self, TypeVar

import duckdb
import pyarrow as pa
from sqlglot import exp

from datalab_backend.engines.background import thread_in_background
from datalab_backend.engines.base import FEW
from datalab_backend.engines.shortcut import SHORTCUT, Shortcut
from datalab_backend.engines.sorted_rows import SortedRows
from datalab_backend.engines.stopwatch import Stopwatch
from datalab_backend.engines.watch import Watch
from datalab_backend.errors import DatalabError, QueryTimeoutError, ServiceError, UsageError
from datalab_backend.metadata import Table, quoted

log = logging.getLogger(__name__)

# DuckDB advises against what is best for few rows.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")

BATCH_ROWS = 65_536
_INTERRUPT_EVERY_S = 0.02
_LOOK_SOONEST_S = 0.05
_INCOMING = "incoming rows"

# What each query sets for itself, though the configuration is locked.
_TELL_PROGRESS = {"enable_progress_bar": True, "enable_progress_bar_print": False}

T = TypeVar("T")

_watch = Watch()


class UnreadableTableError(Exception):
    """A table whose file is missing or damaged."""

    def __init__(self, table: Table) -> None:
        super().__init__(table.full_name)
        self.table = table


class DuckDBEngine:
    """DuckDB over catalogue files and tables in memory.

    Parameters
    ----------
    files
        The database file of each table; its rows are in a table named ``rows``. Beside it may be
        the files of `sorted_rows`.
    memory
        Small tables that live in the engine's memory, such as TAP_SCHEMA.
    scratch
        Directory below which the engine may spill what does not fit in memory.
    memory_limit, scratch_limit
        The most memory and disk that all queries together may take, as DuckDB writes sizes; those
        `in_background` may take as much again.
    threads
        The number of threads; None for one a core.

    Raises
    ------
    UnreadableTableError
        When a file cannot be opened.
    """

    dialect = "duckdb"

    def __init__(
        self,
        files: Mapping[Table, Path],
        memory: Mapping[Table, pa.Table],
        scratch: Path,
        memory_limit: str = "30%",
        scratch_limit: str = "20GB",
        threads: int | None = None,
    ) -> None:
        self._twin_of_this = partial(
            DuckDBEngine, files, memory, scratch, memory_limit, scratch_limit, threads
        )
        self._twin: DuckDBEngine | None = None
        self._making_twin = Lock()
        _watch.start()
        # DuckDB names its spill files alike in every instance, so each gets a directory.
        scratch.mkdir(parents=True, exist_ok=True)
        own_scratch = tempfile.mkdtemp(prefix="duckdb-", dir=scratch)
        weakref.finalize(self, shutil.rmtree, own_scratch, ignore_errors=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
            "memory_limit": memory_limit,
            "temp_directory": own_scratch,
            "allowed_configs": list(_TELL_PROGRESS),
        }
        if threads is not None:
            config["threads"] = threads
        self._connection = duckdb.connect(":memory:", config=config)
        # Given in the configuration, this limit is shown by DuckDB but not kept.
        self._connection.execute(f"SET max_temp_directory_size = {_literal(scratch_limit)}")
        # DuckDB 2.0.0 fails within itself when this meets a range of row numbers.
        self._connection.execute("SET disabled_optimizers = 'late_materialization'")
        self._on_disk: dict[str, str] = {}
        self._in_memory = frozenset(_alias(table) for table in memory)
        self._sorted = {_alias(table): SortedRows(path.parent) for table, path in files.items()}
        attached: dict[Path, str] = {}
        for table, path in files.items():
            # DuckDB attaches a file once; two tables may be one under two names.
            if path not in attached:
                self._attach(table, path)
                attached[path] = _alias(table)
            self._on_disk[_alias(table)] = attached[path]
        for table, rows in memory.items():
            self._load(table, rows)
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def relation(self, table: Table) -> exp.Table:
        """How the engine's SQL names a table, or one that a query brings along."""
        if _alias(table) in self._in_memory:
            parts = (table.name, table.schema, "memory")
        elif _alias(table) in self._on_disk:
            parts = ("rows", "main", self._on_disk[_alias(table)])
        else:
            parts = (_alias(table), "main", "temp")
        this, db, catalog = (exp.to_identifier(part, quoted=True) for part in parts)
        return exp.Table(this=this, db=db, catalog=catalog)

    def execute(
        self,
        sql: exp.Expression,
        timeout_s: float | None = None,
        brought: Mapping[Table, pa.Table] = MappingProxyType({}),
        tell_progress: bool = False,
    ) -> DuckDBResult:
        """Prepare a query; it is stopped ``timeout_s`` seconds after it started to run.

        Tables that are ``brought`` along are there for this query alone. To tell its progress
        costs a query a millisecond.
        """
        cursor = self._connection.cursor()
        named = {_alias(table): rows for table, rows in brought.items()}
        return DuckDBResult(self, cursor, sql, timeout_s, named, tell_progress)

    def at_once(self, asked: Shortcut | None) -> pa.RecordBatch | None:
        """The rows of a very simple query, None when it takes its SQL to have them."""
        rows = None if asked is None else self._sorted.get(_alias(asked.table))
        if asked is None or rows is None:
            return None
        try:
            return rows.answer(asked)
        except (OSError, ValueError) as error:  # what Arrow and NumPy raise for damaged files
            log.error("The sorted rows of %s cannot be read: %s", asked.table.full_name, error)
            return None

    def in_background(self) -> DuckDBEngine:
        """An engine of the same tables for work that nobody waits for.

        It has threads of its own, which have the processor only when no others want it (see
        `engines.background`); so have its queries, when a thread in the background reads them.
        """
        with self._making_twin:
            if self._twin is None:
                try:
                    # Threads are as important as the thread that starts them.
                    self._twin = thread_in_background(self._twin_of_this)
                except UnreadableTableError as error:
                    # Replaced since this engine was made, which still reads the old file.
                    log.info("%s is gone, so a job does without an engine of its own.", error)
                    return self
            return self._twin

    def close(self) -> None:
        """Release the files at once; only when no query runs any more."""
        if self._twin is not None:
            self._twin.close()
        self._connection.close()

    def _attach(self, table: Table, path: Path) -> None:
        try:
            self._connection.execute(
                f"ATTACH {_literal(str(path))} AS {quoted(_alias(table))} (READ_ONLY)"
            )
        except duckdb.Error as error:
            raise UnreadableTableError(table) from error

    def _load(self, table: Table, rows: pa.Table) -> None:
        schema, name = quoted(table.schema), quoted(table.name)
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        self._connection.from_arrow(rows).create(f"{schema}.{name}")


class DuckDBResult:
    """The rows of one query; see `engines.base.Result`.

    A thread watches over the query and interrupts it when it is cancelled or its time is up. It
    keeps interrupting until the query has stopped, because DuckDB forgets an interrupt that comes
    between two of its steps.
    """

    def __init__(
        self,
        engine: DuckDBEngine,
        cursor: duckdb.DuckDBPyConnection,
        sql: exp.Expression,
        timeout_s: float | None,
        brought: Mapping[str, pa.Table],
        tell_progress: bool,
    ) -> None:
        self._tell_progress = tell_progress
        self._brought = brought
        self._engine = engine  # keeps the instance and its scratch directory alive
        self._cursor = cursor
        self._sql = sql
        self._timeout_s = timeout_s
        self._reader: pa.RecordBatchReader | None = None
        self._stepping = Lock()
        self._stopped = False
        self._finished = False
        self._timed_out = False
        self._stopwatch = Stopwatch()
        self._progress: float | None = None

    @property
    def progress(self) -> float | None:
        """The fraction of the work that is done, as DuckDB guesses it."""
        return self._progress

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of every batch; runs the query up to its first rows."""
        return self._open().schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        reader = self._open()
        try:
            while True:
                try:
                    batch = self._guarded(reader.read_next_batch)
                except StopIteration:
                    return
                yield batch
        finally:
            self.close()

    def look(self) -> float:
        """See how far the query is and whether it has to stop; for the thread that watches."""
        if self._tell_progress:
            self._progress = _fraction(self._cursor.query_progress())
        left = self._seconds_left()
        if left <= 0 and not self._stopped:
            self._timed_out = self._stopped = True
        if self._stopped:
            self._cursor.interrupt()
            return _INTERRUPT_EVERY_S
        return max(left, _LOOK_SOONEST_S)

    def cancel(self) -> None:
        """Stop the query, from any thread; reading on raises `errors.ServiceError`."""
        self._stopped = True
        _watch.look_now()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the time of the query stand still while its rows wait for whoever takes them."""
        with self._stopwatch.stopped():
            yield

    def close(self) -> None:
        """Stop the query if it still runs and free what it holds."""
        if not self._stepping.acquire(blocking=False):
            self.cancel()  # another thread is reading: have it interrupted
            self._stepping.acquire()
        try:
            self._finished = True
            self._stopped = True
            _watch.remove(self)
            if self._reader is not None:
                self._reader.close()
                self._reader = None
            self._cursor.close()
        finally:
            self._stepping.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _open(self) -> pa.RecordBatchReader:
        if self._reader is None:
            if self._finished:
                raise ServiceError("The result of this query has already been read or closed.")
            self._stopwatch = Stopwatch()
            _watch.add(self, self._seconds_left())
            try:
                self._reader = self._guarded(self._start)
            except DatalabError:
                self.close()
                raise
        return self._reader

    def _start(self) -> pa.RecordBatchReader:
        few = self._engine.at_once(self._sql.meta.get(SHORTCUT))
        if few is not None:
            return pa.RecordBatchReader.from_batches(few.schema, [few])
        for name, value in _TELL_PROGRESS.items() if self._tell_progress else ():
            self._cursor.execute(f"SET {name} = {str(value).lower()}")
        # Temporary tables are seen by this cursor alone and vanish with it; unlike views of Arrow
        # they have statistics, and may be spilled to disk.
        for name, rows in self._brought.items():
            self._cursor.register(_INCOMING, rows)
            self._cursor.execute(f"CREATE TEMP TABLE {quoted(name)} AS FROM {quoted(_INCOMING)}")
            self._cursor.unregister(_INCOMING)
        self._brought = {}
        # Only a relation's reader streams; one from execute() materialises the whole result. But a
        # relation is planned twice, which takes as long as to read a few rows.
        at_once = self._sql.meta.get(FEW)
        ask: Callable[[str], Any] = self._cursor.execute if at_once else self._cursor.sql
        reader: pa.RecordBatchReader = ask(self._text()).to_arrow_reader(BATCH_ROWS)
        return reader

    def _text(self) -> str:
        return self._sql.sql(self._engine.dialect, copy=False)

    def _guarded(self, step: Callable[[], T]) -> T:
        with self._stepping:
            stopped = self._why_stopped()
            if stopped is not None:
                raise stopped
            try:
                return step()
            except (duckdb.Error, OSError, pa.ArrowException) as error:
                raise (self._why_stopped() or self._explain(error)) from error

    def _why_stopped(self) -> DatalabError | None:
        if self._timed_out:
            return QueryTimeoutError(
                f"The query did not finish within {self._timeout_s:g} seconds.",
                "Ask for a smaller region, fewer rows (TOP) or fewer columns.",
            )
        return ServiceError("The query was cancelled.") if self._stopped else None

    def _seconds_left(self) -> float:
        limit = math.inf if self._timeout_s is None else self._timeout_s
        return limit - self._stopwatch.seconds()

    def _explain(self, error: Exception) -> DatalabError:
        """Say in our words what DuckDB says at the start of its message."""
        kind = str(error).partition(":")[0].strip()
        if kind in ("Out of Range Error", "Conversion Error", "Invalid Input Error"):
            log.info("A query failed on its values: %s", error)
            if "More than one row returned by a subquery" in str(error):
                return UsageError(
                    "A query in parentheses stands for one value, and gave more than one row.",
                    "Compare with IN (SELECT …), or take one of its values, as in SELECT MAX(x).",
                )
            return UsageError(
                "The query met a value that its arithmetic or a function cannot take.",
                "Look for whole numbers that grow beyond 64 bits: CAST(x AS DOUBLE PRECISION) "
                "makes room, or a condition in WHERE leaves such rows out.",
            )
        log.error("The engine failed: %s", error, extra={"sql": self._text()})
        if kind == "Out of Memory Error":
            return ServiceError(
                "The query needs more memory or disk than this Data Lab allows.",
                "Ask for a smaller region, fewer rows or fewer columns.",
            )
        return ServiceError(
            "The Data Lab could not run this query.",
            "Nothing is known to be wrong with the query itself; the server's log has the details.",
        )


def _fraction(percent: float) -> float | None:
    """What DuckDB tells of its progress; it tells -1 when it cannot."""
    return min(percent / 100, 1.0) if percent >= 0 else None


def _alias(table: Table) -> str:
    return table.full_name.casefold()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
