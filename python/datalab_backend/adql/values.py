"""Checks of values and conditions: every name known, every type fitting."""

from __future__ import annotations

from abc import ABC, abstractmethod

from datalab_backend.adql.arguments import (
    check_bins,
    copies,
    fitting,
    number_type,
    share_type,
    text_type,
)
from datalab_backend.adql.checked import Findings, Output
from datalab_backend.adql.columns import unit_of
from datalab_backend.adql.functions import FUNCTIONS
from datalab_backend.adql.literals import (
    advice,
    check_pattern,
    comparing,
    is_truth,
    moment,
    number_of,
    shown,
)
from datalab_backend.adql.mocs import is_moc, moc
from datalab_backend.adql.scope import Scope
from datalab_backend.adql.sql_tree import (
    Answer,
    BitNot,
    BitOperation,
    Case,
    Distinct,
    Holds,
    SqlArithmetic,
    SqlInList,
    SqlLike,
    Truth,
)
from datalab_backend.adql.tree import (
    Aggregate,
    And,
    Arithmetic,
    Between,
    Call,
    Cast,
    ColumnName,
    Comparison,
    Concatenation,
    Condition,
    Exists,
    Expression,
    InList,
    InQuery,
    IsNull,
    Like,
    Negative,
    Not,
    Null,
    Number,
    Or,
    Query,
    Subquery,
    Text,
    Value,
)
from datalab_backend.adql.types import (
    SHAPES,
    WHOLE_NUMBERS,
    ArrayType,
    Family,
    Type,
    accepts,
    arithmetic,
    family,
    sql_arithmetic,
    type_of,
    widest,
)
from datalab_backend.adql.units import factor
from datalab_backend.errors import AdqlError
from datalab_backend.metadata import DataType

MAX_DEPTH = 100
"""Operators, calls and parentheses inside one another in one expression."""

_MOST_COPIES = 10_000
"""How often a value may be written in the engine's query."""

_ORDERED = (Family.NUMBER, Family.TEXT, Family.TIME)


class ValueChecker(ABC):
    """Finds the type of every expression, and refuses what does not fit."""

    def __init__(self) -> None:
        self.findings = Findings()
        self._depth = 0
        self._copies = 1

    @abstractmethod
    def subquery(self, query: Query, scope: Scope) -> tuple[Output, ...]:
        """Check a query inside an expression; its columns."""

    # Values

    def value(self, node: Value, scope: Scope, clause: str = "") -> Type | None:
        """Find the type of a value.

        Parameters
        ----------
        node
            The value.
        scope
            The columns in reach.
        clause
            Where it stands, when aggregates cannot stand there.
        """
        self._descend(node)
        match node:
            case ColumnName():
                found = scope.find(node)
                self.findings.fields[node] = found
                datatype: Type | None = type_of(found.column)
            case Number(value=number):
                datatype = number_type(number)
            case Text():
                datatype = DataType.VARCHAR
            case Null():
                datatype = None
            case Negative(operand=operand):
                self.value(operand, scope, clause)
                datatype = self._want(Family.NUMBER, operand, "A minus sign stands before")
            case Arithmetic():
                datatype = self._arithmetic(node, scope, clause)
            case Concatenation(left=left, right=right):
                for side in (left, right):
                    self.value(side, scope, clause)
                    self._want(Family.TEXT, side, "|| joins texts, and here stands")
                datatype = DataType.VARCHAR
            case Call():
                datatype = self._call(node, scope, clause)
            case Aggregate():
                datatype = self._aggregate(node, scope, clause)
            case Cast():
                datatype = self._cast(node, scope, clause)
            case Subquery(query=query):
                datatype = self._single(query, scope, "A query that stands for a value")
            case Truth():
                datatype = DataType.BOOLEAN
            case Answer(condition=condition):
                self.condition(condition, scope, clause)
                datatype = DataType.BOOLEAN
            case BitOperation(operator=operator, left=left, right=right):
                types = [self._bits(side, operator, scope, clause) for side in (left, right)]
                datatype = DataType.BIGINT if operator == "<<" else widest(types)
            case BitNot(operand=operand):
                datatype = self._bits(operand, "~", scope, clause)
            case Case():
                datatype = self._case(node, scope, clause)
            case _:
                raise TypeError(node)
        self._depth -= 1
        self.findings.types[node] = datatype
        return datatype

    def condition(self, node: Condition, scope: Scope, clause: str = "") -> None:
        """Check a condition; the parameters are those of `value`."""
        self._descend(node)
        match node:
            case And(operands=operands) | Or(operands=operands):
                for operand in operands:
                    self.condition(operand, scope, clause)
            case Not(operand=operand):
                self.condition(operand, scope, clause)
            case Holds(operand=operand):
                self._truth(operand, scope, clause)
            case Comparison(left=left, right=right) | Distinct(left=left, right=right):
                self.value(left, scope, clause)
                self.value(right, scope, clause)
                self.comparable(left, right)
            case Between(operand=value, low=low, high=high):
                for part in (value, low, high):
                    self.value(part, scope, clause)
                self.comparable(value, low)
                self.comparable(value, high)
            case InList(operand=value, items=items):
                self.value(value, scope, clause)
                for item in items:
                    self.value(item, scope, clause)
                    self.comparable(value, item)
                if isinstance(node, SqlInList):
                    share_type(node, self.findings)
            case InQuery(operand=value, query=query):
                left_type = self.value(value, scope, clause)
                right_type = self._single(query, scope, "A query after IN")
                if not _same_family(left_type, right_type):
                    raise AdqlError(
                        f"{shown(value)} is {family(left_type)} and the query gives "
                        f"{family(right_type)}.",
                        *query.place,
                        "Select a column that can be compared with it.",
                    )
            case Like(operand=value, pattern=pattern):
                for part in (value, pattern):
                    self.value(part, scope, clause)
                    self._want(Family.TEXT, part, "LIKE compares texts, and here stands")
                if isinstance(node, SqlLike):
                    check_pattern(pattern)
            case IsNull(operand=value):
                self.value(value, scope, clause)
            case Exists(query=query):
                self.subquery(query, scope)
            case _:
                raise TypeError(node)
        self._depth -= 1

    def _descend(self, node: Expression) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise AdqlError(
                "The expression is nested too deeply here.",
                *node.place,
                "Compute parts of it in a derived table.",
            )

    def _arithmetic(self, node: Arithmetic, scope: Scope, clause: str) -> Type | None:
        left, right = (self.value(side, scope, clause) for side in (node.left, node.right))
        wanted = f"{node.operator} computes with numbers, and here is"
        types = (
            self._want(Family.NUMBER, node.left, wanted, right),
            self._want(Family.NUMBER, node.right, wanted, left),
        )
        result = sql_arithmetic if isinstance(node, SqlArithmetic) else arithmetic
        return result(node.operator, *types)

    def _bits(self, node: Value, operator: str, scope: Scope, clause: str) -> Type | None:
        self.value(node, scope, clause)
        return self._want(Family.WHOLE, node, f"{operator} takes whole numbers, and here is")

    def _truth(self, node: Value, scope: Scope, clause: str) -> None:
        found = family(self.value(node, scope, clause))
        if found not in (Family.TRUTH, Family.UNKNOWN):
            raise AdqlError(
                f"A condition stands here, and {shown(node)} is {found}.",
                *node.place,
                comparing(node),
            )

    def _case(self, node: Case, scope: Scope, clause: str) -> Type | None:
        if node.operand:
            self.value(node.operand, scope, clause)
        values: list[Value] = []
        for when in node.whens:
            if isinstance(when.test, Condition):
                self.condition(when.test, scope, clause)
            elif isinstance(when.test, Value) and node.operand:
                self.value(when.test, scope, clause)
                self.comparable(node.operand, when.test)
            values.append(when.value)
        if node.otherwise:
            values.append(node.otherwise)
        for value in values:
            self.value(value, scope, clause)
        types = [self.findings.types[value] for value in values]
        kinds = set(map(family, types))
        for wanted in (Family.NUMBER, Family.TEXT, Family.TIME, Family.TRUTH):
            if wanted in kinds:
                sentence = f"CASE gives {wanted} in one case, and in another"
                beside = widest(found for found in types if family(found) is wanted)
                return widest([self._want(wanted, value, sentence, beside) for value in values])
        for value in values:
            if (found := family(self.findings.types[value])) is not Family.UNKNOWN:
                raise AdqlError(
                    f"CASE gives no such value, and {shown(value)} is {found}.",
                    *value.place,
                    "It gives numbers, texts, timestamps and truth values.",
                )
        return None

    def _aggregate(self, node: Aggregate, scope: Scope, clause: str) -> Type | None:
        if clause:
            hint = "Compute it in a derived table first."
            if clause == "WHERE":
                hint = "Use HAVING, after GROUP BY, for conditions on aggregates."
            raise AdqlError(f"{node.name} cannot stand in {clause}.", *node.place, hint)
        if node.argument is None:
            return DataType.BIGINT
        datatype = self.value(node.argument, scope, "another aggregate")
        if node.name == "COUNT":
            return DataType.BIGINT
        if node.name == "IVO_HISTOGRAM":
            self._want(Family.NUMBER, node.argument, f"{node.name} counts numbers, and here is")
            check_bins(node)
            return ArrayType(DataType.INTEGER)
        if node.name == "IVO_STRING_AGG":
            self._want(Family.TEXT, node.argument, f"{node.name} joins texts, and here is")
            return DataType.VARCHAR
        if node.name in ("BOOL_AND", "BOOL_OR"):
            wanted = f"{node.name} takes conditions, and here is"
            return self._want(Family.TRUTH, node.argument, wanted)
        if node.name not in ("MIN", "MAX"):
            self._want(Family.NUMBER, node.argument, f"{node.name} adds numbers, and here is")
            whole = node.name == "SUM" and datatype in WHOLE_NUMBERS
            return DataType.BIGINT if whole else DataType.DOUBLE
        if datatype is not None and family(datatype) not in _ORDERED:
            raise AdqlError(
                f"{node.name} compares values, and {shown(node.argument)} is {family(datatype)}.",
                *node.argument.place,
                "It takes numbers, texts and timestamps.",
            )
        return datatype

    def _cast(self, node: Cast, scope: Scope, clause: str) -> DataType:
        source, target = family(self.value(node.operand, scope, clause)), family(node.datatype)
        if node.datatype in SHAPES:
            if source in (Family.TEXT, target, Family.UNKNOWN):
                return node.datatype
            raise AdqlError(
                f"{shown(node.operand)} is {source} and cannot become {target}.",
                *node.operand.place,
                f"Write {FUNCTIONS[node.datatype.value].usage}.",
            )
        simple = {Family.NUMBER, Family.TEXT, Family.TRUTH, Family.UNKNOWN}
        times = {Family.TIME, Family.TEXT, Family.UNKNOWN}
        if not {source, target} <= simple and not {source, target} <= times:
            raise AdqlError(
                f"{shown(node.operand)} is {source} and cannot become {target}.",
                *node.operand.place,
                "Numbers and texts can be cast to one another, and timestamps to texts and back.",
            )
        if target is Family.TIME and isinstance(node.operand, Text):
            moment(node.operand)  # it would be NULL in every row
        return node.datatype

    def _single(self, query: Query, scope: Scope, what: str) -> Type | None:
        outputs = self.subquery(query, scope)
        if len(outputs) != 1:
            raise AdqlError(
                f"{what} has one column, and this one has {len(outputs)}.",
                *query.place,
                "Select only the column that is needed.",
            )
        return type_of(outputs[0].column)

    # Calls

    def _call(self, node: Call, scope: Scope, clause: str) -> Type | None:
        function = node.function
        if function.name == "REGION":
            raise AdqlError(
                "REGION takes a text, which is the same in every row.",
                *node.place,
                f"Write {function.usage}.",
            )
        if function.name == "MOC":
            raise AdqlError(
                "A MOC stands in CONTAINS, beside a point.",
                *node.place,
                "Write 1 = CONTAINS(POINT(ra, dec), MOC('4/1-3 5/100')).",
            )
        outside = self._copies
        self._copies *= copies(node)
        if 1 < outside < self._copies > _MOST_COPIES:
            raise AdqlError(
                f"{function.called} is nested too deeply here.",
                *node.place,
                "Compute the inner part in a derived table.",
            )
        for argument in node.arguments:
            if is_moc(argument) and function.name in ("CONTAINS", "INTERSECTS"):
                self._moc(argument, scope)
            else:
                self.value(argument, scope, clause)
        self._copies = outside
        types = fitting(node, self.findings)
        if any(map(is_moc, node.arguments)) and DataType.POINT not in types:
            raise AdqlError(
                "Only points are looked for in a MOC.",
                *node.place,
                "Write 1 = CONTAINS(POINT(ra, dec), MOC('4/1-3 5/100')).",
            )
        if function.name == "IN_UNIT":
            self.findings.factors[node] = self._factor(*node.arguments)
        return function.datatype(types)

    def _moc(self, node: Call, scope: Scope) -> None:
        """Check a MOC in CONTAINS or INTERSECTS, and find its cells."""
        for argument in node.arguments:
            self.value(argument, scope)
        fitting(node, self.findings)
        self.findings.mocs[node] = moc(node)
        self.findings.types[node] = DataType.POLYGON

    def _factor(self, operand: Value, wanted: Value) -> float:
        if not isinstance(wanted, Text):
            raise AdqlError(
                "The unit in IN_UNIT is a text, which is the same in every row.",
                *wanted.place,
                "Write IN_UNIT(x, 'deg').",
            )
        unit = unit_of(operand, self.findings)
        if not unit:
            raise AdqlError(
                f"The unit of {shown(operand)} is not known.",
                *operand.place,
                "IN_UNIT converts columns that have a unit; TAP_SCHEMA.columns lists them.",
            )
        try:
            return factor(unit, wanted.value)
        except ValueError as error:
            raise AdqlError(str(error), *wanted.place, f"{shown(operand)} is in {unit}.") from None

    # Fitting

    def comparable(self, left: Value, right: Value) -> None:
        """Refuse a comparison of values of different kinds."""
        types = self.findings.types
        left_family, right_family = family(types[left]), family(types[right])
        if Family.UNKNOWN in (left_family, right_family):
            return
        if left_family is right_family:
            if left_family in (*_ORDERED, Family.TRUTH):
                return
            raise AdqlError(
                f"{shown(left)} is {left_family}, which cannot be compared.",
                *left.place,
                "Compare positions with CONTAINS or DISTANCE."
                if types[left] in SHAPES
                else advice(left, left_family),
            )
        for literal, beside in ((left, right), (right, left)):
            other = family(types[beside])
            if other is Family.TIME and isinstance(literal, Text):
                moment(literal)
                self.findings.casts[literal] = DataType.TIMESTAMP
                return
            if other is Family.TRUTH and is_truth(literal):
                self.findings.casts[literal] = DataType.BOOLEAN
                return
            if other is Family.NUMBER and self._read_number(literal, types[beside]):
                return
        wrong = left if isinstance(left, Text | Number) else right
        raise AdqlError(
            f"{shown(left)} is {left_family} and {shown(right)} is {right_family}: "
            "they cannot be compared.",
            *wrong.place,
            advice(wrong, left_family if wrong is right else right_family),
        )

    def _want(
        self, wanted: Family, node: Value, sentence: str, beside: Type | None = None
    ) -> Type | None:
        """The type of a value, which has to be of a family, beside one of another type."""
        if wanted in (Family.NUMBER, Family.WHOLE) and isinstance(node, Text):
            self._read_number(node, beside)
        datatype = self.findings.types[node]
        if not accepts(wanted, datatype):
            raise AdqlError(
                f"{sentence} {shown(node)}, which is {family(datatype)}.",
                *node.place,
                advice(node, wanted),
            )
        return datatype

    def _read_number(self, node: Value, beside: Type | None) -> bool:
        """Take an untyped text for the number that it is."""
        number = number_of(node)
        if number is None:
            return False
        self.findings.casts[node] = self.findings.types[node] = text_type(number, beside)
        return True


def _same_family(left: Type | None, right: Type | None) -> bool:
    return left is None or right is None or family(left) is family(right)
