"""Rows in memory are counted once each, where they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from astropy import units as u
from astropy.table import QTable, Table
from datalab_toolkit import DatalabError, NotFoundError
from datalab_toolkit.maps.density import OFF_SKY
from datalab_toolkit.maps.points import PointsDensity
from datalab_toolkit.maps.view import MapView
from datalab_toolkit.positions import find_position

N = 20_000
VIEWS = [
    MapView(),
    MapView(0, 0, 120, 300, 200, "galactic"),
    MapView(0.01, 0, 5, 300, 200),
    MapView(10, 90, 40, 200, 200, projection="mollweide"),
    MapView(200, -89, 60, 301, 199),
]


@pytest.fixture(scope="module")
def stars() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    ra, dec = rng.uniform(0, 360, N), np.degrees(np.arcsin(rng.uniform(-1, 1, N)))
    ra[:4], dec[:4] = [0, 360, 0, 77], [0, 0, 90, -90]
    return pd.DataFrame({"ra": ra, "dec": dec})


@pytest.mark.parametrize("view", VIEWS)
def test_datashader_counts_as_numpy_does(stars: pd.DataFrame, view: MapView) -> None:
    found = PointsDensity(stars).counts(view)
    column, row = view.pixels(stars.ra, stars.dec)
    edges = (np.arange(view.height + 1), np.arange(view.width + 1))
    expected, _, _ = np.histogram2d(row, column, bins=edges)
    counts = np.where(found.counts == OFF_SKY, 0, found.counts)
    # Two stars lie on the line between pixels, and fall to either side by rounding.
    assert np.abs(counts - expected).sum() <= 4
    assert found.total == counts.sum()
    assert found.cell_area == pytest.approx((view.fov / view.width) ** 2)


def test_every_row_is_on_a_map_of_the_whole_sky(stars: pd.DataFrame) -> None:
    found = PointsDensity(stars).counts(MapView(fov=330))
    assert found.total == found.rows == N
    assert np.nansum(found.per_square_degree) * found.cell_area == pytest.approx(N)
    assert np.isnan(found.per_square_degree[0, 0])


def test_rows_without_a_position_are_left_out() -> None:
    rows = {"ra": [1.0, np.nan, 3.0], "dec": [1.0, 2.0, np.inf]}
    assert PointsDensity(rows).counts(MapView(fov=330)).total == 1


@pytest.mark.parametrize(
    "make",
    [
        pd.DataFrame,
        pl.DataFrame,
        pa.table,
        Table,
        lambda d: QTable({k: np.asarray(v) * u.deg for k, v in d.items()}),
        lambda d: Table({"ra": np.asarray(d["ra"]) / 15 * u.hourangle, "dec": d["dec"] * u.deg}),
        lambda d: Table(d, masked=True),
        lambda d: pd.DataFrame(d).convert_dtypes(),
        dict,
    ],
)
def test_every_kind_of_table_gives_the_same_map(
    make: Callable[[dict[str, np.ndarray]], object], stars: pd.DataFrame
) -> None:
    columns = {name: stars[name].to_numpy() for name in stars}
    expected = PointsDensity(stars).counts(VIEWS[0]).counts
    assert np.array_equal(PointsDensity(make(columns)).counts(VIEWS[0]).counts, expected)


def test_columns_are_found_by_ucd_before_their_name() -> None:
    ucds = {"ra": "", "dec": "", "a": "pos.eq.ra;meta.main", "d": "pos.eq.dec;meta.main"}
    assert find_position(ucds) == ("a", "d")
    assert find_position({"RAJ2000": "", "DEJ2000": ""}) == ("RAJ2000", "DEJ2000")


def test_a_table_without_positions_says_what_to_do() -> None:
    with pytest.raises(NotFoundError, match="ra=…, dec=…"):
        PointsDensity({"x": [1], "y": [2]})
    with pytest.raises(NotFoundError, match="no column 'lon'"):
        PointsDensity({"ra": [1.0], "dec": [2.0]}, ra="lon")


def test_positions_in_sexagesimal_text_are_refused_with_advice() -> None:
    text = {"ra": ["12:34:56.7", "01:02:03"], "dec": ["-45:00:00", "+10:00:00"]}
    for rows in (pd.DataFrame(text), Table(text), Table(text, masked=True), pl.DataFrame(text)):
        with pytest.raises(DatalabError, match=r"(?s)'ra' is not all numbers.*SkyCoord"):
            PointsDensity(rows)
