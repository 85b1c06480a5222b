"""The functions of the IVOA's catalogue give the values that its examples and other codes give."""

from __future__ import annotations

from collections.abc import Callable

import astropy.units as u
import duckdb
import numpy as np
import pytest
from astropy.coordinates import Angle, Distance, Latitude, Longitude, SkyCoord
from astropy.time import Time
from cdshealpix import healpix_to_lonlat, lonlat_to_healpix
from datalab_backend import adql
from datalab_backend.metadata import DataType
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import DEC, RA, TABLES, distance, sql

STAR = "7.606083572, 11.79044105"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        # The examples of the catalogue.
        ("ivo_healpix_index(0, 1, 1)", 4),
        ("ivo_healpix_index(17, 1, 1)", 81609757711),
        ("ivo_healpix_index(17, 359, -1)", 73009064944),
        ("ivo_healpix_index(0, POINT(1, 1))", 4),
        ("ivo_healpix_index(17, POINT('ICRS', 1, 1))", 81609757711),
        ("ivo_healpix_index(17, CENTROID(CIRCLE(359, -1, 3)))", 73009064944),
        ("ivo_healpix_center(0, 6)", [180.0, 0.0]),
        (
            "ivo_healpix_center(17, ivo_healpix_index(17, 23.4, 56.7))",
            [23.399843462947466, 56.70016214363192],
        ),
        (
            f"ivo_epoch_prop_pos({STAR}, 125, 300, -428.8, 52.51, 2016.0, 1992.25)",
            [7.604061404627978, 11.7932703828279],
        ),
        (
            f"ivo_epoch_prop_pos({STAR}, 125, 300, -428.8, 52.51, 2016.0, 1875.0)",
            [7.594068213694308, 11.807251375203935],
        ),
        (
            f"ivo_epoch_prop_pos({STAR}, 125, 300, -428.8, NULL, 2016.0, 1875.0)",
            [7.594079587029898, 11.807235464326332],
        ),
        (
            f"ivo_epoch_prop_pos({STAR}, 125, 300, NULL, NULL, 2016.0, 1875.0)",
            [7.594080321498365, 11.790440798509207],
        ),
        (
            f"ivo_epoch_prop_pos({STAR}, NULL, 300, -428.8, 52.51, 2016.0, 1875.0)",
            [7.594079587020846, 11.807235464339055],
        ),
        (
            "ivo_geom_transform('ICRS', 'GALACTIC', POINT(120, -23))",
            [241.121831182, 3.62785788087],
        ),
        ("ivo_to_jd(CAST('2000-01-02T12:00:00' AS TIMESTAMP))", 2451546.0),
        ("ivo_to_jd('1910-12-31T06:00:00')", 2419036.75),
        ("ivo_to_jd(NULL)", None),
        ("ivo_to_mjd(CAST('2000-01-02T12:00:00' AS TIMESTAMP))", 51545.5),
        ("ivo_to_mjd('1910-12-31T06:00:00')", 19036.25),
        ("ivo_to_mjd(NULL)", None),
        ("ivo_nocasematch('abcabc', 'ab%')", 1),
        ("ivo_nocasematch('ABcabc', 'ab__bc')", 1),
        ("ivo_nocasematch('abcabc', '%BC')", 1),
        ("ivo_nocasematch('abcabc', 'ABCABC')", 1),
        ("ivo_nocasematch('abcabc', 'abcab')", 0),
        ("ivo_hasword('Miller and Urey have', 'miller')", 1),
        ("ivo_hasword('shown that a primordial', 'soup')", 0),
        ("ivo_hasword('shown that a primordial', 'shown primordial')", 1),
        ("ivo_hasword('shown that a primordial', 'shown soup')", 0),
        ("ivo_hashlist_has('red#green#blue', 'red')", 1),
        ("ivo_hashlist_has('Red#green#blue', 'red')", 1),
        ("ivo_hashlist_has('red#green#blue', 're')", 0),
        ("ivo_hashlist_has('red#green#blue', 'red#green')", 0),
        ("ivo_interval_overlaps(-3, -2, 2, 3)", 0),
        ("ivo_interval_overlaps(-2, 55.3, 2, 3)", 1),
        ("ivo_interval_overlaps(2, 3, -2, 55.3)", 1),
        ("ivo_interval_overlaps(-2, 55.3, 3, 2)", 0),
        ("ivo_interval_overlaps(-2, 2, 2, 3)", 1),
        ("ivo_hms_to_degrees('3:34:45.4')", 53.6891666666667),
        ("ivo_hms_to_degrees('3h34m45.4s')", 53.6891666666667),
        ("ivo_hms_to_degrees('3H34M45.4S')", 53.6891666666667),
        ("ivo_dms_to_degrees('42:9:6.768')", 42.15188),
        ("ivo_dms_to_degrees('42d9m6.768s')", 42.15188),
        ("ivo_dms_to_degrees('42D9M6.768S')", 42.15188),
        ("ivo_dms_to_degrees('-00:15:00')", -0.25),
        ("ivo_dms_to_degrees('+00:15:00')", 0.25),
        ("ivo_dms_to_degrees('-0d15m0s')", -0.25),
        ("ivo_dms_to_degrees('+0d15m0s')", 0.25),
        # What it says besides.
        ("ivo_hms_to_degrees('033445.4')", 53.6891666666667),
        ("ivo_dms_to_degrees('-420906.768')", -42.15188),
        ("ivo_hms_to_degrees('noon')", None),
        ("ivo_dms_to_degrees('12:15')", None),
        ("ivo_geom_transform('ICRS', 'ICRS', POINT(1, 2))", [1.0, 2.0]),
        ("ivo_healpix_index(5, 1, 91 * field / field)", None),
        ("ivo_healpix_index(30 * field / field, 1, 1)", None),
        ("ivo_healpix_center(0, 12 * field / field)", None),
        ("ivo_healpix_index(5, NULL, 1)", None),
        ("ivo_hasword(NULL, 'a')", None),
        ("ivo_to_mjd(name)", None),
    ],
)
def test_a_function_gives_what_the_catalogue_says(
    value: Callable[[str], object], call: str, expected: object
):
    if isinstance(expected, float | list):
        expected = pytest.approx(expected, rel=2e-10)
    assert value(call) == expected


@settings(max_examples=15)
@given(order=st.integers(0, 29))
def test_cells_and_their_centres_are_those_of_other_codes(
    sky: duckdb.DuckDBPyConnection, order: int
):
    query = sql(
        f"SELECT ivo_healpix_index({order}, ra + 0, dec), "
        f"ivo_healpix_center({order}, ivo_healpix_index({order}, ra + 0, dec)) "
        f"FROM sky.stars WHERE id < {len(RA)} ORDER BY id"
    )
    rows = sky.execute(query).fetchall()
    found = np.array([cell for cell, _ in rows])
    centers = np.array([center for _, center in rows])
    wanted = lonlat_to_healpix(Longitude(RA, u.deg), Latitude(DEC, u.deg), order).astype(np.int64)
    # On the line between two cells, rounding decides: then both centres are as near.
    differ = found != wanted
    assert differ.mean() < 0.02
    lon, lat = (angle.to_value(u.deg) for angle in healpix_to_lonlat(wanted, order))
    off = distance_of_each(centers[:, 0], centers[:, 1], lon, lat)
    assert np.all(off[~differ] < 1e-12)
    ours = distance_of_each(centers[:, 0], centers[:, 1], RA, DEC)
    theirs = distance_of_each(lon, lat, RA, DEC)
    assert np.all(ours[differ] < 2.1 * theirs[differ] + 1e-7)


def distance_of_each(
    ra1: np.ndarray, dec1: np.ndarray, ra2: np.ndarray, dec2: np.ndarray
) -> np.ndarray:
    """The distance of each pair of places, in degrees."""
    one, other = SkyCoord(ra1, dec1, unit="deg"), SkyCoord(ra2, dec2, unit="deg")
    return one.separation(other).deg


def test_rows_that_know_their_cells_are_not_computed(sky: duckdb.DuckDBPyConnection):
    fast = "SELECT ivo_healpix_index(8, ra, dec) FROM sky.stars ORDER BY id"
    slow = "SELECT ivo_healpix_index(8, ra + 0, dec) FROM sky.stars ORDER BY id"
    assert "_healpix_29" in sql(fast)
    assert "_healpix_29" not in sql(slow)
    found, computed = (sky.execute(sql(q)).fetchall() for q in (fast, slow))
    assert found[-3:] == [(None,)] * 3 == computed[-3:]
    assert np.mean([a != b for a, b in zip(found, computed, strict=True)]) < 0.01


@settings(max_examples=10)
@given(
    place=st.tuples(st.floats(0, 359), st.floats(-89, 89)),
    motion=st.tuples(st.floats(-9000, 9000), st.floats(-9000, 9000)),
    parallax=st.floats(1, 700),
    velocity=st.floats(-300, 300),
)
def test_a_star_goes_where_astropy_sends_it(
    connection: duckdb.DuckDBPyConnection,
    place: tuple[float, float],
    motion: tuple[float, float],
    parallax: float,
    velocity: float,
):
    numbers = [*place, parallax, *motion, velocity]
    call = f"ivo_epoch_prop_pos({', '.join(map(repr, numbers))}, 2016, 1950)"
    (((lon, lat),),) = connection.execute(sql(f"SELECT TOP 1 {call} FROM sky.stars")).fetchall()
    # Without ERFA's correction for the time that light takes, which the catalogue excludes.
    start = SkyCoord(*place, unit="deg").skyoffset_frame()
    years = -66.0
    away = 1 + velocity * parallax / 4.740470446 * years * np.radians(1 / 3.6e6)
    east, north = (np.radians(m / 3.6e6) * years for m in motion)
    offset = SkyCoord(
        Angle(np.arctan2(east, away), u.rad),
        Angle(np.arctan2(north, np.hypot(away, east)), u.rad),
        distance=Distance(1, u.pc),
        frame=start,
    ).icrs
    assert distance(np.array([lon]), np.array([lat]), offset.ra.deg, offset.dec.deg)[0] < 1e-10


@pytest.mark.parametrize("source", ["ICRS", "FK5", "GALACTIC", "ECLIPTIC"])
@pytest.mark.parametrize("target", ["ICRS", "FK5", "GALACTIC", "ECLIPTIC"])
def test_frames_turn_into_one_another_as_in_astropy(
    value: Callable[[str], object], source: str, target: str
):
    names = {"ECLIPTIC": "barycentricmeanecliptic"}
    place = SkyCoord(123.4, -56.7, unit="deg", frame=names.get(source, source.lower()))
    turned = place.transform_to(names.get(target, target.lower())).spherical
    expected = [turned.lon.deg, turned.lat.deg]
    call = f"ivo_geom_transform('{source}', '{target}', {{}})"
    assert value(call.format("POINT(123.4, -56.7)")) == pytest.approx(expected, rel=1e-9)
    circle = value(call.format("CIRCLE(123.4, -56.7, 3)"))
    assert circle == pytest.approx([*expected, 3.0], rel=1e-9)
    polygon = value(call.format("POLYGON(1, 2, 123.4, -56.7, 5, 6)"))
    assert len(polygon) == 6
    assert polygon[2:4] == pytest.approx(expected, rel=1e-9)


def test_julian_dates_are_those_of_astropy(value: Callable[[str], object]):
    assert value("ivo_to_mjd(seen)") == Time("2016-01-09T00:00:00").mjd
    assert value("ivo_to_jd(seen)") == Time("2016-01-09T00:00:00").jd


def test_random_numbers_are_normal(rows: Callable[[str], list[tuple[float]]]):
    numbers = np.array(rows("SELECT ivo_normal_random(10, 5) FROM sky.stars, sky.fields"))
    assert np.all(np.isfinite(numbers))
    assert len(np.unique(numbers)) > 0.99 * len(numbers)
    assert abs(np.mean(numbers) - 10) < 0.5
    assert abs(np.std(numbers) - 5) < 0.5


def test_the_texts_of_a_group_are_joined_without_those_that_are_null(
    rows: Callable[[str], list[tuple[object, ...]]],
):
    found = rows(
        "SELECT field, ivo_string_agg(name, ' <//> ') FROM sky.stars "
        'WHERE "size" IN (7, 9, 14) GROUP BY field ORDER BY field'
    )
    assert [set(joined.split(" <//> ")) if joined else None for _, joined in found] == [
        {"Star 7", "Star 14"},
        None,
    ]
    assert rows("SELECT ivo_string_agg(label, '') FROM sky.fields WHERE field > 0") == [("far",)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # Below lower; from lower up to the next bin; from upper on (udf-catalogue 1.2).
        ("-1", [1, 0, 0, 0]),
        ("0, 0, 4.99", [0, 3, 0, 0]),
        ("5", [0, 0, 1, 0]),
        ("10, 11", [0, 0, 0, 2]),
        ("NULL", [0, 0, 0, 0]),
    ],
)
def test_a_histogram_counts_what_is_below_in_each_bin_and_above(
    rows: Callable[[str], list[tuple[object, ...]]], values: str, expected: list[int]
):
    query = " UNION ALL ".join(
        f"SELECT CAST({value} AS DOUBLE PRECISION) AS x FROM sky.fields WHERE field = 99"
        for value in values.split(",")
    )
    assert rows(f"SELECT ivo_histogram(x, 0, 10, 2) FROM ({query}) AS t") == [(expected,)]


def test_each_group_has_its_histogram(rows: Callable[[str], list[tuple[object, ...]]]):
    found = rows("SELECT field, ivo_histogram(ra, 0, 360, 36) FROM sky.stars GROUP BY field")
    assert len(found) == 7
    assert all(len(counts) == 38 for _, counts in found)
    assert sum(map(sum, dict(found).values())) == 1000


def test_a_histogram_is_an_array_of_whole_numbers():
    query = "SELECT ivo_histogram(gmag, 10, 20, 5) AS h FROM sky.stars"
    (column,) = adql.check(adql.parse(query), TABLES).columns
    assert (column.datatype, column.arraysize, column.unit) == (DataType.INTEGER, "*", "")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("ivo_healpix_center(17, 23.2)", "is a whole number, and 23.2"),
        ("ivo_healpix_index(30, 1, 1)", "from 0 to 29"),
        ("ivo_epoch_prop_pos(NULL, 11, 125, 300, NULL, NULL, 2016, 1875)", "cannot be followed"),
        ("ivo_epoch_prop_pos(7, 11, 125, 300, 0, 0, NULL, 1875)", "cannot be followed"),
        ("ivo_geom_transform('FK4', 'ICRS', POINT(1, 2))", "frame 'FK4' is not known"),
        ("ivo_geom_transform('icrs', 'FK5', POINT(1, 2))", "frame 'icrs' is not known"),
        ("ivo_geom_transform(name, 'FK5', POINT(1, 2))", "frame 'name' is not known"),
        ("ivo_to_jd('yesterday')", "is no timestamp"),
        ("ivo_string_agg(name)", "one to put between them"),
        ("ivo_string_agg(name, name)", "one to put between them"),
        ("ivo_string_agg(id, ',')", "joins texts, and here is 'id'"),
        ("ivo_string_agg(MAX(name), ',')", "MAX cannot stand in another aggregate"),
        ("ivo_simbadpoint('GJ 699')", "No object is known here as “GJ 699”"),
        ("ivo_simbadpoint('Andromeda')", "Did you mean Andromeda Galaxy?"),
        ("ivo_simbadpoint(name)", "takes the name of one object"),
        ("ivo_histogram(gmag, 10, 20)", "takes 4 arguments, not 3"),
        ("ivo_histogram(gmag, ra, 20, 5)", "are the same in every row"),
        ("ivo_histogram(gmag, 20, 10, 5)", "10 is not above 20"),
        ("ivo_histogram(gmag, 10, 20, 0)", "from 1 to 10,000 bins, not 0"),
        ("ivo_histogram(gmag, 10, 20, 1.5)", "from 1 to 10,000 bins, not 1.5"),
        ("ivo_histogram(name, 10, 20, 5)", "counts numbers, and here is 'name'"),
    ],
)
def test_what_has_no_value_is_refused_in_words(call: str, sentence: str):
    with pytest.raises(adql.AdqlError) as caught:
        adql.check(adql.parse(f"SELECT {call} FROM sky.stars"), TABLES)
    assert sentence in str(caught.value)
