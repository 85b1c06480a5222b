"""Checks of the arguments of a call: how many there are, and of what kinds."""

from __future__ import annotations

import math
from collections.abc import Sequence

from datalab_backend.adql.checked import Findings
from datalab_backend.adql.constants import constant
from datalab_backend.adql.functions import Function
from datalab_backend.adql.literals import (
    check_catalogued,
    check_frame,
    check_sky,
    number_of,
    shown,
)
from datalab_backend.adql.tree import (
    Aggregate,
    Call,
    ColumnName,
    InList,
    Node,
    Value,
    children,
)
from datalab_backend.adql.types import Family, Type, accepts, family, widest
from datalab_backend.errors import AdqlError
from datalab_backend.metadata import DataType

_PASSING = ("POINT", "CIRCLE", "COORD1", "COORD2")
_ALIKE = ("COALESCE", "GREATEST", "LEAST", "NULLIF")
_LARGEST_REAL = (2 - 2**-23) * 2.0**127
_COPYING = ("IVO_EPOCH_PROP_POS", "IVO_INTERVAL_OVERLAPS")
_COPIES = {"SUBSTR": 6, "SUBSTRING": 6, "WIDTH_BUCKET": 6}

MOST_BINS = 10_000
"""Bins of a histogram."""


def fitting(node: Call, findings: Findings) -> list[Type | None]:
    """The types of the arguments of a call, those of a coordinate system aside.

    Raises
    ------
    AdqlError
        When the function does not take such arguments.
    """
    function, arguments = node.function, node.arguments
    if function.frame and arguments and family(findings.types[arguments[0]]) is Family.TEXT:
        check_frame(arguments[0])
        arguments = arguments[1:]
    types = [findings.types[argument] for argument in arguments]
    if function.name == "POLYGON" and not _is_polygon(types):
        raise AdqlError(
            "A polygon is three or more pairs of numbers, or three or more points.",
            *node.place,
            f"Write {function.usage}.",
        )
    stretched = (_stretched(form, function, len(types)) for form in function.forms)
    forms = [form for form in stretched if form is not None]
    if not forms:
        counts = sorted({len(form) for form in function.forms})
        expected = " or ".join(map(str, counts)) + ("" if not function.repeats else " or more")
        raise AdqlError(
            f"{function.called} takes {expected} argument{'s' * (counts != [1])}, "
            f"not {len(types)}.",
            *node.place,
            f"Write {function.usage}.",
        )
    if not any(all(map(accepts, form, types)) for form in forms):
        types = _read(function, arguments, types, forms, findings)
        if not any(all(map(accepts, form, types)) for form in forms):
            raise _misfit(function, arguments, types, forms)
    check_sky(function, arguments)
    check_catalogued(function, arguments)
    return types


def _read(
    function: Function,
    arguments: Sequence[Value],
    types: Sequence[Type | None],
    forms: Sequence[tuple[Family, ...]],
    findings: Findings,
) -> list[Type | None]:
    """The types when untyped texts are numbers wherever a form has them so."""
    for form in forms:
        read = list(types)
        numbers: dict[Value, DataType] = {}
        beside = None
        if function.name in _ALIKE and form[0] is Family.NUMBER:
            beside = widest(t for t in types if family(t) is Family.NUMBER)
        for position, (wanted, argument) in enumerate(zip(form, arguments, strict=True)):
            if wanted in (Family.NUMBER, Family.WHOLE):
                number = number_of(argument)
                if number is not None:
                    read[position] = numbers[argument] = text_type(number, beside)
        if all(map(accepts, form, read)):
            for argument, datatype in numbers.items():
                findings.casts[argument] = findings.types[argument] = datatype
            return read
    return list(types)


def number_type(number: int | float) -> DataType:
    """The type of a number as it is written."""
    if isinstance(number, float):
        return DataType.DOUBLE
    return DataType.INTEGER if abs(number) < 2**31 else DataType.BIGINT


def text_type(number: int | float, beside: Type | None) -> DataType:
    """The type of the number that an untyped text is: that of a REAL beside it, if it fits in."""
    if beside is DataType.REAL and not (_LARGEST_REAL < abs(number) < math.inf):
        return DataType.REAL
    return number_type(number)


def share_type(node: InList, findings: Findings) -> None:
    """Take the values beside a REAL in a list for REAL, as PostgreSQL does with two or more.

    Columns are compared one by one there, and so are all when one of the others is a DOUBLE.
    """
    fixed = [item for item in node.items if not _has_column(item)]
    types = [findings.types[item] for item in fixed]
    if findings.types[node.operand] is not DataType.REAL or len(fixed) < 2:
        return
    for item, datatype in zip(fixed, types, strict=True):
        if datatype is DataType.DOUBLE and abs(_written(item)) > _LARGEST_REAL:
            return
    for item in fixed:
        findings.casts[item] = DataType.REAL


def _has_column(node: Node) -> bool:
    return isinstance(node, ColumnName) or any(map(_has_column, children(node)))


def _written(value: Value) -> float:
    """The number that is written out as a decimal, infinite when it is none."""
    number = constant(value)
    return math.inf if number is None else number


def copies(node: Call) -> int:
    """How often, at most, the engine's query has each argument of a call.

    What lies on the sky is computed by formulas that take a coordinate more than once, and for
    each corner of a polygon; inside one another, they would grow without bounds.
    """
    name = node.function.name
    if name in _COPIES:
        return _COPIES[name]
    if name in _PASSING or (node.function.build is not None and name not in _COPYING):
        return 1
    corners = [len(part.arguments) for part in node.arguments if isinstance(part, Call)]
    return 4 * max([1, *corners])


def check_bins(node: Aggregate) -> None:
    """Refuse a histogram whose bins are none, or differ from row to row."""
    low, high, bins = map(constant, node.parameters)
    if low is None or high is None or bins is None:
        raise AdqlError(
            "The bins of a histogram are the same in every row.",
            *node.parameters[0].place,
            "Write numbers: ivo_histogram(x, 10, 20, 50).",
        )
    if high <= low:
        raise AdqlError(
            f"A histogram goes from a number to a larger one, and {high:g} is not above {low:g}.",
            *node.parameters[1].place,
            "The lower limit comes first.",
        )
    if bins != int(bins) or not 1 <= bins <= MOST_BINS:
        raise AdqlError(
            f"A histogram has from 1 to {MOST_BINS:,} bins, not {bins:g}.",
            *node.parameters[2].place,
            "Take fewer, wider bins.",
        )


def _stretched(
    form: tuple[Family, ...], function: Function, length: int
) -> tuple[Family, ...] | None:
    """A form with as many arguments as were given, or None when it cannot have them."""
    if len(form) == length:
        return form
    missing = length - len(form)
    if function.repeats == 0 or missing < 0 or missing % function.repeats:
        return None
    return form + form[-function.repeats :] * (missing // function.repeats)


def _is_polygon(types: Sequence[Type | None]) -> bool:
    if all(accepts(Family.POINT, datatype) for datatype in types):
        return len(types) >= 3
    numbers = all(accepts(Family.NUMBER, datatype) for datatype in types)
    return numbers and len(types) >= 6 and len(types) % 2 == 0


def _misfit(
    function: Function,
    arguments: Sequence[Value],
    types: Sequence[Type | None],
    forms: Sequence[tuple[Family, ...]],
) -> AdqlError:
    """The sentence for the first argument that fits no form still possible."""
    possible = list(forms)
    for position, (argument, datatype) in enumerate(zip(arguments, types, strict=True)):
        fitting = [form for form in possible if accepts(form[position], datatype)]
        if not fitting:
            wanted = list(dict.fromkeys(form[position] for form in possible))
            return AdqlError(
                f"Argument {position + 1} of {function.called} is {' or '.join(wanted)}, and "
                f"{shown(argument)} is {family(datatype)}.",
                *argument.place,
                f"Write {function.usage}.",
            )
        possible = fitting
    raise ValueError("the arguments fit")
