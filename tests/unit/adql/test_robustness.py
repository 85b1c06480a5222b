"""Whatever is sent, the answer is a result or an `AdqlError`: never another exception."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from functools import cache

import duckdb
import pytest
from datalab_backend import adql
from datalab_backend.adql.words import RESERVED
from hypothesis import given, settings
from hypothesis import strategies as st
from malformed_queries import MALFORMED

from .conftest import TABLES, relation, sql

EXAMPLES = (
    "SELECT TOP 10 s.ra, s.dec AS d, gmag - 1.5e0 FROM sky.stars AS s WHERE s.ra BETWEEN 1 AND 2",
    "SELECT FLOOR(gmag * 2) / 2 AS bin, COUNT(*) FROM sky.stars GROUP BY bin HAVING COUNT(*) > 3 "
    "ORDER BY bin DESC OFFSET 2",
    "SELECT * FROM sky.stars JOIN sky.fields USING (field) WHERE name LIKE 'a''%' OR NOT name IS "
    "NULL AND 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE(10, 20, .5)) -- comment",
    'WITH w AS (SELECT "size" AS n FROM sky.stars) SELECT w.* FROM w, (SELECT MAX(n) AS m FROM w) '
    "AS t WHERE n = m AND EXISTS (SELECT 1 FROM sky.fields WHERE depth < n) UNION ALL SELECT 1, "
    "CAST(2 AS INTEGER) FROM sky.fields",
)
WORDS = (
    *sorted(RESERVED),
    *("sky", "stars", "fields", "ra", "dec", "gmag", "name", "seen", "field", "t", "x", "LIMIT"),
    *("sky.stars", "sky.fields", '"x y"', '"', "'", "'text'", "'2016-01-01'", "1", "0", "2.5"),
    *("1e400", "9" * 30, ".5", "5.", "--", "\n", ";", "(", ")", ",", ".", "*", "+", "-", "/"),
    *("=", "==", "<>", "!=", "<", ">", "<=", ">=", "||", "|", "::", "/*", "\x00", "é", "π", "😀"),
)


def answer(query: str) -> str | None:
    """The engine's query, or None for an error that has a place inside the query."""
    try:
        return sql(query)
    except adql.AdqlError as error:
        refusal = error
    lines = query.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert 1 <= refusal.line <= len(lines)
    assert 1 <= refusal.column <= len(lines[refusal.line - 1]) + 1
    assert refusal.message
    return None


@given(st.text())
def test_any_text_has_an_answer(text: str):
    answer(text)
    answer(f"SELECT {text} FROM sky.stars")
    answer(f"SELECT ra FROM sky.stars WHERE {text}")


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_any_row_of_words_has_an_answer(text: str):
    answer(text)
    answer(f"SELECT ra FROM sky.stars WHERE ra {text}")


@settings(max_examples=400)
@given(example=st.sampled_from(EXAMPLES), seed=st.integers(0, 2**32), cuts=st.integers(1, 4))
def test_a_query_in_which_something_went_wrong_has_an_answer(example: str, seed: int, cuts: int):
    chance = random.Random(seed)
    text = example
    for _ in range(cuts):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 0, 1, 2, 8)))
        text = text[:start] + chance.choice(("", " ", *WORDS)) + text[end:]
    answer(text)


def _joined(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    strategies = [st.just(part) if isinstance(part, str) else part for part in parts]
    # Deferred, since Hypothesis would write out the whole of a strategy inside others.
    return st.deferred(lambda: st.tuples(*strategies).map("".join))


_ONE_NUMBER = (
    *("ABS", "CEILING", "DEGREES", "EXP", "FLOOR", "LOG", "LOG10", "RADIANS", "ROUND", "SQRT"),
    *("TRUNCATE", "ACOS", "ASIN", "ATAN", "COS", "COT", "SIN", "TAN", "COALESCE"),
)
_TYPES = ["SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE PRECISION"]

_DEEPEST = 3


def _points(depth: int) -> st.SearchStrategy[str]:
    latitude = st.sampled_from(["dec", "dec", "gmag", "-gmag", "2.5", "90", "dec / 2"])
    return _joined("POINT(", _numbers(depth - 1), ", ", latitude, ")")


def _circles(depth: int) -> st.SearchStrategy[str]:
    return st.one_of(
        _joined("CIRCLE(10, ", st.sampled_from(["20", "dec"]), ", ABS(", _numbers(0), "))"),
        _joined("CIRCLE(", _points(depth), ", 1.5)"),
    )


@cache
def _numbers(depth: int = _DEEPEST) -> st.SearchStrategy[str]:
    columns = ["ra", "dec", "gmag", "field", "epochs", "id", '"Weird Name"', "s.ra"]
    fixed = ["0", "1", "7", "2.5", "1e-3", "1e3", "PI()", "RAND()"]
    leaves = st.sampled_from(columns) | st.sampled_from(fixed)
    if depth <= 0:
        return leaves
    n, t = _numbers(depth - 1), _texts(depth - 1)
    two = st.sampled_from(["MOD", "POWER", "ATAN2", "COALESCE"])
    return st.one_of(
        leaves,
        _joined("(", n, st.sampled_from([" + ", " - ", " * ", " / "]), n, ")"),
        _joined("-(", n, ")"),
        _joined(st.sampled_from(_ONE_NUMBER), "(", n, ")"),
        _joined(two, "(", n, ", ", n, ")"),
        _joined("ROUND(", n, ", ", st.sampled_from(["-1", "0", "2", "field"]), ")"),
        _joined("CAST(", n | t, " AS ", st.sampled_from(_TYPES), ")"),
        _joined("DISTANCE(", _points(depth), ", ", _points(depth), ")"),
        _joined("CONTAINS(", _points(depth), ", ", _circles(depth), ")"),
    )


@cache
def _texts(depth: int = _DEEPEST) -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["name", "s.name", "'x'", "'it''s'", "'12'", "''"])
    if depth <= 0:
        return leaves
    n, t = _numbers(depth - 1), _texts(depth - 1)
    length = st.sampled_from(["", "(3)"])
    return st.one_of(
        leaves,
        _joined("(", t, " || ", t, ")"),
        _joined(st.sampled_from(["LOWER", "UPPER", "COALESCE"]), "(", t, ")"),
        _joined("CAST(", n | t | st.just("seen"), " AS VARCHAR", length, ")"),
    )


@cache
def _conditions(depth: int = _DEEPEST) -> st.SearchStrategy[str]:
    leaves = st.sampled_from(
        ["variable = 1", "seen > '2016-02-01'", "DISTANCE(ra, dec, 10, 20) < 20", "gmag IS NULL"]
    )
    if depth <= 0:
        return leaves
    n, t, c = _numbers(depth - 1), _texts(depth - 1), _conditions(depth - 1)
    return st.one_of(
        leaves,
        _joined(n, st.sampled_from([" = ", " <> ", " < ", " >= "]), n),
        _joined(t, st.sampled_from([" = ", " < ", " LIKE ", " NOT LIKE ", " ILIKE "]), t),
        _joined(n | t, st.sampled_from([" IS NULL", " IS NOT NULL"])),
        _joined(n, " BETWEEN ", n, " AND ", n),
        _joined(n, st.sampled_from([" IN (", " NOT IN ("]), n, ", ", n, ")"),
        _joined(n, " > (SELECT MAX(depth) FROM sky.fields)"),
        _joined(n, " IN (SELECT field FROM sky.fields WHERE depth > 20)"),
        _joined("EXISTS (SELECT 1 FROM sky.fields AS f WHERE f.field = ", n, ")"),
        _joined("1 = CONTAINS(", _points(depth), ", ", _circles(depth), ")"),
        _joined("DISTANCE(", _points(depth), ", ", _points(depth), ") < ", n),
        _joined("(", c, st.sampled_from([" AND ", " OR "]), c, ")"),
        _joined("NOT (", c, ")"),
    )


numbers, texts, conditions = _numbers(), _texts(), _conditions()
anything = st.one_of(
    *(numbers, numbers, texts, conditions, _points(2), _circles(2)),
    st.sampled_from(["NULL", "*", "'2016-01-01'", "COUNT(*)", "seen"]),
)


_RUNTIME = ("Overflow", "More than one row returned", "Out of Range", "out of range")


def run(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Run a query that passes the checks; only the values in the rows may be at fault."""
    found = sql(query)
    try:
        connection.execute(found).fetchall()
    except duckdb.Error as error:
        if not any(words in str(error) for words in _RUNTIME):
            raise AssertionError(found) from error


@settings(max_examples=100)
@given(one=numbers, other=texts, condition=conditions, shape=st.integers(0, 6))
def test_a_query_that_makes_sense_is_accepted_and_runs(
    connection: duckdb.DuckDBPyConnection, one: str, other: str, condition: str, shape: int
):
    table = "sky.stars AS s"
    run(
        connection,
        (
            f"SELECT TOP 5 {one}, {other} AS t FROM {table} WHERE {condition}",
            f"SELECT DISTINCT {one} AS x, {other} FROM {table} ORDER BY x DESC, 2",
            f"SELECT id FROM {table} WHERE NOT ({condition}) ORDER BY {one} + ra, {other} || name",
            f"SELECT SUM({one}), COUNT({other}), MIN({other}), AVG({one}), COUNT(DISTINCT {one}) "
            f"FROM {table} WHERE {condition}",
            f"SELECT t.x, t.y FROM (SELECT {one} AS x, {other} AS y FROM {table}) AS t WHERE x < 3",
            f"SELECT {one}, {other} FROM {table} UNION ALL SELECT {one}, 'x' FROM {table}",
            f"SELECT s.id FROM {table} LEFT JOIN (SELECT depth FROM sky.fields) AS f "
            f"ON {condition}",
        )[shape],
    )


@settings(max_examples=50)
@given(one=numbers, other=texts)
def test_any_expression_may_make_groups(
    connection: duckdb.DuckDBPyConnection, one: str, other: str
):
    terms = f"{one} + ra, {other} || name"
    query = f"SELECT {terms}, COUNT(*) AS n FROM sky.stars AS s GROUP BY {terms} ORDER BY {terms}"
    run(connection, query)


@settings(max_examples=150)
@given(one=anything, other=anything, shape=st.integers(0, 6))
def test_a_query_that_may_make_no_sense_is_refused_or_runs(
    connection: duckdb.DuckDBPyConnection, one: str, other: str, shape: int
):
    query = (
        f"SELECT {one}, {other} FROM sky.stars AS s",
        f"SELECT ra FROM sky.stars AS s WHERE {one} AND {other}",
        f"SELECT {one} = {other} FROM sky.stars AS s WHERE {one} > {other}",
        f"SELECT {one} AS x, COUNT(*) FROM sky.stars AS s GROUP BY x HAVING {other} ORDER BY x",
        f"SELECT {one} FROM sky.stars AS s GROUP BY {other} ORDER BY {one}",
        f"SELECT {one} FROM sky.stars AS s UNION SELECT {other} FROM sky.stars AS s",
        f"SELECT SUM({one}), POWER({one}, {other}), LOWER({other}) FROM sky.stars AS s",
    )[shape]
    if answer(query) is not None:
        run(connection, query)


def _nested(depth: int) -> list[str]:
    def around(before: str, inner: str, after: str) -> str:
        return before * depth + inner + after * depth

    return [
        f"SELECT {around('(', 'ra', ')')} FROM sky.stars",
        f"SELECT {around('ABS(', 'ra', ')')} FROM sky.stars",
        f"SELECT {around('-(', 'ra', ')')} FROM sky.stars",
        f"SELECT {around('(1 + ', 'ra', ')')} FROM sky.stars",
        f"SELECT {around('(field * ', 'field', ')')} FROM sky.stars",
        f"SELECT {around('COALESCE(ra, ', 'ra', ')')} FROM sky.stars",
        f"SELECT {around('CAST(', 'ra', ' AS REAL)')} FROM sky.stars",
        f"SELECT ra{' + ra' * depth} FROM sky.stars",
        f"SELECT {around('(', 'ra', ' + ra)')}{' + ra' * depth} FROM sky.stars",
        f"SELECT field{' * field' * depth} FROM sky.stars",
        f"SELECT ra FROM sky.stars WHERE {around('NOT ', 'ra = 1', '')}",
        f"SELECT ra FROM sky.stars WHERE {around('NOT (', 'ra = 1', ')')}",
        f"SELECT ra FROM sky.stars WHERE {around('(ra = 1 OR (ra = 2 AND ', 'ra = 1', '))')}",
        f"SELECT ra FROM {around('(SELECT ra FROM ', 'sky.stars', ') AS t')}",
        f"SELECT ra FROM sky.stars WHERE ra IN "
        f"{around('(SELECT ra FROM sky.stars WHERE ra IN ', '(1)', ')')}",
        f"SELECT ra FROM sky.stars WHERE "
        f"{around('EXISTS (SELECT 1 FROM sky.fields WHERE ', '1=1', ')')}",
        f"SELECT {around('(SELECT MAX(', 'ra', ') FROM sky.stars)')} FROM sky.stars",
        f"{around('(', 'SELECT ra FROM sky.stars', ')')}",
        "SELECT ra FROM sky.stars" + " UNION SELECT ra FROM sky.stars" * depth,
        "SELECT 1 FROM sky.fields AS f"
        + "".join(f" JOIN sky.fields AS f{i} ON f.field = f{i}.field" for i in range(depth)),
        f"SELECT 1 FROM {around('(', 'sky.fields', ')')} NATURAL JOIN sky.stars",
        f"SELECT CONTAINS(POINT({around('ABS(', 'ra', ')')}, dec), CIRCLE(1, 2, 3)) FROM sky.stars",
    ]


def _deep_in_the_stack(frames: int, call: Callable[[], object]) -> object:
    return call() if frames == 0 else _deep_in_the_stack(frames - 1, call)


@pytest.mark.parametrize("which", range(len(_nested(1))))
def test_what_is_nested_is_run_or_refused_but_never_ends_in_a_recursion_error(
    connection: duckdb.DuckDBPyConnection, which: int
):
    accepted = []
    for depth in (1, 5, 10, 20, 40, 60, 80, 99, 100, 101, 150, 1000, 5000):
        query = _nested(depth)[which]
        found = _deep_in_the_stack(150, lambda query=query: answer(query))
        if found is not None:
            accepted.append(depth)
            connection.execute(f"EXPLAIN {found}")
    assert accepted[:2] == [1, 5]
    assert max(accepted) <= 100
    assert sys.getrecursionlimit() <= 1000 or accepted


@pytest.mark.parametrize("word", [" OR ", " AND "])
def test_thousands_of_conditions_run(connection: duckdb.DuckDBPyConnection, word: str):
    conditions = word.join(f'"size" = {n}' for n in range(5000))
    found = connection.execute(sql(f"SELECT COUNT(*) FROM sky.stars WHERE {conditions}")).fetchall()
    assert found == [(1000 if word == " OR " else 0,)]


def test_a_list_of_thousands_runs(connection: duckdb.DuckDBPyConnection):
    listed = ", ".join(str(2**60 + n) for n in range(10_000))
    query = f"SELECT COUNT(*) FROM sky.stars WHERE id IN ({listed})"
    assert connection.execute(sql(query)).fetchall() == [(1000,)]


def test_no_malformed_query_leaves_anything_behind():
    """A refused query changes nothing about the next one."""
    query = EXAMPLES[0]
    before = adql.translate(adql.check(adql.parse(query), TABLES), relation, 5, "duckdb").sql()
    for malformed in MALFORMED:
        answer(malformed.query)
    after = adql.translate(adql.check(adql.parse(query), TABLES), relation, 5, "duckdb").sql()
    assert before == after
