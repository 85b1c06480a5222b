"""Who gets answers packed with gzip, and which."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from datalab_backend.accounts.callers import Callers
from datalab_backend.server import create_app, make_context
from datalab_process import DatalabProcess

STARS = {"LANG": "ADQL", "QUERY": "SELECT * FROM small.stars"}
TAKES_GZIP = {"Accept-Encoding": "gzip, deflate"}
TAKES_NONE = {"Accept-Encoding": "identity"}
BY_A_PROXY = [
    {"Forwarded": "for=203.0.113.7;proto=https"},
    {"X-Forwarded-For": "203.0.113.7"},
    {"X-Forwarded-Proto": "https"},
    {"X-Real-IP": "203.0.113.7"},
    {"Via": "1.1 lab.example.org"},
]
PACKED_FOR_OTHERS = ["votable", "votable/td", "csv", "json", "fits"]


def _is_packed(answer: httpx.Response) -> bool:
    assert answer.status_code == 200, answer.text
    return answer.headers.get("Content-Encoding") == "gzip"


def _from(data: Path, address: str, called: str) -> httpx.Response:
    """Ask as a client at some address, who calls the Data Lab by some name."""
    app = create_app(make_context(data), Callers("token"), ("lab.example.org",))
    transport = httpx.ASGITransport(app, client=(address, 1234))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{called}") as client:
            return await client.get("/tap/sync", params=STARS, headers=TAKES_GZIP)

    return asyncio.run(ask())


@pytest.mark.parametrize("name", PACKED_FOR_OTHERS)
def test_a_program_of_this_machine_gets_rows_plain(datalab: DatalabProcess, name: str):
    with datalab.client(headers=TAKES_GZIP) as client:
        answer = client.post("/tap/sync", data={**STARS, "FORMAT": name})
    assert not _is_packed(answer)


@pytest.mark.parametrize("passed_on", BY_A_PROXY, ids=lambda headers: next(iter(headers)))
def test_who_calls_by_a_proxy_of_this_machine_gets_rows_packed(
    datalab: DatalabProcess, passed_on: dict[str, str]
):
    with datalab.client(headers=TAKES_GZIP | passed_on) as client:
        assert _is_packed(client.get("/tap/sync", params=STARS))


@pytest.mark.parametrize("name", PACKED_FOR_OTHERS)
def test_what_is_packed_is_smaller_and_the_same(datalab: DatalabProcess, name: str):
    form = {**STARS, "FORMAT": name}
    with datalab.client(headers=BY_A_PROXY[0]) as client:
        plain = client.post("/tap/sync", data=form, headers=TAKES_NONE)
        packed = client.post("/tap/sync", data=form, headers=TAKES_GZIP)
    assert _is_packed(packed)
    assert not _is_packed(plain)
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.num_bytes_downloaded < len(plain.content)
    assert packed.content == plain.content


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::7"])
def test_a_client_elsewhere_gets_rows_packed(small_sky_copy: Path, address: str):
    assert _is_packed(_from(small_sky_copy, address, "lab.example.org"))


def test_a_proxy_that_says_nothing_of_itself_is_known_by_the_name_it_passes_on(
    small_sky_copy: Path,
):
    assert _is_packed(_from(small_sky_copy, "127.0.0.1", "lab.example.org"))


@pytest.mark.parametrize("called", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"])
def test_this_machine_has_several_names(small_sky_copy: Path, called: str):
    assert not _is_packed(_from(small_sky_copy, "127.0.0.1", called))
    assert not _is_packed(_from(small_sky_copy, "::1", called))


def test_maps_are_plain_here_and_packed_for_others(datalab: DatalabProcess):
    path = "/density/small.stars"
    with datalab.client(headers=TAKES_GZIP) as client:
        here, elsewhere = client.get(path), client.get(path, headers=BY_A_PROXY[0])
    assert not _is_packed(here)
    assert _is_packed(elsewhere)
    assert here.content == elsewhere.content


@pytest.mark.parametrize("path", ["/tap/tables", "/tap/capabilities", "/tap/examples"])
def test_documents_are_packed_for_everybody(datalab: DatalabProcess, path: str):
    with datalab.client(headers=TAKES_GZIP) as client:
        assert _is_packed(client.get(path))
