"""Small queries that are answered without SQL have the same rows as their SQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from datalab_backend import adql
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.engines import sorted_rows
from datalab_backend.engines.shortcut import SHORTCUT
from datalab_backend.metadata import Column, DataType, Schema, Table
from hypothesis import example, given, settings
from hypothesis import strategies as st

STARS = Table(
    "sky",
    "stars",
    (
        Column("id", DataType.BIGINT, ucd="meta.id;meta.main"),
        Column("ra", DataType.DOUBLE, ucd="pos.eq.ra;meta.main"),
        Column("dec", DataType.DOUBLE, ucd="pos.eq.dec;meta.main"),
        Column("gmag", DataType.REAL, ucd="phot.mag"),
        Column("epochs", DataType.SMALLINT),
        Column("name", DataType.VARCHAR, arraysize="*"),
        Column("flux", DataType.REAL, arraysize="2"),
    ),
    position=("ra", "dec"),
    looked_up=("id", "gmag"),
)
CORNERS = [
    (0.0, 0.0),
    (359.9999, 41.8103),
    (180.0, 90.0),
    (10.0, -90.0),
    (45.0, 0.0),
    (123.4, -41.8),
]


def _rows() -> pa.Table:
    """Stars all over the sky, and crowds where formulas and cells have their corners."""
    rng = np.random.default_rng(5)
    ra, dec = [rng.uniform(0, 360, 2000)], [np.degrees(np.arcsin(rng.uniform(-1, 1, 2000)))]
    for lon, lat in CORNERS:
        reach, angle = 10 ** rng.uniform(-6, 1, 80), rng.uniform(0, 2 * np.pi, 80)
        ra += [(lon + reach * np.cos(angle)) % 360, np.array([lon])]
        dec += [np.clip(lat + reach * np.sin(angle), -90, 90), np.array([lat])]
    lon, lat = np.concatenate(ra), np.concatenate(dec)
    count = len(lon)
    lost = np.arange(count) % 97 == 0
    gmag = rng.uniform(10, 25, count).astype(np.float32)
    gmag[::50] = np.nan
    return pa.table(
        {
            # Some are alike, and some have none.
            "id": pa.array(np.arange(count) // 2 * 7 - 2**40, mask=np.arange(count) % 31 == 0),
            "ra": pa.array(lon, mask=lost),
            "dec": lat,
            "gmag": pa.array(gmag, mask=np.arange(count) % 11 == 0),
            "epochs": pa.array(rng.integers(-5, 300, count), pa.int16()),
            "name": [f"star {n}" for n in range(count)],
            "flux": pa.array([[n, -n] for n in range(count)], pa.list_(pa.float32())),
        }
    )


ROWS = _rows()
IDS = [i for i in ROWS["id"].to_pylist() if i is not None]


class Sky:
    """The stars in an engine."""

    def __init__(self, now: Snapshot) -> None:
        self.now = now

    def both(self, text: str, limit: int | None = None) -> tuple[pa.Table | None, pa.Table]:
        """The rows of a query by its shortcut, None without one, and by its SQL."""
        checked = adql.check(adql.parse(text), self.now.tables)
        engine = self.now.engine
        query = adql.translate(checked, engine.relation, limit, engine.dialect)
        quick = engine.at_once(query.meta.pop(SHORTCUT))
        with engine.execute(query) as result:
            schema = result.schema
            slow = pa.Table.from_batches(list(result), schema)
        return None if quick is None else pa.table(quick), slow


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Sky:
    with pytest.MonkeyPatch.context() as patch:
        # Short batches, so that areas lie in several.
        patch.setattr(sorted_rows, "_BATCH_ROWS", 300)
        store = CatalogueStore(tmp_path_factory.mktemp("sky"))
        ingest(store, Schema("sky"), STARS, ROWS.to_batches(max_chunksize=500))
    return Sky(LiveCatalogues(store).now())


places = st.one_of(
    st.sampled_from(CORNERS),
    st.tuples(st.floats(0, 360), st.floats(-90, 90)),
    st.sampled_from(list(zip(ROWS["ra"].to_pylist(), ROWS["dec"].to_pylist(), strict=True))),
).filter(lambda place: place[0] is not None)
radii = st.one_of(
    st.sampled_from([0.0, 1 / 3600, 1 / 60, 0.1, 1.0, 10.0, 60.0, 89.9]),
    st.floats(-8, 1.9).map(lambda exponent: 10**exponent),
)
conditions = st.lists(
    st.sampled_from(
        [
            "gmag < 20",
            "gmag >= 15.5",
            "17 > gmag",
            "gmag <> 12",
            "gmag BETWEEN 12 AND 18.25",
            "gmag > -1",
            "epochs = 7",
            "epochs > 100.5",
            "epochs <= -2",
            "dec < 89.5",
            f"id IN ({IDS[3]}, {IDS[900]}, 5)",
        ]
    ),
    max_size=2,
)


@settings(max_examples=300)
@given(place=places, radius=radii, more=conditions, top=st.sampled_from(["", "TOP 3", "TOP 40"]))
@example(place=(180.0, 90.0), radius=0.0, more=[], top="")
@example(place=(10.0, -90.0), radius=1e-8, more=[], top="")
@example(place=(359.9999, 41.8103), radius=10.0, more=["gmag < 20"], top="")
def test_a_cone_has_the_rows_of_its_sql(
    sky: Sky, place: tuple[float, float], radius: float, more: list[str], top: str
):
    cone = f"1 = CONTAINS(POINT(ra, dec), CIRCLE({place[0]!r}, {place[1]!r}, {radius!r}))"
    near = f"DISTANCE(ra, dec, {place[0]!r}, {place[1]!r}) < {radius!r}"
    for form in (cone, near):
        where = " AND ".join([form, *more])
        quick, slow = sky.both(f"SELECT {top} * FROM sky.stars WHERE {where}", 50)
        if quick is not None:
            assert quick.schema == slow.schema
            assert repr(quick.to_pylist()) == repr(slow.to_pylist())


def test_most_cones_take_the_shortcut(sky: Sky):
    rng = np.random.default_rng(6)
    found = 0
    for lon, lat in zip(rng.uniform(0, 360, 40), rng.uniform(-90, 90, 40), strict=True):
        quick, slow = sky.both(
            "SELECT id, name FROM sky.stars "
            f"WHERE DISTANCE(ra, dec, {lon}, {lat}) <= 8 AND gmag < 20"
        )
        assert quick is not None
        assert quick.equals(slow)
        found += quick.num_rows
    assert found > 100


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * FROM sky.stars WHERE id = {IDS[0]}",
        f"SELECT name, id AS number FROM sky.stars WHERE {IDS[77]} = id AND gmag < 99",
        f"SELECT name FROM sky.stars AS s WHERE s.id IN ({IDS[9]}, {IDS[1500]}, {IDS[10]}, 3)",
        "SELECT name FROM sky.stars WHERE id = 9223372036854775807",
        "SELECT TOP 20 name, gmag FROM sky.stars ORDER BY gmag",
        "SELECT TOP 20 gmag, flux FROM sky.stars ORDER BY 1 DESC",
        "SELECT TOP 7 * FROM sky.stars",
    ],
)
def test_other_small_queries_have_the_rows_of_their_sql(sky: Sky, query: str):
    quick, slow = sky.both(query)
    assert quick is not None
    assert quick.schema == slow.schema
    assert repr(quick.to_pylist()) == repr(slow.to_pylist())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) FROM sky.stars WHERE DISTANCE(ra, dec, 10, 10) < 1",
        "SELECT gmag + 1 FROM sky.stars WHERE DISTANCE(ra, dec, 10, 10) < 1",
        "SELECT DISTINCT epochs FROM sky.stars WHERE DISTANCE(ra, dec, 10, 10) < 1",
        "SELECT id FROM sky.stars WHERE DISTANCE(ra, dec, 10, 10) < 1 AND name = 'star 3'",
        "SELECT id FROM sky.stars WHERE DISTANCE(ra, dec, 10, 10) < 1 OR gmag < 11",
        "SELECT id FROM sky.stars WHERE NOT DISTANCE(ra, dec, 10, 10) < 1",
        "SELECT id FROM sky.stars WHERE DISTANCE(ra, dec, 10, 10) < 1 ORDER BY gmag",
        "SELECT id FROM sky.stars WHERE DISTANCE(ra, dec, 10, 10) < 1 OFFSET 3",
        "SELECT id FROM sky.stars WHERE DISTANCE(ra, dec, 10, 10) < 0.1 * gmag",
        "SELECT id FROM sky.stars WHERE DISTANCE(ra, dec, 10, 10) < 1 AND gmag < epochs",
        f"SELECT id FROM sky.stars WHERE id = {IDS[0]}.0",
        f"SELECT id FROM sky.stars WHERE id = {IDS[0]} AND id = {IDS[7]}",
        "SELECT id FROM sky.stars WHERE gmag < 11",
        "SELECT TOP 5 id FROM sky.stars WHERE gmag > 11 ORDER BY gmag",
        "SELECT id FROM sky.stars",
    ],
)
def test_what_is_more_than_that_takes_its_sql(sky: Sky, query: str):
    quick, _ = sky.both(query)
    assert quick is None


def test_a_row_at_the_very_edge_of_a_cone_is_left_to_the_sql(sky: Sky):
    place, star = (33.0, 44.0), next(r for r in ROWS.to_pylist() if r["ra"] is not None)
    edge = sky.both(
        f"SELECT DISTANCE(ra, dec, {place[0]}, {place[1]}) AS d FROM sky.stars "
        f"WHERE name = '{star['name']}'"
    )[1]["d"][0].as_py()
    for radius in (edge, np.nextafter(edge, 0), np.nextafter(edge, 180)):
        cone = f"DISTANCE(ra, dec, {place[0]}, {place[1]}) < {float(radius)!r}"
        quick, _ = sky.both(f"SELECT * FROM sky.stars WHERE {cone} AND gmag < 90")
        assert quick is None


def test_damaged_files_are_never_needed(tmp_path: Path):
    store = CatalogueStore(tmp_path)
    ingest(store, Schema("sky"), STARS, ROWS.to_batches())
    (table,) = store.tables()
    (store.files(table).rows.parent / "rows.arrow").write_bytes(b"ARROW1, but no more")
    quick, slow = Sky(LiveCatalogues(store).now()).both(
        "SELECT * FROM sky.stars WHERE DISTANCE(ra, dec, 45, 0) < 3"
    )
    assert quick is None
    assert slow.num_rows > 50


def test_users_own_tables_and_full_disks_do_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own = CatalogueStore(tmp_path / "own", schema="mydb")
    ingest(own, Schema("mydb"), replace(STARS, schema="mydb"), ROWS.to_batches())
    (table,) = own.tables()
    assert not list(own.files(table).rows.parent.glob("*.arrow"))

    monkeypatch.setattr(sorted_rows, "_MOST_OF_DISK", 1e-12)
    full = CatalogueStore(tmp_path / "full")
    ingest(full, Schema("sky"), STARS, ROWS.to_batches())
    (table,) = full.tables()
    assert not list(full.files(table).rows.parent.glob("*.arrow"))
    quick, slow = Sky(LiveCatalogues(full).now()).both("SELECT TOP 5 * FROM sky.stars")
    assert quick is None
    assert slow.num_rows == 5
