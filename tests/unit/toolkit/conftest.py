"""The small sky as `datalab_toolkit` finds it by itself, a Data Lab with users, and no Data Lab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import datalab_toolkit as dl
import pytest
from datalab_process import DatalabProcess
from datalab_toolkit import keptsignins
from small_sky import copy_small_sky
from tap_only_service import running
from two_users import Users, serving_users

PASSWORD = "correct horse battery"


@pytest.fixture
def small_lab(datalab: DatalabProcess, monkeypatch: pytest.MonkeyPatch) -> DatalabProcess:
    """The Data Lab over the small sky, as the one that the toolkit finds."""
    monkeypatch.setenv("DATALAB_DATA", str(datalab.data))
    return datalab


@pytest.fixture(scope="session")
def users(small_sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    """A Data Lab with alice, bob and carol over a small sky; ``demo00`` has a password.

    It fetches from this machine's web servers, which a Data Lab leaves alone unless it is told to.
    """
    data = copy_small_sky(small_sky, tmp_path_factory.mktemp("users") / "data")
    with serving_users(data, "--upload-host", "127.0.0.1") as found:
        found.accounts.add("demo00", PASSWORD)
        yield found


@pytest.fixture
def nobody(users: Users, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Users:
    """The Data Lab with users, as the one that the toolkit finds; nobody is signed in."""
    monkeypatch.setenv("DATALAB_URL", users.running.url)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    return users


@pytest.fixture
def alice(nobody: Users) -> Iterator[Users]:
    """The same, with alice signed in, who has no tables and files before and after."""
    token = nobody.tokens["alice"]
    keptsignins.keep(nobody.running.url, keptsignins.SignIn("alice", token))
    yield nobody
    keptsignins.keep(nobody.running.url, keptsignins.SignIn("alice", token))
    for table in dl.mydb.list():
        dl.mydb.drop(table.name)
    for folder in ("vos://", "vos://public", "vos://tmp"):
        for node in dl.storage.ls(folder):
            if node.uri not in ("vos://public", "vos://tmp"):
                dl.storage.rm(node.uri, recursive=True)


@pytest.fixture(scope="module")
def observatory() -> Iterator[str]:
    """The name of a TAP service that has no extras of a Data Lab."""
    with running() as url:
        dl.add_service("observatory", url, "Small observatory")
        yield "observatory"
