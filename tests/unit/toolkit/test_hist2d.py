"""A plane of two values: its numbers, its selection, and how it filters the sky and is filtered."""

from __future__ import annotations

from typing import Any

import datalab_toolkit as dl
import numpy as np
import pandas as pd
import pytest
import traitlets
from datalab_process import DatalabProcess
from datalab_toolkit.maps.density import OFF_SKY
from datalab_toolkit.maps.histogram import PlaneBox
from datalab_toolkit.maps.view import MapView
from datalab_toolkit.widgets.density import DensityMap
from datalab_toolkit.widgets.hist2d import Hist2d
from small_sky import STARS

Linked = tuple[DensityMap, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def stars(datalab: DatalabProcess) -> pd.DataFrame:
    dl.add_service("small", datalab.url)
    return dl.query("SELECT ra, dec, gmag, epochs FROM small.stars", service="small")


@pytest.fixture
def plane(stars: pd.DataFrame) -> Hist2d:
    return dl.hist2d("small.stars", "epochs / 10.0", "gmag", bins=(40, 30), service="small")


def inside(stars: pd.DataFrame, box: PlaneBox) -> np.ndarray:
    """Which stars are in a box."""
    x, y = stars.epochs / 10, stars.gmag
    return (x.between(box.x_min, box.x_max) & y.between(box.y_min, box.y_max)).to_numpy()


def test_the_counts_are_those_of_numpy(plane: Hist2d, stars: pd.DataFrame):
    ranges = (plane.y_range, plane.x_range)
    expected, *_ = np.histogram2d(stars.gmag, stars.epochs / 10, (30, 40), ranges)
    assert plane.counts.shape == (30, 40)
    assert np.abs(plane.counts - expected).sum() <= 20  # on the very edge of two bins
    assert np.frombuffer(plane._counts, "<u4").sum() == plane.histogram.total
    found = plane.histogram
    assert found.total + found.outside + found.missing == STARS
    assert found.simulated


def test_magnitudes_are_brighter_upwards(plane: Hist2d):
    assert plane.invert_y
    assert plane.histogram.y.label == "gmag (mag)"
    assert not dl.hist2d("small.stars", "gmag", "epochs", service="small").invert_y


def test_a_selection_is_a_condition_and_a_query(plane: Hist2d, stars: pd.DataFrame):
    plane.box = {"x_min": 1, "x_max": 5.5, "y_min": 12, "y_max": 15}
    assert plane.adql == "epochs / 10.0 BETWEEN 1 AND 5.5 AND gmag BETWEEN 12 AND 15"
    assert f"WHERE {plane.adql}" in plane._code
    count = dl.query(f"SELECT COUNT(*) AS n FROM small.stars WHERE {plane.adql}", service="small")
    assert count.n[0] == inside(stars, PlaneBox(1, 5.5, 12, 15)).sum()
    plane.selection = None
    assert (plane.adql, plane._code) == ("", "")


def test_another_range_is_counted_anew(plane: Hist2d, stars: pd.DataFrame):
    plane.y_range = (10, 12)
    assert plane._told["y"]["low"] == 10
    known = stars.gmag.between(10, 12) & (stars.epochs / 10).between(*plane.x_range)
    assert plane.histogram.total == known.sum()


def test_a_service_that_fails_is_told_in_the_widget(plane: Hist2d, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise dl.DatalabError("It is away.", "Wait.")

    monkeypatch.setattr(plane._source, "histogram", fail)
    plane.x_range = (0, 3)
    assert plane._message == ["It is away.", "Wait."]


@pytest.fixture
def linked(plane: Hist2d, monkeypatch: pytest.MonkeyPatch) -> Linked:
    sky = dl.density("small.stars", service="small")
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(sky, "send", lambda content, buffers=None: sent.append(content))
    plane.link(sky)
    return sky, sent


def test_a_box_on_the_plane_leaves_its_rows_on_the_sky(
    plane: Hist2d, linked: Linked, stars: pd.DataFrame
):
    sky, sent = linked
    plane.box = {"x_min": -3, "x_max": 8, "y_min": 9, "y_max": 14}
    assert sent[-1] == {"kind": "changed"}
    view = MapView(fov=330, width=200, height=100)
    expected = inside(stars, PlaneBox(-3, 8, 9, 14)).sum()
    rough = sky._count(view, whole=False)
    assert (rough.rough, rough.method) == (True, "cube")
    assert rough.total == pytest.approx(expected, rel=0.1)
    density = rough.per_square_degree
    assert np.nanmean(density) * 41253 == pytest.approx(rough.total, rel=0.05)
    exact = sky._count(view, whole=True)
    assert exact.counts[exact.counts != OFF_SKY].sum() == exact.total == expected
    plane.selection = None
    assert sky._count(view, whole=False).total == STARS


def test_a_box_on_the_sky_leaves_its_rows_in_the_plane(
    plane: Hist2d, linked: Linked, stars: pd.DataFrame
):
    sky, _ = linked
    before = plane.histogram.total
    sky.box = {"ra_min": 300, "ra_max": 60, "dec_min": -20, "dec_max": 50}
    assert plane._told["rough"]
    held = ((stars.ra >= 300) | (stars.ra <= 60)) & stars.dec.between(-20, 50)
    assert plane.histogram.total == pytest.approx(held.sum(), rel=0.05)
    plane._handle_custom_msg({"kind": "exact"}, [])
    found = plane.histogram
    assert found.total + found.outside + found.missing == held.sum()
    assert not plane._told["rough"]
    sky.selection = None
    assert plane.histogram.total == before


def test_only_maps_of_the_same_table_are_linked(plane: Hist2d, stars: pd.DataFrame):
    with pytest.raises(dl.DatalabError, match="same table"):
        plane.link(dl.density(stars))


def test_rows_in_memory_are_counted_too(stars: pd.DataFrame):
    frame = stars.assign(colour=stars.gmag - 12)
    frame.loc[:9, "colour"] = np.nan
    shown = dl.hist2d(frame, "colour", "gmag", bins=50)
    found = shown.histogram
    assert found.missing == 10
    assert found.total + found.outside == STARS - 10
    shown.box = {"x_min": 0, "x_max": 1, "y_min": 10, "y_max": 13}
    assert shown._code == ""


def test_a_service_that_cannot_count_gives_a_sample(observatory: str):
    shown = dl.hist2d("messier.objects", "ra", "dec", bins=10, service=observatory)
    assert shown.histogram.total > 0
    assert "FROM messier.objects" in shown._source.selection.to_code()


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("box", {"x_min": 1}),
        ("box", {"x_min": 2, "x_max": 1, "y_min": 0, "y_max": 1}),
        ("x_range", (2.0, 1.0)),
        ("colormap", "rainbow"),
    ],
)
def test_what_makes_no_sense_is_refused(plane: Hist2d, trait: str, value: object):
    with pytest.raises(traitlets.TraitError):
        setattr(plane, trait, value)


@pytest.mark.parametrize(
    ("x", "y", "where", "word"),
    [("gmagg", "gmag", "", "In x"), ("gmag", "gmag", "gmag <", "In where")],
)
def test_a_value_that_is_wrong_is_told(stars: pd.DataFrame, x: str, y: str, where: str, word: str):
    with pytest.raises(dl.DatalabError, match=word):
        dl.hist2d("small.stars", x, y, where=where, service="small")
