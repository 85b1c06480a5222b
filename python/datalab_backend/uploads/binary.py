"""Rows from BINARY and BINARY2 streams (VOTable 1.4, sections 5.3, 5.4 and 6).

No length that a stream states is believed before it is seen to lie inside the stream, and nothing
is set aside for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datalab_backend.engines.arrow import ARROW_TYPES, Values
from datalab_backend.errors import UsageError
from datalab_backend.uploads import arrays
from datalab_backend.uploads.fields import ELEMENT_BYTES, ELEMENT_TYPES, Field
from datalab_backend.uploads.limits import too_many_rows

_Bytes: TypeAlias = NDArray[np.uint8]
_Starts: TypeAlias = NDArray[np.int64]

_CHUNK_CELLS = 500_000
_CHUNK_BYTES = 4_000_000  # of which each bit becomes a byte on its way
_MOST_BITS = 8_000_000
_LONG = 64
_COUNT = Struct(">i")
_FORMATS = {
    "unsignedByte": "u1",
    "short": ">i2",
    "int": ">i4",
    "long": ">i8",
    "float": ">f4",
    "double": ">f8",
    "floatComplex": ">f4",
    "doubleComplex": ">f8",
}


@dataclass(slots=True)
class _Place:
    """Where a field is in a row: in which run of fixed fields, how far into it, how long."""

    run: int
    offset: int
    length: int


def read(
    fields: Sequence[Field], data: bytes, null_flags: bool, most_rows: int
) -> Iterator[list[Values]]:
    """The columns of the rows, a chunk of rows at a time.

    Parameters
    ----------
    fields
        The columns.
    data
        The stream, decoded.
    null_flags
        Whether each row begins with its null flags, as in BINARY2.
    most_rows
        The most rows that are read.

    Raises
    ------
    UsageError
        When the stream does not hold what the fields say, or has too many rows.
    """
    reader = _Reader(fields, data, null_flags)
    rows = 0
    while reader.position < len(data):
        chunk = reader.chunk(rows)
        rows += len(chunk[0])
        if rows > most_rows:
            raise too_many_rows(most_rows)
        yield chunk


def row_bytes(fields: Sequence[Field]) -> int:
    """The bytes of a row whose fields are all of fixed length."""
    return sum(map(_length, fields))


class _Reader:
    """Walks through a stream."""

    def __init__(self, fields: Sequence[Field], data: bytes, null_flags: bool) -> None:
        self.position = 0
        self._fields = fields
        self._data = data
        self._array: _Bytes = np.frombuffer(data, np.uint8)
        self._flag_bytes = (len(fields) + 7) // 8 if null_flags else 0
        self._chunk_rows = max(1, min(_CHUNK_CELLS // len(fields), 65_536))
        # Fields of fixed length lie in runs; each but the last run ends with a variable field.
        self._places: list[_Place] = []
        self._runs = [self._flag_bytes]
        self._variable: list[Field] = []
        for field in fields:
            place = _Place(len(self._runs) - 1, self._runs[-1], _length(field))
            self._places.append(place)
            if field.is_variable:
                self._variable.append(field)
                self._runs.append(0)
            else:
                self._runs[-1] += place.length

    def chunk(self, rows_before: int) -> list[Values]:
        """The next rows."""
        runs, counts = self._walk(rows_before)
        rows = len(runs[0])
        nulls: NDArray[np.bool_] = np.zeros((rows, len(self._fields)), np.bool_)
        if self._flag_bytes:
            flags = self._gather(runs[0], 0, self._flag_bytes)
            nulls = np.unpackbits(flags, axis=1)[:, : len(self._fields)].astype(np.bool_)
        columns = []
        for index, (field, place) in enumerate(zip(self._fields, self._places, strict=True)):
            if field.is_variable:
                starts = runs[place.run] + place.offset + _COUNT.size
                column = self._varying(field, starts, counts[place.run], nulls[:, index])
            else:
                content = self._gather(runs[place.run], place.offset, place.length)
                column = self._fixed(field, content, nulls[:, index])
            columns.append(arrays.finish(field, column, rows_before + 1))
        return columns

    def _walk(self, rows_before: int) -> tuple[list[_Starts], list[_Starts]]:
        """Where in the next rows each run starts, and the counts of what varies after it."""
        if not self._variable:
            return self._stride(rows_before), []
        data, end, position = self._data, len(self._data), self.position
        steps = list(zip(self._runs, map(_bits, self._variable), strict=False))
        last = self._runs[-1]
        runs: list[list[int]] = [[] for _ in self._runs]
        counts: list[list[int]] = [[] for _ in self._variable]
        for row in range(rows_before + 1, rows_before + 1 + self._chunk_rows):
            if position >= min(end, self.position + _CHUNK_BYTES):
                break
            for step, (size, element_bits) in enumerate(steps):
                runs[step].append(position)
                position += size + 4
                if position > end:
                    raise _cut(row)
                (count,) = _COUNT.unpack_from(data, position - 4)
                length = (count * element_bits + 7) // 8
                if count < 0 or position + length > end:
                    raise _lie(row, self._variable[step], count)
                if element_bits == 1 and count > _MOST_BITS:
                    raise _too_many_bits(self._variable[step])
                counts[step].append(count)
                position += length
            runs[-1].append(position)
            position += last
            if position > end:
                raise _cut(row)
        self.position = position
        return [np.array(r, np.int64) for r in runs], [np.array(c, np.int64) for c in counts]

    def _stride(self, rows_before: int) -> list[_Starts]:
        """Where rows of one length start."""
        size = self._runs[0]
        whole, rest = divmod(len(self._data) - self.position, size)
        most = max(1, min(self._chunk_rows, _CHUNK_BYTES // size))
        if not whole or (rest and whole <= most):
            raise _cut(rows_before + whole + 1)
        rows = min(whole, most)
        starts = self.position + np.arange(rows, dtype=np.int64) * size
        self.position += rows * size
        return [starts]

    def _gather(self, starts: _Starts, offset: int, length: int) -> _Bytes:
        """The bytes at one place in each row."""
        if length > _LONG:  # an index of each byte would take more room than the bytes
            pieces = [self._data[s : s + length] for s in (starts + offset).tolist()]
            return np.frombuffer(b"".join(pieces), np.uint8).reshape(len(pieces), length)
        found: _Bytes = self._array[(starts + offset)[:, None] + np.arange(length)]
        return found

    def _varying(
        self, field: Field, starts: _Starts, counts: _Starts, nulls: arrays.Mask
    ) -> Values:
        lengths = (counts * _bits(field) + 7) // 8
        pieces = [
            self._data[start : start + length]
            for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
        ]
        if field.is_text:
            return self._texts(field, pieces, nulls)
        if field.datatype == "bit":
            bits = [
                np.unpackbits(np.frombuffer(piece, np.uint8))[:count]
                for piece, count in zip(pieces, counts.tolist(), strict=True)
            ]
            flat: Any = np.concatenate(bits) if bits else np.zeros(0, np.uint8)
            return arrays.assemble(field, pa.array(flat.astype(np.bool_)), counts, nulls)
        elements = _elements(field, np.frombuffer(b"".join(pieces), np.uint8))
        numbers = counts * (2 if field.is_complex else 1)
        return arrays.assemble(field, elements, numbers, nulls)

    def _fixed(self, field: Field, content: _Bytes, nulls: arrays.Mask) -> Values:
        rows = len(content)
        if field.is_text:
            return self._texts(field, [piece.tobytes() for piece in content], nulls)
        if field.datatype == "bit":
            if field.elements > _MOST_BITS:
                raise _too_many_bits(field)
            bits = np.unpackbits(content, axis=1)[:, : field.elements].astype(np.bool_)
            if field.is_scalar:  # astropy does not put a single bit first in its byte
                bits = content != 0
            elements: Values = pa.array(bits.reshape(-1))
        else:
            elements = _elements(field, np.ascontiguousarray(content).reshape(-1))
        if not field.is_scalar:
            counts = np.full(rows, field.numbers, np.int64)
            return arrays.assemble(field, elements, counts, nulls)
        return arrays.where_not(nulls, elements)

    def _texts(self, field: Field, pieces: list[bytes], nulls: arrays.Mask) -> Values:
        encoding = "utf-16-be" if field.datatype == "unicodeChar" else "utf-8"
        try:
            # What is shorter than a fixed length ends with a zero.
            texts = [piece.decode(encoding).partition("\0")[0] for piece in pieces]
        except UnicodeDecodeError:
            raise UsageError(
                f"The column “{field.name}” has a text that is not {encoding.upper()}.",
                "Send text beyond ASCII as unicodeChar.",
            ) from None
        if not self._flag_bytes:
            nulls = np.array([not text for text in texts], np.bool_)
        return arrays.where_not(nulls, pa.array(texts, pa.string()))


def _elements(field: Field, content: _Bytes) -> Values:
    """Numbers and truth values that lie one after the other."""
    if field.datatype == "boolean":
        true = np.isin(content, list(b"Tt1"))
        known = true | np.isin(content, list(b"Ff0"))
        return pa.array(true, mask=~known)
    values = content.view(_FORMATS[field.datatype])
    native = values.astype(values.dtype.newbyteorder("="))
    return arrays.without(
        pa.array(native).cast(ARROW_TYPES[ELEMENT_TYPES[field.datatype]]), field.null
    )


def _bits(field: Field) -> int:
    """The bits of one element."""
    return 1 if field.datatype == "bit" else 8 * ELEMENT_BYTES[field.datatype]


def _length(field: Field) -> int:
    """The bytes of a value of fixed length, 0 when it varies."""
    return 0 if field.is_variable else (field.elements * _bits(field) + 7) // 8


def _too_many_bits(field: Field) -> UsageError:
    return UsageError(
        f"The column “{field.name}” has a value of more than {_MOST_BITS:,} bits.",
        "Send it as unsignedByte.",
    )


def _cut(row: int) -> UsageError:
    return UsageError(
        f"Its binary data ends in the middle of row {row:,}.",
        "Check that the FIELDs describe the data, and send the file again.",
    )


def _lie(row: int, field: Field, count: int) -> UsageError:
    return UsageError(
        f"Row {row:,} says that the column “{field.name}” has {count:,} elements there, "
        "more than its binary data holds.",
        "Check that the FIELDs describe the data, and send the file again.",
    )
