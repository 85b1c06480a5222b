"""Tokens and passwords: who is let in, who is not, and where secrets never show."""

from __future__ import annotations

import re
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import argon2
import httpx
import pytest
from addresses import addresses
from datalab_backend.accounts.service import Accounts
from datalab_backend.errors import SignInError, TooManyRequestsError
from datalab_backend.jobs.job import new_id
from jobs_client import jobs, reach, run, submit
from small_sky import copy_small_sky
from two_users import Users, serving_users

PASSWORD = "correct horse battery"
SMALL = "SELECT TOP 3 ra FROM small.stars"

NEEDS_A_USER = [
    ("PUT", "/mydb/mine"),
    ("DELETE", "/mydb/mine"),
    ("POST", "/mydb/mine"),
    ("PUT", "/vospace/files/alice/a.txt"),
    ("DELETE", "/vospace/nodes/alice/a.txt"),
    ("POST", "/demo"),
    ("POST", "/auth/logout"),
]

SIGNING_IN = {
    f"/auth/{name}" for name in ("login", "logout", "hub", "isValidToken", "isTokenLoggedIn")
}


@pytest.fixture(scope="module")
def users(small_sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    """A Data Lab with users, one of whom has a password; its log tells of everything."""
    data = copy_small_sky(small_sky, tmp_path_factory.mktemp("users") / "data")
    accounts = Accounts(data)
    accounts.add("dave", PASSWORD)
    accounts.close()
    with serving_users(data, "--log-level", "debug", "--upload-host", "127.0.0.1") as running:
        yield running


@pytest.fixture(scope="module")
def dead_tokens(users: Users) -> dict[str, str]:
    """Tokens that are taken no longer, or never were."""
    alice, carol = users.accounts.known("alice"), users.accounts.known("carol")
    revoked = users.accounts.mint(alice).text
    users.accounts.logout(revoked)
    disabled = users.accounts.mint(carol).text
    users.accounts.set_disabled("carol", True)
    good = users.tokens["alice"]
    return {
        "garbage": "garbage",
        "expired": users.accounts.mint(alice, timedelta(seconds=-1)).text,
        "revoked": revoked,
        "of a disabled user": disabled,
        "of another number": good.replace(".1001.", ".1.", 1),
        "of another name": good.replace("alice", "owner", 1),
        "cut": good[:-1],
        "of one letter more": f"{good}A",
        "of other case": good.swapcase(),
        "of a made-up user": "mallory.1000.1000.$1$bK4KBoMQ$Bmm0GBE6yhYvKoIe3x4so0",
        "much too long": "x" * 20_000,
    }


def _signing_in(users: Users, **form: str) -> httpx.Response:
    with users.client() as client:
        return client.post("/auth/login", data=form)


@pytest.mark.parametrize(("method", "path"), NEEDS_A_USER)
def test_what_needs_an_account_is_refused_without_a_token_and_says_how_to_sign_in(
    users: Users, method: str, path: str
):
    with users.client() as client:
        answer = client.request(method, path, content=b"a\n1\n")
    assert answer.status_code == 401
    bearer, ivoa = answer.headers.get_list("WWW-Authenticate")
    assert bearer.startswith("Bearer ")
    assert ivoa.startswith('ivoa_bearer standard_id="ivo://ivoa.net/sso#tls-with-password"')
    assert f'access_url="{users.running.url}/auth/login"' in ivoa
    assert "Location" not in answer.headers  # never to a page for people


def test_a_token_that_is_dead_or_made_up_is_refused_everywhere_and_repeated_nowhere(
    users: Users, dead_tokens: dict[str, str]
):
    everywhere = [(m, path) for m, path in addresses() if not path.startswith("/auth")]
    assert len(everywhere) > 50
    with users.client() as client:
        for method, path in everywhere:
            answer = client.request(method, path, headers={"Authorization": "Bearer garbage"})
            assert answer.status_code == 401, (method, path)
            assert answer.headers.get_list("WWW-Authenticate"), (method, path)
        for kind, token in dead_tokens.items():
            for headers in ({"Authorization": f"Bearer {token}"}, {"X-DL-AuthToken": token}):
                for path in ("/tap/availability", "/accounts/me", "/mydb", "/query/list"):
                    answer = client.get(path, headers=headers)
                    assert answer.status_code == 401, (kind, path)
                    assert kind == "garbage" or token not in answer.text + str(answer.headers)


def test_a_token_in_the_url_is_nobodys(users: Users):
    token = users.tokens["alice"]
    names = ("token", "access_token", "authtoken", "X-DL-AuthToken", "Authorization")
    with users.client() as client:
        for name in names:
            me = client.get("/accounts/me", params={name: token}).json()
            assert me["anonymous"], name
            put = client.put("/mydb/mine", params={name: token}, content=b"a\n1\n")
            assert put.status_code == 401


def test_the_token_of_one_user_opens_nothing_of_another(users: Users):
    with users.client("alice") as alice, users.client("bob") as bob:
        job = run(alice, SMALL)
        reach(alice, job, "COMPLETED")
        assert alice.put("/vospace/files/alice/secret.txt", content=b"x").is_success
        for path in (job, f"{job}/results/result", f"{job}/parameters", f"{job}/owner"):
            assert alice.get(path).status_code == 200
            assert bob.get(path).status_code == 404
        for change in ({"PHASE": "ABORT"}, {"PHASE": "RUN"}):
            assert bob.post(f"{job}/phase", data=change).status_code == 404
        assert bob.post(f"{job}/parameters", data={"QUERY": "SELECT 1"}).status_code == 404
        assert bob.delete(job).status_code == 404
        assert job.rpartition("/")[2] not in jobs(bob)
        assert bob.get("/vospace/files/alice/secret.txt").status_code in (403, 404)
        assert bob.delete("/vospace/nodes/alice/secret.txt").status_code in (403, 404)
        assert alice.get("/vospace/files/alice/secret.txt").content == b"x"


def test_a_refusal_does_not_tell_whether_a_thing_is_there(users: Users):
    with users.client("alice") as alice:
        job = submit(alice, SMALL).rpartition("/")[2]
        alice.put("/vospace/files/alice/plans.txt", content=b"x")
        alice.put("/mydb/plans", content=b"a\n1\n", params={"replace": "true"})
    pairs = [
        (f"/tap/async/{job}", f"/tap/async/{'0' * 32}"),
        ("/vospace/nodes/alice/plans.txt", "/vospace/nodes/alice/no-such.txt"),
        ("/vospace/files/alice/plans.txt", "/vospace/files/alice/no-such.txt"),
        ("/tap/tables/mydb_alice.plans", "/tap/tables/mydb_alice.nosuch"),
        ("/statistics/mydb_alice.plans", "/statistics/mydb_alice.nosuch"),
    ]
    names = re.compile(rf"{job}|{'0' * 32}|plans|no-?such")
    for name in ("bob", None):
        with users.client(name) as client:
            for there, never in pairs:
                answers = [client.get(path) for path in (there, never)]
                assert answers[0].status_code == answers[1].status_code >= 400, there
                told = [names.sub("NAME", answer.text) for answer in answers]
                assert told[0] == told[1]


def test_a_logout_revokes_the_token_for_every_server_of_the_data_lab(users: Users):
    token = users.accounts.mint(users.accounts.known("bob")).text
    headers = {"Authorization": f"Bearer {token}"}
    with users.client() as client:
        assert client.get("/accounts/me", headers=headers).json()["name"] == "bob"
        assert client.post("/auth/logout", headers=headers).status_code == 204
        assert client.get("/accounts/me", headers=headers).status_code == 401
    assert users.accounts.identify(token) is None


def test_a_token_expires_by_itself_under_a_server_that_runs(users: Users):
    token = users.accounts.mint(users.accounts.known("bob"), timedelta(seconds=2)).text
    headers = {"Authorization": f"Bearer {token}"}
    with users.client() as client:
        while client.get("/accounts/me", headers=headers).status_code == 200:
            time.sleep(0.1)
        assert client.get("/accounts/me", headers=headers).status_code == 401


def test_no_secret_shows_in_the_log_the_jobs_the_results_or_on_disk(users: Users):
    token = users.tokens["alice"]
    official = {"X-DL-AuthToken": token}
    with users.client() as client:
        signed_in = client.post("/auth/login", data={"username": "dave", "password": PASSWORD})
        minted = signed_in.json()["token"]
        client.post("/auth/login", data={"username": "dave", "password": "wrong-Pass-phrase"})
        client.post("/auth/login", params={"username": "dave", "password": PASSWORD})
        client.get("/auth/login?username=dave", headers={"X-DL-Password": PASSWORD})
        client.get("/auth/isValidPassword", params={"user": "dave", "password": PASSWORD})
        client.get("/auth/isValidToken", params={"token": token}, headers=official)
        client.get("/accounts/me", params={"token": token}, headers=official)
        client.get("/nowhere", params={"token": token}, headers=official)
    with users.client("alice") as alice:
        job = run(alice, SMALL, FORMAT="votable/td")
        reach(alice, job, "COMPLETED")
        told = [alice.get(job + part) for part in ("", "/parameters", "/results/result")]
        told.append(alice.get("/tap/async"))
        told.append(alice.post("/tap/sync", data={"LANG": "ADQL", "QUERY": SMALL}))
        told.append(alice.post("/tap/sync", data={"LANG": "ADQL", "QUERY": "SELECT"}))
    users.running.logged(path="/nowhere")
    secrets = [token.rpartition(".")[2], minted.rpartition(".")[2], PASSWORD, "wrong-Pass-phrase"]
    secrets.append(str(users.running.connection["token"]))
    log = users.running.log_file.read_text()
    assert '"reason": "password"' in log
    for secret in secrets:
        assert secret not in log
        assert not [answer.url for answer in told if secret in answer.text + str(answer.headers)]
        for path in users.running.data.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path


def test_the_token_goes_to_no_other_host(users: Users):
    came: list[dict[str, str]] = []

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Remember what came along."""
            came.append(dict(self.headers))
            self.send_response(404)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as stranger:
        Thread(target=stranger.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{stranger.server_port}/t.xml"
        with users.client("alice") as alice:
            form = {"LANG": "ADQL", "QUERY": "SELECT * FROM TAP_UPLOAD.t", "UPLOAD": f"t,{url}"}
            assert alice.post("/tap/sync", data=form).status_code == 400
            forwarded = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
            made = alice.post("/tap/async", data={"QUERY": SMALL}, headers=forwarded)
        stranger.shutdown()
    assert len(came) == 1
    assert not {"authorization", "x-dl-authtoken", "cookie"} & {name.lower() for name in came[0]}
    assert users.tokens["alice"] not in str(came)
    assert made.headers["Location"].startswith(users.running.url)


def test_what_is_kept_of_users_is_for_nobody_else_on_the_machine(users: Users):
    data = users.running.data
    with users.client("bob") as bob:
        assert bob.put("/mydb/mine", content=b"a\n1\n", params={"replace": "true"}).is_success
        assert bob.put("/vospace/files/bob/mine.txt", content=b"x").is_success
    for path in (*data.glob("accounts.sqlite*"), data / "jobs", data / "users", data / "storage"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_tokens_are_kept_as_digests_and_passwords_as_argon2(users: Users):
    with sqlite3.connect(f"file:{users.running.data / 'accounts.sqlite'}?mode=ro", uri=True) as db:
        digests = [row[0] for row in db.execute("SELECT digest FROM tokens")]
        kept = [row[0] for row in db.execute("SELECT password FROM users WHERE name = 'dave'")]
    assert digests
    assert all(isinstance(digest, bytes) and len(digest) == 32 for digest in digests)
    assert kept[0].startswith("$argon2id$")
    assert argon2.extract_parameters(kept[0]).memory_cost >= 19_456  # OWASP's least


def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    accounts = Accounts(tmp_path)
    accounts.add("dave", PASSWORD)
    accounts.add("erin", PASSWORD)
    accounts.set_disabled("erin", True)
    accounts.add("hub-user")
    looked_at: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(self: argon2.PasswordHasher, kept: str, password: str) -> bool:
        looked_at.append(kept)
        return bool(verify(self, kept, password))

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    refusals = set()
    standard = argon2.extract_parameters(argon2.PasswordHasher().hash("x"))
    for name in ("dave", "erin", "hub-user", "nobody-else", "owner", ""):
        looked_at.clear()
        with pytest.raises(SignInError) as refused:
            accounts.login(name, "wrong password")
        refusals.add(str(refused.value))
        assert [argon2.extract_parameters(kept) for kept in looked_at] == [standard]
    assert len(refusals) == 1
    accounts.close()


def test_a_sign_in_is_slowed_down_in_every_way_that_there_is(users: Users):
    ways = {
        "form": lambda client: client.post(
            "/auth/login", data={"username": "mallory", "password": "wrong"}
        ),
        "official": lambda client: client.get(
            "/auth/login?username=mallet", headers={"X-DL-Password": "wrong"}
        ),
        "official check": lambda client: client.get(
            "/auth/isValidPassword?user=malcolm&password=wrong"
        ),
    }
    with users.client() as client:
        for way, attempt in ways.items():
            # On a slow machine the first are forgiven before the last: then it takes some more.
            statuses = [attempt(client).status_code for _ in range(5)]
            assert 429 not in statuses, way
            while (answer := attempt(client)).status_code != 429:
                statuses.append(answer.status_code)
                assert len(statuses) < 1000, way
            assert int(answer.headers["Retry-After"]) <= 10
        # Who is somebody else is let in meanwhile, from the same address.
        assert _signing_in(users, username="dave", password=PASSWORD).status_code == 200


def test_many_attempts_at_once_get_no_more_than_one_after_the_other(tmp_path: Path):
    accounts = Accounts(tmp_path)
    ends: list[type[Exception]] = []

    def attempt() -> None:
        try:
            accounts.login("dave", "wrong password", "192.0.2.1")
        except (SignInError, TooManyRequestsError) as error:
            ends.append(type(error))

    threads = [Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accounts.close()
    assert ends.count(SignInError) == 5
    assert ends.count(TooManyRequestsError) == 15


def test_the_owner_and_the_demo_users_have_no_password(users: Users):
    assert _signing_in(users, username="owner", password=PASSWORD).status_code == 401
    for name, text in (("dldemo", "demo_access"), ("dltest", "test_access")):
        token = _signing_in(users, username=name, password="whatever").json()["token"]
        assert token.endswith(text)
        with users.running.client(headers={"X-DL-AuthToken": token}) as client:
            assert client.get("/accounts/me").json()["anonymous"]
            assert client.put("/mydb/mine", content=b"a\n1\n").status_code == 401
            assert client.put("/vospace/files/dldemo/a.txt", content=b"x").status_code == 401
            assert client.post("/demo").status_code == 401
            submit(client, SMALL)
            assert jobs(client) == []


def test_what_a_user_is_not_allowed_is_forbidden_and_not_another_sign_in(users: Users):
    with users.client("alice") as alice:
        answer = alice.post("/demo")
        assert answer.status_code == 403
        assert "WWW-Authenticate" not in answer.headers


def test_a_job_id_cannot_be_guessed():
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch("[0-9a-f]{32}", job_id) for job_id in ids)
    bits = [format(int(job_id, 16), "0128b").count("1") for job_id in ids]
    assert 62 < sum(bits) / 1000 < 66


def test_nobody_is_served_anything_where_a_sign_in_is_required(tmp_path: Path):
    with serving_users(tmp_path / "data", "--require-sign-in") as users, users.client() as client:
        answered = {
            (method, path)
            for method, path in addresses()
            if client.request(method, path).status_code != 401
        }
        open_to_all = {"/accounts/me", "/auth", "/query", "/res", "/storage"}
        for _, path in answered - {("GET", path) for path in open_to_all}:
            assert (
                path in SIGNING_IN
                or path.startswith("/vospace/data/")
                or path.endswith(("/capabilities", "/availability"))
            ), path
        assert "access_url=" in client.head("/tap/capabilities").headers["WWW-Authenticate"]
        for name in ("dldemo.99999.99999.demo_access", "anonymous.0.0.anon_access"):
            assert client.get("/tap/tables", headers={"X-DL-AuthToken": name}).status_code == 401
        with users.client("alice") as alice:
            assert alice.get("/tap/tables").status_code == 200
            public = {"public": True}
            for name in ("capabilities", "availability"):
                assert alice.put(f"/vospace/files/alice/{name}", content=b"x").is_success
                alice.post(f"/vospace/nodes/alice/{name}", json=public).raise_for_status()
                assert client.get(f"/vospace/files/alice/{name}").status_code == 401


def test_where_a_sign_in_is_required_strangers_learn_not_who_or_what_there_is(
    small_sky: Path, tmp_path: Path
):
    data = copy_small_sky(small_sky, tmp_path / "data")
    accounts = Accounts(data)
    accounts.add("dave", PASSWORD)
    accounts.close()
    with serving_users(data, "--require-sign-in") as users, users.client() as client:
        answers = [
            client.get(f"/auth/login?username={name}", headers={"X-DL-Password": "wrong-Pass"})
            for name in ("dave", "nobody-else", "alice")
        ]
        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.text for answer in answers}) == 1
        anonymous = "anonymous.0.0.anon_access"
        for question in (
            "isValidUser?user=alice",
            "isUserLoggedIn?user=alice",
            f"isValidPassword?user=dave&password={PASSWORD}",
            f"hasAccess?user={anonymous}&resource=small.stars",
            "passwordReset?username=dave",
        ):
            assert client.get(f"/auth/{question}").status_code == 401, question
        right = client.get("/auth/login?username=dave", headers={"X-DL-Password": PASSWORD})
        assert right.text.startswith("dave.")
        assert client.get("/auth/isValidToken", params={"token": right.text}).text == "True"
        ask = {"resource": "small.stars"}
        with users.client("alice") as alice:
            mine = alice.get("/auth/hasAccess", params={"user": right.text, **ask})
            publics = alice.get("/auth/hasAccess", params={"user": anonymous, **ask})
            assert (mine.text, publics.text) == ("True", "False")


CHANGES_WITHOUT_END = """
import sys
from pathlib import Path
from datalab_backend.accounts.service import Accounts
accounts = Accounts(Path(sys.argv[1]))
for n in range(1_000_000):
    accounts.set_quotas("alice", storage_quota_bytes=n, mydb_quota_bytes=n)
    print(n, flush=True)
"""


def test_a_quota_that_is_changed_at_a_kill_is_the_old_or_the_new(tmp_path: Path):
    accounts = Accounts(tmp_path)
    accounts.add("alice")
    for after in (1, 7, 30):
        command = [sys.executable, "-c", CHANGES_WITHOUT_END, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as changing:
            assert changing.stdout is not None
            told = [int(changing.stdout.readline()) for _ in range(after)]
            changing.kill()
            told += map(int, changing.stdout.read().split())
        alice = accounts.known("alice")
        assert alice.storage_quota_bytes == alice.mydb_quota_bytes
        assert alice.storage_quota_bytes in (told[-1], told[-1] + 1)
    accounts.close()
