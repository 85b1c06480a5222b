"""Where uploads of the official client wait until a table is made of them.

The client sends a file in chunks to the storage service and then names it to the query service. A
name is a name of its sender only.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from datalab_backend.errors import NotFoundError, UsageError

_KEPT_S = 86_400
_ENDING = re.compile(r"(\.[A-Za-z0-9]{1,10}){1,2}$")


class StagingArea:
    """Files that were sent and not yet used.

    Parameters
    ----------
    directory
        Where they are, made when it is needed; whatever is in it is lost when the server starts.
    most_bytes
        The most bytes of one user's files together.
    """

    def __init__(self, directory: Path, most_bytes: int = 10_000_000_000) -> None:
        self._directory = directory
        self._most_bytes = most_bytes
        self._lock = Lock()

    def add(self, uid: int, name: str, chunk: bytes, first: bool) -> None:
        """Keep a chunk of a file.

        Parameters
        ----------
        uid
            Whose file.
        name
            What they call it.
        chunk
            The bytes.
        first
            Whether the file begins with them; else they follow what is there.

        Raises
        ------
        UsageError
            When there is nothing to follow, or too much.
        """
        path = self._path(uid, name)
        with self._lock:
            self._sweep()
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not first and not path.exists():
                raise UsageError(
                    f"The beginning of {name[:80]} was not sent.", "Send the file from its start."
                )
            others = (p for p in path.parent.iterdir() if not (first and p == path))
            if sum(p.stat().st_size for p in others) + len(chunk) > self._most_bytes:
                raise UsageError(
                    f"The files that you sent have more than {self._most_bytes:,} bytes together.",
                    "Put them into your virtual storage, and import them from there.",
                )
            with path.open("wb" if first else "ab") as file:
                file.write(chunk)

    @contextmanager
    def taken(self, uid: int, name: str) -> Iterator[Path]:
        """Use a file; it is gone afterwards.

        Raises
        ------
        NotFoundError
            When there is none of this name.
        """
        path = self._path(uid, name)
        if not path.exists():
            raise NotFoundError(
                f"No file {name[:80]} was sent.",
                "An empty file is not sent; vos:// names one in your virtual storage.",
            )
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _path(self, uid: int, name: str) -> Path:
        # A name that somebody else chose never becomes a path; its ending tells the format.
        ending = _ENDING.search(name)
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
        return self._directory / str(uid) / (digest[:32] + (ending[0] if ending else ""))

    def _sweep(self) -> None:
        """Delete what nobody has come back for."""
        late = time.time() - _KEPT_S
        if not self._directory.exists():
            return
        for path in self._directory.glob("*/*"):
            if path.stat().st_mtime < late:
                path.unlink(missing_ok=True)
