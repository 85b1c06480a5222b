"""FROM: tables, queries in the place of tables, and joins (ADQL 2.1, section 2.2)."""

from __future__ import annotations

from .adql_clause import QUERY, Clause

CLAUSES = (
    Clause(
        "<table_name>",
        QUERY,
        valid=(
            "SELECT label FROM small.fields",
            "SELECT table_name FROM TAP_SCHEMA.tables",
            "SELECT table_name FROM tap_schema.TABLES",
        ),
        invalid=(
            ("SELECT ra FROM stars", "There is no table 'stars'"),
            ("SELECT ra FROM small.star", "There is no table 'small.star'"),
            ("SELECT ra FROM other.stars", "There is no table 'other.stars'"),
            ("SELECT ra FROM a.b.c.stars", "This name has too many parts"),
            ("SELECT ra FROM cat.small.stars", "There is no table 'cat.small.stars'"),
            (
                "SELECT ra FROM 'small.stars'",
                "A table is expected here, and 'small.stars' is a text",
            ),
            (
                "SELECT ra FROM 'file.parquet'",
                "A table is expected here, and 'file.parquet' is a text",
            ),
            ("SELECT ra FROM read_csv('file.csv')", "There is no table function 'read_csv'"),
            (
                "SELECT ra FROM information_schema.tables",
                "There is no table 'information_schema.tables'",
            ),
        ),
    ),
    Clause(
        "<from_clause>: several tables",
        QUERY,
        valid=(
            ("SELECT a.field FROM small.fields AS a, small.fields AS b WHERE a.field = b.field"),
            "SELECT a.field FROM small.fields AS a, small.fields b, small.fields AS c",
        ),
        invalid=(
            ("SELECT field FROM small.fields,", "Expected a table, found the end of the query"),
            (
                "SELECT field FROM small.fields small.stars",
                "Expected the end of the query, found '.'",
            ),
            (
                "SELECT 1 FROM small.fields AS a, small.stars AS a",
                "Two tables in FROM are called 'a'",
            ),
            (
                "SELECT 1 FROM small.fields, small.fields",
                "Two tables in FROM are called 'small.fields'",
            ),
        ),
    ),
    Clause(
        "<derived_table>",
        QUERY,
        valid=(
            "SELECT t.x FROM (SELECT ra AS x FROM small.stars) AS t",
            "SELECT x FROM (SELECT ra AS x FROM small.stars) t",
            ("SELECT x FROM (SELECT TOP 3 ra AS x FROM small.stars ORDER BY ra OFFSET 2) AS t"),
            (
                "SELECT x FROM (SELECT field AS x FROM small.stars UNION SELECT field "
                "FROM small.fields) AS t"
            ),
        ),
        invalid=(
            ("SELECT x FROM (SELECT ra AS x FROM small.stars)", "A query in FROM needs a name"),
            ("SELECT ra FROM (SELECT ra AS x FROM small.stars) AS t", "There is no column 'ra'"),
            (
                "SELECT x FROM (SELECT ra AS x FROM small.stars AS t",
                "The parenthesis that opens here is not closed",
            ),
            (
                "SELECT x FROM (small.stars) (SELECT 1) AS t",
                "Expected the end of the query, found '('",
            ),
            (
                "SELECT t.x FROM (SELECT s.ra AS x FROM small.fields) AS t, small.stars AS s",
                "There is no table 's' in FROM",
            ),
        ),
    ),
    Clause(
        "<joined_table> and <qualified_join>",
        QUERY,
        valid=(
            ("SELECT label FROM small.stars JOIN small.fields ON stars.field = fields.field"),
            ("SELECT label FROM small.stars INNER JOIN small.fields ON stars.field = fields.field"),
            ("SELECT label FROM small.stars AS s LEFT JOIN small.fields AS f ON s.field = f.field"),
            (
                "SELECT label FROM small.stars AS s LEFT OUTER JOIN small.fields AS f ON "
                "s.field = f.field"
            ),
            (
                "SELECT label FROM small.stars AS s RIGHT JOIN small.fields AS f ON "
                "s.field = f.field"
            ),
            (
                "SELECT label FROM small.stars AS s FULL OUTER JOIN small.fields AS f ON "
                "s.field = f.field"
            ),
            "SELECT label FROM small.stars NATURAL JOIN small.fields",
            "SELECT label FROM small.stars NATURAL LEFT OUTER JOIN small.fields",
            "SELECT label FROM (small.stars NATURAL JOIN small.fields)",
            (
                "SELECT f.label FROM small.fields AS f JOIN (small.fields AS g JOIN "
                "small.fields AS h ON g.field = h.field) ON f.field = g.field"
            ),
            (
                "SELECT a.label FROM small.fields AS a JOIN small.fields AS b ON a.field "
                "= b.field JOIN small.fields AS c ON b.field = c.field"
            ),
            (
                "SELECT a.source_id FROM small.stars AS a JOIN small.stars AS b ON "
                "DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.001"
            ),
        ),
        invalid=(
            (
                "SELECT label FROM small.stars JOIN small.fields",
                "This JOIN does not say which rows belong together",
            ),
            (
                "SELECT label FROM small.stars OUTER JOIN small.fields ON 1 = 1",
                "Expected the end of the query, found 'OUTER'",
            ),
            ("SELECT label FROM small.stars CROSS JOIN small.fields", "CROSS cannot stand here"),
            (
                "SELECT label FROM small.stars INNER OUTER JOIN small.fields ON 1 = 1",
                "Expected JOIN, found 'OUTER'",
            ),
            (
                "SELECT label FROM small.stars NATURAL JOIN small.fields ON 1 = 1",
                "A NATURAL JOIN has no ON",
            ),
            (
                "SELECT label FROM small.stars JOIN small.fields ON field",
                "ON needs a condition, and this is only a value",
            ),
            (
                "SELECT label FROM small.stars JOIN ON stars.field = 1",
                "'ON' is a reserved word of ADQL",
            ),
            (
                "SELECT label FROM (small.stars, small.fields)",
                "A list of tables cannot stand in parentheses",
            ),
            (
                "SELECT label FROM small.stars JOIN small.fields ON COUNT(*) > 1",
                "COUNT cannot stand in ON",
            ),
        ),
    ),
    Clause(
        "<named_columns_join>",
        QUERY,
        valid=(
            "SELECT label FROM small.stars JOIN small.fields USING (field)",
            "SELECT field FROM small.stars FULL JOIN small.fields USING (field)",
        ),
        invalid=(
            (
                "SELECT label FROM small.stars JOIN small.fields USING field",
                "Expected ( after USING, found 'field'",
            ),
            (
                "SELECT label FROM small.stars JOIN small.fields USING ()",
                "Expected a column in USING (…), found ')'",
            ),
            (
                "SELECT label FROM small.stars JOIN small.fields USING (ra)",
                "There is no column 'ra' on one side of the join",
            ),
            (
                "SELECT label FROM small.stars JOIN small.fields USING (stars.field)",
                "Expected ), found '.'",
            ),
            (
                "SELECT label FROM small.stars JOIN small.fields USING (field,)",
                "Expected a column in USING (…), found ')'",
            ),
        ),
    ),
)
