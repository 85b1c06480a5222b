"""Tables of one's own that a query brings along, as ``TAP_UPLOAD.name`` (TAP 1.1, 2.7.6)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from datalab_toolkit import intake, votwriter
from datalab_toolkit.errors import DatalabError, UsageError
from datalab_toolkit.metadata import quoted
from datalab_toolkit.vosi import Capabilities

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


class Upload:
    """A table that queries can bring along. Made by `upload`, it may be given to several queries.

    Attributes
    ----------
    name
        What a query calls it, behind ``TAP_UPLOAD.``.
    table
        Its rows; None for a VOTable file, which is sent as it is.

    Parameters
    ----------
    name, table
        As above.
    votable
        A VOTable document to send in place of rows.
    """

    def __init__(self, name: str, table: pa.Table | None, votable: bytes = b"") -> None:
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"An uploaded table cannot be called {name!r}.",
                "Use a letter followed by letters, digits and underscores.",
            )
        if quoted(name) != name:
            raise UsageError(
                f"An uploaded table cannot be called {name!r}: that is a word of ADQL.",
                f"Call it my_{name}, for example.",
            )
        self.name = name
        self.table = table
        self._documents: dict[bool, bytes] = {}
        self._votable = votable
        if table is not None:
            _check_names(name, table.column_names)

    def __repr__(self) -> str:
        if self.table is None:
            return f"TAP_UPLOAD.{self.name}: a VOTable of {len(self._votable):,} bytes"
        columns = ", ".join(map(quoted, self.table.column_names))
        rows = self.table.num_rows
        return f"TAP_UPLOAD.{self.name}: {rows:,} row{'' if rows == 1 else 's'}; columns {columns}"

    @property
    def note(self) -> str:
        """A sentence about columns that a query must quote; empty when there are none."""
        names = [] if self.table is None else self.table.column_names
        folded = Counter(name.casefold() for name in names)
        odd = [quoted(name) for name in names if quoted(name) != name]
        alike = [f'"{name}"' for name in names if folded[name.casefold()] > 1]
        wanted = list(dict.fromkeys([*odd, *alike]))
        if not wanted:
            return ""
        return f"In TAP_UPLOAD.{self.name} these names need their quotes: {', '.join(wanted)}."

    def document(self, service: str, capabilities: Capabilities) -> bytes:
        """The VOTable to send to a service, made once.

        Raises
        ------
        DatalabError
            The service takes no uploads, or none so large.
        """
        if not capabilities.takes_uploads:
            raise DatalabError(
                f"{service} takes no uploads.", "Join the rows after the query instead."
            )
        # BINARY2 tells null from NaN, and some older services read nothing but TABLEDATA.
        as_text = not capabilities.features
        if self.table is not None and as_text not in self._documents:
            self._documents[as_text] = votwriter.write(self.table, as_text)
        document = self._documents.get(as_text, self._votable)
        limit = capabilities.upload_bytes
        if limit is not None and len(document) > limit:
            raise DatalabError(
                f"The upload {self.name} has {len(document):,} bytes; {service} takes "
                f"{limit:,} at most.",
                "Upload only the rows and columns that the query needs.",
            )
        return document


Uploads: TypeAlias = "Mapping[str, Any] | Iterable[Upload] | Upload | None"
"""Tables by their names, or what `upload` made."""


def upload(table: Any, name: str) -> Upload:  # noqa: ANN401 - the libraries share no type
    """Make a table of one's own ready to be brought along by queries.

    It is converted once, here, and sent with each query that it is given to; the service forgets it
    when the query has run.

    Parameters
    ----------
    table
        A pandas or polars DataFrame, an astropy or Arrow table, a mapping of arrays; or the path of
        a VOTable, FITS, CSV, Parquet or Arrow file. Units and descriptions go along. In a pandas
        float column of numpy NaN is null, as it is to pandas; other tables tell null from NaN.
    name
        What queries call it, behind ``TAP_UPLOAD.``.

    Raises
    ------
    DatalabError
        A value, column or name in it cannot be sent; the message names it.

    Examples
    --------
    >>> mine = dl.upload(targets, "mine")
    >>> dl.query("SELECT * FROM TAP_UPLOAD.mine", uploads=mine)
    """
    try:
        if isinstance(table, (str, Path)):
            path = Path(table).expanduser()
            if intake.is_votable(path):
                return Upload(name, None, intake.read_votable(path))
            return Upload(name, intake.read_file(path))
        return Upload(name, intake.to_arrow(table))
    except intake.CannotTakeError as error:
        raise DatalabError(f"{name!r} cannot be uploaded: {error}", error.hint) from error


def as_uploads(given: Uploads) -> tuple[Upload, ...]:
    """Read what is given as ``uploads`` of a query."""
    if given is None:
        return ()
    if isinstance(given, Upload):
        return (given,)
    if isinstance(given, Mapping):
        found = tuple(_named(name, table) for name, table in given.items())
    else:
        found = tuple(given) if isinstance(given, Iterable) else (given,)
        if not all(isinstance(one, Upload) for one in found):
            raise DatalabError(
                "The uploads have no names.", 'Give them as uploads={"mine": table}.'
            )
    names = Counter(one.name.casefold() for one in found)
    if twice := [name for name, count in names.items() if count > 1]:
        raise UsageError(f"Two uploads are called {twice[0]!r}.", "Give them names that differ.")
    return found


def _named(name: str, table: Any) -> Upload:  # noqa: ANN401 - the libraries share no type
    if isinstance(table, Upload):
        return table if table.name == name else Upload(name, table.table, table._votable)
    return upload(table, name)


def _check_names(upload: str, names: Iterable[str]) -> None:
    counts = Counter(names)
    for name, count in counts.items():
        if not name.strip():
            raise DatalabError(f"A column of {upload!r} has no name.", "Give it one.")
        if count > 1:
            raise DatalabError(
                f"{upload!r} has {count} columns called {name!r}.", "Give them names that differ."
            )
