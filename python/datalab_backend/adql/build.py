"""Small pieces of an engine's query, as stock sqlglot nodes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from datalab_backend.metadata import DataType

_Type = exp.DataType.Type
_TYPES = {
    DataType.BOOLEAN: _Type.BOOLEAN,
    DataType.SMALLINT: _Type.SMALLINT,
    DataType.INTEGER: _Type.INT,
    DataType.BIGINT: _Type.BIGINT,
    DataType.REAL: _Type.FLOAT,
    DataType.DOUBLE: _Type.DOUBLE,
    DataType.CHAR: _Type.VARCHAR,
    DataType.VARCHAR: _Type.VARCHAR,
    DataType.CLOB: _Type.VARCHAR,
    DataType.TIMESTAMP: _Type.TIMESTAMP,
}


def number(value: int | float) -> exp.Expression:
    """A number; a float in the form that DuckDB and Spark take for DOUBLE, not for DECIMAL."""
    text = repr(abs(value))
    if isinstance(value, float) and "e" not in text:
        text += "e0"
    literal = exp.Literal(this=text, is_string=False)
    return exp.Neg(this=literal) if value < 0 else literal


def cast(value: exp.Expression, datatype: DataType) -> exp.Expression:
    """A value of another type."""
    if isinstance(value, exp.Cast) and value.to.this is _TYPES[datatype]:
        return value
    return exp.Cast(this=value, to=exp.DataType(this=_TYPES[datatype]))


def try_cast(value: exp.Expression, datatype: DataType) -> exp.Expression:
    """A value of another type, NULL where it cannot be had."""
    return exp.TryCast(this=value, to=exp.DataType(this=_TYPES[datatype]))


def column(source: str, name: str) -> exp.Expression:
    """A column of a source."""
    return exp.Column(this=identifier(name), table=identifier(source))


def identifier(name: str) -> exp.Expression:
    """A name, whatever its letters."""
    return exp.Identifier(this=name, quoted=True)


def enclosed(value: exp.Expression) -> exp.Expression:
    """An operand that keeps together whatever stands beside it."""
    if isinstance(value, exp.Binary | exp.Unary | exp.Predicate) and not isinstance(
        value, exp.Paren
    ):
        return exp.Paren(this=value)
    return value


def operation(
    node: type[exp.Expression], left: exp.Expression, right: exp.Expression
) -> exp.Expression:
    """``left operator right``."""
    return node(this=enclosed(left), expression=enclosed(right))


def all_of(conditions: Iterable[exp.Expression]) -> exp.Expression:
    """Conditions that all hold."""
    return _chain(exp.And, conditions)


def any_of(conditions: Iterable[exp.Expression]) -> exp.Expression:
    """Conditions of which one holds."""
    return _chain(exp.Or, conditions)


def _chain(node: type[exp.Expression], conditions: Iterable[exp.Expression]) -> exp.Expression:
    first, *others = conditions
    if not others:
        return first
    chain = enclosed(first)
    for condition in others:
        chain = node(this=chain, expression=enclosed(condition))
    return chain
