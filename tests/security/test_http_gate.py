"""Who may call a Data Lab on this machine, and who may not."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from datalab_backend.connection import connection_file
from datalab_process import PATIENCE_S, DatalabProcess

PATHS = ["/", "/tap/availability", "/tap/tables", "/tap/sync", "/density/small.stars", "/demo"]


def _host(datalab: DatalabProcess, name: str) -> dict[str, str]:
    return {"Host": f"{name}:{datalab.url.rpartition(':')[2]}"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.1",
        "0.0.0.0",
        "[",
    ],
)
def test_a_name_that_was_rebound_to_this_machine_is_refused(
    datalab: DatalabProcess, path: str, name: str
):
    with datalab.client() as client:
        answer = client.get(path, headers=_host(datalab, name))
    assert answer.status_code == 400
    assert "This Data Lab is not called" in answer.text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_the_names_of_this_machine_are_taken(datalab: DatalabProcess, name: str):
    with datalab.client() as client:
        assert client.get("/tap/availability", headers=_host(datalab, name)).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:8888", "http://127.0.0.1"]
)
def test_a_page_of_another_site_gets_no_answer(
    datalab: DatalabProcess, path: str, method: str, origin: str
):
    with datalab.client() as client:
        answer = client.request(method, path, headers={"Origin": origin, **datalab.as_owner})
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_cannot_have_a_query_run_by_an_image(
    datalab: DatalabProcess, site: str
):
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}
    with datalab.client() as client:
        assert client.get("/tap/sync?LANG=ADQL&QUERY=x", headers=headers).status_code == 403


OPENED_BY_A_LINK = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


@pytest.mark.parametrize(
    "path",
    ["/", "/tap/examples", "/hips/density/small.stars/", "/hips/density/small.stars/index.html"],
)
def test_a_link_on_another_page_may_lead_to_a_page_for_people(datalab: DatalabProcess, path: str):
    with datalab.client() as client:
        assert client.get(path, headers=OPENED_BY_A_LINK).status_code != 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_or_window_of_another_site_runs_no_query_and_makes_no_job(
    datalab: DatalabProcess, site: str
):
    opened = {**OPENED_BY_A_LINK, "Sec-Fetch-Site": site}
    with datalab.client() as client:
        for path in (
            "/tap/sync?LANG=ADQL&QUERY=SELECT+1",
            "/query/query?sql=select+1&async=True",
            "/query/list",
            "/vospace/transfers",
            "/auth/isValidPassword?user=alice&password=guess",
            "/hips/list",
        ):
            assert client.get(path, headers=opened).status_code == 403, path
        assert client.post("/tap/async", data={"QUERY": "x"}, headers=opened).status_code == 403
        for inside in ("iframe", "object", ""):
            headers = {**opened, "Sec-Fetch-Dest": inside}
            assert client.get("/", headers=headers).status_code == 403, inside


@pytest.mark.parametrize(
    "authorization",
    ["Bearer wrong", "Bearer", "Basic b3duZXI6b3duZXI=", "Bearer \u00e9", ""],
)
@pytest.mark.parametrize("path", ["/", "/tap/availability", "/demo"])
def test_a_wrong_token_is_refused_and_the_right_way_is_told(
    datalab: DatalabProcess, path: str, authorization: str
):
    with datalab.client() as client:
        answer = client.get(path, headers={"Authorization": authorization.encode("latin-1")})
    assert answer.status_code == 401
    challenges = answer.headers.get_list("WWW-Authenticate")
    assert any(c.startswith("Bearer ") for c in challenges)
    assert any(c.startswith("ivoa_bearer ") for c in challenges)


def test_the_owner_is_known_by_the_token_of_the_connection_file(datalab: DatalabProcess):
    with datalab.client(headers=datalab.as_owner) as client:
        assert client.get("/tap/capabilities").headers["X-VO-Authenticated"] == "owner"
    with datalab.client() as client:
        assert "X-VO-Authenticated" not in client.get("/tap/capabilities").headers


def test_nobody_but_the_owner_starts_the_demo(datalab: DatalabProcess):
    with datalab.client() as client:
        answer = client.post("/demo")
        assert answer.status_code == 401
        assert answer.headers.get_list("WWW-Authenticate")
        assert client.get("/demo").json()["state"] == "absent"


def test_the_token_is_readable_by_its_owner_only(datalab: DatalabProcess):
    path = connection_file(datalab.data)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_log_holds_no_token_and_no_query_string(datalab: DatalabProcess):
    token = str(datalab.connection["token"])
    with datalab.client(headers=datalab.as_owner) as client:
        client.get("/tap/tables", params={"token": token, "detail": "min"})
        client.get("/nowhere", params={"access_token": token})
    datalab.logged(path="/nowhere")
    text = datalab.log_file.read_text()
    assert token not in text
    assert all(set(line) >= {"time", "level", "logger", "message"} for line in datalab.log)


@pytest.mark.parametrize(
    "path", ["/nowhere", "/tap", "/tap/load", "/../etc/passwd", "/tap/tables/..%2f..%2fx", "/%00"]
)
def test_an_unknown_address_is_answered_with_a_sentence(datalab: DatalabProcess, path: str):
    with datalab.client() as client:
        answer = client.get(path)
    assert answer.status_code == 404
    assert "There is n" in answer.text
    assert "Traceback" not in answer.text


def test_a_body_that_is_too_large_is_refused(datalab: DatalabProcess):
    with datalab.client() as client:
        for path in ("/tap/async/none/phase", "/tap/sync", "/tap/async", "/demo", "/nowhere"):
            answer = client.post(path, data={"QUERY": "x" * 3_000_000})
            assert answer.status_code == 413
            assert "The request has more bytes than this Data Lab takes." in answer.text


def test_a_body_that_does_not_say_how_large_it_is_is_refused_once_it_is_too_large(
    datalab: DatalabProcess,
):
    def body() -> Iterator[bytes]:
        yield b"LANG=ADQL"
        for _ in range(300):
            yield b"&A=" + b"x" * 10_000

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with datalab.client(headers=headers) as client:
        answer = client.post("/tap/sync", content=body())
    assert answer.status_code == 413
    assert 'name="QUERY_STATUS" value="ERROR"' in answer.text


def test_a_body_of_ten_gigabytes_is_refused_before_it_is_sent(datalab: DatalabProcess):
    target = urlsplit(datalab.url)
    request = (
        f"POST /tap/sync HTTP/1.1\r\nHost: {target.netloc}\r\nContent-Length: {10**10}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    with socket.create_connection((target.hostname, target.port), timeout=PATIENCE_S) as client:
        client.sendall(request.encode())
        assert client.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_no_browser_guesses_what_an_answer_is(datalab: DatalabProcess):
    with datalab.client() as client:
        assert client.get("/demo").headers["X-Content-Type-Options"] == "nosniff"
