"""Whatever is sent in either language, the answer is a result or an `AdqlError`, and no other."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable

import duckdb
import pytest
from datalab_backend import adql
from datalab_backend.adql.lexer import ADQL, Kind, tokenize
from datalab_backend.adql.sql_words import SQL
from datalab_backend.adql.words import RESERVED
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from malformed_queries import MALFORMED

from .conftest import TABLES, relation
from .generated import PARTS, share

LANGUAGES = ("ADQL", "SQL")

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
SQL_EXAMPLES = (
    *EXAMPLES,
    "SELECT s.id::text, CASE WHEN gmag != 'NaN' THEN gmag ELSE NULL END AS g FROM sky.stars s "
    "WHERE q3c_radial_query(ra, dec, 10, 20, 0.5) AND (epochs & 4) > 0 LIMIT 10 OFFSET 2; /* c */",
    "SELECT f.label, t.* FROM sky.fields f LEFT JOIN LATERAL (SELECT id, ra FROM sky.stars WHERE "
    "field = f.field ORDER BY q3c_dist(ra, dec, 1, 2) LIMIT 1) AS t ON true",
    "SELECT field % 3, COUNT(*) FILTER (WHERE variable), stddev(gmag) FROM sky.stars WHERE "
    "q3c_poly_query(ra, dec, ARRAY[0, 0, 9, 0, 9, 9]) GROUP BY 1 ORDER BY 2 DESC NULLS LAST",
)
WORDS = (
    *sorted(RESERVED),
    *("sky", "stars", "fields", "ra", "dec", "gmag", "name", "seen", "field", "t", "x", "LIMIT"),
    *("sky.stars", "sky.fields", '"x y"', '"', "'", "'text'", "'2016-01-01'", "1", "0", "2.5"),
    *("1e400", "9" * 30, ".5", "5.", "--", "\n", ";", "(", ")", ",", ".", "*", "+", "-", "/"),
    *("=", "==", "<>", "!=", "<", ">", "<=", ">=", "||", "|", "::", "/*", "\x00", "é", "π", "😀"),
    *("&", "#", "~", "<<", "%", "^", "[", "]", "*/", "LATERAL", "ARRAY", "q3c_dist", "'nan'"),
)


def sql(query: str, language: str = "ADQL") -> str:
    checked = adql.check(adql.LANGUAGES[language](query), TABLES)
    return adql.translate(checked, relation, None, "duckdb").sql("duckdb")


def answer(query: str, language: str = "ADQL") -> str | None:
    """The engine's query, or None for an error that has a place inside the query."""
    try:
        return sql(query, language)
    except adql.AdqlError as error:
        refusal = error
    lines = query.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert 1 <= refusal.line <= len(lines)
    assert 1 <= refusal.column <= len(lines[refusal.line - 1]) + 1
    assert refusal.message
    return None


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=share(5))
@given(text=st.text())
def test_any_text_has_an_answer(language: str, text: str):
    answer(text, language)
    answer(f"SELECT {text} FROM sky.stars", language)
    answer(f"SELECT ra FROM sky.stars WHERE {text}", language)


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=share(5))
@given(text=st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_any_row_of_words_has_an_answer(language: str, text: str):
    answer(text, language)
    answer(f"SELECT ra FROM sky.stars WHERE ra {text}", language)


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=share(27))
@given(example=st.integers(0, 11), seed=st.integers(0, 2**32), cuts=st.integers(1, 4))
def test_a_query_in_which_something_went_wrong_has_an_answer(
    connection: duckdb.DuckDBPyConnection, language: str, example: int, seed: int, cuts: int
):
    chance = random.Random(seed)
    examples = EXAMPLES if language == "ADQL" else SQL_EXAMPLES
    text = examples[example % len(examples)]
    for _ in range(cuts):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 0, 1, 2, 8)))
        text = text[:start] + chance.choice(("", " ", *WORDS)) + text[end:]
    found = answer(text, language)
    if found is not None:
        ran(connection, f"EXPLAIN {found}")


_RUNTIME = ("Overflow", "More than one row returned", "Out of Range", "out of range")


def ran(connection: duckdb.DuckDBPyConnection, found: str) -> list[str]:
    """Run the engine's query; only the values in the rows may be at fault. The names of columns."""
    try:
        connection.execute(found).fetchall()
    except duckdb.Error as error:
        if not any(words in str(error) for words in _RUNTIME):
            raise AssertionError(found) from error
        return []
    return [name for name, *_ in connection.description]


def run(connection: duckdb.DuckDBPyConnection, query: str, language: str) -> None:
    """Run a query that passes the checks; its columns are those that were announced."""
    checked = adql.check(adql.LANGUAGES[language](query), TABLES)
    found = adql.translate(checked, relation, None, "duckdb").sql("duckdb")
    names = ran(connection, found)
    assert names in ([], [column.name for column in checked.columns])


def respelt(query: str, language: str, seed: int) -> str:
    """The query with its words in other cases, and other blanks and comments between them."""
    chance = random.Random(seed)
    lexicon = ADQL if language == "ADQL" else SQL
    blanks = [" ", "\n", "\t ", " -- so\n", "\r\n"] + [" /* so */ "] * (language == "SQL")
    text = ""
    for token in tokenize(query, lexicon):
        word = token.source
        if token.kind in (Kind.NAME, Kind.KEYWORD):
            word = chance.choice((word.upper(), word.lower(), word))
        text += word + chance.choice(blanks)
    return text


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=share(6))
@given(data=st.data(), shape=st.integers(0, 7), seed=st.integers(0, 2**32))
def test_a_query_that_makes_sense_is_accepted_and_runs(
    connection: duckdb.DuckDBPyConnection, language: str, data: st.DataObject, shape: int, seed: int
):
    parts = PARTS[language]
    one, other = data.draw(parts.numbers), data.draw(parts.texts)
    condition = data.draw(parts.conditions)
    table = "sky.stars AS s"
    terms = f"{one} + ra, {other} || name"
    # A query inside an expression is only the same as itself: GROUP BY knows no other.
    assume(shape != 7 or "SELECT" not in terms)
    query = (
        f"SELECT TOP 5 {one}, {other} AS t FROM {table} WHERE {condition}",
        f"SELECT DISTINCT {one} AS x, {other} FROM {table} ORDER BY x DESC, 2",
        f"SELECT id FROM {table} WHERE NOT ({condition}) ORDER BY {one} + ra, {other} || name",
        f"SELECT SUM({one}), COUNT({other}), MIN({other}), AVG({one}), COUNT(DISTINCT {one}) "
        f"FROM {table} WHERE {condition}",
        f"SELECT t.x, t.y FROM (SELECT {one} AS x, {other} AS y FROM {table}) AS t WHERE x < 3",
        f"SELECT {one}, {other} FROM {table} UNION ALL SELECT {one}, 'x' FROM {table}",
        f"SELECT s.id FROM {table} LEFT JOIN (SELECT depth FROM sky.fields) AS f ON {condition}",
        f"SELECT {terms}, COUNT(*) AS n FROM {table} GROUP BY {terms} ORDER BY {terms}",
    )[shape]
    run(connection, query, language)
    again = respelt(query, language, seed)
    if "RAND" not in query:
        assert sql(again, language).lower() == sql(query, language).lower()


@settings(max_examples=share(4))
@given(one=PARTS["ADQL"].numbers, other=PARTS["ADQL"].texts, condition=PARTS["ADQL"].conditions)
def test_a_query_in_adql_is_one_in_sql(one: str, other: str, condition: str):
    """The same but where SQL differs: LOG, texts as numbers, backslashes in patterns, and REAL."""
    query = f"SELECT {one} AS x, {other} AS y FROM sky.stars AS s WHERE {condition}"
    query = (
        query.replace("LOG(", "LOG10(").replace("gmag", "ra").replace("REAL", "DOUBLE PRECISION")
    )
    assert sql(query, "SQL").replace(" ESCAPE '\\'", "") == sql(query, "ADQL")


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=share(5))
@given(data=st.data(), shape=st.integers(0, 7))
def test_a_query_that_may_make_no_sense_is_refused_or_runs(
    connection: duckdb.DuckDBPyConnection, language: str, data: st.DataObject, shape: int
):
    one, other = data.draw(PARTS[language].anything), data.draw(PARTS[language].anything)
    query = (
        f"SELECT {one}, {other} FROM sky.stars AS s",
        f"SELECT ra FROM sky.stars AS s WHERE {one} AND {other}",
        f"SELECT {one} = {other} FROM sky.stars AS s WHERE {one} > {other}",
        f"SELECT {one} AS x, COUNT(*) FROM sky.stars AS s GROUP BY x HAVING {other} ORDER BY x",
        f"SELECT {one} FROM sky.stars AS s GROUP BY {other} ORDER BY {one}",
        f"SELECT {one} FROM sky.stars AS s UNION SELECT {other} FROM sky.stars AS s",
        f"SELECT SUM({one}), POWER({one}, {other}), LOWER({other}) FROM sky.stars AS s",
        f"SELECT CASE WHEN {one} THEN {other} ELSE {one} END FROM sky.stars AS s LIMIT 3",
    )[shape]
    if answer(query, language) is not None:
        run(connection, query, language)


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
        # Each of these would take three times, or more, as much as the one inside it.
        f"SELECT {around('DISTANCE(', 'ra', ', 1, 2, 3)')} FROM sky.stars",
        f"SELECT {around('CONTAINS(POINT(', 'ra', ', 1), BOX(1, 2, 3, 4))')} FROM sky.stars",
        f"SELECT {around('COORD1(CENTROID(POLYGON(', 'ra', ', 1, 2, 3, 3, 2)))')} FROM sky.stars",
        f"SELECT {around('ivo_healpix_index(5, ', 'ra', ', 1)')} FROM sky.stars",
        f"SELECT {around('ivo_interval_overlaps(', 'ra', ', 1, 2, 3)')} FROM sky.stars",
        f"SELECT {around('COORD1(ivo_epoch_prop_pos(1, 1, 1, 1, 1, 1, 1, ', '1', '))')} "
        "FROM sky.stars",
    ]


def _nested_in_sql(depth: int) -> list[str]:
    def around(before: str, inner: str, after: str) -> str:
        return before * depth + inner + after * depth

    return [
        *_nested(depth),
        f"SELECT {around('CASE WHEN ra > 1 THEN ', 'ra', ' END')} FROM sky.stars",
        f"SELECT {around('CASE ', 'ra', ' WHEN 1 THEN 2 END')} FROM sky.stars",
        f"SELECT ra FROM sky.stars WHERE {around('CASE WHEN ', 'ra > 1', ' THEN TRUE END')}",
        f"SELECT {around('~', 'field', '')} FROM sky.stars",
        f"SELECT {around('(', 'ra', ')::int')} FROM sky.stars",
        f"SELECT ra{'::int' * depth} FROM sky.stars",
        f"SELECT ra FROM sky.stars WHERE {around('(', 'ra > 1', ') = TRUE')}",
        f"SELECT {around('COALESCE(ra > 1, ', 'ra > 2', ')')} FROM sky.stars",
        f"SELECT {around('NULLIF(ra, ', 'ra', ')')} FROM sky.stars",
        f"SELECT {around('SUBSTRING(', 'name', ' FROM 1)')} FROM sky.stars",
        f"SELECT {around('q3c_dist(', 'ra', ', 1, 2, 3)')} FROM sky.stars",
        f"SELECT q3c_poly_query(ra, {around('ABS(', '1', ')')}, '{{1,1,2,1,2,2}}') FROM sky.stars",
        f"SELECT {around('WIDTH_BUCKET(', 'field', ', 0, 1, 2)')} FROM sky.stars",
        f"SELECT 1 FROM sky.fields{', LATERAL (SELECT 1 AS x FROM sky.fields' * depth}"
        f"{') AS t' * depth}",
        "SELECT ra FROM sky.stars WHERE ra = 1" + " IS TRUE" * depth,
    ]


def _deep_in_the_stack(frames: int, call: Callable[[], object]) -> object:
    return call() if frames == 0 else _deep_in_the_stack(frames - 1, call)


NESTED = {"ADQL": _nested, "SQL": _nested_in_sql}


@pytest.mark.parametrize(
    ("language", "which"),
    [(language, n) for language, made in NESTED.items() for n in range(len(made(1)))],
)
def test_what_is_nested_is_run_or_refused_but_never_ends_in_a_recursion_error(
    connection: duckdb.DuckDBPyConnection, language: str, which: int
):
    accepted = []
    for depth in (1, 2, 5, 10, 20, 40, 60, 80, 99, 100, 101, 150, 1000, 5000):
        query = NESTED[language](depth)[which]
        found = _deep_in_the_stack(150, lambda query=query: answer(query, language))
        if found is not None:
            accepted.append(depth)
            connection.execute(f"EXPLAIN {found}")
    assert accepted[:2] == [1, 2]
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
