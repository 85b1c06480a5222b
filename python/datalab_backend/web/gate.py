"""Decides, before any route, whether a request may come in and who sent it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datalab_backend.accounts.callers import ANONYMOUS, Caller, Callers
from datalab_backend.errors import (
    AuthenticationError,
    AuthorizationError,
    DatalabError,
    UsageError,
)
from datalab_backend.web import errors

_HOST = re.compile(r"[\w.:\[\]-]*", re.ASCII)

# What anybody may ask of a Data Lab that is not for anybody: whether it is there, who they are, and
# how to sign in.
_FOR_ALL = ("/accounts/me", "/auth", "/query", "/storage", "/res")
_ABOUT = re.compile(r"/[a-z]+/(capabilities|availability)")  # of a service, not a file so called
# What looks at proofs of its own: passwords, tokens, and addresses that somebody who is known made.
_SIGNING_IN = re.compile(r"/auth/(login|logout|hub|isValidToken|isTokenLoggedIn)")
_BY_TICKET = "/vospace/data/"
# For people to read: links on any site may lead here, for to open one changes and starts nothing.
_PAGES = re.compile(r"/|/tap/examples|/hips/.+/(index\.html)?")


class Gate:
    """Refuses strangers that speak through the user's own browser, and wrong tokens.

    A web page may make its reader's browser send requests to the loopback interface. The Host
    header uncovers pages whose own name was rebound to 127.0.0.1, the Origin and Sec-Fetch-Site
    headers all others; no script can change them. For the same reason no answer carries
    Access-Control-Allow-Origin: what is anonymous on loopback is meant for the programs of this
    machine, not for every page that is open in its browser. JupyterLab reads through its own
    server. The one exception is a sky viewer on the web that the owner named: its pages may read
    what is below ``/hips/``, and nothing else.

    Parameters
    ----------
    app
        What answers the requests that come in.
    callers
        Whom the server knows.
    allowed_hosts
        Names under which the server may be called, beside those of the loopback interface.
    allowed_origins
        Web sites, as ``https://host``, whose pages may read the sky layers.
    sign_in_required
        Whether callers who are anonymous are told how to sign in, and nothing else.
    """

    def __init__(
        self,
        app: ASGIApp,
        callers: Callers,
        allowed_hosts: Iterable[str] = (),
        allowed_origins: Iterable[str] = (),
        sign_in_required: bool = False,
    ) -> None:
        self._app = app
        self._callers = callers
        self._allowed_hosts = frozenset(h.casefold() for h in allowed_hosts)
        self._allowed_origins = frozenset(o.casefold().rstrip("/") for o in allowed_origins)
        self._sign_in_required = sign_in_required

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            self._check_host(request)
            viewer = self._viewer(request)
            if viewer is None:
                self._check_origin(request)
            caller = self._caller(request)
            self._check_known(request, caller)
        except DatalabError as error:
            await errors.respond(request, error)(scope, receive, send)
            return
        scope["caller"] = caller

        headers = [(b"x-content-type-options", b"nosniff")]
        if caller.is_anonymous and _ABOUT.fullmatch(request.url.path):
            headers += [(b"www-authenticate", c.encode()) for c in self._invitation(request)]
        if viewer is not None:
            headers += [(b"access-control-allow-origin", viewer.encode()), (b"vary", b"Origin")]
        if not caller.is_anonymous:
            # Tells a client that its token was understood (SSO 2.1 draft, section 4.1).
            headers.append((b"x-vo-authenticated", caller.name.encode()))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _caller(self, request: Request) -> Caller:
        try:
            return self._callers.identify(request.headers)
        except AuthenticationError:
            # What is below /auth/ looks at tokens itself: whoever has a bad one may ask whether
            # it is, and sign in anew.
            if request.url.path.startswith("/auth/"):
                return ANONYMOUS
            raise

    def _check_known(self, request: Request, caller: Caller) -> None:
        path = request.url.path
        if not self._sign_in_required or not caller.is_anonymous:
            return
        if path in _FOR_ALL or path.startswith(_BY_TICKET):
            return
        if _SIGNING_IN.fullmatch(path) or _ABOUT.fullmatch(path):
            return
        raise AuthenticationError(
            "This Data Lab is for those who have an account.",
            "Sign in, and send the token as “Authorization: Bearer …”.",
        )

    def _invitation(self, request: Request) -> list[str]:
        """Where one may sign in, although one need not (AuthVO draft); if anybody can."""
        return errors.challenges(request) if self._callers.any_users() else []

    def _check_host(self, request: Request) -> None:
        given = request.headers.get("Host", "")
        # It becomes part of addresses in headers and documents.
        host = _name(f"//{given}") if _HOST.fullmatch(given) else ""
        if host not in self._allowed_hosts and not is_loopback(host):
            raise UsageError(
                f"This Data Lab is not called “{host[:80]}”.",
                "Call it by 127.0.0.1 or localhost, or start it with --allowed-host.",
            )

    def _viewer(self, request: Request) -> str | None:
        """The site of the page that asks for a sky layer, when the owner allowed it to."""
        origin = request.headers.get("Origin", "")
        allowed = origin.casefold() in self._allowed_origins
        reads = request.method == "GET" and request.url.path.startswith("/hips/")
        return origin if allowed and reads else None

    def _check_origin(self, request: Request) -> None:
        origin = request.headers.get("Origin")
        own = f"{request.url.scheme}://{request.headers.get('Host', '')}"
        from_elsewhere = origin is not None and origin.casefold() != own.casefold()
        # Browsers leave Origin out of a plain GET, such as that of an <img> or of a new window.
        sent_by_a_page = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
        if from_elsewhere or (sent_by_a_page and not _follows_a_link(request)):
            raise AuthorizationError(
                "This Data Lab does not answer web pages of other sites.",
                "Use it from JupyterLab, TOPCAT, pyvo or the command line.",
            )


def _follows_a_link(request: Request) -> bool:
    """Whether a browser opens one of the pages, in a window and not inside another page."""
    return (
        request.method == "GET"
        and request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.headers.get("Sec-Fetch-Dest") == "document"
        and _PAGES.fullmatch(request.url.path) is not None
    )


def _name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is of the loopback interface."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
