"""A cone finds exactly the rows that are in it, with and without ranges of HEALPix cells."""

from __future__ import annotations

import math
from itertools import pairwise

import duckdb
import numpy as np
import pytest
from datalab_backend.adql.healpix import MAX_RANGES, cone_cells, few_ranges
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .conftest import DEC, RA, distance, healpix, identifiers, sql

HAIR = 1e-7
"""Degrees; nearer to the edge of a cone than this, rounding may decide either way."""


places = st.one_of(
    st.sampled_from(sorted(zip(RA.tolist(), DEC.tolist(), strict=True))),
    st.tuples(st.floats(0, 360), st.floats(-90, 90)),
    st.tuples(st.sampled_from([0.0, 90.0, 359.9999999, 360.0]), st.floats(-90, 90)),
)
radii = st.one_of(
    st.sampled_from([0.0, 1 / 3600, 1 / 60, 0.1, 1.0, 10.0, 45.0, 89.9, 90.0, 135.0, 180.0]),
    st.floats(-8, 2.2).map(lambda exponent: 10**exponent),
)


@given(place=places, radius=radii, lost=st.booleans())
@example(place=(0.0, 90.0), radius=0.0, lost=False)
@example(place=(123.4, -90.0), radius=179.99, lost=False)
@example(place=(359.9999999, 0.0), radius=1e-6, lost=False)
def test_a_cone_finds_what_brute_force_finds(
    sky: duckdb.DuckDBPyConnection, place: tuple[float, float], radius: float, lost: bool
):
    lon, lat = place
    far = distance(RA, DEC, lon, lat)
    sure, possible = (
        set(np.flatnonzero(far < radius - HAIR)),
        set(np.flatnonzero(far <= radius + HAIR)),
    )
    # A row at the very centre is inside, however small the cone.
    sure |= set(np.flatnonzero((lon == RA) & (lat == DEC)))
    forms = [
        f"1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', {lon!r}, {lat!r}, {radius!r}))",
        f"DISTANCE(ra, dec, {lon!r}, {lat!r}) <= {radius!r}",
        f"{radius!r} >= DISTANCE(POINT({lon!r}, {lat!r}), POINT(ra, dec))",
    ]
    if lost:
        forms = [f"({form} OR ra < -1000) AND dec > -1000" for form in forms]
    first, *others = (identifiers(sky, form) for form in forms)
    assert sure <= set(first) <= possible
    assert all(sorted(other) == sorted(first) for other in others)


@settings(max_examples=30)
@given(place=places, radius=radii)
def test_what_is_not_in_the_cone_is_outside_and_no_row_is_both_or_neither(
    sky: duckdb.DuckDBPyConnection, place: tuple[float, float], radius: float
):
    cone = f"CONTAINS(POINT(ra, dec), CIRCLE({place[0]!r}, {place[1]!r}, {radius!r}))"
    inside = identifiers(sky, f"{cone} = 1")
    positions = {*range(len(RA)), len(RA) + 2}
    for outside in (f"0 = {cone}", f"NOT (1 = {cone})", f"{cone} <> 1", f"NOT ({cone} = 1)"):
        assert set(identifiers(sky, outside)) == positions - set(inside)


@settings(max_examples=30)
@given(place=places, radius=radii)
def test_a_ring_is_the_larger_cone_without_the_smaller(
    sky: duckdb.DuckDBPyConnection, place: tuple[float, float], radius: float
):
    far = f"DISTANCE(ra, dec, {place[0]!r}, {place[1]!r})"
    ring = identifiers(sky, f"{far} > {radius / 2!r} AND {far} < {radius!r}")
    within = set(identifiers(sky, f"{far} < {radius!r}"))
    assert set(ring) == within - set(identifiers(sky, f"{far} <= {radius / 2!r}"))
    between = set(identifiers(sky, f"{far} BETWEEN 0 AND {radius!r}"))
    assert within <= between | {i for i in within if i >= len(RA)}


@settings(max_examples=30)
@given(place=places, radius=radii)
def test_a_cone_in_arcseconds_finds_what_one_in_degrees_does(
    sky: duckdb.DuckDBPyConnection, place: tuple[float, float], radius: float
):
    far = f"DISTANCE(ra, dec, {place[0]!r}, {place[1]!r})"
    # Neither is a condition of a form that is known to be a cone.
    sure = set(identifiers(sky, f"{far} + 0 < {radius - HAIR!r}"))
    possible = set(identifiers(sky, f"{far} + 0 <= {radius + HAIR!r}"))
    seconds = f"{radius * 3600!r}"
    for condition in (
        f"{far} * 3600 <= {seconds}",
        f"{seconds} >= 3600 * {far}",
        f"60 * {far} * 60 <= {seconds}",
        f"{far} / (1 / 3600.0) <= {seconds}",
    ):
        inside = identifiers(sky, condition)
        assert sure <= set(inside) <= possible
        assert sorted(identifiers(sky, f"NOT (NOT {condition})")) == sorted(inside)
        assert not set(inside) & set(identifiers(sky, f"NOT {condition}"))


@pytest.mark.parametrize(
    "condition",
    ["-3600 * {} < -3600", "0 * {} < 1", "{} * 3600 < gmag", "{} / 0 < 1", "1e-300 * {} < 1e300"],
)
def test_what_is_no_cone_in_arcseconds_is_compared_as_it_is_written(condition: str):
    found = sql(f"SELECT id FROM sky.stars WHERE {condition.format('DISTANCE(ra, dec, 10, 20)')}")
    assert "BETWEEN" not in found
    assert "ATAN2" in found


def test_a_cone_in_arcseconds_is_given_to_the_engine_as_ranges():
    for condition in (
        "DISTANCE(ra, dec, 10, 20) * 3600 < 5",
        "5 >= 3600 * DISTANCE(ra, dec, 1, 2)",
    ):
        found = sql(f"SELECT id FROM sky.stars WHERE {condition}")
        assert 1 <= found.count('"_healpix_29" BETWEEN') <= MAX_RANGES


def in_ranges(ranges: list[tuple[int, int]]) -> np.ndarray:
    cells = healpix(RA, DEC)
    return np.any([(cells >= first) & (cells <= last) for first, last in ranges], axis=0)


@given(place=places, radius=radii)
def test_the_ranges_of_the_sky_outside_a_cone_lose_no_position(
    place: tuple[float, float], radius: float
):
    touched = cone_cells(*place, radius, inside=False)
    if touched is not None:
        covered = in_ranges(few_ranges(touched))
        assert not np.any((distance(RA, DEC, *place) > radius) & ~covered)


@given(place=places, radius=radii)
def test_the_ranges_lose_no_position_and_are_few(place: tuple[float, float], radius: float):
    touched = cone_cells(*place, radius)
    assert (touched is None) == (radius >= 90)
    ranges = [(0, 12 * 4**29)] if touched is None else few_ranges(touched)
    assert len(ranges) <= MAX_RANGES
    assert all(first <= last for first, last in ranges)
    assert all(a[1] < b[0] for a, b in pairwise(ranges))
    covered = in_ranges(ranges)
    assert not np.any((distance(RA, DEC, *place) <= radius) & ~covered)


@pytest.mark.parametrize("radius", [25.0, 32.0, 44.0])
@pytest.mark.parametrize("place", [(0.0, 0.0), (270.0, 0.0), (45.0, 41.810314895778596)])
def test_a_cone_around_the_very_centre_of_a_cell_is_as_right_as_another(
    sky: duckdb.DuckDBPyConnection, place: tuple[float, float], radius: float
):
    far = distance(RA, DEC, *place)
    ring = f"DISTANCE(ra, dec, {place[0]}, {place[1]})"
    found = set(identifiers(sky, f"{ring} > {radius} AND {ring} < {radius + 10}"))
    assert found == set(np.flatnonzero((far > radius) & (far < radius + 10)))
    # The library once gave the whole cell, of which the farthest place is 45 or more degrees away.
    part = (1 - math.cos(math.radians(radius))) / 2
    assert cone_cells(*place, radius, order=6).sky_fraction == pytest.approx(part, rel=0.1)


@given(place=places, radius=st.floats(1e-5, 10))
def test_the_ranges_are_not_much_wider_than_the_cone(place: tuple[float, float], radius: float):
    width = sum(last - first + 1 for first, last in few_ranges(cone_cells(*place, radius)))
    sky = width / (12 * 4**29) * 41253
    assert sky < 30 * math.pi * radius**2


def test_a_fixed_cone_is_given_to_the_engine_as_ranges():
    found = sql("SELECT id FROM sky.stars WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1))")
    assert 1 <= found.count('"_healpix_29" BETWEEN') <= MAX_RANGES


@pytest.mark.parametrize(
    "condition",
    [
        "NOT 1 = CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1))",
        "0 = CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1))",
        "DISTANCE(ra, dec, 10, 20) > 1",
        "1 = CONTAINS(POINT(dec, ra), CIRCLE(10, 20, 1))",
        "1 = CONTAINS(POINT(ra + 1, dec), CIRCLE(10, 20, 1))",
        "1 = CONTAINS(POINT(ra, dec), CIRCLE(10, 20, gmag))",
        "1 = CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 120))",
    ],
)
def test_ranges_are_not_used_where_they_say_nothing(condition: str):
    assert "_healpix_29" not in sql(f"SELECT id FROM sky.stars WHERE {condition}")


def test_an_outer_join_on_a_cone_keeps_every_row(sky: duckdb.DuckDBPyConnection):
    query = (
        "SELECT COUNT(*), COUNT(b.id) FROM sky.stars AS a LEFT JOIN sky.stars AS b "
        "ON a.id = b.id AND DISTANCE(b.ra, b.dec, 10, 20) < 5"
    )
    ((rows, matched),) = sky.execute(sql(query)).fetchall()
    assert rows == len(RA) + 3
    assert matched == len(identifiers(sky, "DISTANCE(ra, dec, 10, 20) < 5"))


@pytest.mark.parametrize("radius", [0.0, 1e-6, 0.01])
def test_a_cross_match_finds_the_pairs_that_brute_force_finds(
    sky: duckdb.DuckDBPyConnection, radius: float
):
    query = (
        "SELECT a.id, b.id FROM sky.stars AS a JOIN sky.stars AS b "
        f"ON DISTANCE(a.ra, a.dec, b.ra, b.dec) <= {radius!r} WHERE a.id >= 3000"
    )
    found: dict[int, set[int]] = {}
    for a, b in sky.execute(sql(query)).fetchall():
        found.setdefault(a, set()).add(b)
    for one in range(3000, len(RA), 17):
        far = distance(RA, DEC, RA[one], DEC[one])
        mine = found[one]
        assert set(np.flatnonzero(far < radius - HAIR)) <= mine
        assert mine <= set(np.flatnonzero(far <= radius + HAIR))
        assert one in mine


def test_a_cone_may_move_with_the_row(sky: duckdb.DuckDBPyConnection):
    inside = identifiers(sky, "1 = CONTAINS(POINT(ra, dec), CIRCLE(ra, dec, 0.5))")
    assert len(inside) == len(RA)


def test_positions_that_a_query_computed_are_positions(sky: duckdb.DuckDBPyConnection):
    query = (
        "SELECT id FROM (SELECT id, POINT(ra, dec) AS p, CIRCLE(10, 20, 5) AS c FROM sky.stars) "
        "AS t WHERE 1 = CONTAINS(p, c) AND DISTANCE(p, POINT(10, 20)) <= 5"
    )
    found = {i for (i,) in sky.execute(sql(query)).fetchall()}
    assert found == set(identifiers(sky, "DISTANCE(ra, dec, 10, 20) <= 5"))
