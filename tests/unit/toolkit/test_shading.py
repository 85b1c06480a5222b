"""Colours run with the values, whatever the stretch."""

from __future__ import annotations

import io

import numpy as np
import pytest
from datalab_toolkit.maps import picture, shading
from datalab_toolkit.maps.density import Density
from datalab_toolkit.maps.points import PointsDensity
from datalab_toolkit.maps.view import MapView
from PIL import Image


@pytest.fixture(scope="module")
def crowd() -> Density:
    rng = np.random.default_rng(7)
    ra, dec = rng.normal(180, 20, 5000), np.clip(rng.normal(0, 15, 5000), -89, 89)
    return PointsDensity({"ra": ra, "dec": dec}, credit="Somebody").counts(
        MapView(width=200, height=100)
    )


@pytest.mark.parametrize("stretch", shading.STRETCHES)
def test_a_stretch_goes_from_0_to_1_and_never_back(stretch: str) -> None:
    values = np.geomspace(0.01, 1e6, 4000)
    scale = shading.Scale.fit(values, stretch, (1, 99))
    fractions = scale.fractions(values)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert (np.diff(fractions) >= 0).all()


def test_equalised_colours_are_used_equally_often() -> None:
    values = np.random.default_rng(8).lognormal(0, 3, 20_000)
    fractions = shading.Scale.fit(values, "eq_hist").fractions(values)
    assert np.histogram(fractions, bins=10, range=(0, 1))[0] == pytest.approx(2000, abs=2)


@pytest.mark.parametrize("colormap", shading.COLORMAPS)
def test_perceptual_colours_grow_lighter_and_turn_round(colormap: str) -> None:
    colours = shading.palette(colormap).astype(float)
    lightness = colours @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) >= -1).all()
    assert np.array_equal(shading.palette(f"{colormap}_r"), colours[::-1])


def test_places_beside_the_sky_are_transparent_and_single_stars_are_seen() -> None:
    values = np.array([[np.nan, 0.0, 1.0, 5.0]])
    rgba = shading.shade(values, shading.Scale.fit(values, "log"), "magma")
    assert rgba[0, :, 3].tolist() == [0, 255, 255, 255]
    assert not np.array_equal(rgba[0, 1], rgba[0, 2])


def test_smoothing_keeps_the_number_of_rows(crowd: Density) -> None:
    smooth = shading.smooth(crowd)
    assert np.nansum(smooth) * crowd.cell_area == pytest.approx(5000, rel=0.02)
    assert np.nanmax(smooth) < np.nanmax(crowd.per_square_degree)


def test_smoothing_leaves_nothing_where_nothing_is() -> None:
    rng = np.random.default_rng(8)
    rows = {"ra": rng.uniform(10, 10.4, 9000), "dec": rng.uniform(0, 0.4, 9000)}
    field = PointsDensity(rows).counts(MapView(10.5, 0.5, 3, 300, 150))
    smooth = shading.smooth(field)
    assert (smooth[field.counts > 0] > 0).all()
    assert (smooth[:, -60:] == 0).all()
    assert smooth[smooth > 0].min() * field.cell_area > 1e-9


def test_a_crowded_map_is_not_smoothed() -> None:
    rng = np.random.default_rng(9)
    rows = {"ra": rng.uniform(10, 11, 200_000), "dec": rng.uniform(0, 1, 200_000)}
    full = PointsDensity(rows).counts(MapView(10.5, 0.5, 1, 50, 50))
    assert np.array_equal(shading.smooth(full), full.per_square_degree)


def test_an_empty_map_is_a_picture_too() -> None:
    empty = PointsDensity({"ra": np.empty(0), "dec": np.empty(0)}).counts(MapView(fov=10))
    assert Image.open(io.BytesIO(picture.png(empty, "nothing", "log", (0, 100), "viridis")))


def test_the_picture_holds_the_map_and_more(crowd: Density) -> None:
    image = Image.open(io.BytesIO(picture.png(crowd, "crowd", "eq_hist", (0, 100), "viridis")))
    assert image.width >= 200
    assert image.height >= 100
    assert len(image.getcolors(100_000)) > 100
