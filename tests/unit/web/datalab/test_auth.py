"""Signing in as the official client does (datalab-protocol, section 2)."""

from __future__ import annotations

import re

import httpx
import pytest
from datalab_process import DatalabProcess
from official_wire import PASSWORD, official, sign_in

# What the client takes for a token; anything else is an anonymous user to it.
TOKEN = re.compile(r"([^/\s]+)\.(\d+)\.(\d+)\.(\$1\$\S{22,})")


def _try(client: httpx.Client, name: str, password: str | None) -> httpx.Response:
    headers = {} if password is None else {"X-DL-Password": password}
    return client.get("/auth/login", params={"username": name}, headers=headers)


@pytest.mark.parametrize("service", ["auth", "query", "storage", "res"])
def test_each_service_is_alive_for_the_client(nobody: httpx.Client, service: str):
    answer = nobody.get(f"/{service}")
    assert answer.status_code == 200
    assert answer.text.lower().startswith("hello world")


def test_a_sign_in_gives_a_bare_token_that_the_client_takes(nobody: httpx.Client):
    answer = _try(nobody, "alice", PASSWORD)
    assert answer.status_code == 200
    assert TOKEN.fullmatch(answer.text)
    assert len(answer.text) <= 128
    assert answer.text.startswith("alice.1000.")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "password", "told"),
    [
        ("alice", "wrong", "Error: Invalid password."),
        ("alice", None, "Error: No password was given."),
        ("someone", "wrong", 'Error: Username "someone" does not exist.'),
    ],
)
def test_a_sign_in_that_fails_says_why(
    nobody: httpx.Client, name: str, password: str | None, told: str
):
    answer = _try(nobody, name, password)
    assert answer.status_code == 401
    assert answer.text.startswith(told)
    assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize("name", ["anonymous", "dldemo", "dltest"])
def test_the_users_that_are_built_into_the_client_need_no_password(nobody: httpx.Client, name: str):
    answer = _try(nobody, name, None)
    assert answer.status_code == 200
    assert answer.text.startswith(f"{name}.")


def test_a_token_is_valid_until_its_user_signs_out(shared: DatalabProcess, nobody: httpx.Client):
    text = sign_in(shared, "carol")
    asks = ("isValidToken", "isTokenLoggedIn")
    for path in asks:
        answer = nobody.get(f"/auth/{path}", params={"token": text, "profile": "default"})
        assert (answer.status_code, answer.text) == (200, "True")
    with official(shared, text) as client:
        # The client sends each parameter twice.
        answer = client.get(f"/auth/logout?token={text}&debug=False&token={text}&debug=False")
        assert (answer.status_code, answer.text) == (200, "OK")
        again = client.get("/auth/logout", params={"token": text})
        assert again.status_code == 401
        assert again.text.startswith("Error: ")
        assert text not in again.text
    for path in asks:
        answer = nobody.get(f"/auth/{path}", params={"token": text})
        assert (answer.status_code, answer.text) == (200, "False")


@pytest.mark.parametrize("path", ["isValidToken", "isTokenLoggedIn"])
@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("anonymous.0.0.anon_access", "True"),
        ("dldemo.99999.99999.demo_access", "True"),
        ("alice.1000.1000.$1$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "False"),
        ("alice.1000.1000.demo_access", "False"),
        ("garbage", "False"),
        ("", "False"),
    ],
)
def test_tokens_that_were_not_given_are_not_valid(
    nobody: httpx.Client, path: str, text: str, valid: str
):
    answer = nobody.get(f"/auth/{path}", params={"token": text})
    assert (answer.status_code, answer.text) == (200, valid)


@pytest.mark.parametrize(
    ("path", "name", "told"),
    [
        ("isValidUser", "alice", "True"),
        ("isValidUser", "dldemo", "True"),
        ("isValidUser", "someone", "False"),
        ("isUserLoggedIn", "alice", "True"),
        ("isUserLoggedIn", "dldemo", "True"),
        ("isUserLoggedIn", "someone", "False"),
    ],
)
def test_users_are_told_apart(
    alice: httpx.Client, nobody: httpx.Client, path: str, name: str, told: str
):
    answer = nobody.get(f"/auth/{path}", params={"user": name, "profile": "default"})
    assert (answer.status_code, answer.text) == (200, told)


@pytest.mark.parametrize(("password", "told"), [(PASSWORD, "True"), ("wrong", "False")])
def test_a_password_is_tried_and_not_logged(
    shared: DatalabProcess, nobody: httpx.Client, password: str, told: str
):
    answer = nobody.get("/auth/isValidPassword", params={"user": "carol", "password": password})
    assert (answer.status_code, answer.text) == (200, told)
    shared.logged(path="/auth/isValidPassword")
    assert password.split()[0] not in shared.log_file.read_text()


@pytest.mark.parametrize(
    ("resource", "told"),
    [("small.stars", "True"), ("small.nothing", "False"), ("", "False")],
)
def test_who_may_read_a_table_is_told(
    shared: DatalabProcess, nobody: httpx.Client, resource: str, told: str
):
    text = sign_in(shared, "alice")
    answer = nobody.get("/auth/hasAccess", params={"user": text, "resource": resource})
    assert (answer.status_code, answer.text) == (200, told)
    answer = nobody.get("/auth/hasAccess", params={"user": "garbage", "resource": resource})
    assert (answer.status_code, answer.text) == (200, "False")


def test_a_new_password_ends_all_sign_ins_and_gives_a_new_token(shared: DatalabProcess):
    old = sign_in(shared, "carol")
    with official(shared, old) as client:
        for name, status in (("alice", 403), ("someone", 403)):
            answer = client.get(
                "/auth/passwordReset", params={"username": name}, headers={"X-DL-Password": "x"}
            )
            assert answer.status_code == status
        short = client.get(
            "/auth/passwordReset", params={"username": "carol"}, headers={"X-DL-Password": "x"}
        )
        assert short.status_code == 400
        answer = client.get(
            "/auth/passwordReset",
            params={"token": old, "username": "carol", "debug": "False"},
            headers={"X-DL-Password": PASSWORD},
        )
        assert answer.status_code == 200
        assert TOKEN.fullmatch(answer.text)
        valid = client.get("/auth/isValidToken", params={"token": old})
        assert valid.text == "False"
    with shared.client() as client:
        assert client.get("/auth/isValidToken", params={"token": answer.text}).text == "True"


def test_a_token_that_is_none_is_refused_by_all_services_but_sign_in(shared: DatalabProcess):
    with official(shared, "alice.1000.1000.$1$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") as client:
        for path in ("/query/query?sql=select+1", "/query/list", "/res/findJobs"):
            answer = client.get(path)
            assert answer.status_code == 401
            assert answer.text.startswith("Error: ")
        assert client.get("/auth/isValidUser", params={"user": "alice"}).text == "True"
