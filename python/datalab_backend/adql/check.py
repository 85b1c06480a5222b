"""Tree → checked query: names looked up, types found, columns of the result described."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datalab_backend.adql.checked import Body, CheckedQuery, Output
from datalab_backend.adql.columns import combine, describe, result_columns
from datalab_backend.adql.grouping import check_grouping, fingerprint, has_aggregate, is_literal
from datalab_backend.adql.scope import Field, Row, Scope, means
from datalab_backend.adql.sources import SourceChecker
from datalab_backend.adql.tree import (
    ColumnName,
    Node,
    Null,
    Number,
    OrderTerm,
    Query,
    Select,
    SelectItem,
    SetOperation,
    Star,
    Value,
)
from datalab_backend.adql.types import family, type_of
from datalab_backend.adql.words import did_you_mean, quoted
from datalab_backend.errors import AdqlError
from datalab_backend.metadata import Column, Tables


def check(query: Query, tables: Tables) -> CheckedQuery:
    """Look every name up and check every type.

    Parameters
    ----------
    query
        What `parse` returned.
    tables
        The tables that the user may read.

    Raises
    ------
    AdqlError
        With the place, for the first name or type that does not fit.
    """
    checker = _Checker(tables)
    outputs = checker.query(query, None)
    columns = result_columns([output.column for output in outputs])
    return CheckedQuery(query, columns, _top(query), tuple(checker.read.values()), checker.findings)


def _top(query: Query) -> int | None:
    body: Body = query
    counts: list[int | None] = []
    while isinstance(body, Query):
        counts.append(body.limit)
        body = body.body
    if isinstance(body, Select):
        counts.append(body.top)
    return min((count for count in counts if count is not None), default=None)


class _Checker(SourceChecker):
    """Checks queries."""

    def subquery(self, query: Query, scope: Scope) -> tuple[Output, ...]:
        return self.query(query, scope)

    def query(self, query: Query, outer: Scope | None) -> tuple[Output, ...]:
        """Check a query; its columns."""
        for common in query.common_tables:
            for earlier, _ in self.common:
                if means(common.name, earlier.name.name):
                    raise AdqlError(
                        f"Two queries of WITH are called '{common.name}'.",
                        *common.place,
                        "Give one of them another name.",
                    )
            self.common.append((common, self.query(common.query, None)))
            self.findings.common_tables[common] = f"w{len(self.common)}"
        body = query.body
        if isinstance(body, Select):
            outputs = self._select(body, query.order_by, outer)
        else:
            outputs = self._body(body, outer)
            for term in query.order_by:
                self._order_by_output(term, outputs)
        self.findings.outputs[query] = outputs
        return outputs

    def _body(self, body: Body, outer: Scope | None) -> tuple[Output, ...]:
        if isinstance(body, Select):
            return self._select(body, (), outer)
        if isinstance(body, Query):
            return self.query(body, outer)
        left, right = self._body(body.left, outer), self._body(body.right, outer)
        if len(left) != len(right):
            raise AdqlError(
                f"{body.operator} joins queries of {len(left)} and of {len(right)} columns.",
                *body.right.place,
                "Select as many columns in both.",
            )
        outputs = tuple(
            Output(_combined(body, position, a, b))
            for position, (a, b) in enumerate(zip(left, right, strict=True), 1)
        )
        self.findings.outputs[body] = outputs
        return outputs

    # SELECT

    def _select(
        self, select: Select, order_by: Sequence[OrderTerm], outer: Scope | None
    ) -> tuple[Output, ...]:
        row = self.row(select.tables, outer)
        items = (item for item in select.items if isinstance(item, SelectItem))
        aliases = frozenset(item.alias.name.casefold() for item in items if item.alias)
        scope = Scope(row, outer, aliases)
        if select.where:
            self.condition(select.where, scope, "WHERE")
        outputs: list[Output] = []
        for item in select.items:
            if isinstance(item, Star):
                outputs += self._star(item, scope)
            else:
                self.value(item.value, scope)
                column = describe(item.value, item.alias, len(outputs) + 1, self.findings)
                outputs.append(Output(column, item.value))
        groups = [self._group(term, select, scope) for term in select.group_by]
        if select.having:
            self.condition(select.having, scope)
        ordered = [term.value for term in order_by if not self._order(term, select, outputs, scope)]
        computed = [item.value for item in select.items if isinstance(item, SelectItem)]
        having = [select.having] if select.having else []
        if groups or having or has_aggregate([*computed, *ordered]):
            self._check_grouping(select, [*computed, *having, *ordered], groups, row)
        self.findings.outputs[select] = tuple(outputs)
        return tuple(outputs)

    def _check_grouping(
        self, select: Select, nodes: Sequence[Node], groups: Sequence[Value], row: Row
    ) -> None:
        for item in select.items:
            if isinstance(item, Star):
                raise AdqlError(
                    "* cannot be selected beside GROUP BY and aggregates.",
                    *item.place,
                    "List the columns of GROUP BY instead.",
                )
        sources = frozenset(source.name for source, _ in row.sources)
        check_grouping(nodes, groups, sources, self.findings)

    def _star(self, star: Star, scope: Scope) -> list[Output]:
        if star.table:
            source = Scope(scope.row).source(star.table)
            return [Output(field.column, field) for field in source.fields()]
        return [Output(field.column, field) for field in scope.row.fields()]

    def _group(self, term: Value, select: Select, scope: Scope) -> Value:
        """Check a term of GROUP BY; the value that it means."""
        if isinstance(term, Number):
            raise AdqlError(
                "GROUP BY takes columns and expressions, not positions.",
                *term.place,
                "Write the expression again.",
            )
        if isinstance(term, ColumnName) and len(term.parts) == 1:
            name = term.parts[0]
            if not scope.row.matching(name):
                for item in select.items:
                    if isinstance(item, SelectItem) and item.alias and means(name, item.alias.name):
                        if has_aggregate([item.value]) or is_literal(item.value):
                            break
                        self.findings.groups[term] = item.value
                        return item.value
        if is_literal(term):
            raise AdqlError(
                "A constant makes no groups.", *term.place, "Group by a column or an expression."
            )
        self.value(term, scope, "GROUP BY")
        return term

    def _order(
        self, term: OrderTerm, select: Select, outputs: Sequence[Output], scope: Scope
    ) -> bool:
        """Check a term of ORDER BY; whether it is a column of the result."""
        if self._is_position(term, len(outputs)) or self._is_output(term, outputs):
            return True
        if is_literal(term.value):
            raise AdqlError(
                "A constant gives no order.", *term.place, "Order by a column or an expression."
            )
        self.value(term.value, scope)
        wanted = fingerprint(term.value, self.findings)
        for position, output in enumerate(outputs, 1):
            shown = output.shows
            if isinstance(shown, Field):
                found = wanted == shown.places
            else:
                found = shown is not None and wanted == fingerprint(shown, self.findings)
            if found:
                self.findings.positions[term] = position
                return True
        if select.distinct:
            raise AdqlError(
                "With DISTINCT, rows are ordered by selected columns only.",
                *term.place,
                "Select this one too.",
            )
        return False

    def _order_by_output(self, term: OrderTerm, outputs: Sequence[Output]) -> None:
        if self._is_position(term, len(outputs)) or self._is_output(term, outputs):
            return
        names = [quoted(output.column.name) for output in outputs]
        hint = f"Its columns are {', '.join(names[:12])}{', …' if len(names) > 12 else '.'}"
        if isinstance(term.value, ColumnName):
            hint = did_you_mean(term.value.parts[-1].name, names) or hint
        raise AdqlError(
            "ORDER BY after a set operation takes the columns of its result.", *term.place, hint
        )

    def _is_position(self, term: OrderTerm, columns: int) -> bool:
        if not isinstance(term.value, Number) or isinstance(term.value.value, float):
            return False
        position = term.value.value
        if not 1 <= position <= columns:
            raise AdqlError(
                f"The result has no column {position}.",
                *term.place,
                f"Write a position from 1 to {columns}, or a name."
                if columns > 1
                else "It has one column.",
            )
        self.findings.positions[term] = position
        return True

    def _is_output(self, term: OrderTerm, outputs: Sequence[Output]) -> bool:
        """Whether a term is the name of one column of the result."""
        if not isinstance(term.value, ColumnName) or len(term.value.parts) > 1:
            return False
        name = term.value.parts[0]
        found = [p for p, o in enumerate(outputs, 1) if means(name, o.column.name)]
        if len(found) == 1:
            self.findings.positions[term] = found[0]
        return len(found) == 1


def _combined(body: SetOperation, position: int, left: Output, right: Output) -> Column:
    """The column that a set operation makes of two."""
    if isinstance(left.shows, Null):
        return replace(right.column, name=left.column.name)
    if isinstance(right.shows, Null):
        return left.column
    families = family(type_of(left.column)), family(type_of(right.column))
    if families[0] is not families[1]:
        raise AdqlError(
            f"Column {position} is {families[0]} in one query and {families[1]} in the other.",
            *body.right.place,
            f"Select columns of the same kind on both sides of {body.operator}.",
        )
    return combine(left.column, right.column)
