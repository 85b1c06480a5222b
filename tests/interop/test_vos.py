"""The CADC's own client of VOSpace, unmodified, over https."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from client_environments import environment
from datalab_process import PATIENCE_S
from storage_lab import TEAM, StorageLab, storage_lab

HOME = "vos://jupyterlab-datalab~vospace/alice"

Vos = Callable[..., str]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A throw-away certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="module")
def lab(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageLab]:
    """A Data Lab that speaks https: the client speaks nothing else."""
    directory = tmp_path_factory.mktemp("vos-lab")
    made = authority.issue_cert("127.0.0.1", "localhost")
    certificate, key = directory / "lab.crt", directory / "lab.key"
    certificate.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
    key.write_bytes(made.private_key_pem.bytes())
    with storage_lab(
        directory / "data", "--tls-cert", str(certificate), "--tls-key", str(key)
    ) as running:
        yield running


@pytest.fixture(scope="module")
def vos(authority: trustme.CA, lab: StorageLab, tmp_path_factory: pytest.TempPathFactory) -> Vos:
    """Runs a command of the client as alice; what it prints."""
    tools = environment("vos-client", "vos==3.7") / "bin"
    home = tmp_path_factory.mktemp("vos-home")
    # What the client knows of the registry, which says where the services are.
    registry = home / ".config" / "cadc-registry" / "resource-caps"
    registry.parent.mkdir(parents=True)
    registry.write_text(
        f"ivo://jupyterlab-datalab/vospace = {lab.server.url}/vospace/capabilities\n"
    )
    # It takes certificate authorities from this module alone.
    trusted = home / "python" / "certifi"
    trusted.mkdir(parents=True)
    authority.cert_pem.write_to_path(str(trusted / "ca.pem"))
    (trusted / "__init__.py").write_text(
        f"def where():\n    return {str(trusted / 'ca.pem')!r}\n"
        "def contents():\n    return open(where()).read()\n"
    )

    def run(command: str, *arguments: str | Path, fails: bool = False) -> str:
        done = subprocess.run(
            [tools / command, "--token", lab.tokens["alice"], *arguments],
            env={"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(trusted.parent)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def alice(authority: trustme.CA, lab: StorageLab) -> Iterator[httpx.Client]:
    """A client of alice, to see what there is."""
    import ssl

    context = ssl.create_default_context()
    authority.configure_trust(context)
    with httpx.Client(
        base_url=f"{lab.server.url}/vospace",
        headers={"Authorization": f"Bearer {lab.tokens['alice']}", "Accept": "application/json"},
        verify=context,
        timeout=PATIENCE_S,
        trust_env=False,
    ) as client:
        yield client


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
