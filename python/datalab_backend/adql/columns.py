"""The columns of a result: their names, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datalab_backend.adql.checked import Findings
from datalab_backend.adql.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Cast,
    ColumnName,
    Identifier,
    Negative,
    Number,
    Subquery,
    Text,
    Value,
)
from datalab_backend.adql.types import ArrayType, Family, family, type_of, wider
from datalab_backend.metadata import Column, DataType, unique_names

# DALI 1.1, section 3.3: the extended types, and how many numbers each of them is.
_XTYPES = {
    DataType.TIMESTAMP: ("timestamp", "*"),
    DataType.POINT: ("point", "2"),
    DataType.CIRCLE: ("circle", "3"),
    DataType.POLYGON: ("polygon", "*"),
}


def describe(value: Value, alias: Identifier | None, position: int, findings: Findings) -> Column:
    """The column that shows a value.

    Parameters
    ----------
    value
        What is selected.
    alias
        The name that the user gave it.
    position
        Which column of the result it is, from 1.
    findings
        The types of the values.
    """
    if isinstance(value, ColumnName):
        column = findings.fields[value].column
        return replace(column, name=alias.name) if alias else column
    # NULL has no type of its own; a text can always be NULL.
    datatype = findings.types[value] or DataType.VARCHAR
    name = alias.name if alias else _generated(value, position)
    if isinstance(datatype, ArrayType):
        return Column(name, datatype.element, unit=unit_of(value, findings), arraysize="*")
    xtype, arraysize = _XTYPES.get(datatype, ("", "*" if family(datatype) is Family.TEXT else ""))
    return Column(name, datatype, unit=unit_of(value, findings), xtype=xtype, arraysize=arraysize)


def combine(left: Column, right: Column) -> Column:
    """The column of a set operation: the left one, as far as the right one agrees."""

    def agreed(one: str, other: str) -> str:
        return one if one == other else ""

    widest = wider(type_of(left), type_of(right))
    return replace(
        left,
        datatype=widest.element if isinstance(widest, ArrayType) else widest,
        description=agreed(left.description, right.description),
        unit=agreed(left.unit, right.unit),
        ucd=agreed(left.ucd, right.ucd),
        utype=agreed(left.utype, right.utype),
        xtype=agreed(left.xtype, right.xtype),
        arraysize=left.arraysize if left.arraysize == right.arraysize else "*",
    )


def result_columns(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns with names that differ, whatever their case: ``ra``, then ``ra_2``."""
    names = unique_names([column.name for column in columns])
    return tuple(
        column if name == column.name else replace(column, name=name)
        for column, name in zip(columns, names, strict=True)
    )


def _generated(value: Value, position: int) -> str:
    match value:
        case Call(function=function):
            return function.called.lower()
        case Aggregate(name=name, argument=ColumnName(parts=parts)) if parts[
            -1
        ].name.isidentifier():
            return f"{name.lower()}_{parts[-1].name}"
        case Aggregate(name=name):
            return name.lower()
    return f"column_{position}"


def unit_of(value: Value, findings: Findings) -> str:
    """The unit of a value, empty when it has none or it is not known."""
    match value:
        case ColumnName():
            return findings.fields[value].column.unit
        case Negative(operand=operand):
            return unit_of(operand, findings)
        case Cast(operand=operand, datatype=datatype):
            return unit_of(operand, findings) if family(datatype) is Family.NUMBER else ""
        case Aggregate(name=name, argument=argument):
            counts = name in ("COUNT", "IVO_HISTOGRAM")
            return "" if counts or argument is None else unit_of(argument, findings)
        case Call(function=function, arguments=(_, Text(value=unit))) if function.name == "IN_UNIT":
            return unit
        case Call(function=function, arguments=arguments):
            return unit_of(arguments[0], findings) if function.unit is None else function.unit
        case Subquery(query=query):
            return findings.outputs[query][0].column.unit
        case Arithmetic(operator="+" | "-", left=left, right=right):
            units = {
                unit_of(side, findings) for side in (left, right) if not isinstance(side, Number)
            }
            return units.pop() if len(units) == 1 else ""
    return ""
