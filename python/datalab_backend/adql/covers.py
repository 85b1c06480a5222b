"""Which part of the sky a condition is about, as ranges that an engine finds in its rows' order.

Conditions joined by AND, OR and NOT are areas cut with, added to and taken from one another. Of
what comes out, a few ranges of HEALPix cells are asked for besides the condition itself.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

from datalab_backend.adql.build import all_of, any_of, column, number
from datalab_backend.adql.geometry import Cone
from datalab_backend.adql.healpix import Cells, cone_cells, few_ranges, polygon_cells
from datalab_backend.adql.regions import RegionTranslator
from datalab_backend.adql.tree import And, Between, Call, Comparison, Condition, Not, Number, Or
from datalab_backend.adql.types import Family

_MOST = 0.5
"""Part of the sky; in the order of the sky, more is read as fast without looking up where."""

Place: TypeAlias = tuple[str, str]
"""A source, and its column with the cells of its rows."""


@dataclass(frozen=True, slots=True)
class Cover:
    """An area outside which no row meets a condition.

    Attributes
    ----------
    cells
        The area.
    nowhere
        Whether rows without a position may meet the condition, too.
    """

    cells: Cells
    nowhere: bool

    def __and__(self, other: Cover) -> Cover:
        return Cover(self.cells.intersection(other.cells), self.nowhere and other.nowhere)

    def __or__(self, other: Cover) -> Cover:
        return Cover(self.cells.union(other.cells), self.nowhere or other.nowhere)


class CoverTranslator(RegionTranslator):
    """Finds the areas of conditions."""

    def __init__(self) -> None:
        # About how many rows of a source are asked for, where that is known.
        self.expected: dict[str, float] = {}
        # The runs of cells in which the rows of a source must be.
        self.ranges: dict[Place, list[tuple[int, int]]] = {}

    @abstractmethod
    def condition(self, node: Condition, required: bool = False) -> exp.Expression:
        """Translate a condition; `required` as for `near`."""

    def filtering(self, condition: Condition) -> exp.Expression:
        """Translate a condition that all rows must meet, with what an engine finds fast."""
        ranges = self.within(self.covers(condition))
        return all_of([*ranges, self.condition(condition, required=True)])

    def covers(self, node: Condition | None, inside: bool = True) -> dict[Place, Cover]:
        """The areas of the sources that a condition is about.

        Parameters
        ----------
        node
            The condition.
        inside
            Whether it has to hold, or else not to.
        """
        match node:
            case And(operands=operands) | Or(operands=operands):
                first, *others = (self.covers(operand, inside) for operand in operands)
                for other in others:
                    first = (
                        _both(first, other)
                        if isinstance(node, And) == inside
                        else _any(first, other)
                    )
                return first
            case Not(operand=operand):
                return self.covers(operand, not inside)
            case Comparison():
                cone = self.cone(node)
                return self._cone(cone, inside) if cone else self._region(node, inside)
            case Between(operand=Call() as call, high=high, negated=negated):
                if call.function.name == "DISTANCE" and inside and not negated:
                    cone = Cone(*self._ends(call), self._angle(high), edge=True)
                    return self._cone(cone, inside)
        return {}

    def within(self, covers: Mapping[Place, Cover]) -> list[exp.Expression]:
        """Whether the rows of sources are in their areas, for those areas that are small."""
        conditions = []
        for place, cover in covers.items():
            if cover.cells.sky_fraction <= _MOST:
                table = self._tables[place[0]].table
                rows = None if table is None else table.rows
                if rows is not None:
                    self.expected[place[0]] = rows * cover.cells.sky_fraction
                ranges = few_ranges(cover.cells, rows)
                if not cover.nowhere:
                    self.ranges[place] = ranges
                conditions.append(any_of(_among(column(*place), ranges, cover.nowhere)))
        return conditions

    def _cone(self, cone: Cone, inside: bool) -> dict[Place, Cover]:
        radius = cone.radius.constant
        if radius is None or radius < 0:
            return {}
        for center, rows in ((cone.one, cone.other), (cone.other, cone.one)):
            lon, lat, place = center.lon.constant, center.lat.constant, self._cells(rows)
            if lon is not None and lat is not None and abs(lat) <= 90 and place:
                wanted = cone.inside == inside
                return _cover(place, cone_cells(lon, lat, radius, wanted), not wanted)
        return {}

    def _region(self, node: Comparison, inside: bool) -> dict[Place, Cover]:
        """The area of ``1 = CONTAINS(POINT(…), POLYGON(…))`` or ``MOC(…)``."""
        for call, right in ((node.left, node.right), (node.right, node.left)):
            if not isinstance(call, Call) or call.function.name not in ("CONTAINS", "INTERSECTS"):
                continue
            shapes = {self._shape(argument): argument for argument in call.arguments}
            if not isinstance(right, Number) or right.value not in (0, 1):
                continue
            if node.operator not in ("=", "<>") or Family.POINT not in shapes:
                continue
            place = self._cells(self._position(shapes[Family.POINT]))
            area = shapes.get(Family.POLYGON)
            wanted = (right.value == (node.operator == "=")) == inside
            if place and isinstance(area, Call) and area in self.findings.mocs:
                cells = self.findings.mocs[area]
                return _cover(place, cells if wanted else cells.complement(), not wanted)
            if place and (fixed := self.fixed_polygon(area)):
                return _cover(place, polygon_cells(fixed, wanted), not wanted)
        return {}


def _among(
    cell: exp.Expression, ranges: Sequence[tuple[int, int]], nowhere: bool
) -> list[exp.Expression]:
    conditions: list[exp.Expression] = [
        exp.Between(this=cell.copy(), low=number(first), high=number(last))
        for first, last in ranges
    ]
    if nowhere:
        conditions += [
            exp.Is(this=cell.copy(), expression=exp.Null()),
            exp.LT(this=cell.copy(), expression=number(0)),
        ]
    return conditions or [exp.Boolean(this=False)]


def _cover(place: Place, cells: Cells | None, nowhere: bool) -> dict[Place, Cover]:
    return {} if cells is None else {place: Cover(cells, nowhere)}


def _both(one: Mapping[Place, Cover], other: Mapping[Place, Cover]) -> dict[Place, Cover]:
    shared = {place: one[place] & other[place] for place in one.keys() & other.keys()}
    return {**one, **other, **shared}


def _any(one: Mapping[Place, Cover], other: Mapping[Place, Cover]) -> dict[Place, Cover]:
    return {place: one[place] | other[place] for place in one.keys() & other.keys()}
