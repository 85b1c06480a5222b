"""Rows on their way into a personal table: files that are imported, results of queries, none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa

from datalab_backend.adql.words import did_you_mean
from datalab_backend.catalogues.bulk import Order, Report, ingest_files
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.lookups import is_possible
from datalab_backend.catalogues.sidecar import Sidecar
from datalab_backend.catalogues.versions import write_version
from datalab_backend.engines.arrow import arrow_schema, conform
from datalab_backend.errors import QuotaError, UsageError
from datalab_backend.formats import Status
from datalab_backend.metadata import Column, Table, quoted, unique_names
from datalab_backend.mydb import foreign
from datalab_backend.mydb.names import SCHEMA
from datalab_backend.mydb.personal import OWN, PersonalTables
from datalab_backend.positions import guess_position
from datalab_backend.sizes import written

_MEMORY_LIMIT = "10%"
_LONGEST_QUERY = 1000

# Rows on their way are packed less well than those of a table.
_STAGED_FACTOR = 8
_STAGED_MORE_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where rows are to go.

    Attributes
    ----------
    name
        The name of the table.
    quota_bytes
        How much all tables of its owner may take, None for any amount.
    replaces, appends
        What to do with a table that is there: neither refuses.
    """

    name: str
    quota_bytes: int | None = None
    replaces: bool = False
    appends: bool = False

    @property
    def table(self) -> Table:
        """The table, of which nothing is known but its name."""
        return Table(SCHEMA, self.name, ())


def nothing() -> None:
    """Have no objection."""


def import_file(
    tables: PersonalTables,
    arrival: Arrival,
    path: Path,
    description: str = "",
    hdu: str | None = None,
) -> Report:
    """Make a file a table, or add its rows to one.

    Parameters
    ----------
    tables
        Whose.
    arrival
        Which table.
    path
        The file, in any format that `catalogues.files` reads, in a directory of its own.
    description
        What to say of the table; what the file says when empty.
    hdu
        Which table of a FITS file.

    Raises
    ------
    ConflictError, UsageError, QuotaError, ServiceError
        When the name is taken, or the file is no table or does not fit. The tables are as before.
    """
    _check(tables, arrival)
    same_readers = tables.same_readers(arrival.name)
    told = replace(arrival.table, description=description)
    with foreign.in_our_words(path.parent, tables.store.data):
        order = Order(
            [str(foreign.checked(path, _most_staged(tables, arrival)))],
            told,
            Sidecar(),
            OWN.description,
            arrival.replaces,
            arrival.appends,
            hdu,
            _MEMORY_LIMIT,
            admit=tables.admission(arrival.name, arrival.quota_bytes, same_readers),
            resumes=False,  # nobody comes back for a file that is gone then
        )
        report = ingest_files(tables.store, order, lambda fraction, message: None)
        return foreign.without_place(report, path.parent)


def make_empty(
    tables: PersonalTables, arrival: Arrival, columns: Sequence[Column], description: str
) -> Table:
    """Make a table without rows."""
    _check(tables, arrival)
    names = unique_names([column.name for column in columns])
    columns = [replace(c, name=n) for c, n in zip(columns, names, strict=True)]
    table = replace(
        arrival.table,
        columns=tuple(columns),
        description=description,
        position=guess_position(columns),
    )
    return ingest(
        tables.store,
        OWN,
        table,
        arrow_schema(columns).empty_table(),
        admit=tables.admission(
            arrival.name,
            arrival.quota_bytes,
            lambda: _check(tables, arrival),  # another may have taken the name meanwhile
        ),
    )


def truncate(tables: PersonalTables, name: str) -> Table:
    """Take all rows out of a table, which stays as it is otherwise."""
    with tables.store.writing():
        old = tables.find(name)
        return write_version(
            tables.store,
            OWN,
            replace(old, rows=None, healpix=None, ranked=()),
            lambda connection: _rows(connection, tables, old).limit(0),
            lambda fraction, message: None,
            _MEMORY_LIMIT,
        ).table


def keep_result(
    tables: PersonalTables,
    arrival: Arrival,
    columns: Sequence[Column],
    batches: Iterable[pa.RecordBatch],
    status: Status,
    go_on: Callable[[], None] = nothing,
    token: str = "",
) -> Table:
    """Make the rows of a query a table.

    The rows are first written beside the tables, so that no query holds up its user's other
    writes while it runs.

    Parameters
    ----------
    tables, arrival
        Whose, and which.
    columns, batches
        The rows.
    status
        What there is to say about them.
    go_on
        Raises when the query was stopped; asked for the last time before the table is shown.
    token
        A name of this errand: when the table was made under it already, it is as it should be.
    """
    if tables.was_made(arrival.name, token):
        return tables.find(arrival.name)
    _check(tables, arrival)
    same_readers = tables.same_readers(arrival.name)
    names = unique_names([column.name for column in columns])
    columns = [
        replace(column, name=name, indexed=False)
        for column, name in zip(columns, names, strict=True)
    ]
    with _staged(tables, arrival, columns, batches) as rows:
        table = replace(
            arrival.table,
            columns=tuple(columns),
            description=_description(status),
            credit=" ".join(status.credits),
            simulated=status.simulated,
            position=guess_position(columns),
        )

        def last() -> None:
            go_on()
            _check(tables, arrival)  # another may have taken the name meanwhile
            same_readers()

        return ingest(
            tables.store,
            OWN,
            table,
            rows,
            admit=tables.admission(arrival.name, arrival.quota_bytes, last),
            added=token,
        )


def index(
    tables: PersonalTables,
    name: str,
    columns: Sequence[str],
    quota_bytes: int | None,
    unique: bool = False,
) -> Table:
    """Have the values of columns looked up quickly, in a new version of the table.

    Parameters
    ----------
    tables, name
        Whose, and which.
    columns
        The names of the columns.
    quota_bytes
        How much all tables may take, None for any amount.
    unique
        Whether to refuse columns that have a value twice.

    Raises
    ------
    UsageError
        When there is no such column, or its values cannot be looked up.
    """
    with tables.store.writing():
        old = tables.find(name)
        wanted = [_indexed(old, column) for column in columns]
        new = replace(
            old,
            rows=None,
            healpix=None,
            ranked=(),
            looked_up=tuple(dict.fromkeys((*old.looked_up, *wanted))),
        )

        def fill(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
            rows = _rows(connection, tables, old)
            for column in wanted if unique else ():
                _check_unique(rows, column)
            return rows

        return write_version(
            tables.store,
            OWN,
            new,
            fill,
            lambda fraction, message: None,
            _MEMORY_LIMIT,
            admit=tables.admission(name, quota_bytes),
        ).table


def _rows(
    connection: duckdb.DuckDBPyConnection, tables: PersonalTables, table: Table
) -> duckdb.DuckDBPyRelation:
    """The rows of a table that is there."""
    path = str(tables.store.files(table).rows).replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS old (READ_ONLY)")
    return connection.table("old.main.rows")


def _check_unique(rows: duckdb.DuckDBPyRelation, column: str) -> None:
    name = quoted(column)
    ((values, different),) = rows.aggregate(f"count({name}), count(DISTINCT {name})").fetchall()
    if values != different:
        raise UsageError(
            f"The column {column} has values that are there twice, so it cannot be unique.",
            "Index it without unique, or correct the rows.",
        )


def _indexed(table: Table, name: str) -> str:
    column = table.column(name)
    if column is None or column.name == table.healpix:
        shown = [c.name for c in table.columns if c.name != table.healpix]
        raise UsageError(
            f"{table.full_name} has no column “{name[:60]}”.",
            did_you_mean(name, shown) or f"It has {', '.join(shown)}.",
        )
    if not is_possible(column):
        raise UsageError(
            f"{column.name} is {column.datatype}, which cannot be indexed.",
            "Columns with numbers or texts can.",
        )
    return column.name


@contextmanager
def _staged(
    tables: PersonalTables,
    arrival: Arrival,
    columns: Sequence[Column],
    batches: Iterable[pa.RecordBatch],
) -> Iterator[Iterator[pa.RecordBatch]]:
    """Write rows down, and give them again."""
    path = tables.store.scratch / f"result-{uuid4().hex}.arrow"
    schema = arrow_schema(columns)
    most = _most_staged(tables, arrival)
    try:
        with (
            path.open("wb") as file,
            pa.ipc.new_stream(
                file, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")
            ) as stream,
        ):
            for batch in batches:
                stream.write_batch(conform(batch, columns))
                if most is not None and file.tell() > most:
                    raise QuotaError(
                        f"The result does not fit into your quota of "
                        f"{written(arrival.quota_bytes or 0)}; nothing was kept.",
                        "Drop tables that are no longer needed, or keep fewer rows and columns.",
                    )
        with pa.memory_map(str(path)) as mapped, pa.ipc.open_stream(mapped) as staged:
            yield iter(staged)
    finally:
        path.unlink(missing_ok=True)


def _most_staged(tables: PersonalTables, arrival: Arrival) -> int | None:
    if arrival.quota_bytes is None:
        return None
    left = max(arrival.quota_bytes - tables.used_bytes(), 0)
    return _STAGED_FACTOR * left + _STAGED_MORE_BYTES


def _check(tables: PersonalTables, arrival: Arrival) -> None:
    if arrival.appends:
        tables.find(arrival.name)
    elif not arrival.replaces:
        tables.check_free(arrival.name)


def _description(status: Status) -> str:
    query = " ".join(status.query.split())
    short = query if len(query) <= _LONGEST_QUERY else f"{query[:_LONGEST_QUERY]} …"
    cut = " It was cut at the limit of rows or bytes: there are more." if status.overflow else ""
    return f"The result of the query: {short}{cut}"
