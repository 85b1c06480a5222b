"""``/vospace/nodes``: what there is in virtual storage (VOSpace 2.1, section 3.2)."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datalab_backend.errors import UsageError
from datalab_backend.storage import Node, NodeType, StoragePath
from datalab_backend.storage.faults import TypeNotSupportedError
from datalab_backend.storage.node import Sharing
from datalab_backend.web import vospacefiles, vospacejson
from datalab_backend.web.context import caller, context
from datalab_backend.web.parameters import Parameters
from datalab_backend.web.vospacefiles import path

_DEFAULT_CHILDREN = 1000
_MOST_CHILDREN = 100_000
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
    return [*nodes, *vospacefiles.routes()]


async def _get(request: Request) -> Response:
    parameters = await Parameters.read(request)
    limit = parameters.whole("limit", _DEFAULT_CHILDREN, 0, _MOST_CHILDREN)
    after = parameters.text("after") or ""
    storage, asking = context(request).storage, caller(request)

    def write() -> bytes:
        node = storage.node(asking, path(request))
        if node.type is not NodeType.CONTAINER:
            return vospacejson.write(storage, asking, node)
        children = storage.children(asking, node.path, after, limit + 1)
        page = children[:limit]
        more = page[-1].name if page and len(children) > limit else None
        return vospacejson.write(storage, asking, node, page, more)

    return _json(await to_thread.run_sync(write))


async def _create(request: Request) -> Response:
    sent = vospacejson.read(await request.body())
    storage, asking, place = context(request).storage, caller(request), path(request)

    def create() -> bytes:
        return vospacejson.write(storage, asking, _created(request, sent, place))

    return _json(await to_thread.run_sync(create), 201)


def _created(request: Request, sent: dict[str, object], place: StoragePath) -> Node:
    storage, asking = context(request).storage, caller(request)
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


async def _set(request: Request) -> Response:
    sent = vospacejson.read(await request.body())
    storage, asking, place = context(request).storage, caller(request), path(request)

    def change() -> bytes:
        own = storage.node(asking, place).own_sharing
        node = storage.set_properties(
            asking, place, vospacejson.properties(sent), vospacejson.sharing(sent, own)
        )
        return vospacejson.write(storage, asking, node)

    return _json(await to_thread.run_sync(change))


async def _delete(request: Request) -> Response:
    parameters = await Parameters.read(request)
    recursive = parameters.choice("recursive", ("true", "false"), "false") == "true"
    storage = context(request).storage
    await to_thread.run_sync(storage.delete, caller(request), path(request), recursive)
    return Response(status_code=204)


def _json(document: bytes, status: int = 200) -> Response:
    return Response(document, status, _NO_CACHE, "application/json")
