"""Copies between the files of the Jupyter server and the virtual storage, both ways.

The bytes go from the one to the other without a detour through the browser, a piece at a time. Each
file is there whole or not at all.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from datalab_toolkit.errors import DatalabError, NotFoundError, ServiceUnavailableError
from jupyter_server.services.contents.manager import ContentsManager
from tornado.web import HTTPError

from .datalab import RefusedError
from .threads import in_thread
from .vospace import Node, Vospace, already_there, joined

log = logging.getLogger(__name__)

VOS = "vos:"
PIECE_BYTES = 1024**2
# A finished transfer is told about for so long.
KEPT_S = 600.0
MOST_RUNNING = 8


@dataclass(slots=True)
class Transfer:
    """A copy under way, or done.

    Attributes
    ----------
    id
        A name that cannot be guessed.
    source, target
        From where to where; ``vos:`` in front of what is in the virtual storage.
    state
        ``running``, ``done``, ``failed`` or ``cancelled``.
    done_bytes, size_bytes
        How far it is, and how much there is to copy.
    error
        Why it failed.
    """

    source: str
    target: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    state: Literal["running", "done", "failed", "cancelled"] = "running"
    done_bytes: int = 0
    size_bytes: int = 0
    error: DatalabError | None = None
    ended: float = 0.0
    task: asyncio.Task[None] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _File:
    """A file to copy; the path is relative to what is copied."""

    path: str
    size_bytes: int


class Transfers:
    """The copies between here and there.

    Parameters
    ----------
    vospace
        The virtual storage.
    """

    def __init__(self, vospace: Vospace) -> None:
        self._vospace = vospace
        self._transfers: dict[str, Transfer] = {}

    def find(self, name: str) -> Transfer:
        """A transfer by its id.

        Raises
        ------
        NotFoundError
            There is none, or none any more.
        """
        if name not in self._transfers:
            raise NotFoundError("There is no such transfer.", "It may have ended long ago.")
        return self._transfers[name]

    async def start(
        self, source: str, target: str, local: ContentsManager, replace: bool = False
    ) -> Transfer:
        """Begin to copy a file or folder. What can be told at once is told at once.

        Parameters
        ----------
        source, target
            Paths, one of them with ``vos:`` in front; `target` is the new path itself.
        local
            Who knows the files of the Jupyter server.
        replace
            Whether a file that is there already may be replaced.

        Raises
        ------
        RefusedError, NotFoundError
            It cannot be done.
        """
        self._forget_old()
        if source.startswith(VOS) == target.startswith(VOS):
            raise RefusedError(
                "Transfers go between the Jupyter server and the virtual storage.",
                "Copy within one of them by its own file browser.",
            )
        running = [t for t in self._transfers.values() if t.state == "running"]
        if len(running) >= MOST_RUNNING:
            raise RefusedError("Too many files are being copied.", "Wait for some to end.")
        transfer = Transfer(source, target)
        if source.startswith(VOS):
            node = await self._vospace.node(_path(source))
            place = local_path(local, target)
            if place.exists() and not (replace and place.is_file() and not node.is_folder):
                raise already_there(target)
            if not place.parent.is_dir():
                raise NotFoundError(f"There is no folder {place.parent.name!r}.")
            work = self._download(transfer, node, place)
        else:
            place = local_path(local, source)
            if not place.exists():
                raise NotFoundError(f"There is no file {source!r}.")
            found = await self._vospace.find(_path(target))
            if found is not None and not (replace and place.is_file() and not found.is_folder):
                raise already_there(target)
            work = self._upload(transfer, place, _path(target), replace, local.allow_hidden)
        self._transfers[transfer.id] = transfer
        transfer.task = asyncio.create_task(self._run(transfer, work))
        return transfer

    async def cancel(self, transfer: Transfer) -> None:
        """Stop a transfer; nothing is left of the file it was at."""
        if transfer.task is not None and not transfer.task.done():
            transfer.task.cancel()
            with suppress(asyncio.CancelledError):
                await transfer.task

    async def close(self) -> None:
        """Stop them all."""
        for transfer in self._transfers.values():
            await self.cancel(transfer)

    async def _run(self, transfer: Transfer, work: AsyncIterator[int]) -> None:
        try:
            async for copied_bytes in work:
                transfer.done_bytes += copied_bytes
            transfer.state = "done"
        except asyncio.CancelledError:
            transfer.state = "cancelled"
            raise
        except DatalabError as error:
            transfer.state, transfer.error = "failed", error
        except OSError as error:
            transfer.state = "failed"
            transfer.error = ServiceUnavailableError(
                f"The Jupyter server cannot read or write the file: {error.strerror}."
            )
        except Exception:
            # Nothing else may stay “running”: so many at once are all that there may be.
            log.exception("A copy failed.")
            transfer.state = "failed"
            transfer.error = ServiceUnavailableError(
                "Something went wrong while the file was copied.",
                "The log of the Jupyter server tells what.",
            )
        finally:
            transfer.ended = time.monotonic()

    async def _download(self, transfer: Transfer, node: Node, place: Path) -> AsyncIterator[int]:
        if not node.is_folder:
            transfer.size_bytes = node.size_bytes
            async for size in self._fetch(node.path, place):
                yield size
            return
        files, folders = [], [""]
        for folder in folders:  # grows while it is gone through
            async for child in self._vospace.children(joined(node.path, folder).rstrip("/")):
                path = joined(folder, child.name)
                if child.is_folder:
                    folders.append(path)
                else:
                    files.append(_File(path, child.size_bytes))
        transfer.size_bytes = sum(file.size_bytes for file in files)
        for folder in folders:
            (place / _harmless(folder)).mkdir(exist_ok=True)
        for file in files:
            async for size in self._fetch(
                joined(node.path, file.path), place / _harmless(file.path)
            ):
                yield size

    async def _fetch(self, path: str, place: Path) -> AsyncIterator[int]:
        """Write a file of the storage beside its place, and put it there when it is whole."""
        part = place.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with part.open("xb") as file:
                async with self._vospace.reading(path) as answer:
                    async for piece in answer.aiter_raw(PIECE_BYTES):
                        await in_thread(_writing(file.write, piece))
                        yield len(piece)
                await in_thread(lambda: os.fsync(file.fileno()))
            part.replace(place)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    async def _upload(
        self, transfer: Transfer, place: Path, target: str, replace: bool, hidden: bool
    ) -> AsyncIterator[int]:
        if place.is_file():
            transfer.size_bytes = place.stat().st_size
            async for size in self._send(place, target, replace):
                yield size
            return
        files, folders = await in_thread(lambda: _walk(place, hidden))
        transfer.size_bytes = sum(file.size_bytes for file in files)
        for folder in folders:
            await self._vospace.make_folder(joined(target, folder).rstrip("/"))
        for file in files:
            async for size in self._send(place / file.path, joined(target, file.path), replace):
                yield size

    async def _send(self, place: Path, target: str, replace: bool) -> AsyncIterator[int]:
        """Send a file, telling of each piece as it goes."""
        sent: asyncio.Queue[int | None] = asyncio.Queue()  # ended by None
        with place.open("rb") as file:
            size_bytes = os.fstat(file.fileno()).st_size

            async def pieces() -> AsyncIterator[bytes]:
                left = size_bytes  # a file that grows meanwhile is sent as long as it was
                while left > 0:
                    piece = await in_thread(lambda: file.read(min(PIECE_BYTES, left)))  # noqa: B023
                    if not piece:
                        raise RefusedError(f"{place.name} became shorter while it was copied.")
                    left -= len(piece)
                    yield piece
                    sent.put_nowait(len(piece))

            writing = asyncio.create_task(
                self._vospace.write(target, pieces(), size_bytes, replace=replace)
            )
            writing.add_done_callback(lambda _: sent.put_nowait(None))
            try:
                while (size := await sent.get()) is not None:
                    yield size
                await writing
            finally:
                if not writing.done():
                    writing.cancel()
                    with suppress(asyncio.CancelledError, DatalabError):
                        await writing

    def _forget_old(self) -> None:
        now = time.monotonic()
        self._transfers = {
            name: transfer
            for name, transfer in self._transfers.items()
            if transfer.state == "running" or now - transfer.ended < KEPT_S
        }


def local_path(local: ContentsManager, path: str) -> Path:
    """Where a file of the Jupyter server is, which its contents manager must let us see.

    Raises
    ------
    RefusedError
        The path leads out of the server's directory, is hidden, or the server keeps its files
        somewhere else than in a file system.
    """
    find = getattr(local, "_get_os_path", None)
    if find is None:
        raise RefusedError(
            "This Jupyter server does not keep its files on a disk.",
            "Download the file, and upload it again.",
        )
    try:
        place = Path(find(path.strip("/")))
    except HTTPError as error:
        raise NotFoundError(f"There is no file {path!r}.") from error
    root = Path(find("")).resolve()
    # A link may lead anywhere, as it may for Jupyter itself; a name must not.
    inside = not {"..", "."} & set(Path(path).parts) and place != root
    hidden = any(part.startswith(".") for part in Path(path.strip("/")).parts)
    if not inside or (hidden and not local.allow_hidden):
        raise NotFoundError(f"There is no file {path!r}.")
    return place


def _path(path: str) -> str:
    return path.removeprefix(VOS).strip("/")


def _harmless(path: str) -> str:
    """A path of the storage as one below a local folder; no name in it is a step up."""
    strange = os.sep != "/" and (os.sep in path or ":" in path)
    if strange or ".." in path.split("/"):
        raise RefusedError(f"{path!r} cannot be the name of a file here.")
    return path


def _writing(write: Callable[[bytes], object], piece: bytes) -> Callable[[], object]:
    return lambda: write(piece)


def _walk(place: Path, hidden: bool) -> tuple[list[_File], list[str]]:
    """The files and folders below a folder; links are not followed, lest they lead in a circle.

    Hidden ones, such as Jupyter's checkpoints, only with `hidden`.

    Raises
    ------
    RefusedError
        A name is none in UTF-8, which all are in the storage.
    """
    files, folders = [], [""]
    for folder, names, others in os.walk(place):
        names[:] = [name for name in names if hidden or not name.startswith(".")]
        others = [name for name in others if hidden or not name.startswith(".")]
        for name in (*names, *others):
            if any("\ud800" <= c <= "\udfff" for c in name):  # as Python reads other bytes
                raise RefusedError(
                    f"The name {os.fsencode(name)!r} is not in UTF-8.", "Rename the file first."
                )
        below = Path(folder).relative_to(place)
        folders += [(below / name).as_posix() for name in names]
        for name in others:
            path = place / below / name
            if path.is_file():
                files.append(_File((below / name).as_posix(), path.stat().st_size))
    return files, folders
