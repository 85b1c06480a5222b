"""Packs answers with gzip for clients that take it, without holding them up.

Of numbers gzip leaves seven tenths, so that to pack them must not take longer than to send them:
Intel's library takes a seventh of the time of zlib, and makes them no larger. But a program of this
machine unpacks them more slowly than it reads them: it gets rows, counts and pixels plain, and
documents, of which gzip leaves a tenth, packed as anybody.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from isal import isal_zlib
from starlette.datastructures import Headers
from starlette.middleware.gzip import (
    DEFAULT_EXCLUDED_CONTENT_TYPES,
    GZipMiddleware,
    GZipResponder,
)
from starlette.types import Receive, Scope, Send

from datalab_backend.formats import FORMATS
from datalab_backend.web.gate import is_loopback

_LEVEL = 1
_GZIP = 16
"""What is added to the size of the window to have gzip's header."""

# These are compact already, and our own clients, who ask for them, are on this machine.
_NOT_PACKED = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/vnd.apache.arrow.stream",
    "application/vnd.apache.parquet",
    "image/png",
)

_NUMBERS = (*(output.media_type for output in FORMATS), "application/octet-stream", "image/fits")
"""What may be large, and is rather to be sent as it is than made smaller by a third."""

# What a proxy adds to what it passes on, by RFC 7239 and 9110 or as is usual.
_OF_PROXIES = ("forwarded", "via", "x-forwarded-", "x-real-ip")

# Files are sent as they are kept: their length, digest and parts are those of their bytes. And the
# CADC's client of VOSpace asks for gzip, but reads the documents as they come.
_FILES = ("/vospace/files/", "/vospace/data/", "/vospace/package", "/images/")
_DOCUMENTS = "/vospace/"


class Packing(GZipMiddleware):
    """Packs the answers of an application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and _goes_plain(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and "gzip" in Headers(scope=scope).get("Accept-Encoding", ""):
            plain = (*_NOT_PACKED, *_NUMBERS) if _is_near(scope) else _NOT_PACKED
            packer = _Packer(
                self.app,
                self.minimum_size,
                thread_minimum_size=self.thread_minimum_size,
                exclude_content_types=plain,
            )
            await packer(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class _Packer(GZipResponder):
    """Packs one answer."""

    @cached_property
    def compressor(self) -> Any:  # noqa: ANN401 - as zlib's, which has no public type
        """What packs it, made for the first bytes."""
        return isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _GZIP + isal_zlib.MAX_WBITS)


def _goes_plain(scope: Scope) -> bool:
    path: str = scope["path"]
    wants_json = "application/json" in Headers(scope=scope).get("Accept", "")
    return path.startswith(_FILES) or (path.startswith(_DOCUMENTS) and not wants_json)


def _is_near(scope: Scope) -> bool:
    """Whether a program of this machine asks for itself, and not a proxy for somebody elsewhere."""
    headers = Headers(scope=scope)
    called = urlsplit(f"//{headers.get('Host', '')}").hostname or ""  # the gate has looked at it
    caller, _ = scope.get("client") or ("", 0)
    passed_on = any(name.startswith(_OF_PROXIES) for name in headers)
    return is_loopback(caller) and is_loopback(called) and not passed_on
