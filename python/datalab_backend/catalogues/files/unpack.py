"""Packed files: told by their first bytes, unpacked where they cannot be read as they are."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def is_gzip(path: Path) -> bool:
    """Whether a file is packed by gzip."""
    return _opener(path) is gzip.open


def head(path: Path, size: int = 65_536) -> bytes:
    """The first bytes of a file, unpacked."""
    with opened(path) as file:
        return file.read(size)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A packed file as what is in it.

    Raises
    ------
    UsageError
        When it is damaged.
    """
    opener = _opener(path)
    try:
        with opener(path) if opener else path.open("rb") as packed:
            yield packed
    except (EOFError, zlib.error, lzma.LZMAError) as error:
        raise _cut(path) from error
    except OSError as error:
        if error.errno is not None:  # the disk's; those of gzip and bz2 have none
            raise
        raise _cut(path) from error


@contextmanager
def copy(path: Path, scratch: Path) -> Iterator[Path]:
    """A file as it is when it is not packed, else a copy that is deleted afterwards.

    Parameters
    ----------
    path
        The file.
    scratch
        The directory for the copy.
    """
    if not is_packed(path):
        yield path
        return
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=scratch, prefix="unpacked-") as file:
        with opened(path) as packed:
            shutil.copyfileobj(packed, file, 1 << 20)
        file.flush()
        yield Path(file.name)


def _opener(path: Path) -> Callable[..., IO[Any]] | None:
    with path.open("rb") as file:
        start = file.read(8)
    return next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), None)


def _cut(path: Path) -> UsageError:
    return UsageError(
        f"{path} cannot be unpacked.", "Look for a file that was cut short or damaged."
    )
