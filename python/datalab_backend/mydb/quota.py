"""How much personal tables take on disk."""

from __future__ import annotations

from pathlib import Path


def size_bytes(directory: Path) -> int:
    """The bytes of all files below a directory; 0 when it is gone."""
    total = 0
    for path in directory.rglob("*"):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        total += status.st_size if path.is_file() else 0
    return total


def kilobytes(size: int) -> str:
    """A number of bytes as people read it."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if size >= factor:
            return f"{size / factor:,.3g} {unit}"
    return f"{size / 1000:,.0f} kB"
