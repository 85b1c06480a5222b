"""The density of a table as a HiPS: every row once at every order, each pixel in its place."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import healpy
import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from datalab_backend.catalogues import coverage, tiles
from datalab_backend.catalogues.counts import FULL_SKY_DEG2, Counts, cells_in
from datalab_backend.catalogues.hips import DensityHips
from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.metadata import Table
from hypothesis import given, settings
from hypothesis import strategies as st
from mocpy import MOC
from PIL import Image
from reproject.hips import hips_as_dask_array

ROWS = 60_000


class Sky:
    """A table, its positions, and its HiPS."""

    def __init__(
        self,
        table: Table,
        now: Snapshot,
        lon: np.ndarray,
        lat: np.ndarray,
        order: int | None = None,
    ) -> None:
        self.now, self.lon, self.lat = now, lon, lat
        counts = now.density(table)
        assert counts is not None
        if order is not None:
            cells = healpy.ang2pix(2**29, lon, lat, nest=True, lonlat=True)
            counts = Counts.of([np.sort(cells)], order)
        self.hips = DensityHips(table, counts)

    def rows_in(self, order: int) -> np.ndarray:
        """The rows in each cell of an order, as healpy finds them."""
        return self.rows_behind(np.arange(12 * 4**order), order)

    def rows_behind(self, cells: np.ndarray, order: int) -> np.ndarray:
        """The rows in each of some cells."""
        held = np.sort(healpy.ang2pix(2**order, self.lon, self.lat, nest=True, lonlat=True))
        return np.searchsorted(held, cells, "right") - np.searchsorted(held, cells, "left")


def sky_of(
    store: CatalogueStore,
    put: Callable[..., Table],
    lon: np.ndarray,
    lat: np.ndarray,
    order: int | None = None,
) -> Sky:
    rows = len(lon)
    table = put(pa.table({"id": np.arange(rows), "ra": lon, "dec": lat, "name": pa.nulls(rows)}))
    return Sky(table, LiveCatalogues(store).now(), lon, lat, order)


@pytest.fixture
def wide(store: CatalogueStore, put: Callable[..., Table]) -> Sky:
    """Stars all over the sky, crowded at the poles and around RA 0."""
    rng = np.random.default_rng(4)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, ROWS)))
    lon = rng.uniform(0, 360, ROWS)
    lat[:500], lat[500:1000], lon[1000:2000] = 89.99, -89.99, rng.normal(0, 0.1, 1000) % 360
    return sky_of(store, put, lon, lat)


@pytest.fixture
def crowded(store: CatalogueStore, put: Callable[..., Table]) -> Sky:
    """A field of half a degree with more rows than its pyramid can tell apart."""
    rng = np.random.default_rng(5)
    lon, lat = rng.normal(184, 0.2, ROWS), rng.normal(-31, 0.2, ROWS)
    return sky_of(store, put, lon, lat, order=10)


def pixel_cells(order: int, number: int) -> np.ndarray:
    """The cells behind the pixels of a tile, as the rows of a FITS tile have them.

    Rows go north-east and columns north-west, from the south corner.
    """
    x, y = np.meshgrid(np.arange(512), np.arange(512), indexing="ij")
    nside = 2 ** (order + 9)
    x0, y0, face = healpy.pix2xyf(2**order, number, nest=True)
    cells = healpy.xyf2pix(nside, x0 * 512 + x, y0 * 512 + y, face, nest=True)
    return cells[::-1]  # FITS has the bottom row first


@pytest.mark.parametrize("order", [0, 1, 3])
def test_a_pixel_has_the_rows_of_its_cell(wide: Sky, order: int):
    cell_order = min(order + 9, wide.hips.finest_cells)
    expected = wide.rows_in(cell_order) / healpy.nside2pixarea(2**cell_order, degrees=True)
    for number in range(0, 12 * 4**order, 1 if order == 0 else 7):
        tile = wide.hips.tile(order, number, wide.now.engine)
        cells = pixel_cells(order, number) >> 2 * (order + 9 - cell_order)
        if tile is None:
            assert not expected[cells].any()
            continue
        data = fits.getdata(io.BytesIO(tiles.fits(tiles.picture(tile.densities), {})))
        assert np.allclose(data, expected[cells], rtol=1e-6)


@pytest.mark.parametrize("order", [3, 4])
def test_a_crowded_field_is_counted_finer_than_its_pyramid(crowded: Sky, order: int):
    hips = crowded.hips
    assert hips.finest_cells > hips.counts.order
    assert hips.order >= 4
    for number in np.flatnonzero(crowded.rows_in(order)):
        tile = hips.tile(order, int(number), crowded.now.engine)
        assert tile is not None
        assert tile.cell_order > hips.counts.order
        cells = pixel_cells(order, int(number)) >> 2 * (order + 9 - tile.cell_order)
        assert (
            tiles.picture(tile.counts)[::-1] == crowded.rows_behind(cells, tile.cell_order)
        ).all()


def test_the_rows_of_all_tiles_are_those_of_the_table_at_every_order(wide: Sky, crowded: Sky):
    for sky in (wide, crowded):
        for order in range(sky.hips.order + 1):
            pixel_deg2 = FULL_SKY_DEG2 / cells_in(order + 9)
            held = np.flatnonzero(sky.rows_in(order))
            found = [sky.hips.tile(order, int(n), sky.now.engine) for n in held]
            total = sum(tile.densities.sum(dtype=float) * pixel_deg2 for tile in found if tile)
            assert total == pytest.approx(ROWS, rel=1e-6)


def test_there_are_no_tiles_beside_the_rows_nor_below_the_deepest_order(crowded: Sky):
    full = np.flatnonzero(crowded.rows_in(3))
    empty = next(n for n in range(768) if n not in full)
    assert crowded.hips.tile(3, empty, crowded.now.engine) is None
    assert crowded.hips.tile(3, 768, crowded.now.engine) is None
    assert crowded.hips.tile(crowded.hips.order + 1, 0, crowded.now.engine) is None


def test_reproject_finds_the_rows_where_they_are(wide: Sky, tmp_path: Path):
    cell_order = wide.hips.finest_cells
    expected = wide.rows_in(cell_order) / healpy.nside2pixarea(2**cell_order, degrees=True)
    folder = tmp_path / "Norder3" / "Dir0"
    folder.mkdir(parents=True)
    (tmp_path / "properties").write_text(
        "dataproduct_type = image\nhips_frame = equatorial\nhips_order = 3\n"
        "hips_tile_width = 512\nhips_tile_format = fits\n"
    )
    numbers = [0, 100, 383, 500, 767]
    for number in numbers:
        tile = wide.hips.tile(3, number, wide.now.engine)
        assert tile is not None
        written = tiles.fits(tiles.picture(tile.densities), {})
        (folder / f"Npix{number}.fits").write_bytes(written)
    array, wcs = hips_as_dask_array(str(tmp_path))
    for number in numbers:
        middle = healpy.pix2ang(8, number, nest=True, lonlat=True)
        x, y = (int(v) // 512 for v in wcs.world_to_pixel_values(*middle))
        row, column = np.mgrid[y * 512 : y * 512 + 512, x * 512 : x * 512 + 512]
        lon, lat = wcs.pixel_to_world_values(column, row)
        seen = np.isfinite(lon)
        cells = healpy.ang2pix(2**cell_order, lon[seen], lat[seen], nest=True, lonlat=True)
        shown = np.asarray(array.blocks[y, x].compute())[seen]
        assert np.allclose(shown, expected[cells], rtol=1e-6)


def test_the_allsky_file_has_each_tile_of_order_3_in_its_place(wide: Sky):
    found = wide.hips.allsky()
    mosaic = tiles.allsky(found.densities)
    assert mosaic.shape == (29 * 64, 27 * 64)
    for number in (0, 26, 27, 500, 767):
        row, column = divmod(number, 27)
        shown = mosaic[row * 64 : row * 64 + 64, column * 64 : column * 64 + 64]
        tile = wide.hips.tile(3, number, wide.now.engine)
        assert tile is not None
        assert np.allclose(shown, tiles.picture(tile.densities)[4::8, 4::8])
    written = fits.getdata(io.BytesIO(tiles.fits(mosaic, {})))
    assert (written[::-1] == mosaic).all()


def test_a_picture_is_bright_where_rows_are_and_clear_where_none_are():
    counts = np.array([[0, 1], [10, 1000]])
    shades = tiles.shaded(counts, 1000)
    shown = np.asarray(Image.open(io.BytesIO(tiles.png(tiles.coloured(shades)))))
    mosaic = Image.open(io.BytesIO(tiles.png(shades))).convert("RGBA")
    assert (shown == np.asarray(mosaic)).all()
    assert shown[..., 3].tolist() == [[0, 255], [255, 255]]
    light = shown[..., :3].sum(axis=-1)
    assert 0 < light[0, 1] < light[1, 0] < light[1, 1]


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(0, 3000), st.floats(0.001, 180), st.integers(0, 9))
def test_counts_add_up_at_every_order(seed: int, rows: int, width: float, order: int):
    rng = np.random.default_rng(seed)
    lon = (rng.uniform(0, 360) + width * rng.uniform(-1, 1, rows)) % 360
    lat = np.clip(rng.normal(rng.uniform(-90, 90), width / 3, rows), -90, 90)
    cells = np.sort(healpy.ang2pix(2**29, lon, lat, nest=True, lonlat=True))
    counts = Counts.of([cells], order)
    for coarser in range(order + 1):
        assert counts.at(coarser, np.arange(cells_in(coarser))).sum() == rows


@pytest.mark.parametrize("order", [None, 2, 5])
def test_the_coverage_holds_every_row_and_little_else(crowded: Sky, order: int | None):
    shown = MOC.from_fits(io.BytesIO(coverage.moc_fits(crowded.hips.counts, order)))
    from astropy.coordinates import Latitude, Longitude

    lon, lat = Longitude(crowded.lon, "deg"), Latitude(crowded.lat, "deg")
    assert shown.contains_lonlat(lon, lat).all()
    if order is not None:
        assert shown.max_order == order
        full = np.flatnonzero(crowded.rows_in(order))
        assert shown.sky_fraction == pytest.approx(len(full) / cells_in(order))
    again = MOC.from_string(coverage.moc_text(crowded.hips.counts, order), format="ascii")
    assert again.sky_fraction == pytest.approx(shown.sky_fraction)
