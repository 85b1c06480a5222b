"""A shared Data Lab with three users, of whom two are in one group, for tests of what each sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from datalab_backend.accounts.service import Accounts
from datalab_process import PATIENCE_S, DatalabProcess, serving

GROUP = "dwarfs"
"""Has bob in it."""


class Users:
    """A running Data Lab and its users.

    Parameters
    ----------
    running
        The server.
    tokens
        Of the users, by name.
    """

    def __init__(self, running: DatalabProcess, tokens: dict[str, str]) -> None:
        self.running = running
        self.tokens = tokens
        self.accounts = Accounts(running.data)

    def client(self, name: str | None = None) -> httpx.Client:
        """An HTTP client of a user, or of nobody who is known."""
        headers = {"Authorization": f"Bearer {self.tokens[name]}"} if name else {}
        return httpx.Client(
            base_url=self.running.url, headers=headers, timeout=PATIENCE_S, trust_env=False
        )


@contextmanager
def serving_users(data: Path, *options: str) -> Iterator[Users]:
    """Run a server for alice, bob and carol until the block ends."""
    accounts = Accounts(data)
    users = [accounts.find(name) or accounts.add(name) for name in ("alice", "bob", "carol")]
    if GROUP not in accounts.groups():
        accounts.add_group(GROUP)
        accounts.change_members(GROUP, add=["bob"])
    tokens = {user.name: accounts.mint(user).text for user in users}
    accounts.close()
    with serving(data, *options) as running:
        yield Users(running, tokens)


def sql(client: httpx.Client, query: str, **parameters: object) -> httpx.Response:
    """Send a query, and have CSV for an answer."""
    form = {"LANG": "SQL", "QUERY": query, "FORMAT": "csv", **parameters}
    return client.post("/tap/sync", data=form)
