"""Names are looked up, types found, and the columns of a result described."""

from __future__ import annotations

from dataclasses import replace

import pytest
from datalab_backend import adql
from datalab_backend.adql import CheckedQuery
from datalab_backend.metadata import Column, DataType, Schema, Table, Tables

from .conftest import STARS, TABLES


def check(query: str, tables: Tables = TABLES) -> CheckedQuery:
    return adql.check(adql.parse(query), tables)


def names(query: str) -> list[str]:
    return [column.name for column in check(query).columns]


def column(expression: str) -> Column:
    (found,) = check(f"SELECT {expression} FROM sky.stars").columns
    return found


def test_a_star_selects_every_column_but_the_hidden_one():
    assert names("SELECT * FROM sky.stars") == [c.name for c in STARS.columns]


def test_a_hidden_column_stays_hidden_even_if_the_metadata_lists_it():
    listed = replace(STARS, columns=(*STARS.columns, Column("_healpix_29", DataType.BIGINT)))
    tables = Tables(TABLES.schemas, (listed,))
    assert "_healpix_29" not in [c.name for c in check("SELECT * FROM sky.stars", tables).columns]
    with pytest.raises(adql.AdqlError, match="no column '_healpix_29'"):
        check('SELECT "_healpix_29" FROM sky.stars', tables)


def test_a_plain_column_keeps_its_unit_ucd_and_description():
    found = column("gmag")
    assert found == STARS.column("gmag")
    renamed = column("stars.gmag AS brightness")
    assert renamed == replace(found, name="brightness")


def test_a_column_is_found_whatever_the_case_but_in_quotes_to_the_letter():
    assert column("RA").name == column("sky.Stars.rA").name == column('"ra"').name == "ra"
    with pytest.raises(adql.AdqlError, match=r"no column 'RA'.*Did you mean ra\?"):
        column('"RA"')


@pytest.mark.parametrize("text", ['name = "Vega"', "name = Vega"])
def test_a_text_without_its_quotes_is_told_how_it_is_written(text: str) -> None:
    with pytest.raises(adql.AdqlError, match="single quotes: 'Vega'"):
        check(f"SELECT ra FROM sky.stars WHERE {text}")


def test_a_name_that_select_gives_is_told_to_be_unknown_in_where() -> None:
    with pytest.raises(adql.AdqlError, match=r"no column 'gr'.*a name that SELECT gives"):
        check("SELECT gmag - rmag AS gr FROM sky.stars WHERE gr < 1")


def test_names_of_the_result_are_unique_whatever_their_case():
    assert names("SELECT ra, RA, dec AS ra, ra AS ra_2 FROM sky.stars") == [
        "ra",
        "ra_3",
        "ra_4",
        "ra_2",
    ]


def test_what_has_no_name_is_called_after_its_function_or_its_place():
    query = "SELECT COUNT(*), MAX(gmag), SQRT(ra), ra + 1, 'x' FROM sky.stars GROUP BY ra"
    assert names(query) == ["count", "max_gmag", "sqrt", "column_4", "column_5"]


@pytest.mark.parametrize(
    ("expression", "datatype", "unit"),
    [
        ("COUNT(*)", DataType.BIGINT, ""),
        ("COUNT(gmag)", DataType.BIGINT, ""),
        ("AVG(gmag)", DataType.DOUBLE, "mag"),
        ("MIN(gmag)", DataType.REAL, "mag"),
        ("MAX(name)", DataType.VARCHAR, ""),
        ("MIN(seen)", DataType.TIMESTAMP, ""),
        ("SUM(epochs)", DataType.BIGINT, ""),
        ("SUM(gmag)", DataType.DOUBLE, "mag"),
        ("gmag + 1", DataType.REAL, "mag"),
        ("gmag - 0.5", DataType.DOUBLE, "mag"),
        ("ra - dec", DataType.DOUBLE, "deg"),
        ("ra * 3600", DataType.DOUBLE, ""),
        ("ra - gmag", DataType.DOUBLE, ""),
        ("epochs * epochs", DataType.BIGINT, ""),
        ("field / 2", DataType.INTEGER, ""),
        ("field / 2.0", DataType.DOUBLE, ""),
        ("-epochs", DataType.SMALLINT, ""),
        ("ABS(gmag)", DataType.REAL, "mag"),
        ("ROUND(ra, 2)", DataType.DOUBLE, "deg"),
        ("FLOOR(field)", DataType.DOUBLE, ""),
        ("RADIANS(ra)", DataType.DOUBLE, "rad"),
        ("DISTANCE(ra, dec, 1, 2)", DataType.DOUBLE, "deg"),
        ("CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3))", DataType.INTEGER, ""),
        ("POINT(ra, dec)", DataType.POINT, "deg"),
        ("MOD(epochs, field)", DataType.INTEGER, ""),
        ("COALESCE(field, id)", DataType.BIGINT, ""),
        ("name || 'x'", DataType.VARCHAR, ""),
        ("CAST(gmag AS VARCHAR)", DataType.VARCHAR, ""),
        ("CAST(gmag AS DOUBLE PRECISION)", DataType.DOUBLE, "mag"),
        ("(SELECT MAX(depth) FROM sky.fields)", DataType.DOUBLE, "mag"),
        ("3000000000", DataType.BIGINT, ""),
        ("NULL", DataType.VARCHAR, ""),
    ],
)
def test_an_expression_has_the_type_and_unit_one_expects(
    expression: str, datatype: DataType, unit: str
):
    found = column(expression)
    assert (found.datatype, found.unit) == (datatype, unit)


def test_texts_points_and_timestamps_are_described_as_dali_has_them():
    assert column("name || 'x'").arraysize == "*"
    assert column("POINT(ra, dec)").xtype == "point"
    assert column("POINT(ra, dec)").arraysize == "2"
    assert column("MAX(seen)").xtype == "timestamp"


def test_top_and_the_tables_that_are_read_are_known():
    checked = check(
        "SELECT TOP 5 * FROM sky.stars AS a, sky.stars AS b "
        "WHERE a.field IN (SELECT field FROM sky.fields)"
    )
    assert checked.top == 5
    assert [table.name for table in checked.tables] == ["stars", "fields"]


def test_a_column_of_two_tables_is_ambiguous_and_the_choices_are_named():
    with pytest.raises(adql.AdqlError, match=r"'field' can mean a\.field or b\.field"):
        check("SELECT field FROM sky.stars AS a, sky.fields AS b")


def test_using_makes_one_column_of_two_and_puts_it_first():
    found = names("SELECT * FROM sky.stars JOIN sky.fields USING (field)")
    assert found[0] == "field"
    assert found.count("field") == 1
    assert found[-2:] == ["label", "depth"]


def test_a_subquery_sees_the_query_around_it_and_an_inner_name_wins():
    checked = check(
        "SELECT id FROM sky.stars AS s WHERE EXISTS "
        "(SELECT 1 FROM sky.fields WHERE field = s.field AND label = name)"
    )
    assert len(checked.columns) == 1


def test_tables_beside_a_derived_table_are_out_of_its_sight():
    with pytest.raises(adql.AdqlError, match="no table 's' in FROM"):
        check("SELECT 1 FROM sky.stars AS s, (SELECT s.ra FROM sky.fields) AS t")


def test_with_names_queries_for_those_that_follow():
    query = (
        "WITH bright AS (SELECT id, gmag AS g FROM sky.stars WHERE gmag < 12), "
        "counted AS (SELECT COUNT(*) AS n FROM bright) SELECT n, MIN(g) FROM bright, counted "
        "GROUP BY n"
    )
    assert names(query) == ["n", "min_g"]
    with pytest.raises(adql.AdqlError, match="no table 'later'"):
        check(
            "WITH a AS (SELECT n FROM later), later AS (SELECT 1 AS n FROM sky.stars) "
            "SELECT * FROM a"
        )


@pytest.mark.parametrize(
    "query",
    [
        "SELECT field FROM sky.stars GROUP BY field",
        "SELECT s.field FROM sky.stars AS s GROUP BY field",
        "SELECT FLOOR(gmag * 2) / 2 AS bin FROM sky.stars GROUP BY bin",
        "SELECT FLOOR(gmag * 2) / 2 + 1 FROM sky.stars AS s GROUP BY FLOOR(s.gmag * 2) / 2",
        "SELECT MAX(gmag) - MIN(gmag) FROM sky.stars HAVING COUNT(*) > 1",
        "SELECT field FROM sky.stars GROUP BY field HAVING AVG(gmag) < 3 ORDER BY MAX(gmag)",
        "SELECT field, (SELECT MAX(depth) FROM sky.fields AS f WHERE f.field = s.field) "
        "FROM sky.stars AS s GROUP BY field",
    ],
)
def test_what_has_one_value_in_a_group_may_be_selected(query: str):
    assert check(query).columns


@pytest.mark.parametrize(
    "query",
    [
        "SELECT gmag FROM sky.stars GROUP BY field",
        "SELECT field + gmag FROM sky.stars GROUP BY field",
        "SELECT field FROM sky.stars GROUP BY field ORDER BY gmag",
        "SELECT field FROM sky.stars GROUP BY field HAVING gmag < 3",
        "SELECT gmag, COUNT(*) FROM sky.stars",
        "SELECT COUNT(*) FROM sky.stars ORDER BY gmag",
        "SELECT field, (SELECT MAX(depth) FROM sky.fields AS f WHERE f.depth = s.gmag) "
        "FROM sky.stars AS s GROUP BY field",
    ],
)
def test_what_has_many_values_in_a_group_may_not_be_selected(query: str):
    with pytest.raises(adql.AdqlError, match=r"'(s\.)?gmag' has many values"):
        check(query)


def test_tables_of_hundreds_of_columns_and_columns_that_differ_by_case_are_no_trouble():
    wide = Table("w", "t", tuple(Column(f"c{i}", DataType.REAL) for i in range(500)))
    twins = Table("w", "u", (Column("u", DataType.REAL), Column("U", DataType.REAL)))
    tables = Tables((Schema("w"),), (wide, twins))
    assert len(check("SELECT * FROM w.t", tables).columns) == 500
    assert [c.name for c in check('SELECT "U", "u" FROM w.u', tables).columns] == ["U", "u_2"]
    with pytest.raises(adql.AdqlError, match=r"'u' can mean w\.u\.\"u\" or w\.u\.\"U\""):
        check("SELECT u FROM w.u", tables)


SPECTRA = Table(
    "sky",
    "spectra",
    (
        Column("id", DataType.INTEGER),
        Column("flux", DataType.REAL, arraysize="*"),
        Column("mask", DataType.INTEGER, arraysize="*"),
    ),
)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT flux * 2 FROM sky.spectra", "* computes with numbers, and here is 'flux', which"),
        ("SELECT -flux FROM sky.spectra", "which is an array"),
        ("SELECT SQRT(flux) FROM sky.spectra", "Argument 1 of SQRT is a number, and 'flux' is an"),
        ("SELECT AVG(flux) FROM sky.spectra", "adds numbers, and here is 'flux', which is an arr"),
        ("SELECT MAX(flux) FROM sky.spectra", "MAX compares values, and 'flux' is an array"),
        ("SELECT id FROM sky.spectra WHERE flux > 3", "'flux' is an array and 3 is a number"),
        ("SELECT id FROM sky.spectra WHERE flux = mask", "'flux' is an array, which cannot be"),
        ("SELECT CAST(flux AS VARCHAR(3)) FROM sky.spectra", "'flux' is an array and cannot beco"),
        ("SELECT flux FROM sky.spectra UNION SELECT id FROM sky.spectra", "Column 1 is an array"),
        ("SELECT id FROM sky.spectra WHERE id IN (SELECT flux FROM sky.spectra)", "an array"),
        ("SELECT t.x + 1 FROM (SELECT flux AS x FROM sky.spectra) AS t", "which is an array"),
    ],
)
def test_arrays_are_told_apart_from_their_elements(query: str, said: str):
    with pytest.raises(adql.AdqlError) as caught:
        adql.check(adql.parse(query), Tables((Schema("sky"),), (SPECTRA,)))
    assert said in caught.value.message
    assert caught.value.hint


def test_arrays_are_selected_and_counted():
    tables = Tables((Schema("sky"),), (SPECTRA,))
    query = "SELECT (SELECT flux FROM sky.spectra) AS one, COUNT(flux) AS n FROM sky.spectra"
    one, n = adql.check(adql.parse(query), tables).columns
    assert (one.datatype, one.arraysize) == (DataType.REAL, "*")
    assert (n.datatype, n.arraysize) == (DataType.BIGINT, "")
