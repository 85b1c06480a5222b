"""The official client's requests, without the client: a GET, a token in its header, a text."""

from __future__ import annotations

import time

import httpx
from datalab_process import PATIENCE_S, DatalabProcess

PASSWORD = "correct horse battery"


def official(running: DatalabProcess, token: str) -> httpx.Client:
    """An HTTP client that shows a token as the official client does."""
    return running.client(headers={"X-DL-AuthToken": token, "Content-Type": "text/ascii"})


def sign_in(running: DatalabProcess, name: str) -> str:
    """Sign a user in; their token."""
    with running.client() as client:
        answer = client.get(
            "/auth/login",
            params={"username": name, "profile": "default", "debug": "False"},
            headers={"X-DL-Password": PASSWORD},
        )
    assert answer.status_code == 200, answer.text
    return answer.text


def ask(client: httpx.Client, sql: str = "", **more: object) -> httpx.Response:
    """Send a query with what the client sends along."""
    sent = {"sql": sql} if sql else {}
    sent |= {"ofmt": "csv", "out": "None", "async": "False", "drop": "False", **more}
    return client.get("/query/query", params={**sent, "profile": "default"})


def wait(client: httpx.Client, job: str) -> str:
    """Wait as the client does; the last status."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        status = client.get("/query/status", params={"jobid": job}).text
        if status not in ("QUEUED", "EXECUTING"):
            return status
        time.sleep(0.02)
    raise AssertionError(f"the job is still {status}")
