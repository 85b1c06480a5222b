"""Positions come back from the plane, areas are kept, and the poles and 0h are like any place."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS
from datalab_toolkit.maps import projection as p
from hypothesis import example, given
from hypothesis import strategies as st

longitudes = st.floats(0, 360)
latitudes = st.floats(-90, 90)
everywhere = pytest.mark.parametrize("name", ["aitoff", "mollweide"])


@everywhere
@given(longitudes, latitudes)
@example(0, 90)
@example(0, -90)
@example(180, 0)
@example(180, 1e-9)
@example(180.0000001, -45)
@example(360, 0)
@example(1e-12, -1e-12)
def test_a_position_comes_back_from_the_plane(name: str, lon: float, lat: float) -> None:
    there = p.PROJECTIONS[name]
    before = p.vectors([lon], [lat])
    after = there.unproject(*there.project(before))
    assert np.linalg.norm(after - before) < 1e-7


@everywhere
def test_the_whole_sky_fills_one_ellipse(name: str) -> None:
    rng = np.random.default_rng(3)
    v = rng.normal(size=(20_000, 3))
    v /= np.linalg.norm(v, axis=1)[:, None]
    x, y = p.PROJECTIONS[name].project(v)
    radius = np.hypot(x / p.HALF_WIDTH, y / p.HALF_HEIGHT)
    assert radius.max() <= 1 + 1e-9
    # Areas are kept: as many of the points in each ring of the ellipse as it has of its area.
    inner = np.mean(radius < np.sqrt(0.5))
    assert inner == pytest.approx(0.5, abs=0.02)
    assert np.pi * p.HALF_WIDTH * p.HALF_HEIGHT == pytest.approx(41252.96, abs=0.01)


@everywhere
def test_what_is_beside_the_sky_is_nowhere(name: str) -> None:
    beside = p.PROJECTIONS[name].unproject(np.array([163.0, 0, 150]), np.array([0.0, 82, 60]))
    assert np.isnan(beside).all()


@pytest.mark.parametrize(("name", "code"), [("aitoff", "AIT"), ("mollweide", "MOL")])
def test_the_projections_are_those_of_fits(name: str, code: str) -> None:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = [f"RA---{code}", f"DEC--{code}"]
    wcs.wcs.crval = [0, 0]
    wcs.wcs.cdelt = [1, 1]
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(-179.9, 179.9, 500), rng.uniform(-89.9, 89.9, 500)
    expected = wcs.wcs_world2pix(np.column_stack([lon, lat]), 0) + 1
    found = np.column_stack(p.PROJECTIONS[name].project(p.vectors(lon, lat)))
    assert np.abs(found - expected).max() < 1e-6


def test_galactic_coordinates_are_those_of_astropy() -> None:
    rng = np.random.default_rng(5)
    ra, dec = rng.uniform(0, 360, 300), np.degrees(np.arcsin(rng.uniform(-1, 1, 300)))
    lon, lat = p.angles(p.vectors(ra, dec) @ p.ICRS_TO_GALACTIC.T)
    expected = SkyCoord(ra, dec, unit="deg").galactic
    ours = SkyCoord(lon, lat, unit="deg", frame="galactic")
    # astropy goes by FK5, which is turned by some 0.02 arcseconds against ICRS.
    assert ours.separation(expected).arcsec.max() < 0.05


@given(longitudes, latitudes)
def test_a_longitude_is_never_360(lon: float, lat: float) -> None:
    found, _ = p.angles(p.vectors([lon], [lat]))
    assert 0 <= found[0] < 360


@given(longitudes, latitudes)
def test_the_centre_of_a_view_is_in_the_middle_with_north_up(lon: float, lat: float) -> None:
    turned = p.rotation(lon, lat)
    assert turned @ p.vectors(lon, lat) == pytest.approx([1, 0, 0], abs=1e-12)
    north = turned @ np.array([0, 0, 1.0])
    assert north[1] == pytest.approx(0, abs=1e-12)
    assert north[2] >= -1e-12
