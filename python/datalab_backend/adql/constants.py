"""Values that are known before any row is read."""

from __future__ import annotations

import math

from datalab_backend.adql.tree import Arithmetic, Call, Negative, Number, Value


def constant(value: Value) -> float | None:
    """The number that a value is in every row, or None when it depends on the row."""
    number = _evaluate(value)
    return None if number is None or not math.isfinite(number) else float(number)


def _evaluate(value: Value) -> int | float | None:
    match value:
        case Number(value=number):
            return number
        case Negative(operand=operand):
            inner = _evaluate(operand)
            return None if inner is None else -inner
        case Call(function=function, arguments=()) if function.name == "PI":
            return math.pi
        case Arithmetic(operator=operator, left=left, right=right):
            a, b = _evaluate(left), _evaluate(right)
            return None if a is None or b is None else _compute(operator, a, b)
    return None


def _compute(operator: str, a: int | float, b: int | float) -> int | float | None:
    if operator == "/":
        if b == 0:
            return None
        if isinstance(a, int) and isinstance(b, int):
            # Truncated towards zero, as the engine divides whole numbers.
            return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return a / b
    try:
        return {"+": a + b, "-": a - b, "*": a * b}[operator]
    except OverflowError:
        return None
