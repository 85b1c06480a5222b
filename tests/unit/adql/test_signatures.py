"""A service may add functions of its own, by their signatures."""

from __future__ import annotations

import pytest
from datalab_backend import adql
from datalab_backend.metadata import DataType

from .conftest import TABLES, relation

INDEX = "lab_cell(hpx_order INTEGER, ra DOUBLE PRECISION, dec DOUBLE) -> BIGINT"
WORD = "lab_word(haystack VARCHAR(*), needle VARCHAR) -> INTEGER"


def test_a_declared_function_is_known_and_reaches_the_engine():
    query = "SELECT LAB_CELL(6, ra, dec) FROM sky.stars WHERE 1 = lab_word(name, 'x')"
    checked = adql.check(adql.parse(query, [INDEX, WORD]), TABLES)
    assert [(c.name, c.datatype) for c in checked.columns] == [("lab_cell", DataType.BIGINT)]
    found = adql.translate(checked, relation, None, "duckdb").sql("duckdb").lower()
    assert 'lab_cell(6, "t1"."ra", "t1"."dec")' in found
    assert """lab_word("t1"."name", 'x') = 1""" in found or "1 = lab_word" in found


def test_a_function_that_is_not_declared_is_not_known():
    with pytest.raises(adql.AdqlError, match="no function 'lab_word'"):
        adql.parse("SELECT lab_word(name, 'x') FROM sky.stars", [INDEX])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("lab_cell(6, ra)", "takes 3 arguments, not 2"),
        ("lab_cell(6.5, ra, dec)", "Argument 1 of LAB_CELL is a whole number"),
        ("lab_cell(6, name, dec)", "Argument 2 of LAB_CELL is a number"),
    ],
)
def test_its_arguments_are_checked_like_any_others(call: str, sentence: str):
    query = adql.parse(f"SELECT {call} FROM sky.stars", [INDEX])
    with pytest.raises(adql.AdqlError, match=sentence):
        adql.check(query, TABLES)


@pytest.mark.parametrize(
    "text", ["", "f", "f(x)", "f(x) -> MAYBE", "f(x WHAT) -> REAL", "1f() -> REAL"]
)
def test_what_is_no_signature_is_refused_where_it_is_declared(text: str):
    with pytest.raises(ValueError, match="not a"):
        adql.parse("SELECT 1 FROM sky.stars", [text])
