"""ASCII tables of FITS files (FITS 4.0, section 7.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.catalogues.files import fitscards, words
from datalab_backend.catalogues.files.source import BATCH_ROWS, Piece, Source, numbered
from datalab_backend.engines.arrow import Values
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column

_TYPES = {"A": "char", "I": "long", "F": "double", "E": "double", "D": "double"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the text of a column is in a row, and which text means null."""

    column: Column
    cells: slice
    null: str


def source(path: Path, label: str, unit: Any, description: str) -> Source:  # noqa: ANN401 - an HDU
    """The table of an HDU of astropy's."""
    header = unit.header
    places = [_place(header, label, number) for number in range(1, int(header["TFIELDS"]) + 1)]
    start, width, rows = unit.fileinfo()["datLoc"], int(header["NAXIS1"]), int(header["NAXIS2"])
    if start + width * rows > path.stat().st_size:
        raise fitscards.damaged(label)
    columns = tuple(place.column for place in places)
    pieces = partial(_pieces, path, label, places, start, width, rows)
    return Source(path, label, columns, pieces, description, rows=rows)


def _place(header: Any, label: str, number: int) -> _Place:  # noqa: ANN401 - astropy's Header
    form = re.match(r"([AIFED])(\d+)", str(header[f"TFORM{number}"]).strip())
    if form is None:
        raise fitscards.damaged(label)
    text = form[1] == "A"
    column = fitscards.field(header, number, _TYPES[form[1]], 1, text).column()
    begin = int(header[f"TBCOL{number}"]) - 1
    null = str(header.get(f"TNULL{number}", "")).strip()
    return _Place(column, slice(begin, begin + int(form[2])), null)


def _pieces(
    path: Path,
    label: str,
    places: list[_Place],
    start: int,
    width: int,
    rows: int,
    _: Sequence[Column],
) -> Iterator[Piece]:
    if not rows:
        return
    table = np.memmap(path, np.uint8, "r")[start : start + rows * width].reshape(rows, width)

    def batches() -> Iterator[pa.RecordBatch]:
        for first in range(0, rows, BATCH_ROWS):
            part = table[first : first + BATCH_ROWS]
            values = [_values(place, part[:, place.cells], label, first) for place in places]
            yield pa.RecordBatch.from_arrays(values, [place.column.name for place in places])

    yield from numbered(batches())


def _values(place: _Place, cells: Any, label: str, first: int) -> Values:  # noqa: ANN401 - bytes
    cells = np.ascontiguousarray(cells)
    texts = fitscards.texts(pa.array(cells.view(f"S{cells.shape[1]}")[:, 0], pa.binary()))
    if place.column.datatype in words.TEXTS:
        return texts
    trimmed = pc.utf8_trim_whitespace(texts)
    absent = pc.equal(trimmed, pa.scalar(place.null))
    trimmed = pc.if_else(absent, pa.scalar(None, pa.string()), trimmed)
    values, wrong = words.read(place.column, pc.replace_substring(trimmed, "D", "E"))
    if wrong.any():
        row = first + int(np.argmax(wrong)) + 1
        raise UsageError(
            f"Row {row:,} of {label} has no number in the column {place.column.name}.",
            "Write the file again, or leave the column out.",
        )
    return values
