"""Tables from FITS files (FITS 4.0, section 7.3), read as the work of a stranger.

A row of a FITS table is a row of VOTable's BINARY. Arrays of variable length are not taken: their
descriptors could make a small heap stand for any number of values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from datalab_backend.engines.arrow import Values
from datalab_backend.errors import UsageError
from datalab_backend.lazy import importing
from datalab_backend.uploads import binary
from datalab_backend.uploads.fields import Field
from datalab_backend.uploads.limits import UploadLimits, too_many_columns

_Header: TypeAlias = Any

_BLOCK_BYTES = 2880
_MOST_HEADER_BYTES = 2880 * 500
_LETTERS = {
    "L": "boolean",
    "X": "bit",
    "B": "unsignedByte",
    "I": "short",
    "J": "int",
    "K": "long",
    "A": "char",
    "E": "float",
    "D": "double",
    "C": "floatComplex",
    "M": "doubleComplex",
}


def read(content: bytes, limits: UploadLimits) -> tuple[str, list[Field], Iterator[list[Values]]]:
    """The first binary table of a file; see `uploads.votable.read`."""
    with importing:
        from astropy.io.fits import VerifyError

    try:
        return _read(content, limits)
    except VerifyError:  # a card is only looked at when its value is wanted
        raise _damaged() from None


def _read(content: bytes, limits: UploadLimits) -> tuple[str, list[Field], Iterator[list[Values]]]:
    position = 0
    while position < len(content):
        header, position = _header(content, position)
        size = _data_bytes(header)
        if str(header.get("XTENSION", "")).strip() == "BINTABLE":
            row_bytes, rows = (header.get(key) for key in ("NAXIS1", "NAXIS2"))
            if type(row_bytes) is not int or type(rows) is not int:
                raise _damaged()
            fields = _fields(header, limits)
            data = content[position : position + rows * row_bytes]
            if len(data) < rows * row_bytes or row_bytes != binary.row_bytes(fields):
                raise _damaged()
            name = " ".join(str(header.get("EXTNAME", "")).split())
            return name, fields, binary.read(fields, data, False, limits.rows)
        position += math.ceil(size / _BLOCK_BYTES) * _BLOCK_BYTES
    raise UsageError("It is a FITS file without a binary table.", "Upload a table.")


def _header(content: bytes, start: int) -> tuple[_Header, int]:
    with importing:
        from astropy.io.fits import Header

    for end in range(start + _BLOCK_BYTES, start + _MOST_HEADER_BYTES, _BLOCK_BYTES):
        block = content[end - _BLOCK_BYTES : end]
        if any(block[i : i + 80].rstrip() == b"END" for i in range(0, len(block), 80)):
            try:
                return Header.fromstring(content[start:end].decode("ascii")), end
            except (ValueError, OSError):
                break
        if len(block) < _BLOCK_BYTES:
            break
    raise _damaged()


def _data_bytes(header: _Header) -> int:
    try:
        axes = [int(header[f"NAXIS{n}"]) for n in range(1, int(header["NAXIS"]) + 1)]
        bits = abs(int(header["BITPIX"]))
        groups, parameters = int(header.get("GCOUNT", 1)), int(header.get("PCOUNT", 0))
    except (KeyError, ValueError, TypeError):
        raise _damaged() from None
    if any(axis < 0 for axis in axes) or groups < 0 or parameters < 0 or len(axes) > 999:
        raise _damaged()
    return bits * groups * (parameters + math.prod(axes)) // 8 if axes else 0


def _fields(header: _Header, limits: UploadLimits) -> list[Field]:
    count = header.get("TFIELDS", 0)
    if not isinstance(count, int) or count < 1:
        raise _damaged()
    if count > limits.columns:
        raise too_many_columns(limits.columns)
    return [_field(header, number) for number in range(1, count + 1)]


def _field(header: _Header, number: int) -> Field:
    def text(key: str) -> str:
        return " ".join(str(header.get(f"{key}{number}", "")).split())

    name = text("TTYPE") or f"column_{number}"
    form = re.fullmatch(r"(\d{0,9})([LXBIJKAEDCM])\d*", text("TFORM"))
    if form is None or form[1] == "0":
        raise UsageError(
            f"The column “{name}” has the form “{text('TFORM')[:20]}”, which is not taken.",
            "Arrays of variable length can be uploaded in a VOTable.",
        )
    if header.get(f"TSCAL{number}", 1) != 1 or header.get(f"TZERO{number}", 0) != 0:
        raise UsageError(
            f"The column “{name}” is scaled (TSCAL, TZERO), which is not taken.",
            "Save it unscaled; an unsigned integer fits into the next larger signed one.",
        )
    size = "" if form[1] in ("", "1") else form[1]
    dimensions = re.fullmatch(r"\((\d+(?:,\d+)+)\)", text("TDIM").replace(" ", ""))
    if dimensions and form[2] != "A":
        sides = dimensions[1].replace(",", "x")
        size = sides if math.prod(map(int, sides.split("x"))) == int(form[1] or 1) else size
    field = Field(
        name,
        _LETTERS[form[2]],
        size,
        text("TXTYP"),
        text("TUNIT"),
        text("TUCD"),
        text("TUTYP"),
        text("TCOMM"),
        text("TNULL"),
    )
    field.check()
    return field


def _damaged() -> UsageError:
    return UsageError(
        "It is a damaged FITS file: its headers and its data do not agree.",
        "Look for a file that was cut short.",
    )
