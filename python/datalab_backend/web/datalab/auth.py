"""``/auth``: who the user of the official client is."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datalab_backend.accounts.callers import PUBLIC, Caller, sent
from datalab_backend.errors import (
    AuthenticationError,
    AuthorizationError,
    DatalabError,
    SignInError,
    UsageError,
)
from datalab_backend.web.accounts import sign_in
from datalab_backend.web.context import context, user
from datalab_backend.web.datalab import answers
from datalab_backend.web.datalab.arguments import Arguments
from datalab_backend.web.datalab.rights import may_use

_PUBLIC_NAMES = frozenset(caller.name for caller in PUBLIC.values())


def routes() -> list[Route]:
    """The addresses below ``/auth``."""
    return [
        Route("/login", _login),
        Route("/logout", _logout),
        Route("/isValidToken", _is_valid_token),
        Route("/isTokenLoggedIn", _is_valid_token),
        Route("/isValidUser", _is_valid_user),
        Route("/isUserLoggedIn", _is_user_logged_in),
        Route("/isValidPassword", _is_valid_password),
        Route("/hasAccess", _has_access),
        Route("/passwordReset", _password_reset),
    ]


async def _login(request: Request) -> Response:
    """Give a token for a name and the password in the header."""
    name = Arguments.of(request).required("username")
    password = request.headers.get("X-DL-Password", "")
    if not password and name not in _PUBLIC_NAMES:
        raise AuthenticationError("No password was given.", "Call login(user, password).")
    try:
        token = await sign_in(request, name, password)
    except SignInError as error:
        if context(request).sign_in_required:
            raise  # does not tell strangers who has an account
        # The client asks for the name and the password next: what it is told here is no secret.
        raise _told(name, error) from None
    return answers.text(token.text)


def _told(name: str, error: SignInError) -> DatalabError:
    match error.reason:
        case "unknown":
            return AuthenticationError(f'Username "{name[:80]}" does not exist.')
        case "password":
            return AuthenticationError("Invalid password.")
        case _:
            return AuthenticationError(f'The account "{name[:80]}" is disabled.')


def _logout(request: Request) -> Response:
    """Revoke the token of the header."""
    accounts = context(request).accounts
    revoked = [accounts.logout(token) for token in sent(request.headers)]
    if not any(revoked):
        raise AuthenticationError("The token is not signed in.", "Sign in first.")
    return answers.done()


def _is_valid_token(request: Request) -> Response:
    return answers.truth(_identified(request, Arguments.of(request).text("token")) is not None)


def _is_valid_user(request: Request) -> Response:
    name = Arguments.of(request).text("user")
    found = context(request).accounts.find(name)
    return answers.truth(found is not None and not found.disabled)


def _is_user_logged_in(request: Request) -> Response:
    name = Arguments.of(request).text("user")
    return answers.truth(name in _PUBLIC_NAMES or context(request).accounts.is_signed_in(name))


async def _is_valid_password(request: Request) -> Response:
    """Try a password; it is in the URL, of which the log keeps only the path."""
    arguments = Arguments.of(request)
    name, password = arguments.text("user"), arguments.text("password")
    try:
        token = await sign_in(request, name, password)
    except SignInError:
        return answers.truth(False)
    await to_thread.run_sync(context(request).accounts.logout, token.text)
    return answers.truth(True)


def _has_access(request: Request) -> Response:
    """Whether the user of a token may read a table or a file."""
    arguments = Arguments.of(request)
    asking = _identified(request, arguments.text("user"))
    if asking is None or (asking.is_anonymous and context(request).sign_in_required):
        return answers.truth(False)
    return answers.truth(may_use(context(request), asking, arguments.text("resource")))


async def _password_reset(request: Request) -> Response:
    """Set the caller's password, which ends all their sign-ins, and sign them in again."""
    name = Arguments.of(request).required("username")
    password = request.headers.get("X-DL-Password", "")
    asking = user(request)
    if asking.name != name:
        raise AuthorizationError("You can set your own password only.")
    if not password:
        raise UsageError("No new password was given.", "Send it as X-DL-Password.")
    await to_thread.run_sync(context(request).accounts.set_password, name, password)
    return answers.text((await sign_in(request, name, password)).text)


def _identified(request: Request, token: str) -> Caller | None:
    return PUBLIC.get(token) or context(request).accounts.identify(token)
