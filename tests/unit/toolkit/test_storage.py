"""Files of one's own from Python."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import datalab_toolkit as dl
import pytest
from cutting_relay import CuttingRelay, relaying
from datalab_process import PATIENCE_S
from datalab_toolkit import keptsignins, transfers
from datalab_toolkit.vospaths import parse
from two_users import Users
from web_hosts import host, sends


def names(where: str = "vos://") -> list[str]:
    """What is in a folder, but for what every account has."""
    return [node.name for node in dl.storage.ls(where) if node.name not in ("public", "tmp")]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("vos://a/b.csv", "/me/a/b.csv"),
        ("vos:a/b.csv", "/me/a/b.csv"),
        ("vos:///a//b.csv", "/me/a/b.csv"),
        ("a/b.csv", "/me/a/b.csv"),
        ("vos://", "/me"),
        ("alice://public/x", "/alice/public/x"),
        ("vos://~alice/public/x", "/alice/public/x"),
        ("vos://datalab.org!vospace/alice/x", "/alice/x"),
        ("vos://e\u0301", "/me/é"),
        ("vos://10:30.txt", "/me/10:30.txt"),
        ("10:30.txt", "/me/10:30.txt"),
    ],
)
def test_names_are_understood_as_people_write_them(text: str, path: str) -> None:
    assert parse(text).path("me") == path or parse(text).path(parse(text).space) == path


@pytest.mark.parametrize("text", ["vos://../bob/x", "a/../../x", "vos://a\nb", "vos://a\0b"])
def test_names_that_climb_or_hide_something_are_refused(text: str) -> None:
    with pytest.raises(dl.DatalabError):
        parse(text)


def test_a_file_goes_there_and_back(alice: Users, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    (tmp_path / "a.bin").write_bytes(content)
    node = dl.storage.put(tmp_path / "a.bin")
    assert (node.uri, node.size_bytes) == ("vos://a.bin", len(content))
    assert node.md5 == hashlib.md5(content).hexdigest()
    assert dl.storage.get("vos://a.bin", tmp_path / "b.bin") == tmp_path / "b.bin"
    assert (tmp_path / "b.bin").read_bytes() == content
    (tmp_path / "in").mkdir()
    assert dl.storage.get("a.bin", tmp_path / "in") == tmp_path / "in" / "a.bin"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "b.bin", "in", "runtime"]


def test_bytes_and_text_are_written_and_read(alice: Users) -> None:
    dl.storage.write("vos://note.txt", "λ = 5 µm")
    assert dl.storage.read("vos://note.txt") == "λ = 5 µm".encode()
    assert dl.storage.write("vos://note.txt", b"").size_bytes == 0
    assert dl.storage.read("note.txt") == b""
    with pytest.raises(dl.DatalabError, match="neither bytes nor text"):
        dl.storage.write("vos://note.txt", 5)


def test_the_data_lab_fetches_a_file_of_the_web(alice: Users) -> None:
    content = os.urandom(300_000)
    with host(sends(content, Content_Type="text/csv")) as (port, asked):
        node = dl.storage.pull(f"http://127.0.0.1:{port}/a.csv", "vos://a.csv")
        assert asked == ["/a.csv"]
    assert (node.uri, node.size_bytes) == ("vos://a.csv", len(content))
    assert dl.storage.read("vos://a.csv") == content
    with pytest.raises(dl.DatalabError, match="its host cannot be reached"):
        dl.storage.pull(f"http://127.0.0.1:{port}/a.csv", "vos://gone.csv")
    assert names() == ["a.csv"]


def test_folders_go_with_all_that_is_in_them(alice: Users, tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "deep" / "er").mkdir(parents=True)
    (run / "a.txt").write_text("a")
    (run / "deep" / "er" / "b.txt").write_text("b")
    dl.storage.put(run)
    assert names("vos://run") == ["a.txt", "deep"]
    assert dl.storage.read("run/deep/er/b.txt") == b"b"
    dl.storage.get("vos://run", tmp_path / "back")
    assert (tmp_path / "back" / "deep" / "er" / "b.txt").read_text() == "b"
    with pytest.raises(dl.DatalabError, match="not empty"):
        dl.storage.rm("vos://run")
    dl.storage.rm("vos://run", recursive=True)
    assert not dl.storage.exists("vos://run")


def test_patterns_match_here_and_there(alice: Users, tmp_path: Path) -> None:
    for name in ("a1.txt", "a2.txt", "b1.csv"):
        (tmp_path / name).write_text(name)
    dl.storage.mkdir("vos://x/y")
    sent = dl.storage.put(str(tmp_path / "*.txt"), "vos://x/y")
    assert [node.name for node in sent] == ["a1.txt", "a2.txt"]
    dl.storage.put([tmp_path / "b1.csv", tmp_path / "a1.txt"], "vos://x")
    assert [node.uri for node in dl.storage.ls("vos://x/*/a?.txt")] == [
        "vos://x/y/a1.txt",
        "vos://x/y/a2.txt",
    ]
    (tmp_path / "got").mkdir()
    got = dl.storage.get("vos://*/[ab]1.*", tmp_path / "got")
    assert [path.name for path in got] == ["a1.txt", "b1.csv"]
    with pytest.raises(dl.DatalabError, match="not a folder"):
        dl.storage.get("vos://x/*", tmp_path / "nowhere")
    dl.storage.rm("vos://x/y/*.txt")
    assert names("vos://x/y") == []
    with pytest.raises(dl.NodeNotFoundError, match=r"Nothing matches vos://x/y/\*"):
        dl.storage.rm("vos://x/y/*")


@pytest.mark.parametrize("name", ["a[1].txt", "what?.txt", "10:30 +ü%20#.txt"])
def test_odd_names_are_names(alice: Users, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("odd")
    dl.storage.put(tmp_path / name)
    assert names() == [name]
    assert dl.storage.get(f"vos://{name}", tmp_path / "got").read_text() == "odd"
    dl.storage.mv(f"vos://{name}", "vos://plain.txt")
    assert names() == ["plain.txt"]


def test_lists_read_well_and_are_frames(alice: Users) -> None:
    dl.storage.write("vos://a.txt", "abc")
    dl.storage.mkdir("vos://folder")
    listed = dl.storage.ls()
    assert "folder/" in repr(listed)
    assert "1 file (3 B), 3 folders in vos://" in repr(listed)
    frame = listed.to_pandas().set_index("name")
    assert frame.size_bytes["a.txt"] == 3
    assert frame.type["folder"] == "container"
    assert frame.public["public"]
    assert dl.storage.stat("a.txt").owner == "alice"


def test_links_lead_to_files(alice: Users, tmp_path: Path) -> None:
    dl.storage.write("vos://a.txt", "abc")
    dl.storage.ln("vos://a.txt", "vos://link")
    node = dl.storage.stat("vos://link")
    assert (node.type, node.target) == ("link", "vos://a.txt")
    assert dl.storage.get("vos://link", tmp_path / "x").read_text() == "abc"
    dl.storage.rm("vos://link")
    assert dl.storage.exists("vos://a.txt")


def test_tags_are_noted_beside_those_that_are_there(alice: Users) -> None:
    dl.storage.write("vos://a.txt", "abc")
    dl.storage.tag("vos://a.txt", "good", "blue")
    node = dl.storage.tag("vos://a.txt", "good", "new")
    assert node.properties["tags"] == "good,blue,new"


def test_what_is_not_there_is_a_sentence_in_ones_own_spelling(alice: Users) -> None:
    for call in (dl.storage.ls, dl.storage.stat, dl.storage.read, dl.storage.rm):
        with pytest.raises(dl.NodeNotFoundError, match="There is no vos://nope"):
            call("nope")
    with pytest.raises(FileNotFoundError):
        dl.storage.get("vos://nope/deeper")
    assert not dl.storage.exists("nope")


def test_what_every_account_has_stays(alice: Users) -> None:
    for name in ("vos://", "vos://public", "tmp", "vos://*"):
        with pytest.raises(dl.DatalabError, match="every account has it"):
            dl.storage.rm(name, recursive=True)
    with pytest.raises(dl.AlreadyThereError):
        dl.storage.mkdir("vos://public")


def test_others_see_what_is_public_and_nothing_else(alice: Users, tmp_path: Path) -> None:
    dl.storage.write("vos://public/open.txt", "open")
    dl.storage.write("vos://private.txt", "private")
    keptsignins.keep(alice.running.url, keptsignins.SignIn("bob", alice.tokens["bob"]))
    assert dl.storage.read("alice://public/open.txt") == b"open"
    assert [node.uri for node in dl.storage.ls("alice://public")] == ["alice://public/open.txt"]
    with pytest.raises(dl.NodeNotFoundError):
        dl.storage.read("alice://private.txt")
    with pytest.raises(dl.DatalabError):
        dl.storage.write("alice://public/mine.txt", "mine")


def test_a_file_is_shared_with_the_group_that_is_named_not_its_letters(alice: Users) -> None:
    dl.storage.write("vos://f", "shared")
    assert dl.storage.share("vos://f", read="dwarfs").groupread == ("dwarfs",)
    node = dl.storage.share("vos://f", write=["dwarfs"])
    assert (node.groupread, node.groupwrite) == (("dwarfs",), ("dwarfs",))
    assert dl.storage.share("vos://f", read="").groupread == ()
    with pytest.raises(dl.DatalabError, match="read='dwarfs'"):
        dl.storage.share("vos://f", "dwarfs")
    assert not dl.storage.stat("vos://f").public


@contextmanager
def through_a_bad_network(users: Users, cuts: int) -> Iterator[CuttingRelay]:
    """The Data Lab over a network that breaks off so many times."""
    with relaying(users.running.url) as relay, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATALAB_URL", relay.url)
        keptsignins.keep(relay.url, keptsignins.SignIn("alice", users.tokens["alice"]))
        relay.cuts = cuts
        yield relay


def test_a_file_that_is_cut_off_goes_on_where_it_was(alice: Users, tmp_path: Path) -> None:
    content, path = os.urandom(20_000_000), tmp_path / "a.bin"
    dl.storage.write("vos://a.bin", content)
    with through_a_bad_network(alice, cuts=3) as relay:
        dl.storage.get("vos://a.bin", path)
        assert relay.cuts == 0
    assert path.read_bytes() == content

    path.write_text("what was there before")
    with through_a_bad_network(alice, cuts=1_000), pytest.raises(dl.ServiceUnavailableError):
        dl.storage.get("vos://a.bin", path)
    assert path.read_text() == "what was there before"
    [part] = tmp_path.glob(".a.bin.*.part")
    assert content.startswith(part.read_bytes())
    assert part.stat().st_size > 1_000_000
    dl.storage.get("vos://a.bin", path)
    assert path.read_bytes() == content
    assert not list(tmp_path.glob(".a.bin.*"))


def test_a_killed_download_leaves_no_half_file(alice: Users, tmp_path: Path) -> None:
    content = os.urandom(60_000_000)
    dl.storage.write("vos://big.bin", content)
    path = tmp_path / "big.bin"
    path.write_text("what was there before")
    code = f"import datalab_toolkit as dl; dl.storage.get('vos://big.bin', {str(path)!r})"

    def parts() -> list[Path]:
        return list(tmp_path.glob(".big.bin.*.part"))

    def begun() -> bool:
        with suppress(FileNotFoundError):  # it was whole this very moment
            return any(part.stat().st_size > 1_000_000 for part in parts())
        return False

    with subprocess.Popen([sys.executable, "-c", code], env=os.environ) as run:
        deadline = time.monotonic() + PATIENCE_S
        while run.poll() is None and time.monotonic() < deadline:
            if begun():
                run.kill()
                break
    if parts():  # else it was too quick to be killed
        assert path.read_text() == "what was there before"
    dl.storage.get("vos://big.bin", path)
    assert path.read_bytes() == content
    assert not list(tmp_path.glob(".big.bin.*"))


def test_a_damaged_part_is_not_believed(alice: Users, tmp_path: Path) -> None:
    content = os.urandom(2_000_000)
    dl.storage.write("vos://a.bin", content)
    node = dl.storage.stat("vos://a.bin")
    with transfers._part_of(tmp_path / "a.bin", node) as part:
        part.write(b"x" * 1_000_000)
    assert list(tmp_path.glob(".a.bin.*.part"))
    dl.storage.get("vos://a.bin", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == content
    assert not list(tmp_path.glob(".a.bin.*"))


def test_a_file_that_cannot_be_written_or_read_is_a_sentence(alice: Users, tmp_path: Path) -> None:
    dl.storage.write("vos://a.txt", "abc")
    (tmp_path / "file").write_text("")
    with pytest.raises(dl.DatalabError, match=r"There is no file .*nowhere"):
        dl.storage.put(tmp_path / "nowhere")
    with pytest.raises(dl.DatalabError, match="is a file"):
        dl.storage.put(tmp_path / "file", "vos://a.txt/b/")
