"""The sky view as Python code sees it; what the browser sees is in ui-tests."""

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
from astropy.io import fits
from astropy.wcs import WCS
from datalab_process import DatalabProcess
from datalab_toolkit.errors import DatalabError, NotFoundError
from datalab_toolkit.skylayers.layers import MOST_SOURCES, AreaLayer
from datalab_toolkit.skylayers.tiles import PositionHips
from datalab_toolkit.widgets.sky import SkyView
from mocpy import MOC
from PIL import Image

CONE = {"ra": 120.0, "dec": 30.0, "radius_deg": 12.0}
IN_CONE = "1 = CONTAINS(POINT(ra, dec), CIRCLE(120, 30, 12))"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], list[Any]]]:
    """What views send to the browser."""
    messages: list[tuple[dict[str, Any], list[Any]]] = []
    monkeypatch.setattr(
        SkyView,
        "send",
        lambda self, content, buffers=None: messages.append((content, buffers or [])),
    )
    return messages


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    ra, dec = rng.normal(185, 2, 60_000), rng.normal(-32, 2, 60_000)
    return pd.DataFrame({"id": np.arange(60_000) + 2**60, "ra": ra, "dec": dec})


def hdu() -> fits.PrimaryHDU:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval, wcs.wcs.crpix, wcs.wcs.cdelt = [185.0, -32.0], [25.5, 20.5], [-0.01, 0.01]
    return fits.PrimaryHDU(np.arange(2000, dtype=float).reshape(40, 50), wcs.to_header())


def ask(view: SkyView, **content: object) -> None:
    """Tell the kernel something as the browser does."""
    view._handle_custom_msg({"reader": "a", "number": 1, **content}, [])


def test_a_view_looks_at_names_positions_and_coordinates(small_lab: DatalabProcess) -> None:
    view = dl.sky((370.0, -20), fov_deg=2)
    assert (view.target, view.fov_deg, view.layers) == ((10.0, -20.0), 2.0, ())
    view.target = SkyCoord(150.5, 2.25, unit="deg")
    assert view.target == (150.5, 2.25)
    view.target = "00h42m44s +41d16m09s"
    assert view.target == pytest.approx((10.6833, 41.2692), abs=1e-4)
    with pytest.raises(traitlets.TraitError, match="dec from -90 to 90"):
        view.target = (1, 91)
    with pytest.raises(NotFoundError):
        view.target = "no such object"
    assert view.target == pytest.approx((10.6833, 41.2692), abs=1e-4)
    with pytest.raises(traitlets.TraitError, match="above zero"):
        view.fov_deg = 0


def test_a_name_that_nobody_knows_is_told_in_the_browser(
    small_lab: DatalabProcess, sent: list[Any]
) -> None:
    view = dl.sky((1, 2))
    ask(view, kind="goto", name="no such object")
    ask(view, kind="goto", name="10.5 -20.25")
    assert [content["kind"] for content, _ in sent] == ["lost", "found"]
    assert "no such object" in sent[0][0]["message"]
    assert view.target == (10.5, -20.25)


def test_the_density_of_a_table_lies_under_all(small_lab: DatalabProcess) -> None:
    view = dl.sky(survey="small.stars")
    (told,) = view._layers
    assert (told["kind"], told["path"], told["service"]) == (
        "hips",
        "density/small.stars",
        "datalab",
    )
    assert told["simulated"]
    assert "20,000 rows" in told["about"]
    assert told["credit"] == "Made up for the tests <nobody>."
    with pytest.raises(NotFoundError):
        dl.sky(survey="small.stras")
    with pytest.raises(DatalabError, match="which nobody has allowed"):
        dl.sky(survey="DSS2")


def test_a_circle_on_sources_selects_the_rows_of_a_cone(small_lab: DatalabProcess) -> None:
    view = dl.sky((120, 30), 40)
    view.add_sources("small.stars")
    view.circle = CONE
    ids = dl.query(f"SELECT source_id FROM small.stars WHERE {IN_CONE}")["source_id"].tolist()
    assert view.selection is not None
    assert sorted(view.selection.ids or ()) == sorted(ids)
    assert min(ids) > 2**53
    assert view.selection.condition == IN_CONE
    assert sorted(view.selection.query(["source_id"])["source_id"]) == sorted(ids)
    assert view.selection.moc.sky_fraction == pytest.approx(0.0109, rel=0.05)


def test_a_box_on_a_density_selects_by_condition_alone(small_lab: DatalabProcess) -> None:
    view = dl.sky((0, 0), 40, survey="small.stars")
    view.circle = CONE
    view.box = {"ra_min": 350, "ra_max": 10, "dec_min": -5, "dec_max": 5}
    assert view.circle is None
    assert view.selection is not None
    assert view.selection.ids is None
    assert view.selection.condition == "(ra >= 350 OR ra <= 10) AND dec BETWEEN -5 AND 5"
    ask(view, kind="clear")
    assert (view.box, view.circle, view.selection) == (None, None, None)


def test_a_shape_selects_from_the_layer_that_is_chosen(small_lab: DatalabProcess) -> None:
    view = dl.sky((120, 30), 40, survey="small.stars")
    view.add_sources("small.stars", where="gmag < 15", name="bright")
    assert view.selecting == "bright"
    view.circle = CONE
    assert view.adql.split() == f"gmag < 15 AND {IN_CONE}".split()
    view.selecting = "small.stars"
    assert view.adql == IN_CONE
    view.remove("bright")
    assert view.layers == ("small.stars",)
    with pytest.raises(traitlets.TraitError, match="no layer with rows"):
        view.selecting = "bright"


def test_more_sources_than_can_be_drawn_are_shown_as_density(many: pd.DataFrame) -> None:
    view = dl.sky((185, -32), 10)
    view.add_sources(many.head(MOST_SOURCES), name="few")
    view.add_sources(many, name="many")
    few, too_many = view._layers
    assert (few["kind"], few["about"]) == ("sources", "20,000 sources")
    assert (too_many["kind"], too_many["about"]) == (
        "tiles",
        "60,000 rows, too many to draw one by one: density",
    )


def test_the_browser_gets_what_it_asks_for(many: pd.DataFrame, sent: list[Any]) -> None:
    view = dl.sky((185, -32), 10)
    view.add_sources(many.head(50), name="few")
    view.add_image(hdu(), name="image")
    for name in view.layers:
        ask(view, kind="content", layer=name)
    (_, (ra, dec)), (_, (image,)) = sent
    assert np.array_equal(np.frombuffer(ra, "<f8"), many["ra"][:50])
    assert np.array_equal(np.frombuffer(dec, "<f8"), many["dec"][:50])
    with fits.open(io.BytesIO(image)) as opened:
        assert np.array_equal(opened[0].data, hdu().data.astype("f4"))
        assert WCS(opened[0].header).wcs.crval.tolist() == [185, -32]


def test_a_click_shows_the_row_of_a_source_exactly(many: pd.DataFrame) -> None:
    view = dl.sky((185, -32), 10)
    view.add_sources(many.head(50), name="few")
    ask(view, kind="row", layer="few", index=7)
    assert view.clicked["id"] == 2**60 + 7
    assert ["id", str(2**60 + 7), ""] in view._row["cells"]
    ask(view, kind="row", layer="few", index=70)
    assert view.clicked["id"] == 2**60 + 7


def test_positions_in_memory_become_tiles_that_show_them_where_they_are(
    many: pd.DataFrame,
) -> None:
    hips = PositionHips.of(many["ra"].to_numpy(), many["dec"].to_numpy(), "many")
    there = hips.colours(many["ra"][:200], many["dec"][:200], 0.1)
    assert (there[:, 3] == 255).all()
    elsewhere = hips.colours(np.array([5.0, 185.0]), np.array([32.0, 32.0]), 0.1)
    assert (elsewhere[:, 3] == 0).all()


def test_two_views_keep_their_own_state(small_lab: DatalabProcess) -> None:
    one, two = dl.sky((120, 30), 5), dl.sky((10, -20), 50, survey="small.stars")
    one.add_sources("small.stars", where="gmag < 15", name="bright")
    one.circle = CONE
    assert (one.layers, two.layers) == (("bright",), ("small.stars",))
    assert (two.circle, two.selection) == (None, None)
    assert (one.target, two.target) == ((120, 30), (10, -20))


def test_a_view_and_a_density_map_follow_each_other(small_lab: DatalabProcess) -> None:
    sky = dl.sky((120, 30), 40)
    sky.add_sources("small.stars")
    heat = dl.density("small.stars", center=(0, 0), fov=90)
    sky.link(heat)
    assert (heat.center, heat.fov) == ((120, 30), 40)
    heat.center, heat.fov = (10, -20), 30
    assert (sky.target, sky.fov_deg) == ((10, -20), 30)
    sky.circle = CONE
    assert heat.circle == CONE
    assert heat.adql == IN_CONE
    assert len(sky.selection.ids) > 10
    heat.box = {"ra_min": 1, "ra_max": 2, "dec_min": 3, "dec_max": 4}
    assert (sky.box, sky.circle) == (heat.box, None)
    assert sky.adql == heat.adql
    sky.selection = None
    assert (heat.selection, heat.box) == (None, None)


def test_a_map_of_another_table_follows_the_place_alone(small_lab: DatalabProcess) -> None:
    sky = dl.sky((120, 30), 40, survey="small.stars")
    other = dl.density({"ra": [120.0, 121.0], "dec": [30.0, 31.0]})
    sky.link(other)
    sky.circle = CONE
    assert other.center == (120, 30)
    assert other.selection is None
    with pytest.raises(traitlets.TraitError, match="No layer shows rows of"):
        sky.selection = dl.Selection.of("small.fields")


def test_layers_tell_what_is_wrong_with_what_they_are_given() -> None:
    view = dl.sky((1, 2))
    with pytest.raises(DatalabError, match="shows rows or the result of a query"):
        view.add_sources()
    with pytest.raises(DatalabError, match="know no condition"):
        view.add_sources({"ra": [1.0], "dec": [2.0]}, where="ra > 0")
    with pytest.raises(DatalabError, match="at least three corners"):
        view.add_outlines([[(1, 2), (3, 4)]])
    with pytest.raises(DatalabError, match="is no area of the sky"):
        view.add_area(3)  # type: ignore[arg-type]
    with pytest.raises(DatalabError, match="no image of two axes"):
        view.add_image(fits.PrimaryHDU(np.zeros((3, 3))))
    with pytest.raises(DatalabError, match="cannot be read as a FITS file"):
        view.add_image("there-is-none.fits")
    with pytest.raises(DatalabError, match="no colour 'reddish'"):
        view.add_sources({"ra": [1.0], "dec": [2.0]}, color="reddish")
    with pytest.raises(DatalabError, match="There is no layer 'x'"):
        view.show("x")
    assert view.layers == ()


def test_a_notebook_keeps_a_picture_of_all_layers(small_lab: DatalabProcess) -> None:
    view = dl.sky((120, 30), 40, survey="small.stars")
    bare = view._repr_mimebundle_()[0]["image/png"]
    view.add_area(MOC.from_string("3/100-140"), color="#00ff00")
    view.add_outlines({"field": dl.SkyCircle(120, 30, 5)}, color="#ff0000")
    view.add_sources("small.stars", where="gmag < 15", color="#00ffff")
    view.circle = CONE
    shown = np.asarray(Image.open(io.BytesIO(view._png())).convert("RGB")).astype(int)
    red = (shown[..., 0] > 200) & (shown[..., 1:].max(axis=-1) < 90)
    yellow = (shown[..., 0] > 200) & (shown[..., 1] > 180) & (shown[..., 2] < 120)
    assert red.sum() > 100
    assert yellow.sum() > 100
    assert len(bare) > 5000
    view.show("Outlines", visible=False)
    hidden = np.asarray(Image.open(io.BytesIO(view._png())).convert("RGB")).astype(int)
    assert ((hidden[..., 0] > 200) & (hidden[..., 1:].max(axis=-1) < 90)).sum() < 20


def test_the_numbers_of_a_layer_become_a_fits_image(small_lab: DatalabProcess) -> None:
    view = dl.sky((185, -32), 0.4)
    view.add_image(hdu(), name="image")
    made = view.to_fits("image", width=41, height=31)
    row, column = (round(float(v)) for v in WCS(made.header).world_to_array_index_values(185, -32))
    assert (row, column) == (15, 20)
    near = hdu().data[18:22, 23:27]
    assert near.min() <= made.data[row, column] <= near.max()
    stars = dl.sky((120, 30), 60, survey="small.stars").to_fits()
    total = float(np.nansum(stars.data)) * (60 / 720) ** 2
    expected = (
        dl.query("SELECT COUNT(*) AS n FROM small.stars")["n"][0] / 41253 * 60 * 60 * 400 / 720
    )
    assert total == pytest.approx(expected, rel=0.25)
    assert stars.header["BUNIT"] == "deg-2"
    assert stars.header["SIMULATD"]


def test_views_compose_and_link_as_widgets(small_lab: DatalabProcess, tmp_path: Path) -> None:
    one, two = dl.sky((120, 30), 5), dl.sky((10, -20), 50)
    traitlets.link((one, "target"), (two, "target"))
    assert two.target == (120, 30)
    seen: list[object] = []
    two.observe(lambda change: seen.append(change.new), "target")
    one.target = (1, 2)
    assert seen == [(1, 2)]
    assert len(ipywidgets.HBox([one, two]).children) == 2
    with Image.open(two.to_png(tmp_path / "sky.png", 400, 200)) as picture:
        assert picture.width == 428
        assert picture.text["Title"] == "RA 1.0000°, Dec +2.0000°, 50° wide"


def test_a_picture_says_where_it_looks_at_what_and_whom_to_thank_in_full(
    small_lab: DatalabProcess, tmp_path: Path
) -> None:
    view = dl.sky("00h42m44s +41d16m09s", 5, survey="small.stars")
    with Image.open(view.to_png(tmp_path / "sky.png", 400, 200)) as picture:
        title, height = picture.text["Title"], picture.height
    assert title == "00h42m44s +41d16m09s (RA 10.6833°, Dec +41.2692°), 5° wide: small.stars"
    view.target = (10, 20)
    thanks = "Credit to very many people and to those who pay them. " * 6
    view.add(AreaLayer(name="field", color="red", credit=thanks, moc=MOC.from_string("0/0")))
    with Image.open(view.to_png(tmp_path / "sky.png", 400, 200)) as picture:
        assert picture.text["Title"].startswith("RA 10.0000°, Dec +20.0000°, 5° wide: small.stars")
        assert picture.height > height + 4 * 17  # the lines of the credit
