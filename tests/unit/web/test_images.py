"""Images over HTTP: the list, files and parts of files, cutouts, and sky layers."""

from __future__ import annotations

import io

import httpx
import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from datalab_process import DatalabProcess
from hips_client import properties
from mocpy import MOC
from PIL import Image
from small_images import DEC, HEIGHT, RA, STARS, WIDTH, small_pixels, small_wcs

LAYER = "/hips/images/small/g"
CUTOUT = "/svc/cutout"


def test_the_images_are_listed_with_all_that_is_needed_to_show_them(client: httpx.Client):
    listed = client.get("/images").json()
    assert [(image["collection"], image["band"]) for image in listed] == [
        ("small", band) for band in "gri"
    ]
    image = listed[0]
    assert (image["ra_deg"], image["dec_deg"], image["pixel_arcsec"]) == (RA, DEC, 1.0)
    assert image["simulated"] is True
    assert image["credit"]
    for path in (image["fits"], f"{image['hips']}/properties"):
        assert client.get(path).status_code == 200
    assert client.get(f"{image['colour_hips']}/properties").status_code == 200


def test_the_capabilities_tell_of_images_and_cutouts(client: httpx.Client):
    told = client.get("/tap/capabilities").text
    assert "ivo://jupyterlab-datalab/images" in told
    assert CUTOUT in told


def test_a_file_comes_whole_with_its_pixels_and_places(client: httpx.Client):
    answer = client.get("/images/small/r.fits")
    assert answer.headers["Content-Type"] == "image/fits"
    with fits.open(io.BytesIO(answer.content)) as file:
        assert np.abs(file[1].data - small_pixels("r")).max() < 0.5
        x, y = WCS(file[1].header).wcs_world2pix(RA, DEC, 0)
        assert (float(x), float(y)) == pytest.approx(((WIDTH - 1) / 2, (HEIGHT - 1) / 2))


def test_a_part_of_a_file_comes_when_only_that_is_asked_for(client: httpx.Client):
    path = "/images/small/g.fits"
    whole = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in whole.headers
    part = client.get(path, headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, whole.content[100:300])
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(whole.content)}"
    end = client.get(path, headers={"Range": "bytes=-50"})
    assert end.content == whole.content[-50:]
    beyond = client.get(path, headers={"Range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416
    known = client.get(path, headers={"If-None-Match": whole.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_a_cutout_has_the_pixels_of_the_image_and_their_places(client: httpx.Client):
    ra, dec = STARS[0]
    answer = client.get(CUTOUT, params={"POS": f"{ra},{dec}", "SIZE": 0.02, "band": "g"})
    (hdu,) = fits.open(io.BytesIO(answer.content))
    assert hdu.data.shape == pytest.approx((72, 72), abs=1)
    wcs = WCS(hdu.header)
    row, column = np.unravel_index(hdu.data.argmax(), hdu.data.shape)
    place = wcs.pixel_to_world(column, row)
    assert place.ra.deg == pytest.approx(ra, abs=1 / 3600)
    assert place.dec.deg == pytest.approx(dec, abs=1 / 3600)
    x, y = small_wcs().wcs_world2pix(*wcs.wcs_pix2world(0, 0, 0), 0)
    same = small_pixels("g")[round(float(y)) :, round(float(x)) :][: len(hdu.data)]
    assert np.abs(hdu.data - same[:, : hdu.data.shape[1]]).max() < 0.5


def test_a_cutout_ends_where_the_image_does(client: httpx.Client):
    asked = {"POS": f"{RA},{DEC}", "SIZE": "1,0.01", "band": "i", "col": "small"}
    (hdu,) = fits.open(io.BytesIO(client.get(CUTOUT, params=asked).content))
    assert hdu.data.shape[1] == WIDTH
    assert hdu.data.shape[0] < HEIGHT / 5
    assert np.isfinite(hdu.data).all()


@pytest.mark.parametrize(
    ("parameters", "status", "told"),
    [
        ({"SIZE": "0.01", "band": "g"}, 400, "POS is missing"),
        ({"POS": "150,2", "band": "g"}, 400, "SIZE is missing"),
        ({"POS": "150,2", "SIZE": "0.01"}, 400, "band is missing"),
        ({"POS": "150", "SIZE": "0.01", "band": "g"}, 400, "POS has 1 numbers"),
        ({"POS": "a,b", "SIZE": "0.01", "band": "g"}, 400, "not a number"),
        ({"POS": "nan,2", "SIZE": "0.01", "band": "g"}, 400, "not a number"),
        ({"POS": "150,95", "SIZE": "0.01", "band": "g"}, 400, "no place 150, 95"),
        ({"POS": "150,2", "SIZE": "0", "band": "g"}, 400, "cannot be 0 by 0"),
        ({"POS": "150,2", "SIZE": "-1", "band": "g"}, 400, "cannot be -1 by -1"),
        ({"POS": "150,2", "SIZE": "20", "band": "g"}, 400, "cannot be 20 by 20"),
        ({"POS": "150,2", "SIZE": "1,2,3", "band": "g"}, 400, "SIZE has 3 numbers"),
        ({"POS": "330,-2", "SIZE": "0.01", "band": "g"}, 404, "not on the image"),
        ({"POS": "150,2", "SIZE": "0.01", "band": "z"}, 404, "It has g, r, i"),
        ({"POS": "150,2", "SIZE": "0.01", "band": "../g"}, 404, "no image in the band"),
        ({"POS": "150,2", "SIZE": "0.01", "band": "g", "col": "../x"}, 404, "no images"),
    ],
)
def test_what_cannot_be_cut_out_is_told_in_words(
    client: httpx.Client, parameters: dict[str, str], status: int, told: str
):
    answer = client.get(CUTOUT, params=parameters)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert told in f"{error['message']} {error['hint']}"


def test_the_properties_say_all_that_the_standard_asks_for(client: httpx.Client):
    told = properties(client.get(f"{LAYER}/properties").text)
    assert told.keys() >= {
        *("creator_did", "obs_title", "dataproduct_type", "hips_version", "hips_release_date"),
        *("hips_status", "hips_frame", "hips_order", "hips_tile_format", "obs_ack"),
    }
    assert (told["dataproduct_type"], told["hips_frame"]) == ("image", "equatorial")
    assert told["hips_pixel_bitpix"] == "-32"
    assert set(told["hips_tile_format"].split()) == {"png", "fits"}
    assert "simulated" in told["obs_title"]
    low, high = map(float, told["hips_pixel_cut"].split())
    assert low < 0 < high
    colour = properties(client.get("/hips/images/small/gri/properties").text)
    assert (colour["hips_tile_format"], colour["dataproduct_subtype"]) == ("png", "color")


def test_a_tile_is_sent_from_its_file_once_it_was_drawn(
    client: httpx.Client, datalab: DatalabProcess
):
    order = properties(client.get(f"{LAYER}/properties").text)["hips_order"]
    coverage = MOC.from_fits(io.BytesIO(client.get(f"{LAYER}/Moc.fits").content))
    number = int(coverage.degrade_to_order(int(order)).flatten()[0])
    path = f"{LAYER}/Norder{order}/Dir{number // 10_000 * 10_000}/Npix{number}"
    tile = client.get(f"{path}.fits")
    assert tile.headers["Content-Type"] == "image/fits"
    (hdu,) = fits.open(io.BytesIO(tile.content))
    assert hdu.data.shape == (512, 512)
    assert hdu.header["NPIX"] == number
    picture = client.get(f"{path}.png")
    shown = np.asarray(Image.open(io.BytesIO(picture.content)))
    assert ((shown[..., 3] > 0) == np.isfinite(hdu.data[::-1])).all()
    kept = datalab.data / "images/small/tiles/g" / f"Norder{order}"
    assert (kept / f"Npix{number}.fits").read_bytes() == tile.content
    again = client.get(f"{path}.fits")
    assert again.content == tile.content
    known = client.get(f"{path}.fits", headers={"If-None-Match": tile.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize("layer", ["g", "gri"])
def test_the_whole_sky_comes_in_one_file(client: httpx.Client, layer: str):
    picture = client.get(f"/hips/images/small/{layer}/Norder3/Allsky.png")
    shown = np.asarray(Image.open(io.BytesIO(picture.content)))
    assert shown.shape == (1856, 1728, 4)
    assert 0 < (shown[..., 3] > 0).sum() < 50


@pytest.mark.parametrize(
    "path",
    [
        "/images/small/z.fits",
        "/images/other/g.fits",
        "/images/%2e%2e/g.fits",
        "/images/small/..%2f..%2fdemo.json.fits",
        "/hips/images/small/z/properties",
        "/hips/images/%2e%2e/small/properties",
        "/hips/images/small/%2e%2e/properties",
        f"{LAYER}/Norder2/Dir0/Npix0.fits",
        f"{LAYER}/Norder25/Dir0/Npix0.fits",
        f"{LAYER}/Norder3/Dir0/Npix768.fits",
        f"{LAYER}/Norder3/Dir10000/Npix5.fits",
        f"{LAYER}/Norder3/Dir0/Npix-1.png",
        f"{LAYER}/Norder3/Dir0/Npix5.jpg",
        f"{LAYER}/Norderx/Dir0/Npix5.png",
        "/hips/images/small/gri/Norder3/Allsky.fits",
    ],
)
def test_what_is_not_there_is_told_in_words(client: httpx.Client, path: str):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].endswith(".")


def test_the_layers_are_listed_and_have_a_page(client: httpx.Client, datalab: DatalabProcess):
    listed = [properties(part) for part in client.get("/hips/list").text.split("\n\n")]
    urls = [one["hips_service_url"] for one in listed]
    assert {f"{datalab.url}/hips/images/small/{band}" for band in ("g", "gri")} <= set(urls)
    assert f"{datalab.url}/hips/density/small.stars" in urls
    page = client.get("/hips/images/small/gri/")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "&lt;nobody&gt;" in page.text
    assert 'src="/hips/images/small/gri/preview.png"' in page.text
    shown = np.asarray(Image.open(io.BytesIO(client.get(f"{LAYER}/preview.png").content)))
    assert shown.shape == (HEIGHT, WIDTH, 4)
    brightest = np.unravel_index(shown[..., 0].astype(int).argmax(), shown.shape[:2])
    places = [small_wcs().wcs_world2pix(*star, 0) for star in STARS]
    # North is up: the first row of the picture is the last of the image.
    assert min(np.hypot(brightest[1] - x, HEIGHT - 1 - brightest[0] - y) for x, y in places) < 5
