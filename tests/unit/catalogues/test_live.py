"""Snapshots: a query reads the tables it was checked against, and new tables just appear."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.metadata import Table
from sqlglot import exp

Stars = Callable[..., pa.Table]
Put = Callable[..., Table]


def count(snapshot: Snapshot, name: str) -> int:
    table = snapshot.tables.find(name)
    assert table is not None
    query = exp.select("count(*)").from_(snapshot.engine.relation(table))
    with snapshot.engine.execute(query) as result:
        return next(iter(result)).column(0)[0].as_py()


def open_files() -> list[str]:
    folder = Path("/proc/self/fd")
    return [str(link.readlink()) for link in folder.iterdir() if link.is_symlink()]


def test_an_empty_data_directory_has_tap_schema(store: CatalogueStore):
    now = LiveCatalogues(store).now()
    assert [schema.name for schema in now.tables.schemas] == ["TAP_SCHEMA"]
    assert count(now, "tap_schema.tables") == 5


def test_nothing_is_made_anew_while_nothing_changes(store: CatalogueStore):
    live = LiveCatalogues(store)
    assert live.now() is live.now()


def test_a_new_table_appears(store: CatalogueStore, stars: Stars, put: Put):
    live = LiveCatalogues(store)
    assert live.now().tables.find("sky.stars") is None
    put(stars(10))
    assert count(live.now(), "sky.stars") == 10
    assert count(live.now(), "TAP_SCHEMA.tables") == 6


def test_a_query_goes_on_with_the_table_it_started_with(
    store: CatalogueStore, stars: Stars, put: Put
):
    put(stars(200_000))
    live = LiveCatalogues(store)
    before = live.now()
    stars_table = before.tables.find("sky.stars")
    assert stars_table is not None
    query = exp.select("id").from_(before.engine.relation(stars_table))
    with before.engine.execute(query) as result:
        batches = iter(result)
        rows = next(batches).num_rows
        put(stars(5))
        put(stars(7))  # deletes the files of the first version
        assert count(live.now(), "sky.stars") == 7
        rows += sum(batch.num_rows for batch in batches)
    assert rows == 200_000
    assert count(before, "sky.stars") == 200_000


def test_a_map_counts_the_table_that_its_request_found(
    store: CatalogueStore, stars: Stars, put: Put
):
    first = put(stars(1000))
    before = LiveCatalogues(store).now()
    second = put(stars(5))
    counts = before.density(first)
    assert counts is not None
    assert counts.total == count(before, "sky.stars") == 1000
    assert before.density(second) is None
    after = LiveCatalogues(store).now().density(second)
    assert after is not None
    assert after.total == 5


def test_replaced_files_are_let_go_with_the_last_query(
    store: CatalogueStore, stars: Stars, put: Put
):
    old = store.files(put(stars(1000))).rows
    live = LiveCatalogues(store)
    before = live.now()
    assert count(before, "sky.stars") == 1000
    put(stars(5))
    put(stars(6))
    assert not old.exists()
    live.now()
    assert any(str(old) in name for name in open_files())
    del before
    gc.collect()
    assert not any(str(old) in name for name in open_files())


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"not a database")])
def test_a_table_whose_file_is_damaged_hides_only_itself(
    store: CatalogueStore, stars: Stars, put: Put, damage: Callable[[Path], object]
):
    damage(store.files(put(stars(10))).rows)
    put(stars(20), name="others")
    now = LiveCatalogues(store).now()
    assert now.tables.find("sky.stars") is None
    assert count(now, "sky.others") == 20
    assert count(now, "TAP_SCHEMA.tables") == 6
