"""A Data Lab with users who keep files, for tests that do so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from datalab_backend.accounts.service import Accounts
from datalab_process import PATIENCE_S, DatalabProcess, serving

TEAM = "astronomers"


class StorageLab:
    """A running Data Lab with alice and bob, who are of one group, and carol, who is of none.

    Parameters
    ----------
    server
        The server.
    tokens
        The users' tokens by name.
    """

    def __init__(self, server: DatalabProcess, tokens: dict[str, str]) -> None:
        self.server = server
        self.data = server.data
        self.tokens = tokens
        self.anonymous = self.client()

    def client(self, user: str | None = None, **headers: str) -> httpx.Client:
        """An HTTP client of a user, below ``/vospace``, that asks for JSON."""
        if user is not None:
            headers["Authorization"] = f"Bearer {self.tokens[user]}"
        return httpx.Client(
            base_url=f"{self.server.url}/vospace",
            timeout=PATIENCE_S,
            trust_env=False,
            headers={"Accept": "application/json", **headers},
        )


def make_users(data: Path, **quota_bytes: int) -> dict[str, str]:
    """Make the users; their tokens by name."""
    accounts = Accounts(data)
    try:
        tokens = {}
        for name in ("alice", "bob", "carol"):
            user = accounts.add(name, storage_quota_bytes=quota_bytes.get(name))
            tokens[name] = accounts.mint(user).text
        accounts.add_group(TEAM)
        accounts.change_members(TEAM, add=["alice", "bob"])
        return tokens
    finally:
        accounts.close()


@contextmanager
def storage_lab(data: Path, *options: str, **quota_bytes: int) -> Iterator[StorageLab]:
    """Run a Data Lab with these users in a new data directory."""
    tokens = make_users(data, **quota_bytes)
    with serving(data, *options) as server:
        yield StorageLab(server, tokens)
