"""Values and conditions → the engine's expressions."""

from __future__ import annotations

import math
from abc import abstractmethod

from sqlglot import exp

from datalab_backend.adql import sphere
from datalab_backend.adql.build import (
    all_of,
    any_of,
    cast,
    column,
    enclosed,
    number,
    operation,
    try_cast,
)
from datalab_backend.adql.constants import constant
from datalab_backend.adql.literals import moment, number_of, truth
from datalab_backend.adql.lookups import LookupTranslator
from datalab_backend.adql.scope import Field
from datalab_backend.adql.sql_tree import (
    Answer,
    BitNot,
    BitOperation,
    Case,
    Distinct,
    Holds,
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
from datalab_backend.adql.types import SHAPES, TEXTS, WHOLE_NUMBERS
from datalab_backend.adql.udfs import histogram
from datalab_backend.metadata import DataType

_ARITHMETIC: dict[str, type[exp.Expression]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}
_AGGREGATES: dict[str, type[exp.Expression]] = {
    "AVG": exp.Avg,
    "COUNT": exp.Count,
    "MAX": exp.Max,
    "MIN": exp.Min,
    "SUM": exp.Sum,
    "STDDEV_SAMP": exp.StddevSamp,
    "STDDEV_POP": exp.StddevPop,
    "VAR_SAMP": exp.Variance,
    "VAR_POP": exp.VariancePop,
    "BOOL_AND": exp.LogicalAnd,
    "BOOL_OR": exp.LogicalOr,
}
_BITS: dict[str, type[exp.Expression]] = {
    "&": exp.BitwiseAnd,
    "|": exp.BitwiseOr,
    "#": exp.BitwiseXor,
    ">>": exp.BitwiseRightShift,
}
_COMPARISONS: dict[str, type[exp.Expression]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


class ValueTranslator(LookupTranslator):
    """Translates values and conditions."""

    @abstractmethod
    def query(self, query: Query) -> exp.Expression:
        """Translate a query inside an expression."""

    # Conditions

    def condition(self, node: Condition, required: bool = False) -> exp.Expression:
        """Translate a condition; `required` as for `near`."""
        match node:
            case And(operands=operands):
                return all_of([self.condition(o, required) for o in operands])
            case Or(operands=operands):
                return any_of([self.condition(o, required) for o in operands])
            case Not(operand=operand):
                return _not(self.condition(operand))
            case Comparison(left=left, operator=operator, right=right):
                if cone := self.cone(node):
                    return self.near(cone, required)
                return operation(_COMPARISONS[operator], self.value(left), self.value(right))
            case Between(operand=operand, low=low, high=high):
                between = exp.Between(
                    this=enclosed(self.value(operand)),
                    low=enclosed(self.value(low)),
                    high=enclosed(self.value(high)),
                )
                if node.negated:
                    return _not(between)
                return all_of([*self.within_reach(node), between]) if required else between
            case InList(operand=operand, items=items):
                members = [self._member(item) for item in items]
                found = exp.In(this=enclosed(self.value(operand)), expressions=members)
                return _not(found) if node.negated else found
            case InQuery(operand=operand, query=query):
                subquery = exp.Subquery(this=self.query(query))
                found = exp.In(this=enclosed(self.value(operand)), query=subquery)
                return _not(found) if node.negated else found
            case Like(operand=operand, pattern=pattern):
                like = exp.ILike if node.ignore_case else exp.Like
                matched = operation(like, self.value(operand), self.value(pattern))
                # DuckDB finds the beginning of a text faster without ESCAPE.
                plain = isinstance(pattern, Text) and "\\" not in pattern.value
                if isinstance(node, SqlLike) and not plain:
                    matched = exp.Escape(this=matched, expression=exp.Literal.string("\\"))
                return _not(matched) if node.negated else matched
            case IsNull(operand=operand):
                null = operation(exp.Is, self.value(operand), exp.Null())
                return _not(null) if node.negated else null
            case Exists(query=query):
                return exp.Exists(this=self.query(query))
            case Holds(operand=operand):
                return self.value(operand)
            case Distinct(left=left, right=right):
                same = exp.NullSafeEQ if node.negated else exp.NullSafeNEQ
                return operation(same, self.value(left), self.value(right))
        raise TypeError(node)

    # Values

    def value(self, node: Value) -> exp.Expression:
        """Translate a value."""
        match node:
            case ColumnName():
                return column_of(self.findings.fields[node])
            case Number(value=value):
                if self.findings.casts.get(node) is DataType.BOOLEAN:
                    return exp.Boolean(this=truth(node))
                return number(value)
            case Text():
                return self._text(node)
            case Null():
                return exp.Null()
            case Negative(operand=operand):
                return exp.Neg(this=enclosed(self.value(operand)))
            case Arithmetic():
                return self._arithmetic(node)
            case Concatenation(left=left, right=right):
                return operation(exp.DPipe, self.value(left), self.value(right))
            case Call():
                return self._call(node)
            case Aggregate():
                return self._aggregate(node)
            case Cast():
                return self._cast(node)
            case Subquery(query=query):
                return exp.Subquery(this=self.query(query))
            case Truth(value=true):
                return exp.Boolean(this=true)
            case Answer(condition=condition):
                return self.condition(condition)
            case BitOperation():
                return self._bits(node)
            case BitNot(operand=operand):
                return exp.BitwiseNot(this=enclosed(self.value(operand)))
            case Case():
                return self._case(node)
        raise TypeError(node)

    def _text(self, node: Text) -> exp.Expression:
        match self.findings.casts.get(node):
            case DataType.BOOLEAN:
                return exp.Boolean(this=truth(node))
            case DataType.TIMESTAMP:
                written = moment(node).isoformat(sep=" ")
                return cast(exp.Literal.string(written), DataType.TIMESTAMP)
            case None:
                return exp.Literal.string(node.value)
            case DataType.REAL:
                return cast(exp.Literal.string(node.value.strip()), DataType.REAL)
        found = number_of(node)
        if found is None or not math.isfinite(found):
            return cast(exp.Literal.string(node.value.strip()), DataType.DOUBLE)
        return number(found)

    def _member(self, node: Value) -> exp.Expression:
        value = self.value(node)
        return (
            cast(value, DataType.REAL) if self.findings.casts.get(node) is DataType.REAL else value
        )

    def _bits(self, node: BitOperation) -> exp.Expression:
        left, right = self.value(node.left), self.value(node.right)
        if node.operator == "<<":
            # DuckDB does not shift negative numbers to the left.
            power = try_cast(exp.Pow(this=number(2), expression=enclosed(right)), DataType.BIGINT)
            return operation(exp.Mul, cast(left, DataType.BIGINT), power)
        return operation(_BITS[node.operator], left, right)

    def _case(self, node: Case) -> exp.Expression:
        ifs = []
        for when in node.whens:
            test = when.test
            met = self.condition(test) if isinstance(test, Condition) else None
            if isinstance(test, Value):
                met = self.value(test)
            ifs.append(exp.If(this=met, true=self.value(when.value)))
        operand = self.value(node.operand) if node.operand else None
        otherwise = self.value(node.otherwise) if node.otherwise else None
        return exp.Case(this=operand, ifs=ifs, default=otherwise)

    def _arithmetic(self, node: Arithmetic) -> exp.Expression:
        left, right = self.value(node.left), self.value(node.right)
        types = [self.findings.types[side] for side in (node.left, node.right)]
        whole = self.findings.types[node] in WHOLE_NUMBERS
        if self.findings.types[node] is DataType.DOUBLE and DataType.DOUBLE not in types:
            left, right = cast(left, DataType.DOUBLE), cast(right, DataType.DOUBLE)
        if node.operator != "/":
            if whole and DataType.BIGINT not in types:
                left = cast(left, DataType.BIGINT)
            return operation(_ARITHMETIC[node.operator], left, right)
        if not whole:
            return operation(exp.Div, left, right)
        # DuckDB divides whole numbers by //, and / gives it a DOUBLE. Division by zero is NULL: an
        # engine would stop the whole query for one row.
        if not isinstance(node.right, Number) or node.right.value == 0:
            right = exp.Nullif(this=right, expression=number(0))
        return operation(exp.IntDiv, left, right)

    def _call(self, node: Call) -> exp.Expression:
        if node in self.findings.factors:
            factor = number(self.findings.factors[node])
            return operation(exp.Mul, factor, self.value(node.arguments[0]))
        build = node.function.build
        if build is None:
            return self.geometry(node)
        arguments = [self.value(argument) for argument in node.arguments]
        if node.function.name == "ROUND" and self.findings.types[node] is DataType.BIGINT:
            arguments[0] = cast(arguments[0], DataType.BIGINT)
        return build(arguments)

    def _aggregate(self, node: Aggregate) -> exp.Expression:
        argument = exp.Star() if node.argument is None else self.value(node.argument)
        if node.distinct:
            argument = exp.Distinct(expressions=[argument])
        if node.name == "IVO_STRING_AGG":
            joined = [argument, *map(self.value, node.parameters)]
            return exp.Anonymous(this="STRING_AGG", expressions=joined)
        if node.name == "IVO_HISTOGRAM":
            low, high, bins = (constant(parameter) or 0.0 for parameter in node.parameters)
            return histogram(argument, low, high, int(bins))
        aggregate = _AGGREGATES[node.name](this=argument)
        if node.name == "SUM" and self.findings.types[node] is DataType.BIGINT:
            # DuckDB adds whole numbers up in 128 bits, which VOTable does not have.
            return cast(aggregate, DataType.BIGINT)
        return aggregate

    def _cast(self, node: Cast) -> exp.Expression:
        if node.datatype in SHAPES:
            if self.findings.types[node.operand] in (node.datatype, None):
                return self.value(node.operand)
            return sphere.shape_of_text(self.value(node.operand), node.datatype)
        # What cannot be cast is NULL: an engine would stop the whole query for one row.
        value = try_cast(self.value(node.operand), node.datatype)
        if node.datatype not in TEXTS:
            return value
        if self.findings.types[node.operand] is DataType.TIMESTAMP:
            parts = [value, exp.Literal.string(" "), exp.Literal.string("T")]
            value = exp.Anonymous(this="REPLACE", expressions=parts)
        return exp.Left(this=value, expression=number(node.length)) if node.length else value


def column_of(found: Field) -> exp.Expression:
    """The column that a name means."""
    first, *others = (column(*place) for place in found.places)
    return exp.Coalesce(this=first, expressions=others) if others else first


def _not(condition: exp.Expression) -> exp.Expression:
    return exp.Not(this=enclosed(condition))
