"""Boxes and polygons hold exactly what lies in them, all over the sky."""

from __future__ import annotations

import math
from collections.abc import Callable

import duckdb
import numpy as np
import pytest
from datalab_backend.adql.healpix import MAX_RANGES, few_ranges, polygon_cells
from datalab_backend.adql.polygons import Polygon, box, polygon, unit_vectors
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .conftest import DEC, RA, distance, healpix, identifiers, sql

HAIR = 1e-9
"""Radians; nearer to an edge than this, rounding may decide either way."""

Corners = list[tuple[float, float]]


def around(lon: float, lat: float, offsets: list[tuple[float, float]]) -> Corners:
    """Places at some distances and angles (both in degrees) from another."""
    a, d = math.radians(lon), math.radians(lat)
    corners = []
    for far, angle in offsets:
        r, t = math.radians(far), math.radians(angle)
        sine = math.sin(d) * math.cos(r) + math.cos(d) * math.sin(r) * math.cos(t)
        y = math.sin(t) * math.sin(r) * math.cos(d)
        x = math.cos(r) - math.sin(d) * sine
        corners.append(
            (
                math.degrees(a + math.atan2(y, x)) % 360,
                math.degrees(math.asin(max(-1, min(1, sine)))),
            )
        )
    return corners


def inside(corners: Corners, ra: np.ndarray, dec: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which places are surely in a polygon, and which may be, by projecting it onto a plane.

    In the gnomonic projection great circles are straight: what counts is how often a ray crosses
    the edges. It shares nothing with the formulas of the engine.
    """
    places = unit_vectors(ra, dec)
    vertices = unit_vectors(*np.array(corners).T)
    c = vertices.sum(axis=0) / np.linalg.norm(vertices.sum(axis=0))
    e = np.cross([0.0, 0.0, 1.0] if abs(c[2]) < 0.9 else [1.0, 0.0, 0.0], c)
    e /= np.linalg.norm(e)
    n = np.cross(c, e)
    depth = places @ c
    with np.errstate(all="ignore"):
        x, y = places @ e / depth, places @ n / depth
        vx, vy = vertices @ e / (vertices @ c), vertices @ n / (vertices @ c)
        count = np.zeros(len(places), int)
        for (x1, y1), (x2, y2) in zip(
            zip(vx, vy, strict=True),
            zip(np.roll(vx, -1), np.roll(vy, -1), strict=True),
            strict=True,
        ):
            crosses = (y1 > y) != (y2 > y)
            count += crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    within = (depth > 0) & (count % 2 == 1)
    near = Polygon(tuple(corners)).distance_to_edges(places) < HAIR
    return within & ~near, within | near


places = st.one_of(
    st.sampled_from(sorted(zip(RA.tolist(), DEC.tolist(), strict=True))[::37]),
    st.tuples(st.floats(0, 360), st.floats(-90, 90)),
    st.sampled_from([(0.0, 0.0), (359.9, 10.0), (123.4, 90.0), (10.0, -90.0), (45.0, 41.8)]),
)
sizes = st.floats(-4, 1.8).map(lambda exponent: 10**exponent)
shapes = st.lists(st.floats(0.2, 1), min_size=3, max_size=7)


def star(place: tuple[float, float], size: float, shape: list[float]) -> Corners:
    """A polygon around a place, dented where the shape is."""
    steps = [360 * n / len(shape) for n in range(len(shape))]
    return around(*place, [(size * r, t) for r, t in zip(shape, steps, strict=True)])


def written(corners: Corners) -> str:
    return ", ".join(f"{number!r}" for corner in corners for number in corner)


@settings(max_examples=25)
@given(place=places, size=sizes, shape=shapes)
@example(place=(0.0, 90.0), size=50.0, shape=[1.0, 1.0, 1.0])
@example(place=(0.0, 0.0), size=20.0, shape=[1.0, 0.2, 1.0, 0.2, 1.0, 0.2])
@example(place=(359.9, -90.0), size=0.01, shape=[1.0, 1.0, 1.0, 1.0])
def test_a_polygon_finds_what_brute_force_finds(
    sky: duckdb.DuckDBPyConnection,
    place: tuple[float, float],
    size: float,
    shape: list[float],
):
    corners = star(place, size, shape)
    fixed = Polygon(tuple(corners))
    if not fixed.fits_in_half_the_sky():
        return
    sure, possible = (set(np.flatnonzero(found)) for found in inside(corners, RA, DEC))
    polygon_of_numbers = f"POLYGON({written(corners)})"
    points = ", ".join(f"POINT({lon!r}, {lat!r})" for lon, lat in corners)
    forms = [
        f"1 = CONTAINS(POINT(ra, dec), {polygon_of_numbers})",
        f"INTERSECTS(POLYGON('ICRS', {points}), POINT('ICRS', ra, dec)) = 1",
        # Where the engine does not know the polygon beforehand.
        f"CONTAINS(POINT(ra, dec), POLYGON({written(corners)}, {corners[0][0]!r}, "
        f"{corners[0][1]!r} + 0 * id)) = 1",
    ]
    for form in forms:
        found = set(identifiers(sky, form))
        assert sure <= found <= possible, form
    outside = set(identifiers(sky, f"0 = CONTAINS(POINT(ra, dec), {polygon_of_numbers})"))
    assert outside == {*range(len(RA)), len(RA) + 2} - set(identifiers(sky, forms[0]))


@settings(max_examples=25)
@given(place=places, width=sizes, height=sizes)
@example(place=(0.0, 90.0), width=10.0, height=20.0)
@example(place=(0.0, 0.0), width=1e-3, height=60.0)
def test_a_box_holds_what_is_within_its_arms(
    sky: duckdb.DuckDBPyConnection,
    place: tuple[float, float],
    width: float,
    height: float,
):
    lon, lat = place
    # Seen from the centre: x to the east and y to the north, tangents of the angles.
    a, d = np.radians(RA - lon), np.radians(DEC)
    depth = math.sin(math.radians(lat)) * np.sin(d) + math.cos(math.radians(lat)) * np.cos(
        d
    ) * np.cos(a)
    with np.errstate(all="ignore"):
        x = np.cos(d) * np.sin(a) / depth
        north = math.cos(math.radians(lat)) * np.sin(d)
        y = (north - math.sin(math.radians(lat)) * np.cos(d) * np.cos(a)) / depth
        slack = HAIR * (1 + x * x + y * y)
        beyond = np.maximum(
            np.abs(x) - math.tan(math.radians(width / 2)),
            np.abs(y) - math.tan(math.radians(height / 2)),
        )
    sure = set(np.flatnonzero((depth > 0) & (beyond < -slack)))
    possible = set(np.flatnonzero((depth > 0) & (beyond < slack)))
    for center in (f"{lon!r}, {lat!r}", f"POINT({lon!r}, {lat!r})", f"{lon!r}, {lat!r} + 0 * id"):
        form = f"1 = CONTAINS(POINT(ra, dec), BOX({center}, {width!r}, {height!r}))"
        assert sure <= set(identifiers(sky, form)) <= possible, form


@settings(max_examples=40)
@given(place=places, size=sizes, shape=shapes)
def test_the_ranges_of_a_polygon_lose_no_position_and_are_few(
    place: tuple[float, float], size: float, shape: list[float]
):
    corners = star(place, size, shape)
    fixed = Polygon(tuple(corners))
    if not fixed.fits_in_half_the_sky():
        return
    touched = polygon_cells(fixed)
    ranges = [] if touched is None else few_ranges(touched)
    assert len(ranges) <= MAX_RANGES
    lon, lat = np.array(corners + around(*place, [(size * 0.1, t) for t in range(0, 360, 7)])).T
    ra, dec = np.concatenate([RA, lon]), np.concatenate([DEC, lat])
    cells = healpix(ra, dec)
    covered = np.any([(cells >= first) & (cells <= last) for first, last in ranges], axis=0)
    sure, _ = inside(corners, ra, dec)
    assert not ranges or not np.any(sure & ~covered)
    outside = polygon_cells(fixed, inside=False)
    if outside is not None:
        left = np.any([(cells >= a) & (cells <= b) for a, b in few_ranges(outside)], axis=0)
        _, possible = inside(corners, ra, dec)
        assert not np.any(~possible & ~left)
    if ranges and size < 10:
        area = sum(last - first + 1 for first, last in ranges) / (12 * 4**29) * 41253
        assert area < 30 * math.pi * size**2


def test_no_place_in_a_cell_is_farther_from_its_centre_than_the_ranges_assume():
    import astropy.units as u
    from astropy.coordinates import SkyCoord
    from cdshealpix import healpix_to_lonlat, vertices
    from datalab_backend.adql.healpix import _CELL_RADIUS

    for order in range(6):
        cells = np.arange(12 * 4**order)
        center = SkyCoord(*healpix_to_lonlat(cells, order))
        lon, lat = vertices(cells, order)
        corners = SkyCoord(lon.T, lat.T)
        assert center.separation(corners).to_value(u.rad).max() * 2**order < _CELL_RADIUS


def test_a_fixed_polygon_is_given_to_the_engine_as_ranges():
    query = "SELECT id FROM sky.stars WHERE {} = CONTAINS(POINT(ra, dec), BOX(10, 20, 1, 1))"
    assert 1 <= sql(query.format(1)).count('"_healpix_29" BETWEEN') <= MAX_RANGES
    assert "_healpix_29" not in sql(query.format(0))


@settings(max_examples=8)
@given(
    place=places,
    one=st.tuples(st.floats(0.5, 30), shapes),
    other=st.tuples(st.floats(0.5, 30), shapes),
    apart=st.floats(0, 60),
)
def test_shapes_contain_and_meet_one_another_when_their_places_do(
    sky: duckdb.DuckDBPyConnection,
    place: tuple[float, float],
    one: tuple[float, list[float]],
    other: tuple[float, list[float]],
    apart: float,
):
    first = star(place, *one)
    (second_place,) = around(*place, [(apart, 77.0)])
    second = star(second_place, *other)
    radius = other[0] * 0.9
    rng = np.random.default_rng(5)
    ra, dec = rng.uniform(0, 360, 60_000), np.degrees(np.arcsin(rng.uniform(-1, 1, 60_000)))
    in_first, _ = inside(first, ra, dec)
    in_second, _ = inside(second, ra, dec)
    in_circle = distance(ra, dec, *second_place) < radius - 1e-6
    circle = f"CIRCLE({second_place[0]!r}, {second_place[1]!r}, {radius!r})"
    polygons = [f"POLYGON({written(corners)})" for corners in (first, second)]

    def value(call: str) -> object:
        ((found,),) = sky.execute(sql(f"SELECT TOP 1 {call} FROM sky.stars")).fetchall()
        return found

    for a, b, in_a, in_b in (
        (*polygons, in_first, in_second),
        (polygons[0], circle, in_first, in_circle),
        (circle, polygons[0], in_circle, in_first),
    ):
        meets, contains = value(f"INTERSECTS({a}, {b})"), value(f"CONTAINS({b}, {a})")
        assert meets == value(f"INTERSECTS({b}, {a})")
        # A common place proves that they meet, one that is only in the inner one that it sticks
        # out; that there is none among many proves nothing about slivers.
        if np.any(in_a & in_b):
            assert meets == 1
        if np.any(
            in_b & ~in_a & (Polygon(tuple(first)).distance_to_edges(unit_vectors(ra, dec)) > HAIR)
        ):
            assert contains == 0
        if contains == 1:
            assert meets == 1


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("CONTAINS(CIRCLE(10, 20, 1), CIRCLE(10, 20.5, 1.5))", 1),
        ("CONTAINS(CIRCLE(10, 20, 1), CIRCLE(10, 20.6, 1.5))", 0),
        ("CONTAINS(CIRCLE(15, 0, 4.9), BOX(15, 0, 10, 10))", 1),
        ("CONTAINS(CIRCLE(15, 0, 5.1), BOX(15, 0, 10, 10))", 0),
        ("CONTAINS(BOX(15, 0, 10, 10), CIRCLE(15, 0, 7.06))", 1),
        ("CONTAINS(BOX(15, 0, 10, 10), CIRCLE(15, 0, 7.04))", 0),
        ("CONTAINS(BOX(15, 0, 10, 10), CIRCLE(195, 0, 174))", 0),
        ("CONTAINS(BOX(15, 0, 10, 10), CIRCLE(15, 0, 174))", 1),
        ("CONTAINS(BOX(15, 0, 10, 10), BOX(15, 0, 10, 10))", 1),
        ("CONTAINS(BOX(15, 0, 2, 20), BOX(15, 0, 10, 10))", 0),
        ("INTERSECTS(BOX(15, 0, 2, 20), BOX(15, 0, 20, 2))", 1),
        ("INTERSECTS(BOX(15, 0, 2, 20), BOX(195, 0, 20, 2))", 0),
        ("INTERSECTS(BOX(15, 0, 2, 20), BOX(18, 0, 2, 20))", 0),
        ("INTERSECTS(CIRCLE(25.4, -20, 1), BOX(20, -15, 10, 10))", 1),
        ("INTERSECTS(CIRCLE(0.5, 0, 0.6), CIRCLE(359.5, 0, 0.5))", 1),
        ("INTERSECTS(CIRCLE(0.5, 0, 0.4), CIRCLE(359.5, 0, 0.5))", 0),
        ("CONTAINS(POINT(10, -5), POLYGON(10, -5, 20, -5, 20, 5, 10, 5))", 1),
        ("CONTAINS(POINT(10, 0), POLYGON(10, -5, 20, -5, 20, 5, 10, 5))", 1),
        ("CONTAINS(POINT(190, 0), POLYGON(10, -5, 20, -5, 20, 5, 10, 5))", 0),
        ("CONTAINS(POINT(NULL, 0), BOX(1, 2, 3, 4))", None),
        ("CONTAINS(NULL, BOX(1, 2, 3, 4))", None),
        ("INTERSECTS(BOX(1, 2, 3, 4), NULL)", None),
        ("CONTAINS(POINT(1, 2), POLYGON(1, 2, 3, 4, NULL, 5))", None),
        ("CONTAINS(POINT(1, 2), BOX(1, 2, field - field, 1))", 1),
        ("AREA(POINT(1, 2))", 0.0),
        ("AREA(CIRCLE(1, 2, 180))", 4 * math.pi * math.degrees(1) ** 2),
        ("AREA(CIRCLE(1, 2, 0.001))", math.pi * 1e-6),
        ("AREA(POLYGON(0, 0, 90, 0, 0, 90))", 0.5 * math.pi * math.degrees(1) ** 2),
        ("AREA(BOX(10, 0, 0.001, 0.001))", 1e-6),
        ("AREA(BOX(10, 80, 1e-4, 1e-4))", 1e-8),
        ("AREA(POLYGON(0, 0, 2e-3, 0, 1e-3, 1e-3, 2e-3, 2e-3, 0, 2e-3))", 3e-6),
        ("AREA(NULL)", None),
        ("CENTROID(POINT(1, 2))", [1.0, 2.0]),
        ("CENTROID(CIRCLE(1, 2, 3))", [1.0, 2.0]),
        ("CENTROID(BOX(350, 20, 1, 1))", [350.0, 20.0]),
        ("CENTROID(BOX(10, 20, 1e-3, 1e-3))", [10.0, 20.0]),
        ("CENTROID(POLYGON(0, 0, 90, 0, 0, 90))", [45.0, math.degrees(math.asin(3**-0.5))]),
        ("CENTROID(POLYGON(0, 90, 90, 0, 0, 0))", [45.0, math.degrees(math.asin(3**-0.5))]),
        ("CENTROID(NULL)", None),
        ("COORD1(POINT(25.0, -19.5))", 25.0),
        ("COORD2(POINT(25.0, -19.5))", -19.5),
        ("COORD2(CENTROID(CIRCLE(25, -19.5, 1)))", -19.5),
        ("COORD1(NULL)", None),
        ("BOX('ICRS', POINT(0, 0), 2, 2)", list(box(0, 0, 2, 2).numbers)),
        ("BOX(0, 0 * field, 2, 2)", list(box(0, 0, 2, 2).numbers)),
        ("POLYGON(1, 2, 3, 4, 5, 6)", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ("POLYGON(1, 2, 3, 4, 5, field + NULL)", None),
        ("REGION('Circle ICRS 10 -20 .5')", [10.0, -20.0, 0.5]),
        ("REGION('POLYGON 1 2 3 4 5 6')", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ("REGION('box icrs GEOCENTER 0 0 2 2')", list(box(0, 0, 2, 2).numbers)),
        ("REGION('POSITION ICRS 1 2')", [1.0, 2.0]),
        ("CAST('1 -2' AS POINT)", [1.0, -2.0]),
        ("CAST('1 ' || '-2' AS POINT)", [1.0, -2.0]),
        ("CAST('1 -2' || ' 3' AS CIRCLE)", [1.0, -2.0, 3.0]),
        ("CAST('1 2 3 4 5' || ' 6' AS POLYGON)", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ("CAST('1 2 3 4 5' || ' x' AS POLYGON)", None),
        ("CAST(name AS POINT)", None),
        ("CAST(NULL AS CIRCLE)", None),
    ],
)
def test_a_shape_has_the_value_that_adql_gives_it(
    connection: duckdb.DuckDBPyConnection,
    call: str,
    expected: object,
):
    query = sql(f'SELECT {call} FROM sky.stars WHERE "size" = 8')
    ((found,),) = connection.execute(query).fetchall()
    assert found == (expected and pytest.approx(expected, rel=1e-9, abs=1e-9))


def test_columns_that_hold_polygons_are_polygons(sky: duckdb.DuckDBPyConnection):
    query = (
        "SELECT id FROM (SELECT id, POINT(ra, dec) AS p, BOX(10, 20, 5, 5) AS b FROM sky.stars) "
        "AS t WHERE 1 = CONTAINS(p, b) AND INTERSECTS(b, CIRCLE(p, 0.1)) = 1"
    )
    found = {i for (i,) in sky.execute(sql(query)).fetchall()}
    assert found == set(identifiers(sky, "1 = CONTAINS(POINT(ra, dec), BOX(10, 20, 5, 5))"))
    assert found


def test_every_shape_is_icrs(rows: Callable[[str], list[tuple[object, ...]]]):
    assert rows("SELECT TOP 1 COORDSYS(POINT(25.0, -19.5)) FROM sky.stars") == [("ICRS",)]


def test_polygons_know_their_bounds():
    lon, lat, radius = polygon([10, -1, 12, -1, 12, 1, 10, 1]).bounding_circle()
    assert (lon, lat) == pytest.approx((11, 0))
    assert radius == pytest.approx(math.sqrt(2), rel=1e-3)
