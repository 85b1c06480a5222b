"""The bytes of files, by random names, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from datalab_backend import disk
from datalab_backend.storage.faults import InternalFaultError

_FLUSH_BYTES = 67_108_864
_flushing = ThreadPoolExecutor(4, "flush")


class Contents:
    """The directory with the contents; none ever changes once it is there.

    Parameters
    ----------
    directory
        The directory of virtual storage; made when it is not there.
    """

    def __init__(self, directory: Path) -> None:
        self._whole = directory / "contents"
        self._incoming = directory / "incoming"
        self._whole.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._incoming.mkdir(mode=0o700, exist_ok=True)

    def path(self, name: str) -> Path:
        """The file with a content; directories with a million files are slow, so there are 256."""
        return self._whole / name[:2] / name

    def open(self, name: str) -> BinaryIO:
        """Open a content; what is open can be read to its end, also when it is removed."""
        return self.path(name).open("rb", buffering=0)

    def receive(self, admit: Callable[[int], None]) -> Incoming:
        """Begin a new content.

        Parameters
        ----------
        admit
            Called with the number of bytes before they are written; refuses by raising.
        """
        name = secrets.token_hex(16)
        return Incoming(name, self._incoming / name, self.path(name), admit)

    def remove(self, names: Iterable[str]) -> None:
        """Remove contents."""
        for name in names:
            self.path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """All contents there are."""
        for directory in self._whole.iterdir():
            if directory.is_dir():
                yield from (entry.name for entry in os.scandir(directory))

    def unfinished(self) -> list[Path]:
        """What was being written."""
        return list(self._incoming.iterdir())


class Incoming:
    """A content that is being written.

    Attributes
    ----------
    name
        The name that it will have.
    size_bytes
        The bytes so far.
    """

    def __init__(self, name: str, part: Path, final: Path, admit: Callable[[int], None]) -> None:
        self.name = name
        self.size_bytes = 0
        self._part = part
        self._final = final
        self._admit = admit
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._unflushed_bytes = 0
        self._flush: Future[None] | None = None
        # Nobody else on this machine can read it.
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=0)

    def write(self, piece: bytes | bytearray | memoryview) -> int:
        """Add bytes, all of them."""
        left = memoryview(piece).cast("B")
        length = len(left)
        self._admit(length)
        self._md5.update(left)
        try:
            while left:
                left = left[self._file.write(left) or 0 :]
        except OSError as error:
            raise InternalFaultError(
                f"The file cannot be kept: {error.strerror}.", "Tell whoever runs this Data Lab."
            ) from error
        self.size_bytes += length
        self._flush_early(length)
        return length

    @property
    def md5(self) -> str:
        """The MD5 of the bytes so far, as hexadecimal digits."""
        return self._md5.hexdigest()

    def _flush_early(self, length: int) -> None:
        """Begin to move bytes to the disk while others come, rather than all at the end."""
        self._unflushed_bytes += length
        if self._unflushed_bytes >= _FLUSH_BYTES and (self._flush is None or self._flush.done()):
            self._unflushed_bytes = 0
            self._flush = _flushing.submit(os.fdatasync, self._file.fileno())

    def _wait_for_flush(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            wait([self._flush])

    def finish(self) -> None:
        """Have it on the disk, under its name, for good."""
        self._wait_for_flush()
        os.fsync(self._file.fileno())
        self._file.close()
        directory = self._final.parent
        if not directory.is_dir():
            directory.mkdir(mode=0o700, exist_ok=True)
            disk.sync(directory.parent)
        self._part.replace(self._final)
        disk.sync(directory)

    def discard(self) -> None:
        """Leave nothing of it."""
        self._wait_for_flush()
        with suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)
        self._final.unlink(missing_ok=True)
