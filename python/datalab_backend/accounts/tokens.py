"""Tokens in the shape that the official client takes: ``name.uid.gid.$1$…``."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime

# The client reads no more of a file with a token.
LONGEST = 128


@dataclass(frozen=True, slots=True)
class Token:
    """What a user shows to be known.

    Attributes
    ----------
    text
        The token itself; it is not kept here.
    expires
        When it is no longer taken; None for never.
    """

    text: str = field(repr=False)
    expires: datetime | None


def new(name: str, uid: int) -> str:
    """Make a token of 256 random bits; the number of the group is that of the user."""
    return f"{name}.{uid}.{uid}.$1${secrets.token_urlsafe(32)}"


def digest(text: str) -> bytes:
    """What is kept of a token. It is random and long: no salt is needed, and no slow hash."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
