"""Histograms of a plane, against NumPy's; and cubes that add up to them."""

from __future__ import annotations

from collections.abc import Callable

import healpy
import numpy as np
import pyarrow as pa
import pytest
from datalab_backend.catalogues import histogram as module
from datalab_backend.catalogues.histogram import Histogram, histogram
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.errors import AdqlError, UsageError
from datalab_backend.metadata import Column, DataType, Table

ROWS = 40_000
COLUMNS = (
    Column("ra", DataType.DOUBLE, "", "deg", "pos.eq.ra;meta.main"),
    Column("dec", DataType.DOUBLE, "", "deg", "pos.eq.dec;meta.main"),
    Column("g", DataType.REAL, "", "mag", "phot.mag;em.opt"),
    Column("r", DataType.REAL, "", "mag", "phot.mag;em.opt"),
    Column("cell", DataType.REAL, "The same as g."),
    Column("name", DataType.VARCHAR, "", arraysize="*"),
)


class Stars:
    """Stars with two magnitudes, some of them missing or not a number."""

    def __init__(self, store: CatalogueStore, put: Callable[..., Table]) -> None:
        rng = np.random.default_rng(8)
        self.ra = rng.uniform(0, 360, ROWS)
        self.dec = np.degrees(np.arcsin(rng.uniform(-1, 1, ROWS)))
        self.g = rng.normal(20, 2, ROWS).astype(np.float32)
        self.r = (self.g - rng.normal(0.6, 0.4, ROWS)).astype(np.float32)
        self.r[:300] = np.nan
        self.g[300:310] = np.inf
        missing = np.arange(ROWS) % 100 == 1
        rows = {"ra": self.ra, "dec": self.dec, "g": pa.array(self.g, mask=missing), "r": self.r}
        rows["cell"] = rows["g"]
        self.g[missing] = np.nan
        self.table = put(pa.table({**rows, "name": pa.nulls(ROWS)}), columns=COLUMNS)
        self.now = LiveCatalogues(store).now()

    def histogram(self, x: str = "g - r", y: str = "g", **asked: object) -> Histogram:
        """Their histogram."""
        return histogram(self.table, self.now.tables, self.now.engine, x, y, **asked)


@pytest.fixture
def stars(store: CatalogueStore, put: Callable[..., Table]) -> Stars:
    return Stars(store, put)


def test_each_row_is_in_the_bin_that_numpy_finds(stars: Stars):
    found = stars.histogram(bins=(40, 30), x_range=(-0.5, 2.0), y_range=(15, 25))
    colour = stars.g.astype(float) - stars.r.astype(float)
    known = np.isfinite(colour)
    expected, *_ = np.histogram2d(
        stars.g[known], colour[known], bins=(30, 40), range=((15, 25), (-0.5, 2.0))
    )
    assert found.counts.shape == (30, 40)
    assert np.abs(found.counts - expected).sum() <= 4  # on the very edge of two bins
    assert found.missing == ROWS - known.sum()
    assert found.counts.sum() + found.outside + found.missing == ROWS


@pytest.mark.parametrize(
    ("value", "bins", "y_range"),
    [
        ("fine", 1000, (15, 25)),
        ("fine", 7, (-0.3, 0.6)),
        ("fine", 1000, None),
        ("number", 50, (0, 2450)),
        ("number", 1000, None),
    ],
)
def test_values_on_the_very_edges_are_in_the_bins_that_numpy_finds(
    store: CatalogueStore,
    put: Callable[..., Table],
    value: str,
    bins: int,
    y_range: tuple[float, float] | None,
):
    steps = np.arange(-1500, 3000)
    columns = (
        *COLUMNS[:2],
        Column("fine", DataType.DOUBLE),
        Column("number", DataType.BIGINT),
    )
    values = {"fine": np.round(steps * 0.01, 2), "number": steps}
    place = np.zeros(len(steps))
    table = put(pa.table({"ra": place, "dec": place, **values}), columns=columns)
    now = LiveCatalogues(store).now()
    found = histogram(table, now.tables, now.engine, "dec", value, (1, bins), None, y_range)
    expected, _ = np.histogram(values[value], found.y.about()["edges"])
    assert expected.sum() > 50
    np.testing.assert_array_equal(found.counts[:, 0], expected)


def test_without_ranges_nearly_all_rows_are_shown(stars: Stars):
    found = stars.histogram()
    assert found.counts.sum() > 0.98 * (ROWS - found.missing)
    assert found.x.low < 0 < found.x.high < 4
    assert (found.y.unit, found.y.ucd) == ("mag", "phot.mag;em.opt")
    assert len(found.about()["y"]["edges"]) == 201


def test_a_condition_leaves_the_rows_that_meet_it(stars: Stars):
    found = stars.histogram(where="dec > 0 AND g < 20")
    total = found.counts.sum() + found.outside + found.missing
    assert total == ((stars.dec > 0) & (stars.g < 20)).sum()


def test_a_cube_adds_up_to_the_plane_and_to_the_sky(stars: Stars):
    found = stars.histogram(bins=(64, 64), x_range=(-0.5, 2.0), y_range=(15, 25), cube=True)
    cube = found.cube
    assert cube is not None
    assert cube.order == 6
    plane = np.bincount(cube.bins, cube.counts, minlength=64 * 64).reshape(64, 64)
    assert (plane == found.counts).all()
    cells = healpy.ang2pix(64, stars.ra, stars.dec, nest=True, lonlat=True)
    colour = stars.g - stars.r
    inside = (colour > -0.5) & (colour < 2) & (stars.g > 15) & (stars.g < 25)
    sky = np.bincount(cube.cells, cube.counts, minlength=12 * 64**2)
    assert np.abs(sky - np.bincount(cells[inside], minlength=12 * 64**2)).sum() <= 4


@pytest.mark.parametrize(("x", "y"), [("cell", "g"), ("g AS cell", "r AS v1")])
def test_values_of_a_cube_may_be_called_anything(stars: Stars, x: str, y: str):
    ranges = {"bins": (8, 8), "x_range": (15, 25), "y_range": (15, 25), "cube": True}
    plain = stars.histogram("g", "g" if y == "g" else "r", **ranges).cube
    named = stars.histogram(x, y, **ranges).cube
    assert plain is not None
    assert named is not None
    order, again = (np.lexsort((cube.bins, cube.cells)) for cube in (plain, named))
    for part in ("cells", "bins", "counts"):
        assert (getattr(plain, part)[order] == getattr(named, part)[again]).all()


def test_rows_without_a_position_are_in_the_plane_and_nowhere_in_the_cube(
    store: CatalogueStore, put: Callable[..., Table]
):
    rows = {
        "ra": [10.0, None, 20.0],
        "dec": [10.0, 5.0, None],
        "g": pa.array([1, 1, 1], pa.float32()),
    }
    table = put(pa.table(rows), columns=COLUMNS[:3])
    now = LiveCatalogues(store).now()
    found = histogram(table, now.tables, now.engine, "g", "g", cube=True)
    assert found.counts.sum() == 3
    assert found.cube is not None
    assert found.cube.counts.sum() == 1


def test_a_cube_that_grows_too_large_is_coarser(stars: Stars, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_CUBE_CELLS", 20_000)
    found = stars.histogram(bins=(64, 64), cube=True)
    assert found.cube is not None
    assert found.cube.order < 6
    assert len(found.cube.counts) <= 20_000
    assert found.cube.counts.sum() == found.counts.sum()


def test_a_table_without_rows_has_an_empty_plane(stars: Stars):
    found = stars.histogram(where="g < -100")
    assert (found.counts.sum(), found.outside, found.missing) == (0, 0, 0)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"x": "name"}, "x is a text"),
        ({"y": "gg"}, "In y, there is no column 'gg'"),
        ({"x": "g, r"}, "In x, this is more than one"),
        ({"x": "1 + MAX(g)"}, "In x, an aggregate"),
        ({"x": "g FROM sky.stars -- "}, "In"),
        ({"bins": (0, 10)}, "0 bins on x"),
        ({"bins": (10, 5000)}, "5000 bins on y"),
        ({"x_range": (2, 1)}, "xrange"),
        ({"y_range": (0, float("nan"))}, "yrange"),
    ],
)
def test_what_cannot_be_is_refused(stars: Stars, asked: dict[str, object], word: str):
    with pytest.raises((AdqlError, UsageError), match=word):
        stars.histogram(**asked)
