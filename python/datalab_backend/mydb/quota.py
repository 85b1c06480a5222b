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
