"""Density maps over HTTP."""

from __future__ import annotations

import json

import httpx
import numpy as np
import pytest
from datalab_process import DatalabProcess
from small_sky import STARS, STARS_TABLE

OUTSIDE = 0xFFFFFFFF


def _map(
    datalab: DatalabProcess, table: str = "small.stars", **parameters: object
) -> httpx.Response:
    with datalab.client() as client:
        return client.get(f"/density/{table}", params=parameters)


def _read(answer: httpx.Response) -> tuple[dict[str, object], np.ndarray]:
    assert answer.status_code == 200, answer.text
    about = json.loads(answer.headers["Datalab-Density"])
    counts = np.frombuffer(answer.content, "<u4").reshape(about["height"], about["width"])
    return about, counts


@pytest.mark.parametrize("projection", ["aitoff", "mollweide"])
def test_the_whole_sky_has_every_star_once(datalab: DatalabProcess, projection: str):
    about, counts = _read(_map(datalab, projection=projection, fov=330, width=400, height=200))
    assert counts[counts != OUTSIDE].sum() == STARS
    assert counts[0, 0] == OUTSIDE
    assert about["rows"] == about["total"] == STARS
    assert about["projection"] == projection
    assert about["credit"] == STARS_TABLE.credit
    assert about["simulated"] is True


def test_the_header_tells_what_the_map_shows(datalab: DatalabProcess):
    asked = {"frame": "galactic", "lon": 10.5, "lat": -30, "fov": 20, "width": 64, "height": 32}
    about, _ = _read(_map(datalab, **asked))
    assert asked.items() <= about.items()
    assert set(about) == {
        *("table", "rows", "total", "method", "order", "cell_area_deg2", "projection", "frame"),
        *("lon", "lat", "fov", "width", "height", "credit", "simulated"),
    }


def test_names_of_parameters_and_tables_have_no_case(datalab: DatalabProcess):
    about, _ = _read(_map(datalab, "Small.STARS", WIDTH=10, Height=5))
    assert (about["table"], about["width"], about["height"]) == ("small.stars", 10, 5)


@pytest.mark.parametrize(
    "parameters",
    [
        {"projection": "mercator"},
        {"frame": "ecliptic"},
        {"lat": 91},
        {"lon": "east"},
        {"lon": "nan"},
        {"fov": 0},
        {"fov": "1e999"},
        {"width": 0},
        {"width": 4096},
        {"height": "1e3"},
    ],
)
def test_a_wrong_value_is_told_by_its_name(datalab: DatalabProcess, parameters: dict[str, object]):
    answer = _map(datalab, **parameters)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert next(iter(parameters)) in error["message"]
    assert error["message"].endswith(".")


def test_a_table_without_positions_has_no_map(datalab: DatalabProcess):
    answer = _map(datalab, "small.fields")
    assert answer.status_code == 400
    assert "has no positions" in answer.json()["error"]["message"]


def test_an_unknown_table_is_not_found(datalab: DatalabProcess):
    answer = _map(datalab, "small.planets")
    assert answer.status_code == 404
    assert "small.planets" in answer.json()["error"]["message"]


def test_a_map_may_be_kept_for_a_short_while(datalab: DatalabProcess):
    assert _map(datalab, width=10, height=5).headers["Cache-Control"] == "private, max-age=60"
