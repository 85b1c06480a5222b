"""Formulas of the sphere, as an engine computes them for values that differ from row to row.

Each function gives stock sqlglot nodes, read once from a text that stands here and filled in with
the translated values. Places are unit vectors, which have no poles and no seam at 0h, and polygons
are the lists of DALI: longitude and latitude of each corner in turn, in degrees. A polygon lies in
the half of the sky around the mean of its corners, and its edges are great circles.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from datalab_backend.adql.templates import filled, named
from datalab_backend.metadata import DataType

_ROUNDING = "4e-16"
"""What products of unit vectors are off by: a place so near to an edge is on it."""


def polygon_contains_point(
    polygon: exp.Expression, lon: exp.Expression, lat: exp.Expression
) -> exp.Expression:
    """Whether a place is in a polygon or on its edge."""
    return filled(_place_and_polygon(_in("h.p", "h.e")), v=polygon, lon=lon, lat=lat)


def polygon_contains_circle(
    polygon: exp.Expression, lon: exp.Expression, lat: exp.Expression, radius: exp.Expression
) -> exp.Expression:
    """Whether a circle is wholly in a polygon."""
    test = f"{_in('h.p', 'h.e')} AND {_to_edges('h.p', 'h.e')} >= h.r"
    return filled(_circle_and_polygon(test), v=polygon, lon=lon, lat=lat, r=radius)


def circle_contains_polygon(
    lon: exp.Expression, lat: exp.Expression, radius: exp.Expression, polygon: exp.Expression
) -> exp.Expression:
    """Whether a polygon is wholly in a circle."""
    # A circle of up to 90 degrees holds what it holds the corners of. The sky outside a wider one
    # is a circle around the opposite place, which the polygon must not reach.
    corners = f"LIST_MAX(LIST_TRANSFORM(h.e, LAMBDA e : {_arc('h.p', 'e.a')})) <= h.r"
    away = "ARRAY_VALUE(-h.p[1], -h.p[2], -h.p[3])"
    apart = f"NOT {_in('o.p', 'o.e')} AND {_to_edges('o.p', 'o.e')} >= PI() - o.r"
    opposite = named(f"{{'p': {away}, 'e': h.e, 'r': h.r}}", "o", apart)
    test = f"CASE WHEN h.r <= PI() / 2 THEN {corners} ELSE {opposite} END"
    return filled(_circle_and_polygon(test), v=polygon, lon=lon, lat=lat, r=radius)


def circle_meets_polygon(
    lon: exp.Expression, lat: exp.Expression, radius: exp.Expression, polygon: exp.Expression
) -> exp.Expression:
    """Whether a circle and a polygon have a place in common."""
    test = f"{_in('h.p', 'h.e')} OR {_to_edges('h.p', 'h.e')} <= h.r"
    return filled(_circle_and_polygon(test), v=polygon, lon=lon, lat=lat, r=radius)


def polygon_contains_polygon(outer: exp.Expression, inner: exp.Expression) -> exp.Expression:
    """Whether a polygon is wholly in another."""
    corners = f"LIST_BOOL_AND(LIST_TRANSFORM(h.b, LAMBDA k : {_in('k.a', 'h.a')}))"
    return filled(_two_polygons(f"{corners} AND NOT {_crossing('h.a', 'h.b')}"), v=outer, w=inner)


def polygon_meets_polygon(one: exp.Expression, other: exp.Expression) -> exp.Expression:
    """Whether two polygons have a place in common."""
    corners = " OR ".join(
        f"LIST_BOOL_OR(LIST_TRANSFORM(h.{b}, LAMBDA k : {_in('k.a', f'h.{a}')}))"
        for a, b in ("ab", "ba")
    )
    return filled(_two_polygons(f"{corners} OR {_crossing('h.a', 'h.b')}"), v=one, w=other)


def polygon_area(polygon: exp.Expression) -> exp.Expression:
    """The area of a polygon in square degrees."""
    # Triangles from the first corner, by the formula of Eriksson (1990, Mathematics Magazine 63,
    # 184); what a dent of the polygon counts too much, another triangle counts negative.
    corner = "h.e[1].a"
    volume = _dot(corner, _cross(_minus("e.a", corner), _minus("e.b", corner)))
    sides = f"1 + {_dot(corner, 'e.a')} + {_dot('e.a', 'e.b')} + {_dot('e.b', corner)}"
    triangles = f"LIST_SUM(LIST_TRANSFORM(h.e, LAMBDA e : 2 * ATAN2({volume}, {sides})))"
    area = f"DEGREES(DEGREES(ABS({triangles})))"
    return filled(_one_polygon(area), v=polygon)


def polygon_centroid(polygon: exp.Expression) -> exp.Expression:
    """The centroid of a polygon's area, as a list of longitude and latitude in degrees."""
    # The integral of the position over the area is half the sum of the normals of the edges, each
    # as long as its arc (Brock 1975, J. Appl. Meteor. 14, 1206). Taken from the first corner, the
    # sum keeps its digits in polygons of arcseconds.
    corner = "h.e[1].a"
    normal = _cross(_minus("e.a", corner), _minus("e.b", corner))
    arc = _arc("e.a", "e.b")
    stretch = f"COALESCE({arc} / NULLIF(SIN({arc}), 0) - 1, 0)"
    parts = ", ".join(
        f"LIST_SUM(LIST_TRANSFORM(h.n, LAMBDA n : n.d[{i}] + n.s * n.c[{i}]))" for i in (1, 2, 3)
    )
    edge = f"{{'d': {normal}, 'c': {_cross('e.a', 'e.b')}, 's': {stretch}}}"
    side = f"LIST_SUM(LIST_TRANSFORM(m.e, LAMBDA e : {_dot('m.n', 'e.a')}))"
    signed = f"{{'n': m.n, 's': CASE WHEN {side} < 0 THEN -1 ELSE 1 END}}"
    lonlat = _lonlat("f.s * f.n[1]", "f.s * f.n[2]", "f.s * f.n[3]")
    text = named(f"{{'n': ARRAY_VALUE({parts}), 'e': h.e}}", "m", named(signed, "f", lonlat))
    edges = f"LIST_TRANSFORM(h.e, LAMBDA e : {edge})"
    return filled(_one_polygon(named(f"{{'e': h.e, 'n': {edges}}}", "h", text)), v=polygon)


def box(
    lon: exp.Expression, lat: exp.Expression, width: exp.Expression, height: exp.Expression
) -> exp.Expression:
    """The polygon of a box (ADQL 2.1, section 4.2.10)."""
    # In the plane that touches the sphere at the centre, great circles are straight lines.
    corners = []
    for x, y in (("+", "-"), ("+", "+"), ("-", "+"), ("-", "-")):
        east, north = f"({x}1 * g.x)", f"({y}1 * g.y)"
        radial = f"(COS(g.d) - {north} * SIN(g.d))"
        up = f"(SIN(g.d) + {north} * COS(g.d))"
        corners.append(f"{_turned(f'g.a + DEGREES(ATAN2({east}, {radial}))')}")
        corners.append(f"DEGREES(ATAN2({up}, SQRT({radial} * {radial} + {east} * {east})))")
    centre = "{'a': :lon, 'd': RADIANS(:lat), 'x': TAN(RADIANS(:w) / 2), 'y': TAN(RADIANS(:h) / 2)}"
    text = named(centre, "g", _known("g.a g.d g.x g.y", f"[{', '.join(corners)}]"))
    return filled(text, lon=lon, lat=lat, w=width, h=height)


def turned(
    shape: exp.Expression, matrix: Sequence[Sequence[float]], is_circle: bool
) -> exp.Expression:
    """A shape in another frame: its places multiplied by the matrix of a rotation."""
    vector = ", ".join(
        " + ".join(f"({x!r}) * p.u[{i}]" for i, x in enumerate(row, 1)) for row in matrix
    )
    place = named(f"{{'u': {_unit('g.s[i]', 'g.s[i + 1]')}}}", "p", f"[{vector}]")
    lonlat = named(f"{{'v': {place}}}", "q", _lonlat("q.v[1]", "q.v[2]", "q.v[3]"))
    last = "2" if is_circle else "LEN(g.s)"
    places = f"FLATTEN(LIST_TRANSFORM(GENERATE_SERIES(1, {last} - 1, 2), LAMBDA i : {lonlat}))"
    if is_circle:
        places = f"LIST_CONCAT({places}, [g.s[3]])"
    known = f"CASE WHEN LIST_COUNT(g.s) = LEN(g.s) THEN {places} END"
    return filled(named("{'s': CAST(:s AS DOUBLE[])}", "g", known), s=shape)


def nothing() -> exp.Expression:
    """NULL as a shape."""
    return filled("CAST(NULL AS DOUBLE[])")


def shape_of_text(text: exp.Expression, datatype: DataType) -> exp.Expression:
    """The numbers of a DALI text such as ``10.5 -20 0.5``, NULL when it is no such shape."""
    counts = {DataType.POINT: "= 2", DataType.CIRCLE: "= 3", DataType.POLYGON: "> 5"}
    right = f"LIST_COUNT(g.n) = LEN(g.n) AND LEN(g.n) {counts[datatype]}"
    if datatype is DataType.POLYGON:
        right += " AND LEN(g.n) % 2 = 0"
    words = "STRING_SPLIT_REGEX(TRIM(:t), '[ \\t\\n\\r]+')"
    numbers = f"{{'n': TRY_CAST({words} AS DOUBLE[])}}"
    return filled(named(numbers, "g", f"CASE WHEN {right} THEN g.n END"), t=text)


# Texts


def _known(names: str, text: str) -> str:
    """A text that is NULL when one of some values is."""
    return f"CASE WHEN {' AND '.join(f'{n} IS NOT NULL' for n in names.split())} THEN {text} END"


def _one_polygon(text: str) -> str:
    edges = named(f"{{'e': {_edges('g.v')}}}", "h", text)
    return named("{'v': :v}", "g", _known("g.v", edges))


def _two_polygons(text: str) -> str:
    edges = f"{{'a': {_edges('g.v')}, 'b': {_edges('g.w')}}}"
    return named("{'v': :v, 'w': :w}", "g", _known("g.v g.w", named(edges, "h", text)))


def _place_and_polygon(text: str) -> str:
    both = f"{{'p': {_unit(':lon', ':lat')}, 'v': :v}}"
    edges = named(f"{{'p': g.p, 'e': {_edges('g.v')}}}", "h", text)
    return named(both, "g", _known("g.p g.v", edges))


def _circle_and_polygon(text: str) -> str:
    both = f"{{'p': {_unit(':lon', ':lat')}, 'r': RADIANS(:r), 'v': :v}}"
    edges = named(f"{{'p': g.p, 'r': g.r, 'e': {_edges('g.v')}}}", "h", text)
    return named(both, "g", _known("g.p g.r g.v", edges))


def _unit(lon: str, lat: str) -> str:
    a, d = f"RADIANS({lon})", f"RADIANS({lat})"
    vector = f"ARRAY_VALUE(COS({d}) * COS({a}), COS({d}) * SIN({a}), SIN({d}))"
    return f"CASE WHEN {lon} + {lat} IS NOT NULL THEN {vector} END"


def _edges(v: str) -> str:
    """The edges of a polygon, each from a corner `a` to the next one, `b`."""
    a = _unit(f"{v}[i]", f"{v}[i + 1]")
    b = _unit(f"{v}[(i + 1) % LEN({v}) + 1]", f"{v}[(i + 2) % LEN({v}) + 1]")
    steps = f"GENERATE_SERIES(1, LEN({v}) - 1, 2)"
    return f"LIST_TRANSFORM({steps}, LAMBDA i : {{'a': {a}, 'b': {b}}})"


def _dot(a: str, b: str) -> str:
    return f"ARRAY_INNER_PRODUCT({a}, {b})"


def _cross(a: str, b: str) -> str:
    return f"ARRAY_CROSS_PRODUCT({a}, {b})"


def _length(a: str) -> str:
    return f"SQRT({_dot(a, a)})"


def _minus(a: str, b: str) -> str:
    return f"ARRAY_VALUE({', '.join(f'{a}[{i}] - {b}[{i}]' for i in (1, 2, 3))})"


def _arc(a: str, b: str) -> str:
    return f"(2 * ASIN(LEAST(1, ARRAY_DISTANCE({a}, {b}) / 2)))"


def _in(p: str, edges: str) -> str:
    """Whether a place is in a polygon: whether the edges, seen from it, go all around it."""
    seen = f"{{'a': {_minus('e.a', p)}, 'b': {_minus('e.b', p)}}}"
    across = _dot(p, _cross("d.a", "d.b"))
    along = f"{_dot('d.a', 'd.b')} - {_dot(p, 'd.a')} * {_dot(p, 'd.b')}"
    angles = (
        f"LIST_TRANSFORM(LIST_TRANSFORM({edges}, LAMBDA e : {seen}), "
        f"LAMBDA d : {{'s': {across}, 'c': {along}}})"
    )
    opposite = f"-LIST_SUM(LIST_TRANSFORM({edges}, LAMBDA e : {_dot('e.a', p)}))"
    around = "ABS(LIST_SUM(LIST_TRANSFORM(q.t, LAMBDA s : ATAN2(s.s, s.c)))) > 3"
    on = f"ABS(s.s) <= {_ROUNDING} AND s.c <= {_ROUNDING}"
    on_edge = f"LIST_BOOL_OR(LIST_TRANSFORM(q.t, LAMBDA s : {on}))"
    # What is not a number is above any other in DuckDB: it has to end on the wrong side of a <.
    bound = f"{{'t': {angles}, 'h': {opposite}}}"
    return f"({named(bound, 'q', f'q.h < 0 AND ({around} OR {on_edge})')})"


def _to_edges(p: str, edges: str) -> str:
    """The distance of a place from the nearest edge, in radians."""
    foot = (
        f"{_dot(p, 'e.b')} > {_dot('e.a', 'e.b')} * {_dot(p, 'e.a')} "
        f"AND {_dot(p, 'e.a')} > {_dot('e.a', 'e.b')} * {_dot(p, 'e.b')}"
    )
    normal = _cross("e.a", _minus("e.b", "e.a"))
    to_line = f"ASIN(LEAST(1, ABS({_dot(p, normal)}) / {_length(normal)}))"
    to_corners = f"LEAST({_arc(p, 'e.a')}, {_arc(p, 'e.b')})"
    nearest = f"CASE WHEN {foot} AND {_length(normal)} > 0 THEN {to_line} ELSE {to_corners} END"
    return f"LIST_MIN(LIST_TRANSFORM({edges}, LAMBDA e : {nearest}))"


def _crossing(one: str, other: str) -> str:
    """Whether an edge of a polygon goes through one of another."""
    # Two arcs cross when all these triangles turn the same way.
    circuit = ("e.a", "f.a", "e.b", "f.b", "e.a", "f.a")
    turns = zip(circuit, circuit[1:], circuit[2:], strict=False)
    volumes = ", ".join(_dot(a, _cross(_minus(b, a), _minus(c, a))) for a, b, c in turns)
    same = f"LIST_MIN(x) > {_ROUNDING} OR LIST_MAX(x) < -{_ROUNDING}"
    crossed = f"LIST_TRANSFORM({other}, LAMBDA f : {named(f'[{volumes}]', 'x', same)})"
    return f"LIST_BOOL_OR(LIST_TRANSFORM({one}, LAMBDA e : LIST_BOOL_OR({crossed})))"


def _turned(lon: str) -> str:
    """A longitude from 0 to 360."""
    return f"(({lon}) - 360 * FLOOR(({lon}) / 360))"


def _lonlat(x: str, y: str, z: str) -> str:
    lon = _turned(f"DEGREES(ATAN2({y}, {x}))")
    return f"[{lon}, DEGREES(ATAN2({z}, SQRT({x} * {x} + {y} * {y})))]"
