"""The embedded engine, asked as a service asks it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from datalab_backend import adql
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.store import CatalogueStore
from sqlglot import exp


class Ours:
    """The tables of a data directory."""

    name = "this Data Lab"

    def __init__(self, data: Path, memory_limit: str = "50%") -> None:
        self.snapshot = LiveCatalogues(CatalogueStore(data), memory_limit).now()

    def prepared(self, text: str) -> exp.Expression:
        """A query in ADQL as the engine takes it."""
        checked = adql.check(adql.parse(text), self.snapshot.tables)
        engine = self.snapshot.engine
        return adql.translate(checked, engine.relation, None, engine.dialect)

    def run(self, sql: exp.Expression) -> pa.Table:
        """Run a prepared query, to its rows in Arrow."""
        with self.snapshot.engine.execute(sql) as result:
            schema = result.schema
            return pa.Table.from_batches(list(result), schema)

    def ask(self, text: str) -> pa.Table:
        """Run a query in ADQL, from its text to its rows in Arrow."""
        return self.run(self.prepared(text))
