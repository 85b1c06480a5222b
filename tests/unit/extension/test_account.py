"""Signing in at a Data Lab from JupyterLab, and the tables of whoever is signed in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from datalab_process import PATIENCE_S, DatalabProcess, serving
from jupyter_core.paths import jupyter_runtime_dir
from small_sky import copy_small_sky
from tornado.httpclient import HTTPClientError, HTTPResponse

API = "jupyterlab-datalab/api"
PASSWORD = "correct horse"
PATIENT: dict[str, Any] = {"timeout": PATIENCE_S, "trust_env": False}
Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(scope="module")
def datalab(small_sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatalabProcess]:
    """A Data Lab with two accounts."""
    data = copy_small_sky(small_sky, tmp_path_factory.mktemp("accounts") / "data")
    for name in ("alice", "bob"):
        command = ["user", "add", name, "--password-stdin", "--data", str(data)]
        command += ["--storage-quota", "1000"]
        subprocess.run(
            [sys.executable, "-m", "datalab_backend.cli", *command],
            input=PASSWORD,
            text=True,
            check=True,
        )
    with serving(data) as running:
        yield running


@pytest.fixture(scope="module")
def token() -> str:
    """No token is given: everybody is anonymous until they sign in."""
    return ""


@pytest.fixture
def ask(jp_fetch: Callable[..., Awaitable[HTTPResponse]]) -> Ask:
    """Send JSON to a route, and read that of the answer."""

    async def ask(method: str, *path: str, body: object = None) -> dict[str, Any]:
        sent = json.dumps(body) if method in ("POST", "PUT") else None
        answer = await jp_fetch(API, *path, method=method, body=sent, request_timeout=60)
        told: dict[str, Any] = json.loads(answer.body)
        return told

    return ask


async def sign_in(ask: Ask) -> dict[str, Any]:
    """Sign alice in."""
    return await ask("POST", "account", body={"name": "alice", "password": PASSWORD})


async def refusal(asking: Awaitable[Any]) -> tuple[int, dict[str, Any]]:
    """The status and the error of a request that fails."""
    with pytest.raises(HTTPClientError) as failure:
        await asking
    assert failure.value.response is not None
    return failure.value.code, json.loads(failure.value.response.body)["error"]


def sign_in_files() -> list[Path]:
    return list(Path(jupyter_runtime_dir()).glob("datalab-sign-in-*.json"))


async def test_nobody_is_signed_in_at_first_and_the_catalogues_are_there(ask: Ask) -> None:
    account = await ask("GET", "account")
    assert (account["state"], account["last_name"]) == ("anonymous", "")
    assert (await ask("GET", "datalab", "schemas"))["schemas"][0]["name"] == "small"
    for path in (("storage", "nodes", ""), ("mydb",)):
        code, error = await refusal(ask("GET", *path))
        assert (code, error["kind"]) == (403, "sign-in")


async def test_who_signs_in_has_files_and_quotas_until_they_sign_out(ask: Ask) -> None:
    alice = await sign_in(ask)
    assert (alice["state"], alice["name"]) == ("signed-in", "alice")
    assert alice["storage"] == {"used_bytes": 0, "quota_bytes": 1000}
    names = [c["name"] for c in (await ask("GET", "storage", "nodes", ""))["children"]]
    assert names == []  # without ?limit the folder alone is told
    left = await ask("DELETE", "account")
    assert (left["state"], left["last_name"]) == ("anonymous", "alice")
    assert (await refusal(ask("GET", "storage", "nodes", "")))[1]["kind"] == "sign-in"
    assert sign_in_files() == []


async def test_the_token_stays_in_a_file_that_nobody_else_can_read(ask: Ask) -> None:
    alice = await sign_in(ask)
    [file] = sign_in_files()
    assert file.stat().st_mode & 0o777 == 0o600
    token = json.loads(file.read_text())["token"]
    assert token not in json.dumps(alice)


async def test_signing_out_takes_the_token_back_at_the_data_lab(
    ask: Ask, datalab: DatalabProcess
) -> None:
    alice = await sign_in(ask)
    token = json.loads(sign_in_files()[0].read_text())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{datalab.url}/accounts/me"
    assert httpx.get(url, headers=headers, **PATIENT).json()["name"] == alice["name"]
    await ask("DELETE", "account")
    assert httpx.get(url, headers=headers, **PATIENT).status_code == 401


async def test_a_wrong_name_or_password_is_told_and_signs_nobody_in(ask: Ask) -> None:
    for given in (
        {"name": "alice", "password": "wrong"},
        {"name": "nobody", "password": PASSWORD},
        {"name": "", "password": PASSWORD},
        {"name": "alice", "password": "x" * 2000},
        {},
    ):
        code, error = await refusal(ask("POST", "account", body=given))
        assert (code, error["kind"]) == (400, "password")
        assert error["message"]
    assert (await ask("GET", "account"))["state"] == "anonymous"


async def test_a_sign_in_that_ended_elsewhere_is_told_and_the_catalogues_stay(
    ask: Ask, datalab: DatalabProcess
) -> None:
    alice = await sign_in(ask)
    token = json.loads(sign_in_files()[0].read_text())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    httpx.post(f"{datalab.url}/auth/logout", headers=headers, **PATIENT)
    account = await ask("GET", "account")
    assert (account["state"], account["last_name"]) == ("expired", alice["name"])
    assert (await ask("GET", "datalab", "schemas"))["schemas"]
    again = await ask("POST", "account", body={"name": "alice", "password": PASSWORD})
    assert again["state"] == "signed-in"


async def test_a_file_that_does_not_fit_is_refused_as_too_large(
    ask: Ask, jp_fetch: Callable[..., Awaitable[HTTPResponse]]
) -> None:
    await sign_in(ask)
    path = f"{API}/storage/files/large.bin"
    code, error = await refusal(jp_fetch(path, method="PUT", body="x" * 2000))
    assert (code, error["kind"]) == (507, "quota")


async def test_a_table_is_listed_renamed_described_shared_and_dropped(
    ask: Ask, datalab: DatalabProcess
) -> None:
    await sign_in(ask)
    token = json.loads(sign_in_files()[0].read_text())["token"]
    rows = b"ra,dec,name\n1.5,2.5,a\n3.5,4.5,b\n"
    made = httpx.put(
        f"{datalab.url}/mydb/mine?format=csv",
        content=rows,
        headers={"Authorization": f"Bearer {token}"},
        **PATIENT,
    )
    assert made.is_success, made.text
    [table] = (await ask("GET", "mydb"))["tables"]
    assert (table["name"], table["rows"], table["shared_with"]) == ("mine", 2, [])
    schemas = (await ask("GET", "datalab", "schemas"))["schemas"]
    assert "mydb" in [schema["name"] for schema in schemas]
    for action, value in (("rename", "ours"), ("describe", "Two stars."), ("share", "public")):
        name = "mine" if action == "rename" else "ours"
        await ask("POST", "mydb", name, body={"action": action, "value": value})
    [table] = (await ask("GET", "mydb"))["tables"]
    assert (table["name"], table["description"]) == ("ours", "Two stars.")
    assert table["shared_with"] == ["public"]
    await ask("DELETE", "mydb", "ours")
    assert (await ask("GET", "mydb"))["tables"] == []


async def test_what_cannot_be_done_with_a_table_is_told(ask: Ask) -> None:
    await sign_in(ask)
    code, error = await refusal(ask("DELETE", "mydb", "missing"))
    assert (code, "missing" in error["message"]) == (404, True)
    code, _ = await refusal(ask("POST", "mydb", "a", body={"action": "eat", "value": ""}))
    assert code == 400
    code, _ = await refusal(ask("POST", "mydb", "..", body={"action": "share", "value": ""}))
    assert code == 404


async def test_the_list_of_tables_does_not_sign_anybody_in_or_out(ask: Ask) -> None:
    await sign_in(ask)
    assert (await refusal(ask("DELETE", "mydb")))[0] == 405
    assert (await refusal(ask("POST", "mydb", body={})))[0] == 405
    assert (await refusal(ask("GET", "mydb", "a")))[0] == 405
    assert (await ask("GET", "account"))["state"] == "signed-in"


async def test_the_files_of_another_user_are_out_of_reach(ask: Ask) -> None:
    await sign_in(ask)
    for path in ("../bob", "%2e%2e/bob", "..%2Fbob/tmp", "x/../../bob"):
        with pytest.raises(HTTPClientError) as failure:
            await ask("GET", f"storage/nodes/{path}")
        assert failure.value.code in (400, 404)
