"""A cross-match finds every pair within the radius, once, wherever on the sky."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from datalab_backend import adql
from datalab_backend.metadata import Column, DataType, Schema, Table, Tables
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .conftest import database, distance, healpix, relation
from .conftest import sql as translated

HAIR = 1e-9
"""Part of a radius, and 1e-10 of a degree, within which rounding may decide either way."""
_COLUMNS = (
    Column("id", DataType.INTEGER),
    Column("ra", DataType.DOUBLE, "", "deg"),
    Column("dec", DataType.DOUBLE, "", "deg"),
    Column("gridzone", DataType.INTEGER, "A name that the grid would like to have."),
    Column("Cell0", DataType.INTEGER, "Another."),
)
ONE = Table("sky", "one", _COLUMNS, rows=100, position=("ra", "dec"), healpix="_healpix_29")
OTHER = replace(ONE, name="other", rows=1000)
TABLES = Tables((Schema("sky"),), (ONE, OTHER))
LOST = ((None, 10.0), (10.0, None), (math.nan, 10.0), (10.0, math.nan))

Places = tuple[np.ndarray, np.ndarray]
Pairs = list[tuple[int, int]]


def sql(query: str) -> str:
    return translated(query, tables=TABLES)


def rows_of(places: Places) -> pa.Table:
    ra, dec = places
    lost = [list(values) for values in zip(*LOST, strict=True)]
    return pa.table(
        {
            "id": pa.array(np.arange(len(ra) + len(LOST)), pa.int32()),
            "ra": pa.concat_arrays([pa.array(ra, pa.float64()), pa.array(lost[0], pa.float64())]),
            "dec": pa.concat_arrays([pa.array(dec, pa.float64()), pa.array(lost[1], pa.float64())]),
            "gridzone": pa.array(np.arange(len(ra) + len(LOST)), pa.int32()),
            "Cell0": pa.array(np.arange(len(ra) + len(LOST)), pa.int32()),
            "_healpix_29": pa.concat_arrays(
                [pa.array(healpix(ra, dec), pa.int64()), pa.nulls(len(LOST), pa.int64())]
            ),
        }
    )


def field(lon: float, lat: float, size: float, count: int, seed: int) -> Places:
    """Positions around a place, some of them twice and some at the very place."""
    rng = np.random.default_rng(seed)
    far, angle = size * np.sqrt(rng.uniform(0, 1, count)), rng.uniform(0, 2 * np.pi, count)
    r, d = np.radians(far), math.radians(lat)
    sine = math.sin(d) * np.cos(r) + math.cos(d) * np.sin(r) * np.cos(angle)
    dec = np.degrees(np.arcsin(np.clip(sine, -1, 1)))
    turned = np.arctan2(
        np.sin(angle) * np.sin(r) * math.cos(d), np.cos(r) - math.sin(d) * np.sin(np.radians(dec))
    )
    ra = (lon + np.degrees(turned)) % 360
    if count > 4:
        ra[1], dec[1] = ra[0], dec[0]
        ra[2], dec[2] = lon % 360, lat
    return ra, dec


def brute_force(one: Places, other: Places, radius: float) -> tuple[set, set]:
    """The pairs that surely are within the radius, and those that may be."""
    far = np.array([distance(*other, ra, dec) for ra, dec in zip(*one, strict=True)])
    far = far.reshape(len(one[0]), len(other[0]))
    same = (one[0][:, None] == other[0]) & (one[1][:, None] == other[1])
    hair = radius * HAIR + 1e-10
    sure = set(zip(*(i.tolist() for i in np.nonzero((far < radius - hair) | same)), strict=True))
    return sure, set(zip(*(i.tolist() for i in np.nonzero(far <= radius + hair)), strict=True))


Match = Callable[[Places, Places, str], Pairs]


@pytest.fixture(scope="session")
def match() -> Match:
    """Run a query on two tables with these positions."""

    def run(one: Places, other: Places, query: str) -> Pairs:
        with database(one=rows_of(one), other=rows_of(other)) as connection:
            return connection.execute(sql(query)).fetchall()

    return run


PAIRS = "SELECT a.id, b.id FROM sky.one AS a JOIN sky.other AS b ON "
places = st.one_of(
    st.tuples(st.floats(0, 360), st.floats(-90, 90)),
    st.tuples(st.sampled_from([0.0, 359.99999, 180.0]), st.sampled_from([0.0, 41.81, -60.0])),
    st.tuples(st.sampled_from([0.0, 123.4]), st.sampled_from([90.0, -90.0, 89.9999, -89.9999])),
)
radii = st.one_of(
    st.sampled_from([0.0, 0.01 / 3600, 1 / 3600, 20 / 3600, 0.1, 5.0, 29.9, 31.0]),
    st.floats(-6, 1.5).map(lambda exponent: 10**exponent),
)


@settings(max_examples=60)
@given(place=places, radius=radii, spread=st.floats(0.5, 30), seed=st.integers(0, 2**32))
@example(place=(0.0, 90.0), radius=0.01, spread=3.0, seed=1)
@example(place=(0.0, -90.0), radius=20 / 3600, spread=1.0, seed=2)
@example(place=(0.0, 89.9999), radius=5.0, spread=2.0, seed=3)
@example(place=(359.99999, 0.0), radius=1 / 3600, spread=5.0, seed=4)
@example(place=(0.0, 0.0), radius=0.0, spread=1.0, seed=5)
def test_every_pair_is_found_once(
    match: Match, place: tuple[float, float], radius: float, spread: float, seed: int
):
    size = min(180.0, max(radius, 1e-7) * spread)
    one, other = field(*place, size, 40, seed), field(*place, size, 60, seed + 1)
    # Pairs of the same position, and right ascensions below 0 or from 360, as other tables have.
    other[0][5], other[1][5] = one[0][7], one[1][7]
    one[0][8:12] -= 360
    one[0][12:14] += 360
    sure, possible = brute_force(one, other, radius)
    point, circle = "POINT(a.ra, a.dec)", f"CIRCLE(b.ra, b.dec, {radius!r})"
    forms = [
        PAIRS + f"1 = CONTAINS({point}, {circle})",
        PAIRS + f"DISTANCE({point}, POINT(b.ra, b.dec)) <= {radius!r}",
        f"SELECT a.id, b.id FROM sky.other AS b, sky.one AS a WHERE a.id >= 0 AND "
        f"{radius!r} >= DISTANCE(b.ra, b.dec, a.ra, a.dec)",
    ]
    first, *others = (match(one, other, form) for form in forms)
    assert len(first) == len(set(first))
    assert sure <= set(first) <= possible
    assert all(sorted(pairs) == sorted(first) for pairs in others)


@pytest.mark.parametrize("place", [(0.0, 0.0), (359.9999, 70.0), (10.0, 90.0), (10.0, -89.9)])
@pytest.mark.parametrize("kind", ["LEFT", "RIGHT", "FULL"])
def test_an_outer_join_keeps_each_row_once(match: Match, place: tuple[float, float], kind: str):
    one, other = field(*place, 0.1, 50, 1), field(*place, 0.1, 80, 2)
    inner = match(one, other, PAIRS + "DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.01")
    outer = match(
        one,
        other,
        f"SELECT a.id, b.id FROM sky.one AS a {kind} JOIN sky.other AS b "
        "ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.01",
    )
    expected: list[tuple[int | None, int | None]] = list(inner)
    if kind in ("LEFT", "FULL"):
        matched = {a for a, _ in inner}
        expected += [(a, None) for a in range(50 + len(LOST)) if a not in matched]
    if kind in ("RIGHT", "FULL"):
        matched = {b for _, b in inner}
        expected += [(None, b) for b in range(80 + len(LOST)) if b not in matched]
    assert sorted(outer, key=str) == sorted(expected, key=str)
    assert inner


@pytest.mark.parametrize("place", [(0.0, 0.0), (10.0, 90.0), (359.9999, -70.0)])
@pytest.mark.parametrize("kind", ["", "LEFT"])
def test_a_radius_in_arcseconds_finds_what_the_bare_distance_does(
    match: Match, place: tuple[float, float], kind: str
):
    one, other = field(*place, 0.1, 50, 14), field(*place, 0.1, 80, 15)
    far = "DISTANCE(a.ra, a.dec, b.ra, b.dec)"
    query = f"SELECT a.id, b.id FROM sky.one AS a {kind} JOIN sky.other AS b ON "
    slowly = f"{query}{far} * 3600 + 0 < 36"
    assert "cell" not in sql(slowly)
    expected = match(one, other, slowly)
    assert expected
    for condition in (f"{far} * 3600 < 36", f"36 > 3600 * {far}", f"{far} < 36 / 3600.0"):
        assert '"gridcell' in sql(query + condition) or '"grid_cell' in sql(query + condition)
        assert sorted(match(one, other, query + condition), key=str) == sorted(expected, key=str)


def test_a_table_can_be_matched_with_itself_and_more_conditions(match: Match):
    one = field(12.0, -45.0, 0.1, 200, 3)
    pairs = match(
        one,
        one,
        "SELECT a.id, b.id FROM sky.one AS a JOIN sky.one AS b "
        "ON a.id < b.id AND DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) < 0.005",
    )
    sure, _ = brute_force(one, one, 0.005)
    assert set(pairs) == {(a, b) for a, b in sure if a < b}
    assert len(pairs) == len(set(pairs))


def test_three_tables_are_matched_at_once(match: Match):
    one, other = field(200.0, 0.0, 0.05, 40, 4), field(200.0, 0.0, 0.05, 60, 5)
    found = match(
        one,
        other,
        "SELECT a.id, b.id, c.id FROM sky.one AS a "
        "LEFT JOIN sky.other AS b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.01 "
        "JOIN sky.one AS c ON DISTANCE(b.ra, b.dec, c.ra, c.dec) < 0.01 AND c.id <> a.id",
    )
    sure, _ = brute_force(one, other, 0.01)
    expected = {(a, b, c) for a, b in sure for c, d in sure if d == b and c != a}
    assert set(found) == expected
    assert len(found) == len(expected)


def test_the_nearest_is_found_near_what_the_query_is_about(match: Match):
    one, other = field(0.0, 89.95, 0.3, 60, 12), field(0.0, 89.95, 0.3, 90, 13)
    query = (
        "SELECT a.id, n.id FROM sky.one AS a {} JOIN LATERAL (SELECT b.* FROM sky.other AS b "
        "WHERE DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.02 "
        "ORDER BY DISTANCE(a.ra, a.dec, b.ra, b.dec) LIMIT 1) AS n ON TRUE "
        "WHERE DISTANCE(a.ra, a.dec, 0, 89.95) < 0.2"
    )
    expected, lonely = set(), set()
    for row, (ra, dec) in enumerate(zip(*one, strict=True)):
        far = distance(*other, ra, dec)
        if distance(ra, dec, 0.0, 89.95) < 0.2:
            (expected if far.min() < 0.02 else lonely).add((row, int(far.argmin())))
    inner, outer = (
        adql.translate(
            adql.check(adql.parse_sql(query.format(kind)), TABLES), relation, None, "duckdb"
        ).sql("duckdb")
        for kind in ("", "LEFT")
    )
    assert inner.count("BETWEEN") == 2 * inner.count('"t1"."_healpix_29" BETWEEN') > 0
    with database(one=rows_of(one), other=rows_of(other)) as connection:
        found = connection.execute(inner).fetchall()
        kept = connection.execute(outer).fetchall()
    # Rows of the same place may stand for one another.
    assert len(found) == len(set(found)) == len(expected)
    assert {a for a, _ in found} == {a for a, _ in expected}
    assert len(set(found) & expected) >= len(expected) - 4
    assert {a for a, b in kept if b is None} == {a for a, _ in lonely}


def test_rows_without_a_counterpart_are_found(match: Match):
    one, other = field(0.0, 30.0, 0.05, 40, 6), field(0.0, 30.0, 0.05, 60, 7)
    condition = "DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.003"
    lonely = set(range(40)) - {a for a, _ in brute_force(one, other, 0.003)[0]}
    exists = match(
        one,
        other,
        "SELECT a.id, a.id FROM sky.one AS a WHERE a.id < 40 AND "
        f"NOT EXISTS (SELECT 1 FROM sky.other AS b WHERE {condition})",
    )
    joined = match(
        one,
        other,
        "SELECT a.id, a.id FROM sky.one AS a LEFT JOIN sky.other AS b "
        f"ON {condition} WHERE b.id IS NULL AND a.id < 40",
    )
    assert {a for a, _ in exists} == {a for a, _ in joined} == lonely
    assert len(exists) == len(joined) == len(lonely)
    assert lonely


def test_results_of_queries_are_matched_too(match: Match):
    one, other = field(90.0, 5.0, 0.05, 40, 8), field(90.0, 5.0, 0.05, 60, 9)
    found = match(
        one,
        other,
        "WITH bright AS (SELECT id, ra + 0.001 AS ra, dec FROM sky.one) "
        "SELECT a.id, b.id FROM bright AS a "
        "JOIN (SELECT TOP 1000 id, POINT(ra, dec) AS place FROM sky.other) AS b "
        "ON 1 = CONTAINS(b.place, CIRCLE(a.ra, a.dec, 36 / 3600.0))",
    )
    sure, _ = brute_force((one[0] + 0.001, one[1]), other, 0.01)
    assert sorted(found) == sorted(sure)
    assert found


def test_a_radius_of_each_row_is_taken(match: Match):
    one, other = field(0.0, -30.0, 0.05, 40, 10), field(0.0, -30.0, 0.05, 60, 11)
    found = match(one, other, PAIRS + "DISTANCE(a.ra, a.dec, b.ra, b.dec) < b.id / 6000.0")
    far = [distance(*other, ra, dec) for ra, dec in zip(*one, strict=True)]
    assert sorted(found) == [(a, b) for a in range(40) for b in range(60) if far[a][b] < b / 6000.0]
    assert found


def test_nothing_is_matched_with_nothing(match: Match):
    nothing = (np.array([]), np.array([]))
    condition = "DISTANCE(a.ra, a.dec, b.ra, b.dec) < 1"
    assert match(nothing, nothing, PAIRS + condition) == []
    kept = match(nothing, nothing, PAIRS.replace("JOIN", "LEFT JOIN") + condition)
    assert len(kept) == len(LOST)


@pytest.mark.parametrize(
    ("tables", "repeated"),
    [
        ("sky.one AS a JOIN sky.other AS b", "a"),
        ("sky.other AS a JOIN sky.one AS b", "b"),
        ("sky.one AS a LEFT JOIN sky.other AS b", "b"),
        ("sky.other AS a RIGHT JOIN sky.one AS b", "a"),
        ("sky.one AS a JOIN (SELECT TOP 5 * FROM sky.other) AS b", "b"),
        ("sky.one AS a FULL JOIN sky.other AS b", ""),
    ],
)
def test_the_smaller_table_is_repeated_and_none_that_is_kept_whole(tables: str, repeated: str):
    written = sql(f"SELECT a.id FROM {tables} ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.1")
    names = re.findall(r'"(t\d)"."grid_?cell" =', written)
    assert ["a" if name == "t1" else "b" for name in names] == list(repeated)


def test_the_engine_joins_by_an_equality(match: Match):
    query = sql(PAIRS + "DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.01")
    places = field(0.0, 0.0, 1.0, 50, 1)
    with database(one=rows_of(places), other=rows_of(places)) as connection:
        ((_, plan),) = connection.execute(f"EXPLAIN (FORMAT json) {query}").fetchall()
    assert "HASH_JOIN" in plan
    assert "NESTED_LOOP" not in plan
    # A column for the cell is computed once a row, and in the condition for each use of it.
    assert '"t1"."grid_cell" = "t2"."cell_0"' in query
