"""Several nodes in one archive, made while it is sent.

Names of nodes cannot climb out of where the archive is unpacked: they hold no slash, no ``..`` and
no control character, and what is put together of them is below one folder. Links are left out.
"""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import DatalabError
from datalab_backend.storage.node import Node, NodeType
from datalab_backend.storage.path import StoragePath
from datalab_backend.storage.service import Storage

_PIECE_BYTES = 1_048_576
_SYSTEMS_NAMES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10)))
)
_NOT_ON_WINDOWS = str.maketrans('<>:"|?*', "_______")


class Archive(StrEnum):
    """The format of a package."""

    ZIP = "zip"
    TAR = "tar"


@dataclass(frozen=True, slots=True)
class Member:
    """A file or an empty container in a package.

    Attributes
    ----------
    name
        Its path in the package, with slashes.
    node
        The node.
    """

    name: str
    node: Node


def members(storage: Storage, caller: Caller, paths: list[StoragePath]) -> list[Member]:
    """What goes into a package: the nodes with all that the caller sees in them.

    Raises
    ------
    NodeNotFoundError
        When one of the nodes is not there.
    """
    found: list[Member] = []
    taken: set[str] = set()
    for path in paths:
        node = storage.node(caller, storage.followed(caller, path))
        start = len(node.path.parts) - 1
        for each in (node, *storage.seen_below(caller, node)):
            if each.type is not NodeType.LINK:
                name = _unique("/".join(map(_safe, each.path.parts[start:])), taken)
                found.append(Member(name, each))
    return found


def write(
    storage: Storage, caller: Caller, found: list[Member], archive: Archive
) -> Iterator[bytes]:
    """Write a package, a piece at a time; what is deleted meanwhile is left out."""
    out = _Outlet()
    if archive is Archive.ZIP:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:  # type: ignore[call-overload]
            for member in found:
                yield from _zipped(storage, caller, member, packed, out)
        yield out.take()
        return
    with tarfile.open(mode="w", fileobj=out, format=tarfile.PAX_FORMAT) as tar:  # type: ignore[call-overload]
        for member in found:
            info = tarfile.TarInfo(member.name)
            info.mtime = int(member.node.modified.timestamp())
            info.mode = 0o644
            if member.node.type is NodeType.CONTAINER:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(info)
            elif (opened := _opened(storage, caller, member)) is not None:
                node, file = opened
                info.size = node.size_bytes
                with file:
                    tar.addfile(info)
                    while piece := file.read(_PIECE_BYTES):
                        out.write(piece)
                        yield out.take()
                    out.write(bytes(-info.size % tarfile.BLOCKSIZE))
                    tar.offset = out.tell()
            yield out.take()
    yield out.take()


def _zipped(
    storage: Storage, caller: Caller, member: Member, packed: zipfile.ZipFile, out: _Outlet
) -> Iterator[bytes]:
    time = member.node.modified.timetuple()[:6]
    if member.node.type is NodeType.CONTAINER:
        packed.writestr(zipfile.ZipInfo(f"{member.name}/", time), b"")
    elif (opened := _opened(storage, caller, member)) is not None:
        node, file = opened
        info = zipfile.ZipInfo(member.name, time)
        info.external_attr = 0o644 << 16
        with file, packed.open(info, "w", force_zip64=node.size_bytes > 2**31) as entry:
            while piece := file.read(_PIECE_BYTES):
                entry.write(piece)
                yield out.take()
    yield out.take()


def _opened(storage: Storage, caller: Caller, member: Member) -> tuple[Node, BinaryIO] | None:
    try:
        return storage.reading(caller, member.node.path)
    except DatalabError:
        return None


class _Outlet:
    """What archives are written to: keeps the bytes until they are taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self._position += len(piece)
        return len(piece)

    def flush(self) -> None:
        pass

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def _safe(name: str) -> str:
    """A name that any system can unpack."""
    name = name.translate(_NOT_ON_WINDOWS)
    return f"_{name}" if name.partition(".")[0].lower() in _SYSTEMS_NAMES else name


def _unique(name: str, taken: set[str]) -> str:
    """A name that no other member has, also where case does not matter."""
    first, number = name, 1
    while name.casefold() in taken:
        number += 1
        stem, dot, suffix = first.rpartition(".")
        name = f"{stem} ({number}).{suffix}" if dot and "/" not in suffix else f"{first} ({number})"
    taken.add(name.casefold())
    return name
