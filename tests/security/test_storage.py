"""What users keep stays where it is, with those it is for (cases F and the pulls of E)."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import socket
import sqlite3
import stat
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from datalab_backend.accounts.callers import ANONYMOUS, Caller
from datalab_backend.accounts.service import Accounts
from datalab_backend.errors import AuthenticationError, DatalabError, UsageError
from datalab_backend.jobs.job import now
from datalab_backend.storage import (
    Storage,
    StoragePath,
    counts,
    faults,
    packages,
    transfers,
    trees,
)
from datalab_backend.storage.node import Sharing
from datalab_backend.storage.packages import Archive
from datalab_backend.storage.path import resolve
from datalab_backend.storage.preauth import Verb
from datalab_backend.storage.transfer import Direction, Transfer, perform
from datalab_backend.uploads import UploadLimits
from datalab_process import PATIENCE_S
from storage_lab import TEAM, StorageLab, make_users, storage_lab
from web_hosts import INSIDE, SECRET, host, redirects_to, sends

P = StoragePath.parse
XML = "http://www.ivoa.net/xml/VOSpace/v2.0"


class Lab:
    """A virtual storage and its users, without a server."""

    def __init__(self, data: Path) -> None:
        make_users(data)
        self.accounts = Accounts(data)
        self.storage = Storage(data / "storage", self.accounts)
        self.alice, self.bob, self.carol = map(self.user, ("alice", "bob", "carol"))
        self.directory = data / "storage"

    def user(self, name: str) -> Caller:
        """A user, as who sends a request."""
        found = self.accounts.find(name)
        assert found is not None
        return found.caller

    def put(self, path: str, content: bytes, caller: Caller | None = None) -> None:
        """Write a file, as alice if nobody else is named."""
        with self.storage.writing(caller or self.alice, P(path)) as file:
            file.write(content)

    def read(self, path: str, caller: Caller | None = None) -> bytes:
        """Read a file."""
        with self.storage.open(caller or self.alice, P(path)) as file:
            return file.read()

    def folder(self, path: str, caller: Caller | None = None, **sharing: object) -> None:
        """Make a container, of alice's when nobody is named."""
        how = Sharing(**sharing)  # type: ignore[arg-type]
        self.storage.make_container(caller or self.alice, P(path), how)

    def names(self, path: str, caller: Caller) -> list[str]:
        """What a caller sees in a container."""
        return [node.name for node in self.storage.children(caller, P(path))]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A virtual storage with alice, bob and carol."""
    made = Lab(tmp_path / "data")
    yield made
    made.storage.close()
    made.accounts.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageLab]:
    """The same behind a server, with little room for carol."""
    with storage_lab(tmp_path_factory.mktemp("served") / "data", carol=1_000_000) as running:
        yield running


def raw(lab: StorageLab, method: str, path: str, user: str = "alice") -> tuple[int, str]:
    """Send a path as it stands, which no HTTP library does; the status and the fault."""
    target = httpx.URL(lab.server.url)
    with socket.create_connection((target.host, target.port), timeout=PATIENCE_S) as connection:
        connection.sendall(
            f"{method} {path} HTTP/1.1\r\nHost: {target.netloc.decode()}\r\n"
            f"Authorization: Bearer {lab.tokens[user]}\r\n"
            "Content-Length: 1\r\nConnection: close\r\n\r\nx".encode("latin-1")
        )
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    head = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    named = [line.split(": ")[1] for line in head if line.lower().startswith("x-vo-fault")]
    return int(head[0].split()[1]), named[0] if named else ""


# Names


@pytest.mark.parametrize(
    "path",
    [
        "/alice/../bob/x", "/alice/%2e%2e/bob/x", "/alice/..%2fbob%2fx", "/alice/..%5cbob%5cx",
        "/alice\\..\\bob", "/alice//x", "/alice/%00", "/alice/a%00.txt", "/alice/./x",
        "/alice/x%0a",
        "/alice/x.", "/alice/x%20", "/alice/%20x", "/alice/x%c2%a0", "/alice/" + "n" * 300,
        "/alice/%ff%fe", "/alice/%e2%80%aegnp.exe", "/alice/" + "d/" * 70 + "x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/vospace/files", "/vospace/nodes"])
def test_a_name_that_leads_elsewhere_is_refused(served: StorageLab, address: str, path: str):
    method = "PUT" if address.endswith("files") else "GET"
    assert raw(served, method, address + path) == (400, "InvalidURI")


def test_an_escape_that_is_escaped_is_a_name_like_any_other(served: StorageLab):
    assert raw(served, "PUT", "/vospace/files/alice/%252e%252e")[0] in (200, 201)
    with served.client("alice") as alice:
        assert alice.get("/files/alice/%252e%252e").content == b"x"
        names = [child["name"] for child in alice.get("/nodes/alice").json()["children"]]
    assert "%2e%2e" in names
    kept = [p for p in (served.data / "storage").rglob("*") if "2e" in p.name and len(p.name) < 20]
    assert kept == []  # names never become those of files


def test_one_name_in_two_spellings_of_unicode_is_one_name(lab: Lab):
    lab.put("/alice/Ångström.txt", b"composed")
    lab.put("/alice/A\u030angstro\u0308m.txt", b"decomposed")
    assert lab.names("/alice", lab.alice) == ["public", "tmp", "Ångström.txt"]
    assert lab.read("/alice/Ångström.txt") == b"decomposed"


@pytest.mark.parametrize(
    "uri",
    ["file:///etc/passwd", "vos://other~service/alice/x", "http://127.0.0.1/x", "x", "", "//x",
     "vos://jupyterlab-datalab~vospace/alice/../bob", "ivo://alice/x", "vos://../bob/x"],
)  # fmt: skip
def test_a_uri_of_another_place_is_refused(uri: str):
    with pytest.raises(faults.InvalidUriError):
        resolve(uri, "alice")


# Links


def test_a_symbolic_link_on_the_disk_is_nothing_that_users_can_make(lab: Lab):
    lab.put("/alice/link", b"/etc/passwd")
    for path in lab.directory.rglob("*"):
        assert not path.is_symlink()
    assert stat.S_IMODE(lab.directory.stat().st_mode) == 0o700


def test_a_link_out_of_the_service_is_never_followed(lab: Lab):
    for target in ("file:///etc/passwd", "ftp://host/x", "javascript:alert(1)"):
        with pytest.raises(UsageError):
            lab.storage.link(lab.alice, P("/alice/out"), target)
    with host(sends(SECRET)) as (port, asked):
        lab.storage.link(lab.alice, P("/alice/out"), f"http://127.0.0.1:{port}/x")
        with pytest.raises(faults.LinkFoundError):
            lab.read("/alice/out")
        assert asked == []


def test_a_link_gives_nobody_what_they_may_not_read(lab: Lab):
    lab.put("/alice/secret", SECRET)
    lab.storage.link(lab.bob, P("/bob/public/link"), "/alice/secret")
    assert lab.read("/bob/public/link", lab.alice) == SECRET
    for caller in (lab.bob, lab.carol):
        with pytest.raises(faults.NodeNotFoundError):
            lab.read("/bob/public/link", caller)


def test_one_link_is_followed_and_no_second(lab: Lab):
    lab.folder("/alice/data")
    lab.put("/alice/data/f", b"f")
    lab.storage.link(lab.alice, P("/alice/one"), "vos://data")
    lab.storage.link(lab.alice, P("/alice/two"), "vos://one")
    lab.storage.link(lab.alice, P("/alice/self"), "vos://self")
    assert lab.read("/alice/one/f") == b"f"
    for path in ("/alice/two/f", "/alice/self", "/alice/self/x"):
        with pytest.raises(faults.LinkFoundError):
            lab.read(path)


def test_nothing_is_deleted_through_a_link(lab: Lab):
    lab.folder("/alice/data")
    lab.put("/alice/data/f", b"f")
    lab.storage.link(lab.alice, P("/alice/link"), "vos://data")
    with pytest.raises(faults.LinkFoundError):
        lab.storage.delete(lab.alice, P("/alice/link/f"))
    lab.storage.delete(lab.alice, P("/alice/link"), recursive=True)
    assert lab.read("/alice/data/f") == b"f"


def test_nothing_is_written_through_a_link(lab: Lab):
    lab.put("/alice/f", b"f")
    lab.storage.link(lab.alice, P("/alice/link"), "vos://f")
    with pytest.raises(faults.LinkFoundError):
        lab.put("/alice/link", b"changed")
    assert lab.read("/alice/f") == b"f"


@pytest.mark.parametrize("target", ["/alice/ring", "/alice/ring/in", "/alice/ring/in/deep"])
def test_nothing_is_moved_or_copied_into_itself(lab: Lab, target: str):
    lab.folder("/alice/ring")
    lab.folder("/alice/ring/in")
    for change in (lab.storage.move, lab.storage.copy):
        with pytest.raises(faults.StorageError):
            change(lab.alice, P("/alice/ring"), P(target))
    assert lab.names("/alice/ring", lab.alice) == ["in"]


# Quotas


def test_no_put_copy_or_pull_passes_a_quota(lab: Lab):
    lab.accounts.set_quotas("alice", storage_quota_bytes=1000)
    with pytest.raises(faults.QuotaExceededError):
        lab.put("/alice/large", b"x" * 1001)
    with (
        pytest.raises(faults.QuotaExceededError),
        lab.storage.writing(lab.alice, P("/alice/large"), 1001),
    ):
        pytest.fail("what is too large is refused before it is sent")
    lab.put("/alice/a", b"x" * 600)
    lab.put("/alice/a", b"y" * 900)  # takes the place of the first
    for number in range(2):
        with pytest.raises(faults.QuotaExceededError):
            lab.storage.copy(lab.alice, P("/alice/a"), P(f"/alice/copy{number}"))
    lab.put("/bob/public/b", b"b" * 200, lab.bob)
    with pytest.raises(faults.QuotaExceededError):
        lab.storage.copy(lab.alice, P("/bob/public/b"), P("/alice/b"))
    with host(sends(b"z" * 101)) as (port, _), pytest.raises(faults.QuotaExceededError):
        pull(lab, f"http://127.0.0.1:{port}/", hosts=("127.0.0.1",))
    assert lab.storage.used_bytes("alice") == 900
    assert not list((lab.directory / "incoming").iterdir())


def test_files_that_come_at_once_pass_no_quota_together(served: StorageLab):
    """Twenty files of 100 kB into a quota of 1 MB."""
    answers: list[int] = []

    def put(number: int) -> None:
        with served.client("carol") as carol:
            path = f"/files/carol/tmp/{number}"
            answers.append(carol.put(path, content=b"x" * 100_000).status_code)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(answers)) == [201, 507]
    with served.client("carol") as carol:
        used = carol.get("/nodes/carol").json()["used_bytes"]
        files = carol.get("/nodes/carol/tmp").json()["children"]
    assert used == 100_000 * answers.count(201) == sum(f["size"] for f in files) <= 1_000_000


def test_copies_of_copies_end_at_the_number_of_files_that_may_be_kept(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    lab.folder("/alice/a")
    lab.folder("/alice/b")
    lab.put("/alice/a/f", b"")
    monkeypatch.setattr(counts, "MOST_NODES", 12)  # with the root, public and tmp there are six
    lab.storage.copy(lab.alice, P("/alice/a"), P("/alice/b/1"))
    lab.storage.copy(lab.alice, P("/alice/b"), P("/alice/a/2"))
    with pytest.raises(faults.QuotaExceededError, match="no room for 5 more files"):
        lab.storage.copy(lab.alice, P("/alice/a"), P("/alice/b/3"))
    assert lab.names("/alice/b", lab.alice) == ["1"]
    lab.put("/alice/last", b"")
    for more in (lambda: lab.put("/alice/more", b""), lambda: lab.folder("/alice/more")):
        with pytest.raises(faults.QuotaExceededError, match="1 more files"):
            more()
    lab.put("/bob/public/f", b"", lab.bob)  # another's number is another's
    lab.storage.delete(lab.alice, P("/alice/b"), recursive=True)
    lab.storage.copy(lab.alice, P("/alice/last"), P("/alice/room"))


def test_no_copy_is_so_large_that_others_wait_long(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trees, "_MOST_AT_ONCE", 3)
    lab.folder("/alice/a")
    for name in "123":
        lab.storage.copy(lab.alice, P("/alice/a"), P(f"/alice/copy{name}"))
        lab.put(f"/alice/a/{name}", b"")
    with pytest.raises(faults.InvalidArgumentError, match="3 files and containers or more"):
        lab.storage.copy(lab.alice, P("/alice/a"), P("/alice/b"))


def test_no_move_is_so_large_that_others_wait_long(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trees, "_MOST_AT_ONCE", 3)
    lab.folder("/alice/a")
    for name in "123":
        lab.put(f"/alice/a/{name}", b"")
    # In one's own tree it is one step, however much there is.
    lab.storage.move(lab.alice, P("/alice/a"), P("/alice/b"))
    lab.folder("/bob/taken", caller=lab.bob, groupwrite=(TEAM,))
    with pytest.raises(faults.InvalidArgumentError, match=r"3 files .* or more in /alice/b\. Move"):
        lab.storage.move(lab.alice, P("/alice/b"), P("/bob/taken"))
    assert lab.names("/alice/b", lab.alice) == ["1", "2", "3"]


# Whole or absent


def test_an_interrupted_put_leaves_the_old_file(served: StorageLab):
    with served.client("alice") as alice:
        alice.put("/files/alice/kept", content=b"old")

        def cut_short() -> Iterator[bytes]:
            yield b"n" * 2_000_000
            raise InterruptedError

        with pytest.raises(InterruptedError):
            alice.put("/files/alice/kept", content=cut_short())
        assert alice.get("/files/alice/kept").content == b"old"


def test_md5_and_size_are_those_of_the_bytes(lab: Lab):
    content = os.urandom(2_500_000)
    lab.put("/alice/f", content)
    node = lab.storage.node(lab.alice, P("/alice/f"))
    assert (node.md5, node.size_bytes) == (hashlib.md5(content).hexdigest(), len(content))
    wrong = lab.storage.writing(lab.alice, P("/alice/f"), len(content) + 1)
    with pytest.raises(faults.InvalidDataError), wrong as file:
        file.write(content)
    assert lab.storage.node(lab.alice, P("/alice/f")) == node


def test_what_is_read_stays_while_it_is_replaced_or_deleted(lab: Lab):
    lab.put("/alice/f", b"old")
    with lab.storage.open(lab.alice, P("/alice/f")) as file:
        lab.put("/alice/f", b"new")
        lab.storage.delete(lab.alice, P("/alice/f"))
        assert file.read() == b"old"


def test_a_full_disk_stops_one_change_and_no_later_one(lab: Lab):
    lab.put("/alice/f", b"kept")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file of this process grows: what is written when a change is made whole fails.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))
    try:
        for size_bytes in (10, 20_000_000):  # written at the end, and before
            large = {"ivo://large": "x" * size_bytes}
            with pytest.raises(sqlite3.OperationalError, match="disk"):
                lab.storage.make_container(lab.alice, P("/alice/lost"), properties=large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    lab.folder("/alice/made")
    assert lab.names("/alice", lab.alice) == ["f", "made", "public", "tmp"]


# Who may read and write


def test_a_group_reads_or_writes_what_is_shared_with_it(lab: Lab):
    lab.folder("/alice/read", groupread=(TEAM,))
    lab.folder("/alice/write", groupwrite=(TEAM,))
    lab.put("/alice/read/f", b"f")
    assert lab.read("/alice/read/f", lab.bob) == b"f"
    with pytest.raises(faults.PermissionDeniedError):
        lab.put("/alice/read/g", b"g", lab.bob)
    lab.put("/alice/write/g", b"g", lab.bob)
    assert lab.storage.node(lab.alice, P("/alice/write/g")).creator == "bob"
    assert lab.storage.used_bytes("alice") == 2
    with pytest.raises(faults.PermissionDeniedError):
        lab.storage.set_properties(lab.bob, P("/alice/write"), sharing=Sharing(public=True))
    with pytest.raises(faults.PermissionDeniedError):
        lab.storage.make_container(lab.bob, P("/alice/write/mine"), Sharing(public=True))
    for path in ("/alice/read/f", "/alice/write/g", "/alice/read"):
        with pytest.raises(faults.NodeNotFoundError):
            lab.storage.node(lab.carol, P(path))


def test_what_is_in_a_container_is_shared_as_it_is_unless_it_says_otherwise(lab: Lab):
    lab.put("/alice/public/f", b"f")
    assert lab.read("/alice/public/f", ANONYMOUS) == b"f"
    lab.put("/alice/tmp/g", b"g")
    lab.storage.move(lab.alice, P("/alice/tmp/g"), P("/alice/public"))
    assert lab.read("/alice/public/g", ANONYMOUS) == b"g"
    lab.storage.move(lab.alice, P("/alice/public/f"), P("/alice/tmp"))
    with pytest.raises(AuthenticationError):
        lab.read("/alice/tmp/f", ANONYMOUS)


def test_a_private_node_in_a_public_list_is_as_one_that_is_not_there(lab: Lab):
    lab.put("/alice/public/open", b"open")
    lab.put("/alice/public/hidden", SECRET)
    lab.storage.set_properties(lab.alice, P("/alice/public/hidden"), sharing=Sharing(public=False))
    for caller in (ANONYMOUS, lab.bob):
        assert lab.names("/alice/public", caller) == ["open"]
        told = []
        for name in ("hidden", "absent"):
            with pytest.raises(faults.NodeNotFoundError) as caught:
                lab.storage.node(caller, P(f"/alice/public/{name}"))
            told.append(str(caught.value).replace(name, "x"))
        assert told[0] == told[1]
    # A copy of the container has nothing of it, either.
    lab.storage.copy(lab.bob, P("/alice/public"), P("/bob/copied"))
    assert lab.names("/bob/copied", lab.bob) == ["open"]


def test_nobody_learns_whom_else_there_is(served: StorageLab):
    with served.client("bob") as bob:
        there, absent = (bob.get(f"/nodes/{name}/x") for name in ("alice", "nobody-at-all"))
        assert there.status_code == absent.status_code == 404
        assert [c["name"] for c in bob.get("/nodes").json()["children"]] == ["bob"]
        assert bob.get("/shared").json() == {"nodes": []}
    there, absent = (served.anonymous.get(f"/nodes/{name}/x") for name in ("alice", "nobody"))
    assert there.status_code == absent.status_code == 401
    assert "WWW-Authenticate" in there.headers


def test_what_others_share_can_be_found(lab: Lab):
    lab.folder("/alice/team", groupread=(TEAM,))
    lab.put("/alice/team/f", b"f")
    lab.folder("/alice/team/writable", groupwrite=(TEAM,))
    lab.folder("/alice/deep")
    lab.folder("/alice/deep/inside", groupread=(TEAM,))
    lab.put("/alice/secret", SECRET)
    # What is in a shared container is found in it, and is in no list beside it.
    assert [str(node.path) for node in lab.storage.shared(lab.bob)] == [
        "/alice/deep/inside",
        "/alice/team",
    ]
    for caller in (lab.alice, lab.carol, ANONYMOUS):
        assert lab.storage.shared(caller) == []
    # The root of a user has in it what the caller may read, and no more.
    assert lab.names("/alice", lab.bob) == ["public", "team"]
    assert lab.names("/alice", lab.carol) == ["public"]
    with pytest.raises(AuthenticationError):
        lab.names("/alice", ANONYMOUS)
    for path in ("/alice/secret", "/alice/deep", "/nobody"):
        with pytest.raises(faults.NodeNotFoundError):
            lab.storage.node(lab.bob, P(path))
    lab.accounts.change_members(TEAM, remove=["bob"])
    bob = lab.accounts.caller(lab.accounts.known("bob"))
    assert lab.storage.shared(bob) == []


def test_a_recursive_deletion_stops_at_what_is_not_the_callers(lab: Lab):
    lab.folder("/alice/shared", groupwrite=(TEAM,))
    lab.folder("/alice/shared/mine", groupwrite=())
    lab.put("/alice/shared/a", b"a", lab.bob)
    lab.put("/alice/shared/mine/b", b"b")
    for change in (
        lambda: lab.storage.delete(lab.bob, P("/alice/shared"), recursive=True),
        lambda: lab.storage.move(lab.bob, P("/alice/shared"), P("/bob/taken")),
    ):
        with pytest.raises(faults.PermissionDeniedError):
            change()
    assert lab.read("/alice/shared/a") == b"a"
    assert lab.read("/alice/shared/mine/b") == b"b"


def test_nothing_is_shared_with_a_group_that_somebody_may_make_later(lab: Lab):
    for sharing in ({"groupread": (TEAM, "future")}, {"groupwrite": ("future",)}):
        with pytest.raises(faults.InvalidArgumentError, match="no group “future”"):
            lab.folder("/alice/soon", **sharing)
    lab.folder("/alice/now", groupread=(TEAM,))
    with pytest.raises(faults.InvalidArgumentError):
        lab.storage.set_properties(lab.alice, P("/alice/now"), sharing=Sharing(None, ("future",)))
    # What is shared with a group that is gone can be changed otherwise.
    lab.accounts.remove_group(TEAM)
    kept = Sharing(True, (TEAM,))
    assert lab.storage.set_properties(lab.alice, P("/alice/now"), sharing=kept).own_sharing == kept


# URLs that are given away


def token_of(url: str) -> str:
    return httpx.URL(url).params["token"]


def test_a_url_is_good_for_one_node_and_one_verb(lab: Lab):
    lab.put("/alice/f", b"f")
    lab.put("/alice/g", b"g")
    token = lab.storage.tickets.give(lab.alice, P("/alice/f"), Verb.GET)
    assert lab.storage.tickets.take(token, P("/alice/f"), Verb.GET)[0] == lab.alice
    for path, verb in (("/alice/g", Verb.GET), ("/alice/f", Verb.PUT), ("/alice", Verb.GET)):
        with pytest.raises(faults.PermissionDeniedError):
            lab.storage.tickets.take(token, P(path), verb)
    lab.storage.delete(lab.alice, P("/alice/f"))
    lab.put("/alice/f", b"another")
    with pytest.raises(faults.PermissionDeniedError):
        lab.storage.tickets.take(token, P("/alice/f"), Verb.GET)


def test_a_url_that_was_changed_or_has_expired_is_refused(lab: Lab):
    lab.put("/alice/f", b"f")
    token = lab.storage.tickets.give(lab.alice, P("/alice/f"), Verb.GET)
    payload, _, seal = token.partition(".")
    other = lab.storage.tickets.give(lab.alice, P("/alice/f"), Verb.GET).partition(".")[0]
    for changed in ("", "x", payload, f"{payload}.", f"{other}.{seal}", f".{seal}", "é.é"):
        with pytest.raises(faults.PermissionDeniedError):
            lab.storage.tickets.take(changed, P("/alice/f"), Verb.GET)
    old = lab.storage.tickets.give(lab.alice, P("/alice/f"), Verb.GET, timedelta(seconds=-1))
    with pytest.raises(faults.PermissionDeniedError, match="expired"):
        lab.storage.tickets.take(old, P("/alice/f"), Verb.GET)


def test_a_url_to_write_is_used_up_by_the_file_that_it_brings(served: StorageLab):
    with served.client("alice") as alice:
        form = {"TARGET": "vos://once", "DIRECTION": "pushToVoSpace", "REQUEST": "redirect"}
        url = alice.post("/synctrans", data=form).headers["Location"]
        assert httpx.put(url, content=b"first", timeout=PATIENCE_S).status_code == 201
        assert httpx.put(url, content=b"second", timeout=PATIENCE_S).status_code == 403
        assert alice.get("/files/alice/once").content == b"first"
        assert httpx.get(url, timeout=PATIENCE_S).status_code == 403


def test_a_url_gives_no_more_than_its_giver_may_do(lab: Lab):
    lab.folder("/alice/shared", groupread=(TEAM,))
    lab.put("/alice/shared/f", b"f")
    token = lab.storage.tickets.give(lab.bob, P("/alice/shared/f"), Verb.GET)
    with pytest.raises(faults.NodeNotFoundError):
        lab.storage.tickets.give(lab.carol, P("/alice/shared/f"), Verb.GET)
    lab.accounts.change_members(TEAM, remove=["bob"])
    bob, _ = lab.storage.tickets.take(token, P("/alice/shared/f"), Verb.GET)
    with pytest.raises(faults.NodeNotFoundError):
        lab.read("/alice/shared/f", bob)
    lab.accounts.set_disabled("bob", True)
    with pytest.raises(faults.PermissionDeniedError):
        lab.storage.tickets.take(token, P("/alice/shared/f"), Verb.GET)


def test_the_key_of_the_urls_is_for_the_server_alone_and_tokens_are_not_logged(
    served: StorageLab,
):
    key = served.data / "storage" / "signing.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    with served.client("alice") as alice:
        alice.put("/files/alice/logged", content=b"l")
        form = {"TARGET": "vos://logged", "DIRECTION": "pullFromVoSpace", "REQUEST": "redirect"}
        url = alice.post("/synctrans", data=form).headers["Location"]
    assert httpx.get(url, timeout=PATIENCE_S).content == b"l"
    assert httpx.get(url + "x", timeout=PATIENCE_S).status_code == 403
    assert token_of(url) not in served.server.log_file.read_text()


def test_asking_for_urls_never_comes_to_an_end(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    lab.put("/alice/public/f", b"for all")
    moving = transfers.Transfers(
        lab.directory / "jobs.sqlite", lab.storage, lab.accounts, UploadLimits()
    )
    monkeypatch.setattr(transfers, "_MOST_JOBS", 3)
    asked = Transfer(("vos://alice/public/f",), Direction.PULL_FROM)
    an_hour_ago = now() - timedelta(hours=1)
    try:
        for who in (lab.alice, ANONYMOUS):
            with monkeypatch.context() as earlier:
                earlier.setattr(transfers, "now", lambda: an_hour_ago)
                for _ in range(3):
                    moving.create(who, asked, run=False, brief=True)
            # What was asked for long ago takes no room from who asks now.
            for _ in range(3):
                moving.create(who, asked, run=False, brief=True)
            with pytest.raises(UsageError, match="3 transfers"):
                moving.create(who, asked, run=False, brief=True)
    finally:
        moving.close()


# Packages


def test_a_package_with_hostile_names_unpacks_below_its_folder(lab: Lab):
    lab.folder("/alice/pack")
    names = ["..%2f..%2fetc", "C:evil", "con.txt", "NUL", "a", "A", "-rf", "x|y", "..."[:2] + "a"]
    for name in names:
        lab.put(f"/alice/pack/{name}", name.encode())
    lab.storage.link(lab.alice, P("/alice/pack/link"), "/bob/x")
    lab.put("/bob/public/a", b"bob's", lab.bob)
    found = packages.members(lab.storage, lab.alice, [P("/alice/pack"), P("/bob/public")])
    packed = b"".join(packages.write(lab.storage, lab.alice, found, Archive.ZIP))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        members = archive.namelist()
    with tarfile.open(
        fileobj=io.BytesIO(b"".join(packages.write(lab.storage, lab.alice, found, Archive.TAR)))
    ) as tar:
        assert all(member.isfile() or member.isdir() for member in tar)
        assert [m.rstrip("/") for m in members] == tar.getnames()
    assert len({member.casefold() for member in members}) == len(members)
    for member in members:
        assert member.startswith(("pack/", "public/"))
        assert ".." not in member.split("/")
        assert not set('<>:"|?*\\') & set(member)
    assert not any("link" in member for member in members)


def test_packages_and_copies_leave_out_what_is_in_a_closed_container(lab: Lab):
    lab.folder("/alice/open", public=True)
    lab.folder("/alice/open/closed", public=False)
    lab.folder("/alice/open/closed/team", groupread=(TEAM,))
    lab.put("/alice/open/closed/team/f", b"for the team")
    lab.put("/alice/open/seen", b"for all")
    packed = packages.members(lab.storage, lab.bob, [P("/alice/open")])
    assert [member.name for member in packed] == ["open", "open/seen"]
    lab.storage.copy(lab.bob, P("/alice/open"), P("/bob/mine"))
    assert lab.names("/bob/mine", lab.bob) == ["seen"]
    # Who was told of what is in it still reads that.
    assert lab.read("/alice/open/closed/team/f", lab.bob) == b"for the team"


# Faults


def test_faults_are_those_of_the_standard(served: StorageLab):
    node = (
        f'<node xmlns="{XML}" xmlns:vos="{XML}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'uri="vos://jupyterlab-datalab~vospace{}" xsi:type="vos:{}"/>'
    )
    bob = served.client("bob", Accept="*/*")
    alice = served.client("alice", Accept="*/*")
    alice.put("/files/alice/public/f", content=b"f")
    alice.put("/files/alice/f", content=b"f")

    def make(path: str, type_: str, uri: str = "") -> httpx.Response:
        return alice.put(f"/nodes{path}", content=node.format(uri or path, type_))

    expected = [
        (alice.get("/nodes/alice/no"), 404, "NodeNotFound",
         "A Node does not exist with the requested URI."),
        (make("/alice/no/x", "ContainerNode"), 404, "ContainerNotFound",
         "A Container does not exist with the requested URI."),
        (make("/alice/f", "ContainerNode"), 409, "DuplicateNode",
         "A Node already exists with the requested URI."),
        (make("/alice/f", "DataNode"), 409, "DuplicateNode",
         "A Node already exists with the requested URI."),
        (bob.put("/files/alice/public/f", content=b"b"), 403, "PermissionDenied",
         "The user does not have sufficient access privileges for this operation."),
        (bob.delete("/nodes/alice/public/f"), 403, "PermissionDenied",
         "The user does not have sufficient access privileges for this operation."),
        (make("/alice/x", "ContainerNode", "/alice/y"), 400, "InvalidURI",
         "The requested URI is invalid."),
        (make("/alice/x", "StrangeNode"), 400, "TypeNotSupported",
         "The type specified in xsi:type is not supported."),
        (alice.post("/synctrans", data={"TARGET": "vos://f"}), 400, "InvalidArgument",
         "A specified value is invalid."),
    ]  # fmt: skip
    for answer, status, name, text in expected:
        assert (answer.status_code, answer.headers["X-VO-Fault"]) == (status, name)
        assert answer.text.splitlines()[0] == text
    bob.close()
    alice.close()


def test_no_document_reads_a_file_or_goes_off(served: StorageLab):
    bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"
    file = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
    with served.client("alice", Accept="*/*") as alice:
        for start in (bomb, file, '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">'):
            document = f'{start}<node xmlns="{XML}" uri="vos://x">&a;</node>'
            answer = alice.put("/nodes/alice/x", content=document)
            assert answer.status_code == 400
            assert "DOCTYPE" in answer.text
        deep = "<a>" * 100_000
        assert alice.put("/nodes/alice/x", content=deep).status_code == 400
        assert (
            alice.post("/synctrans", content="<x", headers={"Content-Type": "text/xml"}).status_code
            == 400
        )


def test_a_file_is_never_shown_as_a_page_of_the_data_lab(served: StorageLab):
    with served.client("alice") as alice:
        name = quote('x"\r\nSet-Cookie: a=b.html')
        assert alice.put(f"/files/alice/{name}", content=b"x").status_code == 404
        alice.put("/files/alice/page.html", content=b"<script>alert(1)</script>")
        got = alice.get("/files/alice/page.html")
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]


# Files from elsewhere


def pull(lab: Lab, url: str, **limits: object) -> bytes:
    asked = Transfer(("vos://pulled",), Direction.PULL_TO, endpoint=url)
    perform(asked, lab.storage, lab.alice, UploadLimits(**limits))  # type: ignore[arg-type]
    return lab.read("/alice/pulled")


@pytest.mark.parametrize("name", INSIDE)
def test_nothing_is_pulled_from_or_pushed_to_the_inside(lab: Lab, name: str):
    lab.put("/alice/f", b"f")
    with host(sends(SECRET)) as (port, asked):
        with pytest.raises(UsageError) as caught:
            pull(lab, f"http://{name}:{port}/secret")
        assert SECRET.decode() not in str(caught.value)
        push = Transfer(("vos://f",), Direction.PUSH_FROM, endpoint=f"http://{name}:{port}/")
        with pytest.raises(UsageError):
            perform(push, lab.storage, lab.alice, UploadLimits())
        assert asked == []
    assert lab.names("/alice", lab.alice) == ["f", "public", "tmp"]


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.org/x", "gopher://example.org/x", "http://a@127.0.0.1/",
     "http://example.org@127.0.0.1/", "//127.0.0.1/x", "http://", "http://example.org:0/"],
)  # fmt: skip
def test_what_is_no_plain_web_url_is_not_pulled(lab: Lab, url: str):
    with pytest.raises(DatalabError):
        pull(lab, url)


def test_a_pull_is_not_redirected_to_the_inside(lab: Lab):
    with host(sends(SECRET)) as (inside, asked):
        for target in (f"http://127.0.0.1:{inside}/", "file:///etc/passwd"):
            with host(redirects_to(target)) as (port, _), pytest.raises(UsageError):
                pull(lab, f"http://localhost:{port}/", hosts=("localhost",))
        assert asked == []


def test_a_pull_that_drips_or_ends_too_early_leaves_nothing(lab: Lab):
    def drips(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"x")
            request.wfile.flush()
            threading.Event().wait(0.02)

    lab.put("/alice/pulled", b"old")
    for answer in (drips, sends(b"short", Content_Length="5000"), sends(SECRET, 404)):
        with host(answer) as (port, _), pytest.raises(UsageError):
            pull(lab, f"http://127.0.0.1:{port}/", hosts=("127.0.0.1",), fetch_s=0.5)
    assert lab.read("/alice/pulled") == b"old"
    assert not list((lab.directory / "incoming").iterdir())


def test_a_file_is_pulled_from_an_allowed_host_and_pushed_there(lab: Lab):
    content = os.urandom(3_000_000)
    with host(sends(content, Content_Type="text/csv")) as (port, _):
        assert pull(lab, f"http://127.0.0.1:{port}/x", hosts=("127.0.0.1",)) == content
        node = lab.storage.node(lab.alice, P("/alice/pulled"))
        assert (node.content_type, node.md5) == ("text/csv", hashlib.md5(content).hexdigest())
    lab.put("/alice/f", b"f")
    with host(sends(b"", 201)) as (port, asked):
        push = Transfer(("vos://f",), Direction.PUSH_FROM, endpoint=f"http://127.0.0.1:{port}/in")
        perform(push, lab.storage, lab.alice, UploadLimits(hosts=("127.0.0.1",)))
        assert asked == ["/in"]
