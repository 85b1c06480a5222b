"""What lies beside a large table answers as its rows would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from datalab_backend import adql
from datalab_backend.catalogues import lookups
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.jobs.query import run
from datalab_backend.metadata import Column, DataType, Schema, Table

ROWS = lookups.FROM_ROWS + 7
TABLE = Table(
    "large",
    "stars",
    (
        Column("name", DataType.VARCHAR, "Name.", ucd="meta.id", arraysize="*"),
        Column("Id", DataType.BIGINT, "Identifier.", ucd="meta.id;meta.main"),
        Column("ra", DataType.DOUBLE, "", "deg", "pos.eq.ra;meta.main"),
        Column("dec", DataType.DOUBLE, "", "deg", "pos.eq.dec;meta.main"),
        Column("gmag", DataType.REAL, "", "mag", "phot.mag;em.opt"),
        Column("gmag_err", DataType.REAL, "", "mag", "stat.error;phot.mag"),
        Column("n", DataType.INTEGER, "Number of the row."),
    ),
    position=("ra", "dec"),
)


def rows() -> pa.Table:
    rng = np.random.default_rng(2)
    number = np.arange(ROWS)
    gmag = pa.array(rng.uniform(10, 20, ROWS), pa.float32(), mask=number % 1000 == 3)
    ra = pa.array(rng.uniform(0, 360, ROWS), pa.float64(), mask=number % 5000 == 4)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, ROWS)))
    # Two rows have the same identifier, and some have none.
    ids = pa.array(np.where(number == 7, 8, number) * 3 + 2**60, mask=number % 777 == 1)
    names = pa.array([f"star {n}" for n in number])
    columns = [names, ids, ra, dec, gmag, gmag, number.astype(np.int32)]
    return pa.table([pa.array(c) for c in columns], schema=arrow_schema(TABLE.columns))


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """A table that is large enough, as a server has it."""
    data: Path = tmp_path_factory.mktemp("data")
    store = CatalogueStore(data)
    ingest(store, Schema("large"), TABLE, rows())
    snapshot = LiveCatalogues(store).now()
    yield snapshot
    snapshot.engine.close()


def found(catalogues: Snapshot, query: str, maxrec: int = 1_000_000) -> list[dict]:
    with run(query, catalogues.tables, catalogues.engine, maxrec) as result:
        return [row for batch in result for row in batch.to_pylist()]


def sql(catalogues: Snapshot, query: str) -> str:
    checked = adql.check(adql.parse(query), catalogues.tables)
    return adql.translate(checked, catalogues.engine.relation, None, "duckdb").sql("duckdb")


def plainly(query: str) -> list[dict]:
    """What DuckDB finds in the rows themselves."""
    with duckdb.connect() as connection:
        connection.register("stars", rows())
        return connection.sql(query.replace("large.", "")).to_arrow_table().to_pylist()


ID = 2**60 + 3 * 5000


@pytest.mark.parametrize(
    "condition",
    [
        f"Id = {ID}",
        f"{ID} = Id AND gmag > 0",
        f"Id IN ({ID}, {ID + 3}, {ID + 1}, 12)",
        f"Id = {2**60 + 24}",
        "Id = 12",
        f"Id = {ID} OR Id = {ID + 3}",
        f"NOT Id = {ID} AND n BETWEEN 4990 AND 5010",
        f"Id NOT IN ({ID}) AND n BETWEEN 4990 AND 5010",
        "gmag < 10.01",
        "gmag = 12.5",
    ],
)
def test_a_condition_finds_the_rows_that_it_should(catalogues: Snapshot, condition: str):
    query = f"SELECT * FROM large.stars WHERE {condition} ORDER BY n"
    assert found(catalogues, query) == plainly(query)


def test_an_identifier_is_looked_up(catalogues: Snapshot):
    assert '"values of Id"' in sql(catalogues, f"SELECT * FROM large.stars WHERE Id = {ID}")
    joined = f"SELECT a.n FROM large.stars AS a JOIN large.stars AS b ON a.n = b.n AND a.Id = {ID}"
    assert '"values of Id"' in sql(catalogues, joined)
    assert found(catalogues, joined) == [{"n": 5000}]


def test_an_identifier_is_looked_up_in_a_cross_match(catalogues: Snapshot):
    query = (
        "SELECT a.n, b.n AS m FROM large.stars AS a JOIN large.stars AS b "
        f"ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 1e-9 WHERE a.Id = {ID + 6} AND b.Id = {ID + 6}"
    )
    assert found(catalogues, query) == [{"n": 5002, "m": 5002}]


@pytest.mark.parametrize("direction", ["", "DESC"])
@pytest.mark.parametrize("top", [1, 100, 10_000, 10_001])
def test_the_first_rows_by_magnitude_come_first(catalogues: Snapshot, top: int, direction: str):
    query = f"SELECT TOP {top} n, gmag FROM large.stars ORDER BY gmag {direction}"
    expected = plainly(
        f"SELECT n, gmag FROM stars ORDER BY gmag {direction} NULLS LAST LIMIT {top}"
    )
    got = found(catalogues, query)
    assert [row["gmag"] for row in got] == [row["gmag"] for row in expected]
    assert ("by gmag" in sql(catalogues, query)) == (top <= 10_000)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT TOP 5 * FROM large.stars ORDER BY gmag",
        "SELECT TOP 5 n, gmag AS m FROM large.stars ORDER BY m DESC",
        "SELECT TOP 5 n, gmag FROM large.stars AS s ORDER BY 2",
        "SELECT x.n FROM (SELECT TOP 5 n, gmag FROM large.stars ORDER BY gmag) AS x",
        "SELECT TOP 5 n, ra FROM large.stars ORDER BY gmag OFFSET 3",
    ],
)
def test_the_first_rows_are_kept_apart(catalogues: Snapshot, query: str):
    assert "by gmag" in sql(catalogues, query)
    assert len(found(catalogues, query)) == 5


@pytest.mark.parametrize(
    "query",
    [
        "SELECT TOP 5 n FROM large.stars WHERE n < 10 ORDER BY gmag",
        "SELECT TOP 5 n FROM large.stars ORDER BY gmag, n",
        "SELECT TOP 5 n FROM large.stars ORDER BY gmag + 1",
        "SELECT TOP 5 n FROM large.stars ORDER BY gmag_err",
        "SELECT TOP 5 COUNT(*) AS c, gmag FROM large.stars GROUP BY gmag ORDER BY gmag",
        "SELECT TOP 5 a.n FROM large.stars AS a, large.stars AS b WHERE a.n = b.n ORDER BY a.gmag",
        "SELECT n FROM large.stars ORDER BY gmag",
    ],
)
def test_other_orders_take_all_rows(catalogues: Snapshot, query: str):
    assert "by gmag" not in sql(catalogues, query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) AS c FROM large.stars WHERE gmag < 12",
        "SELECT COUNT(gmag) AS c, MAX(gmag) AS m FROM large.stars WHERE NOT gmag > 12",
        "SELECT COUNT(*) AS c FROM large.stars WHERE gmag IS NULL",
        "SELECT gmag AS m FROM large.stars WHERE gmag < 10.01 ORDER BY m",
        f"SELECT COUNT(*) AS c FROM large.stars WHERE Id = {2**60 + 24}",
    ],
)
def test_a_condition_on_one_column_alone_reads_its_sorted_values(catalogues: Snapshot, query: str):
    assert '"values of ' in sql(catalogues, query)
    assert '"rows"' not in sql(catalogues, query)
    assert found(catalogues, query) == plainly(query)


def test_the_metadata_says_which_conditions_are_fast(catalogues: Snapshot):
    table = catalogues.tables.find("large.stars")
    assert table is not None
    assert [c.name for c in table.columns if c.indexed] == ["Id", "ra", "dec", "gmag"]
    assert (table.looked_up, table.ranked) == (("Id", "gmag"), ("gmag",))


def test_a_small_table_has_nothing_beside_it(tmp_path: Path):
    store = CatalogueStore(tmp_path)
    small = ingest(store, Schema("large"), replace(TABLE, name="small"), rows().slice(0, 10))
    assert (small.looked_up, small.ranked) == ((), ())
