"""Circles, boxes and polygons: how they lie to one another, their areas and centres."""

from __future__ import annotations

import math

from sqlglot import exp

from datalab_backend.adql import sphere
from datalab_backend.adql.build import all_of, cast, column, number, operation
from datalab_backend.adql.constants import constant
from datalab_backend.adql.frames import rotation
from datalab_backend.adql.geometry import (
    HALF_DEGREE,
    Angle,
    Cone,
    GeometryTranslator,
    Position,
    distance,
    near,
    whole_shape,
)
from datalab_backend.adql.mocs import is_in
from datalab_backend.adql.polygons import Polygon, box, polygon
from datalab_backend.adql.tree import Call, Text, Value
from datalab_backend.adql.types import Family, family
from datalab_backend.adql.udfs import healpix_index
from datalab_backend.metadata import DataType

_BOUNDARY = 1e-15
"""What the sine of an angle is off by: a place so far outside of an edge is on it."""


class RegionTranslator(GeometryTranslator):
    """Lowers what has to do with areas on the sky."""

    def geometry(self, call: Call) -> exp.Expression:
        """Translate a call of a geometry function that stands for a value."""
        if Family.UNKNOWN in map(self._shape, call.arguments) and not call.function.frame:
            found = self.findings.types[call]
            datatype = found if isinstance(found, DataType) else DataType.DOUBLE
            return sphere.nothing() if datatype is DataType.POINT else cast(exp.Null(), datatype)
        match call.function.name:
            case "POLYGON" | "BOX":
                return self._polygon(call)
            case "CONTAINS":
                return cast(self._contains(*call.arguments), DataType.INTEGER)
            case "INTERSECTS":
                return cast(self._intersects(*call.arguments), DataType.INTEGER)
            case "AREA":
                return self._area(call.arguments[0])
            case "CENTROID" if self._shape(call.arguments[0]) is Family.POLYGON:
                return sphere.polygon_centroid(self._polygon(call.arguments[0]))
            case "CENTROID":
                center = self._position(call)
                return whole_shape([center.lon, center.lat])
            case "COORD1":
                return self._position(call.arguments[0]).lon.node
            case "COORD2":
                return self._position(call.arguments[0]).lat.node
            case "IVO_HEALPIX_INDEX":
                return self._healpix_index(*call.arguments)
            case "IVO_GEOM_TRANSFORM":
                return self._transformed(call)
            case "COORDSYS":
                return exp.Literal.string("ICRS")
        return super().geometry(call)

    def fixed_polygon(self, node: Value | None) -> Polygon | None:
        """The polygon or box that a value is in every row, None when it depends on the row."""
        if not isinstance(node, Call) or node.function.name not in ("POLYGON", "BOX"):
            return None
        numbers = [angle.constant for angle in self._angles(node)]
        known = [n for n in numbers if n is not None]
        if len(known) < len(numbers):
            return None
        return box(*known) if node.function.name == "BOX" else polygon(known)

    # Relations

    def _contains(self, inner: Value, outer: Value) -> exp.Expression:
        match self._shape(inner), self._shape(outer):
            case Family.POINT, Family.CIRCLE:
                center, radius = self._circle(outer)
                return near(Cone(self._position(inner), center, radius, edge=True))
            case Family.POINT, Family.POLYGON:
                return self._point_in_polygon(self._position(inner), outer)
            case Family.CIRCLE, Family.CIRCLE:
                one, small = self._circle(inner)
                other, large = self._circle(outer)
                reach = operation(exp.Add, distance(one, other), small.node)
                return exp.LTE(this=reach, expression=large.node)
            case Family.CIRCLE, Family.POLYGON:
                return sphere.polygon_contains_circle(
                    self._polygon(outer), *self._circle_nodes(inner)
                )
            case Family.POLYGON, Family.CIRCLE:
                return sphere.circle_contains_polygon(
                    *self._circle_nodes(outer), self._polygon(inner)
                )
        return sphere.polygon_contains_polygon(self._polygon(outer), self._polygon(inner))

    def _intersects(self, one: Value, other: Value) -> exp.Expression:
        match self._shape(one), self._shape(other):
            case Family.POINT, _:
                return self._contains(one, other)
            case _, Family.POINT:
                return self._contains(other, one)
            case Family.CIRCLE, Family.CIRCLE:
                (center1, radius1), (center2, radius2) = map(self._circle, (one, other))
                reach = operation(exp.Add, radius1.node, radius2.node)
                return exp.LTE(this=distance(center1, center2), expression=reach)
            case Family.CIRCLE, Family.POLYGON:
                return sphere.circle_meets_polygon(*self._circle_nodes(one), self._polygon(other))
            case Family.POLYGON, Family.CIRCLE:
                return sphere.circle_meets_polygon(*self._circle_nodes(other), self._polygon(one))
        return sphere.polygon_meets_polygon(self._polygon(one), self._polygon(other))

    def _point_in_polygon(self, place: Position, outer: Value) -> exp.Expression:
        if isinstance(outer, Call) and outer in self.findings.mocs:
            return is_in(self.findings.mocs[outer], self._cell(place))
        fixed = self.fixed_polygon(outer)
        normals = fixed.inward_normals() if fixed else None
        if normals is None:
            return sphere.polygon_contains_point(
                self._polygon(outer), place.lon.node, place.lat.node
            )
        return all_of([_beside(place, normal) for normal in normals])

    def _cell(self, place: Position) -> exp.Expression:
        """The HEALPix cell of order 29 of a position."""
        if found := self._cells(place):
            return column(*found)
        return healpix_index(number(29), place.lon.node, place.lat.node)

    # Measures

    def _area(self, node: Value) -> exp.Expression:
        match self._shape(node):
            case Family.POLYGON:
                return sphere.polygon_area(self._polygon(node))
            case Family.CIRCLE:
                _, radius = self._circle(node)
                sine = exp.Sin(this=exp.Mul(this=radius.node, expression=number(HALF_DEGREE)))
                square = exp.Mul(this=sine, expression=sine.copy())
                whole_sky = number(4 * math.pi * math.degrees(1) ** 2)
                return exp.Mul(this=whole_sky, expression=exp.Paren(this=square))
        place = self._position(node)
        nowhere = operation(exp.Add, place.lon.node, place.lat.node)
        return exp.Mul(this=number(0.0), expression=exp.Paren(this=nowhere))

    # Functions of the catalogue

    def _healpix_index(self, order: Value, *place: Value) -> exp.Expression:
        if len(place) == 1:
            position = self._position(place[0])
        else:
            position = Position(*map(self._angle, place))
        depth, cells = constant(order), self._cells(position)
        if depth is None or cells is None:
            return healpix_index(self.value(order), position.lon.node, position.lat.node)
        # The rows know their cells: those of a lower order are the first digits of them.
        cell = column(*cells)
        found = exp.BitwiseRightShift(this=cell, expression=number(2 * (29 - int(depth))))
        known = exp.GTE(this=cell.copy(), expression=number(0))
        return exp.Case(ifs=[exp.If(this=known, true=found)])

    def _transformed(self, call: Call) -> exp.Expression:
        source, target, shape = call.arguments
        if not isinstance(source, Text) or not isinstance(target, Text):
            raise TypeError(call)
        value = self._polygon(shape)
        if source.value == target.value:
            return value
        matrix = rotation(source.value, target.value)
        return sphere.turned(value, matrix, is_circle=self._shape(shape) is Family.CIRCLE)

    # Parts

    def _shape(self, node: Value) -> Family:
        return family(self.findings.types[node])

    def _polygon(self, node: Value) -> exp.Expression:
        """The list of the numbers of a polygon."""
        if not isinstance(node, Call) or node.function.name not in ("POLYGON", "BOX"):
            return self.value(node)
        if fixed := self.fixed_polygon(node):
            return exp.Array(expressions=[number(n) for n in fixed.numbers])
        angles = self._angles(node)
        if node.function.name == "BOX":
            return sphere.box(*(angle.node for angle in angles))
        return whole_shape(angles)

    def _angles(self, node: Call) -> list[Angle]:
        """The numbers of the call of POLYGON or BOX; places count for two."""
        angles: list[Angle] = []
        for argument in self._arguments(node):
            if self._shape(argument) is Family.POINT:
                place = self._position(argument)
                angles += [place.lon, place.lat]
            else:
                angles.append(self._angle(argument))
        return angles

    def _circle_nodes(self, node: Value) -> tuple[exp.Expression, exp.Expression, exp.Expression]:
        center, radius = self._circle(node)
        return center.lon.node, center.lat.node, radius.node


def _beside(place: Position, normal: tuple[float, float, float]) -> exp.Expression:
    """Whether a place is on the inner side of an edge."""
    lon, lat = (exp.Radians(this=angle.node) for angle in (place.lon, place.lat))
    x, y, z = (number(-n) for n in normal)
    around = exp.Add(
        this=exp.Mul(this=x, expression=exp.Cos(this=lon)),
        expression=exp.Mul(this=y, expression=exp.Sin(this=lon.copy())),
    )
    outside = exp.Add(
        this=exp.Mul(this=exp.Cos(this=lat), expression=exp.Paren(this=around)),
        expression=exp.Mul(this=z, expression=exp.Sin(this=lat.copy())),
    )
    return exp.LTE(this=outside, expression=number(_BOUNDARY))
