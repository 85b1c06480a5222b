"""The examples speak of the tables that are there, and every one of them runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from datalab_backend.catalogues.examples import Example, examples
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.jobs import query
from datalab_backend.metadata import Column, DataType, Schema, Table
from upload_tables import read, tabledata

Stars = Callable[..., pa.Table]
Put = Callable[..., Table]

POSITION = '<FIELD name="ra" datatype="double"/><FIELD name="dec" datatype="double"/>'


@pytest.fixture(scope="module")
def sky(small_sky: Path) -> Snapshot:
    """The small sky."""
    return LiveCatalogues(CatalogueStore(small_sky)).now()


def run(catalogues: Snapshot, example: Example) -> int:
    """The number of rows that an example gives."""
    uploaded = (read(tabledata(POSITION, ("0", "0"), ("10", "5")), name="mine"),)
    brought = uploaded if "TAP_UPLOAD" in example.query else ()
    with query.run(
        example.query, catalogues.tables, catalogues.engine, 1000, uploaded=brought
    ) as rows:
        rows.start()
        return sum(batch.num_rows for batch in rows)


def by_id(catalogues: Snapshot) -> dict[str, Example]:
    found = examples(catalogues)
    assert len({example.id for example in found}) == len(found)
    return {example.id: example for example in found}


def test_each_example_gives_rows(sky: Snapshot):
    for name, example in by_id(sky).items():
        rows = run(sky, example)
        assert rows or name == "upload"
        assert example.explanation
        for table in example.tables:
            assert sky.tables.find(table)
            assert table in example.query


def test_there_are_examples_of_what_astronomers_do(sky: Snapshot):
    expected = ["tables", "columns", "cone", "brightest", "counts", "density", "upload", "join"]
    assert list(by_id(sky)) == expected


def test_an_empty_data_lab_still_tells_how_to_look_around(store: CatalogueStore):
    empty = LiveCatalogues(store).now()
    assert list(by_id(empty)) == ["tables", "columns"]
    assert run(empty, by_id(empty)["tables"]) == 0


def test_two_catalogues_of_one_sky_are_matched(store: CatalogueStore, stars: Stars, put: Put):
    put(stars(5000))
    here = pa.table({"Name α": ["a", "b"], "ra": [10.0, 11.0], "Dec": [5.0, 5.1]})
    columns = (
        Column("Name α", DataType.VARCHAR, ucd="meta.id"),
        Column("ra", DataType.DOUBLE, unit="deg"),
        Column("Dec", DataType.DOUBLE, unit="deg"),
    )
    other = Table("deep", "objects", columns, position=("ra", "Dec"), simulated=False)
    ingest(store, Schema("deep"), other, here)
    catalogues = LiveCatalogues(store).now()
    match = by_id(catalogues)["crossmatch"]
    assert match.tables == ("deep.objects", "sky.stars")
    for example in by_id(catalogues).values():
        run(catalogues, example)


def test_a_cone_lies_where_there_are_rows(store: CatalogueStore, put: Put):
    rows = {"id": [1, 2, 3], "ra": [200.0, 200.1, 10.0], "dec": [-70.0, -70.0, 0.0]}
    put(pa.table(rows | {"name": ["a", "b", "c"]}))
    catalogues = LiveCatalogues(store).now()
    assert run(catalogues, by_id(catalogues)["cone"]) == 2


def test_a_table_without_rows_or_positions_breaks_no_example(store: CatalogueStore, stars: Stars):
    columns = (Column("select", DataType.INTEGER, ucd="meta.id"),)
    table = Table("odd", "things", columns)
    ingest(store, Schema("odd"), table, pa.table({"select": pa.array([1], pa.int32())}))
    nobody = Table("odd", "nobody", columns)
    ingest(store, Schema("odd"), nobody, pa.table({"select": pa.array([], pa.int32())}))
    assert list(by_id(LiveCatalogues(store).now())) == ["tables", "columns"]
