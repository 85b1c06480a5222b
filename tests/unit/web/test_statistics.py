"""Statistics over HTTP."""

from __future__ import annotations

from datalab_process import DatalabProcess
from small_sky import STARS


def test_each_column_of_a_table_has_its_statistics(datalab: DatalabProcess):
    with datalab.client() as client:
        answer = client.get("/statistics/Small.STARS")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["table"], told["rows"]) == ("small.stars", STARS)
    assert {"ra", "dec", "source_id", "name"} <= set(told["columns"])
    ra = told["columns"]["ra"]
    assert 0 <= ra["min"] < ra["quantiles"]["0.5"] < ra["max"] < 360


def test_tables_without_statistics_are_told(datalab: DatalabProcess):
    with datalab.client() as client:
        for name, sentence in (
            ("small.starz", "There is no table “small.starz”."),
            ("TAP_SCHEMA.tables", "There are no statistics of TAP_SCHEMA.tables."),
        ):
            answer = client.get(f"/statistics/{name}")
            assert answer.status_code == 404
            assert answer.json()["error"]["message"] == sentence
