"""What a query writes out: whether it can mean what is compared with it, and what to advise."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from datalab_backend.adql.constants import constant
from datalab_backend.adql.frames import FRAMES
from datalab_backend.adql.functions import Function
from datalab_backend.adql.polygons import polygon
from datalab_backend.adql.tree import (
    Aggregate,
    Call,
    ColumnName,
    Expression,
    Null,
    Number,
    Text,
    Value,
)
from datalab_backend.adql.types import Family
from datalab_backend.adql.words import any_of
from datalab_backend.errors import AdqlError

_TRUTHS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}


def shown(value: Value) -> str:
    """Name a value in a sentence."""
    match value:
        case ColumnName():
            return f"'{value}'"
        case Text(value=text):
            return f"'{text}'" if len(text) <= 40 else f"'{text[:37]}…'"
        case Number(value=number):
            return str(number)
        case Call(function=function):
            return f"{function.called}(…)"
        case Aggregate(name=name):
            return f"{name}(…)"
    return "this value"


def advice(value: Value, wanted: Family) -> str:
    """Say what to write in the place of a value where another kind is wanted."""
    if isinstance(value, Text):
        if wanted is Family.NUMBER and re.fullmatch(r"\s*[+-]?\d+(\.\d*)?\s*", value.value):
            return f"Write {value.value.strip()} without quotes."
        if wanted is Family.NUMBER and re.fullmatch(r"[A-Za-z]\w*", value.value):
            return f"A column is written without quotes, or in double ones: {value.value}."
        if wanted is Family.TRUTH:
            return "Compare it with 1 or 0."
        return f"Write {wanted} here."
    if wanted is Family.TEXT and isinstance(value, Number):
        return f"Write it in quotes: '{value.value}'."
    if wanted is Family.TEXT:
        return "CAST(x AS VARCHAR) makes a text of a number."
    if wanted is Family.ARRAY:
        return "Arrays are selected as they are; compute with them in the notebook."
    if wanted is Family.TIME:
        return "Write timestamps as texts: '2026-01-31T12:00:00'."
    return f"Write {wanted} here."


def is_truth(value: Value) -> bool:
    """Whether a literal can be compared with a boolean column."""
    if isinstance(value, Text):
        return value.value.lower() in _TRUTHS
    return isinstance(value, Number) and value.value in (0, 1)


def truth(value: Text | Number) -> bool:
    """What a literal says when it is compared with a boolean column."""
    return _TRUTHS[str(value.value).lower()] if isinstance(value, Text) else bool(value.value)


def number_of(value: Value) -> int | float | None:
    """The number that an untyped text is; PostgreSQL reads NaN and infinities, too."""
    if not isinstance(value, Text) or not value.untyped:
        return None
    written = value.value.strip()
    if re.fullmatch(r"[+-]?\d{1,19}", written, re.ASCII) and -(2**63) <= int(written) < 2**63:
        return int(written)
    form = r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity)|nan"
    return float(written) if re.fullmatch(form, written, re.ASCII | re.IGNORECASE) else None


def comparing(value: Expression) -> str:
    """Say how to make a condition of a value."""
    if isinstance(value, Call) and value.function.name in ("CONTAINS", "INTERSECTS"):
        name = value.function.name
        return f"{name} gives 1 or 0: write 1 = {name}(…)."
    return "Compare it with something, for instance x > 0 or x IS NOT NULL."


def moment(node: Text) -> datetime.datetime:
    """The time that YYYY-MM-DD[Thh:mm:ss[.SSS][Z]] stands for (DALI 1.1, section 3.3.3)."""
    form = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?)?"
    try:
        if not re.fullmatch(form, node.value, re.ASCII):
            raise ValueError
        return datetime.datetime.fromisoformat(node.value).replace(tzinfo=None)
    except ValueError:
        raise AdqlError(
            f"{shown(node)} is no timestamp.", *node.place, "Write it as '2026-01-31T12:00:00'."
        ) from None


def check_pattern(node: Value) -> None:
    """Refuse a pattern of LIKE that ends in a backslash with nothing to stand before."""
    if isinstance(node, Text) and node.value.replace("\\\\", "").endswith("\\"):
        raise AdqlError(
            f"The pattern {shown(node)} ends in a backslash.",
            *node.place,
            "A backslash stands before %, _ or another one: write '\\\\' to find one.",
        )


def check_frame(node: Value) -> None:
    """Refuse coordinate systems other than ICRS."""
    if isinstance(node, Text) and (node.value.upper().split() or [""])[0] in ("", "ICRS"):
        return
    raise AdqlError(
        f"The coordinate system {shown(node)} is not known here.",
        *node.place,
        "All positions are ICRS: write 'ICRS', or leave it out.",
    )


def check_sky(function: Function, arguments: Sequence[Value]) -> None:
    """Refuse constant declinations and radii that no place on the sky has."""
    latitudes: Sequence[Value] = []
    corners: list[Value] = []
    match function.name, len(arguments):
        case ("POINT", _) | ("CIRCLE", 3) | ("BOX", 4):
            latitudes = [arguments[1]]
        case "POLYGON", _:
            corners = _corners(arguments)
            latitudes = corners[1::2]
        case "DISTANCE", 4:
            latitudes = [arguments[1], arguments[3]]
    for latitude in latitudes:
        degrees = constant(latitude)
        if degrees is not None and abs(degrees) > 90:
            raise AdqlError(
                f"A declination lies between -90 and 90 degrees, not at {degrees:g}.",
                *latitude.place,
                "Right ascension comes first, then declination, both in degrees.",
            )
    if function.name == "POLYGON":
        numbers = [constant(value) for value in corners]
        known = [number for number in numbers if number is not None]
        if len(known) == len(numbers) and not polygon(known).fits_in_half_the_sky():
            raise AdqlError(
                "A polygon lies within half of the sky, and this one is wider.",
                *arguments[0].place,
                "Take it apart into smaller polygons, joined with OR.",
            )
    if function.name == "BOX":
        for size in arguments[-2:]:
            degrees = constant(size)
            if degrees is not None and not 0 <= degrees < 180:
                raise AdqlError(
                    f"A box is less than 180 degrees wide and high, not {degrees:g}.",
                    *size.place,
                    "Width and height are in degrees: divide arcseconds by 3600.0.",
                )
    if function.name == "CIRCLE":
        radius = constant(arguments[-1])
        if radius is not None and not 0 <= radius <= 180:
            raise AdqlError(
                f"A radius lies between 0 and 180 degrees, not at {radius:g}.",
                *arguments[-1].place,
                "Radii are in degrees: divide arcseconds by 3600.0.",
            )


def _corners(arguments: Sequence[Value]) -> list[Value]:
    """The coordinates of the corners of a polygon, those of points included."""
    corners: list[Value] = []
    for argument in arguments:
        if isinstance(argument, Call) and argument.function.name == "POINT":
            corners += argument.arguments[-2:]
        else:
            corners.append(argument)
    return corners


def check_catalogued(function: Function, arguments: Sequence[Value]) -> None:
    """Refuse what functions of the IVOA's catalogue have no value for."""
    if function.name in ("IVO_HEALPIX_INDEX", "IVO_HEALPIX_CENTER"):
        order = constant(arguments[0])
        if order is not None and not 0 <= order <= 29:
            raise AdqlError(
                f"HEALPix orders go from 0 to 29, and this is {order:g}.",
                *arguments[0].place,
                "At order 29 a cell is 0.4 milliarcseconds wide.",
            )
    if function.name == "IVO_GEOM_TRANSFORM":
        for frame in arguments[:2]:
            if not isinstance(frame, Text) or frame.value not in FRAMES:
                raise AdqlError(
                    f"The frame {shown(frame)} is not known here.",
                    *frame.place,
                    f"The frames are {any_of([repr(name) for name in FRAMES])}.",
                )
    if function.name == "IVO_EPOCH_PROP_POS":
        for needed in (*arguments[:2], *arguments[6:]):
            if isinstance(needed, Null):
                raise AdqlError(
                    "Without its position and epochs, a star cannot be followed.",
                    *needed.place,
                    "Only parallax, proper motion and radial velocity may be NULL.",
                )
    if function.name in ("IVO_TO_JD", "IVO_TO_MJD") and isinstance(arguments[0], Text):
        moment(arguments[0])
