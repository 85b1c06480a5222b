"""Files as the official client asks for them (datalab-protocol, section 4)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from datalab_backend.accounts.service import Accounts
from datalab_process import PATIENCE_S, DatalabProcess
from official_wire import PASSWORD, ask, official, sign_in, wait

NOT_THERE = "A Node does not exist with the requested URI."
THERE_ALREADY = "A Node already exists with the requested URI."
NO_CONTAINER = "A Container does not exist with the requested URI."
NOT_ALLOWED = "The user does not have sufficient access privileges for this operation."


def call(client: httpx.Client, name: str, query: str) -> httpx.Response:
    """Make a call whose names of nodes are in the URL as the client writes them."""
    return client.get(f"/storage/{name}?{query}")


def put(client: httpx.Client, name: str, content: bytes = b"id,mag\n1,2.5\n") -> None:
    """Put a file as the client does: ask for a URL, and write to it."""
    given = call(client, "put", f"name={name}")
    assert given.status_code == 200, given.text
    answer = client.put(
        given.text, content=content, headers={"Content-Type": "application/octet-stream"}
    )
    assert answer.status_code < 300, answer.text


def fetch(url: str, encodings: str) -> httpx.Response:
    """Read from a URL that was given."""
    headers = {"Accept-Encoding": encodings}
    return httpx.get(url, headers=headers, timeout=PATIENCE_S, trust_env=False)


def get(client: httpx.Client, name: str) -> bytes:
    """Get a file as the client does: ask for a URL, and read from it without any header."""
    given = call(client, "get", f"name={name}")
    assert given.status_code == 200, given.text
    answer = fetch(given.text, "gzip")
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.fixture
def folder(alice: httpx.Client) -> Iterator[str]:
    """A directory of alice's with three files and a directory in it."""
    name = f"vos://{uuid4().hex[:12]}"
    assert call(alice, "mkdir", f"dir={name}").status_code == 201
    for file in ("a.csv", "b.csv", "c.fits"):
        put(alice, f"{name}/{file}")
    assert call(alice, "mkdir", f"dir={name}/deep").status_code == 201
    yield name
    for file in ("a.csv", "b.csv", "c.fits", "deep"):
        call(alice, "rm", f"file={name}/{file}")
        call(alice, "rmdir", f"dir={name}/{file}")
    call(alice, "rmdir", f"dir={name}")


# Bytes


def test_a_file_comes_back_as_it_was_put(alice: httpx.Client, folder: str):
    content = bytes(range(256)) * 20_000
    put(alice, f"{folder}/a.csv", content)
    given = call(alice, "get", f"name={folder}/a.csv").text
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\S+", given)
    answer = fetch(given, "gzip, deflate")
    assert answer.content == content
    # The client reads what comes from the socket, and takes its length from the header.
    assert answer.headers["Content-Length"] == str(len(content))
    assert "Content-Encoding" not in answer.headers
    put(alice, f"{folder}/a.csv", b"")
    assert get(alice, f"{folder}/a.csv") == b""


@pytest.mark.parametrize("name", ["a+b.csv", "a%20b.csv", "λ.csv", "ß%C3%9F.csv", "100%25.csv"])
def test_names_are_taken_as_the_client_writes_them(alice: httpx.Client, folder: str, name: str):
    put(alice, f"{folder}/{name}", b"x")
    # The client escapes the plus in one of its calls and not in the others.
    assert get(alice, f"{folder}/{name.replace('+', '%2B')}") == b"x"
    listed = call(alice, "ls", f"name={folder}&format=raw").text.splitlines()
    expected = {"a%20b.csv": "a b.csv", "ß%C3%9F.csv": "ßß.csv", "100%25.csv": "100%.csv"}
    assert expected.get(name, name) in listed
    assert call(alice, "rm", f"file={folder}/{name}").status_code == 204


def test_a_url_is_for_one_file_and_one_verb(alice: httpx.Client, bob: httpx.Client, folder: str):
    read = call(alice, "get", f"name={folder}/a.csv").text
    write = call(alice, "put", f"name={folder}/a.csv").text
    for url, method in ((read, "PUT"), (write, "GET"), (read.replace("a.csv", "b.csv"), "GET")):
        answer = bob.request(method, url, content=b"" if method == "PUT" else None)
        assert answer.status_code == 403, url
    assert bob.put(write, content=b"new").status_code < 300
    assert bob.put(write, content=b"newer").status_code == 403, "it is used up"
    assert get(alice, f"{folder}/a.csv") == b"new"


@pytest.mark.parametrize(
    ("name", "status", "told"),
    [
        ("vos://no_such_file", 404, NOT_THERE),
        ("bob://tmp/x", 404, NOT_THERE),
        ("vos://tmp", 400, "/alice/tmp is"),
        ("vos://../bob/tmp/x", 400, "The path has"),
        ("vos://a%5cb", 400, "The name"),
        ("mydb://a", 400, "“mydb://a” is not a place"),
        ("", 400, "Error: name is missing"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(alice: httpx.Client, name: str, status: int, told: str):
    answer = call(alice, "get", f"name={name}")
    assert answer.status_code == status, answer.text
    assert answer.text.startswith(told)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("vos://no_such_dir/x", NO_CONTAINER),
        ("bob://public/x", NOT_ALLOWED),
        ("bob://tmp/x", NO_CONTAINER),
        ("vos://tmp", THERE_ALREADY),
        ("vos://..", "The path has"),
    ],
)
def test_a_file_that_cannot_be_written_is_told_with_the_one_status_that_is_shown(
    alice: httpx.Client, bob: httpx.Client, name: str, told: str
):
    call(bob, "ls", "name=vos://")  # so that bob is at home
    answer = call(alice, "put", f"name={name}")
    assert answer.status_code == 500
    assert answer.text.startswith(told)


def test_a_full_quota_is_told_before_the_bytes_are_sent(shared: DatalabProcess):
    accounts = Accounts(shared.data)
    accounts.add("dora", PASSWORD, storage_quota_bytes=10)
    accounts.close()
    with official(shared, sign_in(shared, "dora")) as dora:
        put(dora, "vos://small", b"0123456789")
        answer = call(dora, "put", "name=vos://more")
        assert answer.status_code == 500
        assert "dora has no room left" in answer.text
        full = call(dora, "cp", "from=vos://small&to=vos://second")
        assert full.status_code == 507
        assert "There is no room for 10 more bytes" in full.text


# Lists and looks


def test_a_directory_is_listed_in_each_form(alice: httpx.Client, folder: str):
    def ls(form: str, name: str = folder) -> str:
        answer = call(alice, "ls", f"name={name}&format={form}&verbose=False")
        assert answer.status_code == 200, answer.text
        return answer.text

    assert ls("csv") == "a.csv,b.csv,c.fits,deep"
    assert ls("raw").split() == ["a.csv", "b.csv", "c.fits", "deep"]
    for form in ("short", "ascii"):
        assert ls(form).split() == ["a.csv", "b.csv", "c.fits", "deep"]
        assert ls(form).endswith("\n")
    *lines, last = ls("long").split("\n")[:-1]
    assert last == ""
    assert len(lines) == 4
    when = r"\d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d"
    assert re.fullmatch(rf"-rw-------  alice  {13:7d}  {when}  a\.csv", lines[0])
    assert re.fullmatch(rf"drwx------  alice  {0:7d}  {when}  deep/", lines[3])
    assert [node["name"] for node in json.loads(ls("json"))][:2] == ["a.csv", "b.csv"]
    assert ls("csv", f"{folder}/deep") == "", "an empty directory is an empty text"
    assert ls("csv", f"{folder}/a.csv") == "a.csv", "a file is its own name"
    assert ls("csv", f"{folder}/*.csv") == "a.csv,b.csv"
    assert ls("csv", f"{folder}/[bc]*") == "b.csv,c.fits"
    assert ls("csv", folder.replace("vos://", "vos:///")) == "a.csv,b.csv,c.fits,deep"
    wrong = call(alice, "ls", f"name={folder}&format=xml")
    assert wrong.status_code == 400


def test_every_account_begins_with_public_and_tmp(alice: httpx.Client, bob: httpx.Client):
    for name in ("", "vos://", "None"):
        listed = call(bob, "ls", f"name={name}&format=csv").text.split(",")
        assert {"public", "tmp"} <= set(listed)
    put(alice, "vos://public/shown.csv")
    for client in (alice, bob):
        listed = call(client, "ls", "name=alice://public&format=csv").text
        assert "shown.csv" in listed.split(",")
        assert get(client, "alice://public/shown.csv") == b"id,mag\n1,2.5\n"
    assert call(alice, "rm", "file=vos://public/shown.csv").status_code == 204


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [("vos://no_such", 404, "Not Found"), ("bob://tmp", 404, "Not Found")],
)
def test_a_list_of_what_is_not_there_has_a_status(
    alice: httpx.Client, name: str, status: int, reason: str
):
    answer = call(alice, "ls", f"name={name}&format=csv")
    assert (answer.status_code, answer.reason_phrase) == (status, reason)


def test_the_files_of_nobody_need_an_account(alice: httpx.Client, nobody: httpx.Client):
    for name in ("vos://", "alice://tmp", "vos://x"):
        answer = call(nobody, "ls", f"name={name}&format=csv")
        assert answer.status_code == 401, answer.text
    for call_name, query in (
        ("mkdir", "dir=vos://x"),
        ("rm", "file=alice://tmp/x"),
        ("load", "name=vos://x&endpoint=http%3A%2F%2Fexample.org"),
    ):
        assert call(nobody, call_name, query).status_code == 401
    assert call(nobody, "put", "name=vos://x").status_code == 500


def test_a_node_is_described(alice: httpx.Client, folder: str):
    answer = call(alice, "stat", f"name={folder}/a.csv&verbose=True")
    assert answer.status_code == 200
    told = answer.json()
    assert told["name"] == "a.csv"
    assert told["type"] == "data"
    assert told["size"] == 13
    assert told["owner"] == "alice"
    assert told["perms"] == "-rw-------"
    assert told["publicread"] == "False"
    assert {"groupread", "groupwrite", "target"} <= set(told)
    assert call(alice, "stat", f"name={folder}").json()["type"] == "container"
    assert call(alice, "stat", "name=vos://public").json()["publicread"] == "True"
    missing = call(alice, "stat", f"name={folder}/none")
    assert (missing.status_code, missing.text) == (404, NOT_THERE)


def test_access_and_kind_are_told_in_one_word(
    alice: httpx.Client, bob: httpx.Client, nobody: httpx.Client, folder: str
):
    owned = folder.replace("vos://", "alice://")
    for client, name, mode, told in (
        (alice, folder, "None", "True"),
        (alice, folder, "rw", "True"),
        (alice, f"{folder}/none", "r", "False"),
        (bob, owned, "r", "False"),
        (bob, "alice://public", "r", "True"),
        (bob, "alice://public", "w", "False"),
        (nobody, owned, "r", "False"),
        (nobody, "alice://public", "r", "True"),
    ):
        answer = call(client, "access", f"name={name}&mode={mode}&verbose=True")
        assert (answer.status_code, answer.text) == (200, told), (name, mode)
    for client, name, told in (
        (alice, folder, "True"),
        (alice, f"{folder}/a.csv", "False"),
        (alice, f"{folder}/none", "False"),
        (bob, owned, "False"),
    ):
        answer = call(client, "isdir", f"name={name}")
        assert (answer.status_code, answer.text) == (200, told), name
    assert call(alice, "access", f"name={folder}&mode=x").status_code == 400


# Changes


def test_files_are_copied_moved_and_removed(alice: httpx.Client, folder: str):
    copied = call(alice, "cp", f"from={folder}/a.csv&to={folder}/deep")
    assert (copied.status_code, copied.text) == (200, "COMPLETED")
    moved = call(alice, "mv", f"from={folder}/deep/a.csv&to={folder}/renamed.csv")
    assert (moved.status_code, moved.text) == (200, "COMPLETED")
    assert get(alice, f"{folder}/renamed.csv") == b"id,mag\n1,2.5\n"
    assert call(alice, "mv", f"from={folder}/renamed.csv&to={folder}/deep").text == "COMPLETED"
    gone = call(alice, "rm", f"file={folder}/deep/renamed.csv")
    assert (gone.status_code, gone.text) == (204, "")
    again = call(alice, "rm", f"file={folder}/deep/renamed.csv")
    assert (again.status_code, again.text) == (404, NOT_THERE)
    for name in ("cp", "mv"):
        for query, status, told in (
            (f"from={folder}/none&to={folder}/x", 404, NOT_THERE),
            (f"from={folder}/a.csv&to={folder}/b.csv", 409, THERE_ALREADY),
            (f"from={folder}/a.csv&to={folder}/none/x", 404, NO_CONTAINER),
            (f"from={folder}/a.csv&to=bob://public/x", 403, NOT_ALLOWED),
            (f"from={folder}&to={folder}/deep/x", 400, f"/alice/{folder[6:]} cannot be put into"),
            (f"to={folder}/x", 400, "Error: from is missing"),
        ):
            answer = call(alice, name, query)
            assert (answer.status_code, answer.text[: len(told)]) == (status, told)
            assert "COMPLETED" not in answer.text


def test_directories_are_made_and_removed(alice: httpx.Client, folder: str):
    new = f"{folder}/new"
    assert call(alice, "mkdir", f"dir={new}").status_code == 201
    again = call(alice, "mkdir", f"dir={new}")
    assert (again.status_code, again.text) == (409, THERE_ALREADY)
    lost = call(alice, "mkdir", f"dir={folder}/none/x")
    assert (lost.status_code, lost.text) == (404, NO_CONTAINER)
    assert call(alice, "rmdir", f"dir={new}").status_code == 204
    missing = call(alice, "rmdir", f"dir={new}")
    assert (missing.status_code, missing.text) == (404, NOT_THERE)
    full = call(alice, "rmdir", f"dir={folder}")
    assert full.status_code >= 400
    assert call(alice, "isdir", f"name={folder}").text == "True"
    for query in (f"rm?file={folder}", f"rmdir?dir={folder}/a.csv"):
        answer = alice.get(f"/storage/{query}")
        assert answer.status_code == 400
        assert "a directory" in answer.text
    for kept in ("vos://", "vos://public", "vos://tmp"):
        answer = call(alice, "rmdir", f"dir={kept}")
        assert (answer.status_code, answer.text) == (403, NOT_ALLOWED)


def test_links_point_to_files(alice: httpx.Client, folder: str):
    made = call(alice, "ln", f"from={folder}/link&to={folder}/a.csv")
    assert made.status_code == 201
    told = call(alice, "stat", f"name={folder}/link").json()
    assert told["type"] == "link"
    assert told["target"].endswith(f"{folder[6:]}/a.csv")
    assert get(alice, f"{folder}/link") == b"id,mag\n1,2.5\n"
    again = call(alice, "ln", f"from={folder}/link&to={folder}/a.csv")
    assert (again.status_code, again.text) == (409, THERE_ALREADY)
    assert call(alice, "rm", f"file={folder}/link").status_code == 204
    assert get(alice, f"{folder}/a.csv") == b"id,mag\n1,2.5\n"


def test_files_are_tagged(alice: httpx.Client, folder: str):
    for tag in ("dwarf", "blue", "dwarf"):
        assert call(alice, "tag", f"name={folder}/a.csv&tag={tag}").status_code == 200
    path = f"/vospace/nodes/alice/{folder[6:]}/a.csv"
    told = alice.get(path, headers={"Accept": "application/json"}).json()
    assert told["properties"]["tags"] == "dwarf,blue"
    missing = call(alice, "tag", f"name={folder}/none&tag=x")
    assert (missing.status_code, missing.text) == (404, NOT_THERE)


@pytest.mark.parametrize("name", ["load", "pull"])
def test_files_are_fetched_from_elsewhere(
    shared: DatalabProcess, alice: httpx.Client, folder: str, name: str
):
    inside = call(alice, name, f"name={folder}/x&endpoint={folder}/a.csv&is_vospace=True")
    assert (inside.status_code, inside.text) == (200, "OK")
    assert get(alice, f"{folder}/x") == b"id,mag\n1,2.5\n"
    assert call(alice, "rm", f"file={folder}/x").status_code == 204
    for endpoint in (shared.url, "http://169.254.169.254/", "file:///etc/passwd", "ftp://x/y"):
        refused = call(alice, name, f"name={folder}/x&endpoint={endpoint}&is_vospace=False")
        assert refused.status_code == 400, refused.text
        assert call(alice, "access", f"name={folder}/x").text == "False"


def test_the_result_of_a_query_becomes_a_file(alice: httpx.Client, folder: str):
    sql = "select ra, dec from small.stars order by source_id limit 3"
    expected = ask(alice, sql).text
    assert ask(alice, sql, out=f"{folder}/rows.csv").text == "OK"
    assert get(alice, f"{folder}/rows.csv").decode() == expected
    assert ask(alice, sql, out=f"{folder}/rows.csv").text == "OK", "as a put would, it replaces"
    lost = ask(alice, sql, out="vos://no/such/dir/rows.csv")
    assert (lost.status_code, lost.text) == (404, NO_CONTAINER)
    later = {"async": "True"}
    lost = ask(alice, sql, out="vos://no/such/dir/rows.csv", **later)
    assert (lost.status_code, lost.text) == (404, NO_CONTAINER), "before it runs"
    job = ask(alice, sql, out=f"{folder}/later.csv", **later).text
    assert wait(alice, job) == "COMPLETED"
    assert get(alice, f"{folder}/later.csv").decode() == expected
    for name in ("rows.csv", "later.csv"):
        assert call(alice, "rm", f"file={folder}/{name}").status_code == 204


def test_a_file_becomes_a_table(alice: httpx.Client, folder: str):
    parameters = {"table": "of_a_file", "filename": f"{folder}/a.csv"}
    assert alice.post("/query/import", params=parameters).status_code == 200
    assert ask(alice, "select mag from mydb://of_a_file").text == "mag\n2.5\n"
    assert alice.get("/query/delete", params={"table": "of_a_file"}).text == "OK"


def test_the_profiles_are_told(nobody: httpx.Client):
    for service in ("storage", "query"):
        text = nobody.get(f"/{service}/profiles?format=text").text
        assert text.split()[0] == "default"
        assert "{" not in text
        one = nobody.get(f"/{service}/profiles?profile=default&format=text").json()
        assert {"type", "description", "accessURL", "vosRoot"} <= set(one)
        none = nobody.get(f"/{service}/profiles?profile=gp02&format=text")
        assert none.status_code == 404
