"""The fields of an uploaded table, and the columns that they become."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType

ELEMENT_BYTES = {
    "boolean": 1,
    "unsignedByte": 1,
    "short": 2,
    "int": 4,
    "long": 8,
    "char": 1,
    "unicodeChar": 2,
    "float": 4,
    "double": 8,
    "floatComplex": 8,
    "doubleComplex": 16,
}
"""The bytes of one element (VOTable 1.4, section 2.1); bits are packed."""

ELEMENT_TYPES = {
    "boolean": DataType.BOOLEAN,
    "bit": DataType.BOOLEAN,
    "unsignedByte": DataType.SMALLINT,
    "short": DataType.SMALLINT,
    "int": DataType.INTEGER,
    "long": DataType.BIGINT,
    "float": DataType.REAL,
    "double": DataType.DOUBLE,
    "floatComplex": DataType.REAL,
    "doubleComplex": DataType.DOUBLE,
    "char": DataType.CHAR,
    "unicodeChar": DataType.VARCHAR,
}
"""What one element becomes."""

_TIMESTAMPS = ("timestamp", "adql:timestamp")
_SHAPES = {
    ("point", "2"): DataType.POINT,
    ("circle", "3"): DataType.CIRCLE,
}

_LONGEST_NAME = 200
_MOST_FIXED = 16
_LARGEST_SIZE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Field:
    """A column as a VOTable declares it (VOTable 1.4, section 4.1).

    Attributes
    ----------
    name, datatype, arraysize, xtype, unit, ucd, utype, description
        What the FIELD says.
    null
        The integer that stands for null, as text; empty for none.
    """

    name: str
    datatype: str
    arraysize: str = ""
    xtype: str = ""
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    description: str = ""
    null: str = ""

    def check(self) -> None:
        """Refuse a field that cannot be read.

        Raises
        ------
        UsageError
            When the type or size is none of VOTable's.
        """
        if self.datatype not in ELEMENT_TYPES:
            raise UsageError(
                f"The column “{self.name}” has the datatype “{self.datatype[:40]}”, "
                "which VOTable does not have.",
                f"The datatypes are {', '.join(ELEMENT_TYPES)}.",
            )
        sides = re.fullmatch(r"(?:(?:\d{1,9}x)*(?:\d{1,9}\*?|\*))?", self.arraysize)
        if not sides or 0 in self._sides() or math.prod(self._sides()) > _LARGEST_SIZE:
            raise UsageError(
                f"The column “{self.name}” has the arraysize “{self.arraysize[:40]}”, "
                "which is none.",
                "Write it like 3, 3x2, * or 8*.",
            )
        if not self.name or len(self.name) > _LONGEST_NAME or "\0" in self.name:
            raise UsageError(
                f"A column has no name, or one of more than {_LONGEST_NAME} characters.",
                "Give each column a short name.",
            )

    @property
    def is_variable(self) -> bool:
        """Whether values differ in their number of elements."""
        return self.arraysize.endswith("*")

    @property
    def elements(self) -> int:
        """The number of elements of a value of fixed size."""
        return math.prod(self._sides())

    @property
    def is_text(self) -> bool:
        """Whether the elements are characters."""
        return self.datatype in ("char", "unicodeChar")

    @property
    def is_bytes(self) -> bool:
        """Whether a value is a run of bytes."""
        return self.datatype == "unsignedByte" and self.arraysize not in ("", "1")

    @property
    def is_scalar(self) -> bool:
        """Whether a value is one number or truth value."""
        return self.arraysize in ("", "1") and not (self.is_text or self.is_complex)

    @property
    def is_complex(self) -> bool:
        """Whether an element is two numbers."""
        return self.datatype.endswith("Complex")

    @property
    def numbers(self) -> int | None:
        """How many numbers an array is, None when that differs."""
        return None if self.is_variable else self.elements * (2 if self.is_complex else 1)

    def column(self) -> Column:
        """The column that the field becomes.

        Bits become truth values, unsignedByte SMALLINT, complex numbers arrays of two numbers.
        Arrays of more than 16 elements become arrays of any length, since a null of a fixed size
        takes as much room in a result as a value.
        """
        datatype, arraysize = ELEMENT_TYPES[self.datatype], self.arraysize
        if self.is_text or self.is_bytes:
            datatype = DataType.BLOB if self.is_bytes else datatype
            arraysize = "*" if "x" in arraysize or not arraysize else arraysize
        elif self.is_complex:
            size = "" if arraysize in ("", "1") else f"x{arraysize}"
            arraysize = f"2{size}"
        elif arraysize == "1":
            arraysize = ""
        if self.datatype in ("float", "double"):
            shape = _SHAPES.get((self.xtype.lower(), arraysize))
            if self.xtype.lower() == "polygon" and "x" not in arraysize:
                shape = DataType.POLYGON
            datatype, arraysize = (shape, "") if shape else (datatype, arraysize)
        if self.is_text and self.xtype.lower() in _TIMESTAMPS:
            return self._described(DataType.TIMESTAMP, "*", "timestamp")
        if (self.numbers or 0) > _MOST_FIXED and not (self.is_text or self.is_bytes):
            *sides, _ = arraysize.split("x")
            arraysize = "x".join([*sides, "*"])
        return self._described(datatype, arraysize, self.xtype)

    def _described(self, datatype: DataType, arraysize: str, xtype: str) -> Column:
        return Column(
            self.name,
            datatype,
            self.description,
            self.unit,
            self.ucd,
            self.utype,
            xtype,
            arraysize,
        )

    def _sides(self) -> list[int]:
        return [int(side) for side in re.findall(r"\d+", self.arraysize)]
