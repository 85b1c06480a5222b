"""Sky layers over HTTP, as Aladin and others read them."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import numpy as np
import pytest
from astropy.io import fits
from datalab_process import DatalabProcess, serving
from hips_client import properties
from mocpy import MOC
from PIL import Image
from small_sky import STARS, STARS_TABLE

LAYER = "/hips/density/small.stars"
MANDATORY = {
    *("creator_did", "obs_title", "dataproduct_type", "hips_version", "hips_release_date"),
    *("hips_status", "hips_frame", "hips_order", "hips_tile_format"),
}


def test_the_properties_say_all_that_the_standard_asks_for(client: httpx.Client):
    answer = client.get(f"{LAYER}/properties")
    assert answer.headers["Content-Type"].startswith("text/plain")
    told = properties(answer.text)
    assert told.keys() >= MANDATORY
    assert told["dataproduct_type"] == "image"
    assert told["hips_frame"] == "equatorial"
    assert told["hips_tile_width"] == "512"
    assert told["hips_pixel_bitpix"] == "-32"
    assert set(told["hips_tile_format"].split()) == {"png", "fits"}
    assert "simulated" in told["obs_title"]
    assert told["obs_ack"] == STARS_TABLE.credit
    assert 0.9 < float(told["moc_sky_fraction"]) <= 1


def test_tiles_are_at_their_addresses(client: httpx.Client):
    tile = client.get(f"{LAYER}/Norder3/Dir0/Npix300.fits")
    assert tile.headers["Content-Type"] == "image/fits"
    (hdu,) = fits.open(io.BytesIO(tile.content))
    assert hdu.data.shape == (512, 512)
    assert hdu.header["BITPIX"] == -32
    assert (hdu.header["ORDER"], hdu.header["NPIX"], hdu.header["BUNIT"]) == (3, 300, "deg-2")
    picture = client.get(f"{LAYER}/Norder3/Dir0/Npix300.png")
    assert picture.headers["Content-Type"] == "image/png"
    shown = np.asarray(Image.open(io.BytesIO(picture.content)))
    assert shown.shape == (512, 512, 4)
    assert ((shown[..., 3] > 0) == (hdu.data[::-1] > 0)).all()


def test_the_tiles_of_order_0_hold_every_row(client: httpx.Client):
    total = 0.0
    for number in range(12):
        tile = client.get(f"{LAYER}/Norder0/Dir0/Npix{number}.fits")
        total += fits.getdata(io.BytesIO(tile.content)).sum(dtype=float)
    assert total * 41252.96125 / (12 * 4**9) == pytest.approx(STARS, rel=1e-5)


def test_the_whole_sky_comes_in_one_file(client: httpx.Client):
    data = fits.getdata(io.BytesIO(client.get(f"{LAYER}/Norder3/Allsky.fits").content))
    assert data.shape == (1856, 1728)
    picture = Image.open(io.BytesIO(client.get(f"{LAYER}/Norder3/Allsky.png").content))
    assert picture.size == (1728, 1856)


def test_the_coverage_is_a_moc(client: httpx.Client):
    answer = client.get(f"{LAYER}/Moc.fits")
    shown = MOC.from_fits(io.BytesIO(answer.content))
    assert shown.sky_fraction > 0.9
    finer = MOC.from_fits(io.BytesIO(client.get("/moc/small.stars?order=7").content))
    assert finer.max_order == 7
    text = client.get("/moc/small.stars?order=2&format=ascii").text
    assert MOC.from_string(text, format="ascii").max_order <= 2


@pytest.mark.parametrize(
    "path",
    [
        f"{LAYER}/Norder12/Dir0/Npix0.fits",
        f"{LAYER}/Norder3/Dir0/Npix768.fits",
        f"{LAYER}/Norder3/Dir10000/Npix5.fits",
        f"{LAYER}/Norder3/Dir0/Npix-1.fits",
        f"{LAYER}/Norder3/Dir0/Npix5.jpg",
        f"{LAYER}/Norderx/Dir0/Npix5.png",
        "/hips/density/small.fields/properties",
        "/hips/density/small.planets/properties",
        "/moc/small.fields",
    ],
)
def test_what_is_not_there_is_told_in_words(client: httpx.Client, path: str):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].endswith(".")


def test_an_order_that_was_not_counted_is_refused(client: httpx.Client):
    answer = client.get("/moc/small.stars?order=20")
    assert answer.status_code == 400
    assert "order 7" in answer.json()["error"]["message"]


def test_a_client_that_has_a_tile_is_not_sent_it_again(client: httpx.Client):
    path = f"{LAYER}/Norder3/Dir0/Npix300.png"
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    other = client.get(f"{LAYER}/Norder3/Dir0/Npix301.png")
    assert other.headers["ETag"] != first.headers["ETag"]


def test_a_page_shows_the_layer_with_nothing_from_elsewhere(client: httpx.Client):
    page = client.get(f"{LAYER}/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "http" not in page.text.replace(STARS_TABLE.credit, "")
    assert "simulated" in page.text
    assert "&lt;nobody&gt;" in page.text
    picture = Image.open(io.BytesIO(client.get(f"{LAYER}/preview.png").content))
    assert picture.size == (1200, 600)
    assert np.asarray(picture)[..., 3].any()


def test_all_layers_are_listed(client: httpx.Client, datalab: DatalabProcess):
    listed = [properties(part) for part in client.get("/hips/list").text.split("\n\n")]
    density = next(p for p in listed if p["hips_service_url"].endswith("density/small.stars"))
    assert density["hips_service_url"] == f"{datalab.url}{LAYER}"
    assert density.keys() >= {"creator_did", "hips_release_date", "hips_status"}


def test_a_viewer_on_the_web_reads_layers_only_when_the_owner_allowed_it(small_sky_copy: Path):
    viewer = "https://viewer.example"
    with serving(small_sky_copy, "--allow-origin", viewer) as datalab, datalab.client() as client:
        allowed = client.get(f"{LAYER}/properties", headers={"Origin": viewer})
        assert allowed.headers["Access-Control-Allow-Origin"] == viewer
        assert "Origin" in allowed.headers["Vary"]
        for path, origin, method in (
            (f"{LAYER}/properties", "https://other.example", "GET"),
            (f"{LAYER}/properties", viewer, "POST"),
            ("/tap/sync", viewer, "GET"),
            ("/density/small.stars", viewer, "GET"),
        ):
            refused = client.request(method, path, headers={"Origin": origin})
            assert refused.status_code == 403
            assert "Access-Control-Allow-Origin" not in refused.headers
