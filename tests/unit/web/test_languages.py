"""LANG says in which language a query is, for answers at once and for jobs."""

from __future__ import annotations

import httpx
import jobs_client

QUERY = (
    "SELECT source_id::text AS id FROM small.stars WHERE q3c_radial_query(ra, dec, 10, 20, 20) "
    "ORDER BY 1 LIMIT 3;"
)


def ask(client: httpx.Client, query: str, language: str) -> httpx.Response:
    form = {"LANG": language, "QUERY": query, "FORMAT": "csv"}
    return client.post("/tap/sync", data=form)


def test_sql_is_answered_at_once_and_by_a_job(client: httpx.Client):
    answer = ask(client, QUERY, "SQL")
    assert answer.status_code == 200
    assert len(answer.text.split()) == 4
    job = jobs_client.run(client, QUERY, LANG="SQL", FORMAT="csv")
    jobs_client.reach(client, job, "COMPLETED")
    assert client.get(f"{job}/results/result").text == answer.text


def test_adql_stays_strict(client: httpx.Client):
    for language in ("ADQL", "ADQL-2.0", "ADQL-2.1"):
        answer = ask(client, "SELECT ra FROM small.stars LIMIT 3", language)
        assert answer.status_code == 400
        assert "ADQL has TOP" in answer.text
    job = jobs_client.run(client, QUERY, LANG="ADQL")
    jobs_client.reach(client, job, "ERROR")


def test_what_is_no_language_is_told_which_there_are(client: httpx.Client):
    answer = ask(client, QUERY, "PQL")
    assert answer.status_code == 400
    assert "ADQL, ADQL-2.0, ADQL-2.1, SQL" in answer.text


def test_the_languages_are_announced(client: httpx.Client):
    announced = client.get("/tap/capabilities").text
    assert "<name>ADQL</name>" in announced
    assert "<name>SQL</name>" in announced


def test_a_limit_that_is_met_is_no_overflow(client: httpx.Client):
    form = {"LANG": "SQL", "QUERY": "SELECT ra FROM small.stars LIMIT 5"}
    assert "OVERFLOW" not in client.post("/tap/sync", data={**form, "MAXREC": "5"}).text
    assert "OVERFLOW" in client.post("/tap/sync", data={**form, "MAXREC": "4"}).text
