"""The road of a query: text, tree, checks, SQL of the engine, rows.

Every service that takes ADQL takes this road, so that one grammar, one set of rights and one set
of limits hold for all.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Self

import pyarrow as pa

from datalab_backend import adql, uploads
from datalab_backend.catalogues import information
from datalab_backend.catalogues.tap_schema import TAP_SCHEMA
from datalab_backend.engines.base import Engine, Result
from datalab_backend.formats import Status
from datalab_backend.metadata import Column, Tables
from datalab_backend.uploads import UploadedTable

log = logging.getLogger(__name__)

_LOGGED = 4000


class QueryResult:
    """The rows of a query, computed while they are read, at most ``maxrec`` of them.

    Attributes
    ----------
    columns
        The columns of the rows.
    status
        What there is to say about the rows; ``status.overflow`` holds once they are all read.
    """

    def __init__(
        self,
        columns: tuple[Column, ...],
        status: Status,
        rows: Result,
        maxrec: int,
        most_bytes: int | None = None,
    ) -> None:
        self.columns = columns
        self.status = status
        self._rows = rows
        self._maxrec = maxrec
        self._most_bytes = most_bytes
        self._batches = self._read()
        self._first: pa.RecordBatch | None = None

    def start(self) -> None:
        """Run the query up to its first rows, so that what goes wrong before them is known."""
        log.log(
            logging.DEBUG if self.status.looks_around else logging.INFO,
            "query",
            extra={"adql": self.status.query[:_LOGGED], "maxrec": self._maxrec},
        )
        self._first = next(self._batches, None)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """The batches, once."""
        if self._first is not None:
            yield self._first
        yield from self._batches

    def cancel(self) -> None:
        """Stop the query, from any thread."""
        self._rows.cancel()

    @property
    def progress(self) -> float | None:
        """The fraction of the work that is done, from 0 to 1, None while it is not known."""
        return self._rows.progress

    def paused(self) -> AbstractContextManager[None]:
        """Let the time of the query stand still while its rows wait for whoever takes them."""
        return self._rows.paused()

    def close(self) -> None:
        """Stop the query if it still runs and free what it holds."""
        self._rows.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _read(self) -> Iterator[pa.RecordBatch]:
        if self._maxrec == 0:
            # Metadata alone, marked as cut short whatever there is (DALI 1.1, section 3.4.4).
            self.status.overflow = True
            return
        left = self._maxrec
        bytes_left = self._most_bytes
        for batch in self._rows:
            if bytes_left is not None:
                if batch.nbytes > bytes_left:
                    left = min(left, batch.num_rows * bytes_left // batch.nbytes)
                bytes_left -= batch.nbytes
            if batch.num_rows > left:
                self.status.overflow = True
                if left:
                    yield batch.slice(0, left)
                return
            left -= batch.num_rows
            if batch.num_rows:
                yield batch


def run(
    text: str,
    tables: Tables,
    engine: Engine,
    maxrec: int,
    timeout_s: float | None = None,
    uploaded: Sequence[UploadedTable] = (),
    language: str = "ADQL",
    most_bytes: int | None = None,
    tell_progress: bool = False,
) -> QueryResult:
    """Make a query ready to be read.

    Parameters
    ----------
    text
        The query.
    tables
        What the caller may read.
    engine
        What reads it.
    maxrec
        The most rows to give (DALI 1.1, section 3.4.4). A query that has more is cut short and
        marked so; one that is cut by its own TOP is not.
    timeout_s
        The longest the query may run, in seconds.
    uploaded
        The tables that the query brings along; it alone may read them.
    language
        ADQL, or SQL as Data Lab users write it.
    most_bytes
        The most bytes to give, as the rows are in memory; what is more is cut like what is more
        than ``maxrec``.
    tell_progress
        Whether `QueryResult.progress` is wanted.

    Raises
    ------
    AdqlError
        When the text is not in the language or names or mixes what it cannot. Nothing has run then.
    """
    readable = information.joined(tables) if language == "SQL" else tables
    query = adql.LANGUAGES[language](text)
    checked = adql.check(query, uploads.joined(readable, uploaded))
    # One row more than is given tells whether there are more.
    sql = adql.translate(checked, engine.relation, maxrec + 1, engine.dialect)
    status = Status(
        query=text,
        credits=tuple(dict.fromkeys(t.credit for t in checked.tables if t.credit)),
        simulated=any(t.simulated for t in checked.tables),
        looks_around=all(t.schema == TAP_SCHEMA.name for t in checked.tables),
        names=tuple(output.column.name for output in checked.findings.outputs[checked.query]),
    )
    brought = {upload.table: upload.rows for upload in uploaded}
    for table in checked.tables:
        if (told := information.rows(table, tables)) is not None:
            brought[table] = told
    rows = engine.execute(sql, timeout_s, brought, tell_progress)
    return QueryResult(checked.columns, status, rows, maxrec, most_bytes)
