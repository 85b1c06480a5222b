"""What the form of the query builder says, as plain values, and the ADQL that says the same.

Values are kept as a query writes them, in one line and without parentheses around the whole, so
that two forms that look alike are equal. With a second table, columns are those of ``a`` and ``b``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from datalab_toolkit.errors import DatalabError
from datalab_toolkit.tokens import at_top, split, tokens, without_parentheses, written

Constant: TypeAlias = int | float | str
"""What a value is compared with: a number or a text."""

OPERATORS = ("=", "<>", "<", "<=", ">", ">=")

_LINE_LENGTH = 60


def normal(text: str) -> str:
    """A value or a condition as forms hold it.

    Raises
    ------
    DatalabError
        It is empty, or no whole.
    """
    found = without_parentheses(tokens(text))
    if not found:
        raise DatalabError("A value is empty.", "Choose a column, or write an expression.")
    return written(text, found)


def literal(constant: Constant) -> str:
    """Write a constant as a query does."""
    if isinstance(constant, str):
        return "'" + constant.replace("'", "''") + "'"
    if not math.isfinite(constant) or (isinstance(constant, int) and abs(constant) >= 2**63):
        raise DatalabError(
            f"{constant} is no number that a query can have.", "Whole numbers have 64 bits."
        )
    return repr(constant)


def _operand(value: str) -> str:
    """A value beside an operator, in parentheses when it has one itself."""
    signs = any(token.is_sign("+", "-", "*", "/", "||", "%") for _, token in at_top(tokens(value)))
    return f"({value})" if signs else value


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the result: a value, and the name that it gets, empty for its own."""

    value: str
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", normal(self.value))

    def to_adql(self) -> str:
        """Write it as after SELECT."""
        return f"{self.value} AS {self.name}" if self.name else self.value


@dataclass(frozen=True, slots=True)
class Compare:
    """A value compared with a constant by one of `OPERATORS`."""

    value: str
    operator: str
    constant: Constant

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", normal(self.value))
        if self.operator not in OPERATORS:
            raise DatalabError(
                f"There is no operator {self.operator!r}.", f"They are {', '.join(OPERATORS)}."
            )
        literal(self.constant)

    def to_adql(self) -> str:
        """Write it as after WHERE."""
        return f"{_operand(self.value)} {self.operator} {literal(self.constant)}"


@dataclass(frozen=True, slots=True)
class Range:
    """A value between two constants, or equal to one of them."""

    value: str
    low: Constant
    high: Constant

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", normal(self.value))
        literal(self.low), literal(self.high)

    def to_adql(self) -> str:
        """Write it as after WHERE."""
        return f"{_operand(self.value)} BETWEEN {literal(self.low)} AND {literal(self.high)}"


@dataclass(frozen=True, slots=True)
class OneOf:
    """A value that is one of some constants, or none of them."""

    value: str
    constants: tuple[Constant, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", normal(self.value))
        if not self.constants:
            raise DatalabError("A list of values is empty.", "Choose one at least.")
        for constant in self.constants:
            literal(constant)

    def to_adql(self) -> str:
        """Write it as after WHERE."""
        listed = ", ".join(map(literal, self.constants))
        return f"{_operand(self.value)} {'NOT ' if self.negated else ''}IN ({listed})"


@dataclass(frozen=True, slots=True)
class Missing:
    """A column that has no value, or has one."""

    value: str
    missing: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", normal(self.value))
        parts = split(tokens(self.value), ".")
        if not all(len(part) == 1 and part[0].is_name for part in parts):
            raise DatalabError(
                f"ADQL cannot ask whether {self.value} is missing.", "Ask of a column."
            )

    def to_adql(self) -> str:
        """Write it as after WHERE."""
        return f"{self.value} IS {'' if self.missing else 'NOT '}NULL"


@dataclass(frozen=True, slots=True)
class Like:
    """A text that fits a pattern, in which % is any text and _ any character."""

    value: str
    pattern: str
    any_case: bool = False
    negated: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", normal(self.value))

    def to_adql(self) -> str:
        """Write it as after WHERE."""
        word = ("NOT " if self.negated else "") + ("ILIKE" if self.any_case else "LIKE")
        return f"{_operand(self.value)} {word} {literal(self.pattern)}"


@dataclass(frozen=True, slots=True)
class Written:
    """Any other condition, as it is written; `datalab_toolkit.builder.read` tells which are."""

    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", normal(self.text))

    def to_adql(self) -> str:
        """Write it as after WHERE."""
        return f"({self.text})" if len(split(tokens(self.text), "OR")) > 1 else self.text


Condition: TypeAlias = Compare | Range | OneOf | Missing | Like | Written


@dataclass(frozen=True, slots=True)
class Cone:
    """Positions at most so far from a place.

    Attributes
    ----------
    ra, dec, radius_deg
        The place (ICRS) and the distance, in degrees.
    position
        The columns with right ascension and declination.
    """

    ra: float
    dec: float
    radius_deg: float
    position: tuple[str, str] = ("ra", "dec")

    def __post_init__(self) -> None:
        if not (math.isfinite(self.ra) and -90 <= self.dec <= 90):
            raise DatalabError(
                "A place on the sky is a right ascension and a declination in degrees.",
                "The declination is from -90 to 90.",
            )
        if not 0 < self.radius_deg <= 180:
            raise DatalabError("The radius of a region is from 0 to 180 degrees.")

    def to_adql(self, prefix: str = "") -> str:
        """Write it as after WHERE; `prefix` is put before the columns."""
        circle = ", ".join(literal(float(v)) for v in (self.ra, self.dec, self.radius_deg))
        return f"1 = CONTAINS({point(self.position, prefix)}, CIRCLE({circle}))"


@dataclass(frozen=True, slots=True)
class Match:
    """A second table, called ``b``, with its rows near each row of the first, called ``a``.

    Attributes
    ----------
    table
        Its name, as a query writes it.
    radius_arcsec
        The largest distance.
    keep_all
        Whether rows of the first table without a counterpart are kept.
    position, other_position
        The columns with the positions in the first and in the second table.
    """

    table: str
    radius_arcsec: float
    keep_all: bool = False
    position: tuple[str, str] = ("ra", "dec")
    other_position: tuple[str, str] = ("ra", "dec")

    def __post_init__(self) -> None:
        if not 0 < self.radius_arcsec <= 648_000:
            raise DatalabError("The radius of a match is a number of arcseconds above zero.")

    @property
    def separation(self) -> str:
        """The distance of two rows in arcseconds, as a query writes it."""
        return f"3600 * DISTANCE({point(self.position, 'a.')}, {point(self.other_position, 'b.')})"

    def to_adql(self) -> str:
        """Write it as after the first table."""
        join = "LEFT JOIN" if self.keep_all else "JOIN"
        radius = literal(float(self.radius_arcsec))
        return f"{join} {self.table} AS b\n  ON {self.separation} <= {radius}"


@dataclass(frozen=True, slots=True)
class Order:
    """A value by which rows are sorted."""

    value: str
    descending: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", normal(self.value))

    def to_adql(self) -> str:
        """Write it as after ORDER BY."""
        return f"{self.value} DESC" if self.descending else self.value


@dataclass(frozen=True, slots=True)
class Form:
    """A query as the form shows it.

    Attributes
    ----------
    table
        The name of the table, as a query writes it.
    outputs
        What is selected; empty for all columns.
    conditions
        All of them are met.
    cone
        A region of the sky.
    match
        A second table.
    order
        How rows are sorted.
    limit
        The most rows; None for all.
    """

    table: str
    outputs: tuple[Output, ...] = ()
    conditions: tuple[Condition, ...] = ()
    cone: Cone | None = None
    match: Match | None = None
    order: Order | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 0:
            raise DatalabError("A number of rows is not below zero.")

    def to_adql(self) -> str:
        """Write the query."""
        top = "" if self.limit is None else f"TOP {self.limit} "
        outputs = _in_lines((o.to_adql() for o in self.outputs), 7 + len(top)) or "*"
        lines = [f"SELECT {top}{outputs}", f"FROM {self.table}"]
        if self.match is not None:
            lines[-1] += " AS a"
            lines.append(self.match.to_adql())
        conditions = [condition.to_adql() for condition in self.conditions]
        if self.cone is not None:
            conditions.append(self.cone.to_adql("a." if self.match else ""))
        if conditions:
            lines.append("WHERE " + "\n  AND ".join(conditions))
        if self.order is not None:
            lines.append(f"ORDER BY {self.order.to_adql()}")
        return "\n".join(lines)


def point(position: tuple[str, str], prefix: str = "") -> str:
    """A position as a query writes it."""
    return f"POINT({prefix}{position[0]}, {prefix}{position[1]})"


def _in_lines(items: Iterable[str], first: int) -> str:
    """Items in lines that a narrow page holds, where that is possible."""
    lines = [""]
    room = _LINE_LENGTH - first
    for item in items:
        longer = f"{lines[-1]}, {item}" if lines[-1] else item
        if lines[-1] and len(longer) > room:
            lines[-1] += ","
            lines.append(item)
            room = _LINE_LENGTH - 7
        else:
            lines[-1] = longer
    return "\n       ".join(lines)
