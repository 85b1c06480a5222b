"""Uploads by URL reach the public internet and nothing else: no host of ours, whatever its name."""

from __future__ import annotations

import socket
import ssl
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import trustme
from datalab_backend.errors import UsageError
from datalab_backend.uploads import UploadLimits, addresses, collect
from datalab_process import DatalabProcess, serving
from upload_tables import tabledata
from web_hosts import INSIDE, SECRET, Answer, host, redirects_to, sends

TABLE = tabledata('<FIELD name="a" datatype="int"/>', ("1",), ("2",))


def fetched(url: str, **limits: object) -> bytes:
    (upload,) = collect([f"t,{url}"], {}, UploadLimits(**limits))  # type: ignore[arg-type]
    return upload.content


def refusal(url: str, **limits: object) -> str:
    with pytest.raises(UsageError) as caught:
        fetched(url, **limits)
    assert SECRET.decode() not in str(caught.value)
    return caught.value.message


@pytest.mark.parametrize("name", INSIDE)
def test_an_address_of_the_inside_is_refused_and_not_asked(name: str):
    with host(sends(SECRET)) as (port, asked):
        told = refusal(f"http://{name}:{port}/secret")
        assert "not on the public internet" in told or "cannot be reached" in told
        assert asked == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "fe80::1%lo",
     "169.254.169.254", "224.0.0.1", "2001:db8::1", "0.0.0.0", "::"],
)  # fmt: skip
def test_an_address_of_the_inside_is_not_public(address: str):
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_an_address_of_the_world_is_public(address: str):
    assert addresses.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/t.vot",
        "gopher://127.0.0.1:70/x",
        "data:text/xml,<VOTABLE/>",
        "javascript:1",
        "vos://example.org!vospace/t",
        "http:/etc/passwd",
        "http://",
        "http:///x",
        "http://[::1",
        "http://example.org:99999/x",
        "http://user@127.0.0.1/x",
        "http://example.org@127.0.0.1/x",
        "http://user:word@example.org/x",
        "http://example.org\\@127.0.0.1/x",
        "http://127.0.0.1\t/x",
        "http://127.0.0.1/\r\nHost: x",
        "http://①②⑦.⓪.⓪.①/x",
        "http://example.org/" + "a" * 3000,
    ],
)
def test_what_is_no_plain_web_url_is_refused(url: str):
    assert "UPLOAD" in (told := refusal(url)) or "cannot be fetched" in told


@pytest.mark.parametrize("hops", [1, 5])
def test_a_redirection_to_the_inside_is_refused(hops: int):
    with host(sends(SECRET)) as (inside, asked):
        target = f"http://127.0.0.1:{inside}/secret"

        def answer(request: BaseHTTPRequestHandler) -> None:
            hop = int(request.path.strip("/"))
            redirects_to(f"/{hop + 1}" if hop < hops else target)(request)

        with host(answer) as (port, _):
            told = refusal(f"http://localhost:{port}/1", hosts=("localhost",))
        assert "not on the public internet" in told
        assert asked == []


def test_a_redirection_to_a_file_is_refused():
    with host(redirects_to("file:///etc/passwd")) as (port, _):
        assert "only http and https" in refusal(f"http://localhost:{port}/", hosts=("localhost",))


def test_redirections_without_end_are_left():
    with host(redirects_to("/again")) as (port, asked):
        told = refusal(f"http://localhost:{port}/", hosts=("localhost",))
        assert "redirected more than 5 times" in told
        assert len(asked) == 6


def test_a_name_is_looked_up_once_and_connected_to_where_it_was(monkeypatch: pytest.MonkeyPatch):
    """A name that is public at first and loopback the next time gets no next time."""
    answers = iter(["203.0.113.1", "127.0.0.1"])
    lookups: list[str] = []
    really = socket.getaddrinfo

    def rebinding(name: str, port: int, *rest: object, **more: object) -> object:
        if name != "rebind.example":
            return really(name, port, *rest, **more)  # type: ignore[arg-type]
        lookups.append(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    connected: list[str] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr("datalab_backend.uploads.fetch.is_public", lambda a: a == "203.0.113.1")
    assert "cannot be reached" in refusal("http://rebind.example/t")
    assert (lookups, connected) == (["rebind.example"], ["203.0.113.1"])


def test_a_name_with_one_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        "datalab_backend.uploads.fetch.resolve", lambda name, port: ["8.8.8.8", "127.0.0.1"]
    )
    assert "not on the public internet" in refusal("http://both.example/t")


def drips(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(600):
        request.wfile.write(b" ")
        time.sleep(0.1)


def drips_headers(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
    for _ in range(600):
        request.wfile.write(b"x")
        time.sleep(0.1)


def says_nothing(request: BaseHTTPRequestHandler) -> None:
    time.sleep(60)


@pytest.mark.parametrize("answer", [drips, drips_headers, says_nothing])
def test_a_host_that_sends_drop_by_drop_is_left(answer: Answer):
    with host(answer) as (port, _):
        began = time.monotonic()
        told = refusal(f"http://localhost:{port}/", hosts=("localhost",), fetch_s=1.0)
        assert time.monotonic() - began < 20
    assert "within 1 seconds" in told


def pours(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(10_000):
        request.wfile.write(b" " * 1_000_000)


def test_a_body_without_end_is_left():
    with host(pours) as (port, _):
        told = refusal(f"http://localhost:{port}/", hosts=("localhost",), bytes=3_000_000)
    assert "more than 3,000,000 bytes" in told


def test_a_body_that_says_it_is_too_large_is_not_read():
    with host(sends(b"", Content_Length="10000000000")) as (port, _):
        told = refusal(f"http://localhost:{port}/", hosts=("localhost",))
    assert "more than 100,000,000 bytes" in told


@pytest.mark.parametrize(
    "answer",
    [sends(SECRET, 404), sends(SECRET, 500), sends(SECRET, 204), sends(SECRET),
     sends(TABLE[:50], Content_Length="5000"), lambda request: request.wfile.write(SECRET)],
)  # fmt: skip
def test_what_a_host_answered_is_never_repeated(answer: Answer):
    with host(answer) as (port, _):
        refusal(f"http://localhost:{port}/", hosts=("localhost",))


def test_no_credential_or_proxy_of_this_machine_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / ".netrc").write_text("machine localhost login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    headers: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        headers.extend(request.headers.keys())
        sends(TABLE)(request)

    with host(answer) as (port, _):
        assert fetched(f"http://localhost:{port}/", hosts=("localhost",)) == TABLE
    assert not {"Authorization", "Cookie", "Referer"} & set(headers)


# Over TLS


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this process trusts, as OpenSSL is told of one by its environment."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return made


def certified(authority: trustme.CA, name: str) -> ssl.SSLContext:
    """What a host of this name speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_a_table_is_fetched_over_tls_from_a_host_that_proves_its_name(authority: trustme.CA):
    with host(sends(TABLE), certified(authority, "localhost")) as (port, asked):
        assert fetched(f"https://localhost:{port}/t.vot", hosts=("localhost",)) == TABLE
        assert asked == ["/t.vot"]


@pytest.mark.parametrize("name", ["example.org", "*.localhost"])
def test_a_host_that_proves_another_name_is_refused(authority: trustme.CA, name: str):
    with host(sends(SECRET), certified(authority, name)) as (port, asked):
        told = refusal(f"https://localhost:{port}/", hosts=("localhost",))
        assert "cannot be reached" in told
        assert asked == []


def test_a_host_that_nobody_vouches_for_is_refused(authority: trustme.CA):
    with host(sends(SECRET), certified(trustme.CA(), "localhost")) as (port, asked):
        told = refusal(f"https://localhost:{port}/", hosts=("localhost",))
        assert "cannot be reached" in told
        assert asked == []


def test_a_redirection_from_tls_to_the_inside_is_refused(authority: trustme.CA):
    with host(sends(SECRET)) as (inside, asked):
        leads = redirects_to(f"http://127.0.0.1:{inside}/secret")
        with host(leads, certified(authority, "localhost")) as (port, _):
            told = refusal(f"https://localhost:{port}/", hosts=("localhost",))
        assert "not on the public internet" in told
        assert asked == []


def test_a_host_that_never_finishes_its_handshake_is_left():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        told = refusal(f"https://localhost:{port}/", hosts=("localhost",), fetch_s=1.0)
    assert "within 1 seconds" in told


# Over HTTP, with the server as it comes and with a host that its operator allows


def ask(datalab: DatalabProcess, url: str) -> tuple[int, str]:
    answer = datalab.query("SELECT * FROM TAP_UPLOAD.t", UPLOAD=f"t,{url}", FORMAT="csv")
    return answer.status_code, answer.text


def test_the_server_does_not_fetch_from_its_own_machine(datalab: DatalabProcess):
    with host(sends(TABLE)) as (port, asked):
        status, text = ask(datalab, f"http://127.0.0.1:{port}/t.vot")
        assert status == 400
        assert "not on the public internet" in text
        assert ask(datalab, f"{datalab.url}/tap/capabilities")[0] == 400
        assert asked == []


def test_a_host_that_the_operator_allows_is_fetched_from(small_sky_copy: Path):
    with (
        serving(small_sky_copy, "--upload-host", "localhost") as datalab,
        host(sends(TABLE, Content_Type="application/x-votable+xml")) as (port, asked),
    ):
        status, text = ask(datalab, f"http://localhost:{port}/t.vot?a=1;b=2,3")
        assert (status, text.split()) == (200, ["a", "1", "2"])
        assert asked == ["/t.vot?a=1;b=2,3"]
        assert ask(datalab, f"http://127.0.0.1:{port}/t.vot")[0] == 400
