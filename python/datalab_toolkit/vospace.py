"""Speaks to the virtual storage of a Data Lab: VOSpace 2.1 with nodes told as JSON."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from datalab_toolkit import account, nodes
from datalab_toolkit.errors import NodeNotFoundError, NotFoundError, SignInError
from datalab_toolkit.lab import Lab
from datalab_toolkit.nodes import Node
from datalab_toolkit.vospaths import VosName, parse
from datalab_toolkit.wording import how_to_sign_in

_PAGE = 1000


class VOSpace:
    """The virtual storage, as one caller sees it. Its methods take names as `VosName`.

    Parameters
    ----------
    lab
        The Data Lab.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._lock = threading.Lock()
        self._own = ""

    def path(self, name: VosName) -> str:
        """The path of a name at the server.

        Raises
        ------
        SignInError
            It is one's own, and nobody has signed in.
        """
        return name.path(name.space or self._own_name())

    def node(self, name: VosName) -> Node:
        """A file, folder or link itself.

        Raises
        ------
        NodeNotFoundError
            It is not there, or not to be seen.
        """
        with _telling(name):
            return self._read(name, self.lab.get(self._url("nodes", name), limit=0))

    def find(self, name: VosName) -> Node | None:
        """A file, folder or link; None when it is not there."""
        try:
            return self.node(name)
        except NotFoundError:
            return None

    def children(self, name: VosName) -> Iterator[Node]:
        """What is in a folder, in the order of names, asked for a page at a time."""
        after: str | None = None
        while True:
            with _telling(name):
                told = self.lab.get(self._url("nodes", name), limit=_PAGE, after=after)
            for child in told.get("children") or ():
                yield self._read(name.joined(child["name"]), child)
            after = told.get("next")
            if not after:
                return

    def shared(self) -> list[Node]:
        """What others share with groups of the caller's."""
        found = []
        for told in self.lab.get("/vospace/shared").get("nodes") or ():
            owner, _, below = str(told["path"]).strip("/").partition("/")
            found.append(self._read(parse(f"{owner}://{below}"), told))
        return found

    @contextmanager
    def open(
        self, name: VosName, start: int = 0, stop: int | None = None
    ) -> Iterator[httpx.Response]:
        """Hand out the content of a file to be streamed.

        Parameters
        ----------
        name
            The file.
        start, stop
            From which byte, and before which; with the default the whole file.
        """
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if start or stop is not None:
            headers["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
        with (
            _telling(name),
            self.lab.stream("GET", self._url("files", name), headers=headers) as answer,
        ):
            yield answer

    def write(
        self, name: VosName, content: Iterable[bytes] | bytes, size_bytes: int, new: bool = False
    ) -> Node:
        """Make bytes the content of a file: the whole of them or none.

        Parameters
        ----------
        name
            The file.
        content
            The bytes, or pieces of them.
        size_bytes
            How many they are.
        new
            Whether the file must not be there.

        Raises
        ------
        AlreadyThereError
            It is there.
        """
        headers = {"Content-Length": str(size_bytes), "Content-Type": "application/octet-stream"}
        headers |= {"If-None-Match": "*"} if new else {}
        with _telling(name, name):
            self.lab.ask("PUT", self._url("files", name), None, headers, content=content)
        return self.node(name)

    def make_folder(self, name: VosName) -> None:
        """Make a folder in one that is there."""
        self._put(name, {"type": "container"})

    def link(self, name: VosName, target: str) -> None:
        """Make a link to a file, a folder or an address."""
        self._put(name, {"type": "link", "target": target})

    def copy(self, source: VosName, target: VosName) -> None:
        """Copy a file, or a folder with all that is in it."""
        self._transfer(source, target, keep=True)

    def move(self, source: VosName, target: VosName) -> None:
        """Move or rename a file or folder."""
        self._transfer(source, target, keep=False)

    def pull(self, address: str, target: VosName) -> None:
        """Have the Data Lab fetch a file from an address of the web."""
        form = {
            "TARGET": self.path(target),
            "DIRECTION": "pullToVoSpace",
            "ENDPOINT": address,
        }
        with _telling(target, target):
            self._synctrans(form)

    def delete(self, name: VosName, recursive: bool = False) -> None:
        """Remove a file, a link, or a folder: an empty one, or with all that is in it."""
        asked = {"recursive": "true"} if recursive else {}
        with _telling(name):
            self.lab.ask("DELETE", self._url("nodes", name), None, params=asked)

    def change(
        self,
        name: VosName,
        public: bool | None = None,
        groupread: Sequence[str] | None = None,
        groupwrite: Sequence[str] | None = None,
        properties: dict[str, str | None] | None = None,
    ) -> Node:
        """Change who may read or write a node, and what is noted with it; None leaves it."""
        given: dict[str, Any] = {
            "public": public,
            "groupread": None if groupread is None else list(groupread),
            "groupwrite": None if groupwrite is None else list(groupwrite),
            "properties": properties,
        }
        body = {key: value for key, value in given.items() if value is not None}
        with _telling(name):
            self.lab.ask("POST", self._url("nodes", name), json=body)
        return self.node(name)

    def _read(self, name: VosName, told: dict[str, Any]) -> Node:
        target = str(told.get("target") or "")
        if target.startswith("vos:"):
            leads = parse(target)
            space = "" if leads.space == self._own else leads.space
            told = told | {"target": str(VosName(space, leads.parts))}
        return nodes.from_json(told, self.path(name), str(name))

    def _put(self, name: VosName, body: dict[str, Any]) -> None:
        with _telling(name, name):
            self.lab.ask("PUT", self._url("nodes", name), json=body)

    def _transfer(self, source: VosName, target: VosName, keep: bool) -> None:
        form = {
            "TARGET": self.path(source),
            "DIRECTION": self.path(target),
            "KEEPBYTES": str(keep).lower(),
        }
        with _telling(source, target):
            self._synctrans(form)

    def _synctrans(self, form: dict[str, str]) -> None:
        self.lab.ask("POST", "/vospace/synctrans", None, data=form)

    def _url(self, resource: str, name: VosName) -> str:
        return f"/vospace/{resource}{quote(self.path(name))}"

    def _own_name(self) -> str:
        with self._lock:
            if not self._own:
                known = account.me(self.lab)
                if known.is_anonymous:
                    raise SignInError(
                        "vos://… is for those who have signed in; nobody has.",
                        how_to_sign_in(),
                    )
                self._own = known.name
            return self._own


@contextmanager
def _telling(name: VosName, target: VosName | None = None) -> Iterator[None]:
    """Say in the caller's spelling which node is not there, or no folder for what is to be made."""
    try:
        yield
    except NotFoundError as error:
        if not name.parts:
            told = f"Nothing in {name} is there for you."
            hint = "Check the name of the user; there may be nothing that is shared with you."
        elif target is not None and "container" in error.message:
            told, hint = f"There is no folder {target.parent}.", "Make it first, with mkdir."
        else:
            told, hint = f"There is no {name}.", f"List {name.parent} to see what is there."
        raise NodeNotFoundError(told, hint) from error
