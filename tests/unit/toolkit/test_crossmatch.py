"""Counterparts are found by position: the nearest one, or all."""

from __future__ import annotations

import astropy.units as u
import datalab_toolkit as dl
import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import SkyCoord, search_around_sky
from astropy.table import Table

pytestmark = pytest.mark.usefixtures("small_lab")

RADIUS = 1800.0
"""Arcseconds; the stars of the small sky are far from one another."""


@pytest.fixture
def stars() -> pd.DataFrame:
    """The stars of the small sky that have a position."""
    return dl.query("SELECT * FROM small.stars").dropna(subset=["ra", "dec"])


@pytest.fixture
def mine(stars: pd.DataFrame) -> pd.DataFrame:
    """Places near some stars, and some far from all."""
    some = stars[["ra", "dec"]].iloc[::3].reset_index(drop=True)
    rng = np.random.default_rng(5)
    some["dec"] = np.clip(some["dec"] + rng.uniform(-0.3, 0.3, len(some)), -90, 90)
    some["number"] = np.arange(len(some))
    return some


def sky(frame: pd.DataFrame) -> SkyCoord:
    return SkyCoord(frame["ra"].to_numpy(float), frame["dec"].to_numpy(float), unit="deg")


def test_all_pairs_are_those_of_astropy(stars: pd.DataFrame, mine: pd.DataFrame) -> None:
    found = dl.crossmatch(
        mine, "small.stars", RADIUS, how="all", columns=["a.number", "b.source_id"]
    )
    ones, others, far, _ = search_around_sky(sky(mine), sky(stars), RADIUS * u.arcsec)
    ids = stars["source_id"].to_numpy()
    expected = {(n, i): d for n, i, d in zip(ones, ids[others], far.arcsec, strict=True)}
    assert list(found.columns) == ["number", "source_id", "separation_arcsec"]
    pairs = list(zip(found["number"], found["source_id"], strict=True))
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == set(expected)
    apart = [expected[pair] for pair in pairs]
    np.testing.assert_allclose(found["separation_arcsec"].astype(float), apart, rtol=1e-6)


def test_the_nearest_is_that_of_astropy(stars: pd.DataFrame, mine: pd.DataFrame) -> None:
    found = dl.crossmatch(Table.from_pandas(mine), "small.stars", RADIUS * u.arcsec)
    index, far, _ = sky(mine).match_to_catalog_sky(sky(stars))
    near = far.arcsec <= RADIUS
    found = found.sort_values("number")
    assert found["number"].tolist() == mine["number"][near].tolist()
    assert found["source_id"].tolist() == stars["source_id"].to_numpy()[index[near]].tolist()


@pytest.mark.parametrize("how", ["nearest", "all"])
def test_rows_without_a_counterpart_are_kept_when_asked_for(mine: pd.DataFrame, how: str) -> None:
    columns = ["a.number", "b.source_id"]
    all_of_mine = dl.crossmatch(mine, "small.stars", 60, how, columns, keep_all=True)
    matched = dl.crossmatch(mine, "small.stars", 60, how, columns)
    assert sorted(set(all_of_mine["number"])) == mine["number"].tolist()
    lonely = all_of_mine[all_of_mine["separation_arcsec"].isna()]
    assert lonely["source_id"].isna().all()
    assert len(lonely) + len(matched) == len(all_of_mine)


def test_a_table_of_the_service_is_matched_with_itself(stars: pd.DataFrame) -> None:
    found = dl.crossmatch("small.stars", "small.stars", 0, columns=["a.source_id", "b.source_id"])
    assert set(found["source_id"]) == set(stars["source_id"])


def test_an_upload_is_matched_with_itself(mine: pd.DataFrame) -> None:
    brought = dl.upload(mine, "mine")
    found = dl.crossmatch(brought, brought, 0.001, how="all")
    assert len(found) == len(dl.crossmatch(mine, mine, 0.001, how="all")) >= len(mine)


def test_columns_with_positions_can_be_named(mine: pd.DataFrame) -> None:
    renamed = mine.rename(columns={"ra": "Lon of it", "dec": "lat"})
    with pytest.raises(dl.NotFoundError):
        dl.crossmatch(renamed, "small.stars", 60)
    found = dl.crossmatch(renamed, "small.stars", RADIUS, a_position=("Lon of it", "lat"))
    assert len(found) == len(dl.crossmatch(mine, "small.stars", RADIUS))


@pytest.mark.parametrize(
    "options",
    [{"radius": -1}, {"radius": 1, "how": "best"}, {"radius": 1, "columns": ["c.id"]}],
)
def test_what_cannot_be_asked_is_said(mine: pd.DataFrame, options: dict) -> None:
    with pytest.raises(dl.DatalabError):
        dl.crossmatch(mine, "small.stars", **options)
