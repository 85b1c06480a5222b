"""Histograms of two values over HTTP."""

from __future__ import annotations

import json

import numpy as np
import pytest
from datalab_process import DatalabProcess
from small_sky import STARS, STARS_TABLE

ASKED = {"x": "epochs / 10.0", "y": "gmag", "bins": "20,10", "xrange": "-5,15", "yrange": "8,21"}


def test_counts_and_edges_are_told(datalab: DatalabProcess):
    with datalab.client() as client:
        answer = client.get("/histogram/Small.Stars", params=ASKED)
    about = json.loads(answer.headers["Datalab-Histogram"])
    counts = np.frombuffer(answer.content, "<u4").reshape(10, 20)
    assert counts.sum() == about["total"]
    assert about["total"] + about["outside"] + about["missing"] == STARS
    assert about["x"]["edges"] == list(range(-5, 16))
    assert (about["y"]["unit"], about["y"]["ucd"]) == ("mag", "phot.mag;em.opt")
    assert about["cube"] is None
    assert (about["credit"], about["simulated"]) == (STARS_TABLE.credit, True)


def test_a_cube_follows_the_counts(datalab: DatalabProcess):
    with datalab.client() as client:
        answer = client.post("/histogram/small.stars", data=ASKED | {"cube": "yes"})
    about = json.loads(answer.headers["Datalab-Histogram"])
    numbers = np.frombuffer(answer.content, "<u4")
    counts, cube = numbers[:200], numbers[200:].reshape(3, about["cube"]["cells"])
    assert (np.bincount(cube[1], cube[2], minlength=200) == counts).all()
    assert cube[0].max() < 12 * 4 ** about["cube"]["order"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"y": ""}, "y is missing"),
        ({"bins": "many"}, "bins"),
        ({"bins": "1,2,3"}, "bins"),
        ({"xrange": "1"}, "xrange"),
        ({"xrange": "nan,2"}, "xrange"),
        ({"yrange": "3,1"}, "yrange"),
        ({"xrange": "1e-320,2e-320"}, "xrange"),
        ({"xrange": "-1.7e308,1.7e308"}, "xrange"),
        ({"xrange": "1,1.0000000000000002"}, "xrange"),
        ({"x": "gmag, pmra FROM small.stars AS stars WHERE name <> '"}, "In x"),
        ({"x": "gmag /*", "y": "*/ + 1"}, "In x"),
        ({"where": "gmag <"}, "In where"),
        ({"x": "gmag -"}, "In x"),
        ({"x": "COUNT(*)"}, "aggregate"),
        ({"x": "COUNT(*)", "y": "SUM(pmra)"}, "aggregate"),
        ({"cube": "1"}, "cube"),
    ],
)
def test_what_cannot_be_is_told_in_words(
    datalab: DatalabProcess, changes: dict[str, str], word: str
):
    with datalab.client() as client:
        answer = client.get("/histogram/small.stars", params=ASKED | changes)
    assert answer.status_code == 400
    assert word in answer.json()["error"]["message"]
