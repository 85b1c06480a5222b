"""Areas joined by AND, OR and NOT hold exactly the rows that they should, all over the sky.

DATALAB_PROPERTY_AREAS sets how many combinations are tried.
"""

from __future__ import annotations

import os
import re

import duckdb
import numpy as np
import pytest
from datalab_backend.adql import AdqlError
from datalab_backend.adql.healpix import MAX_RANGES
from datalab_backend.adql.polygons import Polygon
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import DEC, RA, distance, healpix, identifiers, sql
from .test_regions import inside, star, written

EXAMPLES = int(os.environ.get("DATALAB_PROPERTY_AREAS", "200"))
CELLS = healpix(RA, DEC)
LOST = {len(RA) + 2}
"""The row that has NaN for a position: it is in no area, and so outside of each."""

Area = tuple[str, np.ndarray, np.ndarray]
"""A condition, and the rows that surely and possibly meet it."""

places = st.one_of(
    st.sampled_from(sorted(zip(RA.tolist(), DEC.tolist(), strict=True))[::7]),
    st.tuples(st.floats(0, 360), st.floats(-90, 90)),
    st.sampled_from([(0.0, 90.0), (123.4, -90.0), (359.9999999, 0.0), (0.0, 41.8103149)]),
)


@st.composite
def cones(draw: st.DrawFn) -> Area:
    (lon, lat) = draw(places)
    radius = draw(
        st.one_of(
            st.sampled_from([0.0, 1 / 3600, 1.0, 89.9, 90.0, 135.0, 179.0, 180.0]),
            st.floats(-6, 2.2).map(lambda exponent: 10**exponent),
        )
    )
    far = distance(RA, DEC, lon, lat)
    sure, possible = far < radius - 1e-7, far <= radius + 1e-7
    form = draw(
        st.sampled_from(
            [
                "1 = CONTAINS(POINT(ra, dec), CIRCLE({}, {}, {}))",
                "DISTANCE(POINT({}, {}), POINT(ra, dec)) <= {}",
                "INTERSECTS(CIRCLE({}, {}, {}), POINT(ra, dec)) <> 0",
            ]
        )
    )
    return form.format(repr(lon), repr(lat), repr(radius)), sure, possible


@st.composite
def polygons(draw: st.DrawFn) -> Area:
    size = draw(st.floats(-3, 1.7).map(lambda exponent: 10**exponent))
    corners = star(draw(places), size, draw(st.lists(st.floats(0.3, 1), min_size=3, max_size=5)))
    if not Polygon(tuple(corners)).fits_in_half_the_sky():
        return draw(cones())
    sure, possible = inside(corners, RA, DEC)
    return f"1 = CONTAINS(POINT(ra, dec), POLYGON({written(corners)}))", sure, possible


@st.composite
def mocs(draw: st.DrawFn) -> Area:
    text, found = "", np.zeros(len(RA), bool)
    for order in draw(st.lists(st.integers(0, 12), min_size=1, max_size=3, unique=True)):
        lon, lat = draw(places)
        center = int(healpix(np.array([lon]), np.array([lat]))[0]) >> (2 * (29 - order))
        last = min(12 * 4**order - 1, center + draw(st.integers(0, 20)))
        text += f" {order}/{center}-{last}"
        cells = CELLS >> (2 * (29 - order))
        found = found | ((cells >= center) & (cells <= last))
    return f"1 = CONTAINS(POINT(ra, dec), MOC('{text.strip()}'))", found, found


def combined(areas: st.SearchStrategy[Area]) -> st.SearchStrategy[Area]:
    def negated(area: Area) -> Area:
        return f"NOT ({area[0]})", ~area[2], ~area[1]

    def both(pair: tuple[Area, Area]) -> Area:
        one, other = pair
        return f"({one[0]}) AND ({other[0]})", one[1] & other[1], one[2] & other[2]

    def either(pair: tuple[Area, Area]) -> Area:
        one, other = pair
        return f"({one[0]}) OR ({other[0]})", one[1] | other[1], one[2] | other[2]

    pairs = st.tuples(areas, areas)
    return st.one_of(areas.map(negated), pairs.map(both), pairs.map(either))


areas = st.recursive(st.one_of(cones(), polygons(), mocs()), combined, max_leaves=5)


@settings(max_examples=EXAMPLES)
@given(area=areas)
def test_a_combination_of_areas_finds_what_brute_force_finds(
    sky: duckdb.DuckDBPyConnection, area: Area
):
    condition, sure, possible = area
    found = set(identifiers(sky, condition)) - LOST
    assert set(np.flatnonzero(sure)) <= found <= set(np.flatnonzero(possible))


@settings(max_examples=min(EXAMPLES, 60))
@given(area=areas)
def test_each_row_with_a_position_is_inside_or_outside(sky: duckdb.DuckDBPyConnection, area: Area):
    within, outside = (identifiers(sky, f"{word} ({area[0]})") for word in ("", "NOT"))
    assert sorted(within + outside) == sorted({*range(len(RA)), *LOST})


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("DISTANCE(ra, dec, 10, 10) < 1 AND DISTANCE(ra, dec, 11, 10) < 1", 8),
        ("DISTANCE(ra, dec, 10, 10) < 1 OR DISTANCE(ra, dec, 200, 10) < 1", 8),
        ("NOT (DISTANCE(ra, dec, 10, 10) > 1 OR DISTANCE(ra, dec, 11, 10) > 1)", 8),
        ("DISTANCE(ra, dec, 10, 10) < 2 AND NOT DISTANCE(ra, dec, 10, 10) < 1", 8),
        ("NOT DISTANCE(ra, dec, 10, 10) < 170", 10),
        ("1 = CONTAINS(POINT(ra, dec), MOC('4/1-3 5/100')) AND id > 5", 8),
        ("DISTANCE(ra, dec, 10, 10) < 1 AND DISTANCE(ra, dec, 200, 10) < 1", 0),
    ],
)
def test_an_engine_is_given_few_ranges_for_any_combination(condition: str, rows: int):
    found = sql(f"SELECT id FROM sky.stars WHERE {condition}")
    head = found.partition(" WHERE ")[2].partition("SIN(")[0]
    assert head.count("BETWEEN") <= MAX_RANGES
    assert ("BETWEEN" in head) == (rows > 0)


def test_an_area_of_one_of_two_tables_leaves_the_other_alone():
    found = sql(
        "SELECT a.id FROM sky.stars AS a, sky.stars AS b "
        "WHERE DISTANCE(a.ra, a.dec, 10, 10) < 1 OR DISTANCE(b.ra, b.dec, 10, 10) < 1"
    )
    assert "_healpix_29" not in found


def test_a_moc_of_many_cells_is_exact(sky: duckdb.DuckDBPyConnection):
    orders = {order: np.unique(CELLS[order::40] >> (2 * (29 - order))) for order in (5, 9, 20)}
    text = " ".join(f"{order}/{','.join(map(str, cells))}" for order, cells in orders.items())
    expected = np.any(
        [np.isin(CELLS >> (2 * (29 - o)), cells) for o, cells in orders.items()], axis=0
    )
    found = set(identifiers(sky, f"1 = CONTAINS(POINT(ra, dec), MOC('{text}'))"))
    assert found == set(np.flatnonzero(expected))
    # Where the engine computes the cells, places on their edges may fall to either side.
    computed = identifiers(sky, f"id < 3000 AND 1 = CONTAINS(POINT(ra + 0, dec), MOC('{text}'))")
    assert set(computed) == {row for row in found if row < 3000}


def test_a_moc_can_be_made_of_an_area(sky: duckdb.DuckDBPyConnection):
    for area in ("CIRCLE(10, 20, 3)", "CIRCLE(POINT('ICRS', 10, 20), 3)", "BOX(10, 20, 4, 4)"):
        exact = set(identifiers(sky, f"1 = CONTAINS(POINT(ra, dec), {area})"))
        covered = set(identifiers(sky, f"1 = CONTAINS(POINT(ra, dec), MOC(8, {area}))"))
        assert exact <= covered <= set(identifiers(sky, "DISTANCE(ra, dec, 10, 20) < 5"))


@pytest.mark.parametrize(
    ("moc", "message"),
    [
        ("MOC('')", "'' is no MOC: it has no order."),
        ("MOC('4/1-3 5/x')", "'4/1-3 5/x' is no MOC: 'x' is no cell."),
        ("MOC('30/1')", "'30/1' is no MOC: orders go from 0 to 29."),
        ("MOC('0/12')", "'0/12' is no MOC: at order 0 the cells go from 0 to 11."),
        ("MOC('1/5-3')", "'1/5-3' is no MOC: at order 1 the cells go from 0 to 47."),
        ("MOC(8, CIRCLE(ra, dec, 1))", "The cells of a MOC are the same in every row."),
        ("MOC(30, CIRCLE(10, 20, 1))", "HEALPix orders go from 0 to 29, and this is 30."),
        ("MOC(29, CIRCLE(10, 20, 1))", "This area has too many cells of order 29."),
    ],
)
def test_what_is_no_moc_is_refused_with_the_reason(moc: str, message: str):
    with pytest.raises(AdqlError, match=re.escape(message)):
        sql(f"SELECT id FROM sky.stars WHERE 1 = CONTAINS(POINT(ra, dec), {moc})")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT MOC('4/1') FROM sky.stars",
        "SELECT AREA(MOC('4/1')) FROM sky.stars",
        "SELECT id FROM sky.stars WHERE 1 = CONTAINS(CIRCLE(ra, dec, 1), MOC('4/1'))",
    ],
)
def test_a_moc_stands_beside_a_point_only(query: str):
    with pytest.raises(AdqlError, match="MOC"):
        sql(query)


def test_the_area_of_one_table_is_the_area_of_its_counterparts(sky: duckdb.DuckDBPyConnection):
    query = (
        "SELECT a.id, b.id FROM sky.stars AS a {} JOIN sky.stars AS b "
        "ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < {} WHERE {}"
    )
    for lon, lat in [(0.0, 90.0), (0.0, 0.0), (45.0, 41.8103149), (315.0, -41.8103149)]:
        for radius in (1e-6, 0.01, 2.0):
            near = f"1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE({lon!r}, {lat!r}, 0.5))"
            text = sql(query.format("", radius, near))
            assert text.count('"t2"."_healpix_29" BETWEEN') >= 1
            # The same without what ranges can be found for.
            plain = sql(query.format("", radius, f"({near} OR a.id < -1)"))
            assert '"t2"."_healpix_29"' not in plain
            found = sky.execute(text).fetchall()
            assert sorted(found) == sorted(sky.execute(plain).fetchall())
            kept = sky.execute(sql(query.format("LEFT", radius, near))).fetchall()
            assert sorted(kept) == sorted(found)
