"""Areas of HEALPix cells as queries write them: ``MOC('4/1-3 5/100')``, ``MOC(8, CIRCLE(…))``.

The text is the ASCII form of the MOC standard (MOC 2.0, section 4.3.2).
"""

from __future__ import annotations

import math
import re
from typing import TypeGuard

import numpy as np
from sqlglot import exp

from datalab_backend.adql.build import any_of, number
from datalab_backend.adql.constants import constant
from datalab_backend.adql.healpix import DEEPEST, MAX_RANGES, Cells, cone_cells, polygon_cells
from datalab_backend.adql.polygons import box, polygon
from datalab_backend.adql.tree import Call, Text, Value
from datalab_backend.errors import AdqlError
from datalab_backend.lazy import importing

MAX_CELLS = 100_000
"""A finer area has to come as a table."""

_SHAPES = ("CIRCLE", "POLYGON", "BOX", "POINT")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?", re.ASCII)


def is_moc(value: Value) -> TypeGuard[Call]:
    """Whether a value is a call of MOC."""
    return isinstance(value, Call) and value.function.name == "MOC"


def moc(call: Call) -> Cells:
    """The cells that a call of MOC stands for.

    Raises
    ------
    AdqlError
        When they are not the same in every row, or too many, or none of a MOC at all.
    """
    first, *rest = call.arguments
    if isinstance(first, Text):
        return _listed(first)
    order = constant(first)
    shape = rest[0] if rest else None
    numbers = None if shape is None else _numbers(shape)
    if order is None or not isinstance(shape, Call) or numbers is None:
        raise AdqlError(
            "The cells of a MOC are the same in every row.",
            *call.place,
            "Write MOC('4/1-3 5/100'), or MOC(8, CIRCLE(10, 20, 0.5)) with numbers.",
        )
    if not 0 <= order <= DEEPEST:
        raise AdqlError(
            f"HEALPix orders go from 0 to {DEEPEST}, and this is {order:g}.",
            *first.place,
            "At order 29 a cell is 0.4 milliarcseconds wide.",
        )
    if shape.function.name == "CIRCLE":
        lon, lat, radius = numbers
    else:
        area = box(*numbers) if shape.function.name == "BOX" else polygon(numbers)
        lon, lat, radius = area.bounding_circle()
    wide = (1 - math.cos(math.radians(radius))) / 2 * 12 * 4**order
    if wide > MAX_CELLS:
        raise AdqlError(
            f"This area has too many cells of order {order:g}.",
            *first.place,
            "Take a lower order, or ask for the area itself.",
        )
    if shape.function.name == "CIRCLE":
        return cone_cells(lon, lat, radius, order=int(order))
    return polygon_cells(area, order=int(order))


def _numbers(shape: Value) -> list[float] | None:
    """The numbers of a shape, None unless it is one of its own and the same in every row."""
    if not isinstance(shape, Call) or shape.function.name not in _SHAPES:
        return None
    numbers: list[float] = []
    for argument in shape.arguments:
        if isinstance(argument, Text):
            continue  # the coordinate system
        inner = _numbers(argument) if isinstance(argument, Call) else None
        fixed = constant(argument)
        if inner is None and fixed is None:
            return None
        numbers += inner or ([] if fixed is None else [fixed])
    return numbers


def _listed(text: Text) -> Cells:
    """The cells that a text lists."""
    with importing:
        from mocpy import MOC

    ranges = []
    order, deepest = None, 0
    for word in text.value.removeprefix("s").replace("/", "/ ").replace(",", " ").split():
        if word.endswith("/") and word[:-1].isdecimal():
            order = int(word[:-1])
            deepest = max(order, deepest)
            if order > DEEPEST:
                raise _wrong(text, f"orders go from 0 to {DEEPEST}")
            continue
        found = _RANGE.fullmatch(word)
        if order is None or found is None:
            raise _wrong(text, f"'{word}' is no cell")
        first, last = int(found[1]), int(found[2] or found[1])
        if not first <= last < 12 * 4**order:
            raise _wrong(text, f"at order {order} the cells go from 0 to {12 * 4**order - 1}")
        shift = 2 * (DEEPEST - order)
        ranges.append((first << shift, (last + 1) << shift))
    if order is None:
        raise _wrong(text, "it has no order")
    return MOC.from_depth29_ranges(deepest, np.array(ranges, np.uint64).reshape(-1, 2))


def is_in(cells: Cells, cell: exp.Expression) -> exp.Expression:
    """Whether a cell of order 29 is in an area, exactly."""
    ranges = cells.to_depth29_ranges.astype(np.int64)
    if len(ranges) == 0:
        return exp.LT(this=cell, expression=number(0))
    if len(ranges) <= MAX_RANGES:
        return any_of(
            exp.Between(this=cell.copy(), low=number(int(a)), high=number(int(b) - 1))
            for a, b in ranges
        )
    # An engine looks members up in a table, however many there are.
    by_order: dict[int, list[int]] = {}
    for uniq in cells.uniq_hpx.astype(np.int64).tolist():
        order = (uniq.bit_length() - 3) // 2
        by_order.setdefault(order, []).append(uniq - (4 << (2 * order)))
    return any_of(
        exp.In(
            this=exp.Paren(
                this=exp.BitwiseRightShift(
                    this=cell.copy(), expression=number(2 * (DEEPEST - order))
                )
            ),
            expressions=[number(member) for member in members],
        )
        for order, members in sorted(by_order.items())
    )


def _wrong(text: Text, why: str) -> AdqlError:
    shown = text.value if len(text.value) <= 40 else f"{text.value[:37]}…"
    return AdqlError(
        f"'{shown}' is no MOC: {why}.", *text.place, "Write '4/1-3 5/100': order/cells, cells."
    )
