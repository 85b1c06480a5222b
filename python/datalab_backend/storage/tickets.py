"""Tokens that let whoever has them read or write one file for a caller, for a while."""

from __future__ import annotations

from datetime import timedelta

from datalab_backend.accounts.callers import Caller
from datalab_backend.accounts.service import Accounts
from datalab_backend.storage.faults import PermissionDeniedError, TypeNotSupportedError
from datalab_backend.storage.path import StoragePath
from datalab_backend.storage.places import Expected, Places
from datalab_backend.storage.preauth import LIFETIME, Signer, Ticket, Verb
from datalab_backend.storage.store import NodeStore


class Tickets:
    """Gives tokens away, and takes them, as long as their givers may do what they say.

    Parameters
    ----------
    store, places
        The nodes.
    accounts
        Who may still come in.
    signer
        What tells our tokens from others.
    """

    def __init__(
        self, store: NodeStore, places: Places, accounts: Accounts, signer: Signer
    ) -> None:
        self._store = store
        self._places = places
        self._accounts = accounts
        self._signer = signer

    def give(
        self, caller: Caller, path: StoragePath, verb: Verb, lifetime: timedelta = LIFETIME
    ) -> str:
        """Give a token for one file and one verb.

        Raises
        ------
        StorageError
            When the caller may not do so.
        """
        self._places.welcome(caller)
        if verb is Verb.GET:
            behind = self._places.seen(caller, self._places.followed(caller, path))
            if behind.content is None:
                raise TypeNotSupportedError(f"{path} is no file.", "Name a file in it.")
            node_id: int | None = self._store.along(path)[-1].id
        else:
            _, old = self._places.place_of_file(caller, path, Expected())
            node_id = old.id if old else None
        return self._signer.sign(caller.name, verb, path, node_id, lifetime)

    def take(self, token: str, path: StoragePath, verb: Verb) -> tuple[Caller, Ticket]:
        """Take a token: for whom it works, and what it says.

        Raises
        ------
        PermissionDeniedError
            When it is not good for this, or no longer.
        """
        ticket = self._signer.read(token, verb, path)
        user = self._accounts.find(ticket.user)
        found = self._store.along(path)[-1]  # which may be a link on the way
        same_node = ticket.node_id is None or found.id == ticket.node_id
        if user is None or user.disabled or not same_node or self._store.is_spent(ticket.nonce):
            raise PermissionDeniedError(
                "The URL is no longer good.", "Ask for the file again to get a new one."
            )
        return self._accounts.caller(user), ticket
