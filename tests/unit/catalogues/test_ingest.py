"""Ingest: all rows arrive, in the order of the sky, or the table is not there at all."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import datetime

import astropy.units as u
import duckdb
import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import Latitude, Longitude
from cdshealpix import lonlat_to_healpix
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.catalogues.versions import write_version
from datalab_backend.engines.arrow import ARROW_TYPES
from datalab_backend.errors import ServiceError, UsageError
from datalab_backend.metadata import Column, DataType, Schema, Table

SKY = Schema("sky", "Made-up stars.")
Stars = Callable[..., pa.Table]
Put = Callable[..., Table]


def rows_of(store: CatalogueStore, table: Table) -> pa.Table:
    with duckdb.connect(str(store.files(table).rows), read_only=True) as connection:
        return connection.sql("SELECT * FROM rows").to_arrow_table()


def test_rows_come_back_as_they_went_in_but_in_the_order_of_the_sky(
    store: CatalogueStore, stars: Stars, put: Put
):
    given = stars(5000)
    table = put(given)
    kept = rows_of(store, table)
    assert (table.rows, table.healpix) == (5000, "_healpix_29")
    index = kept.column("_healpix_29").to_numpy()
    assert (np.diff(index) >= 0).all()
    lon, lat = (kept.column(name).to_numpy() * u.deg for name in ("ra", "dec"))
    assert (index == lonlat_to_healpix(Longitude(lon), Latitude(lat), 29)).all()
    assert kept.drop(["_healpix_29"]).sort_by("id").equals(given)


def test_batches_and_a_table_give_the_same(store: CatalogueStore, stars: Stars, put: Put):
    given = stars(3000)
    whole = rows_of(store, put(given))
    pieces = (batch.select(["dec", "name", "id", "ra"]) for batch in given.to_batches(700))
    table = put(pieces)
    assert table.rows == 3000
    assert rows_of(store, table).equals(whole)


def test_rows_without_a_position_are_kept_and_counted(
    store: CatalogueStore, stars: Stars, put: Put
):
    given = stars(100).to_pydict()
    given["ra"][3], given["dec"][4], given["dec"][5] = None, float("nan"), None
    table = put(pa.table(given))
    assert table.rows == 100
    assert rows_of(store, table).column("_healpix_29").null_count == 3
    counts = store.density(table)
    assert counts is not None
    assert counts.total == 97


def test_the_density_counts_every_cell(store: CatalogueStore, stars: Stars, put: Put):
    table = put(stars(20_000))
    counts = store.density(table)
    assert counts is not None
    assert counts.order == 7
    cells = rows_of(store, table).column("_healpix_29").to_numpy() >> 2 * (29 - 7)
    expected = np.bincount(cells, minlength=12 * 4**7)
    assert (np.diff(counts.cumulative.astype(int)) == expected).all()


def test_an_empty_table_can_be_ingested(store: CatalogueStore, stars: Stars, put: Put):
    table = put(stars(0))
    assert table.rows == 0
    assert rows_of(store, table).num_rows == 0
    assert store.density(table).total == 0


def test_a_table_without_positions_keeps_its_own_order(
    store: CatalogueStore, stars: Stars, put: Put
):
    table = put(stars(1000), position=None)
    assert table.healpix is None
    assert store.density(table) is None
    assert rows_of(store, table).equals(stars(1000))


def test_every_type_can_be_stored(store: CatalogueStore):
    values = {
        DataType.BOOLEAN: True,
        DataType.TIMESTAMP: datetime(2016, 1, 1, 12, 30, 0, 500_000),
        DataType.BLOB: b"\x00\xff",
        DataType.POINT: [1.5, -2.5],
        DataType.CIRCLE: [1.5, -2.5, 0.1],
        DataType.POLYGON: [0.0, 0.0, 1.0, 0.0, 1.0, 1.0],
        **dict.fromkeys((DataType.CHAR, DataType.VARCHAR, DataType.CLOB), "é ☉"),
        **dict.fromkeys((DataType.SMALLINT, DataType.INTEGER, DataType.BIGINT), -7),
        **dict.fromkeys((DataType.REAL, DataType.DOUBLE), 0.5),
    }
    columns = tuple(Column(kind.value.lower(), kind) for kind in DataType)
    given = pa.table(
        {c.name: pa.array([values[c.datatype], None], ARROW_TYPES[c.datatype]) for c in columns}
    )
    table = ingest(store, SKY, Table("sky", "kinds", columns), given)
    assert rows_of(store, table).equals(given)


def test_text_may_come_as_categories(store: CatalogueStore, stars: Stars, put: Put):
    given = stars(50)
    coded = given.set_column(3, "name", given.column("name").dictionary_encode())
    assert rows_of(store, put(coded)).equals(rows_of(store, put(given)))


def test_progress_goes_from_nothing_to_all(store: CatalogueStore, stars: Stars):
    told: list[tuple[float, str]] = []
    table = Table("sky", "stars", (Column("id", DataType.BIGINT),), rows=1000)
    batches = stars(1000).select(["id"]).to_batches(100)
    ingest(store, SKY, table, batches, lambda fraction, message: told.append((fraction, message)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(set(fractions)) > 5
    assert all("sky.stars" in message for _, message in told)


WRONG = {
    "a missing column": (lambda t: t.drop(["ra"]), "Missing: ra"),
    "a column nobody described": (lambda t: t.append_column("g", t["ra"]), "Not described: g"),
    "another type": (
        lambda t: t.set_column(0, "id", t["id"].cast(pa.int32())),
        "id of sky.stars is BIGINT in its metadata but int32 in the rows",
    ),
    "a declination beyond the pole": (
        lambda t: t.set_column(2, "dec", pa.array([90.5] * len(t))),
        "beyond ±90°, such as 90.5",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_rows_that_do_not_fit_are_refused_and_leave_the_old_table(
    store: CatalogueStore, stars: Stars, put: Put, what: str
):
    before = put(stars(10))
    spoil, sentence = WRONG[what]
    with pytest.raises(UsageError) as caught:
        put(iter(spoil(stars(20)).to_batches(5)))
    assert sentence in str(caught.value)
    assert list(store.tables()) == [before]
    assert rows_of(store, before).num_rows == 10
    assert len(list(store.schema_directory("sky").glob("stars.*/"))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "../escape"},
        {"name": "a b"},
        {"name": ""},
        {"name": "schema"},
        {"schema": "other"},
        {"position": ("ra", "nowhere")},
        {"position": ("ra", "name")},
        {"columns": ()},
        {"columns": (Column("ID", DataType.BIGINT), Column("id", DataType.BIGINT))},
        {"columns": (Column("_healpix_29", DataType.BIGINT),)},
    ],
)
def test_metadata_that_makes_no_sense_is_refused(
    store: CatalogueStore, stars: Stars, put: Put, changes: dict[str, object]
):
    with pytest.raises(UsageError):
        put(stars(1), **changes)
    assert list(store.tables()) == []


@pytest.mark.parametrize(
    ("query", "about_the_disk"),
    [("SELECT CAST('x' AS INTEGER) AS n", False), ("FROM read_csv('/nowhere/a.csv')", True)],
)
def test_only_faults_of_the_disk_are_blamed_on_it(
    store: CatalogueStore, query: str, about_the_disk: bool
):
    table = Table("sky", "stars", (Column("n", DataType.INTEGER),))
    with store.writing(), pytest.raises(ServiceError) as caught:
        write_version(store, SKY, table, lambda engine: engine.sql(query), lambda *_: None)
    told = f"{caught.value} {caught.value.hint}"
    assert "sky.stars could not be" in told or "rows of sky.stars" in told
    assert ("disk" in told) == about_the_disk
    assert list(store.tables()) == []


def test_an_error_of_whoever_makes_the_rows_is_passed_on(
    store: CatalogueStore, stars: Stars, put: Put
):
    def broken() -> Iterator[pa.RecordBatch]:
        yield from stars(10).to_batches()
        raise UsageError("The file ends in the middle of a row.")

    with pytest.raises(UsageError, match="middle of a row"):
        put(broken())
    assert list(store.tables()) == []


def test_a_killed_ingest_leaves_the_old_table_and_the_next_cleans_up(
    store: CatalogueStore, stars: Stars, put: Put
):
    before = put(stars(10))
    script = f"""
        import os, signal, sys
        from pathlib import Path
        import numpy as np
        import pyarrow as pa
        from datalab_backend.catalogues.ingest import ingest
        from datalab_backend.catalogues.store import CatalogueStore
        from datalab_backend.metadata import Schema

        store = CatalogueStore(Path({str(store.data)!r}))
        (table,) = store.tables()
        def batches():
            for _ in range(9):
                number = np.arange(9999)
                nothing = pa.nulls(9999)
                yield pa.record_batch(
                    {{"id": number, "ra": number / 99, "dec": number / 999, "name": nothing}}
                )
            os.kill(os.getpid(), signal.SIGKILL)
        ingest(store, Schema("sky"), table, batches())
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert killed.returncode == -9
    directory = store.schema_directory("sky")
    assert len(list(directory.glob("stars.*/"))) == 2
    assert list(CatalogueStore(store.data).tables()) == [before]

    after = put(stars(30))
    assert after.rows == 30
    assert rows_of(store, after).num_rows == 30
    put(stars(5), name="others")
    assert len(list(directory.glob("stars.*/"))) == 1
