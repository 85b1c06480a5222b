"""Text becomes a tree, to the letter of the grammar."""

from __future__ import annotations

import pytest
from datalab_backend import adql
from datalab_backend.adql.tree import (
    And,
    Arithmetic,
    Call,
    ColumnName,
    Comparison,
    Concatenation,
    DerivedTable,
    InQuery,
    Join,
    Negative,
    Not,
    Number,
    Or,
    Query,
    Select,
    SelectItem,
    SetOperation,
    Star,
    TableName,
    Text,
    Value,
)
from datalab_backend.adql.words import RESERVED, quoted
from hypothesis import given
from hypothesis import strategies as st


def select(text: str) -> Select:
    body = adql.parse(text).body
    assert isinstance(body, Select)
    return body


def value(text: str) -> Value:
    (item,) = select(f"SELECT {text} FROM sky.stars").items
    assert isinstance(item, SelectItem)
    return item.value


def shape(node: object) -> str:
    """An expression with all its parentheses."""
    match node:
        case Number(value=number):
            return str(number)
        case ColumnName():
            return str(node)
        case Negative(operand=operand):
            return f"(-{shape(operand)})"
        case Arithmetic(operator=operator, left=left, right=right):
            return f"({shape(left)}{operator}{shape(right)})"
        case Concatenation(left=left, right=right):
            return f"({shape(left)}||{shape(right)})"
        case Comparison(operator=operator, left=left, right=right):
            return f"({shape(left)}{operator}{shape(right)})"
        case Not(operand=operand):
            return f"(not {shape(operand)})"
        case And(operands=operands):
            return "(" + " and ".join(map(shape, operands)) + ")"
        case Or(operands=operands):
            return "(" + " or ".join(map(shape, operands)) + ")"
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("1+2*3", "(1+(2*3))"),
        ("(1+2)*3", "((1+2)*3)"),
        ("8-4-2", "((8-4)-2)"),
        ("8/4/2", "((8/4)/2)"),
        ("-2*3", "((-2)*3)"),
        ("2 * -3", "(2*(-3))"),
        ("+2", "2"),
        ("-(-2)", "(-(-2))"),
        ("1 + 2 || 3", "((1+2)||3)"),
    ],
)
def test_operators_bind_as_in_arithmetic(text: str, parsed: str):
    assert shape(value(text)) == parsed


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("a = 1 OR b = 2 AND c = 3", "((a=1) or ((b=2) and (c=3)))"),
        ("a = 1 AND b = 2 OR c = 3", "(((a=1) and (b=2)) or (c=3))"),
        ("(a = 1 OR b = 2) AND c = 3", "(((a=1) or (b=2)) and (c=3))"),
        ("NOT a = 1 AND b = 2", "((not (a=1)) and (b=2))"),
        ("NOT (a = 1 AND b = 2)", "(not ((a=1) and (b=2)))"),
        ("a = 1 AND b = 2 AND c = 3", "((a=1) and (b=2) and (c=3))"),
        ("(a + 1) * 2 > b", "(((a+1)*2)>b)"),
        ("((a)) != 1", "(a<>1)"),
    ],
)
def test_conditions_bind_as_in_sql(text: str, parsed: str):
    assert shape(select(f"SELECT a FROM sky.stars WHERE {text}").where) == parsed


def test_keywords_and_functions_are_read_whatever_their_case():
    found = select("sElEcT ToP 3 Sqrt(ra) fRoM sky.stars wHeRe ra < 1")
    assert found.top == 3
    assert found.where is not None
    (item,) = found.items
    assert isinstance(item, SelectItem)
    assert isinstance(item.value, Call)
    assert item.value.function.name == "SQRT"


def test_a_select_list_has_expressions_stars_and_names_with_or_without_as():
    items = select('SELECT a, b AS x, c y, d "Z z", *, t.*, s.t.* FROM s.t').items
    aliases = [str(i.alias) if isinstance(i, SelectItem) else "*" for i in items]
    assert aliases == ["None", "x", "y", '"Z z"', "*", "*", "*"]
    stars = [".".join(map(str, i.table)) for i in items if isinstance(i, Star)]
    assert stars == ["", "t", "s.t"]


def test_from_takes_tables_joins_and_queries():
    tables = select(
        "SELECT * FROM a.b AS x, c.a.b y, (SELECT 1 FROM d) AS z, "
        "(e JOIN f ON e.i = f.i) LEFT OUTER JOIN g USING (i, j) NATURAL FULL JOIN h"
    ).tables
    first, second, third, fourth = tables
    assert isinstance(first, TableName)
    assert (str(first), str(first.alias)) == ("a.b", "x")
    assert isinstance(second, TableName)
    assert (str(second), str(second.alias)) == ("c.a.b", "y")
    assert isinstance(third, DerivedTable)
    assert isinstance(fourth, Join)
    assert (fourth.kind, fourth.natural) == ("FULL", True)
    assert isinstance(fourth.left, Join)
    assert (fourth.left.kind, [str(n) for n in fourth.left.using]) == ("LEFT", ["i", "j"])
    assert isinstance(fourth.left.left, Join)
    assert fourth.left.left.on is not None


def test_intersect_binds_tighter_than_union():
    body = adql.parse("SELECT a FROM t UNION SELECT a FROM t INTERSECT ALL SELECT a FROM t").body
    assert isinstance(body, SetOperation)
    assert (body.operator, body.keep_duplicates) == ("UNION", False)
    assert isinstance(body.right, SetOperation)
    assert (body.right.operator, body.right.keep_duplicates) == ("INTERSECT", True)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a FROM t WHERE a IN ((SELECT a FROM t) UNION (SELECT a FROM u))",
        "SELECT a FROM t WHERE a IN (SELECT a FROM t UNION SELECT a FROM u)",
        "SELECT a FROM t WHERE a = ((SELECT MAX(a) FROM t) EXCEPT SELECT 1 FROM u)",
        "SELECT a FROM ((SELECT a FROM t) UNION SELECT a FROM u) AS v",
        "SELECT a FROM ((SELECT a FROM t) AS v JOIN u USING (a))",
        "(SELECT a FROM t) INTERSECT (SELECT a FROM u ORDER BY a OFFSET 3)",
    ],
)
def test_set_operations_stand_wherever_a_query_does(text: str):
    assert isinstance(adql.parse(text), Query)


def test_a_list_may_begin_with_a_query_that_stands_for_a_value():
    where = select("SELECT a FROM t WHERE a IN ((SELECT MAX(a) FROM t), 3)").where
    assert where is not None
    assert not isinstance(where, InQuery)


def test_one_semicolon_may_end_a_query():
    assert adql.parse("SELECT a FROM t ; -- done").offset is None


def test_every_node_knows_its_place():
    where = select("SELECT a\nFROM t\nWHERE  b = 'x'").where
    assert isinstance(where, Comparison)
    assert where.place == (3, 8)
    assert where.right.place == (3, 12)


def test_as_many_conditions_as_a_program_writes_are_no_deeper_than_two():
    where = select("SELECT a FROM t WHERE " + " OR ".join(["a = 1"] * 5000)).where
    assert isinstance(where, Or)
    assert len(where.operands) == 5000


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_a_text_is_read_as_it_was_meant(text: str):
    written = "'" + text.replace("'", "''") + "'"
    found = value(written)
    assert isinstance(found, Text)
    assert found.value == text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_name_in_quotes_is_read_as_it_was_meant(name: str):
    found = value(quoted(name))
    assert isinstance(found, ColumnName)
    assert [part.name for part in found.parts] == [name]


@given(st.sampled_from(sorted(RESERVED)))
def test_a_reserved_word_can_be_a_name_in_quotes(word: str):
    assert isinstance(value(quoted(word.lower())), ColumnName)


@given(st.floats(min_value=0, allow_infinity=False, allow_nan=False))
def test_a_number_is_read_as_it_was_meant(number: float):
    found = value(repr(number))
    assert isinstance(found, Number)
    assert found.value == number
    assert isinstance(found.value, float)


@given(st.integers(0, 2**63 - 1))
def test_a_whole_number_is_read_exactly(number: int):
    found = value(str(number))
    assert isinstance(found, Number)
    assert found.value == number
    assert isinstance(found.value, int)


def test_queries_beside_one_another_that_no_engine_could_plan_in_time_are_refused():
    links = ", ".join(
        f"LATERAL (SELECT t{i}.ra + 1 AS ra FROM a.b LIMIT 1) AS t{i + 1}" for i in range(40)
    )
    with pytest.raises(adql.AdqlError, match="more than 24 queries"):
        adql.parse_sql(f"SELECT t0.ra FROM a.b AS t0, {links}")
