"""Signing in to a Data Lab and out of it."""

from __future__ import annotations

from getpass import getpass

from datalab_toolkit import account, keptsignins
from datalab_toolkit.errors import SignInError
from datalab_toolkit.registry import DEFAULT, find, place


def login(user: str, password: str | None = None, service: str = DEFAULT) -> account.Account:
    """Sign in to a Data Lab. The sign-in is kept: later sessions and the shell are signed in, too.

    The embedded Data Lab of one's own needs no sign-in.

    Parameters
    ----------
    user
        The name of the account.
    password
        Its password; None to be asked for it, so that it stands in no notebook.
    service
        The name of the service; `services` lists those that are known.

    Returns
    -------
    Account
        Who one is now.

    Raises
    ------
    SignInError
        The name or the password is wrong, or there is nobody to ask for it.
    DatalabError
        There were too many attempts; the message says when to try again.
    """
    lab = find(service).lab
    token = account.WITHOUT_PASSWORD.get(user)
    if token is None:
        given = _asked_for(user) if password is None and user else password or ""
        token = account.token_for(lab, user, given)
    known = account.me(lab.seen_by(token))
    keptsignins.keep(place(service), keptsignins.SignIn(user, token))
    return known


def _asked_for(user: str) -> str:
    try:
        return getpass(f"Password of {user}: ")
    except (EOFError, NotImplementedError):  # no terminal; a kernel without a front end
        raise SignInError(
            f"The password of {user} cannot be asked for: nobody is there to type it.",
            "Sign in once with `datalab login` in a shell, which is kept, or give the password to "
            "login() from a file that only you can read.",
        ) from None


def logout(service: str = DEFAULT) -> None:
    """Sign out of a Data Lab, on this machine and there.

    Parameters
    ----------
    service
        The name of the service; `services` lists those that are known.

    Raises
    ------
    SignInError
        Nobody is signed in.
    """
    kept_at = place(service)
    sign_in = keptsignins.kept(kept_at)
    if sign_in is None:
        raise SignInError(
            f"Nobody is signed in to {find(service).title}.",
            "The embedded Data Lab needs no sign-in; others know you by dl.login('name').",
        )
    try:
        account.end(find(service).lab, sign_in.token)
    finally:
        keptsignins.forget(kept_at)


def whoami(service: str = DEFAULT) -> account.Account:
    """Who one is at a Data Lab, and how much of the quotas is used.

    Parameters
    ----------
    service
        The name of the service; `services` lists those that are known.

    Raises
    ------
    SignInError
        The sign-in has ended.
    """
    return account.me(find(service).lab)
