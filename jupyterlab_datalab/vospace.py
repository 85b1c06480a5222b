"""The caller's virtual storage at the Data Lab: nodes by their paths, contents as streams.

Paths are relative to the caller's root: ``a/b.csv``, and the empty text for the root itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
from datalab_toolkit.errors import NotFoundError

from .datalab import PATIENT, DataLab, RefusedError

PAGE_NODES = 1000


@dataclass(frozen=True, slots=True)
class Node:
    """A file or folder of the virtual storage.

    Attributes
    ----------
    path
        Its path below the root.
    is_folder
        Whether it holds other nodes.
    size_bytes
        The length of a file.
    media_type
        What a file is, when the Data Lab knows.
    md5
        The checksum of a file, when the Data Lab knows.
    created, modified
        When it came to be, and when its content last changed.
    writable
        Whether the caller may change it.
    """

    path: str
    is_folder: bool
    size_bytes: int
    media_type: str
    md5: str
    created: datetime
    modified: datetime
    writable: bool

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Vospace:
    """The virtual storage of whoever is signed in.

    Parameters
    ----------
    datalab
        The Data Lab that has it.
    """

    def __init__(self, datalab: DataLab) -> None:
        self._datalab = datalab

    async def user(self) -> str:
        """Whose it is.

        Raises
        ------
        RefusedError
            Nobody is signed in.
        """
        return await self._datalab.user()

    async def document(self, path: str, limit: int = 0, after: str = "") -> dict[str, Any]:
        """A node as the Data Lab tells it, with paths below the caller's root.

        Parameters
        ----------
        path
            Which.
        limit, after
            How many of its children to list, and after which name to begin.
        """
        user = await self._datalab.user()
        parameters = {"limit": str(limit)} | ({"after": after} if after else {})
        answer = await self._datalab.ask("GET", _url("nodes", user, path), params=parameters)
        told: dict[str, Any] = answer.json()
        told["path"] = str(told["path"]).removeprefix(f"/{user}").strip("/")
        for child in told.get("children", ()):
            child["path"] = joined(told["path"], str(child["name"]))
        return told

    async def node(self, path: str) -> Node:
        """A node without what is in it.

        Raises
        ------
        NotFoundError
            There is none.
        """
        return _node(await self.document(path))

    async def find(self, path: str) -> Node | None:
        """A node, or None when there is none."""
        with suppress(NotFoundError):
            return await self.node(path)
        return None

    async def children(self, path: str) -> AsyncIterator[Node]:
        """The nodes in a folder, by name."""
        after = ""
        while True:
            told = await self.document(path, PAGE_NODES, after)
            for child in told.get("children", ()):
                yield _node(child)
            after = str(told.get("next") or "")
            if not after:
                return

    @asynccontextmanager
    async def reading(
        self, path: str, headers: dict[str, str] | None = None, method: str = "GET"
    ) -> AsyncIterator[httpx.Response]:
        """Read a file, or the part of it that a Range header names."""
        user = await self._datalab.user()
        # Errors as JSON; the file as it is.
        sent = {"Accept": "application/json, */*;q=0.5", "Accept-Encoding": "identity"}
        sent |= headers or {}
        url = _url("files", user, path)
        async with self._datalab.stream(method, url, headers=sent) as answer:
            yield answer

    async def write(
        self,
        path: str,
        content: AsyncIterator[bytes] | bytes,
        size_bytes: int | None = None,
        media_type: str = "",
        replace: bool = True,
    ) -> None:
        """Write a file, which is there whole or not at all.

        Raises
        ------
        RefusedError
            The storage is full, the caller may not write there, or the file is there already and
            is not to be replaced.
        """
        user = await self._datalab.user()
        headers = {"Content-Type": media_type or "application/octet-stream"}
        if size_bytes is not None:
            headers["Content-Length"] = str(size_bytes)
        if not replace:
            headers["If-None-Match"] = "*"
        url = _url("files", user, path)
        await self._datalab.ask("PUT", url, headers=headers, content=content, timeout=PATIENT)

    async def make_folder(self, path: str) -> None:
        """Make a folder; one that is there already stays.

        Raises
        ------
        RefusedError
            A file has the name.
        """
        user = await self._datalab.user()
        try:
            await self._datalab.ask("PUT", _url("nodes", user, path), json={"type": "container"})
        except RefusedError as error:
            found = await self.find(path) if error.kind == "exists" else None
            if found is None or not found.is_folder:
                raise

    async def transfer(self, source: str, target: str, *, keep: bool) -> None:
        """Copy a node, or move it, to a path that is still free.

        Parameters
        ----------
        source, target
            From where to where; `target` is the new path itself, not the folder to put it in.
        keep
            True to copy, False to move (VOSpace 2.1, sections 6.3.3 and 6.3.4).
        """
        if await self.find(target) is not None:
            # To the standard a folder that is there would be the place to put the node in.
            raise already_there(target)
        user = await self._datalab.user()
        form = {
            "TARGET": f"/{user}/{source}",
            "DIRECTION": f"/{user}/{target}",
            "KEEPBYTES": "true" if keep else "false",
        }
        await self._datalab.ask("POST", "/vospace/synctrans", data=form, timeout=PATIENT)

    async def delete(self, path: str) -> None:
        """Delete a file, or a folder with all that is in it."""
        user = await self._datalab.user()
        url = _url("nodes", user, path)
        await self._datalab.ask("DELETE", url, params={"recursive": "true"}, timeout=PATIENT)

    async def set_properties(self, path: str, properties: dict[str, Any]) -> None:
        """Change who may read a node."""
        user = await self._datalab.user()
        await self._datalab.ask("POST", _url("nodes", user, path), json=properties)


def already_there(path: str) -> RefusedError:
    """What is told when a name is taken."""
    name = path.rpartition("/")[2]
    return RefusedError(
        f"There is something called {name!r} already.", "Choose another name.", 409, "exists"
    )


def joined(folder: str, name: str) -> str:
    """The path of something in a folder."""
    return f"{folder}/{name}" if folder else name


def _url(kind: str, user: str, path: str) -> str:
    # As the Data Lab keeps names: another form of an accent would be another name.
    parts = [user, *unicodedata.normalize("NFC", path.strip("/")).split("/")]
    return f"/vospace/{kind}/" + "/".join(quote(part, safe="") for part in parts if part)


def _node(told: dict[str, Any]) -> Node:
    is_folder = told.get("type") == "container"
    modified = _time(told.get("modified"))
    return Node(
        path=str(told["path"]),
        is_folder=is_folder,
        size_bytes=int(told.get("size") or 0),
        media_type="" if is_folder else str(told.get("content_type") or ""),
        md5=str(told.get("md5") or ""),
        created=_time(told.get("created")) if told.get("created") else modified,
        modified=modified,
        writable=bool(told.get("writable", True)),
    )


def _time(text: object) -> datetime:
    """A time as the Data Lab writes it, in UTC unless it says otherwise."""
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        time = datetime.fromtimestamp(0, UTC)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
