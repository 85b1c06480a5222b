"""Density maps: every row counted once, from points and from the pyramid alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import astropy.units as u
import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import Latitude, Longitude, SkyCoord
from cdshealpix import healpix_to_lonlat, lonlat_to_healpix
from datalab_backend.catalogues.counts import Counts, cells_in, counts_order
from datalab_backend.catalogues.density import OUTSIDE, DensityView, density
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.projections import View, to_directions
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Table

ROWS = 60_000


@dataclass
class Sky:
    """A table in a running engine, and its positions."""

    table: Table
    live: LiveCatalogues
    directions: np.ndarray

    def map(self, view: View, **options: int) -> DensityView:
        """The table's density map."""
        counts = self.live.store.density(self.table)
        return density(self.table, counts, self.live.now().engine, view, **options)


@pytest.fixture
def sky(store: CatalogueStore, put: Callable[..., Table]) -> Sky:
    rng = np.random.default_rng(3)
    lon = rng.uniform(0, 360, ROWS)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, ROWS)))
    # Dense groups where a cover or a wrap could lose some: the poles, RA 0 and a cell's corner.
    for i, (lon0, lat0) in enumerate([(0, 90), (77, -90), (0, 0), (45, 0), (266.4, -29)]):
        group = slice(i * 2000, (i + 1) * 2000)
        centre = SkyCoord(lon0, lat0, unit="deg")
        near = centre.directional_offset_by(
            rng.uniform(0, 360, 2000) * u.deg, 0.5 * rng.uniform(0, 1, 2000) ** 2 * u.deg
        )
        lon[group], lat[group] = near.ra.deg, near.dec.deg
    rows = pa.table({"id": np.arange(ROWS), "ra": lon, "dec": lat, "name": pa.nulls(ROWS)})
    return Sky(put(rows), LiveCatalogues(store), to_directions(lon, lat))


VIEWS = [
    View(projection, lon, lat, frame, fov, 120, 60)
    for projection in ("aitoff", "mollweide")
    for lon, lat, frame, fov in (
        (0, 0, "icrs", 324.1),
        (120, -40, "galactic", 324.1),
        (180, 0, "icrs", 250),
        (0, 0, "galactic", 90),
        (0, 90, "icrs", 40),
        (300, -90, "icrs", 3),
        (0, 0, "icrs", 2),
        (359.999, 0.001, "icrs", 0.05),
        (45, 0, "icrs", 0.3),
        (0, 0, "galactic", 1),
        (12, 34, "icrs", 1e-6),
    )
]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_points_are_exactly_the_rows_in_each_pixel(sky: Sky, view: View):
    shown = sky.map(view)
    expected = np.bincount(view.pixels(sky.directions), minlength=view.width * view.height)
    on_sky = shown.values != OUTSIDE
    assert shown.method == "points"
    assert (shown.values[on_sky] == expected.reshape(shown.values.shape)[on_sky]).all()
    assert shown.values[on_sky].sum() == shown.total == expected.sum()


def test_the_whole_sky_holds_every_row(sky: Sky):
    for view in VIEWS:
        if view.whole_sky:
            assert sky.map(view).total == ROWS
            assert sky.map(view, max_points=0).total == ROWS


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_a_pyramid_shows_the_cell_behind_each_pixel(sky: Sky, view: View):
    shown = sky.map(view, max_points=-1)
    assert shown.method == "pyramid"
    assert shown.order is not None
    pixels, (x, y, z) = view.directions()
    lon, lat = Longitude(np.arctan2(y, x), u.rad), Latitude(np.arcsin(z), u.rad)
    x, y, z = sky.directions
    stars = lonlat_to_healpix(
        Longitude(np.arctan2(y, x), u.rad), Latitude(np.arcsin(z), u.rad), shown.order
    )
    behind = np.bincount(stars, minlength=cells_in(shown.order))
    expected = behind[lonlat_to_healpix(lon, lat, shown.order)]
    assert (shown.values.ravel()[pixels] == expected).all()
    assert (np.delete(shown.values.ravel(), pixels) == OUTSIDE).all()


def test_cells_are_about_as_large_as_pixels_until_the_table_has_no_finer_ones(sky: Sky):
    for fov, order in ((324.1, 4), (160, 5), (40, 7), (1, 8)):
        shown = sky.map(View(fov=fov, width=120, height=60), max_points=-1)
        assert shown.order == order
        assert shown.cell_area_deg2 == pytest.approx(41252.96 / (12 * 4**order))


def test_the_estimate_of_a_pyramid_is_close(sky: Sky):
    view = View("aitoff", 200, 40, "icrs", 120, 200, 100)
    exact = sky.map(view).total
    assert sky.map(view, max_points=0).total == pytest.approx(exact, rel=0.03)


def test_a_full_count_is_told_from_outside(sky: Sky):
    counts = Counts(0, np.arange(13, dtype=np.uint64) << np.uint64(33))
    shown = density(sky.table, counts, sky.live.now().engine, View(width=20, height=10))
    assert set(np.unique(shown.values)) == {OUTSIDE, OUTSIDE - 1}
    assert shown.total == 12 << 33


def test_what_is_said_about_a_map_fits_into_json(sky: Sky):
    about = json.loads(json.dumps(sky.map(View()).about()))
    assert about["table"] == "sky.stars"
    assert (about["rows"], about["total"], about["order"]) == (ROWS, ROWS, None)
    assert (about["fov"], about["width"], about["frame"]) == (324.1, 800, "icrs")
    assert about["simulated"] is True


def test_a_table_without_positions_has_no_map(
    store: CatalogueStore, stars: Callable[..., pa.Table], put: Callable[..., Table]
):
    table = put(stars(10), position=None)
    with pytest.raises(UsageError, match=r"sky\.stars has no positions"):
        density(table, store.density(table), LiveCatalogues(store).now().engine, View())


def test_rows_without_a_position_are_on_no_map(
    store: CatalogueStore, stars: Callable[..., pa.Table], put: Callable[..., Table]
):
    given = stars(100).to_pydict()
    given["ra"][0], given["dec"][1] = None, float("nan")
    table = put(pa.table(given))
    shown = density(table, store.density(table), LiveCatalogues(store).now().engine, View())
    assert shown.total == 98


@pytest.mark.parametrize("order", range(9))
def test_counts_add_up_at_every_order(order: int):
    rng = np.random.default_rng(1)
    positions = np.sort(rng.integers(0, cells_in(29), 10_000))
    counts = Counts.of(np.array_split(positions, 7), 8)
    at_order = counts.at(order, np.arange(cells_in(order)))
    assert at_order.sum() == counts.total == 10_000
    assert (at_order == np.bincount(positions >> 2 * (29 - order), minlength=len(at_order))).all()
    few = np.array([0, cells_in(order) - 1])
    assert (counts.at(order, few) == at_order[few]).all()


def test_counts_are_kept_on_disk(tmp_path: Path):
    lon, lat = healpix_to_lonlat(np.arange(cells_in(6)), 6)
    positions = np.sort(lonlat_to_healpix(lon, lat, 29).astype(np.int64))
    counts = Counts.of([positions], 6)
    counts.save(tmp_path / "density.npy")
    again = Counts.load(tmp_path / "density.npy")
    assert again.order == 6
    assert (again.cumulative == np.arange(cells_in(6) + 1)).all()


@pytest.mark.parametrize(
    ("rows", "order"),
    [(0, 6), (1, 6), (12 * 4**5, 6), (12 * 4**6, 7), (12 * 4**6 + 1, 8), (10**6, 10), (10**9, 10)],
)
def test_larger_tables_are_counted_in_finer_cells(rows: int, order: int):
    assert counts_order(rows) == order
