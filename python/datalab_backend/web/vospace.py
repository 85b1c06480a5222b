"""``/vospace/nodes``: what there is in virtual storage (VOSpace 2.1, sections 3.2 to 3.5).

Nodes are XML as the standard has it; they are JSON to clients that ask for it, and from those that
send it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from datalab_backend.errors import UsageError
from datalab_backend.lazy import importing
from datalab_backend.storage import Node, NodeType, StoragePath
from datalab_backend.storage.faults import InvalidUriError, TypeNotSupportedError
from datalab_backend.storage.node import Sharing
from datalab_backend.storage.path import resolve
from datalab_backend.storage.places import Expected
from datalab_backend.web import (
    vosi,
    vospacefiles,
    vospacejson,
    vospacepackages,
    vospacetransfers,
    vospacexml,
)
from datalab_backend.web.context import base_url, caller, context
from datalab_backend.web.errors import wants_json
from datalab_backend.web.parameters import Parameters
from datalab_backend.web.vospacefiles import path
from datalab_backend.web.vospacexml import SentNode

_DEFAULT_CHILDREN = 1000
_MOST_CHILDREN = 100_000

# A list of one page or a few is sent as a whole, with its length.
_PIECES_AT_ONCE = 5
_NO_CACHE = {"Cache-Control": "private, no-cache"}


def routes() -> list[Route]:
    """The addresses of virtual storage."""
    nodes: list[Route] = []
    for address in ("/vospace/nodes", "/vospace/nodes/{path:path}"):
        nodes += [
            Route(address, _get),
            Route(address, _create, methods=["PUT"]),
            Route(address, _set, methods=["POST"]),
            Route(address, _delete, methods=["DELETE"]),
        ]
    return [
        *nodes,
        *vospacefiles.routes(),
        *vospacetransfers.routes(),
        *vospacepackages.routes(),
        Route("/vospace/shared", _shared),
        Route("/vospace/protocols", lambda request: _xml(vospacexml.write_protocols())),
        Route("/vospace/views", lambda request: _xml(vospacexml.write_views())),
        Route("/vospace/properties", _properties),
        Route("/vospace/capabilities", _capabilities),
        Route("/vospace/availability", vosi.availability),
    ]


async def _get(request: Request) -> Response:
    parameters = await Parameters.read(request)
    as_json = wants_json(request)
    default = _DEFAULT_CHILDREN if as_json else _MOST_CHILDREN
    limit = parameters.whole("limit", default, 0, _MOST_CHILDREN)
    after, begin = parameters.text("after") or "", parameters.text("uri")
    detail = parameters.choice("detail", ("min", "max", "properties"), "max")
    storage, asking = context(request).storage, caller(request)

    def write() -> Iterator[bytes]:
        node = storage.node(asking, path(request))
        first = "" if begin is None else _child_name(begin, node.path, asking.name)
        if as_json:
            if node.type is not NodeType.CONTAINER:
                return iter([vospacejson.write(storage, asking, node)])
            pages = storage.pages(asking, node, after, limit + 1, first)
            return vospacejson.write_list(storage, asking, node, pages, limit)
        is_home = len(node.path.parts) == 1 and node.writable_by(asking)
        quota = storage.quota_bytes(node.owner) if is_home else None
        pages = storage.pages(asking, node, after, limit, first)
        return vospacexml.write_list(node, pages, detail, quota)

    pieces = await to_thread.run_sync(write)
    beginning = b"".join(await to_thread.run_sync(lambda: [*islice(pieces, _PIECES_AT_ONCE)]))
    rest = await to_thread.run_sync(next, pieces, None)
    if rest is None:
        return _told(request, beginning)
    # What goes wrong later breaks the answer off, since half a list must not look like a whole one.
    return StreamingResponse(
        chain([beginning, rest], pieces), headers=_NO_CACHE, media_type=_media_type(request)
    )


def _child_name(uri: str, container: StoragePath, user: str) -> str:
    """The name of the child at which a page is to begin (VOSpace 2.1, section 3.4.2)."""
    found = resolve(uri, user)
    if found.parent != container:
        raise InvalidUriError(
            f"{found} is not in {container}.", "Give the URI of one of its nodes."
        )
    return found.name


async def _create(request: Request) -> Response:
    body = await request.body()
    if not _sends_json(request):
        return await _create_by_xml(request, vospacexml.read_node(body))
    sent = vospacejson.read(body)
    storage, asking = context(request).storage, caller(request)

    def create() -> Node:
        place = storage.unnamed(path(request))
        sharing = vospacejson.sharing(sent, Sharing())
        properties = {k: v for k, v in vospacejson.properties(sent).items() if v is not None}
        match sent.get("type"):
            case "container":
                return storage.make_container(asking, place, sharing, properties)
            case "link":
                target = sent.get("target")
                if not isinstance(target, str):
                    raise UsageError("A link needs a “target”.", "Give the vos:// URI of a node.")
                return storage.link(asking, place, target, sharing, properties)
            case _:
                raise TypeNotSupportedError(
                    "“type” is neither “container” nor “link”.", "PUT files to /vospace/files."
                )

    return _node(request, await to_thread.run_sync(create), 201)


async def _create_by_xml(request: Request, sent: SentNode) -> Response:
    storage, asking = context(request).storage, caller(request)

    def create() -> Node:
        _check_uri(sent, path(request), asking.name)
        place = storage.unnamed(path(request))
        sharing = sent.sharing(Sharing())
        properties = {uri: value for uri, value in sent.others.items() if value is not None}
        if sent.type is NodeType.CONTAINER:
            return storage.make_container(asking, place, sharing, properties)
        if sent.type is NodeType.LINK:
            return storage.link(asking, place, sent.target or "", sharing, properties)
        with storage.writing(
            asking,
            place,
            0,
            content_type=sent.content_type or "",
            expected=Expected(unused=True),
        ):
            pass
        return storage.set_properties(asking, place, properties, sharing)

    return _node(request, await to_thread.run_sync(create), 201)


async def _set(request: Request) -> Response:
    body = await request.body()
    storage, asking, place = context(request).storage, caller(request), path(request)
    if _sends_json(request):
        said = vospacejson.read(body)

        def change() -> Node:
            own = storage.node(asking, place).own_sharing
            sharing = vospacejson.sharing(said, own)
            return storage.set_properties(asking, place, vospacejson.properties(said), sharing)
    else:
        sent = vospacexml.read_node(body)

        def change() -> Node:
            _check_uri(sent, place, asking.name)
            node = storage.node(asking, place)
            if sent.type is not node.type:
                raise TypeNotSupportedError(f"{place} is a {node.type}, and stays one.")
            sharing = _changed(sent.sharing(node.own_sharing), node)
            return storage.set_properties(asking, place, sent.others, sharing, sent.content_type)

    return _node(request, await to_thread.run_sync(change))


def _changed(said: Sharing | None, node: Node) -> Sharing | None:
    """What is new in what was said: clients send back what they read, which may be from around."""
    if said is None:
        return None
    own, now = node.own_sharing, node.sharing
    return Sharing(
        own.public if said.public == now.public else said.public,
        own.groupread if said.groupread == now.groupread else said.groupread,
        own.groupwrite if said.groupwrite == now.groupwrite else said.groupwrite,
    )


async def _delete(request: Request) -> Response:
    parameters = await Parameters.read(request)
    recursive = parameters.choice("recursive", ("true", "false"), "false") == "true"
    storage = context(request).storage
    await to_thread.run_sync(storage.delete, caller(request), path(request), recursive)
    return Response(status_code=204)


async def _shared(request: Request) -> Response:
    """List what others share with groups of the caller's; in JSON alone, for no standard has it."""
    storage, asking = context(request).storage, caller(request)
    document = await to_thread.run_sync(
        lambda: vospacejson.write_nodes(asking, storage.shared(asking))
    )
    return Response(document, headers=_NO_CACHE, media_type="application/json")


async def _properties(request: Request) -> Response:
    storage = context(request).storage
    used = await to_thread.run_sync(storage.properties_in_use, caller(request))
    return _xml(vospacexml.write_properties(used))


async def _capabilities(request: Request) -> Response:
    def write() -> bytes:
        with importing:
            from datalab_backend.web.capabilities import write_vospace

        return write_vospace(base_url(request))

    return _xml(await to_thread.run_sync(write))


def _check_uri(sent: SentNode, place: StoragePath, user: str) -> None:
    if resolve(sent.uri, user) != place:
        raise InvalidUriError(
            f"The document is of {sent.uri[:200]}, and was sent to {place}.", "Send it there."
        )


def _sends_json(request: Request) -> bool:
    return request.headers.get("Content-Type", "").startswith("application/json")


def _node(request: Request, node: Node, status: int = 200) -> Response:
    if wants_json(request):
        document = vospacejson.write(context(request).storage, caller(request), node)
    else:
        document = vospacexml.write_node(node)
    return _told(request, document, status)


def _told(request: Request, document: bytes, status: int = 200) -> Response:
    return Response(document, status, _NO_CACHE, _media_type(request))


def _media_type(request: Request) -> str:
    return "application/json" if wants_json(request) else "text/xml"


def _xml(document: bytes) -> Response:
    return Response(document, media_type="text/xml", headers=_NO_CACHE)
