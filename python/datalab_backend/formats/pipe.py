"""A file in memory that is read while it is written."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any


class Pipe(io.RawIOBase):
    """Takes what a writer writes and gives it on; what was given on is forgotten."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        """Whether it can be written: yes."""
        return True

    def write(self, piece: Any) -> int:  # noqa: ANN401 - any buffer, as for every raw file
        """Take some bytes."""
        taken = bytes(piece)
        self._pieces.append(taken)
        self._written += len(taken)
        return len(taken)

    def tell(self) -> int:
        """The number of bytes written so far."""
        return self._written

    def drain(self) -> Iterator[bytes]:
        """What was written since the last time, in one piece, or nothing."""
        piece, self._pieces = b"".join(self._pieces), []
        if piece:
            yield piece
