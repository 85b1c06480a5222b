"""The CADC's own client of VOSpace, unmodified, over https."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from client_environments import environment
from datalab_process import PATIENCE_S
from storage_lab import TEAM, StorageLab

HOME = "vos://jupyterlab-datalab~vospace/alice"

Vos = Callable[..., str]


@pytest.fixture(scope="module")
def vos(cadc: dict[str, str], https_lab: StorageLab) -> Vos:
    """Runs a command of the client as alice; what it prints."""
    tools = environment("vos-client", "vos==3.7") / "bin"

    def run(command: str, *arguments: str | Path, fails: bool = False) -> str:
        done = subprocess.run(
            [tools / command, "--token", https_lab.tokens["alice"], *arguments],
            env=cadc,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_files_go_there_and_back(vos: Vos, alice: httpx.Client, tmp_path: Path):
    vos("vmkdir", f"{HOME}/there")
    local = tmp_path / "stars.csv"
    local.write_bytes(b"ra,dec\n" + os.urandom(300_000).hex().encode())
    vos("vcp", local, f"{HOME}/there/stars.csv")
    assert alice.get("/files/alice/there/stars.csv").content == local.read_bytes()
    listed = vos("vls", "-l", f"{HOME}/there")
    assert "stars.csv" in listed
    assert f"{local.stat().st_size}" in listed
    back = tmp_path / "back.csv"
    vos("vcp", f"{HOME}/there/stars.csv", back)
    assert back.read_bytes() == local.read_bytes()
    # What is the same is not sent again; what is not is replaced.
    vos("vcp", local, f"{HOME}/there/stars.csv")
    local.write_bytes(b"another")
    vos("vcp", local, f"{HOME}/there/stars.csv")
    assert alice.get("/files/alice/there/stars.csv").content == b"another"
    local.write_bytes(b"")
    vos("vcp", local, f"{HOME}/there/empty.csv")
    assert alice.get("/nodes/alice/there/empty.csv").json()["size"] == 0


def test_several_files_go_there_and_back(vos: Vos, tmp_path: Path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    vos("vcp", tmp_path / "a.txt", tmp_path / "b.txt", f"{HOME}/tmp/")
    assert vos("vls", f"{HOME}/tmp").split() == ["a.txt", "b.txt"]
    (tmp_path / "back").mkdir()
    vos("vcp", f"{HOME}/tmp/a.txt", f"{HOME}/tmp/b.txt", tmp_path / "back")
    assert (tmp_path / "back" / "b.txt").read_text() == "b.txt"


def test_nodes_are_renamed_linked_and_removed(vos: Vos, alice: httpx.Client, tmp_path: Path):
    vos("vmkdir", f"{HOME}/work")
    (tmp_path / "one.txt").write_text("one")
    vos("vcp", tmp_path / "one.txt", f"{HOME}/work/one.txt")
    vos("vmv", f"{HOME}/work/one.txt", f"{HOME}/work/two.txt")
    assert vos("vls", f"{HOME}/work").split() == ["two.txt"]
    vos("vln", f"{HOME}/work/two.txt", f"{HOME}/work/link.txt")
    assert alice.get("/nodes/alice/work/link.txt").json()["target"] == f"{HOME}/work/two.txt"
    vos("vcp", "-L", f"{HOME}/work/link.txt", tmp_path / "linked.txt")
    assert (tmp_path / "linked.txt").read_text() == "one"
    vos("vrm", f"{HOME}/work/link.txt", f"{HOME}/work/two.txt")
    assert alice.get("/nodes/alice/work").json()["children"] == []
    vos("vrmdir", f"{HOME}/work")
    assert alice.get("/nodes/alice/work").status_code == 404


def test_a_full_container_is_removed_at_once(vos: Vos, alice: httpx.Client):
    alice.put("/nodes/alice/full", json={"type": "container"})
    alice.put("/files/alice/full/a.txt", content=b"a")
    vos("vrm", "-R", f"{HOME}/full")
    assert alice.get("/nodes/alice/full").status_code == 404


def test_nodes_are_tagged_and_shared(vos: Vos, alice: httpx.Client):
    alice.put("/files/alice/tagged.txt", content=b"t")
    vos("vtag", f"{HOME}/tagged.txt", "quality=good")
    assert "good" in vos("vtag", f"{HOME}/tagged.txt", "quality")
    vos("vtag", "--remove", f"{HOME}/tagged.txt", "quality")
    assert alice.get("/nodes/alice/tagged.txt").json()["properties"] == {}
    vos("vchmod", "o+r", f"{HOME}/tagged.txt")
    assert alice.get("/nodes/alice/tagged.txt").json()["public"] is True
    vos("vchmod", "g+r", f"{HOME}/tagged.txt", TEAM)
    assert alice.get("/nodes/alice/tagged.txt").json()["groupread"] == [TEAM]


def test_what_is_not_there_is_told(vos: Vos):
    assert "not" in vos("vls", f"{HOME}/nowhere", fails=True).lower()
    vos("vcp", f"{HOME}/nowhere", "/dev/null", fails=True)
