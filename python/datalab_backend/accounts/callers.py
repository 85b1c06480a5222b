"""Tells the callers of the server apart by their tokens."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from datalab_backend.errors import AuthenticationError

OWNER_UID = 1
DLDEMO_UID = 99999
DLTEST_UID = 99998


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request.

    Attributes
    ----------
    name
        The name of their account, to show and to log; it never changes.
    uid
        The number of their account; 0 for nobody's.
    groups
        The names of the groups that they are in.
    is_owner
        Whether the data directory is theirs, so that they may change what is in it.
    """

    name: str
    uid: int = 0
    groups: frozenset[str] = frozenset()
    is_owner: bool = False

    @property
    def is_anonymous(self) -> bool:
        """Whether it is not known who this is; the tokens of the demo users are known to all."""
        return self.uid in (0, DLDEMO_UID, DLTEST_UID)


ANONYMOUS = Caller("anonymous")
OWNER = Caller("owner", OWNER_UID, is_owner=True)

# The tokens that the official client has built in (`dl.authClient`): anybody may use them, so
# that they prove nothing of who does.
PUBLIC: Mapping[str, Caller] = {
    "anonymous.0.0.anon_access": ANONYMOUS,
    f"dldemo.{DLDEMO_UID}.{DLDEMO_UID}.demo_access": Caller("dldemo", DLDEMO_UID),
    f"dltest.{DLTEST_UID}.{DLTEST_UID}.test_access": Caller("dltest", DLTEST_UID),
}


class Minted(Protocol):
    """Whoever knows the tokens that were given to users; `Accounts` does."""

    def identify(self, token: str) -> Caller | None:
        """The user whose token it is, None when it is nobody's, or nobody's any more."""

    def any_users(self) -> bool:
        """Whether anybody could have a token."""


class Callers:
    """The callers that this server knows.

    Parameters
    ----------
    owner_token
        The token of the connection file.
    minted
        Knows the tokens of users; None when there are none.
    """

    def __init__(self, owner_token: str, minted: Minted | None = None) -> None:
        self._owner_token = owner_token.encode()
        self._minted = minted

    def identify(self, headers: Mapping[str, str]) -> Caller:
        """Find the caller by the Authorization header (RFC 6750, section 2.1) or X-DL-AuthToken.

        Without either a caller is anonymous; a token that is wrong is refused rather than taken
        for none, so that nobody works on unnoticed with fewer rights than they think.

        Raises
        ------
        AuthenticationError
            The token is nobody's, or there are two that are of different people.
        """
        found = {self._whose(token) for token in sent(headers)}
        if len(found) > 1:
            raise AuthenticationError(
                "The two tokens of the request are of different users.",
                "Send one, in Authorization or in X-DL-AuthToken.",
            )
        return found.pop() if found else ANONYMOUS

    def any_users(self) -> bool:
        """Whether anybody could sign in."""
        return self._minted is not None and self._minted.any_users()

    def _whose(self, token: str) -> Caller:
        if token in PUBLIC:
            return PUBLIC[token]
        if hmac.compare_digest(token.encode(), self._owner_token):
            return OWNER
        caller = self._minted.identify(token) if self._minted else None
        if caller is None:
            raise AuthenticationError(
                "The token is not one of this Data Lab's, or no longer.",
                "Sign in again. The token of the connection file changes at every start of the "
                "server: read that file again.",
            )
        return caller


def sent(headers: Mapping[str, str]) -> list[str]:
    """The tokens that came with a request.

    Raises
    ------
    AuthenticationError
        What came is of another kind.
    """
    tokens = []
    authorization = headers.get("Authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        if scheme.casefold() != "bearer":
            raise AuthenticationError(
                "This Data Lab takes Bearer tokens only.",
                "Send “Authorization: Bearer …”, or no Authorization at all to be anonymous.",
            )
        tokens.append(token.strip())
    official = headers.get("X-DL-AuthToken")
    if official is not None:
        tokens.append(official.strip())
    return tokens
