"""Rows in VOTable's TABLEDATA serialisation (VOTable 1.4, section 5.1)."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.engines.arrow import Values
from datalab_backend.formats import text
from datalab_backend.formats.binary import NULLS
from datalab_backend.formats.votypes import VOType, elements, votype
from datalab_backend.metadata import Column

NOT_XML = r"[^\t\n\r\x20-\x{d7ff}\x{e000}-\x{fffd}\x{10000}-\x{10ffff}]"
_BEFORE, _BETWEEN, _AFTER = "<TR><TD>", "</TD><TD>", "</TD></TR>\n"


def encode(columns: Sequence[Column], batch: pa.RecordBatch) -> bytes:
    """Some rows, whose types are those of the columns (`engines.arrow.conform`).

    Null and the empty text are both written as an empty cell: the standard has no other way. An
    array of fixed size cannot be empty; its elements are null instead, NaN or `binary.NULLS`.
    """
    cells = [
        _cells(votype(column), values)
        for column, values in zip(columns, batch.columns, strict=True)
    ]
    rows = text.joined(cells, _BETWEEN, _AFTER + _BEFORE)
    return _BEFORE.encode() + rows.removesuffix(_BEFORE.encode())


def _cells(kind: VOType, values: Values) -> Values:
    if not pa.types.is_list(values.type):
        return _texts(kind.datatype, values)
    cells = text.joined_lists(_texts(kind.datatype, values.flatten()), values, " ")
    if kind.arraysize.endswith("*"):
        return cells
    null = "?" if kind.datatype == "boolean" else str(NULLS.get(kind.datatype, "NaN"))
    return cells.fill_null(" ".join([null] * elements(kind.arraysize)))


def _texts(datatype: str, values: Values) -> Values:
    if pa.types.is_boolean(values.type):
        return pc.if_else(values, "T", "F")
    if pa.types.is_binary(values.type):
        numbers = [None if v is None else " ".join(map(str, v)) for v in values.to_pylist()]
        return pa.array(numbers, pa.string())
    if pa.types.is_floating(values.type):
        return _replaced(text.plain(values), (("-Infinity", "-Inf"), ("Infinity", "+Inf")))
    if pa.types.is_string(values.type):
        if datatype == "char":
            values = pc.replace_substring_regex(values, r"[^\x00-\x7f]", "?")
        values = pc.replace_substring_regex(values, NOT_XML, "\ufffd")
        marks = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;"))
        return _replaced(values, marks)
    return text.plain(values)


def _replaced(values: Values, pairs: Sequence[tuple[str, str]]) -> Values:
    for old, new in pairs:
        values = pc.replace_substring(values, old, new)
    return values
