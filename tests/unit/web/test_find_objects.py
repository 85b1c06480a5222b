"""Objects on the sky by name, over HTTP."""

from __future__ import annotations

import pytest
from datalab_process import DatalabProcess


def test_the_place_of_a_name_is_told_as_a_query_has_it(datalab: DatalabProcess):
    with datalab.client() as client:
        answer = client.get("/objects", params={"NAME": "M 31"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["name"] == "NGC0224"
    place = "ivo_simbadpoint('M 31')"
    query = f"SELECT TOP 1 COORD1({place}) AS ra, COORD2({place}) AS dec FROM small.stars"
    assert datalab.query(query, FORMAT="json").json()["data"] == [[found["ra"], found["dec"]]]


@pytest.mark.parametrize(("name", "status"), [("no such thing", 404), ("", 400), (" ", 400)])
def test_what_is_no_name_is_refused_in_words(datalab: DatalabProcess, name: str, status: int):
    with datalab.client() as client:
        answer = client.get("/objects", params={"NAME": name})
    assert answer.status_code == status
    assert "NGC" in answer.text
