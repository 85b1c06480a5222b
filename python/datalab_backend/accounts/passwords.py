"""Passwords, kept as argon2 hashes (RFC 9106)."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from datalab_backend.errors import UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 8
LONGEST = 256


def hashed(password: str) -> str:
    """Make what is kept of a password.

    Raises
    ------
    UsageError
        When it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(
            f"The password has {len(password)} character{'' if len(password) == 1 else 's'}.",
            f"Take one of {SHORTEST} to {LONGEST}.",
        )
    return _hasher().hash(_normal(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether a password is the one that a hash was made of.

    It takes the same time when there is none, so that the time does not tell who has an account.
    """
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        same = _hasher().verify(kept or _of_nobody(), _normal(password[:LONGEST]))
    except (Argon2Error, InvalidHashError):
        return False
    return same and kept is not None


def _normal(password: str) -> str:
    """One spelling for what keyboards spell in several (RFC 8265, section 4.2)."""
    return unicodedata.normalize("NFC", password)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _of_nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(32))
