"""``vos://`` in pandas and whatever else opens files by fsspec."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

import datalab_toolkit as dl
import fsspec
import pandas as pd
import pytest
from cutting_relay import relaying
from datalab_toolkit import keptsignins
from datalab_toolkit.filesystem import VosFileSystem
from two_users import Users

FRAME = pd.DataFrame({"id": range(1000), "mag": [20.5] * 1000})


@pytest.fixture
def files(alice: Users) -> VosFileSystem:
    """The file system of alice, found by its name."""
    found = fsspec.filesystem("vos")
    assert isinstance(found, VosFileSystem)
    return found


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_pandas_writes_and_reads_files(files: VosFileSystem, kind: str) -> None:
    address = f"vos://frame.{kind}"
    options = {"index": False} if kind == "csv" else {}
    getattr(FRAME, f"to_{kind}")(address, **options)
    pd.testing.assert_frame_equal(getattr(pd, f"read_{kind}")(address), FRAME)


def test_only_the_parts_that_are_wanted_are_fetched(
    alice: Users, files: VosFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = os.urandom(8_000_000)
    dl.storage.write("vos://big.bin", content)
    with relaying(alice.running.url) as relay, monkeypatch.context() as patch:
        patch.setenv("DATALAB_URL", relay.url)
        keptsignins.keep(relay.url, keptsignins.SignIn("alice", alice.tokens["alice"]))
        with files.open("big.bin", block_size=1_000, cache_type="none") as file:
            file.seek(4_000_000)
            assert file.read(100) == content[4_000_000:4_000_100]
            file.seek(-10, 2)
            assert file.read() == content[-10:]
        assert 0 < relay.passed_bytes < 100_000


def test_a_file_that_fails_while_it_is_written_is_not_there(files: VosFileSystem) -> None:
    dl.storage.write("vos://a.txt", "before")

    def fails(file: IO[str]) -> None:
        file.write("half of")
        raise RuntimeError

    with pytest.raises(RuntimeError), fsspec.open("vos://a.txt", "w") as file:
        fails(file)
    assert dl.storage.read("vos://a.txt") == b"before"
    try:
        raise RuntimeError
    except RuntimeError:  # what was wrong before the file was opened is none of its business
        FRAME.to_csv("vos://a.txt", index=False)
    assert len(pd.read_csv("vos://a.txt")) == 1000


def test_files_are_opened_in_each_way(files: VosFileSystem) -> None:
    with files.open("a.txt", "w") as file:
        file.write("one\n")
    with files.open("vos://a.txt", "ab") as file:
        file.write(b"two\n")
    with files.open("a.txt", "r") as file:
        assert file.read().split() == ["one", "two"]
    with pytest.raises(FileExistsError), files.open("a.txt", "xb") as file:
        file.write(b"three")
    with pytest.raises(FileNotFoundError):
        files.open("nope.txt")
    with pytest.raises(IsADirectoryError):
        files.open("public")


def test_folders_are_listed_walked_and_matched(files: VosFileSystem, tmp_path: Path) -> None:
    files.makedirs("x/y/z")
    files.makedirs("x/y/z", exist_ok=True)
    with pytest.raises(FileExistsError):
        files.mkdir("x/y/z")
    for name in ("x/1.txt", "x/y/2.txt", "x/y/z/3.csv"):
        files.pipe(name, name.encode())
    assert files.find("x") == ["x/1.txt", "x/y/2.txt", "x/y/z/3.csv"]
    assert files.glob("x/**/*.txt") == ["x/1.txt", "x/y/2.txt"]
    assert files.cat("x/y/2.txt") == b"x/y/2.txt"
    assert files.info("x")["type"] == "directory"
    assert (files.size("x/1.txt"), files.isfile("x/1.txt"), files.isdir("x/y")) == (7, True, True)
    assert files.modified("x/1.txt") >= files.created("x/1.txt")
    files.get("x", str(tmp_path / "x"), recursive=True)
    assert (tmp_path / "x" / "y" / "z" / "3.csv").read_text() == "x/y/z/3.csv"
    files.put(str(tmp_path / "x"), "back", recursive=True)
    assert len(files.find("back")) == 3


def test_files_are_copied_moved_and_removed_by_the_data_lab(files: VosFileSystem) -> None:
    files.pipe("a.txt", b"abc")
    files.copy("a.txt", "b.txt")
    files.mv("b.txt", "c.txt")
    assert files.cat("c.txt") == b"abc"
    files.rm(["a.txt", "c.txt"])
    assert not files.exists("a.txt")
    files.makedirs("full/of")
    files.rm("full", recursive=True)
    assert not files.exists("full")
    with pytest.raises(dl.DatalabError, match="every account has it"):
        files.rm("public", recursive=True)


def test_files_that_others_share_are_read(alice: Users, files: VosFileSystem) -> None:
    FRAME.to_csv("vos://public/frame.csv", index=False)
    keptsignins.keep(alice.running.url, keptsignins.SignIn("bob", alice.tokens["bob"]))
    assert len(pd.read_csv("vos://~alice/public/frame.csv")) == 1000
    assert files.ls("~alice/public", detail=False) == ["~alice/public/frame.csv"]
