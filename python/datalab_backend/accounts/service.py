"""The accounts of a Data Lab: who there is, and who may come in."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore

from datalab_backend.accounts import names, passwords, tokens
from datalab_backend.accounts.callers import PUBLIC, Caller
from datalab_backend.accounts.store import AccountStore
from datalab_backend.accounts.throttle import Throttle
from datalab_backend.accounts.tokens import Token
from datalab_backend.accounts.user import (
    BUILT_IN,
    DEFAULT_MYDB_QUOTA_BYTES,
    DEFAULT_STORAGE_QUOTA_BYTES,
    User,
)
from datalab_backend.errors import AuthorizationError, ConflictError, NotFoundError, SignInError

log = logging.getLogger(__name__)

SIGNED_IN = timedelta(days=30)
SIGNED_IN_BY_HUB = timedelta(days=7)

# argon2 takes 64 MB for each password that it looks at.
_AT_ONCE = 2


class Accounts:
    """The accounts of one data directory; any thread may use them.

    `login` takes some 50 ms of work, and longer when many sign in: call it in a thread.

    Parameters
    ----------
    data
        The data directory; made when it is not there. The accounts are in ``accounts.sqlite``.
    throttle
        What slows down those who try passwords.
    """

    def __init__(self, data: Path, throttle: Throttle | None = None) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._store = AccountStore(data / "accounts.sqlite")
        self._throttle = throttle or Throttle()
        self._looking = BoundedSemaphore(_AT_ONCE)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    # Users

    def find(self, name: str) -> User | None:
        """Find a user by name; the owner and the demo users are found, too."""
        return BUILT_IN.get(name) or self._store.user(name)

    def known(self, name: str) -> User:
        """Find a user who has an account.

        Raises
        ------
        NotFoundError
            There is none of the name.
        """
        user = self._store.user(name)
        if user is None:
            raise NotFoundError(
                f"There is no user “{name[:40]}”.", "`datalab-server user list` shows all."
            )
        return user

    def users(self) -> list[User]:
        """All who have an account, in the order in which they came."""
        return self._store.users()

    def any_users(self) -> bool:
        """Whether anybody has an account."""
        return self._store.any_users()

    def caller(self, user: User) -> Caller:
        """The user as somebody who sends a request."""
        return user.caller

    def add(
        self,
        name: str,
        password: str | None = None,
        storage_quota_bytes: int | None = DEFAULT_STORAGE_QUOTA_BYTES,
        mydb_quota_bytes: int | None = DEFAULT_MYDB_QUOTA_BYTES,
        hub_name: str | None = None,
    ) -> User:
        """Make an account.

        Parameters
        ----------
        name
            Of the user.
        password
            To sign in with; None for who does not.
        storage_quota_bytes, mydb_quota_bytes
            As of `User`.
        hub_name
            As of `User`.

        Raises
        ------
        UsageError
            It cannot be a name, or the password is too short.
        ConflictError
            A user or group is called so already.
        """
        names.check(name, "user")
        user = User(
            name,
            0,
            storage_quota_bytes=storage_quota_bytes,
            mydb_quota_bytes=mydb_quota_bytes,
            hub_name=hub_name,
        )
        added = self._store.add_user(user, None if password is None else passwords.hashed(password))
        log.info("account made", extra={"user": name, "uid": added.uid})
        return added

    def set_password(self, name: str, password: str) -> None:
        """Replace the password of a user, who is thereby signed out everywhere."""
        self._store.set_password(self.known(name).uid, passwords.hashed(password))

    def change_password(self, name: str, old: str, new: str, address: str = "") -> Token:
        """Have users replace their own password; every sign-in but the one that comes back ends.

        Parameters
        ----------
        name, old
            Of the user, and the password until now.
        new
            The password from now on.
        address
            As for `login`.

        Raises
        ------
        SignInError, TooManyRequestsError
            As for `login`.
        UsageError
            The new one is too short or too long.
        AuthorizationError
            There is no old one, since the user signs in in another way.
        """
        user = self._store.user(name)
        if user is None or not user.has_password:
            raise AuthorizationError(
                f"{name} has no password here.", "Whoever runs this Data Lab can set one."
            )
        self._throttle.attempt(name, address)
        with self._looking:
            kept = self._store.password(name)
            right = passwords.matches(old, kept)
            if not right:
                log.warning("password not changed", extra={"user": name, "client": address})
                raise SignInError("The old password is wrong.", "Try again.", "password")
            hashed = passwords.hashed(new)
        self._throttle.succeeded(name, address)
        token = None
        if self._store.set_password(user.uid, hashed, kept):
            token = self._mint(user, SIGNED_IN, hashed)
        if token is None:
            raise ConflictError("The password was just changed elsewhere.", "Sign in anew.")
        log.info("password changed", extra={"user": name})
        return token

    def remove(self, name: str) -> None:
        """Remove an account for good; its name and number are never given again.

        What the user keeps is not touched. Nothing happens when the account was removed before.
        """
        if self.removed_uid(name) is None:
            user = self.known(name)
            self._store.remove_user(user.uid)
            log.info("account removed", extra={"user": name, "uid": user.uid})

    def removed_uid(self, name: str) -> int | None:
        """The number that the account of a name had which was removed; None when none was."""
        return self._store.removed_user(name)

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Let a user in no longer, or again. All their tokens are dead at once, and stay so."""
        self._store.set_disabled(self.known(name).uid, disabled)

    def set_quotas(self, name: str, **quotas: int | None) -> None:
        """Set ``storage_quota_bytes``, ``mydb_quota_bytes`` or both of a user."""
        self._store.set_quotas(self.known(name).uid, quotas)

    def set_hub_name(self, name: str, hub_name: str | None) -> None:
        """Say who of the JupyterHub a user is; None for nobody."""
        self._store.set_hub_name(self.known(name).uid, hub_name)

    # Groups

    def groups(self) -> dict[str, list[str]]:
        """The names of the members of each group."""
        return self._store.groups()

    def add_group(self, name: str) -> None:
        """Make a group. No user may be called so, for things are shared with either by name.

        Nor may a group that was removed have been called so: things are still shared with it.
        """
        names.check(name, "group")
        self._store.add_group(name)

    def remove_group(self, name: str) -> None:
        """Remove a group; what was shared with it is no longer shared, and will be with nobody."""
        if not self._store.remove_group(name):
            raise _no_group(name)

    def change_members(
        self, group: str, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> None:
        """Let users into a group and out of it, all in one step."""
        come, go = ([self.known(name).uid for name in some] for some in (add, remove))
        if not self._store.change_members(group, come, go):
            raise _no_group(group)

    # Tokens

    def login(self, name: str, password: str, address: str = "") -> Token:
        """Sign a user in with a password.

        Parameters
        ----------
        name, password
            Of the user. The users of the official client whose tokens are public need none.
        address
            Where the request comes from, for the throttle.

        Raises
        ------
        SignInError
            There is no such user, the password is wrong, or the user may not come in; its
            ``reason`` tells, its text does not.
        TooManyRequestsError
            There were too many attempts.
        """
        for text, caller in PUBLIC.items():
            if caller.name == name:
                return Token(text, None)
        self._throttle.attempt(name, address)
        user = self._store.user(name)
        with self._looking:
            kept = self._store.password(name)
            right = passwords.matches(password, kept)
        token = None
        if user is not None and right:
            token = self._mint(user, SIGNED_IN, kept)
        if user is None or token is None:
            reason = "unknown" if user is None else "disabled" if right else "password"
            log.warning("sign-in refused", extra={"reason": reason, "client": address})
            raise SignInError(
                "The name or the password is wrong.",
                "Whoever runs this Data Lab can set a new password.",
                reason,
            )
        self._throttle.succeeded(name, address)
        return token

    def mint(self, user: User, lifetime: timedelta = SIGNED_IN) -> Token:
        """Give a token to a user who has proved to be it.

        Raises
        ------
        AuthorizationError
            The user may not come in.
        """
        token = self._mint(user, lifetime)
        if token is None:
            raise AuthorizationError(
                f"The account {user.name} is disabled.", "Ask whoever runs this Data Lab."
            )
        return token

    def hub_login(self, hub_name: str) -> Token:
        """Sign in a user whom the JupyterHub vouches for; the first time makes the account.

        Raises
        ------
        AuthorizationError
            The user may not come in.
        """
        user = self._store.hub_user(hub_name) or self._add_hub_user(hub_name)
        return self.mint(user, SIGNED_IN_BY_HUB)

    def identify(self, token: str) -> Caller | None:
        """The user whose token it is; None when it is nobody's, has expired or was revoked."""
        found = self.session(token)
        return found[0].caller if found else None

    def session(self, token: str) -> tuple[User, Token] | None:
        """The user whose token it is, and until when; None as with `identify`."""
        found = self._store.token(tokens.digest(token))
        return (found[0], Token(token, found[1])) if found else None

    def logout(self, token: str) -> bool:
        """Revoke a token; whether it was one that was taken."""
        return self._store.remove_token(tokens.digest(token))

    def is_signed_in(self, name: str) -> bool:
        """Whether a user has a token that is taken."""
        user = self._store.user(name)
        return user is not None and not user.disabled and self._store.has_token(user.uid)

    def _mint(self, user: User, lifetime: timedelta, password: str | None = None) -> Token | None:
        """Give a token; None when the account or the password has changed meanwhile."""
        text = tokens.new(user.name, user.uid)
        expires = self._store.add_token(tokens.digest(text), user.uid, lifetime, password)
        if expires is None:
            return None
        log.info("signed in", extra={"user": user.name})
        return Token(text, expires)

    def _add_hub_user(self, hub_name: str) -> User:
        """Make the account of a user of the hub, under their name there or one like it.

        An account that was made here is never given to a user of the hub by its name alone: the
        hub may let anybody sign up under any name.
        """
        wanted = hub_name if names.is_name(hub_name) else names.made_of(hub_name)
        for number in range(1, 1000):
            name = wanted if number == 1 else f"{wanted[:28]}-{number}"
            try:
                return self.add(name, hub_name=hub_name)
            except ConflictError:
                # Taken: by a namesake, or, in this moment, for the same user.
                if (user := self._store.hub_user(hub_name)) is not None:
                    return user
        raise AuthorizationError(
            "There is no name left for your account.", "Ask whoever runs this Data Lab for one."
        )


def _no_group(name: str) -> NotFoundError:
    return NotFoundError(
        f"There is no group “{name[:40]}”.", "`datalab-server user group list` shows all."
    )
