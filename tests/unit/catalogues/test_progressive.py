"""The rows of a table as a catalogue HiPS: each in one tile, the brightest first."""

from __future__ import annotations

from collections.abc import Callable

import healpy
import numpy as np
import pyarrow as pa
import pytest
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.progressive import FIRST_ORDER, ProgressiveHips
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.metadata import Column, DataType, Table
from hypothesis import given, settings
from hypothesis import strategies as st

BIG = 2**60

COLUMNS = (
    Column("id", DataType.BIGINT, "Number.", ucd="meta.id"),
    Column("ra", DataType.DOUBLE, "Right ascension.", "deg", "pos.eq.ra;meta.main"),
    Column("dec", DataType.DOUBLE, "Declination.", "deg", "pos.eq.dec;meta.main"),
    Column("gmag", DataType.REAL, "Magnitude.", "mag", "phot.mag;em.opt"),
    Column("name", DataType.VARCHAR, "Name.", arraysize="*"),
)


def rows(number: int, seed: int, spread: float) -> pa.Table:
    """Stars, some of equal, unknown or infinite magnitude, some at one place."""
    rng = np.random.default_rng(seed)
    gmag = rng.integers(5, 25, number).astype(np.float32)
    gmag[::17], gmag[5::31] = np.nan, np.inf
    lon, lat = rng.normal(120, spread, number) % 360, rng.normal(10, spread / 3, number)
    lon[::9], lat[::9] = 120, 10
    return pa.table(
        {
            "id": BIG + 7 * np.arange(number),
            "ra": lon,
            "dec": np.clip(lat, -90, 90),
            "gmag": pa.array(gmag, mask=np.arange(number) % 13 == 0),
            "name": pa.array([f'a\t"{n}"\n' for n in range(number)]),
        }
    )


def tiles(hips: ProgressiveHips, engine: object) -> dict[tuple[int, int], list[list[str]]]:
    """All tiles, found by going down from those that have rows."""
    found: dict[tuple[int, int], list[list[str]]] = {}
    asked = [(FIRST_ORDER, number) for number in range(12 * 4**FIRST_ORDER)]
    while asked:
        order, number = asked.pop()
        tile = hips.tile(order, number, engine)
        if tile is None:
            continue
        header, *lines = tile.decode().removesuffix("\n").split("\n")
        assert header.split("\t") == [column.name for column in COLUMNS]
        found[order, number] = [line.split("\t") for line in lines]
        asked += [(order + 1, 4 * number + child) for child in range(4)]
    return found


@settings(max_examples=8)
@given(
    number=st.integers(1, 3000),
    seed=st.integers(0, 99),
    spread=st.sampled_from([0.01, 3.0, 90.0]),
    a_tile=st.sampled_from([10, 100, 500]),
    ranked=st.booleans(),
)
def test_every_row_is_in_one_tile_and_none_in_two(
    store: CatalogueStore,
    put: Callable[..., Table],
    number: int,
    seed: int,
    spread: float,
    a_tile: int,
    ranked: bool,
):
    made = rows(number, seed, spread)
    columns = COLUMNS if ranked else (*COLUMNS[:3], Column("gmag", DataType.REAL), COLUMNS[4])
    table = put(made, columns=columns)
    now = LiveCatalogues(store).now()
    hips = ProgressiveHips(table, now.density(table), a_tile)
    assert (hips.ranking is not None) == ranked
    found = tiles(hips, now.engine)
    shown = [int(row[0]) for tile in found.values() for row in tile]
    assert sorted(shown) == made["id"].to_pylist()
    place = {row["id"]: (row["ra"], row["dec"]) for row in made.to_pylist()}
    for (order, number), tile in found.items():
        assert len(tile) <= a_tile or order == hips.order
        lon, lat = np.array([place[int(row[0])] for row in tile]).T
        assert (healpy.ang2pix(2**order, lon, lat, nest=True, lonlat=True) == number).all()


def test_a_tile_shows_what_is_brighter_than_all_below_it(
    store: CatalogueStore, put: Callable[..., Table]
):
    table = put(rows(3000, 3, 5.0), columns=COLUMNS)
    now = LiveCatalogues(store).now()
    found = tiles(ProgressiveHips(table, now.density(table), 50), now.engine)
    magnitude = {
        where: [float(row[3]) if row[3] not in ("", "NaN") else np.inf for row in tile]
        for where, tile in found.items()
    }
    below = [(order, number) for order, number in found if order > FIRST_ORDER]
    assert below
    for order, number in below:
        assert max(magnitude[order - 1, number >> 2]) <= min(magnitude[order, number])


@pytest.mark.parametrize("order", [1, 2])
def test_the_whole_sky_of_an_order_is_all_its_tiles(
    store: CatalogueStore, put: Callable[..., Table], order: int
):
    table = put(rows(3000, 4, 60.0), columns=COLUMNS)
    now = LiveCatalogues(store).now()
    hips = ProgressiveHips(table, now.density(table), 20)
    lines = hips.allsky(order, now.engine).decode().splitlines()[1:]
    found = [row for (k, _), tile in tiles(hips, now.engine).items() if k == order for row in tile]
    assert sorted(lines) == sorted("\t".join(row) for row in found)
