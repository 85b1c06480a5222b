"""The rendered field: its pixels agree with the catalogue, in light and in place."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pytest
from datalab_backend.catalogues.demo.simulation import cluster, dwarf, pixels, smash
from datalab_backend.images.deepfield import field
from datalab_backend.images.deepfield.drawing import Shapes
from datalab_backend.images.deepfield.field import Rendered, Scene
from datalab_backend.images.deepfield.profiles import SERSIC_INDICES, point_spread, sersic
from scipy.spatial import cKDTree

APERTURE_PIXELS = 6.0


@dataclass
class Catalogue:
    """Objects of the survey in field 169 that are well on the image, by their r magnitude."""

    ra: np.ndarray
    dec: np.ndarray
    x: np.ndarray
    y: np.ndarray
    magnitude: np.ndarray
    error: np.ndarray
    radius: np.ndarray


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene.whole()


@pytest.fixture(scope="module")
def rendered(scene: Scene) -> Rendered:
    return scene.render("r")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """What ``sim_smash.object`` has, as its rows are made."""
    parts = []
    for pixel in pixels.around(field.CENTRE_RA, field.CENTRE_DEC, 0.6):
        seen = smash.observe(int(pixel))
        measured = seen.bands["r"]
        x, y = field.wcs().wcs_world2pix(seen.ra, seen.dec, 0)
        columns = (
            *(seen.ra, seen.dec, x, y),
            *(measured.magnitude, measured.error, seen.things.radius),
        )
        kept = seen.found["r"] & (seen.things.variable < 0)
        parts.append([column[kept] for column in columns])
    return Catalogue(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def isolated(catalogue: Catalogue, brightest: float, faintest: float) -> np.ndarray:
    """Point sources with nothing beside them that would change their light by a hundredth."""
    inside = (np.minimum(catalogue.x, catalogue.y) > 30) & (
        np.maximum(catalogue.x, catalogue.y) < field.SIZE_PIXELS - 30
    )
    chosen = np.flatnonzero(
        inside
        & (catalogue.radius == 0)
        & (catalogue.magnitude > brightest)
        & (catalogue.magnitude < faintest)
    )
    tree = cKDTree(np.column_stack([catalogue.x, catalogue.y]))
    alone = []
    for index in chosen:
        place = catalogue.x[index], catalogue.y[index]
        near = [n for n in tree.query_ball_point(place, 16) if n != index]
        beside = (10 ** (-0.4 * catalogue.magnitude[near])).sum()
        if beside < 0.01 * 10 ** (-0.4 * catalogue.magnitude[index]):
            alone.append(index)
    return np.array(alone)


def aperture(image: np.ndarray, x: float, y: float) -> tuple[float, float, float]:
    """The light in a circle above that of a ring, and its middle."""
    column, row = round(x), round(y)
    half = 20
    stamp = image[row - half : row + half + 1, column - half : column + half + 1].astype(float)
    rows, columns = np.mgrid[-half : half + 1, -half : half + 1]
    distance = np.hypot(columns + column - x, rows + row - y)
    stamp = stamp - np.median(stamp[(distance > 12) & (distance < 20)])
    # A pixel at the edge counts as far as it is inside.
    weight = np.clip(APERTURE_PIXELS + 0.5 - distance, 0, 1)
    core = weight * (distance < 3)
    light = (weight * stamp).sum()
    middle = [(core * stamp * v).sum() / (core * stamp).sum() for v in (columns, rows)]
    return light, column + middle[0], row + middle[1]


def test_the_light_of_a_star_is_that_of_its_catalogue_magnitude(
    rendered: Rendered, catalogue: Catalogue
):
    chosen = isolated(catalogue, 16.0, 20.0)
    assert len(chosen) > 50
    blur = point_spread(field.SEEING_ARCSEC["r"])
    lost = 1 - blur.within(APERTURE_PIXELS * field.PIXEL_ARCSEC)
    assert lost < 0.01
    differences, expected = [], []
    for index in chosen:
        light, _, _ = aperture(rendered.pixels, catalogue.x[index], catalogue.y[index])
        measured = field.ZERO_POINT - 2.5 * np.log10(light / (1 - lost))
        noise = rendered.noise * np.sqrt(np.pi) * APERTURE_PIXELS / light * 1.0857
        differences.append(measured - catalogue.magnitude[index])
        expected.append(np.hypot(noise, catalogue.error[index]) + 0.004)
    pulls = np.array(differences) / np.array(expected)
    assert abs(np.median(differences)) < 0.005
    assert np.median(np.abs(pulls)) < 1.2
    assert np.percentile(np.abs(pulls), 90) < 4


def test_stars_are_where_the_catalogue_has_them(rendered: Rendered, catalogue: Catalogue):
    offsets = []
    for index in isolated(catalogue, 16.0, 20.0):
        _, x, y = aperture(rendered.pixels, catalogue.x[index], catalogue.y[index])
        offsets.append((x - catalogue.x[index], y - catalogue.y[index]))
    offset = np.array(offsets)
    assert np.abs(np.median(offset, axis=0)).max() < 0.02
    assert np.percentile(np.hypot(*offset.T), 90) < 0.2


def test_the_noise_of_the_sky_gives_the_depth_of_the_survey(rendered: Rendered):
    blur = point_spread(field.SEEING_ARCSEC["r"])
    sigmas = blur.sigmas / field.PIXEL_ARCSEC
    rows, columns = np.mgrid[-20:21, -20:21]
    star = sum(
        w * np.exp(-(rows**2 + columns**2) / 2 / (s**2 + 1 / 12)) / 2 / np.pi / (s**2 + 1 / 12)
        for w, s in zip(blur.weights, sigmas, strict=True)
    )
    depth = smash.HALF_FOUND["r"] + smash.DEPTH_BEYOND
    light = field.flux_of(np.array([depth]))[0]
    signal_to_noise = light * np.sqrt((star**2).sum()) / rendered.noise
    assert signal_to_noise == pytest.approx(5, rel=0.06)
    differences = np.diff(rendered.pixels[::7, ::7], axis=0)
    scatter = 1.4826 * np.median(np.abs(differences)) / np.sqrt(2)
    # Faint galaxies crowd so deep an image.
    assert 1.0 < scatter / rendered.noise < 1.35


def test_the_seeing_is_that_of_the_header(rendered: Rendered, catalogue: Catalogue):
    distances, heights = [], []
    for index in isolated(catalogue, 16.5, 18.5)[:40]:
        x, y = catalogue.x[index], catalogue.y[index]
        column, row = round(x), round(y)
        stamp = rendered.pixels[row - 3 : row + 4, column - 3 : column + 4]
        rows, columns = np.mgrid[-3:4, -3:4]
        light = field.flux_of(catalogue.magnitude[index : index + 1])[0]
        distances.append(np.hypot(columns + column - x, rows + row - y).ravel())
        heights.append((stamp / light).ravel())
    distance, height = np.concatenate(distances), np.concatenate(heights)
    bins = np.arange(0, 3, 0.15)
    which = np.digitize(distance, bins)
    profile = [np.median(height[which == n]) for n in range(1, len(bins))]
    half = np.interp(-profile[0] / 2, -np.array(profile), bins[1:] - 0.075)
    assert 2 * half * field.PIXEL_ARCSEC == pytest.approx(
        np.hypot(field.SEEING_ARCSEC["r"], 0.6 * field.PIXEL_ARCSEC), rel=0.12
    )


def test_hydra_ii_and_the_decoy_are_on_the_image():
    for ra, dec in ((dwarf.RA, dwarf.DEC), (cluster.RA, cluster.DEC)):
        x, y = field.wcs().wcs_world2pix(ra, dec, 0)
        margin = 180 / field.PIXEL_ARCSEC
        assert margin < x < field.SIZE_PIXELS - margin
        assert margin < y < field.SIZE_PIXELS - margin


def test_it_is_the_same_whenever_it_is_rendered(scene: Scene):
    def a_part(of: Scene) -> Scene:
        first = np.arange(3000)
        shapes = Shapes(*(getattr(of.shapes, f.name)[first] for f in fields(Shapes)))
        return Scene(of.things.take(first), shapes)

    again = Scene.whole()
    assert (again.shapes.x == scene.shapes.x).all()
    assert (again.shapes.angle == scene.shapes.angle).all()
    assert (a_part(again).render("g").pixels == a_part(scene).render("g").pixels).all()


@pytest.mark.parametrize("index", SERSIC_INDICES)
def test_half_of_a_galaxys_light_is_within_its_half_light_radius(index: float):
    profile = sersic(float(index))
    assert profile.weights.sum() == pytest.approx(1)
    assert profile.within(1.0) == pytest.approx(0.5, abs=1e-6)
    radius = np.array([0.3, 0.5, 1.5, 2.5])
    steepness = 2 * index - 1 / 3
    wanted = np.exp(-steepness * (radius ** (1 / index) - 1))
    found = profile.height(radius) / profile.height(1.0)
    assert found == pytest.approx(wanted, rel=0.2)


@pytest.mark.parametrize("seeing", [0.8, 1.3])
def test_a_star_is_half_as_bright_at_half_the_seeing(seeing: float):
    blur = point_spread(seeing)
    assert blur.height(seeing / 2) / blur.height(0.0) == pytest.approx(0.5)
    assert blur.weights.sum() == pytest.approx(1)
