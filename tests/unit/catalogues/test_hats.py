"""HATS folders: what LSDB opens has the same rows, and comes back as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import lsdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datalab_backend.catalogues.hats import tiles, write_hats
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.cli import main
from datalab_backend.metadata import Table
from hats.io.validation import is_valid_catalog

Stars = Callable[..., pa.Table]
Put = Callable[..., Table]


def export(store: CatalogueStore, table: Table, folder: Path, most_rows: int = 500) -> int:
    with duckdb.connect(str(store.files(table).rows), read_only=True) as connection:
        counts = store.density(table)
        return write_hats(connection, table, counts, folder, most_rows=most_rows)


def test_lsdb_finds_the_same_rows(store: CatalogueStore, stars: Stars, put: Put, tmp_path: Path):
    given = stars(20_000)
    folder = tmp_path / "stars"
    assert export(store, put(given), folder) == 20_000
    assert is_valid_catalog(folder, strict=True)
    catalogue = lsdb.open_catalog(folder)
    assert len(catalogue) == 20_000
    found = catalogue.compute().sort_values("id")
    for name in ("id", "ra", "dec", "name"):
        assert found[name].tolist() == given[name].to_pylist()
    near = catalogue.cone_search(10, 20, 5 * 3600).compute()
    ra, dec = (np.radians(given[name].to_numpy()) for name in ("ra", "dec"))
    x = np.sin(dec) * np.sin(np.radians(20))
    x += np.cos(dec) * np.cos(np.radians(20)) * np.cos(ra - np.radians(10))
    assert sorted(near["id"]) == np.flatnonzero(x > np.cos(np.radians(5))).tolist()


def test_tiles_are_cut_where_rows_are_many(store: CatalogueStore, stars: Stars, put: Put):
    crowd = stars(9000).to_pydict()
    crowd["ra"] = [10 + ra / 100 for ra in crowd["ra"]]
    crowd["dec"] = [dec / 100 for dec in crowd["dec"]]
    both = pa.concat_tables([stars(1000), pa.table(crowd)])
    counts = store.density(put(both))
    assert counts is not None
    cut = tiles(counts, 500)
    assert sum(tile.rows for tile in cut) == 10_000
    assert max(tile.rows for tile in cut if tile.order < counts.order) <= 500
    assert len({tile.order for tile in cut}) > 2
    starts = [tile.pixel << 2 * (29 - tile.order) for tile in cut]
    assert starts == sorted(starts)


def test_metadata_comes_back_when_the_folder_is_ingested(
    store: CatalogueStore, stars: Stars, put: Put, tmp_path: Path
):
    given = stars(3000).to_pydict()
    given["ra"][5] = None
    before = put(pa.table(given))
    folder = tmp_path / "stars"
    line = ["export-hats", "sky.stars", str(folder), "--data", str(store.data)]
    assert main(line) == 0
    other = tmp_path / "other"
    assert main(["ingest", str(folder), "--table", "sky.stars", "--data", str(other)]) == 0
    after = CatalogueStore(other).tables().find("sky.stars")
    assert after is not None
    assert after.rows == 2999
    assert (after.description, after.credit) == (before.description, before.credit)
    assert after.position == before.position
    assert [(c.name, c.unit, c.ucd, c.description) for c in after.columns if c.name != "id"] == [
        (c.name, c.unit, c.ucd, c.description) for c in before.columns if c.name != "id"
    ]
    assert main(line) == 1  # the folder is there


def test_of_a_collection_as_lsdb_writes_it_only_the_rows_of_its_catalogue_come(
    store: CatalogueStore,
    stars: Stars,
    put: Put,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    folder = tmp_path / "archive" / "stars"
    export(store, put(stars(2000)), folder / "main")
    export(store, put(stars(100, seed=2)), folder / "main_10arcs")  # margins are rows once more
    (folder / "collection.properties").write_text(
        "#HATS Collection\nobs_collection=main\nhats_primary_table_url=main\nhats_version=v1.0\n"
    )
    assert len(lsdb.open_catalog(folder)) == 2000
    line = ["--table", "sky.stars", "--data", str(tmp_path / "other")]
    assert main(["ingest", str(folder), *line]) == 0
    table = CatalogueStore(tmp_path / "other").tables().find("sky.stars")
    assert table is not None
    assert table.rows == 2000
    assert [column.name for column in table.columns] == ["id", "ra", "dec", "name"]
    assert main(["ingest", str(folder.parent), *line, "--replace"]) == 1
    assert "there are HATS folders: " in capsys.readouterr().err
    (folder / "main").rename(folder / "renamed")
    assert main(["ingest", str(folder), *line, "--replace"]) == 1
    assert "is a HATS collection without its catalogue, main." in capsys.readouterr().err


def test_ingest_writes_the_folder_too(tmp_path: Path, stars: Stars):
    pq.write_table(stars(500), tmp_path / "a.parquet")
    line = ["ingest", str(tmp_path / "a.parquet"), "--table", "sky.stars", "--hats"]
    assert main([*line, "--data", str(tmp_path / "data")]) == 0
    (folder,) = (tmp_path / "data" / "catalogues" / "sky").glob("stars.*/hats")
    assert len(lsdb.open_catalog(folder)) == 500


def test_a_table_without_positions_is_refused(
    store: CatalogueStore,
    stars: Stars,
    put: Put,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    put(stars(10), position=None)
    line = ["export-hats", "sky.stars", str(tmp_path / "x"), "--data", str(store.data)]
    assert main(line) == 1
    assert "no positions on the sky" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
