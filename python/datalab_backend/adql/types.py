"""What kinds of values there are, which mix, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce

from datalab_backend.metadata import Column, DataType


class Family(StrEnum):
    """A set of types whose values can be compared, under a name that people read."""

    NUMBER = "a number"
    WHOLE = "a whole number"
    TEXT = "a text"
    TIME = "a timestamp"
    TRUTH = "true or false"
    BYTES = "bytes"
    POINT = "a point"
    CIRCLE = "a circle"
    POLYGON = "a polygon"
    ARRAY = "an array"
    UNKNOWN = "NULL"


WHOLE_NUMBERS = (DataType.SMALLINT, DataType.INTEGER, DataType.BIGINT)
SHAPES = (DataType.POINT, DataType.CIRCLE, DataType.POLYGON)
TEXTS = (DataType.CHAR, DataType.VARCHAR, DataType.CLOB)
_NUMBERS = (*WHOLE_NUMBERS, DataType.REAL, DataType.DOUBLE)

_FAMILIES: dict[DataType | None, Family] = {
    DataType.SMALLINT: Family.NUMBER,
    DataType.INTEGER: Family.NUMBER,
    DataType.BIGINT: Family.NUMBER,
    DataType.REAL: Family.NUMBER,
    DataType.DOUBLE: Family.NUMBER,
    DataType.CHAR: Family.TEXT,
    DataType.VARCHAR: Family.TEXT,
    DataType.CLOB: Family.TEXT,
    DataType.TIMESTAMP: Family.TIME,
    DataType.BOOLEAN: Family.TRUTH,
    DataType.BLOB: Family.BYTES,
    DataType.POINT: Family.POINT,
    DataType.CIRCLE: Family.CIRCLE,
    DataType.POLYGON: Family.POLYGON,
    None: Family.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class ArrayType:
    """The type of arrays, by that of their elements."""

    element: DataType


Type = DataType | ArrayType
"""The type of a value."""


def type_of(column: Column) -> Type:
    """The type of the values of a column."""
    return ArrayType(column.datatype) if column.is_array else column.datatype


def family(datatype: Type | None) -> Family:
    """The family of a type; None is the type of NULL."""
    return Family.ARRAY if isinstance(datatype, ArrayType) else _FAMILIES[datatype]


def accepts(wanted: Family, datatype: Type | None) -> bool:
    """Whether a value of a type can stand where a family is wanted."""
    if datatype is None:
        return True
    if wanted is Family.WHOLE:
        return datatype in WHOLE_NUMBERS
    return family(datatype) is wanted


def wider(left: Type, right: Type) -> Type:
    """The type that holds the values of two types of one family."""
    for widening in (_NUMBERS, TEXTS):
        if left in widening and right in widening:
            return max(left, right, key=widening.index)
    return left


def widest(types: Iterable[Type | None]) -> Type | None:
    """The type that holds the values of all types of one family; NULL fits in any."""
    known = [datatype for datatype in types if datatype is not None]
    return reduce(wider, known) if known else None


def arithmetic(operator: str, left: Type | None, right: Type | None) -> Type | None:
    """The type of ``left operator right``.

    Whole numbers are added, subtracted and multiplied in 64 bits, so that the product of two
    INTEGER columns does not overflow. A whole number divided by another gives a whole number,
    truncated towards zero, as in SQL92 and as PostgreSQL does it (ADQL 2.1 leaves it open).
    """
    both = widest((left, right))
    if both in WHOLE_NUMBERS and operator != "/":
        return DataType.BIGINT
    return both


def sql_arithmetic(operator: str, left: Type | None, right: Type | None) -> Type | None:
    """The type of ``left operator right`` in PostgreSQL, where REAL does not hold INTEGER."""
    if DataType.REAL in (left, right) and (left in WHOLE_NUMBERS or right in WHOLE_NUMBERS):
        return DataType.DOUBLE
    return arithmetic(operator, left, right)
