"""Sends and fetches single files, whole or not at all, checked by their MD5 sums."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from datalab_toolkit.errors import DatalabError, ServiceUnavailableError
from datalab_toolkit.nodes import Node
from datalab_toolkit.transferbar import Advance
from datalab_toolkit.vospace import VOSpace
from datalab_toolkit.vospaths import VosName

try:
    import fcntl
except ImportError:  # on Windows two processes never share a part
    fcntl = None  # type: ignore[assignment]

PIECE_BYTES = 1 << 20
_MOST_TRIES = 5
_FIRST_PAUSE_S = 0.2


def unseen(count: int) -> None:
    """Show nothing of a transfer."""


def download(
    space: VOSpace, name: VosName, node: Node, path: Path, advance: Advance = unseen
) -> None:
    """Fetch a file. What was begun goes on where it broke off, also in another process.

    Parameters
    ----------
    space, name
        Where it is.
    node
        What is known of it.
    path
        The file to write: it stays what it was until the whole of the new one is there.
    advance
        Told of bytes as they come.

    Raises
    ------
    DatalabError
        It cannot be written here, or it changes faster than it can be fetched.
    """
    with _telling(path, "written"), _part_of(path, node) as part:
        _fill(space, name, node, part, advance)
        Path(part.name).replace(path)


def upload(space: VOSpace, path: Path, name: VosName, advance: Advance = unseen) -> Node:
    """Send a file. It takes the place of what is there when all of it has come.

    Raises
    ------
    DatalabError
        It cannot be read, it changed while it was sent, or there is no room for it.
    """
    digest = hashlib.md5(usedforsecurity=False)

    def pieces() -> Iterator[bytes]:
        left = size
        while left:
            piece = file.read(min(PIECE_BYTES, left))
            if not piece:
                raise DatalabError(f"{path} became shorter while it was sent.", "Send it again.")
            left -= len(piece)
            digest.update(piece)
            yield piece
            advance(len(piece))

    with _telling(path, "read"), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        node = space.write(name, pieces(), size)
    if node.md5 and node.md5 != digest.hexdigest():
        raise DatalabError(
            f"{name} is not what was sent.", "Somebody else may have written it just now: look."
        )
    return node


@contextmanager
def _part_of(path: Path, node: Node) -> Iterator[BinaryIO]:
    """The part of a file that was begun, for us alone; or one of our own.

    It is left there when the way to the Data Lab breaks off, to be gone on with.
    """
    # Its name tells which content it is of.
    content = f"{node.path} {node.md5} {node.size_bytes}".encode()
    mark = hashlib.md5(content, usedforsecurity=False).hexdigest()[:12]
    part = path.with_name(f".{path.name}.{mark}.part")
    file = part.open("ab+")
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another process is fetching the same
        file.close()
        part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
        file = part.open("xb+")
    try:
        yield file
    except (ServiceUnavailableError, KeyboardInterrupt):
        raise
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        file.close()


def _fill(space: VOSpace, name: VosName, node: Node, part: BinaryIO, advance: Advance) -> None:
    """Fetch what is missing of a file, until its checksum is right."""
    digest = hashlib.md5(usedforsecurity=False)
    part.seek(0)
    while piece := part.read(PIECE_BYTES):
        digest.update(piece)
        advance(len(piece))
    for attempt in range(_MOST_TRIES):
        start = part.seek(0, os.SEEK_END)
        try:
            if start < node.size_bytes:
                with space.open(name, start) as answer:
                    for piece in answer.iter_raw():  # whatever has come is kept
                        part.write(piece)
                        digest.update(piece)
                        advance(len(piece))
        except ServiceUnavailableError:
            if attempt == _MOST_TRIES - 1:
                raise
            part.flush()
            time.sleep(_FIRST_PAUSE_S * 2**attempt)
            continue
        part.flush()
        if not node.md5 or digest.hexdigest() == node.md5:
            return
        # It was written anew meanwhile, or the part is damaged: from the start.
        part.truncate(0)
        digest = hashlib.md5(usedforsecurity=False)
        node = space.node(name)
    raise DatalabError(
        f"{name} cannot be fetched: its checksum is never that of what came.",
        "It may be being written; try again when that is done.",
    )


@contextmanager
def _telling(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, DatalabError):
            raise
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise DatalabError(f"{path} cannot be {what}: {reason}.") from error
