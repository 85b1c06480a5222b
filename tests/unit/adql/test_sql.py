"""SQL as Data Lab users write it means what it means in PostgreSQL, and no less than ADQL."""

from __future__ import annotations

import math
from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from datalab_backend import adql
from datalab_backend.catalogues import information
from datalab_backend.metadata import Column, DataType, Schema, Table, Tables

from .conftest import DEC, RA, TABLES, database, distance, relation
from .conftest import sql as adql_to_sql

Rows = Callable[[str], list[tuple[object, ...]]]


def sql(query: str, tables: Tables = TABLES) -> str:
    checked = adql.check(adql.parse_sql(query), tables)
    return adql.translate(checked, relation, None, "duckdb").sql("duckdb")


def names(query: str) -> list[str]:
    return [column.name for column in adql.check(adql.parse_sql(query), TABLES).columns]


@pytest.fixture
def rows(connection: duckdb.DuckDBPyConnection) -> Rows:
    """Run a query to its rows."""
    return lambda query: connection.execute(sql(query)).fetchall()


@pytest.fixture
def value(rows: Rows) -> Callable[[str], object]:
    """The value of an expression for the star with the number 8."""

    def evaluate(expression: str) -> object:
        ((found,),) = rows(f'SELECT {expression} FROM sky.stars WHERE "Weird Name" = 8')
        return found

    return evaluate


# One tree


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "SELECT id FROM sky.stars WHERE q3c_radial_query(ra, dec, 10, 20, 1.5)",
            "SELECT id FROM sky.stars WHERE DISTANCE(ra, dec, 10, 20) < 1.5",
        ),
        (
            "SELECT id FROM sky.stars WHERE 't' = Q3C_RADIAL_QUERY(ra, dec, 10, 20, 1.5);",
            "SELECT id FROM sky.stars WHERE DISTANCE(ra, dec, 10, 20) < 1.5",
        ),
        (
            "SELECT id FROM sky.stars WHERE q3c_poly_query(ra, dec, ARRAY[0, 0, 9, 0, 9, 9])",
            "SELECT id FROM sky.stars WHERE CONTAINS(POINT(ra, dec), POLYGON(0, 0, 9, 0, 9, 9)) "
            "= 1",
        ),
        (
            "SELECT id FROM sky.stars WHERE q3c_poly_query(ra, dec, '{0, 0, 9, 0, 9, 9}')",
            "SELECT id FROM sky.stars WHERE CONTAINS(POINT(ra, dec), POLYGON(0, 0, 9, 0, 9, 9)) "
            "= 1",
        ),
        (
            "SELECT a.id FROM sky.stars a, sky.stars b "
            "WHERE q3c_join(a.ra, a.dec, b.ra, b.dec, 0.1)",
            "SELECT a.id FROM sky.stars AS a, sky.stars AS b "
            "WHERE DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.1",
        ),
        (
            "SELECT ra FROM sky.stars WHERE (gmag < 12 AND (ra > 3)) ORDER BY ra LIMIT 5 OFFSET 2",
            "SELECT TOP 5 ra FROM sky.stars WHERE gmag < 12 AND ra > 3 ORDER BY ra OFFSET 2",
        ),
        ("SELECT MOD(field, 2) AS x FROM sky.stars", "SELECT MOD(field, 2) AS x FROM sky.stars"),
        ("SELECT field % 2 AS x FROM sky.stars", "SELECT MOD(field, 2) AS x FROM sky.stars"),
        ("SELECT ra::int AS x FROM sky.stars", "SELECT CAST(ra AS INTEGER) AS x FROM sky.stars"),
    ],
)
def test_what_users_write_is_the_same_query_as_in_adql(one: str, other: str):
    assert sql(one) == adql_to_sql(other)


def test_a_cone_of_q3c_reads_only_ranges_of_the_sky():
    assert "_healpix_29" in sql(
        "SELECT id FROM sky.stars WHERE gmag < 12 AND q3c_radial_query(ra, dec, 10, 20, 1)"
    )
    assert "_healpix_29" in sql(
        "SELECT id FROM sky.stars WHERE q3c_poly_query(ra, dec, ARRAY[0,0, 9,0, 9,9])"
    )
    # Everything but a cone is not in these ranges.
    assert "_healpix_29" not in sql(
        "SELECT id FROM sky.stars WHERE NOT q3c_radial_query(ra, dec, 10, 20, 1)"
    )


@pytest.mark.parametrize(
    ("ra", "dec", "radius"), [(0, 0, 3), (359.9, 41, 1), (10, 90, 8), (5, -89.9, 2)]
)
def test_q3c_finds_the_stars_that_are_there(
    sky: duckdb.DuckDBPyConnection, ra: float, dec: float, radius: float
):
    query = f"SELECT id FROM sky.stars WHERE q3c_radial_query(ra, dec, {ra}, {dec}, {radius})"
    found = {i for (i,) in sky.execute(sql(query)).fetchall()}
    apart = distance(RA, DEC, ra, dec)
    assert found >= set(np.flatnonzero(apart < radius - 1e-9))
    assert found <= set(np.flatnonzero(apart < radius + 1e-9))


# Operators


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2 ^ 3 ^ 2", 64),
        ("-2 ^ 2", 4),
        ("2 + 3 & 4", 4),
        ("1 | 2 # 2", 1),
        ("5 & 6 = 4", True),
        ("~5 + 1", ~6),
        ("~5", -6),
        ("1 << 40", 2**40),
        ("-3 << 2", -12),
        ("1 << 70", None),
        ("-9 >> 1", -5),
        ("7 / 2", 3),
        ("7 / 2.0", 3.5),
        ("-7 % 3", -1),
        ("7 % 0", None),
        ("'1' || '2' = '12'", True),
        ("NOT 1 = 2 AND 2 = 2", True),
        ("-'3'::int", -3),
        ("2.5::int", 2),
        ("2.567::numeric(9, 2)", 2.57),
        ("2.567::numeric(9)", 3),
        ("2.567::numeric", 2.567),
        ("2.567::float(24)", 2.567),
        ("'x'::int", None),
        ("1::text || 'a'", "1a"),
        ("1 = 1 IS TRUE", True),
        ("NULL IS NOT DISTINCT FROM NULL", True),
        ("gmag IS DISTINCT FROM NULL", True),
        ("1 < 2 OR 1 / 0 = 1", True),
    ],
)
def test_operators_bind_and_compute_as_in_postgresql(
    value: Callable[[str], object], expression: str, expected: object
):
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("LOG(1000)", 3),
        ("LN(EXP(2))", 2),
        ("LOG(2, 8)", 3),
        ("SIND(30)", 0.5),
        ("ATAN2D(1, 1)", 45),
        ("SIGN(-0.5)", -1),
        ("WIDTH_BUCKET(3.5, 0, 10, 5)", 2),
        ("WIDTH_BUCKET(-1, 0, 10, 5)", 0),
        ("WIDTH_BUCKET(10, 0, 10, 5)", 6),
        ("WIDTH_BUCKET(3.5, 10, 0, 5)", 4),
        ("WIDTH_BUCKET(10, 10, 0, 5)", 1),
        ("WIDTH_BUCKET(11, 10, 0, 5)", 0),
        ("WIDTH_BUCKET(0, 10, 0, 5)", 6),
        ("EXTRACT(YEAR FROM seen)", 2016),
        ("DATE_PART('day', seen)", 9),
        ("LENGTH('abc') + STRPOS('abc', 'c')", 6),
    ],
)
def test_functions_give_what_they_give_in_postgresql(
    value: Callable[[str], object], expression: str, expected: float
):
    assert value(expression) == pytest.approx(expected)


def test_texts_are_cut_and_joined(value: Callable[[str], object]):
    assert value("SUBSTRING(name FROM 1 FOR 4)") == "Star"
    assert value("LEFT(name, 2) || RIGHT(name, 1)") == "St8"
    assert value("CONCAT('a', NULL, 'b')") == "ab"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("SUBSTRING('abcdef' FROM -1 FOR 3)", "a"),
        ("SUBSTRING('abcdef' FROM -5 FOR 3)", ""),
        ("SUBSTRING('abcdef', 0, 3)", "ab"),
        ("SUBSTR('abcdef', -2)", "abcdef"),
        ("SUBSTR('abcdef', 5)", "ef"),
        ("SUBSTR('abcdef', field - field - 1, 4)", "ab"),
        ("SUBSTR('abcdef', 2, NULL)", None),
        ("SUBSTR('abcdef', NULL, 2)", None),
    ],
)
def test_letters_before_the_first_are_counted(
    value: Callable[[str], object], expression: str, expected: str | None
):
    assert value(expression) == expected


def test_seconds_keep_their_fraction(coarse: Callable[[str], list[float]]):
    for part in ("EXTRACT(SECOND FROM at)", "DATE_PART('Second', at)"):
        assert set(coarse(f"SELECT {part} FROM sky.x")) == {5.25}


def test_centuries_are_not_cut_off_where_they_do_not_begin(value: Callable[[str], object]):
    assert value("EXTRACT(CENTURY FROM seen)") == 21
    for part in ("century", "millennium", "dow"):
        with pytest.raises(adql.AdqlError, match="DATE_TRUNC takes one of the parts") as raised:
            value(f"DATE_TRUNC('{part}', seen)")
        assert part not in str(raised.value)


def test_whole_numbers_of_32_bits_are_rounded_in_64(coarse: Callable[[str], list[int]]):
    assert coarse("SELECT ROUND(i, -1) AS x FROM sky.x ORDER BY x") == [0, 0, 2**31 + 2]
    assert coarse("SELECT i << 2 AS x FROM sky.x ORDER BY x") == [-12, 4, 2**33 - 4]


def test_a_day_has_no_time_of_day(value: Callable[[str], object]):
    assert value("seen::date = '2016-01-09'") is True
    assert value("'2016-01-09 10:30:00'::timestamp::date = '2016-01-09'") is True


# Conditions and values


def test_a_boolean_column_is_a_condition(rows: Rows):
    (count,) = rows("SELECT COUNT(*) FROM sky.stars WHERE variable")
    assert count == (250,)
    for same in ("variable = true", "variable IS TRUE", "variable = 't'", "NOT NOT variable"):
        assert rows(f"SELECT COUNT(*) FROM sky.stars WHERE {same}") == [count]


def test_a_condition_is_a_value(rows: Rows):
    query = "SELECT gmag < 12 AS bright, COUNT(*) FROM sky.stars GROUP BY bright ORDER BY 2 DESC"
    assert rows(query) == [(False, 780), (True, 200), (None, 20)]


def test_cases_are_told_apart(rows: Rows):
    query = (
        "SELECT CASE WHEN gmag < 12 THEN 'bright' WHEN gmag IS NULL THEN 'lost' ELSE 'faint' END "
        "AS kind, COUNT(*) FROM sky.stars GROUP BY 1 ORDER BY 1"
    )
    assert rows(query) == [("bright", 200), ("faint", 780), ("lost", 20)]
    query = "SELECT SUM(CASE field WHEN 1 THEN 1 WHEN '2' THEN 10 ELSE 0 END) FROM sky.stars"
    ((ones,), (twos,)) = (
        rows(f"SELECT COUNT(*) FROM sky.stars WHERE field = {n}")[0] for n in (1, 2)
    )
    assert rows(query) == [(ones + 10 * twos,)]


def test_a_filter_keeps_the_rest_out_of_an_aggregate(rows: Rows):
    query = (
        "SELECT COUNT(*) FILTER (WHERE gmag < 12), SUM(field) FILTER (WHERE field > 1), COUNT(*) "
        "FROM sky.stars"
    )
    ((bright, total, every),) = rows(query)
    (counted,) = rows("SELECT SUM(field) FROM sky.stars WHERE field > 1")
    assert (bright, total, every) == (200, counted[0], 1000)


# Texts for numbers, and what is not a number


@pytest.fixture(scope="module")
def measured() -> Rows:
    """A table with magnitudes that are missing in either way."""
    table = Table("m", "t", (Column("id", DataType.INTEGER), Column("mag", DataType.REAL)))
    data = pa.table(
        {
            "id": pa.array([1, 2, 3, 4], pa.int32()),
            "mag": pa.array([18.5, math.nan, None, math.inf], pa.float32()),
        }
    )
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA m")
    connection.register("rows", data)
    connection.execute("CREATE TABLE m.t AS SELECT * FROM rows")
    tables = Tables((Schema("m"),), (table,))
    return lambda query: connection.execute(sql(query, tables)).fetchall()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("mag != 'NaN'", [1, 4]),
        ("mag = 'nan'", [2]),
        ("mag <> 'nan'::float", [1, 4]),
        ("mag IS DISTINCT FROM 'NaN'", [1, 3, 4]),
        ("mag > 1e30", [2, 4]),  # NaN is greater than any number
        ("mag < 'Infinity'", [1]),
        ("NULLIF(mag, 'NaN') IS NULL", [2, 3]),
        ("mag BETWEEN '18' AND '19'", [1]),
        ("id IN ('1', '3')", [1, 3]),
        ("id = '3'", [3]),
    ],
)
def test_texts_are_taken_for_numbers_beside_numbers(
    measured: Rows, condition: str, expected: list[int]
):
    assert measured(f"SELECT id FROM m.t WHERE {condition} ORDER BY 1") == [(n,) for n in expected]


@pytest.fixture(scope="module")
def coarse() -> Callable[[str], list[object]]:
    """Query a table with numbers of 32 bits."""
    columns = (
        Column("r", DataType.REAL),
        Column("i", DataType.INTEGER),
        Column("t", DataType.VARCHAR, arraysize="*"),
        Column("at", DataType.TIMESTAMP),
    )
    data = pa.table(
        {
            "r": pa.array([1.1, 0.1, 16777216], pa.float32()),
            "i": pa.array([2**31 - 1, -3, 1], pa.int32()),
            "t": ["a_b", "a%b", "axb"],
            "at": np.array(["2016-01-09T10:30:05.25"] * 3, "datetime64[us]"),
        }
    )
    connection = database(x=data)
    tables = Tables((Schema("sky"),), (Table("sky", "x", columns),))
    return lambda query: [v for (v,) in connection.execute(sql(query, tables)).fetchall()]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("r = '0.1'", [0.1]),
        ("'0.1' = r", [0.1]),
        ("r <> '1.1'", [0.1, 16777216]),
        ("r = ' 16777217 '", [16777216]),
        ("r < '1e50'", [0.1, 1.1, 16777216]),
        ("r > '1e50'", []),
        ("r BETWEEN '0.1' AND '1.1'", [0.1, 1.1]),
        ("r IN ('0.1', '1.1')", [0.1, 1.1]),
        ("r = ANY (ARRAY['0.1', '1.1'])", [0.1, 1.1]),
        ("r IS NOT DISTINCT FROM '0.1'", [0.1]),
        ("NULLIF(r, '0.1') IS NULL", [0.1]),
        ("r = CASE WHEN i = -3 THEN '0.1' ELSE r + 1::real END", [0.1, 16777216]),
        ("CASE r WHEN '0.1' THEN true ELSE false END", [0.1]),
        ("r = COALESCE(NULLIF(r, r), '0.1')", [0.1]),
        ("r - '0.1' = 0", [0.1]),
        # As in PostgreSQL, a number without quotes is no REAL.
        ("r = 0.1", []),
        ("r = '0.1'::float8", []),
    ],
)
def test_a_text_beside_a_real_column_is_read_as_real(
    coarse: Callable[[str], list[float]], condition: str, expected: list[float]
):
    found = coarse(f"SELECT r FROM sky.x WHERE {condition} ORDER BY 1")
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("r IN (0.1, 1.1)", [0.1, 1.1]),
        ("r NOT IN (0.1, 1.1)", [16777216]),
        ("r IN (-0.1, '0.1', 1 + 0.1, NULL)", [0.1, 1.1]),
        ("r IN (0.1, 1.1, i)", [0.1, 1.1]),
        ("r IN (16777217, 1)", [16777216]),
        # As in PostgreSQL: with a DOUBLE, and where the type of one is not looked for.
        ("r IN (0.1, 1.1::float8)", []),
        ("r IN (0.1)", []),
        ("r IN (0.1, i)", []),
        ("r = ANY (ARRAY[0.1, 1.1])", []),
        ("r IN (1e50, 0.1)", []),
        ("i IN (1.0, -3.0)", [0.1, 16777216]),
    ],
)
def test_a_list_beside_a_real_column_is_read_as_real(
    coarse: Callable[[str], list[float]], condition: str, expected: list[float]
):
    found = coarse(f"SELECT r FROM sky.x WHERE {condition} ORDER BY 1")
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (r"t LIKE 'a\_b'", ["a_b"]),
        (r"t NOT LIKE 'a\_b'", ["a%b", "axb"]),
        (r"t ILIKE 'A\%B'", ["a%b"]),
        (r"t LIKE 'a\x_'", ["axb"]),
        (r"t LIKE REPEATED.p", ["a%b"]),
        (r"'\' LIKE '\\' AND t LIKE 'a_b'", ["a%b", "a_b", "axb"]),
    ],
)
def test_a_backslash_takes_a_letter_of_a_pattern_as_it_is(
    coarse: Callable[[str], list[str]], condition: str, expected: list[str]
):
    joined = r"(SELECT 'a\%b' AS p FROM sky.x WHERE i = 1) AS repeated"
    assert coarse(f"SELECT t FROM sky.x, {joined} WHERE {condition} ORDER BY t") == expected
    with pytest.raises(adql.AdqlError, match="ends in a backslash"):
        coarse(r"SELECT t FROM sky.x WHERE t LIKE 'a\\\'")


def test_a_real_and_a_whole_number_make_a_double(coarse: Callable[[str], list[float]]):
    ((r,),) = (coarse("SELECT r::float8 FROM sky.x WHERE i = -3"),)
    for expression, expected in (
        ("r + i", r - 3),
        ("r * 10", r * 10),
        ("1 / 3::real", 1 / 3),
        ("AVG(r + 1)", r + 1),
        ("r + 1.5", r + 1.5),
        ("r + 1::real", np.float32(r) + np.float32(1)),
    ):
        assert coarse(f"SELECT {expression} FROM sky.x WHERE i = -3") == [expected], expression
    assert coarse("SELECT r + 1 FROM sky.x WHERE i = 1") == [16777217]


def test_nulls_are_greatest_as_in_postgresql(measured: Rows):
    ordered = "SELECT id FROM m.t ORDER BY mag"
    assert measured(ordered) == [(1,), (4,), (2,), (3,)]
    assert measured(f"{ordered} DESC") == [(3,), (2,), (4,), (1,)]
    assert measured(f"{ordered} DESC NULLS LAST") == [(2,), (4,), (1,), (3,)]
    assert measured(f"{ordered} NULLS FIRST LIMIT 1") == [(3,)]


def test_a_number_of_64_bits_in_quotes_keeps_all_its_digits(rows: Rows):
    wanted = 2**60 + 4
    assert rows(f"SELECT id FROM sky.stars WHERE id = '{wanted}'") == [(wanted,)]


# Limits


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("LIMIT 3", [0, 1, 2]),
        ("LIMIT 3 OFFSET 2", [2, 3, 4]),
        ("OFFSET 2 LIMIT 3;", [2, 3, 4]),
        ("OFFSET 998 LIMIT ALL", [998, 999]),
        ("FETCH FIRST 2 ROWS ONLY", [0, 1]),
        ("OFFSET 1 ROWS FETCH NEXT ROW ONLY", [1]),
        ("LIMIT 0", []),
    ],
)
def test_rows_are_counted_as_the_clauses_say(rows: Rows, clauses: str, expected: list[int]):
    query = f'SELECT "size" FROM sky.stars ORDER BY "size" {clauses}'
    assert rows(query) == [(n,) for n in expected]


def test_a_limit_of_the_user_is_known_as_top_is():
    parsed = [adql.parse_sql(f"SELECT {top} ra FROM sky.stars LIMIT 5") for top in ("", "TOP 3")]
    assert [adql.check(query, TABLES).top for query in parsed] == [5, 3]


# Names of columns


def test_columns_are_called_as_in_postgresql():
    query = (
        "SELECT COUNT(*), AVG(gmag), stddev(ra), CASE WHEN 1 = 1 THEN 2 END, MIN(ra)::int AS m "
        "FROM sky.stars"
    )
    assert names(query) == ["count", "avg", "stddev", "case", "m"]
    query = "SELECT ra::int, q3c_dist(ra, dec, 1, 2), ceil(ra), ra FROM sky.stars"
    assert names(query) == ["ra", "q3c_dist", "ceil", "ra_2"]


def test_words_that_only_adql_reserves_are_names(rows: Rows):
    assert rows("SELECT size AS value FROM sky.stars AS year WHERE year.size = 3") == [(3,)]


# LATERAL


def test_the_nearest_of_each_is_found(rows: Rows, connection: duckdb.DuckDBPyConnection):
    query = (
        "SELECT a.id, b.id, q3c_dist(a.ra, a.dec, b.ra, b.dec) FROM sky.stars AS a "
        "INNER JOIN LATERAL (SELECT s.* FROM sky.stars AS s "
        "WHERE q3c_join(a.ra, a.dec, s.ra, s.dec, 4) AND s.id != a.id "
        "ORDER BY q3c_dist(a.ra, a.dec, s.ra, s.dec) ASC LIMIT 1) AS b ON true ORDER BY a.id"
    )
    everyone = connection.execute("SELECT id, ra, dec FROM sky.stars ORDER BY id").fetchnumpy()
    expected = {}
    for star in range(len(everyone["id"])):
        apart = distance(
            everyone["ra"], everyone["dec"], everyone["ra"][star], everyone["dec"][star]
        )
        apart[star] = 999
        if apart.min() < 4:
            expected[int(everyone["id"][star])] = int(everyone["id"][apart.argmin()])
    found = rows(query)
    assert {one: other for one, other, _ in found} == expected
    assert len(found) == len(expected) > 100


def test_those_without_a_partner_are_kept_by_a_left_join(rows: Rows):
    query = (
        "SELECT f.label, s.id FROM sky.fields f LEFT JOIN LATERAL (SELECT id FROM sky.stars "
        "WHERE field = f.field ORDER BY id LIMIT 1) AS s ON true ORDER BY f.label"
    )
    assert rows(query)[-1] == ("far", None)
    assert [label for label, _ in rows(query)] == ["a", "b", "c", "d", "far"]


# What there is


def test_only_the_tables_that_one_may_read_are_told_of():
    told = {
        table.full_name: information.rows(table, TABLES)
        for table in (information.TBL_STAT, information.TABLES, information.COLUMNS)
    }
    assert told["public.tbl_stat"].column("tbl_name").to_pylist() == ["stars", "fields"]
    assert told["information_schema.tables"].column("table_name").to_pylist() == ["stars", "fields"]
    columns = told["information_schema.columns"].to_pylist()
    assert {row["table_name"] for row in columns} == {"stars", "fields"}
    # The column of the sky's cells is for engines, not for people.
    assert "_healpix_29" not in {row["column_name"] for row in columns}


def test_tbl_stat_needs_no_schema_and_gives_way_to_a_query_of_that_name():
    tables = information.joined(TABLES)
    checked = adql.check(adql.parse_sql("SELECT schema, nrows FROM tbl_stat"), tables)
    assert checked.tables == (information.TBL_STAT,)
    query = "WITH tbl_stat AS (SELECT 1 AS one FROM sky.stars) SELECT one FROM tbl_stat"
    assert information.TBL_STAT not in adql.check(adql.parse_sql(query), tables).tables


def test_a_table_of_ones_own_has_an_address():
    own = Table("mydb", "mags", (Column("id", DataType.INTEGER), Column("g", DataType.REAL)))
    tables = Tables((Schema("mydb"),), (own,))
    for query in (
        "SELECT m.g FROM mydb://mags AS m",
        "SELECT mags.g FROM MYDB://mags",
        "SELECT g FROM mydb.mags",
    ):
        assert adql.check(adql.parse_sql(query), tables).tables == (own,)
    with pytest.raises(adql.AdqlError, match=r"There is no table 'mydb\.others'"):
        adql.check(adql.parse_sql("SELECT 1 FROM mydb://others"), tables)
    with pytest.raises(adql.AdqlError, match="A name follows mydb://"):
        adql.parse_sql("SELECT 1 FROM mydb://(SELECT 1 FROM mydb.mags) AS t")


def test_adql_is_as_strict_as_it_was():
    for query in (
        "SELECT ra FROM sky.stars LIMIT 3",
        "SELECT ra::int FROM sky.stars",
        "SELECT ra FROM sky.stars WHERE variable",
        "SELECT ra FROM sky.stars WHERE field = '3'",
        "SELECT ra FROM sky.stars WHERE q3c_radial_query(ra, dec, 1, 2, 3)",
        "SELECT CASE WHEN ra > 3 THEN 1 END FROM sky.stars",
    ):
        with pytest.raises(adql.AdqlError):
            adql.check(adql.parse(query), TABLES)
