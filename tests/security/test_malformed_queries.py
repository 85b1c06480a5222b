"""What is not one well-formed ADQL query ends at the parser or the checker, with its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from datalab_backend import adql
from datalab_backend.metadata import Tables
from malformed_queries import MALFORMED, Malformed
from small_sky import FIELDS_TABLE, SCHEMA, STARS_TABLE

TABLES = Tables((SCHEMA,), (replace(STARS_TABLE, healpix="_healpix_29"), FIELDS_TABLE))


def refused(query: str) -> adql.AdqlError:
    with pytest.raises(adql.AdqlError) as caught:
        adql.check(adql.parse(query), TABLES)
    return caught.value


def test_there_are_many_ways_to_be_malformed():
    assert len({malformed.query for malformed in MALFORMED}) == len(MALFORMED) >= 200


@pytest.mark.parametrize("malformed", MALFORMED, ids=lambda m: m.query[:60])
def test_a_malformed_query_is_refused_with_its_place_a_sentence_and_a_hint(malformed: Malformed):
    error = refused(malformed.query)
    assert malformed.fragment in f"{error.message} {error.hint}"
    assert (error.line, error.column) == (malformed.line, malformed.column)
    assert error.message.endswith((".", "…"))
    assert error.hint.endswith((".", "…", "?"))


def test_the_place_is_counted_through_comments_texts_and_all_kinds_of_line_ends():
    query = "SELECT ra, -- 'one\r\n'two\nlines' AS x,\r  \"a\nb\" AS y, bad\nFROM small.stars"
    query = query.replace('"a\nb" AS y', "'a\nb' AS y")
    error = refused(query)
    assert (error.line, error.column) == (5, 10)
    assert "bad" in error.message


def test_what_a_quotation_hides_is_never_taken_for_a_statement():
    query = "SELECT name FROM small.stars WHERE name = '''; DROP TABLE small.stars; --'"
    checked = adql.check(adql.parse(query), TABLES)
    assert [column.name for column in checked.columns] == ["name"]


def test_rights_are_the_tables_that_are_given_and_nothing_else():
    query = adql.parse("SELECT COUNT(*) FROM small.stars")
    assert adql.check(query, TABLES).tables[0].name == "stars"
    with pytest.raises(adql.AdqlError, match=r"no table 'small\.stars'"):
        adql.check(query, Tables((SCHEMA,), (FIELDS_TABLE,)))
