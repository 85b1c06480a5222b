"""The data directory: what is in it, what a damaged file does, what is cleaned away."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.errors import NotFoundError
from datalab_backend.metadata import Schema, Table

Stars = Callable[..., pa.Table]
Put = Callable[..., Table]


def test_metadata_comes_back_as_it_went_in(store: CatalogueStore, stars: Stars, put: Put):
    table = put(stars(10))
    again = CatalogueStore(store.data).tables()
    assert again.tables == (table,)
    assert again.schemas == (Schema("sky", "Made-up stars."),)
    assert again.find("SKY.Stars") == table


def test_two_spellings_of_a_name_are_one_table(store: CatalogueStore, stars: Stars, put: Put):
    put(stars(10))
    table = put(stars(20), name="Stars")
    assert list(store.tables()) == [table]


def test_the_signature_changes_with_the_catalogues_only(
    store: CatalogueStore, stars: Stars, put: Put
):
    empty = store.signature()
    put(stars(10))
    first = store.signature()
    assert first != empty
    assert store.signature() == first
    put(stars(10))
    assert store.signature() != first


def test_a_table_comes_without_a_restart(store: CatalogueStore, stars: Stars, put: Put):
    watcher = CatalogueStore(store.data)
    assert list(watcher.tables()) == []
    put(stars(10))
    assert [table.full_name for table in watcher.tables()] == ["sky.stars"]


def test_threads_that_ask_while_a_table_is_replaced_get_one_version_whole(
    store: CatalogueStore, stars: Stars, put: Put
):
    put(stars(1))
    watcher = CatalogueStore(store.data)

    def look(_: int) -> None:
        seen = watcher.contents()
        (table,) = seen.tables
        assert seen.files[table].rows.parent.name.startswith("stars.")
        assert watcher.files(table).rows.name == "rows.duckdb"

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(look, 0) for _ in range(200)]
        for rows in range(2, 6):
            put(stars(rows))
            asked += [pool.submit(look, rows) for _ in range(200)]
    for answer in asked:
        answer.result()
    (table,) = watcher.tables()
    assert table.rows == 5


def test_an_unknown_table_is_not_found(store: CatalogueStore):
    with pytest.raises(NotFoundError, match=r"no table sky\.nothing"):
        store.files(Table("sky", "nothing", ()))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"table": {}}', '{"table": 1, "data": 2}'])
def test_a_damaged_document_hides_its_own_table_and_loses_no_data(
    store: CatalogueStore, stars: Stars, put: Put, text: str
):
    damaged = put(stars(10))
    whole = put(stars(10), name="others")
    rows = store.files(damaged).rows
    store.document(damaged).write_text(text)
    assert list(store.tables()) == [whole]
    store.clean()
    assert rows.exists()


def test_a_schema_whose_description_is_damaged_keeps_its_tables(
    store: CatalogueStore, stars: Stars, put: Put
):
    table = put(stars(10))
    (store.schema_directory("sky") / "schema.json").write_text("{")
    again = CatalogueStore(store.data).tables()
    assert again.schemas == (Schema("sky"),)
    assert list(again) == [table]


def test_cleaning_takes_what_nobody_points_to(store: CatalogueStore, stars: Stars, put: Put):
    table = put(stars(10))
    orphan = store.schema_directory("sky") / "stars.0123456789ab"
    orphan.mkdir()
    (orphan / "rows.duckdb").write_text("half a file")
    (store.scratch / "duckdb-old").mkdir()
    (store.scratch / "result-old.arrow").write_text("a result that was being kept")
    store.clean()
    assert not orphan.exists()
    assert list(store.scratch.iterdir()) == []
    assert store.files(table).rows.exists()


def test_cleaning_leaves_a_working_writer_alone(store: CatalogueStore, stars: Stars, put: Put):
    put(stars(10))
    half_written = store.schema_directory("sky") / "stars.0123456789ab"
    half_written.mkdir()
    with store.writing():
        CatalogueStore(store.data).clean()
        assert half_written.exists()


def test_a_data_directory_may_have_any_name(tmp_path: Path, stars: Stars):
    store = CatalogueStore(tmp_path / "it's “my” data; β")
    assert list(store.tables()) == []
