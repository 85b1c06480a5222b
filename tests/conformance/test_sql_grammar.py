"""SQL as Data Lab users write it runs on a real engine, and what is beside it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.errors import AdqlError
from datalab_backend.jobs import query as queries

from . import sql_queries, sql_values
from .adql_clause import Clause

CLAUSES: tuple[Clause, ...] = (*sql_queries.CLAUSES, *sql_values.CLAUSES)
VALID = [(c.name, c.query.format(text)) for c in CLAUSES for text in c.valid]
INVALID = [(c.name, c.query.format(text), said) for c in CLAUSES for text, said in c.invalid]


@pytest.fixture(scope="module")
def catalogues(small_sky: Path) -> Snapshot:
    """The small sky in a real engine."""
    return LiveCatalogues(CatalogueStore(small_sky)).now()


def test_every_clause_has_examples():
    assert all(clause.valid and clause.invalid for clause in CLAUSES)
    assert len({clause.name for clause in CLAUSES}) == len(CLAUSES)


@pytest.mark.parametrize(("clause", "query"), VALID, ids=[f"{c}: {q}"[:90] for c, q in VALID])
def test_a_query_as_users_write_it_runs(catalogues: Snapshot, clause: str, query: str):
    result = queries.run(query, catalogues.tables, catalogues.engine, maxrec=10, language="SQL")
    with result:
        rows = sum(batch.num_rows for batch in result)
    assert result.columns, clause
    assert rows <= 10


@pytest.mark.parametrize(
    ("clause", "query", "said"), INVALID, ids=[f"{c}: {q}"[:90] for c, q, _ in INVALID]
)
def test_what_is_not_understood_is_refused_in_words(
    catalogues: Snapshot, clause: str, query: str, said: str
):
    with pytest.raises(AdqlError) as caught:
        queries.run(query, catalogues.tables, catalogues.engine, maxrec=10, language="SQL")
    assert said in caught.value.message, clause
    assert caught.value.hint
    assert caught.value.line >= 1
    assert caught.value.column >= 1
    assert "ADQL" not in f"{caught.value.message} {caught.value.hint}"
