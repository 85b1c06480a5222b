"""An image as a sky layer: each pixel in its place, as healpy and reproject see it."""

from __future__ import annotations

import healpy
import numpy as np
import pytest
from datalab_backend.catalogues import tiles
from datalab_backend.images.hips import FIRST_ORDER, ImageHips, colour_picture, picture
from datalab_backend.images.image import Collection
from datalab_backend.images.store import ImageStore
from small_images import COLLECTION, DEC, RA, STARS, make_small_images, small_pixels, small_wcs


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    data = tmp_path_factory.mktemp("images")
    make_small_images(data)
    return ImageStore(data).collection(COLLECTION)


@pytest.fixture(scope="module")
def hips(collection: Collection) -> ImageHips:
    return ImageHips(collection.images[0])


def tile_of(hips: ImageHips, ra: float, dec: float) -> tuple[int, np.ndarray]:
    number = int(healpy.ang2pix(2**hips.order, ra, dec, nest=True, lonlat=True))
    cells = hips.cells(hips.order, number)
    assert cells is not None
    return number, cells


def test_the_deepest_pixels_are_about_as_large_as_the_images(hips: ImageHips):
    assert 0.7 < hips.pixel_deg * 3600 / hips.image.pixel_arcsec < 1.5


@pytest.mark.parametrize("star", STARS)
def test_a_star_is_brightest_in_the_cell_where_healpy_has_it(
    hips: ImageHips, star: tuple[float, float]
):
    number, cells = tile_of(hips, *star)
    first = number << 2 * tiles.TILE_DEPTH
    side = 2 ** (hips.order + tiles.TILE_DEPTH)
    lon, lat = healpy.pix2ang(side, first + np.arange(len(cells)), nest=True, lonlat=True)
    near = np.hypot((lon - star[0]) * np.cos(np.radians(star[1])), lat - star[1]) < 5 / 3600
    brightest = np.flatnonzero(near)[np.nanargmax(cells[near])]
    distance = np.hypot(lon[brightest] - star[0], lat[brightest] - star[1]) * 3600
    assert distance < 1.2 * hips.pixel_deg * 3600


def test_pixels_of_the_picture_lie_where_healpy_has_them(hips: ImageHips):
    number, cells = tile_of(hips, *STARS[0])
    shown = tiles.picture(cells)
    row, column = np.unravel_index(np.nanargmax(shown), shown.shape)
    x, y, face = healpy.pix2xyf(2**hips.order, number, nest=True)
    # Columns run along healpy's y, rows from the top along its x.
    deep = 2 ** (hips.order + tiles.TILE_DEPTH)
    cell = healpy.xyf2pix(deep, x * 512 + row, y * 512 + column, face, nest=True)
    lon, lat = healpy.pix2ang(deep, cell, nest=True, lonlat=True)
    near = [np.hypot(lon - ra, lat - dec) * 3600 < 2 for ra, dec in STARS]
    assert near == [True, False, False]


def test_a_pixel_shows_the_image_where_its_middle_is(hips: ImageHips):
    number, cells = tile_of(hips, RA, DEC)
    first = number << 2 * tiles.TILE_DEPTH
    side = 2 ** (hips.order + tiles.TILE_DEPTH)
    lon, lat = healpy.pix2ang(side, first + np.arange(len(cells)), nest=True, lonlat=True)
    x, y = small_wcs().wcs_world2pix(lon, lat, 0)
    pixels = small_pixels("g")
    inside = (x > 1) & (x < pixels.shape[1] - 2) & (y > 1) & (y < pixels.shape[0] - 2)
    outside = (x < -1) | (x > pixels.shape[1]) | (y < -1) | (y > pixels.shape[0])
    assert inside.sum() > 5000
    assert np.isfinite(cells[inside]).all()
    assert np.isnan(cells[outside]).all()
    left, low = np.floor(x[inside]).astype(int), np.floor(y[inside]).astype(int)
    around = np.array([pixels[low + i, left + j] for i in (0, 1) for j in (0, 1)])
    # Between its four neighbours, but for what the compression of the file changes.
    assert (cells[inside] > around.min(axis=0) - 0.5).all()
    assert (cells[inside] < around.max(axis=0) + 0.5).all()


def test_coarser_tiles_show_the_same_light(hips: ImageHips):
    totals = []
    for order in range(hips.order - 3, hips.order + 1):
        area = healpy.nside2pixarea(2 ** (order + tiles.TILE_DEPTH))
        found = [hips.cells(order, int(n)) for n in hips.moc().degrade_to_order(order).flatten()]
        light = sum(float(np.nansum(cells, dtype=float)) for cells in found if cells is not None)
        totals.append(light * area)
    assert totals == pytest.approx([totals[-1]] * len(totals), rel=0.05)


def test_there_is_no_tile_where_the_image_is_not(hips: ImageHips):
    other = int(healpy.ang2pix(2**hips.order, RA + 90, -DEC, nest=True, lonlat=True))
    assert hips.cells(hips.order, other) is None
    assert hips.cells(FIRST_ORDER - 1, 0) is None
    assert hips.cells(hips.order + 1, 0) is None
    assert hips.cells(hips.order, 12 * 4**hips.order) is None


def test_the_coverage_is_the_image(hips: ImageHips):
    area_deg2 = hips.moc().sky_fraction * 41252.96
    assert area_deg2 == pytest.approx(hips.image.width_deg * hips.image.height_deg, rel=0.05)


def test_the_allsky_file_shows_the_image_in_its_place(hips: ImageHips):
    shown = hips.allsky()
    order = FIRST_ORDER + tiles.ALLSKY_DEPTH
    lon, lat = healpy.pix2ang(2**order, np.flatnonzero(np.isfinite(shown)), nest=True, lonlat=True)
    assert len(lon) > 1
    assert np.hypot(lon - RA, lat - DEC).max() < 0.3


def test_pictures_are_transparent_beyond_the_image(hips: ImageHips):
    _, cells = tile_of(hips, RA, DEC)
    shown = picture(hips.image, tiles.picture(cells))
    assert ((shown[..., 3] == 255) == np.isfinite(tiles.picture(cells))).all()
    assert shown[..., 0].max() == 255


def test_in_colour_each_star_has_its_hue_and_the_sky_is_grey(collection: Collection):
    layers = {image.band: ImageHips(image) for image in collection.images}
    for star, strongest in zip(STARS, (2, 1, 0), strict=True):  # in g blue, in r green, in i red
        shown = [(layers[b].image, tiles.picture(tile_of(layers[b], *star)[1])) for b in "gri"]
        colours = colour_picture(shown)
        light = np.array([cells for _, cells in shown])
        row, column = np.unravel_index(
            np.nanargmax(np.nan_to_num(light[2 - strongest])), colours.shape[:2]
        )
        assert colours[row, column, :3].argmax() == strongest
        sky = colours[(colours[..., 3] == 255) & (light.max(axis=0) < 3)][:, :3].astype(int)
        assert np.ptp(sky.mean(axis=0)) < 8
