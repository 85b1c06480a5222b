"""What the form says becomes ADQL, and ADQL becomes the form again, or a sentence why not."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from datalab_backend import adql
from datalab_toolkit import DatalabError
from datalab_toolkit.builder.form import (
    Compare,
    Cone,
    Form,
    Match,
    Missing,
    Order,
    Output,
    Range,
    Written,
)
from datalab_toolkit.builder.names import with_match, without_match
from datalab_toolkit.builder.read import NotShownError, read, read_conditions
from hypothesis import given, settings

sys.path.insert(0, str(Path(__file__).parent))
from made_up import forms, matches

CASES = int(os.environ.get("DATALAB_PROPERTY_QUERIES", "4000")) // 10


@settings(max_examples=CASES)
@given(forms)
def test_a_form_is_read_back_from_its_query_as_it_was(form: Form) -> None:
    text = form.to_adql()
    assert read(text) == form
    adql.parse(text)


@settings(max_examples=CASES // 4)
@given(forms, matches)
def test_a_second_table_that_comes_and_goes_leaves_the_rest(form: Form, match: Match) -> None:
    if form.match is None:
        assert without_match(with_match(form, match)) == form


DWARF = """SELECT ra,dec,gmag,rmag,imag FROM smash_dr1.object
WHERE fieldid = '169' AND
depthflag > 1 AND
abs(sharp) < 0.5 AND
gmag BETWEEN 9 AND 25 AND
(gmag-rmag) BETWEEN -0.4 AND 0.4"""


def test_the_query_of_the_faint_dwarf_is_a_form() -> None:
    form = read(DWARF)
    assert form == Form(
        "smash_dr1.object",
        tuple(map(Output, ("ra", "dec", "gmag", "rmag", "imag"))),
        (
            Compare("fieldid", "=", "169"),
            Compare("depthflag", ">", 1),
            Compare("abs(sharp)", "<", 0.5),
            Range("gmag", 9, 25),
            Range("gmag-rmag", -0.4, 0.4),
        ),
    )
    assert read(form.to_adql()) == form


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select * from t", Form("t")),
        (
            "SELECT TOP 5 t.ra r, t.dec AS d FROM s.t",
            Form("s.t", (Output("ra", "r"), Output("dec", "d")), limit=5),
        ),
        (
            "SELECT o.ra FROM s.t AS o ORDER BY o.ra ASC",
            Form("s.t", (Output("ra"),), order=Order("ra")),
        ),
        ("SELECT COUNT(*) AS n FROM t", Form("t", (Output("COUNT(*)", "n"),))),
        (
            "SELECT * FROM t -- all\nWHERE ((a < 3) AND (b IS NULL AND c != 4))",
            Form("t", (), (Compare("a", "<", 3), Missing("b"), Compare("c", "<>", 4))),
        ),
        (
            "SELECT * FROM t WHERE CONTAINS(POINT('ICRS', ra, dec), CIRCLE('', 1, -2, 0.5)) = 1",
            Form("t", cone=Cone(1, -2, 0.5)),
        ),
        (
            "SELECT * FROM t WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(POINT(1, 2), 3)) AND a > +1",
            Form("t", (), (Compare("a", ">", 1),), Cone(1, 2, 3)),
        ),
        (
            "SELECT x.ra FROM t x JOIN u ON DISTANCE(u.ra, u.dec, x.ra, x.dec) <= 5 / 3600.0",
            Form("t", (Output("a.ra"),), match=Match("u", 5.0)),
        ),
        ("SELECT * FROM t WHERE a < 1 OR b < 2", Form("t", (), (Written("a < 1 OR b < 2"),))),
    ],
)
def test_what_people_write_is_understood(text: str, expected: Form) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("SELECT a, COUNT(*)\nFROM t\nGROUP BY a", "GROUP BY cannot be shown in the form; line 3."),
        ("SELECT a FROM t\nHAVING a > 3", "HAVING cannot be shown in the form; line 2."),
        ("SELECT DISTINCT a FROM t", "DISTINCT cannot be shown in the form; line 1."),
        ("SELECT a FROM t\n\nOFFSET 4", "OFFSET cannot be shown in the form; line 3."),
        ("SELECT a FROM t UNION SELECT a FROM u", "UNION cannot be shown"),
        ("WITH x AS (SELECT a FROM t) SELECT a FROM x", "WITH cannot be shown"),
        ("SELECT a FROM (SELECT a FROM t) AS x", "A query in a query cannot be shown"),
        ("SELECT a FROM t WHERE a IN\n(SELECT a FROM u)", "A query in a query .*line 2"),
        ("SELECT a FROM t, u", "A list of tables cannot be shown"),
        ("SELECT a FROM t NATURAL JOIN u", "NATURAL after the table cannot be shown"),
        ("SELECT a FROM t JOIN u USING (id)", "A join that is not by position cannot be shown"),
        ("SELECT a FROM t JOIN u ON t.id = u.id", "A join that is not by DISTANCE cannot"),
        ("SELECT a FROM t ORDER BY a, b", "Sorting by a second value cannot be shown"),
        ("SELECT a FROM t LIMIT 5", "LIMIT cannot be shown"),
        ("SELECT a FROM t;", "A semicolon cannot be shown"),
    ],
)
def test_what_the_form_cannot_show_is_named_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(NotShownError, match=sentence):
        read(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no query"),
        ("UPDATE t SET a = 3", "begins with SELECT"),
        ("SELECT a", "FROM which table"),
        ("SELECT (a FROM t", "not closed"),
        ("SELECT a FROM t WHERE name = 'x", "does not end"),
        ("SELECT a, FROM t", "A value is empty"),
        ("SELECT a FROM t WHERE a < 3 AND", "A condition is empty"),
        ("SELECT TOP a FROM t", "TOP is followed by a number"),
    ],
)
def test_what_is_no_query_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(DatalabError, match=sentence):
        read(text)


def test_conditions_written_by_hand_become_controls_where_they_can() -> None:
    assert read_conditions("gmag < 20 AND (a OR b) AND 3 < x") == (
        Compare("gmag", "<", 20),
        Written("a OR b"),
        Written("3 < x"),
    )


def test_a_second_table_names_whose_columns_are_meant() -> None:
    form = read(DWARF)
    matched = with_match(form, Match("gaia_dr3.gaia_source_g10", 1))
    text = matched.to_adql()
    assert "abs(a.sharp) < 0.5" in text
    assert "(a.gmag-a.rmag) BETWEEN" in text
    with_star = replace(matched, outputs=(*matched.outputs, Output("b.source_id")))
    assert without_match(with_star) == form
