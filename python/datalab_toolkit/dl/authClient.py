"""``authClient`` of the official client: signing in, and whether one has."""

from __future__ import annotations

import sys
from types import ModuleType

from datalab_toolkit import account, keptsignins, registry
from datalab_toolkit.dl import calls
from datalab_toolkit.dl.problems import dlAuthError
from datalab_toolkit.dl.settings import (
    get_profile,
    isAlive,
    list_profiles,
    set_profile,
    set_svc_url,
)
from datalab_toolkit.errors import AccessError, DatalabError, SignInError

__all__ = [
    "dlAuthError",
    "getClient",
    "get_profile",
    "get_svc_url",
    "hasAccess",
    "isAlive",
    "isTokenLoggedIn",
    "isUserLoggedIn",
    "isValidPassword",
    "isValidToken",
    "isValidUser",
    "list_profiles",
    "login",
    "logout",
    "passwordReset",
    "set_profile",
    "set_svc_url",
    "whoAmI",
]

ANON_TOKEN = account.WITHOUT_PASSWORD["anonymous"]


def login(
    user: str, password: str | None = None, debug: bool = False, verbose: bool = False
) -> str:
    """Sign in and return a token for other calls; the sign-in is kept for later sessions too.

    Without a password, a user who has signed in already is known by that; others are asked.
    As in the official client, what went wrong is returned as text, not raised.
    """
    place = registry.place()
    try:
        if user in account.WITHOUT_PASSWORD:
            return account.WITHOUT_PASSWORD[user]
        if password is None:
            kept = keptsignins.kept(place)
            if kept is not None and kept.user == user and isValidToken(kept.token):
                return kept.token
            return "Error: No password or token supplied"
        token = account.token_for(calls.service(None).lab, user, password)
        keptsignins.keep(place, keptsignins.SignIn(user, token))
        return token
    except DatalabError as error:
        return f"Error: {error.message}"


def logout(token: str | None = None) -> str:
    """End a sign-in, here and at the Data Lab; ``OK``, or `dlAuthError` with what went wrong."""
    place = registry.place()
    kept = keptsignins.kept(place)
    token = token or (kept.token if kept else None)
    if token is None:
        raise dlAuthError("Error: User token is not logged in")
    if not isValidToken(token):
        raise dlAuthError("Error: Invalid user token")
    try:
        account.end(calls.service(None).lab, token)
    except DatalabError as error:
        raise dlAuthError(str(error)) from error
    if kept is not None and kept.token == token:
        keptsignins.forget(place)
    return "OK"


def whoAmI() -> str:
    """The name of who is signed in; ``owner`` at the embedded Data Lab, else ``anonymous``."""
    return account.me(calls.service(None).lab).name


def isValidToken(token: str) -> bool:
    """Whether the Data Lab knows a token."""
    if token in account.WITHOUT_PASSWORD.values():
        return True
    try:
        return account.me(calls.service(token).lab).name == calls.user_of(token)
    except SignInError:
        return False


def isTokenLoggedIn(token: str) -> bool:
    """Whether a token is that of a sign-in that has not ended."""
    return isValidToken(token)


def isValidUser(user: str) -> bool:
    """Whether there is a user of this name whose public files may be seen."""
    if user in account.WITHOUT_PASSWORD:
        return True
    try:
        calls.service(None).lab.get(f"/vospace/nodes/{user}/public", limit=0)
    except DatalabError:
        return False
    return True


def isUserLoggedIn(user: str) -> bool:
    """Whether a user has signed in on this machine."""
    if user in account.WITHOUT_PASSWORD:
        return True
    kept = keptsignins.kept(registry.place())
    return kept is not None and kept.user == user and isValidToken(kept.token)


def isValidPassword(user: str, password: str) -> bool:
    """Whether a password is that of a user. It counts as an attempt to sign in."""
    if user in account.WITHOUT_PASSWORD:
        return True
    lab = calls.service(None).lab
    try:
        account.end(lab, account.token_for(lab, user, password))
    except (SignInError, AccessError):
        return False
    return True


def hasAccess(user: str, resource: str) -> bool:
    """Whether a user (by a token) may see a file, ``vos://…``, or a table."""
    from datalab_toolkit.dl import storeClient

    if resource.startswith(("vos://", "vos:")):
        return storeClient.access(user, resource, "r")
    try:
        calls.service(user).table(resource.replace("mydb://", "mydb."))
    except DatalabError:
        return False
    return True


def passwordReset(token: str, username: str, password: str) -> str:
    """Passwords are changed by the Data Lab's operator."""
    raise dlAuthError(
        "Error: A password is changed by the operator of this Data Lab: "
        f"datalab-server user password {username}"
    )


def get_svc_url() -> str:
    """The address of sign-ins."""
    return calls.address("auth")


def getClient() -> ModuleType:
    """What has these functions: this module."""
    return sys.modules[__name__]
