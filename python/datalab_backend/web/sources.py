"""Files that a request names: in the virtual storage, or on the internet."""

from __future__ import annotations

import shutil
from pathlib import Path

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import QuotaError
from datalab_backend.mydb.service import MyDB
from datalab_backend.sizes import written
from datalab_backend.storage.path import resolve
from datalab_backend.uploads.fetch import Wanted, fetch_into
from datalab_backend.web.context import Context

# A file of text takes this many times the bytes of its table.
_FILE_FACTOR = 10
_FILE_MORE_BYTES = 10_000_000
_PIECE_BYTES = 1 << 20


def bring(datalab: Context, sender: Caller, source: str, path: Path) -> None:
    """Copy what a request names into a file.

    Parameters
    ----------
    datalab
        The Data Lab.
    sender
        Who may read it.
    source
        Its URL, or its place in the virtual storage as `storage.path.resolve` takes it.
    path
        The file; made here.

    Raises
    ------
    UsageError, NotFoundError
        When it cannot be had.
    """
    if source.lower().startswith(("http://", "https://")):
        told = "Send the file itself instead."
        wanted = Wanted("The table", told, datalab.limits.uploads)
        with BoundedFile(path, room_bytes(datalab.mydb, sender)) as fetched:
            fetch_into(wanted, source, fetched.write)
        return
    with (
        datalab.storage.open(sender, resolve(source, sender.name)) as file,
        path.open("wb") as copy,
    ):
        shutil.copyfileobj(file, copy, _PIECE_BYTES)


def room_bytes(mydb: MyDB, sender: Caller) -> int | None:
    """The most bytes of a file that its table could have room for; None for any number."""
    quota = mydb.quota_bytes(sender)
    if quota is None:
        return None
    return _FILE_FACTOR * max(quota - mydb.used_bytes(sender), 0) + _FILE_MORE_BYTES


class BoundedFile:
    """A file that takes so many bytes and no more.

    Parameters
    ----------
    path
        The file.
    most_bytes
        How large it may be, None for any size.
    """

    def __init__(self, path: Path, most_bytes: int | None) -> None:
        self.size_bytes = 0
        self._path = path
        self._most_bytes = most_bytes

    def __enter__(self) -> BoundedFile:
        self._file = self._path.open("wb")
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()

    def write(self, piece: bytes | bytearray | memoryview) -> int:
        """Take some more."""
        self.size_bytes += len(piece)
        if self._most_bytes is not None and self.size_bytes > self._most_bytes:
            raise QuotaError(
                f"The file has more than {written(self._most_bytes)}, which is more than your "
                "quota leaves room for; nothing was kept.",
                "Drop tables that are no longer needed, or send fewer rows and columns.",
            )
        return self._file.write(piece)
