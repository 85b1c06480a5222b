"""Tells the callers of the server apart by their tokens."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from datalab_backend.errors import AuthenticationError


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
        """Whether it is not known who this is."""
        return self.uid == 0


ANONYMOUS = Caller("anonymous")
OWNER = Caller("owner", uid=1, is_owner=True)


class Callers:
    """The callers that this server knows.

    Parameters
    ----------
    owner_token
        The token of the connection file.
    """

    def __init__(self, owner_token: str) -> None:
        self._owner_token = owner_token.encode()

    def identify(self, authorization: str | None) -> Caller:
        """Find the caller by the Authorization header (RFC 6750, section 2.1).

        Without the header a caller is anonymous; a token that is wrong is refused rather than
        taken for none, so that nobody works on unnoticed with fewer rights than they think.
        """
        if authorization is None:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if scheme.casefold() != "bearer":
            raise AuthenticationError(
                "This Data Lab takes Bearer tokens only.",
                "Send “Authorization: Bearer …”, or no Authorization at all to be anonymous.",
            )
        if not hmac.compare_digest(token.strip().encode(), self._owner_token):
            raise AuthenticationError(
                "The token is not one of this Data Lab's.",
                "The token changes at every start of the server; read its connection file again.",
            )
        return OWNER
