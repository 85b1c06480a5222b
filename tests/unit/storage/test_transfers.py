"""Copies, moves and URLs that are given away, as VOSpace 2.1 has them."""

from __future__ import annotations

import io
import tarfile
import time
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree

import httpx
from datalab_process import PATIENCE_S
from storage_lab import StorageLab

ROOT = "vos://jupyterlab-datalab~vospace"
VOS = "{http://www.ivoa.net/xml/VOSpace/v2.0}"


def sync(client: httpx.Client, target: str, direction: str, **more: str) -> httpx.Response:
    return client.post("/synctrans", data={"TARGET": target, "DIRECTION": direction, **more})


def fault(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["fault"]


def folder(client: httpx.Client, path: str) -> None:
    assert client.put(f"/nodes{path}", json={"type": "container"}).status_code == 201


def transfer_document(target: str, direction: str, inner: str = "") -> bytes:
    return (
        '<vos:transfer xmlns:vos="http://www.ivoa.net/xml/VOSpace/v2.0" version="2.1">'
        f"<vos:target>{target}</vos:target><vos:direction>{direction}</vos:direction>{inner}"
        "</vos:transfer>"
    ).encode()


def run(client: httpx.Client, document: bytes, address: str = "/transfers") -> ElementTree.Element:
    """Run a transfer as a job; its document at the end."""
    xml = {"Content-Type": "text/xml", "Accept": "*/*"}
    made = client.post(address, content=document, headers=xml)
    assert made.status_code == 303
    job = made.headers["Location"]
    assert client.post(f"{job}/phase", data={"PHASE": "RUN"}).status_code == 303
    deadline = time.monotonic() + PATIENCE_S
    while client.get(f"{job}/phase").text in ("PENDING", "QUEUED", "EXECUTING"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return ElementTree.fromstring(client.get(job).content)


def test_a_file_is_copied_and_each_copy_lives_alone(alice: httpx.Client):
    alice.put("/files/alice/original.txt", content=b"one")
    copied = sync(alice, "vos://original.txt", "vos://copy.txt", KEEPBYTES="true")
    assert (copied.status_code, copied.json()["path"]) == (200, "/alice/copy.txt")
    alice.put("/files/alice/original.txt", content=b"two")
    assert alice.get("/files/alice/copy.txt").content == b"one"
    alice.delete("/nodes/alice/original.txt")
    assert alice.get("/files/alice/copy.txt").content == b"one"


def test_a_file_is_moved_by_any_way_to_write_it(alice: httpx.Client):
    alice.put("/files/alice/moved-0.txt", content=b"text")
    for number, to in enumerate(
        ("vos://moved-1.txt", f"{ROOT}/alice/moved-2.txt", "/alice/moved-3.txt")
    ):
        assert sync(alice, f"/alice/moved-{number}.txt", to).status_code == 200
        assert alice.get(f"/nodes/alice/moved-{number}.txt").status_code == 404
        assert alice.get(f"/files/alice/moved-{number + 1}.txt").content == b"text"


def test_what_is_moved_to_a_container_goes_in(alice: httpx.Client):
    folder(alice, "/alice/into")
    alice.put("/files/alice/goes.txt", content=b"text")
    assert sync(alice, "/alice/goes.txt", "/alice/into").json()["path"] == "/alice/into/goes.txt"
    alice.put("/files/alice/goes.txt", content=b"another")
    assert fault(sync(alice, "/alice/goes.txt", "/alice/into")) == (409, "DuplicateNode")


def test_a_container_is_copied_with_all_that_is_in_it(alice: httpx.Client):
    folder(alice, "/alice/tree")
    folder(alice, "/alice/tree/branch")
    alice.put("/files/alice/tree/branch/leaf.txt", content=b"green")
    alice.post("/nodes/alice/tree/branch", json={"properties": {"ivo://x/y#colour": "brown"}})
    used = alice.get("/nodes/alice").json()["used_bytes"]
    assert sync(alice, "/alice/tree", "/alice/tree2", KEEPBYTES="true").status_code == 200
    assert alice.get("/files/alice/tree2/branch/leaf.txt").content == b"green"
    node = alice.get("/nodes/alice/tree2/branch").json()
    assert node["properties"] == {"ivo://x/y#colour": "brown"}
    assert alice.get("/nodes/alice").json()["used_bytes"] == used + len(b"green")


def test_nothing_is_put_into_itself(alice: httpx.Client):
    folder(alice, "/alice/ring")
    folder(alice, "/alice/ring/inner")
    for keep in ("true", "false"):
        answer = sync(alice, "/alice/ring", "/alice/ring/inner/x", KEEPBYTES=keep)
        assert fault(answer) == (400, "InvalidArgument")


def test_a_file_is_put_and_read_by_urls_that_need_no_token(lab: StorageLab, alice: httpx.Client):
    asked = sync(alice, "vos://given.txt", "pushToVoSpace", REQUEST="redirect")
    assert asked.status_code == 303
    url = asked.headers["Location"]
    assert httpx.put(url, content=b"given", timeout=PATIENCE_S).status_code == 201
    url = sync(alice, "vos://given.txt", "pullFromVoSpace", REQUEST="redirect").headers["Location"]
    for _ in range(2):  # a download can be resumed
        assert httpx.get(url, timeout=PATIENCE_S).content == b"given"
    details = sync(alice, "vos://given.txt", "pullFromVoSpace").headers["Location"]
    found = ElementTree.fromstring(alice.get(details).content)
    endpoint = found.findtext(f"{VOS}protocol/{VOS}endpoint")
    part = httpx.get(endpoint, headers={"Range": "bytes=1-2"}, timeout=PATIENCE_S)
    assert part.content == b"iv"


def test_a_service_that_is_asked_for_another_protocol_says_so(alice: httpx.Client):
    alice.put("/files/alice/given.txt", content=b"given")
    ftp = "ivo://ivoa.net/vospace/core#ftpget"
    answer = sync(alice, "vos://given.txt", "pullFromVoSpace", PROTOCOL=ftp)
    assert fault(answer) == (400, "ProtocolNotSupported")


def test_a_job_moves_a_node(alice: httpx.Client):
    alice.put("/files/alice/job.txt", content=b"text")
    document = transfer_document(f"{ROOT}/alice/job.txt", f"{ROOT}/alice/job2.txt")
    job = run(alice, document)
    assert [e.text for e in job.iter() if e.tag.endswith("}phase")] == ["COMPLETED"]
    assert job.find(f".//{VOS}transfer/{VOS}target").text == f"{ROOT}/alice/job.txt"
    assert alice.get("/files/alice/job2.txt").content == b"text"


def test_a_job_that_fails_tells_why(alice: httpx.Client, bob: httpx.Client):
    made = alice.post("/transfers?PHASE=RUN", data={"TARGET": "vos://no", "DIRECTION": "vos://x"})
    job = made.headers["Location"]
    shown = alice.get(job, params={"WAIT": "20"}).text
    while "QUEUED" in shown or "EXECUTING" in shown:
        shown = alice.get(job, params={"WAIT": "20"}).text
    told = ElementTree.fromstring(shown)
    assert "ERROR" in [e.text for e in told.iter() if e.tag.endswith("}phase")]
    assert "There is no /alice/no." in alice.get(f"{job}/error").text
    assert bob.get(job).status_code == 404


def test_a_transfer_tells_when_it_is_forgotten_as_the_standard_writes_times(alice: httpx.Client):
    made = alice.post("/transfers", data={"TARGET": "vos://x", "DIRECTION": "vos://y"})
    told = alice.get(f"{made.headers['Location']}/destruction").text
    assert datetime.fromisoformat(told) > datetime.now(UTC)
    assert told.endswith("Z")


def test_a_full_container_is_deleted_by_a_job(alice: httpx.Client):
    folder(alice, "/alice/gone")
    alice.put("/files/alice/gone/a", content=b"a")
    made = alice.post("/async-delete", data={"target": f"{ROOT}/alice/gone"})
    job = made.headers["Location"]
    alice.post(f"{job}/phase", data={"phase": "RUN"})
    deadline = time.monotonic() + PATIENCE_S
    while alice.get(f"{job}/phase").text != "COMPLETED" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "final:2" in alice.get(job).text
    assert alice.get("/nodes/alice/gone").status_code == 404


def test_several_nodes_come_in_one_package(alice: httpx.Client):
    folder(alice, "/alice/pack")
    folder(alice, "/alice/pack/empty")
    alice.put("/files/alice/pack/a.txt", content=b"a" * 3_000_000)
    alice.put("/files/alice/pack.txt", content=b"p")
    asked = {"TARGET": ["vos://pack", "vos://pack.txt"]}
    got = alice.get("/package", params=asked)
    with zipfile.ZipFile(io.BytesIO(got.content)) as packed:
        assert sorted(packed.namelist()) == ["pack.txt", "pack/", "pack/a.txt", "pack/empty/"]
        assert packed.read("pack/a.txt") == b"a" * 3_000_000
        assert packed.testzip() is None
    got = alice.get("/package", params={**asked, "RESPONSEFORMAT": "tar"})
    with tarfile.open(fileobj=io.BytesIO(got.content)) as tar:
        assert sorted(tar.getnames()) == ["pack", "pack.txt", "pack/a.txt", "pack/empty"]
        assert tar.extractfile("pack/a.txt").read() == b"a" * 3_000_000
