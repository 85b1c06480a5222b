"""What is not one well-formed ADQL query is refused over HTTP and reaches no engine."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import httpx
import pytest
from datalab_process import DatalabProcess
from malformed_queries import MALFORMED, Malformed

INFO = "{http://www.ivoa.net/xml/VOTable/v1.3}INFO"


@pytest.mark.parametrize("malformed", MALFORMED, ids=lambda m: m.query[:60])
def test_a_malformed_query_gets_400_with_the_place_and_a_sentence(
    client: httpx.Client, malformed: Malformed
):
    form = {"LANG": "ADQL", "QUERY": malformed.query, "FORMAT": "csv"}
    answer = client.post("/tap/sync", data=form)
    assert answer.status_code == 400
    infos = {
        i.get("name"): (i.get("value"), i.text) for i in ET.fromstring(answer.content).iter(INFO)
    }
    assert infos["QUERY_STATUS"][0] == "ERROR"
    assert f"(line {malformed.line}, column {malformed.column})" in infos["QUERY_STATUS"][1]
    assert infos["line"][0] == str(malformed.line)
    assert infos["column"][0] == str(malformed.column)


def test_no_malformed_query_reaches_the_engine(datalab: DatalabProcess, client: httpx.Client):
    for malformed in MALFORMED:
        client.post("/tap/sync", data={"LANG": "ADQL-2.1", "QUERY": malformed.query})
    last = "SELECT TOP 1 field FROM small.fields"
    assert client.get("/tap/sync", params={"LANG": "ADQL", "QUERY": last}).status_code == 200
    datalab.logged(message="query", adql=last)
    ran = {line["adql"] for line in datalab.log if line["message"] == "query"}
    assert not ran & {malformed.query for malformed in MALFORMED}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT " + "(" * 100_000 + "1" + ")" * 100_000 + " FROM small.fields",
        "SELECT " + "-" * 1 + "+-" * 100_000 + "1 FROM small.fields",
        "SELECT " + "1+" * 100_000 + "1 FROM small.fields",
        "SELECT field FROM small.fields WHERE " + "NOT " * 100_000 + "field = 1",
        "SELECT field FROM small.fields WHERE " + "field = 1 OR " * 30_000 + "field = 2",
        "SELECT '" + "'" * 500_001,
        'SELECT "' + "a" * 500_000 + '" FROM small.fields',
    ],
    ids=["brackets", "signs", "sum", "nots", "ors", "quotes", "name"],
)
def test_a_query_that_is_absurdly_deep_or_long_is_answered_by_400(
    datalab: DatalabProcess, client: httpx.Client, query: str
):
    answer = client.post("/tap/sync", data={"LANG": "ADQL", "QUERY": query})
    assert answer.status_code == 400, answer.text[:500]
    assert datalab.process.poll() is None


@pytest.mark.parametrize(
    "query",
    [
        "SELECT source_id * source_id FROM small.stars",
        "SELECT SUM(source_id) FROM small.stars",
        "SELECT nothing FROM nowhere",
    ],
)
def test_no_refusal_names_the_engine_or_a_file(client: httpx.Client, query: str):
    answer = client.post("/tap/sync", data={"LANG": "ADQL", "QUERY": query})
    assert answer.status_code == 400
    for name in ("datalab_backend", "duckdb", "INT64", "Traceback", "File ", ".py"):
        assert name not in answer.text
