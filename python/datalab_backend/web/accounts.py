"""``/accounts`` and ``/auth``: who the caller is, signing in and out."""

from __future__ import annotations

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from datalab_backend.accounts.callers import sent
from datalab_backend.accounts.tokens import Token
from datalab_backend.errors import AuthenticationError, NotFoundError, UsageError
from datalab_backend.web.context import caller, context
from datalab_backend.web.parameters import Parameters

_NO_STORE = {"Cache-Control": "no-store"}

# Passwords take their time on purpose, and so may a hub. Sign-ins wait for one another in threads
# of their own, not in those that answer everybody else.
_SIGNING_IN: RunVar[CapacityLimiter] = RunVar("signing_in")
_AT_ONCE = 4


def routes() -> list[Route]:
    """The addresses of accounts."""
    return [
        Route("/accounts/me", me),
        Route("/auth/login", login, methods=["POST"]),
        Route("/auth/logout", logout, methods=["POST"]),
        Route("/auth/password", change_password, methods=["POST"]),
        Route("/auth/hub", hub_login, methods=["POST"]),
    ]


async def me(request: Request) -> JSONResponse:
    """Tell callers who they are and what they may keep."""
    return JSONResponse(await to_thread.run_sync(_me, request), headers=_NO_STORE)


async def login(request: Request) -> JSONResponse:
    """Sign in with a name and a password (SSO 2.1 draft, tls-with-password)."""
    form = await _form(request)
    name, password = form.text("username"), form.text("password")
    if not name or not password:
        raise UsageError("A sign-in needs username and password.", "Send both as a form.")
    return told(await sign_in(request, name, password))


async def change_password(request: Request) -> JSONResponse:
    """Replace the caller's own password, and give the one token that is good from then on."""
    asking = caller(request)
    if asking.is_anonymous:
        raise AuthenticationError(
            "It is not known whose password is to be changed.", "Sign in, and send your token."
        )
    form = await _form(request)
    old, new = form.text("password"), form.text("new_password")
    if not old or not new:
        raise UsageError(
            "To change a password needs password, the old one, and new_password.",
            "Send both as a form.",
        )
    address = request.client.host if request.client else ""
    accounts = context(request).accounts
    return told(
        await to_thread.run_sync(
            accounts.change_password, asking.name, old, new, address, limiter=_limiter()
        )
    )


async def _form(request: Request) -> Parameters:
    """The fields of the form; nothing from the URL, which proxies log."""
    async with request.form() as sent_form:
        return Parameters([(n, v) for n, v in sent_form.multi_items() if isinstance(v, str)])


async def hub_login(request: Request) -> JSONResponse:
    """Sign in by the token of a JupyterHub, which is asked whose it is."""
    lab = context(request)
    if lab.hub is None:
        raise NotFoundError(
            "This Data Lab takes no sign-in from a JupyterHub.",
            "It takes one when it is started with --hub-api.",
        )
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() not in ("bearer", "token"):
        raise AuthenticationError(
            "The token of the JupyterHub is missing.",
            "Send $JUPYTERHUB_API_TOKEN as “Authorization: Bearer …”.",
        )
    limiter = _limiter()
    name = await to_thread.run_sync(lab.hub.user_of, token.strip(), limiter=limiter)
    return told(await to_thread.run_sync(lab.accounts.hub_login, name, limiter=limiter))


async def logout(request: Request) -> Response:
    """Revoke the caller's token."""
    revoked = False
    for token in sent(request.headers):
        revoked |= await to_thread.run_sync(context(request).accounts.logout, token)
    if not revoked:
        raise AuthenticationError(
            "There is no sign-in to end: the request has no token that one gave.",
            "Send the token that is to be revoked as “Authorization: Bearer …”.",
        )
    return Response(status_code=204, headers=_NO_STORE)


async def sign_in(request: Request, name: str, password: str) -> Token:
    """Sign in; see `Accounts.login` for what may come of it."""
    address = request.client.host if request.client else ""
    accounts = context(request).accounts
    return await to_thread.run_sync(accounts.login, name, password, address, limiter=_limiter())


def _limiter() -> CapacityLimiter:
    try:
        return _SIGNING_IN.get()
    except LookupError:
        _SIGNING_IN.set(limiter := CapacityLimiter(_AT_ONCE))
        return limiter


def told(token: Token) -> JSONResponse:
    """Give a token to whom it belongs: as JSON, and where TOPCAT looks for it."""
    expires = token.expires and token.expires.isoformat()
    answer = JSONResponse({"token": token.text, "expires": expires}, headers=_NO_STORE)
    answer.headers["X-VO-Bearer"] = token.text
    return answer


def _me(request: Request) -> dict[str, object]:
    asking = caller(request)
    accounts = context(request).accounts
    user = accounts.find(asking.name)
    sessions = [accounts.session(token) for token in sent(request.headers)]
    expires = next((s[1].expires for s in sessions if s is not None), None)
    return {
        "name": asking.name,
        "uid": asking.uid,
        "groups": sorted(asking.groups),
        "owner": asking.is_owner,
        "anonymous": asking.is_anonymous,
        "expires": expires and expires.isoformat(),
        "storage": {
            "used_bytes": context(request).storage.used_bytes(asking.name),
            "quota_bytes": user and user.storage_quota_bytes,
        },
        "mydb": {
            "used_bytes": context(request).mydb.used_bytes(asking),
            "quota_bytes": user and user.mydb_quota_bytes,
        },
    }
