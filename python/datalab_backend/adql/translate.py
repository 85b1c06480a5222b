"""Checked query → the engine's query, as stock sqlglot nodes.

Everything is built from what the checker found, never from the user's text: tables are called t1,
t2 …, the columns of inner queries c1, c2 …, and names of columns are the metadata's, in quotes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sqlglot import exp

from datalab_backend.adql.build import (
    all_of,
    cast,
    column,
    identifier,
    number,
)
from datalab_backend.adql.checked import Body, CheckedQuery, Output
from datalab_backend.adql.scope import Field, Source
from datalab_backend.adql.shortcuts import ShortcutTranslator
from datalab_backend.adql.translate_values import column_of
from datalab_backend.adql.tree import (
    Aggregate,
    Cast,
    ColumnName,
    DerivedTable,
    Join,
    Null,
    OrderTerm,
    Query,
    Select,
    TableName,
    TableReference,
    Value,
)
from datalab_backend.adql.types import Family, family, type_of
from datalab_backend.engines.base import FEW
from datalab_backend.engines.shortcut import SHORTCUT
from datalab_backend.metadata import Table

FEW_ROWS = 50_000
"""Rows that are as well taken all at once as streamed."""

_SET_OPERATIONS: dict[str, type[exp.Expression]] = {
    "UNION": exp.Union,
    "EXCEPT": exp.Except,
    "INTERSECT": exp.Intersect,
}


def translate(
    checked: CheckedQuery,
    relation: Callable[[Table], exp.Table],
    limit: int | None,
    dialect: str,
) -> exp.Expression:
    """Build the engine's query.

    Parameters
    ----------
    checked
        What `check` returned.
    relation
        Where the engine keeps a table.
    limit
        The most rows to return, or None; TOP may ask for fewer.
    dialect
        The engine's dialect, as sqlglot calls it. The nodes that are built so far are those that
        sqlglot itself spells for each dialect, so that nothing depends on it here.

    Returns
    -------
    sqlglot.exp.Expression
        A query whose columns have the names and types of ``checked.columns``. Its ``meta`` says
        whether it gives few rows, and what it means when that is very simple.
    """
    translator = _Translator(checked, relation)
    names = [column.name for column in checked.columns]
    query = translator.query(checked.query, names, limit)
    query.meta[FEW] = translator.gives_few_rows(checked)
    query.meta[SHORTCUT] = translator.shortcut(checked.query, names, limit)
    return query


class _Translator(ShortcutTranslator):
    """Translates queries and their FROM."""

    def __init__(self, checked: CheckedQuery, relation: Callable[[Table], exp.Table]) -> None:
        super().__init__()
        self.findings = checked.findings
        self._relation = relation
        self._tables = {source.name: source for source in self.findings.sources.values()}
        self._wrapped = 0

    def gives_few_rows(self, checked: CheckedQuery) -> bool:
        """Whether a query that was translated gives at most about `FEW_ROWS` rows."""
        if checked.top is not None and checked.top <= FEW_ROWS:
            return True
        body = checked.query.body
        if not isinstance(body, Select) or len(body.tables) != 1:
            return False
        if not isinstance(body.tables[0], TableName):
            return False
        source = self.findings.sources[body.tables[0]]
        return self.expected.get(source.name, math.inf) <= FEW_ROWS

    def relation(self, table: Table) -> exp.Table:
        """Where the engine keeps a table."""
        return self._relation(table).copy()

    # Queries

    def query(
        self,
        query: Query,
        names: Sequence[str] | None = None,
        limit: int | None = None,
        operand: bool = False,
    ) -> exp.Expression:
        """Translate a query.

        Parameters
        ----------
        query
            The query.
        names
            What its columns are called, by default c1, c2 and so on.
        limit
            The most rows that it gives.
        operand
            Whether a set operation joins it to another, from which NULL takes its type.
        """
        outputs = self.findings.outputs[query]
        names = names or _inner_names(outputs)
        body = query.body
        top = body.top if isinstance(body, Select) else None
        limit = min((n for n in (top, query.limit, limit) if n is not None), default=None)
        if isinstance(body, Select):
            wanted = None if limit is None else limit + (query.offset or 0)
            self.choose(body, query.order_by, wanted)
            select = self._select(body, names, operand)
        else:
            select = self._wrapper(self._body(body), outputs, names)
        if query.order_by:
            terms = [self._order_term(term) for term in query.order_by]
            select.set("order", exp.Order(expressions=terms))
        if limit is not None:
            select.set("limit", exp.Limit(expression=number(limit)))
        if query.offset is not None:
            select.set("offset", exp.Offset(expression=number(query.offset)))
        if query.common_tables:
            tables = [
                exp.CTE(
                    this=self.query(common.query),
                    alias=exp.TableAlias(this=identifier(self.findings.common_tables[common])),
                )
                for common in query.common_tables
            ]
            select.set("with_", exp.With(expressions=tables))
        return select

    def _body(self, body: Body) -> exp.Expression:
        if isinstance(body, Query):
            return self.query(body, operand=True)
        if isinstance(body, Select):
            select = self._select(body, _inner_names(self.findings.outputs[body]), operand=True)
            if body.top is not None:
                select.set("limit", exp.Limit(expression=number(body.top)))
            return select
        return _SET_OPERATIONS[body.operator](
            this=exp.Subquery(this=self._body(body.left)),
            expression=exp.Subquery(this=self._body(body.right)),
            distinct=not body.keep_duplicates,
        )

    def _wrapper(
        self, inner: exp.Expression, outputs: Sequence[Output], names: Sequence[str]
    ) -> exp.Select:
        """``SELECT … FROM (inner)``, to order and to name what a set operation gives."""
        self._wrapped += 1
        source = f"u{self._wrapped}"
        items = [
            exp.Alias(this=column(source, inner_name), alias=identifier(name))
            for inner_name, name in zip(_inner_names(outputs), names, strict=True)
        ]
        return exp.Select(expressions=items, from_=exp.From(this=_named(inner, source)))

    def _select(self, select: Select, names: Sequence[str], operand: bool) -> exp.Select:
        self.plan(select)
        outputs = self.findings.outputs[select]
        items = [
            _called(self._output(output, operand), name)
            for output, name in zip(outputs, names, strict=True)
        ]
        first, *joins = self._from(select.tables)
        node = exp.Select(expressions=items, from_=exp.From(this=first.this), joins=joins)
        if select.distinct:
            node.set("distinct", exp.Distinct())
        if select.where:
            node.set("where", exp.Where(this=self.filtering(select.where)))
        if select.group_by:
            groups = self.findings.groups
            terms = [self.value(groups.get(term, term)) for term in select.group_by]
            node.set("group", exp.Group(expressions=terms))
        if select.having:
            node.set("having", exp.Having(this=self.condition(select.having)))
        return node

    def _output(self, output: Output, operand: bool) -> exp.Expression:
        shown = output.shows
        if isinstance(shown, Field):
            return column_of(shown)
        if not isinstance(shown, Value):
            raise TypeError(output)
        value = self.value(shown)
        if isinstance(shown, ColumnName | Cast | Aggregate):
            return value
        if isinstance(shown, Null):
            return value if operand else cast(value, output.column.datatype)
        # Engines have types of their own for what they compute: the metadata is to be right.
        if family(type_of(output.column)) is Family.NUMBER:
            return cast(value, output.column.datatype)
        return value

    def _order_term(self, term: OrderTerm) -> exp.Expression:
        position = self.findings.positions.get(term)
        value = number(position) if position else self.value(term.value)
        # ADQL leaves the place of NULLs to the service: here they come last, in either direction.
        return exp.Ordered(this=value, desc=term.descending, nulls_first=term.nulls_first)

    # FROM

    def _from(self, tables: Sequence[TableReference]) -> list[exp.Join]:
        """The tables of FROM, as the joins that lead from nothing to all of them."""
        joins: list[exp.Join] = []
        for table in tables:
            joins += self._table(table)
        return joins

    def _table(self, node: TableReference) -> list[exp.Join]:
        if isinstance(node, Join):
            return [*self._table(node.left), self._join(node)]
        if not isinstance(node, TableName | DerivedTable):
            raise TypeError(node)
        source = self.findings.sources[node]
        return [exp.Join(this=self.repeated(source, self._source(node, source)))]

    def _source(self, node: TableName | DerivedTable, source: Source) -> exp.Expression:
        if isinstance(node, DerivedTable):
            derived = _named(self.query(node.query), source.name)
            if not node.lateral:
                return derived
            alias = derived.args.pop("alias")
            return exp.Lateral(this=derived, alias=alias)
        table: exp.Expression
        if source.table is None:
            common = self.findings.common_tables[self.findings.reads_common[node]]
            table = exp.Table(this=identifier(common))
        else:
            table = self.beside(source, self.relation(source.table))
        table.set("alias", exp.TableAlias(this=identifier(source.name)))
        return table

    def _join(self, node: Join) -> exp.Join:
        first, *joins = self._table(node.right)
        right = first.this
        if joins:
            right.set("joins", joins)
            right = exp.Paren(this=right)
        if node.on:
            # Rows without a partner are kept by an outer join, whatever the condition says.
            on = self.filtering(node.on)
        else:
            pairs = self.findings.keys[node]
            on = all_of(exp.EQ(this=column_of(a), expression=column_of(b)) for a, b in pairs)
        return exp.Join(this=right, side="" if node.kind == "INNER" else node.kind, on=on)


def _inner_names(outputs: Sequence[Output]) -> list[str]:
    return [f"c{position}" for position in range(1, len(outputs) + 1)]


def _called(value: exp.Expression, name: str) -> exp.Expression:
    """A value as a column of a result; what is called so anyway need not be told."""
    if isinstance(value, exp.Column) and value.name == name:
        return value
    return exp.Alias(this=value, alias=identifier(name))


def _named(query: exp.Expression, name: str) -> exp.Expression:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=identifier(name)))
