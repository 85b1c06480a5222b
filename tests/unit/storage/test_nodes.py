"""Nodes as XML documents, as VOSpace 2.1 has them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import httpx
import pytest
from storage_lab import TEAM, StorageLab

VOS = "{http://www.ivoa.net/xml/VOSpace/v2.0}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
CORE = "ivo://ivoa.net/vospace/core"
STANDARD = "ivo://ivoa.net/std/"
ROOT = "vos://jupyterlab-datalab~vospace"


@pytest.fixture
def alice(lab: StorageLab) -> Iterator[httpx.Client]:
    """A client of alice that speaks XML."""
    with lab.client("alice", Accept="*/*") as client:
        yield client


def document(path: str, type_: str, inner: str = "") -> str:
    return (
        '<vos:node xmlns:vos="http://www.ivoa.net/xml/VOSpace/v2.0" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:type="vos:{type_}" uri="{ROOT}{path}" version="2.1">{inner}</vos:node>'
    )


def properties(**values: str | None) -> str:
    def one(name: str, value: str | None) -> str:
        nil = ' xsi:nil="true"' if value is None else ""
        return f'<vos:property uri="{CORE}#{name}"{nil}>{escape(value or "")}</vos:property>'

    inner = "".join(one(name, value) for name, value in values.items())
    return f"<vos:properties>{inner}</vos:properties>"


def node(answer: httpx.Response) -> ElementTree.Element:
    assert answer.is_success, answer.text
    return ElementTree.fromstring(answer.content)


def told(element: ElementTree.Element) -> dict[str, str]:
    found = element.findall(f"{VOS}properties/{VOS}property")
    return {p.get("uri").rpartition("#")[2]: p.text or "" for p in found}


def make(client: httpx.Client, path: str, type_: str, inner: str = "") -> ElementTree.Element:
    answer = client.put(f"/nodes{path}", content=document(path, type_, inner))
    assert answer.status_code == 201
    return node(answer)


def test_a_container_is_made_described_and_deleted(alice: httpx.Client):
    made = make(alice, "/alice/x1", "ContainerNode", properties(title="A title", ispublic="true"))
    assert made.get(f"{XSI}type") == "vos:ContainerNode"
    assert made.get("uri") == f"{ROOT}/alice/x1"
    assert told(made)["title"] == "A title"
    assert told(made)["ispublic"] == "true"
    assert told(made)["creator"] == "alice"
    assert alice.delete("/nodes/alice/x1").status_code == 204
    assert alice.get("/nodes/alice/x1").status_code == 404


def test_a_file_is_described_with_its_length_and_md5(alice: httpx.Client):
    alice.put("/files/alice/x2.csv", content=b"a,b\n")
    found = node(alice.get("/nodes/alice/x2.csv"))
    assert found.get(f"{XSI}type") == "vos:DataNode"
    assert told(found)["length"] == "4"
    assert told(found)["MD5"] == hashlib.md5(b"a,b\n").hexdigest()
    assert told(found)["type"] == "text/csv"
    least = node(alice.get("/nodes/alice/x2.csv", params={"detail": "min"}))
    assert least.find(f"{VOS}properties") is None
    some = node(alice.get("/nodes/alice/x2.csv", params={"detail": "properties"}))
    assert told(some)["length"] == "4"
    assert some.find(f"{VOS}accepts") is None


def test_a_list_can_begin_at_any_node_and_be_of_any_length(alice: httpx.Client):
    make(alice, "/alice/x3", "ContainerNode")
    for name in "abcde":
        alice.put(f"/files/alice/x3/{name}", content=b"")

    def names(**parameters: object) -> list[str]:
        found = node(alice.get("/nodes/alice/x3", params=parameters))
        return [n.get("uri").rpartition("/")[2] for n in found.findall(f"{VOS}nodes/{VOS}node")]

    assert names() == list("abcde")
    assert names(limit=2) == ["a", "b"]
    assert names(limit=2, uri=f"{ROOT}/alice/x3/c") == ["c", "d"]
    assert names(limit=0) == []
    elsewhere = alice.get("/nodes/alice/x3", params={"uri": f"{ROOT}/alice/public"})
    assert (elsewhere.status_code, elsewhere.headers["X-VO-Fault"]) == (400, "InvalidURI")


def test_properties_are_set_and_removed(alice: httpx.Client):
    make(alice, "/alice/x4", "ContainerNode")

    def change(**values: str | None) -> dict[str, str]:
        sent = document("/alice/x4", "ContainerNode", properties(**values))
        return told(node(alice.post("/nodes/alice/x4", content=sent)))

    assert change(description="one & <two>")["description"] == "one & <two>"
    assert change(groupread=f"ivo://host/gms?{TEAM}", ispublic="true")["groupread"] == TEAM
    assert change(length="5", creator="bob")["creator"] == "alice"
    left = change(description=None, groupread="")
    assert "description" not in left
    assert (left["groupread"], left["ispublic"]) == ("", "true")


def test_a_link_keeps_its_target(alice: httpx.Client):
    target = f"<vos:target>{ROOT}/alice/public</vos:target>"
    made = make(alice, "/alice/x5", "LinkNode", target)
    assert made.findtext(f"{VOS}target") == f"{ROOT}/alice/public"
    through = alice.get("/nodes/alice/x5/f")
    assert (through.status_code, through.headers["X-VO-Fault"]) == (400, "LinkFound")
    assert through.headers["X-VO-Target"] == f"{ROOT}/alice/public"


def test_a_node_is_given_a_name_when_none_is_asked_for(alice: httpx.Client):
    uris = {make(alice, "/alice/.auto", "ContainerNode").get("uri") for _ in range(2)}
    assert len(uris) == 2
    assert not any(uri.endswith(".auto") for uri in uris)
    for uri in uris:
        assert alice.delete(f"/nodes{uri.removeprefix(ROOT)}").status_code == 204


def test_an_empty_file_is_made_as_a_node(alice: httpx.Client):
    assert told(make(alice, "/alice/x6.fits", "DataNode"))["length"] == "0"
    assert alice.get("/files/alice/x6.fits").content == b""


def test_the_service_says_what_it_can(lab: StorageLab):
    capabilities = ElementTree.fromstring(lab.anonymous.get("/capabilities").content)
    found = {each.get("standardID").removeprefix(STANDARD) for each in capabilities}
    assert found >= {
        *(f"VOSpace/v2.0#{name}" for name in ("nodes", "transfers", "sync")),
        *(f"VOSpace/v2.0#{name}" for name in ("protocols", "views", "properties")),
        *("VOSI#capabilities", "VOSI#availability", "VOSpace#sync-2.1"),
    }
    for name in ("nodes", "transfers", "sync"):
        (capability,) = capabilities.findall(f"*[@standardID='{STANDARD}VOSpace/v2.0#{name}']")
        taken = [
            [method.get("standardID") for method in interface.findall("securityMethod")]
            for interface in capability.findall("interface[@role='std']")
        ]
        assert taken == [[], ["ivo://ivoa.net/sso#token"]], "without a token, and with one"
    for name, inner in (("views", "view"), ("protocols", "protocol"), ("properties", "property")):
        listed = ElementTree.fromstring(lab.anonymous.get(f"/{name}").content)
        assert listed.tag == f"{VOS}{name}"
        assert listed.findall(f"{VOS}provides/{VOS}{inner}")
