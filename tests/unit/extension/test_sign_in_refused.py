"""What the panel is told when the Data Lab does not take the token that the extension has."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPResponse

API = "jupyterlab-datalab/api"
DEAD = "alice.1000.1000.$1$of-an-account-that-is-no-more"
Fetch = Callable[..., Awaitable[HTTPResponse]]


@pytest.fixture(scope="session")
def token() -> str:
    """The token in the file that the extension reads."""
    return DEAD


VIEW = {"projection": "aitoff", "lon": 0, "lat": 0, "frame": "icrs", "fov": 324.1}

ASKED: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    ("GET", ("schemas",), {}),
    ("GET", ("tables", "small.stars"), {}),
    ("GET", ("density", "small.stars"), VIEW | {"width": 8, "height": 4}),
    ("GET", ("hips", "density", "small.stars", "properties"), {}),
    ("GET", ("statistics", "small.stars"), {}),
    ("POST", ("query",), {}),
    ("POST", ("demo",), {}),
]


@pytest.mark.parametrize(("method", "path", "parameters"), ASKED)
async def test_a_token_that_is_dead_is_told_as_such_and_not_shown(
    jp_fetch: Fetch, method: str, path: tuple[str, ...], parameters: dict[str, Any]
) -> None:
    body = json.dumps({"query": "SELECT 1"}) if method == "POST" else None
    with pytest.raises(HTTPClientError) as failure:
        await jp_fetch(
            API, "datalab", *path, params=parameters, method=method, body=body, request_timeout=60
        )
    assert failure.value.code == 403
    assert failure.value.response is not None
    told = failure.value.response.body.decode()
    assert "sign-in" in json.loads(told)["error"]["message"]
    assert "not one of this Data Lab's, or no longer" in told
    assert DEAD not in told
    assert "WWW-Authenticate" not in failure.value.response.headers


async def test_the_state_of_the_data_lab_says_it_too(jp_fetch: Fetch) -> None:
    status = {"state": "starting"}
    while status["state"] == "starting":
        answer = await jp_fetch(API, "datalab", "status", request_timeout=60)
        status = json.loads(answer.body)
    assert status["state"] == "error"
    assert "sign-in" in status["message"]
    assert DEAD not in answer.body.decode()
