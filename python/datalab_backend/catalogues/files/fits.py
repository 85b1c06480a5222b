"""Tables of FITS files (FITS 4.0, section 7), read in place, a run of rows at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from astropy.io import fits
from numpy.typing import NDArray

from datalab_backend.catalogues.files import fitsascii, fitscards
from datalab_backend.catalogues.files.source import BATCH_ROWS, Piece, Source, numbered
from datalab_backend.engines.arrow import ARROW_TYPES, Values, arrow_type
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType
from datalab_backend.uploads import arrays
from datalab_backend.uploads.fields import ELEMENT_TYPES, Field

_Bytes = NDArray[np.uint8]

_LETTERS = {
    "L": ("boolean", "u1"),
    "X": ("bit", "u1"),
    "B": ("unsignedByte", "u1"),
    "I": ("short", ">i2"),
    "J": ("int", ">i4"),
    "K": ("long", ">i8"),
    "A": ("char", "u1"),
    "E": ("float", ">f4"),
    "D": ("double", ">f8"),
    "C": ("floatComplex", ">f4"),
    "M": ("doubleComplex", ">f8"),
}
# Whole numbers kept with an offset are unsigned, or signed bytes (FITS 4.0, table 19).
_OFFSETS = {
    ("B", -128): "short",
    ("I", 1 << 15): "int",
    ("J", 1 << 31): "long",
    ("K", 1 << 63): "long",
}
_RUN_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class _Form:
    """How a column lies in a row.

    Attributes
    ----------
    field
        The column.
    letter
        Its type in FITS.
    offset, length
        Where its bytes are in a row.
    repeat
        How many elements there are in each row; for arrays of variable length, their descriptors.
    descriptor
        The type of the two numbers of a descriptor, empty for an array of fixed length.
    scale, zero
        A stored value times scale plus zero is the true one.
    null
        The stored whole number that means null.
    """

    field: Field
    letter: str
    offset: int
    length: int
    repeat: int
    descriptor: str
    scale: float
    zero: float
    null: int | None

    @property
    def is_shifted(self) -> bool:
        """Whether whole numbers are kept with an offset."""
        return self.scale == 1 and (self.letter, self.zero) in _OFFSETS

    @property
    def is_scaled(self) -> bool:
        """Whether the true values are computed as floating numbers."""
        return (self.scale, self.zero) != (1, 0) and not self.is_shifted


def read_fits(path: Path, label: str, hdu: str | None = None) -> list[Source]:
    """The tables of a FITS file.

    Parameters
    ----------
    path
        The file, unpacked.
    label
        What to call it in messages.
    hdu
        The name or number of the table that is wanted; otherwise all are, as long as they have
        the same columns.

    Raises
    ------
    UsageError
        When there is no such table, or a choice to be made.
    """
    try:
        with fits.open(path, memmap=True, ignore_missing_simple=True) as found:
            tables = {
                index: _source(path, label, index, unit)
                for index, unit in enumerate(found)
                if isinstance(unit, fits.BinTableHDU | fits.TableHDU)
                and not isinstance(unit, fits.CompImageHDU)
            }
            names = {index: str(found[index].name) for index in tables}
    except (OSError, fits.VerifyError, ValueError, KeyError, TypeError) as error:
        raise fitscards.damaged(label) from error
    if not tables:
        raise UsageError(f"{label} has no table in it.", "Leave files of images out.")
    listed = ", ".join(
        f"{index} {names[index]} ({len(source.columns)} columns)".replace("  ", " ")
        for index, source in tables.items()
    )
    if hdu is not None:
        chosen = [
            source
            for index, source in tables.items()
            if hdu in (str(index), names[index]) or hdu.upper() == names[index].upper()
        ]
        if not chosen:
            raise UsageError(f"{label} has no table {hdu}.", f"It has these: {listed}.")
        return chosen[:1]
    if len({tuple(c.name for c in source.columns) for source in tables.values()}) > 1:
        raise UsageError(
            f"{label} has several tables of different columns.",
            f"Choose one with --hdu: {listed}.",
        )
    return list(tables.values())


def _source(path: Path, label: str, index: int, unit: Any) -> Source:  # noqa: ANN401 - an HDU
    header = unit.header
    name = f"{label}[{index}]" if index != 1 else label
    described = " ".join(str(header.get("EXTNAME", "")).split())
    if isinstance(unit, fits.TableHDU):
        return fitsascii.source(path, name, unit, described)
    forms = _forms(header, name)
    start = unit.fileinfo()["datLoc"]
    width, rows = int(header["NAXIS1"]), int(header["NAXIS2"])
    too_wide = bool(forms) and forms[-1].offset + forms[-1].length > width
    if too_wide or start + width * rows > path.stat().st_size:
        raise fitscards.damaged(name)
    heap = start + int(header.get("THEAP", width * rows))
    pieces = partial(_pieces, path, name, forms, start, width, rows, heap)
    columns = tuple(_column(form) for form in forms)
    return Source(path, name, columns, pieces, described, rows=rows)


def _forms(header: Any, label: str) -> list[_Form]:  # noqa: ANN401 - astropy's Header
    forms = []
    offset = 0
    for number in range(1, int(header["TFIELDS"]) + 1):
        text = str(header[f"TFORM{number}"]).strip()
        match = re.fullmatch(r"(\d*)([PQ]?)([LXBIJKAEDCM])(?:\(\d*\))?.*", text)
        if match is None:
            raise fitscards.damaged(label)
        repeat = int(match[1] or 1)
        letter = match[3]
        descriptor = {"P": ">i4", "Q": ">i8", "": ""}[match[2]]
        if descriptor:
            length = repeat * 2 * int(descriptor[2])
        elif letter == "X":
            length = (repeat + 7) // 8
        else:
            length = repeat * _stored_bytes(letter)
        scale, zero = header.get(f"TSCAL{number}", 1), header.get(f"TZERO{number}", 0)
        null = header.get(f"TNULL{number}")
        field = fitscards.field(header, number, _LETTERS[letter][0], repeat, bool(descriptor))
        form = _Form(
            field,
            letter,
            offset,
            length,
            repeat,
            descriptor,
            scale if letter not in "LXA" else 1,
            zero if letter not in "LXA" else 0,
            int(null) if null is not None and letter in "BIJK" else None,
        )
        if repeat:  # a column of nothing
            forms.append(form)
        offset += length
    return forms


def _column(form: _Form) -> Column:
    field = form.field
    column = field.column()
    datatype = column.datatype
    if form.is_shifted:
        datatype = ELEMENT_TYPES[_OFFSETS[form.letter, int(form.zero)]]
        arraysize = "" if field.arraysize in ("", "1") else field.arraysize
    elif form.is_scaled:
        datatype, arraysize = DataType.DOUBLE, column.arraysize
    else:
        return column
    return Column(
        column.name,
        datatype,
        column.description,
        column.unit,
        column.ucd,
        column.utype,
        column.xtype,
        arraysize,
    )


def _pieces(
    path: Path,
    label: str,
    forms: list[_Form],
    start: int,
    width: int,
    rows: int,
    heap: int,
    _: Sequence[Column],
) -> Iterator[Piece]:
    if not rows:
        return
    content = np.memmap(path, np.uint8, "r")
    table = content[start : start + rows * width].reshape(rows, width)
    names = [form.field.name for form in forms]
    run = max(1, min(BATCH_ROWS, _RUN_BYTES // width))

    def batches() -> Iterator[pa.RecordBatch]:
        for first in range(0, rows, run):
            part = np.ascontiguousarray(table[first : first + run])
            values = [_values(form, part, content[heap:], label, first) for form in forms]
            yield pa.RecordBatch.from_arrays(values, names)

    yield from numbered(batches())


def _values(form: _Form, part: _Bytes, heap: _Bytes, label: str, first: int) -> Values:
    cells = np.ascontiguousarray(part[:, form.offset : form.offset + form.length])
    if form.descriptor:
        content, counts = _gathered(form, cells, heap, label, first)
        if form.letter == "A":
            ends = np.cumsum(counts)
            texts = [content[e - c : e].tobytes() for c, e in zip(counts, ends, strict=True)]
            return fitscards.texts(pa.array(texts, pa.binary()))
    else:
        content, counts = cells, np.full(len(part), form.repeat, np.int64)
        if form.letter == "A":
            return fitscards.texts(pa.array(cells.view(f"S{form.length}")[:, 0], pa.binary()))
    column = _column(form)
    nulls: NDArray[np.bool_] = np.zeros(len(part), np.bool_)
    if column.datatype is DataType.BLOB:
        return arrays.assemble(form.field, pa.array(content.ravel()), counts, nulls)
    elements = _elements(form, content, column.datatype)
    if form.repeat == 1 and not (form.descriptor or form.field.is_complex):
        return elements
    sizes = counts * (2 if form.field.is_complex else 1)
    offsets = pa.array(np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]))
    return pa.LargeListArray.from_arrays(offsets, elements).cast(arrow_type(column))


def _elements(form: _Form, content: _Bytes, datatype: DataType) -> Values:
    wanted = ARROW_TYPES[datatype]
    if form.letter == "L":
        flat = content.ravel()
        true = np.isin(flat, list(b"Tt1"))
        return pa.array(true, mask=~(true | np.isin(flat, list(b"Ff0"))))
    if form.letter == "X":
        bits = np.unpackbits(content, axis=1)[:, : form.repeat]
        return pa.array(bits.ravel().astype(np.bool_))
    stored = content.view(_LETTERS[form.letter][1]).ravel()
    stored = stored.astype(stored.dtype.newbyteorder("="))
    absent = stored == form.null if form.null is not None else None
    if form.is_shifted:
        if form.letter == "K":
            unsigned = stored.view(np.uint64) + np.uint64(1 << 63)
            return pa.array(unsigned, mask=absent)  # what does not fit is told of later
        return pa.array(stored.astype(np.int64) + int(form.zero), mask=absent).cast(wanted)
    if form.is_scaled:
        return pa.array(stored * float(form.scale) + float(form.zero), mask=absent)
    return pa.array(stored, mask=absent).cast(wanted)


def _gathered(
    form: _Form, cells: _Bytes, heap: _Bytes, label: str, first: int
) -> tuple[_Bytes, NDArray[np.int64]]:
    """The elements of arrays of variable length, one after the other, and their counts."""
    pairs = cells.view(form.descriptor).astype(np.int64).reshape(len(cells), -1)
    counts, starts = pairs[:, 0], pairs[:, 1]
    lengths = counts * _stored_bytes(form.letter)
    wrong = (counts < 0) | (starts < 0) | (starts + lengths > len(heap))
    if wrong.any() or form.letter == "X":
        row = first + int(np.argmax(wrong)) + 1
        raise UsageError(
            f"Row {row:,} of {label} has an array in the column {form.field.name} that lies "
            "outside the file."
            if wrong.any()
            else f"{label} has bits of variable length in the "
            f"column {form.field.name}, which cannot be read.",
            "Write the file again, or leave the column out.",
        )
    pieces = [heap[s : s + n] for s, n in zip(starts.tolist(), lengths.tolist(), strict=True)]
    flat = np.concatenate(pieces) if pieces else np.zeros(0, np.uint8)
    return flat, counts


def _stored_bytes(letter: str) -> int:
    sizes = {"L": 1, "X": 1, "B": 1, "A": 1, "I": 2, "J": 4, "E": 4, "K": 8, "D": 8, "C": 8}
    return sizes.get(letter, 16)
