"""Geometry → plain arithmetic and ranges of HEALPix cells.

No geometry function reaches an engine. A distance is the haversine formula; a cone around a fixed
place is in addition a few ranges of the column that holds each row's HEALPix cell (`covers`), which
the engine answers from the order of the rows.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from datalab_backend.adql.build import all_of, cast, column, number, operation
from datalab_backend.adql.checked import Findings
from datalab_backend.adql.constants import constant
from datalab_backend.adql.scope import Source
from datalab_backend.adql.tree import (
    Arithmetic,
    Between,
    Call,
    ColumnName,
    Comparison,
    Number,
    Value,
)
from datalab_backend.adql.types import Family, family
from datalab_backend.metadata import DataType

HALF_DEGREE = math.pi / 360
"""Radians in half a degree: the haversine formula takes half angles."""
_DEC_SLACK = 1e-9
"""Degrees by which a band of declination is widened against rounding."""

MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
"""What a comparison is when its sides are exchanged."""


@dataclass(frozen=True, slots=True)
class Angle:
    """A coordinate or radius in degrees, and its number when it is the same in every row."""

    value: exp.Expression
    constant: float | None = None
    field: tuple[str, str] | None = None

    @property
    def node(self) -> exp.Expression:
        """The engine's expression; made anew for each place that it stands in."""
        if self.constant is not None:
            return number(self.constant)
        if self.field is not None and isinstance(self.value, exp.Column):
            return column(*self.field)  # which is quicker than a copy
        return self.value.copy()


@dataclass(frozen=True, slots=True)
class Position:
    """A place on the sky."""

    lon: Angle
    lat: Angle


@dataclass(frozen=True, slots=True)
class Cone:
    """A condition that two positions are near each other, or (not `inside`) that they are not.

    Positions at exactly the radius are near when the `edge` belongs to the cone. `meeting` writes
    what else holds for those that are near, when a join has laid them on a grid.
    """

    one: Position
    other: Position
    radius: Angle
    edge: bool
    inside: bool = True
    meeting: Callable[[], exp.Expression] | None = None


class GeometryTranslator(ABC):
    """Lowers what has to do with the sky."""

    findings: Findings
    _tables: dict[str, Source]

    @abstractmethod
    def value(self, node: Value) -> exp.Expression:
        """Translate a value."""

    # Values

    def geometry(self, call: Call) -> exp.Expression:
        """Translate a call of a geometry function that stands for a value."""
        match call.function.name:
            case "POINT":
                position = self._position(call)
                return whole_shape([position.lon, position.lat])
            case "CIRCLE":
                center, radius = self._circle(call)
                return whole_shape([center.lon, center.lat, radius])
            case "DISTANCE":
                return distance(*self._ends(call))
        raise TypeError(call)

    # Conditions

    def cone(self, node: Comparison) -> Cone | None:
        """The cone that a comparison asks for, None when it asks for something else."""
        for known, operator, value in (
            (node.left, node.operator, node.right),
            (node.right, MIRRORED[node.operator], node.left),
        ):
            if isinstance(known, Call) and self._is_cone(known) and operator in ("=", "<>"):
                if isinstance(value, Number) and value.value in (0, 1):
                    return self._containment(known, (value.value == 1) == (operator == "="))
            elif operator in ("<", "<=", ">", ">=") and (found := _scaled_distance(known)):
                call, factor = found
                if (radius := self._radius(value, factor)) is not None:
                    # The rows outside are those that are not inside: > is the opposite of <=.
                    inside, edge = operator in ("<", "<="), operator in ("<=", ">")
                    return Cone(*self._ends(call), radius, edge, inside)
        return None

    def near(self, cone: Cone, required: bool) -> exp.Expression:
        """Translate a cone.

        Parameters
        ----------
        cone
            The condition.
        required
            Whether only rows that meet the condition are wanted at this place, so that a
            necessary condition may be added to it; not so below NOT.
        """
        exact = near(cone)
        if not cone.inside:
            return exp.Not(this=exp.Paren(this=exact))
        if not required:
            return exact
        return all_of([*self._necessary(cone), exact])

    def within_reach(self, node: Between) -> list[exp.Expression]:
        """What ``DISTANCE(…) BETWEEN low AND high`` requires besides, for an engine to find."""
        if not isinstance(node.operand, Call) or node.operand.function.name != "DISTANCE":
            return []
        return self._necessary(Cone(*self._ends(node.operand), self._angle(node.high), edge=True))

    def _necessary(self, cone: Cone) -> list[exp.Expression]:
        """What every row in a cone has in common, and an engine finds fast."""
        if cone.meeting is not None:
            return [cone.meeting()]
        radius = cone.radius.constant
        if radius is None or radius < 0:
            return []
        if not all(_varies(place) for place in (cone.one, cone.other)):
            return []
        # Both places vary. Two inequalities let an engine sort by declination where it would
        # otherwise compare every row with every other.
        dec, limit = cone.one.lat.node, number(radius + _DEC_SLACK)
        low = operation(exp.Sub, cone.other.lat.node, limit)
        high = operation(exp.Add, cone.other.lat.node, limit.copy())
        return [
            exp.GTE(this=dec, expression=low),
            exp.LTE(this=dec.copy(), expression=high),
        ]

    def _cells(self, rows: Position) -> tuple[str, str] | None:
        """The column with the HEALPix cells of positions, when a table has one."""
        if rows.lon.field is None or rows.lat.field is None:
            return None
        source = self._tables.get(rows.lon.field[0])
        if source is None or source.table is None or rows.lat.field[0] != source.name:
            return None
        table = source.table
        if table.healpix is None or table.position != (rows.lon.field[1], rows.lat.field[1]):
            return None
        return source.name, table.healpix

    # Parts

    def _angle(self, node: Value) -> Angle:
        fixed = constant(node)
        if fixed is not None:
            return Angle(number(fixed), fixed)
        value = self.value(node)
        if self.findings.types[node] is not DataType.DOUBLE:
            value = cast(value, DataType.DOUBLE)
        place = None
        if isinstance(node, ColumnName) and len(places := self.findings.fields[node].places) == 1:
            place = places[0]
        return Angle(value, field=place)

    def _radius(self, node: Value, factor: float) -> Angle | None:
        """The radius when a distance times a factor is compared with a value."""
        if factor == 1:
            return self._angle(node)
        fixed = constant(node)
        if fixed is None or not math.isfinite(fixed / factor):
            return None
        return Angle(number(fixed / factor), fixed / factor)

    def _position(self, node: Value) -> Position:
        if isinstance(node, Call) and node.function.name == "POINT":
            lon, lat = self._arguments(node)
            return Position(self._angle(lon), self._angle(lat))
        if isinstance(node, Call) and node.function.name == "CENTROID":
            inner = node.arguments[0]
            if self.findings.types[inner] is DataType.POINT:
                return self._position(inner)
            if self.findings.types[inner] is DataType.CIRCLE:
                return self._circle(inner)[0]
        return Position(*self._parts(node, 2))

    def _circle(self, node: Value) -> tuple[Position, Angle]:
        if not (isinstance(node, Call) and node.function.name == "CIRCLE"):
            lon, lat, radius = self._parts(node, 3)
            return Position(lon, lat), radius
        arguments = self._arguments(node)
        if len(arguments) == 2:
            return self._position(arguments[0]), self._angle(arguments[1])
        lon, lat, radius = map(self._angle, arguments)
        return Position(lon, lat), radius

    def _is_cone(self, call: Call) -> bool:
        """Whether a call asks if a point is in a circle."""
        shapes = [self.findings.types[argument] for argument in call.arguments]
        return (
            call.function.name in ("CONTAINS", "INTERSECTS")
            and DataType.POINT in shapes
            and DataType.CIRCLE in shapes
        )

    def _containment(self, call: Call, inside: bool = True) -> Cone:
        point, circle = call.arguments
        if self.findings.types[circle] is DataType.POINT:
            point, circle = circle, point
        center, radius = self._circle(circle)
        return Cone(self._position(point), center, radius, edge=True, inside=inside)

    def _ends(self, call: Call) -> tuple[Position, Position]:
        if len(call.arguments) == 2:
            one, other = call.arguments
            return self._position(one), self._position(other)
        lon1, lat1, lon2, lat2 = map(self._angle, call.arguments)
        return Position(lon1, lat1), Position(lon2, lat2)

    def _arguments(self, call: Call) -> tuple[Value, ...]:
        """The arguments without the coordinate system, which says ICRS or nothing."""
        first = self.findings.types[call.arguments[0]]
        return call.arguments[1:] if family(first) is Family.TEXT else call.arguments

    def _parts(self, node: Value, count: int) -> list[Angle]:
        """The numbers of a point or circle that another query computed."""
        value = self.value(node)
        return [
            Angle(exp.Anonymous(this="LIST_EXTRACT", expressions=[value.copy(), number(i)]))
            for i in range(1, count + 1)
        ]


def _scaled_distance(node: Value) -> tuple[Call, float] | None:
    """A distance, and by what it is multiplied, as for arcseconds; None for anything else."""
    if isinstance(node, Call):
        return (node, 1.0) if node.function.name == "DISTANCE" else None
    if not isinstance(node, Arithmetic) or node.operator not in ("*", "/"):
        return None
    one, other = node.left, node.right
    if node.operator == "*" and constant(one) is not None:
        one, other = other, one
    found, by = _scaled_distance(one), constant(other)
    # A factor that is not above 0 turns the comparison around, or makes it say nothing.
    if found is None or by is None or by <= 0:
        return None
    factor = found[1] * by if node.operator == "*" else found[1] / by
    return (found[0], factor) if 0 < factor < math.inf else None


def _varies(place: Position) -> bool:
    return place.lon.constant is None or place.lat.constant is None


def _haversine(one: Position, other: Position) -> exp.Expression:
    """The square of the sine of half the distance.

    Written with products, for ``x * x`` is faster than a power.
    """
    cosines = exp.Mul(this=_cosine(one.lat), expression=_cosine(other.lat))
    across = exp.Mul(this=cosines, expression=_half_sine_squared(one.lon, other.lon))
    return exp.Add(this=_half_sine_squared(one.lat, other.lat), expression=across)


def _half_sine_squared(one: Angle, other: Angle) -> exp.Expression:
    def half_sine() -> exp.Expression:
        difference = exp.Paren(this=operation(exp.Sub, one.node, other.node))
        return exp.Sin(this=exp.Mul(this=difference, expression=number(HALF_DEGREE)))

    return exp.Paren(this=exp.Mul(this=half_sine(), expression=half_sine()))


def _cosine(angle: Angle) -> exp.Expression:
    if angle.constant is not None:
        return number(math.cos(math.radians(angle.constant)))
    return exp.Cos(this=exp.Radians(this=angle.node))


def whole_shape(angles: Sequence[Angle]) -> exp.Expression:
    """The list of the numbers of a shape, NULL when one of them is: a shape without it is none."""
    numbers = exp.Array(expressions=[angle.node for angle in angles])
    varying = [angle.node for angle in angles if angle.constant is None]
    if not varying:
        return numbers
    known = all_of([exp.Not(this=operation(exp.Is, n, exp.Null())) for n in varying])
    return exp.Case(ifs=[exp.If(this=known, true=numbers)])


def distance(one: Position, other: Position) -> exp.Expression:
    """The distance in degrees, right from 0 to 180, and NULL when a coordinate is."""
    # ATAN2, since ASIN of a number that rounding has brought above 1 is not a number.
    sine = exp.Sqrt(this=_haversine(one, other))
    rest = exp.Sub(this=number(1.0), expression=exp.Paren(this=_haversine(one, other)))
    cosine = exp.Sqrt(this=exp.Abs(this=rest))
    half = exp.Atan2(this=sine, expression=cosine)
    return exp.Div(this=half, expression=number(HALF_DEGREE))


def near(cone: Cone) -> exp.Expression:
    """Whether two positions are within a radius of each other, exactly."""
    comparison: type[exp.Expression] = exp.LTE if cone.edge else exp.LT
    radius = cone.radius.constant
    if radius is None or radius < 0:
        return comparison(this=distance(cone.one, cone.other), expression=cone.radius.node)
    limit = number(haversine_limit(radius))
    return comparison(this=_haversine(cone.one, cone.other), expression=limit)


def haversine_limit(radius: float) -> float:
    """The square of the sine of half a radius in degrees.

    Of two such squares the larger belongs to the larger distance, so that no arc has to be
    computed; beyond 180° lies everything.
    """
    return math.sin(radius * HALF_DEGREE) ** 2 if radius < 180 else 2.0
