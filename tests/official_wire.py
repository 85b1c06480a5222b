"""The official client's requests, without the client: a GET, a token in its header, a text."""

from __future__ import annotations

import httpx
from datalab_process import DatalabProcess

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
