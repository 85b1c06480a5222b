"""Counts come from where they are best had, and a box on the map is a query for its rows."""

from __future__ import annotations

import shutil
from pathlib import Path

import datalab_toolkit as dl
import numpy as np
import pandas as pd
import pytest
from datalab_process import DatalabProcess, serving
from datalab_toolkit.maps.box import SkyBox
from datalab_toolkit.maps.density import OFF_SKY
from datalab_toolkit.maps.points import PointsDensity
from datalab_toolkit.maps.sources import SampleDensity, ServiceDensity, source
from datalab_toolkit.maps.view import MapView


@pytest.fixture(scope="module")
def stars(datalab: DatalabProcess) -> pd.DataFrame:
    dl.add_service("small", datalab.url)
    return dl.query("SELECT source_id, ra, dec FROM small.stars", service="small")


@pytest.mark.parametrize(
    "view",
    [
        MapView(fov=330, width=200, height=100),
        MapView(0.0, 0.0, 60, 200, 100, "galactic"),
        MapView(359.9, 20, 25, 120, 120, projection="mollweide"),
        MapView(100, 89, 40, 101, 77),
        MapView(270, 60, 60, 200, 100, "ecliptic"),
    ],
)
def test_a_data_lab_counts_as_datashader_does(stars: pd.DataFrame, view: MapView) -> None:
    theirs = source("small.stars", "small").counts(view)
    ours = PointsDensity(stars).counts(view)
    assert theirs.method == "points"
    assert theirs.rows == len(stars)
    # A hair's breadth of difference in the frames moves few stars to a neighbouring pixel.
    moved = np.abs(
        np.where(theirs.counts == OFF_SKY, 0, theirs.counts).astype(int)
        - np.where(ours.counts == OFF_SKY, 0, ours.counts).astype(int)
    ).sum()
    assert moved <= max(4, 0.002 * ours.total)
    assert abs(theirs.total - ours.total) <= 2
    assert theirs.cell_area == pytest.approx(ours.cell_area)
    assert np.mean((theirs.counts == OFF_SKY) != (ours.counts == OFF_SKY)) < 0.001
    assert theirs.credit == "Made up for the tests <nobody>."
    assert theirs.simulated


BOXES = [
    SkyBox(10, 40, -20, 5.5),
    SkyBox(350, 10, -30, 30),
    SkyBox(0, 360, 80, 90),
    SkyBox(0, 360, -90, -85.25),
    SkyBox(359.9, 0, -90, 90),
    SkyBox(0, 0.5, -90, 90),
    SkyBox(200, 200, -90, -90),
]


@pytest.mark.parametrize("box", BOXES)
def test_a_box_on_the_map_gets_the_rows_inside_it(stars: pd.DataFrame, box: SkyBox) -> None:
    sky = dl.density("small.stars", service="small")
    sky.box = {n: getattr(box, n) for n in ("ra_min", "ra_max", "dec_min", "dec_max")}
    found = dl.query(f"SELECT source_id FROM small.stars WHERE {sky.adql}", service="small")
    expected = stars.source_id[box.contains(stars.ra, stars.dec)]
    assert len(expected) > 0
    assert sorted(found.source_id) == sorted(expected)


def test_the_code_of_a_box_runs_as_it_is(stars: pd.DataFrame) -> None:
    sky = dl.density("small.stars", service="small")
    sky.box = {"ra_min": 10, "ra_max": 40, "dec_min": -20, "dec_max": 5}
    space: dict[str, object] = {"dl": dl}
    exec(sky._code, space)
    frame = space["df"]
    assert isinstance(frame, pd.DataFrame)
    assert set(frame.columns) == {"source_id"}  # the principal columns
    assert len(frame) == SkyBox(10, 40, -20, 5).contains(stars.ra, stars.dec).sum()


def test_a_table_that_the_service_cannot_count_is_a_sample_in_words(observatory: str) -> None:
    whole = source("messier.objects", observatory)
    assert isinstance(whole, SampleDensity)
    found = whole.counts(MapView(fov=330))
    assert found.sample == ""
    assert found.rows == found.total
    table = dl.describe("messier.objects", observatory).table
    part = SampleDensity(table, observatory, ("ra", "dec"), limit=3).counts(MapView(fov=330))
    assert part.sample == "sample: first 3 rows, not the whole table"
    assert part.total == 3
    assert f'service="{observatory}"' in whole.selection.to_code()


def test_a_table_without_positions_says_so(stars: pd.DataFrame) -> None:
    with pytest.raises(dl.NotFoundError, match="no column of positions"):
        dl.density("small.fields", service="small")
    with pytest.raises(dl.NotFoundError, match=r"small\.stars"):
        dl.density("small.star", service="small")


def test_what_the_service_refuses_is_its_sentence(stars: pd.DataFrame) -> None:
    table = dl.describe("small.fields", "small").table
    with pytest.raises(dl.DatalabError, match="no positions on the sky"):
        ServiceDensity(table, "small", ("ra", "dec")).counts(MapView())


def test_a_map_finds_its_data_lab_again_after_a_restart(
    small_sky_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATALAB_DATA", str(small_sky_copy))
    view = MapView(50, 0, 20, 50, 50)
    with serving(small_sky_copy) as first:
        map_source = source("small.stars")
        before = map_source.counts(view).counts
        first.kill()
    with serving(small_sky_copy) as second:
        assert np.array_equal(map_source.counts(view).counts, before)
        second.kill()
    # Where it was, but with another token.
    with serving(small_sky_copy, "--port", second.url.rpartition(":")[2]):
        assert np.array_equal(map_source.counts(view).counts, before)
    shutil.rmtree(small_sky_copy)


def test_only_rows_that_meet_a_condition_are_shown(stars: pd.DataFrame) -> None:
    view = MapView(fov=330, width=200, height=100)
    shown = dl.density("small.stars", where="source_id < 1152921504606850000", service="small")
    found = shown._source.counts(view)
    assert found.total == (stars.source_id < 1152921504606850000).sum()
    assert "where source_id" in shown._source.what
    shown.box = {"ra_min": 10, "ra_max": 50, "dec_min": -20, "dec_max": 20}
    assert "WHERE source_id < 1152921504606850000\n  AND ra BETWEEN" in shown._code


def test_a_column_is_shown_with_its_unit(tmp_path: Path) -> None:
    shown = dl.density("small.stars", statistic="mean", column="gmag", service="small")
    found = shown._source.counts(MapView(width=60, height=30))
    assert (found.statistic, found.unit, found.label) == ("mean", "mag", "mag")
    assert 8 <= np.nanmin(found.per_square_degree) <= np.nanmax(found.per_square_degree) <= 21
    assert np.nanmin(found.drawn) == pytest.approx(1)
    assert np.allclose(found.quantity(found.drawn), found.counts, equal_nan=True)
    assert shown.stretch == "linear"
    assert shown.to_png(tmp_path / "mean.png", 400).stat().st_size > 1000


def test_the_result_of_a_query_is_shown(stars: pd.DataFrame, observatory: str) -> None:
    query = "SELECT ra, dec FROM small.stars WHERE dec > 45"
    shown = dl.density(query=query, service="small")
    assert shown._source.counts(MapView(fov=330)).total == (stars.dec > 45).sum()
    elsewhere = dl.density(query="SELECT * FROM messier.objects", service=observatory)
    assert elsewhere._source.counts(MapView(fov=330)).total > 0


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({}, "rows or the result"),
        ({"rows": "small.stars", "query": "SELECT 1"}, "rows or the result"),
        ({"rows": "small.stars", "statistic": "median", "column": "gmag"}, "median"),
        ({"rows": "small.stars", "statistic": "mean"}, "needs a column"),
        ({"rows": {"ra": [1], "dec": [1]}, "where": "ra > 0"}, "in memory"),
    ],
)
def test_what_cannot_be_shown_is_a_sentence(
    stars: pd.DataFrame, asked: dict[str, object], word: str
) -> None:
    with pytest.raises(dl.DatalabError, match=word):
        dl.density(**asked, service="small")


def test_a_condition_that_is_wrong_is_told(stars: pd.DataFrame) -> None:
    shown = dl.density("small.stars", where="gmagg < 3", service="small")
    with pytest.raises(dl.DatalabError, match="In where, there is no column 'gmagg'"):
        shown._source.counts(MapView())
