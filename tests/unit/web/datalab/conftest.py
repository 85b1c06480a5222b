"""A shared Data Lab as the official client calls it: a GET, a token in its own header, a text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from datalab_backend.accounts.service import Accounts
from datalab_process import DatalabProcess, serving
from official_wire import PASSWORD, official, sign_in
from small_sky import copy_small_sky


@pytest.fixture(scope="session")
def shared(small_sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatalabProcess]:
    """A Data Lab with the users alice, bob and carol."""
    data = copy_small_sky(small_sky, tmp_path_factory.mktemp("official") / "data")
    accounts = Accounts(data)
    for name in ("alice", "bob", "carol"):
        accounts.add(name, PASSWORD)
    accounts.close()
    with serving(data, "--log-level", "debug") as running:
        yield running


@pytest.fixture(scope="session")
def alice(shared: DatalabProcess) -> Iterator[httpx.Client]:
    """What alice sends."""
    with official(shared, sign_in(shared, "alice")) as client:
        yield client


@pytest.fixture(scope="session")
def bob(shared: DatalabProcess) -> Iterator[httpx.Client]:
    """What bob sends."""
    with official(shared, sign_in(shared, "bob")) as client:
        yield client


@pytest.fixture(scope="session")
def nobody(shared: DatalabProcess) -> Iterator[httpx.Client]:
    """What an anonymous user sends."""
    with official(shared, "anonymous.0.0.anon_access") as client:
        yield client
