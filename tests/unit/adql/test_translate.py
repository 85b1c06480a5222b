"""The engine's query gives the rows, types and names that ADQL promises."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable

import duckdb
import pytest
from datalab_backend import adql
from datalab_backend.engines.arrow import arrow_schema
from hypothesis import given
from hypothesis import strategies as st

from .conftest import TABLES, N, relation, sql

Rows = Callable[..., list[tuple[object, ...]]]
Evaluate = Callable[[str], object]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("LOG(EXP(2))", 2.0),
        ("LOG10(1000)", 3.0),
        ("LOG(0)", -math.inf),
        ("SQRT(-1)", math.nan),
        ("ACOS(2)", math.nan),
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 / 2.0", 3.5),
        ("1 / 0", None),
        ("field / (field - field)", None),
        ("1 / 0.0", math.inf),
        ("MOD(-7, 3)", -1),
        ("MOD(7.5, 2)", 1.5),
        ("MOD(7, 0)", None),
        ("MOD(1 + 6, 2 + 2)", 3),
        ("POWER(2, 10)", 1024.0),
        ("ROUND(1234.567, 2)", 1234.57),
        ("ROUND(1234.567, -2)", 1200.0),
        ("ROUND(1234, -2)", 1200),
        ("TRUNCATE(-1234.567, 2)", -1234.56),
        ("TRUNCATE(-1234.567, -2)", -1200.0),
        ("TRUNCATE(-1.9)", -1.0),
        ("TRUNCATE(1234, -2)", 1200),
        ("ROUND(2.5, 1 - 1)", 3.0),
        ("CEILING(-1.5)", -1.0),
        ("FLOOR(-1.5)", -2.0),
        ("ABS(-3)", 3),
        ("PI()", math.pi),
        ("DEGREES(PI())", 180.0),
        ("RADIANS(180)", math.pi),
        ("ATAN2(1, -1)", math.atan2(1, -1)),
        ("COT(1)", 1 / math.tan(1)),
        ("ASIN(1) + ACOS(0) + ATAN(0) + COS(0) + SIN(0) + TAN(0)", math.pi + 1),
        ("2 - 3 - 4", -5),
        ("2 - (3 - 4)", 3),
        ("-(-2)", 2),
        ("2 * -3", -6),
        ("8 / (4 / 2)", 4),
        ("(1 + 2) * (3 - 5)", -6),
        ("2147483647 + 1", 2147483648),
        ("epochs * 1000 * 1000 * 1000 * 1000", 8_000_000_000_000),
        ("'it''s' || ' \"q\" \\ --'", 'it\'s "q" \\ --'),
        ("UPPER(name) || LOWER(name)", "STAR 8star 8"),
        ("COALESCE(NULL, name)", "Star 8"),
        ("CAST('12' AS INTEGER)", 12),
        ("CAST('abc' AS INTEGER)", None),
        ("CAST(1e300 AS REAL)", None),
        ("CAST(field AS DOUBLE PRECISION)", -2.0),
        ("CAST(name AS VARCHAR(4))", "Star"),
        ("CAST(seen AS VARCHAR)", "2016-01-09T00:00:00"),
        ("NULL", None),
        ("DISTANCE(0, 0, 0, 90)", 90.0),
        ("DISTANCE(POINT(0, 90), POINT(77, -90))", 180.0),
        ("DISTANCE(359.5, 0, 0.5, 0)", 1.0),
        ("CONTAINS(POINT('ICRS', 10, 10), CIRCLE('ICRS', 10, 11, 1.0000001))", 1),
        ("CONTAINS(POINT(10, 10), CIRCLE(POINT(10, 12), 1))", 0),
        ("CONTAINS(POINT(CAST(NULL AS REAL), 10), CIRCLE(10, 12, 1))", None),
        ("POINT(1, 2)", [1.0, 2.0]),
        ("CIRCLE(POINT(1, 2), 3)", [1.0, 2.0, 3.0]),
        ("POINT(NULL, 2)", None),
        ("CIRCLE(1, 2, CAST(NULL AS REAL))", None),
        ("CENTROID(CIRCLE(NULL, 2, 3))", None),
        ("(SELECT MAX(depth) FROM sky.fields)", 24.0),
    ],
)
def test_an_expression_has_the_value_that_adql_gives_it(
    value: Evaluate, expression: str, expected: object
):
    assert value(expression) == pytest.approx(expected, nan_ok=True)


def test_a_shape_without_one_of_its_numbers_is_null_wherever_it_stands(rows: Rows):
    assert rows(
        "SELECT COUNT(*), COUNT(POINT(1, depth)), COUNT(CIRCLE(1, 2, depth)) FROM sky.fields"
    ) == [(5, 4, 4)]
    assert rows("SELECT COUNT(*) FROM sky.fields WHERE POINT(depth, 2) IS NULL") == [(1,)]
    derived = "(SELECT POINT(depth, 2) AS place FROM sky.fields) AS t"
    assert rows(f"SELECT COUNT(*) FROM {derived} WHERE place IS NOT NULL") == [(4,)]
    assert rows(f"SELECT COUNT(COORD2(place)) FROM {derived}") == [(4,)]


def test_a_text_can_become_a_timestamp(value: Evaluate):
    found = value("CAST('2016-01-09T01:02:03' AS TIMESTAMP)")
    assert found == datetime.datetime(2016, 1, 9, 1, 2, 3)


def test_a_random_number_lies_between_0_and_1_and_a_seed_is_allowed(rows: Rows):
    found = rows("SELECT RAND(), RAND(42) FROM sky.stars")
    assert all(0 <= number < 1 for row in found for number in row)
    assert len(set(found)) > N / 2


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ("gmag < 11", lambda n: n % 50 != 49 and n % 100 / 10 < 1),
        ("gmag IS NULL", lambda n: n % 50 == 49),
        ("NOT gmag IS NULL AND field <> -3", lambda n: n % 50 != 49 and n % 7 != 0),
        ("name LIKE 'Star 1_'", lambda n: 10 <= n < 19),
        ("name LIKE 'star%'", lambda n: False),
        ("name ILIKE 'STAR 1_'", lambda n: 10 <= n < 19),
        ("name NOT LIKE '%'", lambda n: False),
        ("field IN (-3, 2) OR field = 0", lambda n: n % 7 in (0, 3, 5)),
        ("field NOT IN (-3, 2)", lambda n: n % 7 not in (0, 5)),
        ("field BETWEEN -1 AND 1", lambda n: n % 7 in (2, 3, 4)),
        ("field NOT BETWEEN -1 AND 1", lambda n: n % 7 not in (2, 3, 4)),
        ("field IN (SELECT field FROM sky.fields)", lambda n: n % 7 < 4),
        ("NOT field IN (SELECT field FROM sky.fields)", lambda n: n % 7 >= 4),
        ("variable = 1", lambda n: n % 4 == 0),
        ("variable = 'false'", lambda n: n % 4 != 0),
        ("variable <> 0", lambda n: n % 4 == 0),
        ("seen < '2016-01-11'", lambda n: n < 10),
        ("seen >= '2016-01-11T00:00:00Z'", lambda n: n >= 10),
        ("seen >= '2016-01-11T00:00Z'", lambda n: n >= 10),
        ("seen >= '2016-01-11T00:00:00.123456789'", lambda n: n >= 11),
        ("seen BETWEEN '2016-01-02' AND '2016-01-03T00:00:00.000'", lambda n: n in (1, 2)),
        ('"Weird Name" = 7 AND "size" = 7', lambda n: n == 7),
        ("(field = 0 OR field = 1) AND NOT (variable = 1)", lambda n: n % 7 in (3, 4) and n % 4),
        (
            "EXISTS (SELECT 1 FROM sky.fields AS f WHERE f.field = stars.field AND depth > 20.5)",
            lambda n: n % 7 in (1, 2),
        ),
        ("field + 1 = (SELECT MIN(field) FROM sky.fields) + 2", lambda n: n % 7 == 1),
        ("id = 1152921504606846980", lambda n: n == 4),
    ],
)
def test_a_condition_keeps_the_rows_that_meet_it(
    rows: Rows, condition: str, matches: Callable[[int], bool]
):
    found = rows(f'SELECT "Weird Name" FROM sky.stars WHERE {condition} ORDER BY "Weird Name"')
    assert [n for (n,) in found] == [n for n in range(N) if matches(n)]


def test_joins_keep_what_their_kind_says(rows: Rows):
    def count(join: str) -> list[int | None]:
        found = rows(
            f"SELECT field, COUNT(*) FROM {join} GROUP BY field HAVING field < 0 OR field > 2 "
            "ORDER BY field"
        )
        return [field for field, _ in found]

    assert count("sky.stars JOIN sky.fields USING (field)") == [-3, -2, -1]
    assert count("sky.stars LEFT JOIN sky.fields USING (field)") == [-3, -2, -1, 3]
    assert count("sky.stars RIGHT OUTER JOIN sky.fields USING (field)") == [-3, -2, -1, 99]
    assert count("sky.stars NATURAL FULL JOIN sky.fields") == [-3, -2, -1, 3, 99]


def test_a_join_in_parentheses_is_joined_as_a_whole(rows: Rows):
    query = (
        "SELECT a.field, b.label, c.label FROM sky.fields AS a LEFT JOIN "
        "(sky.fields AS b JOIN sky.fields AS c ON b.field = c.field AND c.depth > 20.5) "
        "ON a.field = b.field ORDER BY 1"
    )
    assert rows(query) == [
        (-3, None, None),
        (-2, "b", "b"),
        (-1, "c", "c"),
        (0, None, None),
        (99, "far", "far"),
    ]


def test_commas_make_all_pairs(rows: Rows):
    assert rows("SELECT COUNT(*) FROM sky.fields AS a, sky.fields AS b") == [(25,)]


def test_groups_are_counted_summed_and_averaged(rows: Rows):
    found = rows(
        "SELECT FLOOR(gmag) AS bin, COUNT(*) AS n, COUNT(DISTINCT field), AVG(epochs), "
        "SUM(epochs), MIN(name) FROM sky.stars WHERE gmag >= 18 GROUP BY bin ORDER BY n DESC, bin"
    )
    assert [(row[0], row[1], row[2]) for row in found] == [(18.0, 100, 7), (19.0, 90, 7)]
    assert found[0][4] == found[0][3] * 100


def test_order_puts_nulls_last_in_either_direction(rows: Rows):
    for direction in ("ASC", "DESC"):
        found = rows(f"SELECT gmag FROM sky.stars ORDER BY gmag {direction}")
        assert [g for (g,) in found[-20:]] == [None] * 20
        assert found[0] != (None,)


def test_order_takes_names_positions_and_expressions(rows: Rows):
    by = {
        order: rows(f"SELECT depth AS d, -depth AS field FROM sky.fields ORDER BY {order}")
        for order in ("d", "1", "depth", "-field", "ABS(depth)")
    }
    assert by["d"] == by["1"] == by["depth"] == by["ABS(depth)"]
    assert by["-field"][0] == (24.0, -24.0), "inside an expression a name is a table's column"


def test_distinct_and_set_operations_drop_duplicates_and_all_keeps_them(rows: Rows):
    assert len(rows("SELECT DISTINCT field FROM sky.stars")) == 7
    union = "SELECT field FROM sky.stars UNION {} SELECT field FROM sky.fields"
    assert len(rows(union.format(""))) == 8
    assert len(rows(union.format("ALL"))) == N + 5
    assert len(rows("SELECT field FROM sky.stars EXCEPT SELECT field FROM sky.fields")) == 3
    assert len(rows("SELECT field FROM sky.stars INTERSECT SELECT field FROM sky.fields")) == 4


def test_the_smaller_of_top_and_limit_wins(rows: Rows):
    assert len(rows("SELECT TOP 3 id FROM sky.stars", 10)) == 3
    assert len(rows("SELECT TOP 10 id FROM sky.stars", 3)) == 3
    assert len(rows("SELECT id FROM sky.stars", 3)) == 3
    assert len(rows("SELECT TOP 0 id FROM sky.stars")) == 0
    assert len(rows("SELECT field FROM sky.stars UNION ALL SELECT 1 FROM sky.stars", 3)) == 3
    assert len(rows("SELECT n FROM (SELECT TOP 5 id AS n FROM sky.stars) AS t", 9)) == 5


def test_offset_skips_before_top_counts(rows: Rows):
    query = 'SELECT TOP 2 "size" FROM sky.stars ORDER BY 1 OFFSET 3'
    assert rows(query) == [(3,), (4,)]


def test_queries_of_with_are_read_by_name(rows: Rows):
    query = (
        'WITH s AS (SELECT TOP 10 "size" AS n, ra FROM sky.stars ORDER BY n), '
        "t AS (SELECT n FROM s WHERE n > 4) SELECT COUNT(*), MAX(a.n) FROM s AS a JOIN t USING (n)"
    )
    assert rows(query) == [(5, 9)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM sky.stars",
        "SELECT epochs + 1, epochs * field, field / epochs, gmag + 1, -gmag FROM sky.stars",
        "SELECT COUNT(*), SUM(field), SUM(gmag), AVG(field), MIN(gmag), MAX(epochs) FROM sky.stars",
        "SELECT FLOOR(gmag), CEILING(field), ROUND(epochs, 0), TRUNCATE(gmag, 1), ABS(epochs), "
        "MOD(epochs, field), MOD(gmag, 2), POWER(field, 2), RAND(), PI() FROM sky.stars",
        "SELECT 1, 1.5, 3000000000, 'x', NULL, CAST(1 AS SMALLINT) FROM sky.stars",
        "SELECT seen, MAX(seen), name || 'x' FROM sky.stars GROUP BY seen, name",
        "SELECT CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3)), DISTANCE(ra, dec, 1, 2) FROM sky.stars",
        "SELECT x FROM (SELECT SUM(field) * 2 AS x FROM sky.stars) AS t",
        "SELECT NULL AS x FROM sky.stars UNION SELECT field FROM sky.stars",
        "SELECT (SELECT COUNT(*) FROM sky.fields), COALESCE(epochs, field) FROM sky.stars",
        "SELECT TOP 1 * FROM sky.stars AS a FULL JOIN sky.fields USING (field)",
    ],
)
def test_the_engine_gives_the_names_and_types_that_were_announced(
    connection: duckdb.DuckDBPyConnection, query: str
):
    columns = adql.check(adql.parse(query), TABLES).columns
    found = connection.sql(sql(query)).to_arrow_table().schema
    expected = arrow_schema(columns)
    assert found.names == expected.names
    assert found.types == expected.types


def test_numbers_with_a_point_are_doubles_for_the_engine():
    found = sql("SELECT id FROM sky.stars WHERE ra < 0.00277")
    assert "0.00277e0" in found


def test_names_that_need_quotes_or_hide_quotes_reach_the_engine_whole(rows: Rows):
    query = (
        'SELECT "x"" FROM evil; --" FROM (SELECT field AS "x"" FROM evil; --" FROM sky.fields) t'
    )
    assert len(rows(query)) == 5


def test_columns_of_a_derived_table_may_differ_by_case_only(rows: Rows):
    query = 'SELECT "a", "A" FROM (SELECT 1 AS "a", 2 AS "A" FROM sky.fields) AS t'
    assert rows(query)[0] == (1, 2)


def test_the_tree_is_built_of_nodes_that_sqlglot_defines():
    checked = adql.check(
        adql.parse("SELECT SQRT(ra) FROM sky.stars WHERE DISTANCE(ra, dec, 1, 2) < 3"), TABLES
    )
    nodes = adql.translate(checked, relation, 10, "duckdb").walk()
    assert all(type(node).__module__.startswith("sqlglot.") for node in nodes)


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_a_text_reaches_the_engine_as_it_was_written(
    connection: duckdb.DuckDBPyConnection, text: str
):
    written = "'" + text.replace("'", "''") + "'"
    found = connection.execute(sql(f"SELECT TOP 1 {written} FROM sky.fields")).fetchall()
    assert found == [(text,)]


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reaches_the_engine_to_the_last_bit(
    connection: duckdb.DuckDBPyConnection, number: float
):
    found = connection.execute(sql(f"SELECT TOP 1 {number!r} FROM sky.fields")).fetchall()
    assert found == [(number,)]
