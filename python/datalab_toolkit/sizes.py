"""Numbers of bytes for people."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB", "PB")


def in_words(size_bytes: float) -> str:
    """A size with three figures at most, such as ``281 B`` and ``1.5 GB``; 1 kB is 1000 B."""
    if size_bytes < 1000:
        return f"{size_bytes:.0f} B"
    size = size_bytes
    for unit in _UNITS:
        size /= 1000
        if size < 999.5 or unit == _UNITS[-1]:
            break
    return f"{size:.1f} {unit}" if size < 99.95 else f"{size:.0f} {unit}"
