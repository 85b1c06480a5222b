"""Queries for an identifier, a magnitude or the brightest rows, answered beside the rows.

The rows of a large table are in the order of the sky. Beside them are sorted columns and the first
and last rows by some columns (`catalogues.lookups`); here is chosen where these answer.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from sqlglot import exp

from datalab_backend.adql.build import all_of, column, identifier
from datalab_backend.adql.constants import constant
from datalab_backend.adql.crossmatch import ROW, CrossMatchTranslator
from datalab_backend.adql.grouping import has_aggregate
from datalab_backend.adql.scope import Field, Source
from datalab_backend.adql.tree import (
    And,
    ColumnName,
    Comparison,
    Condition,
    InList,
    Node,
    OrderTerm,
    Select,
    SelectItem,
    Star,
    TableName,
    Text,
    Value,
    children,
)
from datalab_backend.metadata import RANKED_ROWS, Table, first_rows, last_rows, values_of


class LookupTranslator(CrossMatchTranslator):
    """Chooses tables beside the rows."""

    def __init__(self) -> None:
        super().__init__()
        # The tables that are read in the place of sources.
        self._beside: dict[str, str] = {}
        self._values: dict[str, str] = {}

    def choose(self, select: Select, order_by: tuple[OrderTerm, ...], wanted: int | None) -> None:
        """Choose what a query of one table reads, before it is translated.

        Parameters
        ----------
        select
            The query.
        order_by
            Its order.
        wanted
            How many rows are read at most.
        """
        if len(select.tables) != 1 or not isinstance(select.tables[0], TableName):
            return
        source = self.findings.sources[select.tables[0]]
        if source.table is None:
            return
        if ranking := self._ranking(select, order_by, wanted, source, source.table):
            self._beside[source.name] = ranking
        elif covering := self._covering(select, order_by, source, source.table):
            self._values[source.name] = covering

    def beside(self, source: Source, rows: exp.Table) -> exp.Expression:
        """The table that is read for a source: its rows, or what was chosen."""
        if source.name in self._beside:
            rows.set("this", identifier(self._beside[source.name]))
        elif source.name in self._values:
            name = self._values[source.name]
            rows.set("this", identifier(values_of(name)))
            value = exp.Alias(this=column(source.name, "value"), alias=identifier(name))
            rows.set("alias", exp.TableAlias(this=identifier(source.name)))
            query = exp.Select(expressions=[value], from_=exp.From(this=rows))
            return exp.Subquery(this=query)
        return rows

    def filtering(self, condition: Condition) -> exp.Expression:
        """Translate a condition that all rows must meet, with what an engine finds fast."""
        return all_of([*self._lookups(condition), super().filtering(condition)])

    # The first rows

    def _ranking(
        self,
        select: Select,
        order_by: tuple[OrderTerm, ...],
        wanted: int | None,
        source: Source,
        table: Table,
    ) -> str:
        """The table with the rows that come first, when the query asks for these alone."""
        if wanted is None or wanted > RANKED_ROWS or len(order_by) != 1:
            return ""
        items = [item.value for item in select.items if isinstance(item, SelectItem)]
        if select.where or select.group_by or select.having or select.distinct:
            return ""
        (term,) = order_by
        if has_aggregate(items) or term.nulls_first:
            return ""
        name = self._ordering(term, select, source)
        if name not in table.ranked:
            return ""
        return last_rows(name) if term.descending else first_rows(name)

    def _ordering(self, term: OrderTerm, select: Select, source: Source) -> str:
        """The column of a source by which rows are ordered, empty when it is something else."""
        found: object = term.value
        if position := self.findings.positions.get(term):
            found = self.findings.outputs[select][position - 1].shows
        if isinstance(found, ColumnName):
            found = self.findings.fields.get(found)
        if isinstance(found, Field) and len(found.places) == 1:
            name, column_name = found.places[0]
            return column_name if name == source.name else ""
        return ""

    # One column alone

    def _covering(
        self, select: Select, order_by: tuple[OrderTerm, ...], source: Source, table: Table
    ) -> str:
        """The only column that a query reads, when it is there sorted and has a condition."""
        if select.where is None or any(isinstance(item, Star) for item in select.items):
            return ""
        places: set[tuple[str, str]] = set()
        for node in _below(select, *order_by):
            # The name of a column of the result is no column of the source.
            if isinstance(node, ColumnName) and node in self.findings.fields:
                places.update(self.findings.fields[node].places)
        names = {name for owner, name in places if owner == source.name}
        if len(names) != 1 or len(names) != len(places):
            return ""
        (name,) = names
        return name if name in table.looked_up else ""

    # Single rows

    def _lookups(self, condition: Condition) -> list[exp.Expression]:
        """Where the rows are whose values a condition names."""
        if isinstance(condition, And):
            return [found for term in condition.operands for found in self._lookups(term)]
        if isinstance(condition, Comparison) and condition.operator == "=":
            for known, value in (
                (condition.left, condition.right),
                (condition.right, condition.left),
            ):
                if found := self._rows_with(known, [value]):
                    return [found]
        if isinstance(condition, InList) and not condition.negated:
            found = self._rows_with(condition.operand, condition.items)
            return [found] if found else []
        return []

    def _rows_with(
        self, known: Value, values: tuple[Value, ...] | list[Value]
    ) -> exp.Expression | None:
        if not isinstance(known, ColumnName) or len(self.findings.fields[known].places) != 1:
            return None
        if not all(isinstance(v, Text) or constant(v) is not None for v in values):
            return None
        name, column_name = self.findings.fields[known].places[0]
        source = self._tables.get(name)
        if source is None or source.table is None or column_name not in source.table.looked_up:
            return None
        if name in self._values or name in self._beside or name in self._repeated:
            return None
        self.expected[name] = len(values)
        place = self.relation(source.table)
        place.set("this", identifier(values_of(column_name)))
        among = exp.In(
            this=exp.Column(this=identifier("value")),
            expressions=[self.value(value) for value in values],
        )
        rows = exp.Select(
            expressions=[exp.Column(this=identifier("row"))],
            from_=exp.From(this=place),
            where=exp.Where(this=among),
        )
        return exp.In(
            this=column(name, self.row_columns.get(name, ROW)), query=exp.Subquery(this=rows)
        )

    @abstractmethod
    def relation(self, table: Table) -> exp.Table:
        """Where the engine keeps a table."""


def _below(*nodes: Node) -> Iterator[Node]:
    """Some nodes and all that are below them."""
    for node in nodes:
        yield node
        yield from _below(*children(node))
