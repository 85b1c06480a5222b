"""An engine for one errand, all of whose queries can be stopped at once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from threading import Lock
from types import MappingProxyType

import pyarrow as pa
from sqlglot import exp

from datalab_backend.engines.base import Engine, Result
from datalab_backend.errors import ServiceError
from datalab_backend.metadata import Table

log = logging.getLogger(__name__)


class StoppableEngine:
    """Runs queries on another engine until it is cancelled; see `engines.base.Engine`.

    Parameters
    ----------
    engine
        What runs the queries.
    """

    def __init__(self, engine: Engine) -> None:
        self.dialect = engine.dialect
        self._engine = engine
        self._lock = Lock()
        self._results: list[Result] = []
        self._cancelled = False

    def relation(self, table: Table) -> exp.Table:
        """How the engine's SQL names a table."""
        return self._engine.relation(table)

    def execute(
        self,
        sql: exp.Expression,
        timeout_s: float | None = None,
        brought: Mapping[Table, pa.Table] = MappingProxyType({}),
        tell_progress: bool = False,
    ) -> Result:
        """Prepare a query; once cancelled, none runs any more."""
        result = self._engine.execute(sql, timeout_s, brought, tell_progress)
        with self._lock:
            self._results.append(result)
            if self._cancelled:
                result.cancel()
        log.debug("The engine is asked.")
        return result

    def go_on(self) -> None:
        """Raise an error when it was cancelled."""
        if self._cancelled:
            raise ServiceError("The query was cancelled.")

    def cancel(self) -> None:
        """Stop the queries that run and those to come, from any thread."""
        with self._lock:
            self._cancelled = True
            for result in self._results:
                result.cancel()
