"""The rows of tables as sky layers over HTTP, as Aladin reads them."""

from __future__ import annotations

import io

import httpx
import pytest
from astropy.io import votable
from datalab_process import DatalabProcess
from mocpy import MOC
from small_sky import STARS, STARS_TABLE

LAYER = "/hips/catalogue/small.stars"


def _get(datalab: DatalabProcess, path: str) -> httpx.Response:
    with datalab.client() as client:
        return client.get(path)


def _lines(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/tab-separated-values")
    return [line.split("\t") for line in answer.text.removesuffix("\n").split("\n")]


def test_the_properties_tell_of_a_catalogue(datalab: DatalabProcess):
    text = _get(datalab, f"{LAYER}/properties").text
    told = {
        name.strip(): value.strip() for name, value in (x.split("=", 1) for x in text.splitlines())
    }
    assert told["dataproduct_type"] == "catalog"
    assert told["hips_tile_format"] == "tsv"
    assert told["hips_cat_nrows"] == str(STARS)
    assert told["hips_frame"] == "equatorial"
    assert "gmag" in told["obs_description"]
    assert int(told["hips_order"]) >= int(told["hips_order_min"]) == 1


@pytest.mark.parametrize("name", ["Metadata.xml", "metadata.xml"])
def test_the_columns_are_described_with_their_ucds(datalab: DatalabProcess, name: str):
    document = _get(datalab, f"{LAYER}/{name}").content
    fields = votable.parse_single_table(io.BytesIO(document)).fields
    assert [(f.name, f.ucd or "") for f in fields] == [(c.name, c.ucd) for c in STARS_TABLE.columns]


def test_a_tile_holds_the_brightest_rows_of_its_cell(datalab: DatalabProcess):
    header, *rows = _lines(_get(datalab, f"{LAYER}/Norder1/Dir0/Npix20.tsv"))
    assert header == [column.name for column in STARS_TABLE.columns]
    assert all(len(row) == len(header) and int(row[0]) >= 2**60 for row in rows)
    magnitudes = [float(row[3]) for row in rows]
    assert magnitudes == sorted(magnitudes)


def test_all_tiles_of_the_first_orders_come_in_one_file(datalab: DatalabProcess):
    found = [_lines(_get(datalab, f"{LAYER}/Norder{order}/Allsky.tsv"))[1:] for order in (1, 2)]
    names = [row[0] for rows in found for row in rows]
    assert len(names) == len(set(names)) == STARS


def test_the_layer_has_a_coverage_a_page_and_a_place_in_the_list(datalab: DatalabProcess):
    moc = MOC.from_fits(io.BytesIO(_get(datalab, f"{LAYER}/Moc.fits").content))
    assert moc.sky_fraction > 0.9
    assert "small.stars" in _get(datalab, f"{LAYER}/").text
    assert f"{datalab.url}{LAYER}\n" in _get(datalab, "/hips/list").text


@pytest.mark.parametrize(
    "path",
    [
        f"{LAYER}/Norder0/Dir0/Npix0.tsv",
        f"{LAYER}/Norder1/Dir0/Npix48.tsv",
        f"{LAYER}/Norder1/Dir10000/Npix5.tsv",
        f"{LAYER}/Norder3/Allsky.tsv",
        f"{LAYER}/Norder99/Dir0/Npix0.tsv",
        "/hips/catalogue/small.fields/properties",
    ],
)
def test_what_is_not_there_is_told_in_words(datalab: DatalabProcess, path: str):
    answer = _get(datalab, path)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].endswith(".")
