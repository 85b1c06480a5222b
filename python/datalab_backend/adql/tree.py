"""The tree of a query: what was written, before any name is looked up.

Every node knows its line and column, both counted from 1. Nodes are compared by identity, so that
the checker can note what it finds out about each of them in a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from datalab_backend.adql.functions import Function
from datalab_backend.adql.words import quoted
from datalab_backend.metadata import DataType


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """Anything in a query that has a place."""

    line: int
    column: int

    @property
    def place(self) -> tuple[int, int]:
        """The line and the column."""
        return self.line, self.column


@dataclass(frozen=True, slots=True, eq=False)
class Identifier(Node):
    """A name; a quoted one is taken to the letter, a plain one whatever its case."""

    name: str
    is_quoted: bool = False

    def __str__(self) -> str:
        return quoted(self.name) if self.is_quoted else self.name


@dataclass(frozen=True, slots=True, eq=False)
class Expression(Node):
    """Anything that stands for a value or a condition."""


# Values


@dataclass(frozen=True, slots=True, eq=False)
class Value(Expression):
    """An expression that has a value: a number, a text, a geometry."""


@dataclass(frozen=True, slots=True, eq=False)
class ColumnName(Value):
    """A column, with as much of ``catalog.schema.table.`` before it as was written."""

    parts: tuple[Identifier, ...]

    def __str__(self) -> str:
        return ".".join(map(str, self.parts))


@dataclass(frozen=True, slots=True, eq=False)
class Number(Value):
    """A number without sign: an `int` is exact, a `float` is a DOUBLE."""

    value: int | float


@dataclass(frozen=True, slots=True, eq=False)
class Text(Value):
    """A text in quotes; an untyped one becomes a number beside numbers, as in PostgreSQL."""

    value: str
    untyped: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Null(Value):
    """The word NULL as a value."""


@dataclass(frozen=True, slots=True, eq=False)
class Negative(Value):
    """A value with a minus sign."""

    operand: Value


@dataclass(frozen=True, slots=True, eq=False)
class Arithmetic(Value):
    """``left operator right`` with one of ``+ - * /``."""

    operator: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True, eq=False)
class Concatenation(Value):
    """``left || right``."""

    left: Value
    right: Value


@dataclass(frozen=True, slots=True, eq=False)
class Call(Value):
    """A call of a function on the allow-list."""

    function: Function
    arguments: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate(Value):
    """COUNT, SUM or another one of the aggregates; the argument of ``COUNT(*)`` is None.

    Parameters are the same in every row: the delimiter of IVO_STRING_AGG, the bins of
    IVO_HISTOGRAM.
    """

    name: str
    argument: Value | None
    distinct: bool = False
    parameters: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Cast(Value):
    """``CAST(operand AS datatype(length))``."""

    operand: Value
    datatype: DataType
    length: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Subquery(Value):
    """A query in parentheses that stands for its only value."""

    query: Query


# Conditions


@dataclass(frozen=True, slots=True, eq=False)
class Condition(Expression):
    """An expression that is true, false or unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Condition):
    """``left operator right`` with one of ``= <> < <= > >=``."""

    operator: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True, eq=False)
class Between(Condition):
    """``operand [NOT] BETWEEN low AND high``."""

    operand: Value
    low: Value
    high: Value
    negated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class InList(Condition):
    """``operand [NOT] IN (items)``."""

    operand: Value
    items: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class InQuery(Condition):
    """``operand [NOT] IN (query)``."""

    operand: Value
    query: Query
    negated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Like(Condition):
    """``operand [NOT] LIKE pattern``, or ILIKE when case is ignored."""

    operand: Value
    pattern: Value
    ignore_case: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class IsNull(Condition):
    """``operand IS [NOT] NULL``."""

    operand: Value
    negated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Exists(Condition):
    """``EXISTS (query)``."""

    query: Query


@dataclass(frozen=True, slots=True, eq=False)
class Not(Condition):
    """``NOT operand``."""

    operand: Condition


@dataclass(frozen=True, slots=True, eq=False)
class And(Condition):
    """Two or more conditions that all hold."""

    operands: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Or(Condition):
    """Two or more conditions of which one holds."""

    operands: tuple[Condition, ...]


# Tables


@dataclass(frozen=True, slots=True, eq=False)
class TableReference(Node):
    """Anything that stands in FROM."""


@dataclass(frozen=True, slots=True, eq=False)
class TableName(TableReference):
    """A table by its name, ``[[catalog.]schema.]table``."""

    parts: tuple[Identifier, ...]
    alias: Identifier | None = None

    def __str__(self) -> str:
        return ".".join(map(str, self.parts))


@dataclass(frozen=True, slots=True, eq=False)
class DerivedTable(TableReference):
    """A query in parentheses that stands for a table.

    A lateral one is asked anew for each row of the tables before it, whose columns it sees.
    """

    query: Query
    alias: Identifier
    lateral: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Join(TableReference):
    """Two tables joined; ``kind`` is INNER, LEFT, RIGHT or FULL."""

    kind: str
    left: TableReference
    right: TableReference
    natural: bool = False
    on: Condition | None = None
    using: tuple[Identifier, ...] = ()


# Queries


@dataclass(frozen=True, slots=True, eq=False)
class SelectItem(Node):
    """One column of the result."""

    value: Value
    alias: Identifier | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Star(Node):
    """``*``, or ``table.*`` when the table's name was written."""

    table: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class OrderTerm(Node):
    """One term of ORDER BY; an unsigned whole number is the position of a column."""

    value: Value
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Select(Node):
    """One SELECT, without the ORDER BY and OFFSET that may follow it."""

    items: tuple[SelectItem | Star, ...]
    tables: tuple[TableReference, ...]
    distinct: bool = False
    top: int | None = None
    where: Condition | None = None
    group_by: tuple[Value, ...] = ()
    having: Condition | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SetOperation(Node):
    """``left operator [ALL] right`` with UNION, EXCEPT or INTERSECT."""

    operator: str
    keep_duplicates: bool
    left: Select | SetOperation | Query
    right: Select | SetOperation | Query


@dataclass(frozen=True, slots=True, eq=False)
class CommonTable(Node):
    """``name AS (query)`` of a WITH clause."""

    name: Identifier
    query: Query


@dataclass(frozen=True, slots=True, eq=False)
class Query(Node):
    """A query, or a part of one in parentheses; ``limit`` is TOP where SQL has it."""

    body: Select | SetOperation | Query
    order_by: tuple[OrderTerm, ...] = ()
    offset: int | None = None
    common_tables: tuple[CommonTable, ...] = ()
    limit: int | None = None


def children(node: Node) -> Iterator[Node]:
    """The nodes right below a node, in the order they were written."""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))
