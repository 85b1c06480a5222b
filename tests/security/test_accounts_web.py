"""Web pages, browsers and odd requests: what they cannot do to those who are signed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import psutil
import pytest
from addresses import CHANGING, addresses
from jobs_client import submit
from small_sky import copy_small_sky
from two_users import Users, serving_users

SMALL = "SELECT TOP 3 ra FROM small.stars"
MARKUP = '<script>alert("1")</script>'


@pytest.fixture(scope="module")
def users(small_sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    """A Data Lab with users."""
    data = copy_small_sky(small_sky, tmp_path_factory.mktemp("users") / "data")
    viewer = ("--allow-origin", "https://viewer.example")
    with serving_users(data, *viewer) as running:
        yield running


@pytest.fixture
def alice(users: Users) -> Iterator[httpx.Client]:
    """Somebody who is signed in."""
    with users.client("alice") as client:
        yield client


def test_no_page_of_another_site_changes_anything_even_with_a_token(alice: httpx.Client):
    changing = [(method, path) for method, path in addresses() if method in CHANGING]
    assert len(changing) > 15
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://viewer.example"},  # may read sky layers, and nothing else
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
    ):
        for method, path in changing:
            answer = alice.request(method, path, headers=headers)
            assert answer.status_code == 403, (method, path, headers)
            assert not [n for n in answer.headers if n.startswith("access-control-")]


def test_no_name_that_is_not_the_data_labs_is_answered_anywhere(alice: httpx.Client):
    for host in ("evil.example", "127.0.0.1.evil.example", '127.0.0.1:80"', "127.0.0.1:80<b>"):
        for method, path in addresses():
            answer = alice.request(method, path, headers={"Host": host})
            assert answer.status_code == 400, (method, path, host)
            assert "This Data Lab is not called" in answer.text


def test_no_answer_lets_other_sites_read_with_the_credentials_of_a_browser(alice: httpx.Client):
    own = {"Origin": str(alice.base_url).rstrip("/")}
    for headers in (own, {"Origin": "https://viewer.example"}, {}):
        for path in ("/accounts/me", "/hips/list", "/tap/capabilities", "/mydb", "/auth"):
            answer = alice.get(path, headers=headers)
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert answer.headers.get("Access-Control-Allow-Origin") != "*"
            assert "Set-Cookie" not in answer.headers  # so that no page has any to use


def test_a_server_listens_on_the_loopback_interface_alone(users: Users):
    listening = [
        place.laddr.ip
        for place in psutil.Process(users.running.process.pid).net_connections("inet")
        if place.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "PROPFIND", "MKCOL", "MOVE"])
def test_methods_that_nothing_here_has_are_refused_everywhere(alice: httpx.Client, method: str):
    taken = {path for m, path in addresses() if m == method}
    for path in {path for _, path in addresses()} - taken:
        answer = alice.request(method, path)
        assert answer.status_code in (400, 404, 405), path
        assert "Traceback" not in answer.text


def test_what_is_the_operators_cannot_be_done_over_http(users: Users, alice: httpx.Client):
    assert alice.post("/demo").status_code == 403
    for path in ("/accounts", "/accounts/bob", "/accounts/me", "/users", "/auth/users", "/admin"):
        for method in ("POST", "PUT", "DELETE"):
            assert alice.request(method, path).status_code in (404, 405), path
    reset = {"X-DL-Password": "a new password"}
    for name in ("bob", "owner", "dldemo"):
        answer = alice.get("/auth/passwordReset", params={"username": name}, headers=reset)
        assert answer.status_code == 403
    assert not users.accounts.known("bob").has_password


@pytest.mark.parametrize("name", ["alice", None])
def test_error_pages_show_markup_as_text_or_as_no_page(users: Users, name: str | None):
    odd = [MARKUP, f"'{MARKUP}'", "{{7*7}}", "%0d%0aSet-Cookie:x=1"]
    with users.client(name) as client:
        for text in odd:
            for path in (
                f"/{quote(text)}",
                f"/tap/async/{quote(text, safe='')}",
                f"/tap/tables/{quote(text, safe='')}",
                f"/tap/sync?LANG=ADQL&QUERY={quote(text)}",
                f"/density/{quote(text, safe='')}",
                f"/mydb/{quote(text, safe='')}",
                f"/vospace/nodes/{quote(text)}",
                f"/query/list?profile={quote(text)}",
                f"/auth/isValidUser?user={quote(text)}",
                f"/auth/login?username={quote(text)}",
                f"/hips/density/{quote(text, safe='')}/",
            ):
                answer = client.get(path, headers={"X-DL-Password": "wrong password"})
                kind = answer.headers.get("Content-Type", "")
                assert "Set-Cookie" not in answer.headers
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                if "html" in kind or "xml" in kind:
                    assert MARKUP not in answer.text, path


def test_names_of_files_and_runs_get_into_no_header(alice: httpx.Client):
    for text in ('a"b.csv', "a\r\nSet-Cookie: x=1", "a;b=c.csv", "ü.csv", MARKUP.replace("/", "")):
        path = f"/vospace/files/alice/{quote(text)}"
        if alice.put(path, content=b"x").is_success:
            answer = alice.get(path)
            assert answer.content == b"x"
            assert "Set-Cookie" not in answer.headers
            assert answer.headers.get("Content-Type", "").partition(";")[0] != "text/html"
    job = submit(alice, SMALL, RUNID="x\ty")
    for answer in (alice.get(job), alice.get(f"{job}/parameters")):
        assert "Set-Cookie" not in answer.headers
    assert alice.post("/tap/async", data={"QUERY": SMALL, "RUNID": "x\x00y"}).status_code == 400


def test_a_file_of_markup_is_not_run_by_a_browser(alice: httpx.Client):
    page = f"<html>{MARKUP}</html>".encode()
    alice.put("/vospace/files/alice/page.html", content=page, headers={"Content-Type": "text/html"})
    answer = alice.get("/vospace/files/alice/page.html")
    assert answer.content == page
    sandboxed = "sandbox" in answer.headers.get("Content-Security-Policy", "")
    downloaded = answer.headers.get("Content-Disposition", "").startswith("attachment")
    assert sandboxed or downloaded
