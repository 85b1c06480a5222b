"""The nodes that only the SQL front makes; ADQL 2.1 has no way to write them."""

from __future__ import annotations

from dataclasses import dataclass

from datalab_backend.adql.tree import (
    Arithmetic,
    Condition,
    Expression,
    InList,
    Like,
    Node,
    Value,
)


@dataclass(frozen=True, slots=True, eq=False)
class Truth(Value):
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True, eq=False)
class Answer(Value):
    """A condition that stands for its value: true, false or NULL."""

    condition: Condition


@dataclass(frozen=True, slots=True, eq=False)
class Holds(Condition):
    """A value that is true, false or NULL and stands for a condition."""

    operand: Value


@dataclass(frozen=True, slots=True, eq=False)
class Distinct(Condition):
    """``left IS [NOT] DISTINCT FROM right``: a comparison for which NULL is a value."""

    left: Value
    right: Value
    negated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SqlArithmetic(Arithmetic):
    """Arithmetic in which REAL and a whole number give DOUBLE."""


@dataclass(frozen=True, slots=True, eq=False)
class SqlInList(InList):
    """``operand [NOT] IN (items)``, which compares with several items as one type."""


@dataclass(frozen=True, slots=True, eq=False)
class SqlLike(Like):
    """LIKE or ILIKE with a pattern in which a backslash takes the next letter as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class BitOperation(Value):
    """``left operator right`` with one of ``& | # << >>`` on whole numbers."""

    operator: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True, eq=False)
class BitNot(Value):
    """``~operand``: every bit of a whole number turned over."""

    operand: Value


@dataclass(frozen=True, slots=True, eq=False)
class When(Node):
    """``WHEN test THEN value``; the test is a value when CASE has an operand."""

    test: Expression
    value: Value


@dataclass(frozen=True, slots=True, eq=False)
class Case(Value):
    """``CASE [operand] WHEN … THEN … [ELSE otherwise] END``."""

    whens: tuple[When, ...]
    operand: Value | None = None
    otherwise: Value | None = None
