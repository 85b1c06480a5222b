"""How a text file is laid out: what stands between values, where the names are, the encoding."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from datalab_backend.catalogues.files import described, unpack
from datalab_backend.catalogues.files.described import Described
from datalab_backend.errors import UsageError
from datalab_backend.metadata import unique_names

_HEAD_BYTES = 1 << 20
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|inf", re.IGNORECASE)


class Given(StrEnum):
    """What the name of a file says of its layout."""

    COMMA = ","
    TAB = "\t"
    ECSV = "ecsv"
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How to split a text file.

    Attributes
    ----------
    delimiter
        What stands between two values; empty for any number of blanks.
    names
        The columns.
    lines_before
        How many lines stand before the first row.
    described
        What ECSV says.
    encoding
        As DuckDB calls it.
    notes
        What there is to tell.
    quoted_nulls
        Whether an empty text in quotes is a null too.
    """

    delimiter: str
    names: tuple[str, ...]
    lines_before: int
    described: Described
    encoding: str = "utf-8"
    notes: tuple[str, ...] = ()
    quoted_nulls: bool = False

    def scan(self, path: Path) -> str:
        """The FROM clause of DuckDB, in which the columns are called c0, c1 …, all of them text.

        Parameters
        ----------
        path
            What `readable` made of the file.
        """
        columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(self.names)))
        file = str(path).replace("'", "''")
        packed = ", compression='gzip'" if unpack.is_packed(path) else ""
        return (
            f"read_csv('{file}', auto_detect=false, header=false, skip={self.lines_before}, "
            f"delim='{self.delimiter or ' '}', quote='\"', escape='\"', nullstr=[''], "
            f"allow_quoted_nulls={str(self.quoted_nulls).lower()}, columns={{{columns}}}, "
            f"encoding='{self.encoding}', store_rejects=true, rejects_limit=0, "
            f"max_line_size=16000000{packed})"
        )


@contextmanager
def readable(path: Path, laid: Layout, scratch: Path) -> Iterator[Path]:
    """A file that DuckDB can split: as it is, or a copy with one blank between values.

    Parameters
    ----------
    path
        The file.
    laid
        How it is laid out.
    scratch
        The directory for copies; they are deleted afterwards.
    """
    if laid.delimiter and unpack.is_gzip(path):
        yield path
        return
    with unpack.copy(path, scratch) as plain:
        if laid.delimiter:
            yield plain
            return
        scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=scratch, prefix="blanks-") as file:
            with plain.open("rb") as lines:
                for line in lines:
                    file.write(b" ".join(line.split()) + b"\n")
            file.flush()
            yield Path(file.name)


def look(path: Path, label: str, given: Given) -> Layout:
    """Find out how a text file is laid out, from its first lines.

    Raises
    ------
    UsageError
        When no table can be seen in it.
    """
    text = unpack.head(path, _HEAD_BYTES).decode("utf-8", "replace").removeprefix("\ufeff")
    if len(text) == _HEAD_BYTES:
        text = text[: text.rfind("\n") + 1]
    lines = text.splitlines()
    comments = 0
    while comments < len(lines) and (
        lines[comments].startswith("#") or not lines[comments].strip()
    ):
        comments += 1
    if comments == len(lines):
        raise UsageError(f"{label} has no lines with values.", "Leave empty files out.")
    told = [line.removeprefix("#").removeprefix(" ") for line in lines[:comments]]
    ecsv = given is Given.ECSV or any(line.startswith("%ECSV") for line in told[:1])
    about = described.from_yaml("\n".join(told[1:]) if ecsv else "")
    first = lines[comments]
    delimiter = about.delimiter if ecsv else _delimiter(given, first)
    names = _split(first, delimiter)
    skip, notes = comments + 1, []
    if not ecsv and any(_NUMBER.fullmatch(name) for name in names):
        above = _split(told[-1].strip(), delimiter) if told else []
        if len(above) == len(names):
            names = above
        else:
            names = [f"column_{number}" for number in range(1, len(names) + 1)]
            notes.append("The file has no line with names, so its columns are column_1, column_2 …")
        skip = comments
    elif not ecsv and not delimiter and told and _mixed(lines, comments, told):
        names, skip = _split(told[-1].strip(), delimiter), comments
    names = [name.strip() or f"column_{index}" for index, name in enumerate(names, 1)]
    unique = unique_names(names)
    notes += [
        f"Two columns are called {old}; one is now {new}."
        for old, new in zip(names, unique, strict=True)
        if old != new
    ]
    return Layout(
        delimiter,
        tuple(unique),
        skip,
        about,
        notes=tuple(notes),
        quoted_nulls=ecsv,
    )


def _mixed(lines: list[str], comments: int, told: list[str]) -> bool:
    """Whether the names stand in the last comment, above rows that begin with a text."""
    words, first = told[-1].split(), lines[comments].split()
    numbers = any(_NUMBER.fullmatch(word) for word in first)
    return len(words) == len(first) and numbers


def _delimiter(given: Given, line: str) -> str:
    if given in (Given.COMMA, Given.TAB):
        return given.value
    return next((mark for mark in ("\t", ",", "|", ";") if mark in line), "")


def _split(line: str, delimiter: str) -> list[str]:
    line = line.strip("\r\n")
    if not delimiter:
        return line.split()
    return next(csv.reader([line], delimiter=delimiter), [])
