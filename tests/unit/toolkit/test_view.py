"""A view's pixels and the sky belong together."""

from __future__ import annotations

import numpy as np
import pytest
from datalab_toolkit.maps.projection import WHOLE_SKY_FOV
from datalab_toolkit.maps.view import MapView
from hypothesis import assume, given
from hypothesis import strategies as st

views = st.builds(
    MapView,
    ra=st.floats(0, 360),
    dec=st.floats(-90, 90),
    fov=st.floats(0.01, 330),
    width=st.integers(10, 900),
    height=st.integers(10, 700),
    frame=st.sampled_from(["icrs", "galactic"]),
    projection=st.sampled_from(["aitoff", "mollweide"]),
)


@given(views, st.floats(0, 1), st.floats(0, 1))
def test_a_pixel_comes_back_from_its_position(view: MapView, across: float, down: float) -> None:
    column, row = across * view.width, down * view.height
    ra, dec = view.positions([column], [row])
    assume(not np.isnan(ra[0]))
    back = view.pixels(ra, dec)
    off = np.hypot(back[0][0] - column, back[1][0] - row) * view.scale
    # The two edges of the sky are the same places.
    on_edge = np.hypot(
        (column - view.width / 2) * view.scale / 162.06,
        (row - view.height / 2) * view.scale / 81.03,
    )
    assert off < 1e-5 or on_edge > 0.9999


@given(views)
def test_the_centre_is_in_the_middle(view: MapView) -> None:
    column, row = view.pixels([view.ra], [view.dec])
    assert (column[0] - view.width / 2) * view.scale == pytest.approx(0, abs=1e-6)
    assert (row[0] - view.height / 2) * view.scale == pytest.approx(0, abs=1e-6)


def test_north_is_up_and_east_is_left() -> None:
    view = MapView(56.75, 24.1, 8, 400, 200)
    column, row = view.pixels([56.75, 57.75], [25.1, 24.1])
    assert row[0] < 100
    assert column[1] < 200


def test_galactic_north_is_up_on_a_galactic_map() -> None:
    ra, dec = MapView.default_centre("galactic")
    view = MapView(ra, dec, frame="galactic")
    _, row = view.pixels([192.85948], [27.12825])
    assert row[0] == pytest.approx(view.height / 2 - 81.03 / view.scale, abs=0.01)


def test_the_sky_of_a_whole_map_has_its_area() -> None:
    view = MapView(fov=WHOLE_SKY_FOV, width=1000, height=500)
    assert view.on_sky.sum() * view.pixel_area == pytest.approx(41252.96, rel=1e-3)
    assert not view.on_sky[0, 0]
    assert MapView(fov=10).on_sky.all()
