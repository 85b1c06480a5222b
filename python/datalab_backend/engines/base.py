"""What the rest of the Data Lab asks of an engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, Self

import pyarrow as pa
from sqlglot import exp

from datalab_backend.metadata import Table

FEW = "few"
"""A key of ``sql.meta``: whether a query is known to give few rows.

They can then be taken all at once, which begins sooner than a stream.
"""


class Result(Protocol):
    """The rows of one query, computed while they are read.

    Nothing runs before `schema` or the first batch is asked for, so that a caller in another
    thread can already `cancel`. The engine's exceptions come out as `errors.ServiceError`,
    `errors.UsageError` and `errors.QueryTimeoutError`.
    """

    @property
    def progress(self) -> float | None:
        """The fraction of the work that is done, from 0 to 1, None while it is not known."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of every batch; runs the query up to its first rows."""
        ...

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """The batches, once."""
        ...

    def cancel(self) -> None:
        """Stop the query, from any thread; reading on raises `errors.ServiceError`."""
        ...

    def paused(self) -> AbstractContextManager[None]:
        """Let the time of the query stand still while its rows wait for whoever takes them."""
        ...

    def close(self) -> None:
        """Stop the query if it still runs and free what it holds."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class Engine(Protocol):
    """A database that runs the queries of checked users on tables that do not change."""

    dialect: str
    """The name of the engine's SQL in sqlglot."""

    def relation(self, table: Table) -> exp.Table:
        """How the engine's SQL names a table, or one that a query brings along."""
        ...

    def execute(
        self,
        sql: exp.Expression,
        timeout_s: float | None = None,
        brought: Mapping[Table, pa.Table] = ...,
        tell_progress: bool = False,
    ) -> Result:
        """Prepare a query; it is stopped ``timeout_s`` seconds after it started to run.

        Tables that are ``brought`` along are there for this query alone. Their columns are called
        as `metadata.unique_names` says. To tell its progress may cost a query a little time.
        """
        ...
