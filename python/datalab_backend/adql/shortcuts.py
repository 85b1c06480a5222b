"""Queries of one table that an engine may answer without its SQL; see `engines.shortcut`.

Only what means exactly the same is a shortcut: columns as they are, of rows in circles, with some
identifiers or at the top of a ranking, that meet comparisons of numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from datalab_backend.adql.geometry import MIRRORED, haversine_limit
from datalab_backend.adql.scope import Field, Source
from datalab_backend.adql.translate_values import ValueTranslator
from datalab_backend.adql.tree import (
    And,
    Between,
    ColumnName,
    Comparison,
    Condition,
    InList,
    Negative,
    Number,
    Query,
    Select,
    TableName,
    Value,
)
from datalab_backend.adql.types import WHOLE_NUMBERS
from datalab_backend.engines.shortcut import Around, Shortcut, Test
from datalab_backend.metadata import RANKED_ROWS, DataType, Table

_FLOATS = (DataType.REAL, DataType.DOUBLE)
_EXACT = 1 << 24
"""Whole numbers up to here are floats of any width."""


@dataclass(slots=True)
class _Terms:
    """What a condition asks for, as far as it was understood."""

    circles: list[Around] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    among: tuple[str, tuple[int, ...]] | None = None


class ShortcutTranslator(ValueTranslator):
    """Finds shortcuts."""

    def shortcut(self, query: Query, names: Sequence[str], limit: int | None) -> Shortcut | None:
        """What a query means, when it is as simple as that; after it was translated.

        Parameters
        ----------
        query
            The query.
        names
            What its columns are called.
        limit
            The most rows that are read.
        """
        select = query.body
        if not isinstance(select, Select) or query.offset or query.common_tables:
            return None
        if select.distinct or select.group_by or select.having or len(select.tables) != 1:
            return None
        if not isinstance(select.tables[0], TableName):
            return None
        source = self.findings.sources[select.tables[0]]
        shown = [self._own(output.shows, source) for output in self.findings.outputs[select]]
        columns = tuple((own, name) for own, name in zip(shown, names, strict=True) if own)
        if source.table is None or len(columns) < len(shown):
            return None
        limit = min((n for n in (select.top, query.limit, limit) if n is not None), default=None)
        if query.order_by:
            if source.name not in self._beside or limit is None:
                return None
            (term,) = query.order_by
            ranking = (self._ordering(term, select, source), term.descending)
            return Shortcut(source.table, columns, ranking=ranking, limit=limit)
        if select.where is None:
            few = limit is not None and limit <= RANKED_ROWS
            return Shortcut(source.table, columns, limit=limit) if few else None
        terms = self._understood(select.where, source, source.table)
        ranges = self.ranges.get((source.name, source.table.healpix or ""))
        if terms is None or (terms.among is None and ranges is None):
            return None
        return Shortcut(
            source.table,
            columns,
            None if ranges is None else tuple(ranges),
            terms.among,
            circles=tuple(terms.circles),
            tests=tuple(terms.tests),
            limit=limit,
        )

    def _own(self, shown: object, source: Source) -> str:
        """What an engine calls the column of a source that is shown, empty for anything else."""
        if isinstance(shown, ColumnName):
            shown = self.findings.fields.get(shown)
        if isinstance(shown, Field) and len(shown.places) == 1:
            owner, name = shown.places[0]
            return name if owner == source.name else ""
        return ""

    def _understood(self, condition: Condition, source: Source, table: Table) -> _Terms | None:
        """The parts of a condition, None when there are others."""
        terms = _Terms()
        for term in condition.operands if isinstance(condition, And) else (condition,):
            if isinstance(term, Comparison) and (cone := self.cone(term)):
                for center, rows in ((cone.one, cone.other), (cone.other, cone.one)):
                    lon, lat, radius = center.lon.constant, center.lat.constant, cone.radius
                    if lon is None or lat is None or self._cells(rows) is None:
                        continue
                    if not cone.inside or radius.constant is None or radius.constant < 0:
                        return None
                    limit = haversine_limit(radius.constant)
                    terms.circles.append(Around(lon, lat, limit, cone.edge))
                    break
                else:
                    return None
            elif among := self._among(term, source, table):
                if terms.among is not None:
                    return None
                terms.among = among
            elif tests := self._tests(term, source):
                terms.tests += tests
            else:
                return None
        return terms

    def _among(
        self, term: Condition, source: Source, table: Table
    ) -> tuple[str, tuple[int, ...]] | None:
        """A column of identifiers, and those that a term asks for."""
        values: tuple[Value, ...]
        if isinstance(term, Comparison) and term.operator == "=":
            known, values = term.left, (term.right,)
            if not isinstance(known, ColumnName):
                known, values = term.right, (term.left,)
        elif isinstance(term, InList) and not term.negated:
            known, values = term.operand, term.items
        else:
            return None
        name = self._own(known, source) if isinstance(known, ColumnName) else ""
        numbers = [n for n in map(_number, values) if isinstance(n, int)]
        if name not in table.looked_up or len(numbers) < len(values):
            return None
        return (name, tuple(numbers)) if self.findings.types[known] in WHOLE_NUMBERS else None

    def _tests(self, term: Condition, source: Source) -> list[Test]:
        """A term as comparisons of a column of numbers with numbers; none when it is not so."""
        compared: list[tuple[Value, str, Value]] = []
        if isinstance(term, Comparison):
            left, operator, right = term.left, term.operator, term.right
            if not isinstance(left, ColumnName):
                left, operator, right = right, MIRRORED[operator], left
            compared = [(left, operator, right)]
        elif isinstance(term, Between) and not term.negated:
            compared = [(term.operand, ">=", term.low), (term.operand, "<=", term.high)]
        tests = []
        for known, operator, value in compared:
            if not isinstance(known, ColumnName) or not (name := self._own(known, source)):
                return []
            column, number = self.findings.fields[known].column, _number(value)
            if number is None or column.is_array:
                return []
            if column.datatype in _FLOATS:
                if isinstance(number, int) and abs(number) > _EXACT:
                    return []
            elif column.datatype not in WHOLE_NUMBERS:
                return []
            tests.append(Test(name, operator, number))
        return tests


def _number(value: Value) -> int | float | None:
    """A number as it is written, None for anything else."""
    if isinstance(value, Negative) and isinstance(value.operand, Number):
        return -value.operand.value
    return value.value if isinstance(value, Number) else None
