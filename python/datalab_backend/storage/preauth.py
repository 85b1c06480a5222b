"""URLs that let whoever has them read or write one file, for a while.

A token names one caller, one node by its path and number, one verb, and when it expires; a key that
only this server has signs all of that. What the caller may no longer do, the token does not do
either. A token to read can be used again, so that a download is resumed; one to write is used up by
the file that it brings.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from datalab_backend.storage.faults import PermissionDeniedError
from datalab_backend.storage.path import StoragePath

LIFETIME = timedelta(hours=1)
_LONGEST = 8192
_KEY_BYTES = 32


class Verb(StrEnum):
    """What a token is good for."""

    GET = "GET"
    PUT = "PUT"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a token says.

    Attributes
    ----------
    user
        Who gave it away, and does what is done with it.
    verb
        What may be done.
    path
        With which node.
    node_id
        The number of the node; None when it was not there yet.
    expires
        Until when, in seconds since 1970.
    nonce
        What tells it from all others.
    """

    user: str
    verb: Verb
    path: str
    node_id: int | None
    expires: float
    nonce: str

    @property
    def place(self) -> StoragePath:
        """The path of the node."""
        return StoragePath.parse(self.path)

    @property
    def end(self) -> datetime:
        """When it expires."""
        return datetime.fromtimestamp(self.expires, UTC)


class Signer:
    """Writes tokens and reads its own.

    Parameters
    ----------
    path
        The file with the key, made when it is not there; nobody else can read it.
    """

    def __init__(self, path: Path) -> None:
        self._key = _key(path)

    def sign(
        self,
        user: str,
        verb: Verb,
        path: StoragePath,
        node_id: int | None,
        lifetime: timedelta = LIFETIME,
    ) -> str:
        """Write a token."""
        expires = (datetime.now(UTC) + lifetime).timestamp()
        ticket = Ticket(user, verb, str(path), node_id, expires, secrets.token_hex(8))
        payload = json.dumps(asdict(ticket), ensure_ascii=False).encode()
        return f"{_text(payload)}.{_text(self._seal(payload))}"

    def read(self, token: str, verb: Verb, path: StoragePath) -> Ticket:
        """Read a token that is to be good for a verb and a node.

        Raises
        ------
        PermissionDeniedError
            When it is not.
        """
        payload, _, seal = token[:_LONGEST].partition(".")
        content = _bytes(payload)
        if not hmac.compare_digest(self._seal(content), _bytes(seal)):
            raise _refused("was not given by this Data Lab")
        found = json.loads(content)
        ticket = Ticket(**{**found, "verb": Verb(found["verb"])})
        if ticket.end <= datetime.now(UTC):
            raise _refused("has expired")
        if ticket.verb is not verb or ticket.place != path:
            raise _refused("is for something else")
        return ticket

    def _seal(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, hashlib.sha256)


def _key(path: Path) -> bytes:
    """The key in a file; a half-written one is replaced, with all tokens that it never signed."""
    with suppress(FileNotFoundError):
        key = path.read_bytes()
        if len(key) == _KEY_BYTES:
            return key
    key = secrets.token_bytes(_KEY_BYTES)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
    return key


def _refused(why: str) -> PermissionDeniedError:
    return PermissionDeniedError(f"The URL {why}.", "Ask for the file again to get a new one.")


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except ValueError:
        return b""
