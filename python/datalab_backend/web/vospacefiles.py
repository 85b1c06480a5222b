"""``/vospace/files``: the bytes of files, read and written in one request each."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import DatalabError, UsageError
from datalab_backend.storage import Node, StoragePath
from datalab_backend.storage.places import Expected
from datalab_backend.storage.preauth import Ticket, Verb
from datalab_backend.web import filebodies, ranges
from datalab_backend.web.context import base_url, caller, context

_LONGEST_TYPE = 200

# The slashes of an address, such as /vospace/files/, before the path of the node.
_BEFORE_PATH = 3


def routes() -> list[Route]:
    """The addresses of files."""
    return [
        Route("/vospace/files/{path:path}", get, methods=["GET", "HEAD"]),
        Route("/vospace/files/{path:path}", put, methods=["PUT"]),
        Route("/vospace/data/{path:path}", get_signed, methods=["GET", "HEAD"]),
        Route("/vospace/data/{path:path}", put_signed, methods=["PUT"]),
    ]


async def get(request: Request) -> Response:
    """Send a file, or a part of it."""
    return await send(request, caller(request), path(request))


async def put(request: Request) -> Response:
    """Take a file in, whole or not at all."""
    return await take(request, caller(request), path(request))


async def get_signed(request: Request) -> Response:
    """Send the file of a URL that was given away."""
    asking, _ = await _redeemed(request, Verb.GET)
    return await send(request, asking, path(request))


async def put_signed(request: Request) -> Response:
    """Take the file of a URL that was given away."""
    asking, ticket = await _redeemed(request, Verb.PUT)
    taken = await take(request, asking, path(request), ticket)
    # As the CADC's services answer, whose clients take anything else for a failure.
    taken.status_code = 201
    return taken


async def _redeemed(request: Request, verb: Verb) -> tuple[Caller, Ticket]:
    token = request.query_params.get("token", "")
    storage = context(request).storage
    return await to_thread.run_sync(storage.tickets.take, token, path(request), verb)


def signed_url(request: Request, asking: Caller, path: StoragePath, verb: Verb) -> str:
    """A URL that lets whoever has it read or write a file for a caller."""
    token = context(request).storage.tickets.give(asking, path, verb)
    return f"{base_url(request)}/vospace/data{quote(str(path))}?token={token}"


def path(request: Request) -> StoragePath:
    """The node that a request names."""
    # The parameter of the route has lost a line break at its end, and is another name.
    parts = request.scope["path"].split("/", _BEFORE_PATH)
    return StoragePath.parse(parts[_BEFORE_PATH] if len(parts) > _BEFORE_PATH else "")


async def send(request: Request, asking: Caller, path: StoragePath) -> Response:
    """Answer with a file, or a part of it, for a caller."""
    storage = context(request).storage
    node, file = await to_thread.run_sync(storage.reading, asking, path)
    headers = _headers(node)
    known = request.headers.get("If-None-Match")
    if known is not None and _names(known, node.etag):
        file.close()
        return Response(status_code=304, headers=headers)
    part = ranges.asked(
        request.headers.get("Range"),
        request.headers.get("If-Range"),
        node.size_bytes,
        node.etag,
    )
    if part is None:
        file.close()
        return Response(
            status_code=416, headers={**headers, "Content-Range": f"bytes */{node.size_bytes}"}
        )
    if not part.whole:
        last = part.start + part.length - 1
        headers["Content-Range"] = f"bytes {part.start}-{last}/{node.size_bytes}"
    elif node.md5 is not None:
        # The digest is that of the whole, which a part is not.
        headers["Content-MD5"] = _base64(node.md5)
    return filebodies.FileAnswer(file, part.start, part.length, 200 if part.whole else 206, headers)


async def take(
    request: Request, asking: Caller, path: StoragePath, ticket: Ticket | None = None
) -> Response:
    """Keep what a request brings as a file of a caller."""
    storage = context(request).storage
    length = request.headers.get("Content-Length")
    media_type = request.headers.get("Content-Type", "").strip()
    if len(media_type) > _LONGEST_TYPE or not media_type.isprintable():
        raise UsageError("The Content-Type is none.", "Leave it out to have it guessed.")
    writing = storage.writing(
        asking,
        path,
        int(length) if length is not None else None,
        # What clients send who do not know is no better than a guess by the name.
        content_type="" if media_type in _UNKNOWN_TYPES else media_type,
        expected=_expected(request),
        ticket=ticket,
    )
    try:
        await filebodies.take(request, writing)
    except DatalabError:
        await filebodies.leave(request)
        raise
    node = await to_thread.run_sync(storage.node, asking, path)
    made = node.created == node.modified
    return Response(status_code=201 if made else 200, headers=_tags(node))


_UNKNOWN_TYPES = ("application/octet-stream", "application/x-www-form-urlencoded")


def _headers(node: Node) -> dict[str, str]:
    return {
        **_tags(node),
        "Content-Type": node.content_type,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Last-Modified": node.modified.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        # No file of a user is shown as a page of the Data Lab's own.
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(node.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }


def _tags(node: Node) -> dict[str, str]:
    # Digest (RFC 3230) is of the file, whatever is sent of it; clients of the CADC look at it.
    return {"ETag": node.etag or "", "Digest": f"md5={_base64(node.md5 or '')}"}


def _base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()


def _expected(request: Request) -> Expected:
    known = request.headers.get("If-Match")
    new = request.headers.get("If-None-Match")
    if new not in (None, "*"):
        raise UsageError("If-None-Match of a PUT can only be *.", "Leave it out to replace files.")
    return Expected(
        nothing=new == "*",
        etag=None if known in (None, "*") else str(known).strip(),
        md5=_digest(request.headers.get("Content-MD5") or _md5_of(request.headers.get("Digest"))),
    )


def _md5_of(header: str | None) -> str | None:
    """The MD5 among the digests of a header (RFC 3230)."""
    for digest in (header or "").split(","):
        name, _, value = digest.strip().partition("=")
        if name.lower() == "md5":
            return value
    return None


def _digest(header: str | None) -> str | None:
    """Read a Content-MD5: base64 as RFC 1864 has it, or the 32 digits that people write."""
    if header is None:
        return None
    text = header.strip()
    try:
        digest = bytes.fromhex(text) if len(text) == 32 else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        digest = b""
    if len(digest) != 16:
        raise UsageError("Content-MD5 is not an MD5.", "Write it in base64, as RFC 1864 has it.")
    return digest.hex()


def _names(header: str, etag: str | None) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags
