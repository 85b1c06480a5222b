"""Files in virtual storage: put, read in part or whole, replaced, deleted."""

from __future__ import annotations

import base64
import hashlib
import threading
from urllib.parse import quote

import httpx
import pytest
from storage_lab import StorageLab

ROWS = b"ra,dec\n" + b"10.5,-3.25\n" * 1000


def names(client: httpx.Client, path: str) -> list[str]:
    return [child["name"] for child in client.get(f"/nodes{path}").json()["children"]]


def test_a_new_user_has_public_and_tmp(carol: httpx.Client):
    told = carol.get("/nodes/carol").json()
    assert {(c["name"], c["public"]) for c in told["children"]} >= {
        ("public", True),
        ("tmp", False),
    }
    assert (told["used_bytes"], told["quota_bytes"]) == (0, None)


def test_a_file_comes_back_as_it_was_put(alice: httpx.Client):
    put = alice.put("/files/alice/rows.csv", content=ROWS)
    assert put.status_code == 201
    node = alice.get("/nodes/alice/rows.csv").json()
    digest = hashlib.md5(ROWS).hexdigest()
    assert (node["size"], node["md5"], node["type"]) == (len(ROWS), digest, "data")
    assert (node["content_type"], node["owner"], node["public"]) == ("text/csv", "alice", False)
    assert node["writable"] is True
    got = alice.get("/files/alice/rows.csv")
    assert got.content == ROWS
    assert got.headers["Content-Type"] == "text/csv"
    assert got.headers["ETag"] == put.headers["ETag"] == f'"{digest}"'
    assert got.headers["Content-MD5"] == base64.b64encode(hashlib.md5(ROWS).digest()).decode()
    head = alice.head("/files/alice/rows.csv")
    assert (head.content, head.headers["Content-Length"]) == (b"", str(len(ROWS)))


def test_an_empty_file_is_kept(alice: httpx.Client):
    assert alice.put("/files/alice/empty", content=b"").status_code == 201
    assert alice.get("/files/alice/empty").content == b""
    assert alice.get("/files/alice/empty", headers={"Range": "bytes=0-"}).status_code == 416


def test_a_file_is_sent_as_it_is_kept_to_clients_that_take_gzip(alice: httpx.Client):
    alice.put("/files/alice/plain.csv", content=ROWS)
    got = alice.get("/files/alice/plain.csv", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in got.headers
    assert got.headers["Content-Length"] == str(len(ROWS))


@pytest.mark.parametrize(
    ("asked", "part"),
    [("0-9", slice(0, 10)), ("100-", slice(100, None)), ("-7", slice(-7, None))],
)
def test_a_part_of_a_file_can_be_had(alice: httpx.Client, asked: str, part: slice):
    alice.put("/files/alice/parts.csv", content=ROWS)
    got = alice.get("/files/alice/parts.csv", headers={"Range": f"bytes={asked}"})
    assert (got.status_code, got.content) == (206, ROWS[part])
    start, stop, _ = part.indices(len(ROWS))
    assert got.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(ROWS)}"


def test_what_lies_behind_the_end_cannot_be_had(alice: httpx.Client):
    alice.put("/files/alice/parts.csv", content=ROWS)
    got = alice.get("/files/alice/parts.csv", headers={"Range": f"bytes={len(ROWS)}-"})
    assert (got.status_code, got.headers["Content-Range"]) == (416, f"bytes */{len(ROWS)}")


def test_a_download_is_resumed_only_while_the_file_is_the_same(alice: httpx.Client):
    tag = alice.put("/files/alice/resumed.csv", content=ROWS).headers["ETag"]
    rest = {"Range": "bytes=50-", "If-Range": tag}
    assert alice.get("/files/alice/resumed.csv", headers=rest).content == ROWS[50:]
    alice.put("/files/alice/resumed.csv", content=ROWS[::-1])
    whole = alice.get("/files/alice/resumed.csv", headers=rest)
    assert (whole.status_code, whole.content) == (200, ROWS[::-1])


def test_a_file_that_is_known_is_not_sent_again(alice: httpx.Client):
    tag = alice.put("/files/alice/known.csv", content=ROWS).headers["ETag"]
    got = alice.get("/files/alice/known.csv", headers={"If-None-Match": tag})
    assert (got.status_code, got.content) == (304, b"")


def test_a_file_is_replaced_only_if_it_is_the_one_that_was_read(alice: httpx.Client):
    first = alice.put("/files/alice/edited.txt", content=b"one").headers["ETag"]
    assert (
        alice.put(
            "/files/alice/edited.txt", content=b"two", headers={"If-Match": first}
        ).status_code
        == 200
    )
    late = alice.put("/files/alice/edited.txt", content=b"three", headers={"If-Match": first})
    assert (late.status_code, late.json()["error"]["fault"]) == (412, "PreconditionFailed")
    new = alice.put("/files/alice/edited.txt", content=b"new", headers={"If-None-Match": "*"})
    assert new.status_code == 412
    assert alice.get("/files/alice/edited.txt").content == b"two"


def test_bytes_that_are_not_those_of_the_digest_are_not_kept(alice: httpx.Client):
    digest = base64.b64encode(hashlib.md5(ROWS).digest()).decode()
    wrong = alice.put("/files/alice/sum.csv", content=ROWS[1:], headers={"Content-MD5": digest})
    assert (wrong.status_code, wrong.json()["error"]["fault"]) == (400, "InvalidData")
    assert alice.get("/nodes/alice/sum.csv").status_code == 404
    right = alice.put("/files/alice/sum.csv", content=ROWS, headers={"Content-MD5": digest})
    assert right.status_code == 201


def test_a_file_is_streamed_in_without_its_length_being_known(alice: httpx.Client):
    pieces = [bytes([i]) * 300_000 for i in range(20)]
    assert alice.put("/files/alice/streamed", content=iter(pieces)).status_code == 201
    assert alice.get("/files/alice/streamed").content == b"".join(pieces)


def test_a_read_in_progress_survives_a_replacement(alice: httpx.Client):
    old = b"old" * 10_000_000
    alice.put("/files/alice/busy.bin", content=old)
    with alice.stream("GET", "/files/alice/busy.bin") as answer:
        pieces = answer.iter_bytes(65_536)
        got = [next(pieces)]
        alice.put("/files/alice/busy.bin", content=b"new")
        got += pieces
    assert b"".join(got) == old
    assert alice.get("/files/alice/busy.bin").content == b"new"


def test_two_who_write_one_file_at_once_leave_one_of_theirs_whole(lab: StorageLab):
    texts = [bytes([65 + i]) * 2_000_000 for i in range(6)]

    def write(text: bytes) -> None:
        with lab.client("alice") as client:
            assert client.put("/files/alice/raced", content=text).status_code in (200, 201)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with lab.client("alice") as client:
        assert client.get("/files/alice/raced").content in texts


def test_a_file_goes_into_containers_that_are_there(alice: httpx.Client):
    missing = alice.put("/files/alice/nowhere/a.txt", content=b"a")
    assert (missing.status_code, missing.json()["error"]["fault"]) == (404, "ContainerNotFound")
    assert alice.put("/nodes/alice/somewhere", json={"type": "container"}).status_code == 201
    assert alice.put("/files/alice/somewhere/a.txt", content=b"a").status_code == 201
    assert names(alice, "/alice/somewhere") == ["a.txt"]
    inside = alice.put("/files/alice/somewhere/a.txt/b", content=b"b")
    assert (inside.status_code, inside.json()["error"]["fault"]) == (404, "ContainerNotFound")
    over = alice.put("/files/alice/somewhere", content=b"b")
    assert (over.status_code, over.json()["error"]["fault"]) == (409, "DuplicateNode")


def test_a_full_container_is_deleted_only_when_that_is_asked(alice: httpx.Client):
    alice.put("/nodes/alice/full", json={"type": "container"})
    alice.put("/files/alice/full/a.txt", content=b"a")
    kept = alice.delete("/nodes/alice/full")
    assert (kept.status_code, kept.json()["error"]["fault"]) == (409, "ContainerNotEmpty")
    assert alice.delete("/nodes/alice/full", params={"recursive": "true"}).status_code == 204
    assert alice.get("/nodes/alice/full").status_code == 404
    assert alice.delete("/nodes/alice/full").status_code == 404


def test_a_long_list_comes_in_pages(alice: httpx.Client):
    alice.put("/nodes/alice/many", json={"type": "container"})
    for number in range(7):
        alice.put(f"/files/alice/many/{number}.txt", content=b"")
    page = alice.get("/nodes/alice/many", params={"limit": 3}).json()
    found, after = [c["name"] for c in page["children"]], page["next"]
    while after:
        page = alice.get("/nodes/alice/many", params={"limit": 3, "after": after}).json()
        found += [c["name"] for c in page["children"]]
        after = page["next"]
    assert found == [f"{number}.txt" for number in range(7)]


def test_names_in_all_scripts_are_kept(alice: httpx.Client):
    for name in ("M 31 (α, β).csv", "+plus%20&amp;.txt", "銀河.fits", "a'b\"c;d?e#f.txt", "🔭"):
        path = f"/alice/tmp/{quote(name)}"
        assert alice.put(f"/files{path}", content=name.encode()).status_code == 201, name
        assert alice.get(f"/files{path}").content == name.encode()
        assert name in names(alice, "/alice/tmp")


def test_a_client_that_is_refused_reads_why(lab: StorageLab):
    with lab.client("bob") as bob:
        refused = bob.put("/files/alice/public/large", content=bytes(30_000_000))
        assert (refused.status_code, refused.json()["error"]["fault"]) == (403, "PermissionDenied")
        assert bob.get("/nodes/bob").status_code == 200
