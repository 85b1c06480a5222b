"""Rows of one table that meet a condition, and values of them, both as users write them in ADQL.

What a user wrote is put into a query on that table and goes through the same wall as any other
query: parsed, checked, and built anew from the tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from datalab_backend import adql
from datalab_backend.adql.grouping import has_aggregate
from datalab_backend.adql.lexer import tokenize
from datalab_backend.adql.tree import Query, Select, SelectItem, TableName
from datalab_backend.adql.types import Family, family
from datalab_backend.engines.arrow import Values
from datalab_backend.engines.base import Engine
from datalab_backend.errors import AdqlError, UsageError
from datalab_backend.metadata import Column, Table, Tables, quoted

CELL = "cell"
"""The engine's name of the order-29 HEALPix cell of a row, where rows are in sky order.

No value is called so: values have names by their position alone.
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of a table, as a query of the engine.

    Attributes
    ----------
    table
        The table.
    rows
        The query; its columns are the values in the order they were given, called as `value`
        says, and then `CELL`.
    columns
        What is known of the values, under the names that users know.
    where
        The condition as it was written, empty for all rows.
    """

    table: Table
    rows: exp.Expression
    columns: tuple[Column, ...]
    where: str

    def source(self) -> exp.Subquery:
        """The rows, to select from."""
        return exp.Subquery(
            this=self.rows.copy(), alias=exp.TableAlias(this=exp.to_identifier("chosen"))
        )

    def value(self, position: int) -> exp.Column:
        """One of the values, by its position from 0."""
        return exp.column(_value_name(position), quoted=True)


def choose(
    table: Table, tables: Tables, engine: Engine, values: Mapping[str, str], where: str = ""
) -> Chosen:
    """Find what a user chose of a table.

    Parameters
    ----------
    table
        The table.
    tables
        What the user may read, which a condition may look into.
    engine
        What reads it.
    values
        Numbers, as ADQL expressions of the table's columns, by what errors call them.
    where
        An ADQL condition; empty for all rows.

    Raises
    ------
    AdqlError
        When something is not ADQL or names what is not there; line and column are those within
        what the user wrote.
    """
    for parameter, part in {**values, "where": where}.items():
        try:
            tokenize(part)  # a text that is not closed would swallow what stands behind it
        except AdqlError as error:
            raise _within(parameter, error, error.line, error.column) from error
    text = _Text()
    text.add("SELECT")
    for position, (parameter, value) in enumerate(values.items()):
        text.add("," if position else "")
        text.add(value, parameter)
    text.add(f"FROM {quoted(table.schema)}.{quoted(table.name)}")
    if where.strip():
        text.add("WHERE (")
        text.add(where, "where")
        text.add(")")
    try:
        query = adql.parse(text.written)
        _expect_plain(query, text, len(values))
        checked = adql.check(query, tables)
    except AdqlError as error:
        raise text.explained(error) from error
    for parameter, column in zip(values, checked.columns, strict=False):
        if family(column.datatype) is not Family.NUMBER or column.is_array:
            raise UsageError(
                f"{parameter} is {family(column.datatype)}, not a number: “{values[parameter]}”.",
                "Give a column of numbers, or an expression of some.",
            )
    named = tuple(replace(c, name=_value_name(n)) for n, c in enumerate(checked.columns))
    rows = adql.translate(replace(checked, columns=named), engine.relation, None, engine.dialect)
    # It becomes a part of other queries, which ask for more.
    rows.meta.clear()
    if table.healpix:
        _add_cells(rows, table.healpix)
    return Chosen(table, rows, checked.columns, where.strip())


class _Text:
    """A query made of what users wrote and what stands around it, each in lines of its own."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._parameters: list[tuple[int, int, str]] = []

    def add(self, text: str, parameter: str = "") -> None:
        lines = text.splitlines() or [""]
        if parameter:
            self._parameters.append((len(self._lines) + 1, len(lines), parameter))
        self._lines += lines

    @property
    def written(self) -> str:
        return "\n".join(self._lines)

    def parameter_at(self, line: int) -> str:
        """What errors call the part that a line of the query is of."""
        parts = (name for first, n, name in self._parameters if first <= line < first + n)
        return next(parts, "")

    def explained(self, error: AdqlError) -> AdqlError:
        """The same error, at its place in what the user wrote."""
        at = error.line
        if self._lines[at - 1 : at] == ["WHERE ("]:  # its parenthesis is the condition's
            at += 1
        before = [p for p in self._parameters if p[0] <= at]
        first, lines, parameter = (before or self._parameters)[-1]
        line, column = at - first + 1, error.column if at == error.line else 1
        if line > lines:  # such as a parenthesis that is not closed
            line, column = lines, len(self._lines[first + lines - 2]) + 1
        return _within(parameter, error, max(1, line), column)


def _within(parameter: str, error: AdqlError, line: int, column: int) -> AdqlError:
    """The same error, said of a part of the query."""
    word = error.message.partition(" ")[0]
    start = word if word.isupper() and len(word) > 1 else word[:1].lower() + word[1:]  # not wHERE
    message = start + error.message[len(word) :]
    return AdqlError(f"In {parameter}, {message}", line, column, error.hint)


def _expect_plain(query: Query, text: _Text, values: int) -> None:
    """Refuse what is more than values and a condition, such as a second SELECT behind a value."""
    body = query.body
    plain = (
        isinstance(body, Select)
        and all(isinstance(item, SelectItem) for item in body.items)
        and len(body.tables) == 1
        and isinstance(body.tables[0], TableName)
        and not (body.distinct or body.top is not None or body.group_by or body.having)
        and not (query.order_by or query.offset or query.common_tables or query.limit is not None)
    )
    items = body.items if plain and isinstance(body, Select) else ()
    parameters = [text.parameter_at(item.line) for item in items]
    again = (
        item.place
        for item, n, m in zip(items[1:], parameters[1:], parameters, strict=False)
        if n == m
    )
    if not plain or len(items) != values:
        place = next(again, (1, 1))
        raise AdqlError(
            "this is more than one expression.", *place, "Give one value, and one condition."
        )
    for item in items:
        if has_aggregate([item]):
            raise AdqlError(
                "an aggregate stands where each row has a value.",
                *item.place,
                "Write it without, as in gmag.",
            )


def _add_cells(rows: exp.Expression, healpix: str) -> None:
    """Select the hidden column of cells too, which no user may name."""
    table = rows.args["from_"].this
    column = exp.column(healpix, table=table.alias, quoted=True)
    rows.expressions.append(exp.alias_(column, CELL, quoted=True))


def placed() -> exp.Condition:
    """That a row has a place on the sky."""
    return exp.GTE(this=exp.column(CELL, quoted=True), expression=exp.Literal.number(0))


def numbers(column: Values) -> NDArray[np.float64]:
    """The values of a column of a batch; NaN where there is none. Large integers are rounded."""
    return np.asarray(column.cast(pa.float64(), safe=False).fill_null(np.nan), np.float64)


def _value_name(position: int) -> str:
    return f"v{position + 1}"
