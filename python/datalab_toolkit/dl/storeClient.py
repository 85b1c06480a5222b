"""``storeClient`` of the official client: files of the virtual storage.

Functions take a token as their first argument, by its name, or not at all. As in the official
client most return ``OK`` or what went wrong.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from datalab_toolkit import nodeformats, nodetrees, storage
from datalab_toolkit.dl import calls, queryClient
from datalab_toolkit.dl.problems import fault, storeClientError, told_as
from datalab_toolkit.dl.settings import (
    get_profile,
    isAlive,
    list_profiles,
    set_profile,
    set_svc_url,
)
from datalab_toolkit.errors import DatalabError, NodeNotFoundError
from datalab_toolkit.vospace import VOSpace
from datalab_toolkit.vospaths import VosName, parse

__all__ = [
    "access",
    "cp",
    "get",
    "getClient",
    "get_profile",
    "get_svc_url",
    "isAlive",
    "list_profiles",
    "ln",
    "load",
    "ls",
    "mkdir",
    "mv",
    "pull",
    "put",
    "rm",
    "rmdir",
    "saveAs",
    "services",
    "set_profile",
    "set_svc_url",
    "stat",
    "storeClientError",
    "tag",
]


def ls(
    *args: Any,
    name: str = "vos://",
    token: str | None = None,
    format: str = "csv",
    verbose: bool = False,
) -> str:
    """List a folder, a file or a pattern as text; see `nodeformats.write` for the formats."""
    token, values = calls.bound(args, ["name"], {"name": name}, token)
    asked = values["name"] or "vos://"
    try:
        space = _space(token)
        where = parse(asked)
        found = [node for _, node in nodetrees.matching(space, where)]
        if len(found) == 1 and found[0].is_folder and not where.is_pattern:
            found = [*space.children(where)]
        return nodeformats.write(found, format)
    except NodeNotFoundError:
        return f'Error 404: "{parse(asked)}" NOT FOUND'
    except DatalabError as error:
        return f"Error: {error}"


def access(
    *args: Any,
    path: str = "",
    mode: str | None = None,
    token: str | None = None,
    verbose: bool = True,
) -> bool:
    """Whether a file is there and may be read, or with ``mode="w"`` or ``"rw"`` be changed."""
    token, values = calls.bound(args, ["path", "mode"], {"path": path, "mode": mode}, token)
    try:
        node = _space(token).node(parse(values["path"]))
    except DatalabError:
        return False
    return node.writable or "w" not in (values["mode"] or "")


def stat(
    *args: Any, path: str = "", token: str | None = None, verbose: bool = True
) -> dict[str, Any]:
    """What is known of a file or folder; empty when it is not there."""
    token, values = calls.bound(args, ["path"], {"path": path}, token)
    try:
        return nodeformats.facts(_space(token).node(parse(values["path"])))
    except DatalabError:
        return {}


def get(
    *args: Any,
    fr: str = "",
    to: str | None = "",
    token: str | None = None,
    mode: str = "text",
    verbose: bool = True,
    debug: bool = False,
    timeout: float = 30,
) -> Any:
    """Fetch files: ``get(token, fr, to)``; without ``to`` return the content of one.

    Parameters
    ----------
    *args
        A token, what to fetch (a pattern, too), and where to put it.
    fr, to, token
        The same by their names.
    mode
        ``text``, ``binary`` for bytes, or ``fileobj`` for what can be read from.
    verbose
        Whether to show how it gets on.
    debug, timeout
        As in the official client; they change nothing.

    Returns
    -------
    list of str, str, bytes or file
        ``OK`` for each file, or the content.

    Raises
    ------
    storeClientError
        The file is not there, or several have no folder to go to.
    """
    token, values = calls.bound(args, ["fr", "to"], {"fr": fr, "to": to}, token)
    source, target = values["fr"], values["to"]
    with told_as(storeClientError):
        space, name = _space(token), parse(source)
        if not target:
            if name.is_pattern:
                raise DatalabError("Multi-file requests require a download location")
            with space.open(name) as answer:
                content = answer.read()
            if mode == "binary":
                return content
            return io.BytesIO(content) if mode == "fileobj" else content.decode()
        if name.is_pattern and not Path(target).exists():
            raise DatalabError("Download directory does not exist")
        stream = sys.stdout if _is_true(verbose) else None
        try:
            files = nodetrees.fetch(space, name, Path(target).expanduser(), stream)
        except NodeNotFoundError as error:
            return fault(error) if name.is_pattern else [f"Error: {fault(error)}"]
    return ["OK"] * len(files)


def put(
    *args: Any,
    fr: str = "",
    to: str = "vos://",
    token: str | None = None,
    verbose: bool = True,
    debug: bool = False,
) -> Any:
    """Send files: ``put(token, fr, to)``; ``['OK', …]``, or what went wrong.

    The names of files here may be a pattern; a folder goes with all that is in it.
    """
    token, values = calls.bound(args, ["fr", "to"], {"fr": fr, "to": to}, token)
    stream = sys.stdout if _is_true(verbose) else None
    try:
        sent = nodetrees.send(_space(token), [values["fr"]], parse(values["to"]), stream)
    except DatalabError as error:
        return [fault(error)]
    return ["OK"] * len(sent) or "OK"


def cp(
    *args: Any, fr: str = "", to: str = "", token: str | None = None, verbose: bool = False
) -> Any:
    """Copy files within the storage: ``cp(token, fr, to)``; ``OK``, one for each of a pattern."""
    return _between("copy", args, fr, to, token, verbose)


def mv(
    *args: Any, fr: str = "", to: str = "", token: str | None = None, verbose: bool = False
) -> Any:
    """Move files within the storage: ``mv(token, fr, to)``; ``OK``, one for each of a pattern."""
    return _between("move", args, fr, to, token, verbose)


def ln(
    *args: Any, fr: str = "", target: str = "", token: str | None = None, verbose: bool = False
) -> str:
    """Make a link ``fr`` that leads to ``target``; ``OK``."""
    token, values = calls.bound(args, ["fr", "target"], {"fr": fr, "target": target}, token)
    return _done(
        lambda space: space.link(parse(values["fr"]), storage.link_target(space, values["target"])),
        token,
    )


def mkdir(*args: Any, name: str = "", token: str | None = None) -> str:
    """Make a folder; ``OK``."""
    token, values = calls.bound(args, ["name"], {"name": name}, token)
    return _done(lambda space: space.make_folder(parse(values["name"])), token)


def rm(*args: Any, name: str = "", token: str | None = None, verbose: bool = False) -> Any:
    """Remove a file, or the files of a pattern; ``OK``, one for each of a pattern."""
    token, values = calls.bound(args, ["name"], {"name": name}, token)
    asked = parse(values["name"])
    if not asked.parts or (not asked.space and asked.parts in (("tmp",), ("public",))):
        return "Error: operation not permitted"

    def remove(space: VOSpace, name: VosName) -> str:
        if space.node(name).is_folder:
            return f"{values['name']} is a directory."
        space.delete(name)
        return "OK"

    return _each(asked, token, remove, verbose)


def rmdir(*args: Any, name: str = "", token: str | None = None, verbose: bool = False) -> str:
    """Remove a folder with all that is in it; ``OK``."""
    token, values = calls.bound(args, ["name"], {"name": name}, token)
    asked = parse(values["name"])
    if not asked.parts or (not asked.space and asked.parts in (("tmp",), ("public",))):
        return "Error: operation not permitted"
    try:
        space = _space(token)
        if not space.node(asked).is_folder:
            return f"{values['name']} is not a directory."
        space.delete(asked, recursive=True)
    except DatalabError as error:
        return fault(error)
    return "OK"


def saveAs(*args: Any, data: Any = "", name: str = "", token: str | None = None) -> Any:
    """Write an object as text into a file: ``saveAs(token, data, name)``; ``['OK']``."""
    if len(args) == 2 and not name:  # the data may look like a token
        data, name, args = args[0], args[1], ()
    token, values = calls.bound(args, ["data", "name"], {"data": data, "name": name}, token)
    given = values["data"]
    content = given if isinstance(given, bytes) else str(given).encode()
    return [_done(lambda space: space.write(parse(values["name"]), content, len(content)), token)]


def tag(*args: Any, name: str = "", tag: str = "", token: str | None = None) -> str:
    """Note a word with a file; ``OK``."""
    token, values = calls.bound(args, ["name", "tag"], {"name": name, "tag": tag}, token)
    return _done(
        lambda space: storage.add_tags(space, parse(values["name"]), [values["tag"]]), token
    )


def load(
    *args: Any,
    name: str = "",
    endpoint: str = "",
    token: str | None = None,
    is_vospace: bool = False,
) -> str:
    """Have the Data Lab fetch a file from an address of the web; ``OK``.

    With ``is_vospace`` the address is a name in the storage, ``vos://…``, whose file is copied.
    """
    token, values = calls.bound(
        args, ["name", "endpoint"], {"name": name, "endpoint": endpoint}, token
    )

    def fetched(space: VOSpace) -> None:
        target, address = parse(values["name"]), values["endpoint"]
        if is_vospace:
            space.copy(parse(address), target)
        else:
            space.pull(address, target)

    return _done(fetched, token)


pull = load


def services(
    name: str | None = None,
    svc_type: str = "vos",
    format: str | None = None,
    profile: str = "default",
) -> str:
    """The address of the virtual storage, as text."""
    if svc_type != "vos":
        return str(queryClient.services(name, svc_type))
    return f"{'vos':>16}   vos   {get_svc_url()}\n"


def get_svc_url() -> str:
    """The address of files."""
    return calls.address("vospace")


def getClient(profile: str = "default", svc_url: str | None = None) -> ModuleType:
    """What has these functions: this module."""
    if svc_url is not None:
        set_svc_url(svc_url)
    return sys.modules[__name__]


def _space(token: str | None) -> VOSpace:
    return calls.service(token).storage


def _done(action: Callable[[VOSpace], object], token: str | None) -> str:
    try:
        action(_space(token))
    except DatalabError as error:
        return fault(error)
    return "OK"


def _each(
    name: VosName, token: str | None, action: Callable[[VOSpace, VosName], str], verbose: bool
) -> Any:
    """Do something with each file that a name means; a list of what came of it for a pattern."""
    try:
        space = _space(token)
        found = nodetrees.matching(space, name) if name.is_pattern else [(name, None)]
    except DatalabError as error:
        return fault(error)
    said = [*_said(space, [one for one, _ in found], action, verbose)]
    return said if name.is_pattern else said[0]


def _said(
    space: VOSpace,
    names: list[VosName],
    action: Callable[[VOSpace, VosName], str],
    verbose: bool,
) -> Iterator[str]:
    for number, name in enumerate(names, 1):
        if _is_true(verbose):
            print(f"({number} / {len(names)}) {name}")
        try:
            yield action(space, name)
        except DatalabError as error:
            yield fault(error)


def _between(
    verb: str, args: tuple[Any, ...], fr: str, to: str, token: str | None, verbose: bool
) -> Any:
    token, values = calls.bound(args, ["fr", "to"], {"fr": fr, "to": to}, token)
    source, target = str(values["fr"]), str(values["to"])
    if ("://" in source) != ("://" in target):
        other = "put" if "://" in target else "get"
        ends = "local to remote" if other == "put" else "remote to local"
        return f"Cannot {verb} from {ends}; use {other}() instead."

    def act(space: VOSpace, name: VosName) -> str:
        into = nodetrees.place_for(space, name, parse(target), many=parse(source).is_pattern)
        (space.copy if verb == "copy" else space.move)(name, into)
        return "OK"

    return _each(parse(source), token, act, verbose)


def _is_true(flag: object) -> bool:
    return str(flag).lower() not in ("false", "0", "no", "none", "")
