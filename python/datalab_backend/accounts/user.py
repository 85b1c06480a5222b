"""A user, as the others of the Data Lab know them."""

from __future__ import annotations

from dataclasses import dataclass

from datalab_backend.accounts.callers import OWNER, PUBLIC, Caller

DEFAULT_STORAGE_QUOTA_BYTES = 10**12
DEFAULT_MYDB_QUOTA_BYTES = 10**11


@dataclass(frozen=True, slots=True)
class User:
    """An account.

    Attributes
    ----------
    name
        Of the user; it never changes and is never given to another.
    uid
        The number of the account; neither does this.
    groups
        The names of the groups that they are in.
    disabled
        Whether they may not come in.
    storage_quota_bytes, mydb_quota_bytes
        How much they may keep in the virtual storage and in tables; None for any amount.
    has_password
        Whether they can sign in with a password.
    hub_name
        What the JupyterHub calls the user who may sign in with its token; None for nobody.
    created
        When the account was made, in UTC, ISO 8601.
    """

    name: str
    uid: int
    groups: frozenset[str] = frozenset()
    disabled: bool = False
    storage_quota_bytes: int | None = None
    mydb_quota_bytes: int | None = None
    has_password: bool = False
    hub_name: str | None = None
    created: str = ""

    @property
    def caller(self) -> Caller:
        """The user as somebody who sends a request."""
        return BUILT_IN_CALLERS.get(self.name) or Caller(self.name, self.uid, self.groups)


BUILT_IN_CALLERS = {caller.name: caller for caller in (OWNER, *PUBLIC.values())}

# Those who are there without an account: the owner, who has no limits, and those who may keep
# nothing.
BUILT_IN = {
    caller.name: User(
        caller.name,
        caller.uid,
        storage_quota_bytes=None if caller.is_owner else 0,
        mydb_quota_bytes=None if caller.is_owner else 0,
    )
    for caller in BUILT_IN_CALLERS.values()
}
