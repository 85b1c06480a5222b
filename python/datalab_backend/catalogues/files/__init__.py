"""Tables in the files of astronomy: what they hold, and their rows piece by piece.

`open_file` finds out what a file is, by its content and name, and reads only its head. What
comes out are `Source` values; nothing here knows of catalogues, so that any part of the Data Lab
can read files with it.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from datalab_backend.catalogues.files import arrow, hats, text, unpack, votable
from datalab_backend.catalogues.files.layout import Given
from datalab_backend.catalogues.files.source import Piece, Rejected, Source
from datalab_backend.errors import NotFoundError, UsageError
from datalab_backend.lazy import importing
from datalab_backend.metadata import Column

__all__ = ["Piece", "Rejected", "Source", "find_files", "open_file"]

_TEXT_NAMES = {
    ".csv": Given.COMMA,
    ".tsv": Given.TAB,
    ".ecsv": Given.ECSV,
    ".tab": Given.NOTHING,
    ".txt": Given.NOTHING,
    ".dat": Given.NOTHING,
    ".cat": Given.NOTHING,
    ".psv": Given.NOTHING,
}
# Results are written as these, too, but not read. Names such as [Fe/H] are no JSON.
_JSON = re.compile(rb"\{\s*[\"}]|\[\s*[\[{\"]")
_RULED_TEXT = re.compile(rb"[^\n]*\n(?:[^\n]*\n)?(?=[^\n]*---)-+(?: +-+)*\s*\n")
_HEAD_BYTES = 65_536
_OTHER_NAMES = (
    *(".parquet", ".parq", ".pq", ".arrow", ".arrows", ".feather", ".ipc"),
    *(".fits", ".fit", ".fts", ".fz", ".vot", ".votable", ".xml"),
)


def find_files(given: Sequence[str]) -> list[tuple[Path, Path | None]]:
    """The files that are meant by names, folders and patterns such as ``*.fits``.

    Of a folder, all that is below it and has a name that says it is a table. A HATS folder is
    told by its properties, and a collection of such folders by those of its main one.

    Returns
    -------
    list
        Each file with the HATS folder that it is of, or None.

    Raises
    ------
    NotFoundError
        When a name or pattern means nothing.
    UsageError
        When HATS folders lie somewhere below a folder, so that it is not plain what is meant.
    """
    found: dict[Path, Path | None] = {}
    for name in given:
        for path, folder in _meant(name):
            found.setdefault(path.resolve(), folder)
    return list(found.items())


def open_file(
    path: Path, scratch: Path, folder: Path | None = None, hdu: str | None = None
) -> list[Source]:
    """The tables of a file: one, or several HDUs of FITS with the same columns.

    Parameters
    ----------
    path
        The file.
    scratch
        A directory for what must be unpacked before it is read; the caller deletes it.
    folder
        The HATS folder that the file is of.
    hdu
        Which table of a FITS file is meant.

    Raises
    ------
    UsageError
        When it is no table, and why.
    """
    if not path.stat().st_size:
        raise UsageError(f"{path} is empty.", "Leave it out, or make it again.")
    start = unpack.head(path, _HEAD_BYTES)
    reader = _reader(start, str(path), folder, hdu)
    if reader is None:
        given = _TEXT_NAMES.get(Path(unpack.plain_name(path)).suffix, Given.NOTHING)
        return [text.read_text(path, str(path), scratch, given)]
    if not unpack.is_packed(path):
        return reader(path)
    with unpack.copy(path, scratch) as plain:
        found = reader(plain)
    return [
        replace(source, path=path, pieces=partial(_through_copy, path, scratch, reader, index))
        for index, source in enumerate(found)
    ]


_Reader: TypeAlias = Callable[[Path], list[Source]]


def _reader(start: bytes, label: str, folder: Path | None, hdu: str | None) -> _Reader | None:
    """What reads a file that begins so; None for text."""
    beginning = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"PAR1"):
        told = hats.properties(folder) if folder else None
        return lambda path: [hats.of_folder(arrow.read_parquet(path, label), told)]
    if start.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return lambda path: [arrow.read_arrow(path, label)]
    if start.startswith(b"SIMPLE  ="):
        with importing:
            from datalab_backend.catalogues.files import fits

        return lambda path: fits.read_fits(path, label, hdu)
    if beginning.startswith((b"<", b"\xff\xfe<", b"\xfe\xff")):
        return lambda path: [votable.read_votable(path, label)]
    if b"\0" in start[:2048] or _JSON.match(beginning) or _RULED_TEXT.match(beginning):
        raise UsageError(
            f"{label} is none of the formats that can be read.",
            "These can: CSV, TSV, ECSV, FITS, VOTable, Parquet, Arrow and HATS folders.",
        )
    return None


def _through_copy(
    path: Path, scratch: Path, reader: _Reader, index: int, wanted: Sequence[Column]
) -> Iterator[Piece]:
    with unpack.copy(path, scratch) as plain:
        yield from reader(plain)[index].pieces(wanted)


def at_home(name: str) -> Path:
    """The path that is meant, with the home directory in the place of ``~``.

    Raises
    ------
    NotFoundError
        When there is no such user.
    """
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise NotFoundError(
            f"{name} is in the home of a user that is not known here.", "Write the path in full."
        ) from None


def _meant(name: str) -> Iterator[tuple[Path, Path | None]]:
    path = at_home(name)
    if path.is_dir():
        yield from _below(path)
    elif path.exists():
        yield path, None
    else:
        matching = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 - a user's pattern
        if not matching:
            raise NotFoundError(
                f"There is no file {name}.",
                "Give files, folders, or patterns such as 'data/*.fits'.",
            )
        for match in map(Path, matching):
            yield from _below(match) if match.is_dir() else [(match, None)]


def _below(folder: Path) -> Iterator[tuple[Path, Path | None]]:
    catalogue = hats.catalogue(folder)
    if catalogue:
        for path in hats.files(catalogue):
            yield path, catalogue
        return
    inside = sorted({p.parent for p in folder.rglob("*properties") if hats.catalogue(p.parent)})
    if inside:  # their indexes and margins are no rows
        raise UsageError(
            f"Below {folder} there are HATS folders: {', '.join(map(str, inside[:5]))}.",
            "Name those that are meant.",
        )
    known = (*_TEXT_NAMES, *_OTHER_NAMES)
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
        and unpack.plain_name(path).endswith(known)
    ]
    if not found:
        raise NotFoundError(
            f"The folder {folder} has no tables in it.",
            f"Tables have names that end in {', '.join(known)}, packed or not.",
        )
    for path in found:
        yield path, None
