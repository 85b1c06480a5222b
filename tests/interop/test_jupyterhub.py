"""A JupyterHub whose users share one Data Lab: each finds what is theirs, and no more."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from datalab_process import DatalabProcess, serving
from free_ports import free_port
from jobs_client import jobs
from jupyterhub_process import PATIENCE_S, Hub, Server, running_hub, until

from jupyterlab_datalab import hub
from jupyterlab_datalab.backend import Backend

pytestmark = pytest.mark.xdist_group("jupyterhub")

LOG = logging.getLogger("tests")
SMALL = "SELECT TOP 3 ra, dec FROM small.stars"

IN_A_KERNEL = f"""
import json
import datalab_toolkit as dl
job = dl.query("{SMALL}", async_=True)
rows = len(job.result())
print(json.dumps({{"job": job.id, "rows": rows, "jobs": [j.id for j in dl.jobs()]}}))
"""


@dataclass
class Shared:
    """A Data Lab, the hub in front of it, and the servers of two of its users."""

    datalab: DatalabProcess
    hub: Hub
    alice: Server
    bob: Server

    def client(self, server: Server) -> httpx.Client:
        """The Data Lab as a user's kernels know it."""
        token = server.token_file.read_text()
        return self.datalab.client(headers={"Authorization": f"Bearer {token}"})

    def exchange(self, token: str) -> httpx.Response:
        """Show the Data Lab a token of the hub."""
        with self.datalab.client() as client:
            return client.post("/auth/hub", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def shared(small_sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """All of it."""
    home = tmp_path_factory.mktemp("hub")
    data = shutil.copytree(small_sky, home / "data")
    port = free_port()
    with (
        serving(data, "--hub-api", f"http://127.0.0.1:{port}/hub/api") as datalab,
        running_hub(home, port, datalab.url) as hub,
    ):
        alice, bob = hub.start("alice", "bob")
        yield Shared(datalab, hub, alice, bob)


def test_each_user_is_signed_in_by_the_hub_alone(shared: Shared):
    for server in (shared.alice, shared.bob):
        with shared.client(server) as client:
            me = client.get("/accounts/me").json()
        assert (me["name"], me["owner"], me["anonymous"]) == (server.name, False, False)
        assert stat.S_IMODE(server.token_file.stat().st_mode) == 0o600


def test_neither_user_sees_the_jobs_of_the_other(shared: Shared):
    told = {
        server.name: json.loads(server.run(IN_A_KERNEL)) for server in (shared.alice, shared.bob)
    }
    assert told["alice"]["rows"] == told["bob"]["rows"] == 3
    for server, other in ((shared.alice, "bob"), (shared.bob, "alice")):
        assert told[server.name]["jobs"] == [told[server.name]["job"]]
        theirs = told[other]["job"].rpartition("/")[2]
        with shared.client(server) as client:
            assert len(jobs(client)) == 1
            missing = client.get(f"/tap/async/{theirs}")
            assert missing.status_code == 404
            never = client.get(f"/tap/async/{theirs[:-1]}")
            assert missing.text.replace(theirs, "") == never.text.replace(theirs[:-1], "")
            assert client.delete(f"/tap/async/{theirs}").status_code == 404
    with shared.datalab.client() as client:
        assert jobs(client) == []


def test_neither_user_sees_the_tables_of_the_other(shared: Shared):
    for server, value in ((shared.alice, 1), (shared.bob, 2)):
        with shared.client(server) as client:
            made = client.put("/mydb/mine", content=f"a\n{value}\n", params={"format": "csv"})
            assert made.is_success, made.text
    for server, value in ((shared.alice, 1), (shared.bob, 2)):
        with shared.client(server) as client:
            form = {"LANG": "ADQL", "QUERY": "SELECT a FROM mydb.mine", "FORMAT": "csv"}
            assert client.post("/tap/sync", data=form).text.split() == ["a", str(value)]
            other = "bob" if server.name == "alice" else "alice"
            form["QUERY"] = f"SELECT a FROM mydb_{other}.mine"
            refused = client.post("/tap/sync", data=form)
            assert refused.status_code == 400
            assert [table["name"] for table in client.get("/mydb").json()] == ["mine"]


def test_neither_user_sees_the_files_of_the_other(shared: Shared):
    for server in (shared.alice, shared.bob):
        with shared.client(server) as client:
            path = f"/vospace/files/{server.name}/mine.txt"
            assert client.put(path, content=server.name.encode()).is_success
            assert client.get(path).content == server.name.encode()
    for server, other in ((shared.alice, "bob"), (shared.bob, "alice")):
        with shared.client(server) as client:
            for path in ("mine.txt", "no-such.txt"):
                assert client.get(f"/vospace/files/{other}/{path}").status_code == 404
            written = client.put(f"/vospace/files/{other}/mine.txt", content=b"x")
            assert written.status_code in (403, 404)
            deleted = client.delete(f"/vospace/nodes/{other}/mine.txt")
            assert deleted.status_code in (403, 404)


def test_the_panel_asks_in_the_name_of_its_user_and_shows_no_token(shared: Shared):
    token = shared.alice.token_file.read_text()
    for path in ("services", "datalab/status", "datalab/schemas", "datalab/tables"):
        answer = shared.alice.ask("GET", f"jupyterlab-datalab/api/{path}")
        assert answer.is_success, answer.text
        assert token not in answer.text
        assert token not in str(answer.headers)
    query = {"query": "SELECT a FROM mydb.mine"}
    with shared.client(shared.alice) as client:
        client.put("/mydb/mine", content="a\n1\n", params={"format": "csv", "replace": "true"})
    rows = shared.alice.ask("POST", "jupyterlab-datalab/api/datalab/query", json=query)
    assert rows.is_success, rows.text


def test_a_user_cannot_use_the_server_of_another(shared: Shared):
    intruder = Server(shared.hub, "alice", shared.bob.token)
    assert intruder.ask("GET", "jupyterlab-datalab/api/services").status_code == 403


def test_a_sign_in_that_is_refused_is_renewed_while_the_server_runs(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hub, "SOONEST_RENEWAL", timedelta(seconds=0.2))
    sign_in = hub.HubSignIn(shared.datalab.url, shared.alice.token, "another server", LOG)
    monkeypatch.setenv("DATALAB_URL", shared.datalab.url)
    monkeypatch.setenv("DATALAB_TOKEN_FILE", str(sign_in.path))

    async def work() -> tuple[str | None, str | None]:
        backend = Backend(None, True, LOG, sign_in)
        first = (await backend.connection(PATIENCE_S)).token
        with shared.datalab.client(headers={"Authorization": f"Bearer {first}"}) as client:
            assert client.post("/auth/logout").status_code == 204
        backend.sign_in_refused()
        while (second := (await backend.connection(PATIENCE_S)).token) == first:
            await asyncio.sleep(0.05)
        assert sign_in.path.read_text() == second
        backend.stop()
        return first, second

    first, second = asyncio.run(work())
    assert first != second
    assert not sign_in.path.exists()
    with shared.datalab.client(headers={"Authorization": f"Bearer {second}"}) as client:
        assert client.get("/accounts/me").status_code == 401


def test_a_token_that_the_hub_does_not_know_is_refused(shared: Shared):
    for token in ("0" * 32, "a b", "x" * 1000, "%0d%0a", shared.alice.token_file.read_text()):
        answer = shared.exchange(token)
        assert answer.status_code == 401
        assert "WWW-Authenticate" in answer.headers
        assert token not in answer.text


def test_a_service_of_the_hub_is_not_taken_for_the_user_of_its_name(shared: Shared):
    answer = shared.exchange(shared.hub.service_tokens["carol"])
    assert answer.status_code == 401
    assert "not one of a user" in answer.text


def test_an_account_is_made_once_and_not_shared_with_a_namesake(shared: Shared):
    for _ in range(2):
        assert shared.exchange(shared.bob.token).json()["token"].startswith("bob.")
    shared.hub.ask("POST", "/users", json={"usernames": ["b.ob@example.org"]})
    told = shared.exchange(shared.hub.token("b.ob@example.org")).json()
    assert told["token"].startswith("b_ob_example_org.")


def test_no_log_holds_a_token(shared: Shared):
    tokens = [server.token_file.read_text() for server in (shared.alice, shared.bob)]
    tokens += [shared.alice.token, shared.bob.token, *shared.hub.service_tokens.values()]
    text = shared.datalab.log_file.read_text() + shared.hub.log_file.read_text()
    assert "signed in" in text
    assert not [token for token in tokens if token in text]


def test_a_hub_that_is_away_is_told(tmp_path: Path):
    nowhere = f"http://127.0.0.1:{free_port()}/hub/api"
    headers = {"Authorization": "Bearer 0123456789"}
    with serving(tmp_path / "data", "--hub-api", nowhere) as datalab, datalab.client() as client:
        answer = client.post("/auth/hub", headers=headers)
        assert answer.status_code == 503
        assert "The JupyterHub does not answer." in answer.text
        assert client.post("/auth/hub").status_code == 401


def test_a_data_lab_without_a_hub_says_so(datalab: DatalabProcess):
    with datalab.client() as client:
        answer = client.post("/auth/hub", headers={"Authorization": "Bearer 0123456789"})
    assert answer.status_code == 404
    assert "takes no sign-in from a JupyterHub" in answer.text


def test_the_sign_in_ends_with_the_server(shared: Shared):  # the last: bob has none after it
    path, token = shared.bob.token_file, shared.bob.token_file.read_text()
    shared.hub.stop("bob")
    until(lambda: not path.exists())
    with shared.datalab.client(headers={"Authorization": f"Bearer {token}"}) as client:
        until(lambda: client.get("/accounts/me").status_code == 401)
