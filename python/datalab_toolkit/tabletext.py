"""Rows and columns of tables as Astro Data Lab's users write them, in CSV and names of files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datalab_toolkit.errors import DatalabError, UsageError
from datalab_toolkit.wording import suited

_EXTENSION = re.compile(r"(.+\.fits?(?:\.gz)?)\[['\"]?(\w+)['\"]?\]")


def columns_of(schema: Any) -> dict[str, str]:  # noqa: ANN401
    """The types of columns by their names: a mapping, lines of ``name,type``, or such a file.

    Raises
    ------
    UsageError
        They are not told.
    """
    if isinstance(schema, Mapping):
        return {str(name): str(kind) for name, kind in schema.items()}
    text = str(schema)
    if text.strip() and not set(text) & {",", "\n"}:
        text = _content(text)
    rows = [row for row in csv.reader(io.StringIO(text.strip())) if row]
    if not rows or any(len(row) < 2 for row in rows):
        raise UsageError(
            "The columns of the table are not told.",
            suited(
                "Give lines of name,type, a file of them, or a dictionary.",
                "Give lines of name,type, such as 'id,bigint\\nra,double', or a file of them.",
            ),
        )
    return {row[0].strip(): ",".join(row[1:]).strip() for row in rows}


def _content(name: str) -> str:
    """The text of a file."""
    try:
        return Path(name).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = str(error.strerror).lower() if isinstance(error, OSError) else "it is no text"
        raise DatalabError(
            f"The columns are not told, and the file {name} cannot be read: {reason}.",
            "Give lines of name,type, or check the name and folder.",
        ) from error


def rows_of(
    data: Any,  # noqa: ANN401 - the libraries share no type
    delimiter: str = ",",
    names: Sequence[str] | None = None,
) -> Any:  # noqa: ANN401
    """Rows as `datalab_toolkit.mydb.put` takes them.

    Parameters
    ----------
    data
        The name of a file, one with an extension (``file.fits[1]``), CSV as text, or what
        `datalab_toolkit.mydb.put` takes.
    delimiter
        What stands between the values of CSV.
    names
        The columns of CSV that has no line of names; None when it has.

    Raises
    ------
    DatalabError
        There is no such file, or it cannot be read.
    """
    if not isinstance(data, str):
        return data
    if found := _EXTENSION.fullmatch(data):
        from astropy.table import Table

        extension = int(found[2]) if found[2].isdigit() else found[2]
        if not Path(found[1]).is_file():
            raise DatalabError(f"There is no file {found[1]}.", "An extension needs a file here.")
        try:
            return Table.read(found[1], hdu=extension)
        except (OSError, ValueError, KeyError) as error:
            raise DatalabError(f"{data} cannot be read: {error}.") from error
    is_here = "\n" not in data and Path(data).expanduser().is_file()
    if is_here and not Path(data).expanduser().stat().st_size:
        raise DatalabError(f"{data} is empty.", "Make it again, or leave it out.")
    if "://" in data.partition("\n")[0] or (is_here and delimiter == "," and names is None):
        return data
    if not is_here and "\n" not in data:
        if Path(data).expanduser().is_dir():
            raise DatalabError(f"{data} is a folder.", "Name a file in it.")
        raise DatalabError(f"There is no file {data}.", "Check its name and folder.")
    import pandas as pd

    return pd.read_csv(
        Path(data).expanduser() if is_here else io.StringIO(data),
        sep=delimiter,
        names=names,
        header=0 if names is None else None,
        dtype_backend="numpy_nullable",
    )
