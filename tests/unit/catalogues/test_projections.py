"""Views of the sky, against the same projections in FITS as astropy and wcslib have them."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS
from datalab_backend.catalogues.projections import View, to_directions
from datalab_backend.errors import UsageError

VIEWS = [
    View(projection, lon, lat, frame, fov, width, height)
    for projection in ("aitoff", "mollweide")
    for lon, lat, frame, fov, width, height in (
        (0, 0, "icrs", 324.1, 160, 80),
        (180, 30, "icrs", 324.1, 81, 41),
        (30, 40, "icrs", 100, 40, 30),
        (359.9, -60, "galactic", 30, 41, 29),
        (10, 89.999999, "icrs", 60, 40, 40),
        (200, -89.999999, "galactic", 5, 31, 30),
        (0.001, 89.99, "icrs", 0.1, 40, 30),
        (266.4, -29, "icrs", 1e-5, 20, 20),
    )
]


def fits_wcs(view: View) -> WCS:
    wcs = WCS(naxis=2)
    axes = ("RA--", "DEC-") if view.frame == "icrs" else ("GLON", "GLAT")
    code = {"aitoff": "AIT", "mollweide": "MOL"}[view.projection]
    wcs.wcs.ctype = [f"{axis}-{code}" for axis in axes]
    wcs.wcs.crval = [view.lon, view.lat]
    wcs.wcs.crpix = [(view.width + 1) / 2, (view.height + 1) / 2]
    wcs.wcs.cdelt = [-view.pixel_deg, view.pixel_deg]
    return wcs


def separation_deg(view: View, directions: np.ndarray, lon: np.ndarray, lat: np.ndarray):
    frame = "icrs" if view.frame == "icrs" else "galactic"
    expected = SkyCoord(lon, lat, unit="deg", frame=frame).icrs.cartesian.xyz.value
    return np.degrees(np.linalg.norm(expected - directions, axis=0))


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_each_pixel_shows_the_direction_that_fits_says(view: View):
    pixels, directions = view.directions()
    row, column = np.divmod(pixels, view.width)
    lon, lat = fits_wcs(view).pixel_to_world_values(column, view.height - 1 - row)
    assert np.nanmax(separation_deg(view, directions, lon, lat)) < 1e-5 * view.pixel_deg + 1e-9


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_each_pixel_finds_back_to_itself(view: View):
    pixels, directions = view.directions()
    assert len(pixels) > 0
    assert (view.pixels(directions) == pixels).all()


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_stars_fall_into_the_pixels_that_fits_says(view: View):
    rng = np.random.default_rng(5)
    lon = rng.uniform(0, 360, 20_000)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, 20_000)))
    stars = SkyCoord(lon, lat, unit="deg").transform_to(view.frame).data
    x, y = fits_wcs(view).world_to_pixel_values(stars.lon.deg, stars.lat.deg)
    column, row = np.floor(x + 0.5), view.height - 1 - np.floor(y + 0.5)
    if view.whole_sky:
        column, row = column.clip(0, view.width - 1), row.clip(0, view.height - 1)
    inside = (column >= 0) & (column < view.width) & (row >= 0) & (row < view.height)
    expected = (row * view.width + column)[inside]
    found = view.pixels(to_directions(lon, lat))
    assert len(found) == len(expected)
    assert (found != expected).sum() <= 2  # on the very edge of two pixels


@pytest.mark.parametrize("projection", ["aitoff", "mollweide"])
def test_all_pixels_show_the_same_area(projection: str):
    view = View(projection, 40, 50, "icrs", 324.1, 600, 300)
    pixels, directions = view.directions()
    assert len(pixels) * view.pixel_deg**2 == pytest.approx(41252.96, rel=2e-3)
    assert np.abs(directions.mean(axis=1)).max() < 2e-3


def test_north_is_up_and_east_is_to_the_left():
    view = View("aitoff", 100, 20, "icrs", 10, 11, 11)
    centre, north, east = view.pixels(
        to_directions(np.array([100.0, 100.0, 103.0]), np.array([20.0, 23.0, 20.0]))
    )
    assert divmod(int(centre), 11) == (5, 5)
    assert divmod(int(north), 11) == (2, 5)
    assert divmod(int(east), 11) == (5, 2)


@pytest.mark.parametrize("pole", [90, -90])
def test_a_view_does_not_turn_when_it_reaches_a_pole(pole: float):
    near = View("aitoff", 33, pole * (1 - 1e-9), "icrs", 40, 30, 30).directions()[1]
    at = View("aitoff", 33, pole, "icrs", 40, 30, 30).directions()[1]
    assert np.abs(near - at).max() < 1e-7


def test_the_galactic_centre_is_where_it_is():
    view = View("aitoff", 0, 0, "galactic", 1, 21, 21)
    found = view.pixels(to_directions(np.array([266.40499]), np.array([-28.93617])))
    assert found.tolist() == [10 * 21 + 10]


def test_what_is_nowhere_is_in_no_pixel():
    lon, lat = np.array([np.nan, 10.0, np.inf]), np.array([0.0, np.nan, 0.0])
    with np.errstate(invalid="ignore"):
        assert len(View().pixels(to_directions(lon, lat))) == 0


@pytest.mark.parametrize("fov", [324.1, 400.0])
def test_a_whole_sky_view_loses_nothing_at_the_rim(fov: float):
    lon = np.linspace(179.9, 180.1, 2001)
    view = View("aitoff", 0, 0, "icrs", fov, 400, 200)
    assert len(view.pixels(to_directions(lon, np.zeros_like(lon)))) == len(lon)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"projection": "mercator"}, "projection"),
        ({"frame": "fk5"}, "frame"),
        ({"lon": float("nan")}, "lon"),
        ({"lat": 90.1}, "lat"),
        ({"lat": float("nan")}, "lat"),
        ({"fov": 0}, "fov"),
        ({"fov": float("inf")}, "fov"),
        ({"width": 0}, "width"),
        ({"height": 2049}, "height"),
    ],
)
def test_a_view_that_makes_no_sense_is_refused(changes: dict[str, object], word: str):
    with pytest.raises(UsageError, match=word):
        View(**changes)
