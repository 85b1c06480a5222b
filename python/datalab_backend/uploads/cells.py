"""Values from the text of cells, as TABLEDATA has them (VOTable 1.4, sections 5.1 and 6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.engines.arrow import ARROW_TYPES, Values
from datalab_backend.errors import UsageError
from datalab_backend.metadata import DataType
from datalab_backend.uploads import arrays
from datalab_backend.uploads.fields import ELEMENT_TYPES, Field

_WORDS = {
    DataType.BOOLEAN: "true or false",
    DataType.SMALLINT: "a whole number of 16 bits",
    DataType.INTEGER: "a whole number of 32 bits",
    DataType.BIGINT: "a whole number of 64 bits",
    DataType.REAL: "a number",
    DataType.DOUBLE: "a number",
}
_TRUTHS = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False, "?": None}
_WHOLE = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]{1,16}|\d{1,20})", re.ASCII)
_NUMBER = re.compile(
    r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf|infinity|nan)",
    re.ASCII | re.IGNORECASE,
)


def read(field: Field, cells: Sequence[str], first_row: int) -> Values:
    """Read the cells of one column; empty ones are null.

    What a cell holds is never told, since it may come from another machine.

    Parameters
    ----------
    field
        The column.
    cells
        The text of each.
    first_row
        The number of the first of them, for messages.
    """
    if field.is_text:
        texts = arrays.null_where_empty(pa.array(cells, pa.string()))
        return arrays.finish(field, texts, first_row)
    if field.is_scalar:
        return _elements(field, cells, lambda index: first_row + index)
    tokens = [_split(field, cell) for cell in cells]
    counts = np.fromiter(map(len, tokens), np.int64, len(tokens))
    _check_counts(field, counts, first_row)
    ends = np.cumsum(counts)

    def row(index: int) -> int:
        return first_row + int(np.searchsorted(ends, index, side="right"))

    elements = _elements(field, [token for value in tokens for token in value], row)
    return arrays.assemble(field, elements, counts, counts == 0)


def _split(field: Field, cell: str) -> list[str]:
    # Bits may stand without spaces between them (VOTable 1.4, section 6).
    return list("".join(cell.split())) if field.datatype == "bit" else cell.split()


def _check_counts(field: Field, counts: arrays.Counts, first_row: int) -> None:
    expected = field.numbers
    if expected is None:
        return
    (wrong,) = np.nonzero((counts != expected) & (counts != 0))
    if len(wrong):
        raise UsageError(
            f"Row {first_row + int(wrong[0]):,} of the column “{field.name}” has "
            f"{counts[wrong[0]]:,} elements; its arraysize says {expected:,}.",
            "Correct the arraysize, or write * when the arrays differ.",
        )


def _elements(field: Field, texts: Sequence[str], row: Callable[[int], int]) -> Values:
    """Read single numbers or truth values."""
    datatype = ELEMENT_TYPES[field.datatype]
    trimmed = arrays.null_where_empty(pc.utf8_trim_whitespace(pa.array(texts, pa.string())))
    if datatype is DataType.BOOLEAN:
        values = _parsed(datatype, field, trimmed, row)
    else:
        try:
            values = pc.cast(trimmed, ARROW_TYPES[datatype])
        except pa.ArrowInvalid:  # what Arrow does not read: +1, 0xFF, and what is wrong
            values = _parsed(datatype, field, trimmed, row)
    if field.datatype == "unsignedByte":
        numbers = values.fill_null(0).to_numpy()
        (outside,) = np.nonzero((numbers < 0) | (numbers > 255))
        if len(outside):
            raise _wrong(field, "a number from 0 to 255", row(int(outside[0])))
    return arrays.without(values, field.null)


def _parsed(datatype: DataType, field: Field, texts: Values, row: Callable[[int], int]) -> Values:
    found: list[Any] = []
    for index, text in enumerate(texts.to_pylist()):
        try:
            found.append(None if text is None else _parse(datatype, text))
        except (KeyError, ValueError):
            raise _wrong(field, _WORDS[datatype], row(index)) from None
    return pa.array(found, ARROW_TYPES[datatype])


def _parse(datatype: DataType, text: str) -> bool | int | float | None:
    if datatype is DataType.BOOLEAN:
        return _TRUTHS[text.lower()]
    if datatype in (DataType.REAL, DataType.DOUBLE):
        if not _NUMBER.fullmatch(text):
            raise ValueError
        return float(text)
    if not _WHOLE.fullmatch(text):
        raise ValueError
    number = int(text, 16 if "x" in text.lower() else 10)
    bits = ARROW_TYPES[datatype].bit_width
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise ValueError
    return number


def _wrong(field: Field, wanted: str, row: int) -> UsageError:
    return UsageError(
        f"Row {row:,} of the column “{field.name}” is not {wanted}.",
        "Correct the value, or the datatype of the column.",
    )
