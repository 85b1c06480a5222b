"""Each clause of the grammar of ADQL 2.1 runs on a real engine, and what is beside it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.errors import AdqlError
from datalab_backend.jobs import query as queries

from . import (
    adql_conditions,
    adql_functions,
    adql_geometry,
    adql_queries,
    adql_sets,
    adql_tables,
    adql_values,
    adql_words,
)
from .adql_clause import Clause

CLAUSES: tuple[Clause, ...] = (
    *adql_words.CLAUSES,
    *adql_queries.CLAUSES,
    *adql_sets.CLAUSES,
    *adql_tables.CLAUSES,
    *adql_conditions.CLAUSES,
    *adql_values.CLAUSES,
    *adql_geometry.CLAUSES,
    *adql_functions.CLAUSES,
)
VALID = [(c.name, c.query.format(text)) for c in CLAUSES for text in c.valid]
INVALID = [(c.name, c.query.format(text), said) for c in CLAUSES for text, said in c.invalid]


@pytest.fixture(scope="module")
def catalogues(small_sky: Path) -> Iterator[Snapshot]:
    """The small sky in a real engine."""
    return LiveCatalogues(CatalogueStore(small_sky)).now()


def test_every_clause_has_examples_and_there_are_hundreds():
    assert all(clause.valid or clause.invalid for clause in CLAUSES)
    assert len({clause.name for clause in CLAUSES}) == len(CLAUSES)
    queries_of_all = [query for _, query in VALID] + [query for _, query, _ in INVALID]
    assert len(set(queries_of_all)) == len(queries_of_all) >= 300


@pytest.mark.parametrize(("clause", "query"), VALID, ids=[f"{c}: {q}"[:90] for c, q in VALID])
def test_a_query_of_the_standard_runs(catalogues: Snapshot, clause: str, query: str):
    result = queries.run(query, catalogues.tables, catalogues.engine, maxrec=10)
    with result:
        rows = sum(batch.num_rows for batch in result)
    assert result.columns, clause
    assert rows <= 10


@pytest.mark.parametrize(
    ("clause", "query", "said"), INVALID, ids=[f"{c}: {q}"[:90] for c, q, _ in INVALID]
)
def test_what_is_not_adql_is_refused_in_words(
    catalogues: Snapshot, clause: str, query: str, said: str
):
    with pytest.raises(AdqlError) as caught:
        queries.run(query, catalogues.tables, catalogues.engine, maxrec=10)
    assert said in caught.value.message, clause
    assert caught.value.hint
    assert caught.value.line >= 1
    assert caught.value.column >= 1
