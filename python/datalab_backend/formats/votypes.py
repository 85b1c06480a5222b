"""How VOTable, TAP_SCHEMA and VOSI spell the type of a column."""

from __future__ import annotations

import math
from dataclasses import dataclass

from datalab_backend.metadata import Column, DataType


@dataclass(frozen=True, slots=True)
class VOType:
    """A type as VOTable spells it.

    Attributes
    ----------
    datatype
        The type of one element (VOTable 1.4, section 2.1).
    arraysize
        The number of elements, ``*`` for any, empty for one.
    xtype
        The meaning of the elements together (DALI 1.1, section 3.3), empty for none.
    """

    datatype: str
    arraysize: str = ""
    xtype: str = ""


_TYPES = {
    DataType.BOOLEAN: VOType("boolean"),
    DataType.SMALLINT: VOType("short"),
    DataType.INTEGER: VOType("int"),
    DataType.BIGINT: VOType("long"),
    DataType.REAL: VOType("float"),
    DataType.DOUBLE: VOType("double"),
    DataType.CHAR: VOType("char", "*"),
    DataType.VARCHAR: VOType("unicodeChar", "*"),
    DataType.CLOB: VOType("unicodeChar", "*"),
    DataType.TIMESTAMP: VOType("char", "*", "timestamp"),
    DataType.BLOB: VOType("unsignedByte", "*"),
    DataType.POINT: VOType("double", "2", "point"),
    DataType.CIRCLE: VOType("double", "3", "circle"),
    DataType.POLYGON: VOType("double", "*", "polygon"),
}


def votype(column: Column) -> VOType:
    """The VOTable type of a column.

    CHAR columns hold ASCII and are ``char``; other text may hold any character and is
    ``unicodeChar``. Text is always of variable length: ``8`` is written as ``8*``.
    """
    plain = _TYPES[column.datatype]
    arraysize = plain.arraysize
    if column.is_array:
        arraysize = column.arraysize
    elif arraysize == "*" and column.arraysize:
        arraysize = column.arraysize.rstrip("*") + "*"
    return VOType(plain.datatype, arraysize, column.xtype or plain.xtype)


def elements(arraysize: str) -> int:
    """The number of elements of a fixed array size, such as 6 of ``3x2``."""
    return math.prod(int(side) for side in arraysize.split("x")) if arraysize else 1
