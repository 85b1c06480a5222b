"""The virtual storage in JupyterLab: a drive, a list, files of any size, copies to and fro."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
import resource
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from datalab_process import DatalabProcess, serving
from jupyter_server.auth import Authorizer
from jupyter_server.serverapp import ServerApp
from tornado.httpclient import HTTPClientError, HTTPResponse
from tornado.web import RequestHandler

from jupyterlab_datalab import contents
from jupyterlab_datalab.handlers import routes
from jupyterlab_datalab.vospace import Vospace

API = "jupyterlab-datalab/api"
VOS = f"{API}/vos"
FILES = f"{API}/storage/files"
Fetch = Callable[..., Awaitable[HTTPResponse]]
Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
def datalab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatalabProcess]:
    """A Data Lab of this file's own, since it writes."""
    with serving(tmp_path_factory.mktemp("storage") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def token(datalab: DatalabProcess) -> str:
    return str(datalab.connection["token"])


@pytest.fixture
def ask(jp_fetch: Fetch) -> Ask:
    """Send JSON to a route, or nothing, and read the JSON of the answer."""

    async def ask(method: str, *path: str, body: object = None, **parameters: object) -> Any:  # noqa: ANN401
        sent = None if body is None else json.dumps(body)
        if method in ("POST", "PUT", "PATCH") and sent is None:
            sent = ""
        answer = await jp_fetch(
            *path, method=method, body=sent, params=parameters, request_timeout=60
        )
        return json.loads(answer.body) if answer.body else None

    return ask


@pytest.fixture
def save(ask: Ask) -> Ask:
    """Save a text as an editor does."""

    async def save(path: str, text: str, **more: object) -> Any:  # noqa: ANN401
        model = {"type": "file", "format": "text", "content": text, **more}
        return await ask("PUT", VOS, path, body=model)

    return save


async def refusal(asking: Awaitable[Any]) -> tuple[int, str]:
    """The status and the message of a request that fails."""
    with pytest.raises(HTTPClientError) as failure:
        await asking
    assert failure.value.response is not None
    body = failure.value.response.body.decode()
    if not body.startswith("{"):
        return failure.value.code, body
    told = json.loads(body)
    return failure.value.code, told.get("message") or told["error"]["message"]


# The drive


async def test_a_file_is_saved_opened_renamed_copied_and_deleted(ask: Ask, save: Ask) -> None:
    made = await ask("POST", VOS, body={"type": "directory"})
    await ask("PATCH", VOS, made["path"], body={"path": "work"})
    saved = await save("work/a b.csv", "ra,dec\n1,2\n")
    assert (saved["type"], saved["size"], saved["mimetype"]) == ("file", 11, "text/csv")
    opened = await ask("GET", VOS, "work/a b.csv")
    assert (opened["content"], opened["format"]) == ("ra,dec\n1,2\n", "text")
    await ask("PATCH", VOS, "work/a b.csv", body={"path": "work/ß.csv"})
    copy = await ask("POST", VOS, "work", body={"copy_from": "work/ß.csv"})
    assert copy["path"] == "work/ß-Copy1.csv"
    listed = await ask("GET", VOS, "work")
    assert [child["name"] for child in listed["content"]] == ["ß-Copy1.csv", "ß.csv"]
    await ask("DELETE", VOS, "work")
    assert (await refusal(ask("GET", VOS, "work/ß.csv")))[0] == 404


async def test_a_folder_is_copied_with_what_is_in_it(ask: Ask, save: Ask) -> None:
    await ask("PUT", VOS, "run1", body={"type": "directory"})
    await save("run1/log.txt", "fine")
    copy = await ask("POST", VOS, "", body={"copy_from": "run1"})
    assert copy["path"] == "run1-Copy1"
    assert (await ask("GET", VOS, "run1-Copy1/log.txt"))["content"] == "fine"


async def test_a_rename_never_takes_the_place_of_another_file(ask: Ask, save: Ask) -> None:
    await save("kept.txt", "mine")
    await save("other.txt", "other")
    code, message = await refusal(ask("PATCH", VOS, "other.txt", body={"path": "kept.txt"}))
    assert code == 409
    assert "already" in message
    assert (await ask("GET", VOS, "kept.txt"))["content"] == "mine"


async def test_bytes_that_are_no_text_come_as_base64(ask: Ask) -> None:
    data = os.urandom(3000)
    content = base64.b64encode(data).decode()
    model = {"type": "file", "format": "base64", "content": content}
    await ask("PUT", VOS, "data.bin", body=model)
    opened = await ask("GET", VOS, "data.bin", hash=1)
    assert (opened["format"], base64.b64decode(opened["content"])) == ("base64", data)
    assert opened["hash"] == hashlib.sha256(data).hexdigest()
    code, message = await refusal(ask("GET", VOS, "data.bin", format="text"))
    assert (code, message) == (400, "data.bin is not text in UTF-8.")


async def test_a_notebook_keeps_its_cells_and_a_checkpoint(ask: Ask) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    model = {"type": "notebook", "format": "json", "content": notebook}
    await ask("PUT", VOS, "a.ipynb", body=model)
    made = await ask("POST", VOS, "a.ipynb", "checkpoints")
    assert [c["id"] for c in await ask("GET", VOS, "a.ipynb", "checkpoints")] == [made["id"]]
    notebook["cells"][0]["source"] = "2 + 2"
    await ask("PUT", VOS, "a.ipynb", body=model)
    await ask("POST", VOS, "a.ipynb", "checkpoints", made["id"])
    restored = await ask("GET", VOS, "a.ipynb")
    assert restored["content"]["cells"][0]["source"] == "1 + 1"


async def test_nobody_is_given_the_checkpoint_of_another_who_was_signed_in_here(
    ask: Ask, save: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    await save("same.txt", "mine")
    made = await ask("POST", VOS, "same.txt", "checkpoints")

    async def bob(vospace: Vospace) -> str:
        return "bob"

    with monkeypatch.context() as signed_in:
        signed_in.setattr(Vospace, "user", bob)
        assert await ask("GET", VOS, "same.txt", "checkpoints") == []
        code, _ = await refusal(ask("POST", VOS, "same.txt", "checkpoints", made["id"]))
        assert code == 404
    await ask("PATCH", VOS, "same.txt", body={"path": "renamed.txt"})
    assert [c["id"] for c in await ask("GET", VOS, "renamed.txt", "checkpoints")] == [made["id"]]
    await ask("DELETE", VOS, "renamed.txt")
    assert await ask("GET", VOS, "renamed.txt", "checkpoints") == []


async def test_what_was_uploaded_of_a_file_is_not_kept_when_no_more_comes(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "ABANDONED_S", 0)
    first = {"type": "file", "format": "text", "chunk": 1, "content": "begun"}
    await ask("PUT", VOS, "left.txt", body=first)
    code, message = await refusal(ask("PUT", VOS, "left.txt", body=first | {"chunk": 2}))
    assert (code, "The beginning of left.txt is missing" in message) == (400, True)


async def test_a_large_save_comes_in_chunks_and_is_there_when_it_is_whole(ask: Ask) -> None:
    chunks = [os.urandom(1000) for _ in range(3)]
    for number, chunk in zip((1, 2, -1), chunks, strict=True):
        assert (await refusal(ask("GET", VOS, "big.bin")))[0] == 404
        model = {"type": "file", "format": "base64", "chunk": number}
        await ask("PUT", VOS, "big.bin", body=model | {"content": base64.b64encode(chunk).decode()})
    opened = await ask("GET", VOS, "big.bin", format="base64")
    assert base64.b64decode(opened["content"]) == b"".join(chunks)
    code, _ = await refusal(
        ask("PUT", VOS, "late.bin", body={"type": "file", "chunk": 2, "content": "x"})
    )
    assert code == 400


@pytest.mark.parametrize("name", ["status", "100 %.txt", "#?&.txt", "a:b.txt", "Ångström", "x'y"])
async def test_any_name_can_be_saved_and_opened(ask: Ask, save: Ask, name: str) -> None:
    await save(name, name)
    assert (await ask("GET", VOS, name))["content"] == name


async def test_a_missing_file_is_told_with_its_name(ask: Ask) -> None:
    code, message = await refusal(ask("PATCH", VOS, "100 % gone", body={"path": "there"}))
    assert code == 404
    assert "100 % gone" in message


# The panel's list, uploads, downloads


async def test_the_list_comes_in_pages_with_the_quota_on_top(ask: Ask, save: Ask) -> None:
    await ask("PUT", VOS, "pages", body={"type": "directory"})
    for number in range(5):
        await save(f"pages/{number}.txt", "x")
    first = await ask("GET", API, "storage", "nodes", "pages", limit=3)
    assert [child["path"] for child in first["children"]] == [f"pages/{n}.txt" for n in range(3)]
    rest = await ask("GET", API, "storage", "nodes", "pages", limit=3, after=first["next"])
    assert ([c["name"] for c in rest["children"]], rest["next"]) == (["3.txt", "4.txt"], None)
    root = await ask("GET", API, "storage", "nodes", "")
    assert root["used_bytes"] > 0


async def test_a_file_can_be_shown_to_everybody_and_hidden_again(ask: Ask, save: Ask) -> None:
    await save("open.txt", "x")
    for public in (True, False):
        node = await ask("POST", API, "storage", "nodes", "open.txt", body={"public": public})
        assert node["public"] is public


async def test_an_upload_is_streamed_and_comes_down_again_in_part(jp_fetch: Fetch) -> None:
    size_bytes = 90_000_000
    block = os.urandom(1_000_000)

    async def produce(write: Callable[[bytes], Awaitable[None]]) -> None:
        for _ in range(size_bytes // len(block)):
            await write(block)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = await jp_fetch(
        *(FILES, "mosaic.fits"), method="PUT", body_producer=produce, request_timeout=120
    )
    assert made.code == 201
    assert json.loads(made.body)["size"] == size_bytes
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 60_000, "the file went through memory as a whole"
    part = await jp_fetch(FILES, "mosaic.fits", headers={"Range": "bytes=999990-1000009"})
    assert (part.code, part.body) == (206, block[-10:] + block[:10])
    assert part.headers["Content-Range"] == f"bytes 999990-1000009/{size_bytes}"
    seen = 0

    def take(piece: bytes) -> None:
        nonlocal seen
        seen += len(piece)

    whole = await jp_fetch(FILES, "mosaic.fits", streaming_callback=take, request_timeout=120)
    assert (seen, whole.headers["Content-Length"]) == (size_bytes, str(size_bytes))
    assert "attachment" in whole.headers["Content-Disposition"]
    assert "sandbox" in whole.headers["Content-Security-Policy"]


async def test_an_upload_replaces_a_file_only_when_told_to(jp_fetch: Fetch, ask: Ask) -> None:
    await jp_fetch(FILES, "twice.txt", method="PUT", body="one")
    code, _ = await refusal(jp_fetch(FILES, "twice.txt", method="PUT", body="two"))
    assert (code, (await ask("GET", VOS, "twice.txt"))["content"]) == (409, "one")
    await jp_fetch(FILES, "twice.txt", method="PUT", body="two", params={"replace": 1})
    assert (await ask("GET", VOS, "twice.txt"))["content"] == "two"


async def test_an_upload_that_breaks_off_leaves_nothing(
    ask: Ask, jp_serverapp: ServerApp, jp_http_port: int
) -> None:
    path = f"{jp_serverapp.base_url}{FILES}/half.bin"
    _, writer = await asyncio.open_connection("127.0.0.1", jp_http_port)
    head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{jp_http_port}\r\n"
    head += "Content-Length: 1000000\r\n"
    head += f"Authorization: token {jp_serverapp.identity_provider.token}\r\n\r\n"
    writer.write(head.encode() + b"x" * 1000)
    await writer.drain()
    await asyncio.sleep(0.3)
    writer.close()
    await asyncio.sleep(0.3)
    assert (await refusal(ask("GET", VOS, "half.bin")))[0] == 404


# Who may


VERBS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE")
OWN = r"/api/(account|mydb|storage|vos)"
PROTECTED = [
    ("GET", f"{VOS}/a.txt"),
    ("PUT", f"{VOS}/a.txt"),
    ("PATCH", f"{VOS}/a.txt"),
    ("POST", VOS),
    ("DELETE", f"{VOS}/a.txt"),
    ("GET", f"{VOS}/a.txt/checkpoints"),
    ("POST", f"{VOS}/a.txt/checkpoints"),
    ("POST", f"{VOS}/a.txt/checkpoints/checkpoint"),
    ("DELETE", f"{VOS}/a.txt/checkpoints/checkpoint"),
    ("POST", f"{VOS}/a.txt/trust"),
    ("GET", f"{API}/storage/nodes/"),
    ("POST", f"{API}/storage/nodes/a.txt"),
    ("GET", f"{FILES}/a.txt"),
    ("HEAD", f"{FILES}/a.txt"),
    ("PUT", f"{FILES}/a.txt"),
    ("POST", f"{API}/storage/transfers"),
    ("GET", f"{API}/storage/transfers/x"),
    ("DELETE", f"{API}/storage/transfers/x"),
    ("GET", f"{API}/account"),
    ("POST", f"{API}/account"),
    ("DELETE", f"{API}/account"),
    ("GET", f"{API}/mydb"),
    ("POST", f"{API}/mydb/a"),
    ("DELETE", f"{API}/mydb/a"),
]


def _body(verb: str) -> str | None:
    return "{}" if verb in ("POST", "PUT", "PATCH") else None


async def statuses(jp_fetch: Fetch, **more: object) -> dict[str, int]:
    """What each address answers that changes something, or tells it."""
    found = {}
    for verb, path in PROTECTED:
        with pytest.raises(HTTPClientError) as failure:
            await jp_fetch(path, method=verb, body=_body(verb), **more)
        found[f"{verb} {path}"] = failure.value.code
    return found


def test_all_addresses_are_protected() -> None:
    own = [handler for pattern, handler, *_ in routes() if re.search(OWN, pattern)]
    # Also what a handler inherits is an address.
    answered = [
        (handler, verb)
        for handler in own
        for verb in map(str.lower, VERBS)
        if getattr(handler, verb) is not getattr(RequestHandler, verb)
    ]
    assert len(PROTECTED) == len(answered)


async def test_nobody_is_answered_without_a_token(jp_fetch: Fetch) -> None:
    assert set((await statuses(jp_fetch, headers={"Authorization": ""})).values()) == {403}


class _NoDatalab(Authorizer):
    def is_authorized(self, handler: object, user: object, action: str, resource: str) -> bool:
        return resource != "datalab"


@pytest.mark.parametrize("authorizer", [_NoDatalab])
async def test_nobody_is_answered_without_the_right(jp_fetch: Fetch) -> None:
    assert set((await statuses(jp_fetch)).values()) == {403}


class _NoContents(Authorizer):
    def is_authorized(self, handler: object, user: object, action: str, resource: str) -> bool:
        return resource != "contents"


@pytest.mark.parametrize("authorizer", [_NoContents])
async def test_the_right_to_the_drive_is_none_to_the_files_of_jupyter(
    jp_fetch: Fetch, ask: Ask
) -> None:
    """Both are read by one method of Jupyter's."""
    for _ in range(2):
        assert (await ask("GET", VOS, ""))["type"] == "directory"
        with pytest.raises(HTTPClientError) as failure:
            await jp_fetch("api/contents")
        assert failure.value.code == 403


async def test_a_page_of_another_site_reads_and_changes_nothing(jp_fetch: Fetch) -> None:
    """A browser that is signed in by its cookie must send the XSRF token too."""
    answer = await jp_fetch(f"{API}/services")
    cookies = [part.partition(";")[0] for part in answer.headers.get_list("Set-Cookie")]
    assert cookies, "the test needs the cookie of a browser"
    sent = {"Authorization": "", "Cookie": "; ".join(cookies)}
    sent |= {"Referer": "http://elsewhere.example/", "Origin": "http://elsewhere.example"}
    assert set((await statuses(jp_fetch, headers=sent)).values()) <= {403, 404}
    sent = {"Authorization": "", "Cookie": "; ".join(cookies)}
    for verb, path in PROTECTED:
        if verb in ("POST", "PUT", "PATCH", "DELETE"):
            with pytest.raises(HTTPClientError) as failure:
                await jp_fetch(path, method=verb, body=_body(verb), headers=sent)
            assert failure.value.code == 403, path


async def test_no_answer_holds_the_token(jp_fetch: Fetch, token: str) -> None:
    for path in (f"{API}/account", VOS, f"{API}/storage/nodes/", f"{API}/mydb"):
        answer = await jp_fetch(path)
        assert token not in answer.body.decode() + str(answer.headers)


# Copies between here and there


@pytest.fixture
def transfer(ask: Ask) -> Ask:
    """Copy, and wait for the end."""

    async def transfer(source: str, target: str, **more: object) -> Any:  # noqa: ANN401
        body = {"source": source, "target": target, **more}
        told = await ask("POST", API, "storage", "transfers", body=body)
        while told["state"] == "running":
            await asyncio.sleep(0.02)
            told = await ask("GET", API, "storage", "transfers", told["id"])
        return told

    return transfer


async def test_a_file_goes_to_the_storage_and_comes_back(transfer: Ask, jp_root_dir: Path) -> None:
    data = os.urandom(3_000_000)
    (jp_root_dir / "here.bin").write_bytes(data)
    told = await transfer("here.bin", "vos:there.bin")
    assert (told["state"], told["done_bytes"], told["size_bytes"]) == ("done", len(data), len(data))
    told = await transfer("vos:there.bin", "back.bin")
    assert (told["state"], told["done_bytes"]) == ("done", len(data))
    assert (jp_root_dir / "back.bin").read_bytes() == data
    assert (jp_root_dir / "back.bin").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


async def test_a_folder_goes_with_all_that_is_seen_in_it(
    transfer: Ask, ask: Ask, jp_root_dir: Path
) -> None:
    folder = jp_root_dir / "project" / "night 1"
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text("clear sky")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "log.txt").write_text("old")
    (jp_root_dir / "project" / "empty").mkdir()
    assert (await transfer("project", "vos:project"))["state"] == "done"
    listed = await ask("GET", VOS, "project/night 1")
    assert [child["name"] for child in listed["content"]] == ["log.txt"]
    assert (await transfer("vos:project", "again"))["state"] == "done"
    assert (jp_root_dir / "again" / "night 1" / "log.txt").read_text() == "clear sky"
    assert (jp_root_dir / "again" / "empty").is_dir()


async def test_a_copy_replaces_a_file_only_when_told_to(
    transfer: Ask, save: Ask, jp_root_dir: Path
) -> None:
    (jp_root_dir / "same.txt").write_text("here")
    await save("same.txt", "there")
    assert (await refusal(transfer("same.txt", "vos:same.txt")))[0] == 409
    assert (await refusal(transfer("vos:same.txt", "same.txt")))[0] == 409
    assert (await transfer("vos:same.txt", "same.txt", replace=True))["state"] == "done"
    assert (jp_root_dir / "same.txt").read_text() == "there"


async def test_a_copy_keeps_to_the_files_of_the_user(
    transfer: Ask, save: Ask, jp_root_dir: Path
) -> None:
    outside = jp_root_dir.parent / "outside.txt"
    outside.write_text("secret")
    (jp_root_dir / ".hidden").write_text("secret")
    await save("kept.txt", "mine")
    for source, target, code in (
        ("../outside.txt", "vos:a.txt", 404),
        ("a/../../outside.txt", "vos:a.txt", 404),
        (".hidden", "vos:a.txt", 404),
        ("", "vos:a.txt", 400),
        ("/", "vos:all", 404),
        ("missing.txt", "vos:a.txt", 404),
        ("vos:missing.txt", "a.txt", 404),
        ("vos:kept.txt", "../outside.txt", 404),
        ("vos:kept.txt", ".bashrc", 404),
        ("vos:kept.txt", "no-such-folder/a.txt", 404),
        ("vos:kept.txt", "vos:other.txt", 400),
        ("kept.txt", "other.txt", 400),
    ):
        told = await refusal(transfer(source, target))
        assert told[0] == code, (source, target, told)
    assert outside.read_text() == "secret"


@pytest.mark.parametrize("authorizer", [_NoContents])
async def test_who_may_not_touch_the_files_of_jupyter_copies_none(transfer: Ask) -> None:
    assert (await refusal(transfer("a.txt", "vos:a.txt")))[0] == 403


async def test_a_copy_that_is_stopped_leaves_nothing(ask: Ask, jp_root_dir: Path) -> None:
    with (jp_root_dir / "huge.bin").open("wb") as file:
        file.truncate(2_000_000_000)  # a hole: it costs no room
    body = {"source": "huge.bin", "target": "vos:huge.bin"}
    told = await ask("POST", API, "storage", "transfers", body=body)
    while (told := await ask("GET", API, "storage", "transfers", told["id"]))["done_bytes"] == 0:
        await asyncio.sleep(0.01)
    stopped = await ask("DELETE", API, "storage", "transfers", told["id"])
    assert stopped["state"] == "cancelled"
    assert (await refusal(ask("GET", VOS, "huge.bin", content=0)))[0] == 404


async def test_a_copy_that_fails_in_any_way_ends_and_says_so(
    transfer: Ask, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (jp_root_dir / "night").mkdir()
    (jp_root_dir / "night" / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    told = await transfer("night", "vos:night")
    assert (told["state"], "not in UTF-8" in told["error"]["message"]) == ("failed", True)
    (jp_root_dir / "f").write_text("x")

    async def stumble(*told: object, **more: object) -> None:
        raise ValueError("odd")

    monkeypatch.setattr(Vospace, "write", stumble)
    told = await transfer("f", "vos:f")
    assert (told["state"], "went wrong" in told["error"]["message"]) == ("failed", True)
