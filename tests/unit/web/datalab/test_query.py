"""Queries as the official client sends them (datalab-protocol, sections 3.1 and 3.2)."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from pathlib import Path

import httpx
import pytest
from astropy.io.votable import parse_single_table
from astropy.table import Table
from datalab_process import PATIENCE_S, DatalabProcess, serving
from official_wire import ask, wait
from small_sky import ENDLESS, STARS

FIRST = "select source_id, ra, pmra, name from small.stars order by source_id limit 7"


def wait_until_gone(client: httpx.Client, job: str) -> bool:
    """Wait until a job is deleted, which it is once its rows have left."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if client.get("/query/status", params={"jobid": job}).status_code == 404:
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def job(alice: httpx.Client) -> str:
    """A job of alice's that has ended well."""
    made = ask(alice, FIRST, **{"async": "True"}).text
    assert wait(alice, made) == "COMPLETED"
    return made


# At once


def test_rows_are_csv_as_postgresql_writes_it(nobody: httpx.Client):
    answer = ask(nobody, FIRST)
    assert answer.status_code == 200
    assert "\r" not in answer.text
    assert answer.text.endswith("\n")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["source_id", "ra", "pmra", "name"]
    assert len(rows) == 8
    assert rows[1][2] == "", "null is an empty field"
    assert rows[6][2] == "NaN", "and NaN is not"
    assert rows[2][3] == "star 1", "without blanks around it"


def test_names_are_in_lower_case(nobody: httpx.Client):
    answer = ask(nobody, "SELECT RA AS Alpha, Dec FROM small.stars LIMIT 1")
    assert answer.text.splitlines()[0] == "alpha,dec"


def test_the_same_name_twice_stays_the_same_name(nobody: httpx.Client):
    sql = "select a.ra, b.ra from small.stars a, small.stars b limit 2"
    assert ask(nobody, sql).text.splitlines()[0] == "ra,ra"


@pytest.mark.parametrize(("front", "header"), [("sql", "count"), ("adql", "COUNT")])
def test_a_count_is_called_as_the_client_sent_it(nobody: httpx.Client, front: str, header: str):
    answer = ask(nobody, **{front: "SELECT COUNT(*) FROM small.stars"})
    assert answer.text == f"{header}\n{STARS}\n"
    named = ask(nobody, **{front: "SELECT COUNT(*) AS n FROM small.stars"})
    assert named.text == f"n\n{STARS}\n"


@pytest.mark.parametrize(("front", "lines"), [("sql", 2), ("adql", 3)])
def test_ascii_has_tabs_and_a_header_for_adql_alone(nobody: httpx.Client, front: str, lines: int):
    query = "select ra, dec from small.stars order by source_id limit 2"
    answer = ask(nobody, ofmt="ascii", **{front: query})
    rows = [line.split("\t") for line in answer.text.splitlines()]
    assert len(rows) == lines
    assert (rows[0] == ["ra", "dec"]) == (front == "adql")
    assert answer.headers["Content-Type"].startswith("text/")
    none = ask(nobody, ofmt="ascii", **{front: query.replace("limit 2", "limit 0")})
    assert none.status_code == 200
    assert len(none.text.splitlines()) == lines - 2


def test_tsv_has_tabs_and_a_header(nobody: httpx.Client):
    answer = ask(nobody, "select ra, dec from small.stars limit 2", ofmt="tsv")
    assert answer.text.startswith("ra\tdec\n")
    assert len(answer.text.splitlines()) == 3


def test_votable_and_fits_are_what_they_say(nobody: httpx.Client):
    votable = ask(nobody, FIRST, ofmt="votable").content
    assert len(parse_single_table(io.BytesIO(votable)).array) == 7
    fits = ask(nobody, FIRST, ofmt="fits").content
    assert Table.read(io.BytesIO(fits), format="fits").colnames == [
        "source_id",
        "ra",
        "pmra",
        "name",
    ]


def test_adql_and_sql_are_one_language(nobody: httpx.Client):
    for query in (
        "select ra from small.stars order by ra limit 3;",
        "SELECT TOP 3 ra FROM small.stars ORDER BY ra",
        "  select ra from small.stars where q3c_radial_query(ra, dec, 10, 20, 180) "
        "order by ra limit 3",
    ):
        assert ask(nobody, query).text == ask(nobody, adql=query).text
    assert "small" in ask(nobody, "select distinct schema from tbl_stat").text


@pytest.mark.parametrize("out", ["None", "", "rows.csv", "file://rows.csv"])
def test_a_local_name_for_the_result_is_for_the_client(nobody: httpx.Client, out: str):
    assert ask(nobody, FIRST, out=out).text == ask(nobody, FIRST).text


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        ({"sql": "select rra from small.stars"}, 400, "Error: There is no column 'rra'"),
        ({"sql": "select ra from small.sters"}, 400, "Error: There is no table"),
        ({"sql": "drop table small.stars"}, 400, "Error: "),
        ({"sql": "select ra from small.stars limit 1", "ofmt": "hdf5"}, 400, "Error: There is no"),
        ({}, 400, "Error: No query specified."),
    ],
)
def test_an_error_has_a_status_and_a_sentence(
    nobody: httpx.Client, sent: dict[str, str], status: int, told: str
):
    answer = ask(nobody, **sent)
    assert answer.status_code == status
    assert answer.text.startswith(told)
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_query_ends_when_its_client_stops_to_listen(nobody: httpx.Client):
    began = time.monotonic()
    answer = nobody.get(
        "/query/query", params={"sql": ENDLESS}, headers={"X-DL-TimeoutRequest": "2"}
    )
    assert time.monotonic() - began < PATIENCE_S
    assert answer.status_code == 504
    assert answer.text.startswith("Error: QM: Query timeout at 2 sec")


def test_a_request_of_more_than_a_megabyte_is_read(shared: DatalabProcess):
    ids = ",".join(str(2**60 + 7 * n) for n in range(3 * STARS))
    sql = f"select count(*) from small.stars where source_id in ({ids})"
    assert len(sql) > 1_000_000
    # httpx refuses to send it.
    with shared.getting("/query/query", sql=sql, ofmt="csv") as connection:
        connection.settimeout(PATIENCE_S)
        answer = b""
        while not re.search(rb"\r\n\r\n.*\n\r\n0\r\n\r\n", answer, re.DOTALL):
            piece = connection.recv(65_536)
            assert piece, answer
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert f"\n{STARS}\n".encode() in answer


def test_a_request_that_never_comes_to_its_end_is_refused(shared: DatalabProcess):
    with shared.getting("/query/query", sql="x" * 5_000_000) as connection:
        connection.settimeout(PATIENCE_S)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("asked_s", ["0", "300", "", "-1", "a while"])
def test_any_time_that_is_asked_for_is_understood(nobody: httpx.Client, asked_s: str):
    answer = nobody.get(
        "/query/query",
        params={"sql": "select 1 as a from small.fields limit 1"},
        headers={"X-DL-TimeoutRequest": asked_s},
    )
    assert answer.text == "a\n1\n"


def test_more_rows_than_there_may_be_are_no_result(small_sky_copy: Path):
    with serving(small_sky_copy, "--limit", "rows=10") as running, running.client() as client:
        few = ask(client, "select ra from small.stars limit 10")
        assert len(few.text.splitlines()) == 11
        many = ask(client, "select ra from small.stars", **{"async": "true"}).text
        assert wait(client, many) == "ERROR"
        told = client.get("/query/error", params={"jobid": many}).text
        assert told.startswith("Error: The result has more rows")
        cut = ask(client, "select ra from small.stars")
        assert cut.status_code == 400
        assert cut.text.startswith("Error: The result has more rows")


@pytest.mark.parametrize(
    "query_string",
    [
        "sql=select+1+as+a+from+small.fields+limit+1&&ofmt=csv&&",
        "sql=select+1+as+a+from+small.fields+limit+1&ofmt=csv&ofmt=csv&None=x&out=None",
        "&sql=select%201%20as%20a%20from%20small.fields%20limit%201&ofmt=None&drop=false",
    ],
)
def test_a_query_string_in_pieces_is_read(nobody: httpx.Client, query_string: str):
    assert nobody.get(f"/query/query?{query_string}").text == "a\n1\n"


def test_two_different_values_of_one_name_are_refused(nobody: httpx.Client):
    answer = nobody.get("/query/query?sql=select+1&sql=select+2")
    assert answer.status_code == 400
    assert answer.text.startswith("Error: sql is given more than once.")


# As a job


@pytest.mark.parametrize("yes", ["True", "true"])
def test_a_job_is_a_bare_id_a_status_and_rows(alice: httpx.Client, yes: str):
    answer = ask(alice, FIRST, **{"async": yes})
    assert answer.status_code == 200
    assert re.fullmatch(r"[a-z0-9]{16,}", answer.text)
    assert wait(alice, answer.text) == "COMPLETED"
    rows = alice.get("/query/results", params={"jobid": answer.text, "delete": "False"})
    assert rows.status_code == 200
    assert rows.text == ask(alice, FIRST).text


def test_rows_are_read_once_unless_the_client_says_otherwise(alice: httpx.Client, job: str):
    for delete in ("False", "True"):
        kept = alice.get("/query/results", params={"jobid": job, "delete": delete})
        assert kept.status_code == 200
    assert wait_until_gone(alice, job)
    gone = alice.get("/query/results", params={"jobid": job})
    assert gone.status_code == 404
    assert gone.text.startswith("Error: There is no job")
    assert alice.get("/query/status", params={"jobid": job}).text == "ERROR"


def test_a_job_that_fails_says_why(alice: httpx.Client):
    made = ask(alice, "select rra from small.stars", **{"async": "True"}).text
    assert wait(alice, made) == "ERROR"
    told = alice.get("/query/error", params={"jobid": made})
    assert told.text.startswith("Error: There is no column 'rra'")
    rows = alice.get("/query/results", params={"jobid": made})
    assert rows.status_code == 400
    assert rows.text == told.text


def test_a_job_without_an_error_says_so(alice: httpx.Client, job: str):
    told = alice.get("/query/error", params={"jobid": job})
    assert told.text == "The job has no error: it is COMPLETED."


def test_a_job_that_is_aborted_is_aborted(alice: httpx.Client):
    made = ask(alice, ENDLESS, **{"async": "True"}).text
    early = alice.get("/query/results", params={"jobid": made})
    assert early.status_code == 404
    assert "Wait until it is COMPLETED" in early.text
    assert alice.get("/query/abort", params={"jobid": made, "profile": "default"}).text == "OK"
    assert alice.get("/query/status", params={"jobid": made}).text == "ABORTED"


def test_a_job_runs_as_long_as_its_client_says(alice: httpx.Client):
    made = alice.get(
        "/query/query",
        params={"sql": ENDLESS, "async": "True"},
        headers={"X-DL-TimeoutRequest": "1"},
    ).text
    assert wait(alice, made) == "ERROR"
    assert "1 second" in alice.get("/query/error", params={"jobid": made}).text


@pytest.mark.parametrize("path", ["results", "error", "abort"])
def test_a_job_of_somebody_else_is_as_one_that_is_not_there(
    alice: httpx.Client, bob: httpx.Client, nobody: httpx.Client, job: str, path: str
):
    for stranger in (bob, nobody):
        theirs = stranger.get(f"/query/{path}", params={"jobid": job})
        none = stranger.get(f"/query/{path}", params={"jobid": "0" * 32})
        assert theirs.status_code == none.status_code == 404
        assert theirs.text == none.text.replace("0" * 32, job)
    assert alice.get("/query/status", params={"jobid": job}).text == "COMPLETED"


def test_the_status_of_a_job_that_is_not_there_ends_the_waiting(
    bob: httpx.Client, nobody: httpx.Client, job: str
):
    for stranger in (bob, nobody):
        for asked in (job, "0" * 32, "no job at all"):
            answer = stranger.get("/query/status", params={"jobid": asked})
            assert (answer.status_code, answer.text) == (404, "ERROR")


# The list of jobs


def _listed(client: httpx.Client, **parameters: str) -> httpx.Response:
    defaults = {"format": "text", "status": "all", "option": "list", "profile": "default"}
    return client.get("/res/findJobs", params={**defaults, "debug": "False", **parameters})


def test_jobs_are_listed_as_text(alice: httpx.Client, job: str):
    head, rule, *lines = _listed(alice).text.splitlines()
    assert head.split() == ["JobID", "Start", "End", "Status"]
    assert set(rule) == {"-", " "}
    found = next(line.split() for line in lines if line.startswith(job))
    assert found[3] == "COMPLETED"
    assert all(re.fullmatch(r"\d\d-\d\d-\d\dT\d\d:\d\d:\d\d", time) for time in found[1:3])


def test_jobs_are_listed_as_json_that_the_client_can_unwrap(alice: httpx.Client, job: str):
    answer = _listed(alice, jobid=job, format="json").text
    (found,) = json.loads(answer.replace("'", '"')[1:-1])
    assert found["jobid"] == job
    assert found["status"] == "COMPLETED"


def test_jobs_are_found_by_their_status(alice: httpx.Client, job: str):
    assert job in _listed(alice, status="completed").text
    assert job not in _listed(alice, status="ERROR").text
    answer = _listed(alice, status="SLEEPING")
    assert answer.status_code == 400
    assert answer.text.startswith("Error: A job is never “SLEEPING”.")


def test_nobody_is_listed_the_jobs_of_others(bob: httpx.Client, nobody: httpx.Client, job: str):
    for stranger in (bob, nobody):
        for parameters in ({}, {"jobid": job}, {"jobid": job, "option": "delete"}):
            answer = _listed(stranger, **parameters)
            assert answer.status_code == 200
            assert job not in answer.text


def test_jobs_are_deleted_from_the_list(alice: httpx.Client, job: str):
    assert _listed(alice, jobid=job, option="delete").text == "OK"
    assert job not in _listed(alice).text


@pytest.mark.parametrize(
    "request_line",
    [
        "create?what=user&&username=eve&password=x&email=e&name=e&institute=i",
        "create?what=group&&group=g",
        "get?what=user&None=alice&keyword=email",
        "set?what=group&group=g&keyword=k&value=v",
        "delete?what=user&&username=bob",
        "pwReset?user=bob&password=x&profile=default",
        "pwResetLink?user=bob",
        "listFields",
        "approveUser?approve=True&user=eve",
        "userRecord?user=bob&value=all&fmt=json",
        "pending?verbose=True",
        "setField?user=bob&field=f&value=v",
    ],
)
def test_accounts_are_not_administered_over_the_network(
    shared: DatalabProcess, alice: httpx.Client, nobody: httpx.Client, request_line: str
):
    for client in (alice, nobody):
        answer = client.get(f"/res/{request_line}")
        assert answer.status_code == 403
        assert "datalab-server user" in answer.text
    with shared.client() as client:
        assert client.get(f"/res/{request_line}", headers=shared.as_owner).status_code == 403
