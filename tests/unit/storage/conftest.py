"""A Data Lab whose users keep files."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from storage_lab import StorageLab, storage_lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageLab]:
    """A running Data Lab with alice, bob and carol; nobody stops it."""
    with storage_lab(tmp_path_factory.mktemp("storage") / "data") as running:
        yield running


@pytest.fixture
def alice(lab: StorageLab) -> Iterator[httpx.Client]:
    """A client of alice."""
    with lab.client("alice") as client:
        yield client


@pytest.fixture
def bob(lab: StorageLab) -> Iterator[httpx.Client]:
    """A client of bob, who is in a group with alice."""
    with lab.client("bob") as client:
        yield client


@pytest.fixture
def carol(lab: StorageLab) -> Iterator[httpx.Client]:
    """A client of carol, who is in no group."""
    with lab.client("carol") as client:
        yield client
