"""How many bytes a request may have."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datalab_backend.web import errors

_MOST_BYTES = 2_000_000

# Where tables may be sent along, and how.
_WITH_TABLES = ("/tap/sync", "/tap/async")
# Where files are sent whole; the routes take as much as their users may keep.
_OF_ANY_SIZE = (
    ("PUT", "/mydb/"),
    ("PUT", "/tap/tables/"),
    ("POST", "/tap/load/"),
    ("PUT", "/vospace/files/"),
    ("PUT", "/vospace/data/"),
)
# Where the official client sends files in chunks of 4 MiB.
_IN_CHUNKS = "/storage/xfer"
_MOST_OF_A_CHUNK = 16_777_216
_FORM_WITH_FILES = "multipart/form-data"


class BodyLimit:
    """Refuses requests that are too large: by what they say of themselves, or once they are.

    Parameters
    ----------
    app
        What answers the others.
    tables
        The most bytes of the tables that a query may bring along, together.
    """

    def __init__(self, app: ASGIApp, tables: int) -> None:
        self._app = app
        self._tables = tables

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer it here."""
        if scope["type"] != "http" or _is_file(scope):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most = _MOST_BYTES
        if scope["path"].startswith(_WITH_TABLES) and headers.get("Content-Type", "").startswith(
            _FORM_WITH_FILES
        ):
            most += self._tables
        elif scope["path"] == _IN_CHUNKS:
            most = _MOST_OF_A_CHUNK
        too_large = HTTPException(413)
        length = headers.get("Content-Length", "")
        if length.isdecimal() and (len(length) > 18 or int(length) > most):
            await errors.respond(Request(scope), too_large)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise too_large
            return message

        await self._app(scope, counted, send)


def _is_file(scope: Scope) -> bool:
    return any(
        scope["method"] == method and scope["path"].startswith(start)
        for method, start in _OF_ANY_SIZE
    )
