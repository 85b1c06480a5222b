"""Packed files: told by their first bytes, unpacked where they cannot be read as they are."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from datalab_backend.errors import UsageError

_OPENERS: dict[bytes, Callable[..., IO[Any]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
SUFFIXES = (".gz", ".bz2", ".xz")
"""The endings of the names of packed files."""


def plain_name(path: Path) -> str:
    """The name of a file without the ending that says that it is packed, in lower case."""
    name = path.name.lower()
    return next((name.removesuffix(s) for s in SUFFIXES if name.endswith(s)), name)


def is_packed(path: Path) -> bool:
    """Whether a file is packed."""
    return _opener(path) is not None


def head(path: Path, size: int = 65_536) -> bytes:
    """The first bytes of a file, unpacked."""
    opener = _opener(path)
    try:
        with opener(path) if opener else path.open("rb") as file:
            content: bytes = file.read(size)
            return content
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise _cut(path) from error


def unpacked(path: Path, scratch: Path) -> Path:
    """The file itself, or a copy below ``scratch`` when it is packed; packed anew, copied anew."""
    opener = _opener(path)
    if opener is None:
        return path
    status = path.stat()
    copy = scratch / f"{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"
    if not copy.exists():
        scratch.mkdir(parents=True, exist_ok=True)
        fresh = copy.with_suffix(".new")
        try:
            with opener(path) as packed, fresh.open("wb") as file:
                shutil.copyfileobj(packed, file, 1 << 20)
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
            raise _cut(path) from error
        fresh.replace(copy)
    return copy


def _opener(path: Path) -> Callable[..., IO[Any]] | None:
    with path.open("rb") as file:
        start = file.read(8)
    return next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), None)


def _cut(path: Path) -> UsageError:
    return UsageError(f"{path} cannot be unpacked.", "Look for a file that was cut short.")
