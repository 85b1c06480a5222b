"""Signing in and out over HTTP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from datalab_backend.accounts.service import Accounts
from datalab_process import DatalabProcess, serving

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatalabProcess]:
    """A Data Lab with a user, alice."""
    data = tmp_path_factory.mktemp("shared") / "data"
    accounts = Accounts(data)
    accounts.add("alice", PASSWORD)
    accounts.close()
    with serving(data) as running:
        yield running


@pytest.fixture
def client(shared: DatalabProcess) -> Iterator[httpx.Client]:
    """An anonymous caller."""
    with shared.client() as client:
        yield client


def _sign_in(client: httpx.Client, password: str = PASSWORD, name: str = "alice") -> httpx.Response:
    return client.post("/auth/login", data={"username": name, "password": password})


def _bearer(client: httpx.Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {_sign_in(client).json()['token']}"}


def test_whoever_signs_in_is_known_by_the_token_until_they_sign_out(client: httpx.Client):
    answer = _sign_in(client)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    token = answer.json()["token"]
    assert answer.headers["X-VO-Bearer"] == token
    for headers in ({"Authorization": f"Bearer {token}"}, {"X-DL-AuthToken": token}):
        me = client.get("/accounts/me", headers=headers)
        assert me.headers["X-VO-Authenticated"] == "alice"
        assert me.json() == {
            "name": "alice",
            "uid": 1000,
            "groups": [],
            "owner": False,
            "anonymous": False,
            "expires": answer.json()["expires"],
            "storage": {"used_bytes": 0, "quota_bytes": 10**12},
            "mydb": {"used_bytes": 0, "quota_bytes": 10**11},
        }
    assert client.post("/auth/logout", headers={"X-DL-AuthToken": token}).status_code == 204
    for method, path in (("GET", "/accounts/me"), ("POST", "/auth/logout")):
        gone = client.request(method, path, headers={"X-DL-AuthToken": token})
        assert gone.status_code == 401
        assert token not in gone.text


def test_anonymous_callers_and_the_owner_are_told_so(shared: DatalabProcess, client: httpx.Client):
    me = client.get("/accounts/me").json()
    assert (me["name"], me["anonymous"], me["owner"]) == ("anonymous", True, False)
    assert me["storage"]["quota_bytes"] == 0
    me = client.get("/accounts/me", headers=shared.as_owner).json()
    assert (me["name"], me["uid"], me["anonymous"], me["owner"]) == ("owner", 1, False, True)
    assert me["expires"] is None


def test_a_sign_in_that_is_refused_says_how_to_sign_in(client: httpx.Client):
    for name in ("alice", "nobody-else"):
        answer = _sign_in(client, "wrong password", name)
        assert answer.status_code == 401
        assert "The name or the password is wrong." in answer.text
        challenges = answer.headers.get_list("WWW-Authenticate")
        assert challenges == [
            'Bearer realm="Data Lab"',
            'ivoa_bearer standard_id="ivo://ivoa.net/sso#tls-with-password", '
            f'access_url="{client.base_url}/auth/login"'.replace("//auth", "/auth"),
        ]


@pytest.mark.parametrize("form", [{}, {"username": "alice"}, {"password": PASSWORD}])
def test_a_sign_in_needs_both_in_a_form(client: httpx.Client, form: dict[str, str]):
    answer = client.post("/auth/login", data=form, params={"username": "a", "password": PASSWORD})
    assert answer.status_code == 400
    assert "A sign-in needs username and password." in answer.text
    assert PASSWORD not in answer.text


def test_users_change_their_own_password(client: httpx.Client):
    before, elsewhere = _bearer(client), _bearer(client)
    new = "another horse, and a battery"
    for form, status, sentence in (
        ({"password": "wrong horse", "new_password": new}, 401, "The old password is wrong."),
        ({"password": PASSWORD, "new_password": "short"}, 400, "has 5 characters"),
        ({"password": PASSWORD}, 400, "new_password"),
    ):
        answer = client.post("/auth/password", data=form, headers=before)
        assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
    assert _sign_in(client).status_code == 200

    form = {"password": PASSWORD, "new_password": new}
    assert client.post("/auth/password", data=form).status_code == 401, "whose is not known"
    answer = client.post("/auth/password", data=form, headers=before)
    after = {"Authorization": f"Bearer {answer.json()['token']}"}
    try:
        assert client.get("/accounts/me", headers=after).json()["name"] == "alice"
        for dead in (before, elsewhere):
            assert client.get("/accounts/me", headers=dead).status_code == 401
        assert _sign_in(client).status_code == 401
        assert _sign_in(client, new).status_code == 200
    finally:
        back = {"password": new, "new_password": PASSWORD}
        assert client.post("/auth/password", data=back, headers=after).status_code == 200


def test_a_hub_that_does_not_answer_is_no_fault_of_ours(tmp_path: Path):
    with socket.socket() as nobody:  # has the port, and takes no connection
        nobody.bind(("127.0.0.1", 0))
        hub = f"http://127.0.0.1:{nobody.getsockname()[1]}/hub/api"
        with serving(tmp_path / "data", "--hub-api", hub) as running, running.client() as client:
            answer = client.post("/auth/hub", headers={"Authorization": "Bearer abc"})
    assert answer.status_code == 503
    assert "The JupyterHub does not answer." in answer.text


def test_a_token_that_has_died_does_not_hinder_a_new_sign_in(client: httpx.Client):
    stale = {"Authorization": "Bearer alice.1000.1000.$1$of-long-ago"}
    form = {"username": "alice", "password": PASSWORD}
    assert client.post("/auth/login", data=form, headers=stale).status_code == 200
    assert client.get("/tap/capabilities", headers=stale).status_code == 401


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_capabilities_tell_anonymous_callers_where_they_may_sign_in(
    client: httpx.Client, method: str
):
    answer = client.request(method, "/tap/capabilities")
    assert answer.status_code == 200
    assert "access_url=" in answer.headers["WWW-Authenticate"]
    answer = client.request(method, "/tap/capabilities", headers=_bearer(client))
    assert answer.headers["X-VO-Authenticated"] == "alice"
    assert "WWW-Authenticate" not in answer.headers


def test_where_nobody_has_an_account_nobody_is_asked_to_sign_in(datalab: DatalabProcess):
    with datalab.client() as client:
        assert "WWW-Authenticate" not in client.head("/tap/capabilities").headers


def test_a_user_who_is_known_but_not_the_owner_gets_403(client: httpx.Client):
    assert client.post("/demo").status_code == 401
    answer = client.post("/demo", headers=_bearer(client))
    assert answer.status_code == 403
    assert "WWW-Authenticate" not in answer.headers


def test_who_tries_many_passwords_has_to_wait(client: httpx.Client):
    answers = [_sign_in(client, f"wrong {n}", "mallory") for n in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 10
    assert "WWW-Authenticate" not in answers[-1].headers


def test_a_proxy_that_is_trusted_says_who_called_and_how(tmp_path: Path):
    said = {
        "Host": "lab.example.org",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "192.0.2.7",
    }
    form = {"username": "mallory", "password": "wrong password"}
    options = ("--allowed-host", "lab.example.org")
    for proxy, scheme, client_address in (
        (("--trust-proxy", "127.0.0.1"), "https", "192.0.2.7"),
        (("--trust-proxy", "192.0.2.0/24"), "http", "127.0.0.1"),
        ((), "http", "127.0.0.1"),
    ):
        data = tmp_path / f"behind-{len(proxy)}-{scheme}"
        with serving(data, *options, *proxy) as lab, lab.client(headers=said) as client:
            told = client.get("/tap/capabilities").text
            assert f"{scheme}://lab.example.org/tap" in told
            own = {"Origin": f"{scheme}://lab.example.org"}
            assert client.post("/auth/login", data=form, headers=own).status_code == 401
            assert lab.logged(message="sign-in refused")["client"] == client_address
