"""What the header cards of a FITS table say of a column, and how its texts are padded."""

from __future__ import annotations

import math
import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.engines.arrow import Values
from datalab_backend.errors import UsageError
from datalab_backend.uploads import arrays
from datalab_backend.uploads.fields import Field


def field(
    header: Any,  # noqa: ANN401 - astropy's Header
    number: int,
    datatype: str,
    repeat: int,
    variable: bool,
) -> Field:
    """The column of a number, as VOTable would describe it.

    Parameters
    ----------
    header
        The header of the table.
    number
        The number of the column, from 1.
    datatype
        The VOTable type of its elements.
    repeat
        The number of elements, or of descriptors.
    variable
        Whether values differ in their number of elements.
    """

    def text(key: str) -> str:
        return " ".join(str(header.get(f"{key}{number}", "")).split())

    size = "*" if variable else ("" if repeat == 1 and datatype != "char" else str(repeat))
    sides = re.fullmatch(r"\((\d+(?:,\d+)+)\)", text("TDIM").replace(" ", ""))
    if sides and datatype != "char" and math.prod(map(int, sides[1].split(","))) == repeat:
        size = sides[1].replace(",", "x")
    # A card's comment is what many writers have for a description.
    comment = text("TCOMM") or text("TDESC") or _told(header.comments[f"TTYPE{number}"])
    return Field(
        text("TTYPE") or f"column_{number}",
        datatype,
        size,
        text("TXTYP"),
        text("TUNIT"),
        text("TUCD"),
        text("TUTYP"),
        comment,
    )


def _told(comment: str) -> str:
    """A card's comment, unless it only says what a card of its kind is."""
    plain = re.match(r"(label for (field|column)|name of (field|column)|column name)", comment)
    return "" if plain or comment.lower().startswith("field name") else " ".join(comment.split())


def texts(values: Values) -> Values:
    """Texts without the blanks and zeros that fill their fields."""
    try:
        found = values.cast(pa.string())
    except pa.ArrowInvalid:  # not ASCII, although FITS says so
        found = pa.array([value.decode("latin-1") for value in values.to_pylist()], pa.string())
    if pc.any(pc.match_substring(found, "\0")).as_py():
        found = pc.replace_substring_regex(found, "\\x00(?s:.*)$", "")
    return arrays.null_where_empty(pc.utf8_rtrim(found, " "))


def damaged(label: str) -> UsageError:
    """What to say of a file that is cut short or changed."""
    return UsageError(
        f"{label} is a damaged FITS file: its headers and its data do not agree.",
        "Look for a file that was cut short.",
    )
