"""Files that the official client has tables made of."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import UsageError
from datalab_backend.web.context import Context
from datalab_backend.web.sources import bring

_PIECE_BYTES = 1 << 20
_TEXT_ENDINGS = (".csv", ".tsv", ".ecsv", ".tab", ".txt", ".dat", ".cat", ".psv")
_ENDING_OF = {",": ".csv", "\t": ".tsv", "|": ".psv"}
_MOST_TOLD = 5
_LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that is to be a table, or part of one.

    Attributes
    ----------
    table
        The name of the table.
    source
        The file: one that was sent before, or what `sources.bring` takes.
    appends
        Whether its rows are added to those that are there; they are replaced otherwise.
    names
        What to call the columns of a file without a line that does; empty when it has one.
    headless
        Whether it has none, and nobody says how they are called.
    delimiter
        What stands between two values of a text.
    hdu
        The number or name of the table of a FITS file.
    """

    table: str
    source: str
    appends: bool = False
    names: tuple[str, ...] = ()
    headless: bool = False
    delimiter: str = ","
    hdu: str | None = None

    @property
    def file_name(self) -> str:
        """The name of the file, by whose ending its reader tells what stands between values."""
        given = PurePosixPath(self.source.partition("?")[0]).suffix.lower()
        if self.delimiter == "," and given in _TEXT_ENDINGS:
            return self.table + given
        return self.table + _ENDING_OF.get(self.delimiter, ".txt")


def take(datalab: Context, sender: Caller, arrival: Arrival) -> str:
    """Have a table made of a file.

    Returns
    -------
    str
        What was done, as a sentence.

    Raises
    ------
    DatalabError
        When the file cannot be had, or no table can be made of it; the table is as before.
    """
    with _found(datalab, sender, arrival) as path:
        if arrival.names or arrival.headless:
            _name_columns(path, arrival)
        report = datalab.mydb.import_file(
            sender,
            arrival.table,
            path,
            replaces=not arrival.appends,
            appends=arrival.appends,
            hdu=arrival.hdu,
        )
    rows = report.table.rows or 0
    told = [f'{rows} row(s) in mydb."{arrival.table}" now.']
    if report.rejected:
        told.append(f"{report.rejected} row(s) could not be read.")
    told += list(report.problems.sentences())[:_MOST_TOLD]
    return " ".join(told)


@contextmanager
def _found(datalab: Context, sender: Caller, arrival: Arrival) -> Iterator[Path]:
    """The file, in a place of its own."""
    with datalab.mydb.receiving(sender, arrival.file_name) as path:
        if "://" in arrival.source:
            bring(datalab, sender, arrival.source, path)
            yield path
        else:
            with datalab.staging.taken(sender.uid, arrival.source) as sent:
                sent.replace(path)
                yield path


def _name_columns(path: Path, arrival: Arrival) -> None:
    """Put a line with the names of the columns before a text that has none."""
    named = path.with_name(f"{path.name}.named")
    with path.open("rb") as old, named.open("wb") as new:
        first = old.readline(_LONGEST_LINE).decode("utf-8", "replace").strip("\r\n")
        line = io.StringIO()
        try:
            if arrival.delimiter != "\t" and not arrival.delimiter.isprintable():
                raise ValueError(arrival.delimiter)
            values = next(csv.reader([first], delimiter=arrival.delimiter), [])
            names = arrival.names or tuple(f"column_{n}" for n in range(1, len(values) + 1))
            csv.writer(line, delimiter=arrival.delimiter, lineterminator="\n").writerow(names)
        except (csv.Error, TypeError, ValueError):
            raise UsageError(
                f"The first line of {path.name} cannot be split at {arrival.delimiter[:20]!r}.",
                "Say which one character stands between values, as delimiter.",
            ) from None
        new.write(line.getvalue().encode())
        old.seek(0)
        shutil.copyfileobj(old, new, _PIECE_BYTES)
    named.replace(path)
