"""Joins of tables by position, made joins by equality on a grid of the sky.

Found are conditions that must hold for a pair of rows, in ON or WHERE: a point of one table in a
circle around one of another, or a distance below a radius, the same for all rows. The rows of one
of the two tables, the smaller if there is a choice, are repeated for each cell that they touch; a
pair meets in one cell only, and the exact distance is compared as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from sqlglot import exp

from datalab_backend.adql.build import all_of, column, identifier
from datalab_backend.adql.covers import Cover, CoverTranslator, Place
from datalab_backend.adql.geometry import Cone, Position
from datalab_backend.adql.grid import MAX_RADIUS, Grid
from datalab_backend.adql.healpix import widened
from datalab_backend.adql.scope import Source
from datalab_backend.adql.tree import (
    And,
    Comparison,
    Condition,
    DerivedTable,
    Join,
    Query,
    Select,
    SetOperation,
    TableName,
    TableReference,
)

_UNKNOWN_ROWS = 10_000
"""The rows of a table that does not say how many it has: those that queries bring along."""
_FILTERED = 10
"""By how much a condition is thought to lessen the rows of a query."""


ROW = "rowid"
"""The pseudo-column of DuckDB and SQLite with the place of a row."""

Leaves: TypeAlias = Mapping[str, TableName | DerivedTable]
"""Tables in FROM by the names of their sources."""


@dataclass(frozen=True, slots=True)
class Match:
    """A condition that pairs the rows of a source on a grid with those of another.

    Attributes
    ----------
    source
        The source whose rows are repeated.
    place
        Their position.
    other
        The position of the rows that they meet.
    grid
        The grid.
    told
        The column with the cell of the rows that they meet, empty where each pair computes it.
    """

    source: Source
    place: Position
    other: Position
    grid: Grid
    told: str = ""


class CrossMatchTranslator(CoverTranslator):
    """Finds joins by position and lays them on a grid."""

    def __init__(self) -> None:
        super().__init__()
        self._matches: dict[Comparison, Match] = {}
        # The sources whose rows are repeated, and the column with their cell.
        self._repeated: dict[str, Match] = {}
        self._cell_columns: dict[str, str] = {}
        # The sources whose rows tell their cells, and the column with the place of their rows.
        self._telling: dict[str, list[Match]] = {}
        self.row_columns: dict[str, str] = {}
        # Where the rows are that WHERE leaves, of this query and those around it.
        self._known: dict[Place, Cover] = {}
        # Where the partners of these are.
        self._reach: dict[Comparison, list[exp.Expression]] = {}

    def plan(self, select: Select) -> None:
        """Choose how the tables of a query meet, before any of it is translated."""
        leaves = [leaf for table in select.tables for leaf in _leaves(table)]
        if len(leaves) > 1:
            self._known |= self.covers(select.where)
        here = self._by_name(leaves)
        for table in select.tables:
            self._plan_joins(table, here)
        self._plan_condition(select.where, here, here)

    def repeated(self, source: Source, rows: exp.Expression) -> exp.Expression:
        """The rows of a source as FROM has them: repeated, when a join is planned so."""
        rows, told = self._with_cells(source, rows)
        match = self._repeated.get(source.name)
        if match is None:
            return rows
        names = [*_engine_names(source), *told]
        lon, lat = match.place.lon.node, match.place.lat.node
        repeated, cell = match.grid.touching(rows, source.name, lon, lat, names)
        self._cell_columns[source.name] = cell
        return repeated

    def _with_cells(self, source: Source, rows: exp.Expression) -> tuple[exp.Expression, list[str]]:
        """The rows of a source with their cells, and what these are called.

        An engine computes a cell once where it is a column, and for each use of a part of it in
        the condition of a join.
        """
        columns = [
            exp.Alias(
                this=match.grid.cell(match.other.lon.node, match.other.lat.node),
                alias=identifier(match.told),
            )
            for match in self._telling.get(source.name, ())
        ]
        if not columns:
            return rows, []
        if source.name in self.row_columns:
            place = column(source.name, ROW)
            columns.append(exp.Alias(this=place, alias=identifier(self.row_columns[source.name])))
        star = exp.Column(this=exp.Star(), table=identifier(source.name))
        select = exp.Select(expressions=[star, *columns], from_=exp.From(this=rows))
        alias = exp.TableAlias(this=identifier(source.name))
        return exp.Subquery(this=select, alias=alias), [found.alias for found in columns]

    def cone(self, node: Comparison) -> Cone | None:
        """The cone that a comparison asks for, None when it asks for something else."""
        found, match = super().cone(node), self._matches.get(node)
        if found is None or match is None or match.source.name not in self._cell_columns:
            return found
        return replace(found, meeting=partial(self._meeting, match, self._reach[node]))

    def _meeting(self, match: Match, reach: list[exp.Expression]) -> exp.Expression:
        cell = column(match.source.name, self._cell_columns[match.source.name])
        if match.told:
            (beside,) = _sources(match.other)
            other = column(beside, match.told)
        else:
            other = match.grid.cell(match.other.lon.node, match.other.lat.node)
        return all_of([exp.EQ(this=cell, expression=other), *reach])

    # Planning

    def _by_name(
        self, leaves: Iterable[TableName | DerivedTable]
    ) -> dict[str, TableName | DerivedTable]:
        """Tables by the names of their sources, without those that are asked anew for each row."""
        return {
            self.findings.sources[leaf].name: leaf
            for leaf in leaves
            if not (isinstance(leaf, DerivedTable) and leaf.lateral)
        }

    def _plan_joins(self, node: TableReference, here: Leaves) -> None:
        if not isinstance(node, Join):
            return
        self._plan_joins(node.left, here)
        self._plan_joins(node.right, here)
        # Rows that an outer join keeps in any case must not come more than once.
        left = list(_leaves(node.left)) if node.kind in ("INNER", "RIGHT") else []
        right = list(_leaves(node.right)) if node.kind in ("INNER", "LEFT") else []
        self._plan_condition(node.on, self._by_name([*left, *right]), here)

    def _plan_condition(self, condition: Condition | None, free: Leaves, here: Leaves) -> None:
        for term in _terms(condition):
            cone = self.cone(term)
            if cone is None or not cone.inside:
                continue
            radius = cone.radius.constant
            if radius is None or not 0 <= radius <= MAX_RADIUS:
                continue
            choices = []
            for place, other in ((cone.one, cone.other), (cone.other, cone.one)):
                mine, theirs = _sources(place), _sources(other)
                if len(mine) != 1 or not theirs or mine & theirs:
                    continue
                (name,) = mine
                if name in free and name not in self._repeated:
                    cover = self._known.get(self._cells(place) or ("", ""))
                    part = cover.cells.sky_fraction if cover else 1.0
                    rows = self._rows(free[name]) * part
                    match = Match(self._tables[name], place, other, Grid(radius))
                    choices.append((rows, name, match))
            if choices:
                _, name, match = min(choices, key=lambda choice: choice[:2])
                match = self._told(match, here)
                self._matches[term] = self._repeated[name] = match
                self._reach[term] = self._partners(match)

    def _told(self, match: Match, here: Leaves) -> Match:
        """The match with a column for the cells of the other rows, when one table has these."""
        names = _sources(match.other)
        if len(names) != 1 or not names <= here.keys():
            return match
        (name,) = names
        source = self._tables[name]
        telling = self._telling.setdefault(name, [])
        taken = {column_name.casefold() for column_name in _engine_names(source)}
        prefix = "cell"
        while any(column_name.startswith(prefix) for column_name in taken):
            prefix += "_"
        match = replace(match, told=f"{prefix}{len(telling)}")
        telling.append(match)
        if source.table is not None and source.table.looked_up:
            self.row_columns[name] = f"{prefix}row"
        return match

    def _partners(self, match: Match) -> list[exp.Expression]:
        """Where the partners are of rows that are known to be in some part of the sky."""
        found: list[exp.Expression] = []
        for one, other in ((match.place, match.other), (match.other, match.place)):
            known, place = self._known.get(self._cells(one) or ("", "")), self._cells(other)
            if known is not None and place is not None and place not in self._known:
                cover = Cover(widened(known.cells, match.grid.radius), nowhere=False)
                self._known[place] = cover
                found += self.within({place: cover})
        return found

    def _rows(self, node: TableReference) -> int:
        """About how many rows a table of FROM has."""
        if isinstance(node, DerivedTable):
            return self._rows_of_query(node.query)
        if isinstance(node, TableName):
            if node in self.findings.reads_common:
                return self._rows_of_query(self.findings.reads_common[node].query)
            table = self.findings.sources[node].table
            return _UNKNOWN_ROWS if table is None or table.rows is None else table.rows
        if isinstance(node, Join):
            return max(self._rows(node.left), self._rows(node.right))
        raise TypeError(node)

    def _rows_of_query(self, node: Query | Select | SetOperation) -> int:
        if isinstance(node, Query):
            rows = self._rows_of_query(node.body)
            return rows if node.limit is None else min(rows, node.limit)
        if isinstance(node, SetOperation):
            return self._rows_of_query(node.left) + self._rows_of_query(node.right)
        rows = max(map(self._rows, node.tables))
        if node.where is not None:
            rows //= _FILTERED
        return rows if node.top is None else min(rows, node.top)


def _engine_names(source: Source) -> list[str]:
    """The columns that the rows of a source have, with the one that users do not see."""
    hidden = source.table.healpix if source.table is not None else None
    return [*source.engine_names, *([hidden] if hidden else [])]


def _leaves(node: TableReference) -> Iterator[TableName | DerivedTable]:
    """The tables that are joined, from left to right."""
    if isinstance(node, Join):
        yield from _leaves(node.left)
        yield from _leaves(node.right)
    elif isinstance(node, TableName | DerivedTable):
        yield node


def _terms(condition: Condition | None) -> Iterator[Comparison]:
    """The comparisons that all must hold."""
    if isinstance(condition, And):
        for operand in condition.operands:
            yield from _terms(operand)
    elif isinstance(condition, Comparison):
        yield condition


def _sources(place: Position) -> frozenset[str]:
    """The sources that a position is made of; none when it takes a query to know it."""
    nodes = (place.lon.node, place.lat.node)
    if any(node.find(exp.Subquery, exp.Select) for node in nodes):
        return frozenset()
    return frozenset(found.table for node in nodes for found in node.find_all(exp.Column))
