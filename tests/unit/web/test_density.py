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
    dtype = {"uint32": "<u4", "float32": "<f4"}[about["dtype"]]
    counts = np.frombuffer(answer.content, dtype).reshape(about["height"], about["width"])
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
        *("statistic", "unit", "where", "sample_percent", "dtype"),
    }


def test_names_of_parameters_and_tables_have_no_case(datalab: DatalabProcess):
    about, _ = _read(_map(datalab, "Small.STARS", WIDTH=10, Height=5))
    assert (about["table"], about["width"], about["height"]) == ("small.stars", 10, 5)


@pytest.mark.parametrize(
    "parameters",
    [
        {"projection": "mercator"},
        {"frame": "fk5"},
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


def test_a_condition_leaves_the_rows_that_meet_it(datalab: DatalabProcess):
    asked = {"where": "gmag < 12 AND field IN (SELECT field FROM small.fields)", "fov": 330}
    about, counts = _read(_map(datalab, **asked))
    expected = datalab.query(
        "SELECT COUNT(*) FROM small.stars WHERE gmag < 12", FORMAT="csv"
    ).text.split()[1]
    assert counts[counts != OUTSIDE].sum() == about["total"] == int(expected)
    assert about["where"] == asked["where"]
    assert about["method"] in ("points", "query")


def test_a_column_is_measured_in_each_pixel(datalab: DatalabProcess):
    about, values = _read(_map(datalab, statistic="max", column="gmag", fov=330, width=300))
    assert (about["statistic"], about["unit"], about["dtype"]) == ("max", "mag", "float32")
    assert np.isnan(values[0, 0])
    assert 8 <= np.nanmin(values) < 12
    assert 20.9 < np.nanmax(values) <= 21


def test_the_ecliptic_is_a_frame(datalab: DatalabProcess):
    about, counts = _read(_map(datalab, frame="ecliptic", fov=330, width=400))
    assert about["frame"] == "ecliptic"
    assert counts[counts != OUTSIDE].sum() == STARS


@pytest.mark.parametrize(
    ("parameters", "word", "place"),
    [
        ({"where": "gmag <"}, "In where", (1, 7)),
        ({"where": "gmag < 3\n AND gmagg > 2"}, "gmagg", (2, 6)),
        ({"where": "1=1) UNION SELECT (1"}, "In where", None),
        ({"where": "1=1 GROUP BY ra"}, "In where", None),
        ({"where": "gmag"}, "In where, WHERE needs a condition", None),
        ({"statistic": "mean", "column": "gmag, ra"}, "In column, this is more than one", (1, 7)),
        ({"statistic": "mean", "column": "name"}, "column is", None),
        ({"statistic": "mean", "column": '"_healpix_29"'}, "_healpix_29", (1, 1)),
        ({"statistic": "mean"}, "needs a column", None),
        ({"statistic": "median", "column": "gmag"}, "median", None),
        ({"column": "gmag"}, "takes no column", None),
        ({"sample": "perhaps"}, "sample", None),
    ],
)
def test_what_cannot_be_is_told_at_its_place(
    datalab: DatalabProcess,
    parameters: dict[str, str],
    word: str,
    place: tuple[int, int] | None,
):
    answer = _map(datalab, **parameters)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert word in error["message"]
    assert place is None or (error["line"], error["column"]) == place


def test_the_result_of_a_query_has_a_map(datalab: DatalabProcess):
    query = "SELECT source_id, ra, dec FROM small.stars WHERE dec > 60"
    asked = {"query": query, "fov": 330, "width": 400, "height": 200}
    with datalab.client() as client:
        about, counts = _read(client.get("/density", params=asked))
        again, _ = _read(client.post("/density", data=asked | {"lat": 75, "fov": 20}))
    expected = int(
        datalab.query("SELECT COUNT(*) FROM small.stars WHERE dec > 60", FORMAT="csv").text.split()[
            1
        ]
    )
    assert counts[counts != OUTSIDE].sum() == about["total"] == about["rows"] == expected
    assert about["credit"] == STARS_TABLE.credit
    assert about["simulated"] is True
    assert 0 < again["total"] < expected


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({}, "query is missing"),
        ({"query": "SELECT 1"}, "FROM"),
        ({"query": "SELECT gmag FROM small.stars"}, "positions"),
        ({"query": "SELECT ra, dec FROM small.stars", "ra": "ra"}, "together"),
        ({"query": "SELECT ra, dec FROM small.starz"}, "starz"),
        (
            {"query": "SELECT name, dec FROM small.stars", "ra": "name", "dec": "dec"},
            "name is a text, not a number",
        ),
    ],
)
def test_a_result_without_positions_has_no_map(
    datalab: DatalabProcess, parameters: dict[str, str], word: str
):
    with datalab.client() as client:
        answer = client.get("/density", params=parameters)
    assert answer.status_code == 400
    assert word in answer.text
