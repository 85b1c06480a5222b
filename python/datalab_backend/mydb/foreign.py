"""Files that users send: what is not taken, and what is said of them.

The readers of files are those of ``datalab-server ingest``, whose user is the owner of the machine.
A user of the server is neither to bring it down nor to learn where its files are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from datalab_backend.catalogues.bulk import Report
from datalab_backend.catalogues.files import unpack
from datalab_backend.errors import DatalabError, QuotaError, UsageError
from datalab_backend.sizes import written

_MOST_WHOLE_BYTES = 500_000_000
"""The longest VOTable, which is read as a whole."""

_MOST_ROW_GROUP_BYTES = 2_000_000_000
"""The largest row group of a Parquet file, as it says of itself."""

_PIECE_BYTES = 1 << 20
_FOR_THE_COMMAND = ("--", "sidecar")
_HINT = (
    "Correct the file, or send it in a format that says what its columns are: ECSV, VOTable, FITS "
    "or Parquet."
)


def checked(path: Path, most_bytes: int | None) -> Path:
    """The file, unpacked, or a refusal of one that would take too much to read.

    Parameters
    ----------
    path
        The file, in a directory of its own.
    most_bytes
        The most bytes that it may have when it is unpacked; None for any number.
    """
    path = path.resolve()
    if not path.stat().st_size:
        return path  # its reader says so
    if unpack.is_packed(path):
        path = _unpacked(path, most_bytes)
    start = unpack.head(path, 64).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<") and path.stat().st_size > _MOST_WHOLE_BYTES:
        raise UsageError(
            f"{path.name} is a VOTable of more than {written(_MOST_WHOLE_BYTES)}.",
            "Send it as FITS or Parquet.",
        )
    if start.startswith(b"PAR1"):
        _check_parquet(path)
    return path


@contextmanager
def in_our_words(*directories: Path) -> Iterator[None]:
    """Have errors say nothing of where files are, nor of options that only a command has."""
    try:
        yield
    except DatalabError as error:
        error.message = _without(error.message, *directories)
        error.hint = _without(error.hint, *directories).replace("--hdu", "HDU")
        if any(word in error.hint for word in _FOR_THE_COMMAND):
            error.hint = _HINT
        raise


def without_place(report: Report, directory: Path) -> Report:
    """A report that says nothing of where files are, nor of options that only a command has."""
    for problem in report.problems.found.values():
        problem.places = [(_without(file, directory), row) for file, row in problem.places]
    notes = (_without(note, directory) for note in report.notes)
    told = tuple(note for note in notes if not any(word in note for word in _FOR_THE_COMMAND))
    return replace(report, notes=told, rejects=None)


def _without(text: str, *directories: Path) -> str:
    for directory in directories:
        for place in (directory.resolve(), directory):
            text = text.replace(f"{place}/", "")
    return text


def _unpacked(path: Path, most_bytes: int | None) -> Path:
    plain = path.with_name(unpack.plain_name(path) + ".unpacked")
    if unpack.plain_name(path) != path.name.lower():
        plain = path.with_name(unpack.plain_name(path))
    size = 0
    with unpack.opened(path) as packed, plain.open("wb") as file:
        while piece := packed.read(_PIECE_BYTES):
            size += len(piece)
            if most_bytes is not None and size > most_bytes:
                raise QuotaError(
                    f"{path.name} is unpacked to more than {written(most_bytes)}, which is more "
                    "than your quota leaves room for.",
                    "Drop tables that are no longer needed, or send fewer rows and columns.",
                )
            file.write(piece)
    path.unlink()
    return plain


def _check_parquet(path: Path) -> None:
    try:
        told = pq.read_metadata(path)
    except (pa.ArrowException, OSError):
        return  # its reader says what is wrong
    largest = max(
        (told.row_group(i).total_byte_size for i in range(told.num_row_groups)), default=0
    )
    if largest > _MOST_ROW_GROUP_BYTES:
        raise UsageError(
            f"{path.name} has a row group of {written(largest)}.",
            f"Write it with row groups of at most {written(_MOST_ROW_GROUP_BYTES)}.",
        )
