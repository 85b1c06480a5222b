"""Density maps of a condition or a column: the same rows whichever way they are looked at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from datalab_backend.catalogues.density import OUTSIDE, DensityView
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.measured import measured
from datalab_backend.catalogues.projections import View, to_directions
from datalab_backend.catalogues.results import positions
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.metadata import Column, DataType, Table

ROWS = 50_000
WHOLE = View(width=200, height=100)
VIEWS = [
    WHOLE,
    View(lon=0, lat=0, fov=60, width=80, height=60, frame="ecliptic"),
    View(lon=10, lat=89, fov=20, width=80, height=60),
]
COLUMNS = (
    Column("ra", DataType.DOUBLE, "", "deg", "pos.eq.ra;meta.main"),
    Column("dec", DataType.DOUBLE, "", "deg", "pos.eq.dec;meta.main"),
    Column("mag", DataType.DOUBLE, "", "mag", "phot.mag"),
    Column("cell", DataType.DOUBLE, "", "mag"),
)


class Sky:
    """Stars with a magnitude that some lack, and all that is known of them."""

    def __init__(self, store: CatalogueStore, put: Callable[..., Table]) -> None:
        rng = np.random.default_rng(7)
        lon, lat = rng.uniform(0, 360, ROWS), np.degrees(np.arcsin(rng.uniform(-1, 1, ROWS)))
        self.directions = to_directions(lon, lat)
        mag = rng.uniform(10, 20, ROWS)
        mag[:100] = np.nan
        missing = np.arange(ROWS) % 50 == 3
        self.mag = np.where(missing, np.nan, mag)
        rows = pa.table({"ra": lon, "dec": lat, "mag": pa.array(mag, mask=missing), "cell": mag})
        self.table = put(rows, columns=COLUMNS)
        self.now = LiveCatalogues(store).now()

    def map(self, view: View, **asked: object) -> DensityView:
        """A map of the stars."""
        counts = self.now.density(self.table)
        return measured(self.table, self.now.tables, counts, self.now.engine, view, **asked)

    def expected(self, view: View, kept: np.ndarray) -> np.ndarray:
        """How many of some stars are in each pixel."""
        found = np.bincount(
            view.pixels(self.directions[:, kept]), minlength=view.width * view.height
        )
        return found.reshape(view.height, view.width)


@pytest.fixture
def sky(store: CatalogueStore, put: Callable[..., Table]) -> Sky:
    return Sky(store, put)


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_rows_of_a_condition_are_each_in_their_pixel(sky: Sky, view: View):
    shown = sky.map(view, where="mag < 12 OR mag BETWEEN 19 AND 20")
    expected = sky.expected(view, (sky.mag < 12) | (sky.mag > 19))
    assert shown.method == "points"
    on_sky = shown.values != OUTSIDE
    assert (shown.values[on_sky] == expected[on_sky]).all()
    assert shown.total == expected.sum()


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_many_rows_are_counted_in_the_cells_behind_the_pixels(sky: Sky, view: View):
    shown = sky.map(view, where="mag < 15", max_points=0)
    assert (shown.method, shown.sample_percent) == ("query", 100)
    exact = sky.expected(view, sky.mag < 15)
    assert shown.total == pytest.approx(exact.sum(), rel=0.1)
    if view.whole_sky:
        assert shown.total == exact.sum()


def test_a_sample_says_so_and_is_about_right(sky: Sky):
    shown = sky.map(WHOLE, where="mag < 15", max_points=0, max_rows=15_000)
    assert shown.method == "sample"
    assert 5 < shown.sample_percent < 20
    assert shown.total == pytest.approx((sky.mag < 15).sum(), rel=0.1)
    density = np.where(shown.values == OUTSIDE, 0, shown.values).mean() / shown.cell_area_deg2
    whole = sky.map(WHOLE, where="mag < 15", max_points=0, max_rows=15_000, sample=False)
    assert whole.method == "query"
    exact = np.where(whole.values == OUTSIDE, 0, whole.values).mean() / whole.cell_area_deg2
    assert density == pytest.approx(exact, rel=0.1)


@pytest.mark.parametrize("statistic", ["mean", "min", "max"])
@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_a_column_is_measured_over_the_rows_that_have_it(sky: Sky, view: View, statistic: str):
    shown = sky.map(view, statistic=statistic, column="2 * mag - 1", where="mag < 18")
    assert (shown.method, shown.values.dtype) == ("points", np.float32)
    kept = np.flatnonzero(sky.mag < 18)
    pixel, inside = view.pixel_of_each(sky.directions[:, kept])
    values = (2 * sky.mag - 1)[kept][inside]
    for at in np.unique(pixel)[::37]:
        expected = getattr(np, statistic)(values[pixel == at])
        assert shown.values.ravel()[at] == pytest.approx(expected, rel=1e-6)
    assert np.isnan(np.delete(shown.values.ravel(), np.unique(pixel))).all()


def test_the_mean_of_many_rows_is_that_of_their_cell(sky: Sky):
    shown = sky.map(WHOLE, statistic="mean", column="mag", max_points=0)
    assert (shown.method, shown.unit) == ("query", "mag")
    assert np.nanmean(shown.values) == pytest.approx(np.nanmean(sky.mag), rel=0.01)
    assert shown.total == np.isfinite(sky.mag).sum()


@pytest.mark.parametrize("max_points", [0, ROWS])
@pytest.mark.parametrize("column", ["cell", "mag AS cell"])
def test_a_column_may_be_called_anything(sky: Sky, column: str, max_points: int):
    asked = {"statistic": "mean", "where": "mag > 0", "max_points": max_points}
    plain = sky.map(VIEWS[2], column="mag", **asked)
    named = sky.map(VIEWS[2], column=column, **asked)
    assert plain.total > 100
    np.testing.assert_array_equal(named.values, plain.values)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("how", [{}, {"max_points": 0}, {"max_points": 0, "max_rows": 1}])
def test_rows_without_a_position_are_on_no_map(
    store: CatalogueStore, put: Callable[..., Table], how: dict[str, int]
):
    lost = pa.nulls(9_000, pa.float64())
    rows = pa.table({"ra": lost, "dec": lost, "mag": pa.array(np.ones(9_000))})
    rng = np.random.default_rng(5)
    found = {"ra": rng.uniform(0, 360, 9_000), "dec": rng.uniform(-80, 80, 9_000)}
    rows = pa.concat_tables([rows, pa.table({**found, "mag": np.ones(9_000)})])
    table = put(rows, columns=COLUMNS[:3])
    now = LiveCatalogues(store).now()
    for asked in ({"where": "1 = 1"}, {"statistic": "max", "column": "mag"}):
        shown = measured(table, now.tables, now.density(table), now.engine, WHOLE, **asked, **how)
        assert shown.total == pytest.approx(9_000, rel=0.5 if "max_rows" in how else 0)


@pytest.mark.parametrize("max_points", [0, ROWS])
@pytest.mark.parametrize("statistic", ["mean", "min", "max"])
def test_any_number_can_be_measured_and_infinities_are_left_out(
    store: CatalogueStore, put: Callable[..., Table], statistic: str, max_points: int
):
    place = np.full(3, 10.0)
    rows = {"ra": place, "dec": place, "flux": [5.0, np.inf, -np.inf], "id": [2**62 + 1] * 3}
    columns = (*COLUMNS[:2], Column("flux", DataType.DOUBLE), Column("id", DataType.BIGINT))
    table = put(pa.table(rows), columns=columns)
    now = LiveCatalogues(store).now()
    view = View(lon=10, lat=10, width=201, height=101)  # the stars are in the middle of a pixel
    for column, value, count in (("flux", 5.0, 1), ("id", 2.0**62, 3)):
        asked = {"statistic": statistic, "column": column, "max_points": max_points}
        shown = measured(table, now.tables, now.density(table), now.engine, view, **asked)
        assert shown.total == count
        assert set(shown.values[~np.isnan(shown.values)]) == {value}


def test_a_condition_may_look_into_other_tables_and_hold_a_cone(sky: Sky):
    where = """1 = CONTAINS(POINT(ra, dec), CIRCLE(30, 40, 15)) -- a cone
        AND mag IN (SELECT mag FROM sky.stars WHERE mag BETWEEN 11 AND 20)"""
    shown = sky.map(WHOLE, where=where)
    near = sky.directions.T @ to_directions(np.array([30.0]), np.array([40.0]))[:, 0]
    assert shown.total == ((near > np.cos(np.radians(15))) & (sky.mag > 11)).sum()


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_result_of_a_query_is_shown_as_a_table_is(sky: Sky, view: View):
    query = "SELECT mag, dec, ra FROM sky.stars WHERE mag BETWEEN 18 AND 20 ORDER BY mag"
    found = positions(query, sky.now.tables, sky.now.engine)
    shown = found.density(view)
    expected = sky.expected(view, sky.mag > 18)
    on_sky = shown.values != OUTSIDE
    assert (shown.values[on_sky] == expected[on_sky]).all()
    assert shown.table.simulated
