"""``/storage``: the files of the user of the official client.

Success has a status of its own for each call, and the client shows the text of anything else.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import DatalabError, UsageError
from datalab_backend.storage import Node, NodeType, StoragePath
from datalab_backend.storage.faults import InvalidArgumentError, QuotaExceededError
from datalab_backend.storage.path import resolve
from datalab_backend.storage.preauth import Verb
from datalab_backend.storage.transfer import Direction, Transfer, perform
from datalab_backend.web.context import caller, context, user
from datalab_backend.web.datalab import answers, listings
from datalab_backend.web.datalab.arguments import Arguments
from datalab_backend.web.datalab.metadata import profiles
from datalab_backend.web.vospacefiles import signed_url

_TAGS = "tags"
"""The property that holds the tags of a node, with commas between."""

_COMPLETED = "COMPLETED"


def routes() -> list[Route]:
    """The addresses below ``/storage``."""
    return [
        Route("/ls", _ls),
        Route("/access", _access),
        Route("/stat", _stat),
        Route("/isdir", _isdir),
        Route("/get", _get),
        Route("/put", _put),
        Route("/cp", _cp),
        Route("/mv", _mv),
        Route("/ln", _ln),
        Route("/mkdir", _mkdir),
        Route("/rm", _rm),
        Route("/rmdir", _rmdir),
        Route("/tag", _tag),
        Route("/load", _load),
        Route("/pull", _load),
        Route("/profiles", profiles),
        Route("/xfer", _xfer, methods=["POST"]),
    ]


# Looking


def _ls(request: Request) -> Response:
    arguments = Arguments.of(request)
    found = _listed(request, arguments.path("name") or "vos://")
    return answers.text(listings.listed(found, arguments.text("format")))


def _listed(request: Request, name: str) -> list[Node]:
    """What is in a container, a file itself, or what a pattern such as ``*.csv`` means."""
    storage, asking = context(request).storage, caller(request)
    above, slash, last = name.rpartition("/")
    if any(sign in last for sign in "*?["):
        container = storage.followed(asking, resolve(above + slash, asking.name))
        inside = storage.children(asking, container)
        return [node for node in inside if fnmatchcase(node.name, last)]
    path = storage.followed(asking, resolve(name, asking.name))
    node = storage.node(asking, path)
    return storage.children(asking, path) if node.type is NodeType.CONTAINER else [node]


def _access(request: Request) -> Response:
    arguments = Arguments.of(request)
    mode = arguments.text("mode") or "r"
    if not set(mode) <= {"r", "w"}:
        raise UsageError(f"A mode cannot be “{mode[:20]}”.", "It is r, w or rw.")
    try:
        node = _node(request, arguments.path("name"))
    except DatalabError:
        return answers.truth(False)
    return answers.truth("w" not in mode or node.writable_by(caller(request)))


def _stat(request: Request) -> Response:
    node = _node(request, Arguments.of(request).required_path("name"))
    return answers.json(json.dumps(listings.status(node)))


def _isdir(request: Request) -> Response:
    """Whether there is a container; the client asks before it removes something."""
    try:
        node = _node(request, Arguments.of(request).path("name"))
    except DatalabError:
        return answers.truth(False)
    return answers.truth(node.type is NodeType.CONTAINER)


def _node(request: Request, name: str) -> Node:
    asking = caller(request)
    return context(request).storage.node(asking, resolve(name, asking.name))


# Reading and writing


def _get(request: Request) -> Response:
    """Give the URL from which the client then reads."""
    asking = caller(request)
    path = resolve(Arguments.of(request).required_path("name"), asking.name)
    return answers.text(signed_url(request, asking, path, Verb.GET))


def _put(request: Request) -> Response:
    """Give the URL to which the client then writes.

    What speaks against it has to be told here and with the status 500: the client takes any other
    answer for a URL, and looks at no status of what follows.
    """
    asking = caller(request)
    try:
        path = resolve(Arguments.of(request).required_path("name"), asking.name)
        url = signed_url(request, asking, path, Verb.PUT)
        _check_room(request, path)
    except DatalabError as error:
        return answers.text(answers.sentence(error), 500)
    return answers.text(url)


def _check_room(request: Request, path: StoragePath) -> None:
    storage = context(request).storage
    quota = storage.quota_bytes(path.owner)
    if quota is not None and storage.used_bytes(path.owner) >= quota:
        raise QuotaExceededError(
            f"{path.owner} has no room left.", "Delete files that are no longer needed."
        )


async def _load(request: Request) -> Response:
    """Fetch a file from a URL, or from elsewhere in the virtual storage."""
    arguments = Arguments.of(request)
    asking = user(request)
    name, endpoint = arguments.required_path("name"), arguments.required("endpoint")
    storage = context(request).storage
    if arguments.flag("is_vospace"):
        source, target = resolve(endpoint, asking.name), resolve(name, asking.name)
        await to_thread.run_sync(storage.copy, asking, source, target)
    else:
        transfer = Transfer((name,), Direction.PULL_TO, endpoint=endpoint)
        limits = context(request).limits.uploads
        await to_thread.run_sync(perform, transfer, storage, asking, limits)
    return answers.done()


async def _xfer(request: Request) -> Response:
    """Keep a chunk of a file of which a table is to be made."""
    sender = user(request)
    name = request.headers.get("X-DL-FileName", "")
    if not name:
        raise UsageError("X-DL-FileName is missing.", "Say in it what the file is called.")
    first = request.headers.get("X-DL-InitXfer", "").casefold() == "true"
    chunk = await request.body()
    await to_thread.run_sync(context(request).staging.add, sender.uid, name, chunk, first)
    return answers.done()


# Changing


def _cp(request: Request) -> Response:
    asking, source, target = _pair(request)
    context(request).storage.copy(asking, source, target)
    return answers.text(_COMPLETED)


def _mv(request: Request) -> Response:
    asking, source, target = _pair(request)
    context(request).storage.move(asking, source, target)
    return answers.text(_COMPLETED)


def _pair(request: Request) -> tuple[Caller, StoragePath, StoragePath]:
    arguments, asking = Arguments.of(request), caller(request)
    source, target = (arguments.required_path(name) for name in ("from", "to"))
    return asking, resolve(source, asking.name), resolve(target, asking.name)


def _ln(request: Request) -> Response:
    """Make a link called “from” that points “to” something."""
    arguments, asking = Arguments.of(request), caller(request)
    link, target = arguments.required_path("from"), arguments.required_path("to")
    context(request).storage.link(asking, resolve(link, asking.name), target)
    return answers.text("OK", 201)


def _mkdir(request: Request) -> Response:
    asking = caller(request)
    path = resolve(Arguments.of(request).required_path("dir"), asking.name)
    context(request).storage.make_container(asking, path)
    return answers.text("OK", 201)


def _rm(request: Request) -> Response:
    return _removed(request, Arguments.of(request).required_path("file"), is_container=False)


def _rmdir(request: Request) -> Response:
    return _removed(request, Arguments.of(request).required_path("dir"), is_container=True)


def _removed(request: Request, name: str, is_container: bool) -> Response:
    storage, asking = context(request).storage, caller(request)
    path = resolve(name, asking.name)
    if (storage.node(asking, path).type is NodeType.CONTAINER) is not is_container:
        raise InvalidArgumentError(
            f"{name} is {'not ' if is_container else ''}a directory.",
            "rmdir removes directories that are empty, rm anything else.",
        )
    storage.delete(asking, path)
    return Response(status_code=204)


def _tag(request: Request) -> Response:
    arguments, asking = Arguments.of(request), caller(request)
    path = resolve(arguments.required_path("name"), asking.name)
    storage = context(request).storage
    before = storage.node(asking, path).properties.get(_TAGS, "")
    words = [
        word.strip() for text in (before, arguments.required("tag")) for word in text.split(",")
    ]
    noted = ",".join(dict.fromkeys(word for word in words if word))
    storage.set_properties(asking, path, {_TAGS: noted})
    return answers.done()
