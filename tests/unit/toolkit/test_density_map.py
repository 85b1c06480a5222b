"""The density map as Python code sees it; what the browser sees is in ui-tests."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import datalab_toolkit as dl
import ipywidgets
import numpy as np
import pandas as pd
import pytest
import traitlets
from astropy.coordinates import SkyCoord
from datalab_process import DatalabProcess
from datalab_toolkit.errors import ServiceUnavailableError
from datalab_toolkit.maps.box import SkyBox
from datalab_toolkit.maps.density import OFF_SKY
from datalab_toolkit.maps.points import PointsDensity
from datalab_toolkit.maps.view import MapView
from datalab_toolkit.selection import Selection
from datalab_toolkit.widgets.density import DensityMap
from PIL import Image


@pytest.fixture(scope="module")
def stars() -> pd.DataFrame:
    rng = np.random.default_rng(13)
    frame = pd.DataFrame(
        {
            "ra": rng.uniform(0, 360, 3000),
            "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, 3000))),
        }
    )
    frame.attrs["credit"] = "The observers"
    return frame


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], list[Any]]]:
    """What widgets send to the browser."""
    messages: list[tuple[dict[str, Any], list[Any]]] = []
    monkeypatch.setattr(
        DensityMap,
        "send",
        lambda self, content, buffers=None: messages.append((content, buffers or [])),
    )
    return messages


def ask(widget: DensityMap, reader: str = "a", number: int = 1, **view: object) -> None:
    """Ask for counts as the browser does."""
    asked = {"ra": 10.0, "dec": 20.0, "fov": 30.0, "width": 60, "height": 40, **view}
    asked |= {"frame": "icrs", "projection": "aitoff"}
    content = {"kind": "view", "reader": reader, "number": number, "view": asked}
    widget._handle_custom_msg(content, [])


def test_the_browser_gets_the_counts_it_asked_for(stars: pd.DataFrame, sent: list[Any]) -> None:
    ask(dl.density(stars))
    ((content, buffers),) = sent
    assert (content["kind"], content["reader"], content["number"]) == ("counts", "a", 1)
    counts = np.frombuffer(buffers[0], "<u4").reshape(40, 60)
    view = MapView(10, 20, 30, 60, 40)
    assert np.array_equal(counts, PointsDensity(stars).counts(view).counts)
    assert content["told"]["total"] == counts.sum()
    assert content["told"]["credit"] == "The observers"
    assert content["told"]["cell_area"] == pytest.approx(0.25)


def test_two_maps_keep_their_own_state(stars: pd.DataFrame, sent: list[Any]) -> None:
    one = dl.density(stars, center=(10, 10), fov=5, stretch="linear")
    two = dl.density(stars.head(100), center=(200, -40), fov=50, frame="galactic")
    one.box = {"ra_min": 1, "ra_max": 2, "dec_min": 3, "dec_max": 4}
    ask(one, "one")
    ask(two, "two", fov=320)
    assert [content["reader"] for content, _ in sent] == ["one", "two"]
    assert sent[1][0]["told"]["rows"] == 100
    assert two.selection is None
    assert (one.fov, two.fov, one.stretch, two.stretch) == (5, 50, "linear", "log")
    assert two.center == (200, -40)


class _Down:
    title = "far.away"
    position = ("ra", "dec")
    selection = Selection("far.away")

    def counts(self, view: MapView, whole: bool = False) -> object:
        raise ServiceUnavailableError("far does not answer.", "The map tries again by itself.")


def test_a_service_that_is_down_is_told_and_asked_again(sent: list[Any]) -> None:
    widget = DensityMap(_Down())
    ask(widget)
    ((content, _),) = sent
    assert content["kind"] == "error"
    assert content["message"] == "far does not answer."
    assert content["retry"] is True
    # A cell with such a map still shows the widget, which tells what is wrong.
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "image/png" not in data


def test_a_selection_becomes_a_condition_and_a_query() -> None:
    widget = DensityMap(_Down())
    assert widget.adql == ""
    widget.box = {"ra_min": 359, "ra_max": 1, "dec_min": -5, "dec_max": 5}
    assert widget.adql == "(ra >= 359 OR ra <= 1) AND dec BETWEEN -5 AND 5"
    assert widget.selection == widget._source.selection.within(SkyBox(359, 1, -5, 5), ("ra", "dec"))
    assert f"FROM far.away\nWHERE {widget.adql}\n" in widget._code
    widget.selection = None
    assert (widget.adql, widget._code) == ("", "")


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("box", {"ra_min": 1}),
        ("box", {"ra_min": 1, "ra_max": 2, "dec_min": 50, "dec_max": 4}),
        ("center", (0, 91)),
        ("fov", 0),
        ("fov", np.nan),
        ("colormap", "jet"),
        ("stretch", "cube"),
        ("frame", "fk5"),
    ],
)
def test_what_makes_no_sense_is_refused(stars: pd.DataFrame, trait: str, value: object) -> None:
    widget = dl.density(stars)
    before = getattr(widget, trait)
    with pytest.raises(traitlets.TraitError):
        setattr(widget, trait, value)
    assert getattr(widget, trait) == before


def test_an_unknown_frame_is_a_sentence(stars: pd.DataFrame) -> None:
    with pytest.raises(dl.DatalabError, match="The frames are icrs, galactic"):
        dl.density(stars, frame="fk5")


def test_traits_are_observed_linked_and_composed(stars: pd.DataFrame) -> None:
    one, two = dl.density(stars), dl.density(stars)
    seen: list[object] = []
    one.observe(lambda change: seen.append(change.new), "center")
    for name in ("center", "fov", "box"):
        ipywidgets.link((one, name), (two, name))
    two.center = (56.75, 24.1)
    one.fov = 8
    two.box = {"ra_min": 56, "ra_max": 57, "dec_min": 23, "dec_max": 25}
    assert seen == [(56.75, 24.1)]
    assert two.fov == 8
    assert one.adql == two.adql == "ra BETWEEN 56 AND 57 AND dec BETWEEN 23 AND 25"
    assert ipywidgets.HBox([one, ipywidgets.VBox([two])]).children[0] is one


def test_the_centre_may_be_a_skycoord_or_left_out(stars: pd.DataFrame) -> None:
    place = SkyCoord(l=0, b=0, unit="deg", frame="galactic")
    ra, dec = place.icrs.ra.deg, place.icrs.dec.deg
    assert dl.density(stars, center=place, fov=5).center == pytest.approx((ra, dec))
    assert dl.density(stars, frame="galactic").center == pytest.approx((ra, dec), abs=1e-3)
    assert dl.density(stars, center=(-10, 3)).center == (350, 3)


def test_the_centre_may_be_named_as_that_of_the_sky_view_is(
    stars: pd.DataFrame, small_lab: DatalabProcess
) -> None:
    found = dl.resolve("M 31")
    named = dl.density(stars, center="M 31", fov=5).center
    assert named == pytest.approx((found.ra.deg, found.dec.deg))
    with pytest.raises(dl.DatalabError, match="5 is no place on the sky"):
        dl.density(stars, center=5)


def test_the_numbers_behind_the_picture_are_at_hand(stars: pd.DataFrame) -> None:
    widget = dl.density(stars, center=(100, 10), fov=330)
    counts = widget.counts
    on_sky = counts != OFF_SKY
    assert counts[on_sky].sum() == 3000
    assert np.nansum(widget.density) * widget.view.pixel_area == pytest.approx(3000)
    assert np.isnan(widget.density[~on_sky]).all()
    widget.center = (200, -10)
    assert not np.array_equal(widget.counts, counts)
    assert widget.view.ra == 200


def test_a_saved_map_keeps_a_picture(stars: pd.DataFrame, tmp_path: Path) -> None:
    widget = dl.density(stars)
    data, _ = widget._repr_mimebundle_()
    assert Image.open(io.BytesIO(data["image/png"])).width > 700
    assert data["text/plain"].startswith("DensityMap('rows in memory'")
    path = widget.to_png(tmp_path / "sky.png", width=400)
    assert Image.open(path).width > 400
    assert path.stat().st_size > 5000


def test_holoviews_gets_the_same_numbers(stars: pd.DataFrame) -> None:
    import holoviews as hv

    widget = dl.density(stars, stretch="linear", smooth=False)
    element = widget.to_holoviews(width=300, height=150)
    values = element.Image.I.dimension_values("density", flat=False)
    assert np.nansum(values) * widget.view.pixel_area == pytest.approx(3000)
    # West is to the right: the star with the larger right ascension is on the left.
    pair = dl.density({"ra": [181.0, 181.0, 179.0], "dec": [1.0, 1.0, -1.0]}, fov=10, smooth=False)
    image = pair.to_holoviews().Image.I
    assert np.nanmax(image[-1.5:-0.5, 0.5:1.5].dimension_values("density")) > 0
    assert hv.render(element, backend="bokeh").title.text == "rows in memory"
