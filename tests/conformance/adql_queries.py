"""SELECT and its clauses (ADQL 2.1, sections 2.2 and 4.9)."""

from __future__ import annotations

from .adql_clause import QUERY, Clause

CLAUSES = (
    Clause(
        "<select_query>: SELECT … FROM",
        QUERY,
        valid=(
            "SELECT 1 FROM small.fields",
            "SELECT * FROM small.fields",
            "SELECT field, label FROM small.fields",
        ),
        invalid=(
            ("SELECT FROM small.fields", "Nothing is selected"),
            ("SELECT field", "FROM is missing"),
            ("SELECT 1", "FROM is missing"),
            ("FROM small.fields", "A query begins with SELECT, not with 'FROM'"),
            ("SELECT field, FROM small.fields", "A column is missing after this comma"),
            ("SELECT , field FROM small.fields", "Expected a column to select, found ','"),
            (
                "SELECT field label FROM small.fields WHERE",
                "Expected a condition after WHERE, found the end of the query",
            ),
            ("INSERT INTO small.fields VALUES (1)", "Only SELECT can be run here, not INSERT"),
            ("UPDATE small.fields SET field = 1", "Only SELECT can be run here, not UPDATE"),
            ("DROP TABLE small.fields", "Only SELECT can be run here, not DROP"),
            ("EXPLAIN SELECT field FROM small.fields", "Only SELECT can be run here, not EXPLAIN"),
            ("SELECT field INTO x FROM small.fields", "INTO cannot stand here"),
        ),
    ),
    Clause(
        "<set_quantifier>",
        QUERY,
        valid=(
            "SELECT DISTINCT field FROM small.stars",
            "SELECT ALL field FROM small.stars",
        ),
        invalid=(
            ("SELECT DISTINCT FROM small.stars", "Nothing is selected"),
            ("SELECT ALL DISTINCT field FROM small.stars", "DISTINCT cannot stand here"),
            (
                "SELECT field, DISTINCT epochs FROM small.stars",
                "Expected a column to select, found 'DISTINCT'",
            ),
            ("SELECT UNIQUE field FROM small.stars", "'UNIQUE' is a reserved word of ADQL"),
        ),
    ),
    Clause(
        "<set_limit>",
        QUERY,
        valid=(
            "SELECT TOP 3 ra FROM small.stars",
            "SELECT TOP 0 ra FROM small.stars",
            "SELECT DISTINCT TOP 3 field FROM small.stars",
            "SELECT TOP 3 * FROM small.stars",
        ),
        invalid=(
            ("SELECT TOP -3 ra FROM small.stars", "TOP is followed by a whole number, not by '-'"),
            (
                "SELECT TOP 3.0 ra FROM small.stars",
                "TOP is followed by a whole number, not by '3.0'",
            ),
            ("SELECT TOP (3) ra FROM small.stars", "TOP is followed by a whole number, not by '('"),
            ("SELECT TOP ra FROM small.stars", "TOP is followed by a whole number, not by 'ra'"),
            ("SELECT TOP 3 DISTINCT field FROM small.stars", "DISTINCT comes before TOP"),
            ("SELECT TOP 3, ra FROM small.stars", "Expected a column to select, found ','"),
            ("SELECT ra FROM small.stars LIMIT 3", "ADQL has no LIMIT"),
            ("SELECT ra FROM small.stars FETCH FIRST 3 ROWS ONLY", "FETCH cannot stand here"),
        ),
    ),
    Clause(
        "<select_list> and <select_sublist>",
        QUERY,
        valid=(
            "SELECT s.* FROM small.stars AS s",
            "SELECT small.stars.* FROM small.stars",
            "SELECT stars.* FROM small.stars",
            (
                "SELECT s.*, f.label FROM small.stars AS s JOIN small.fields AS f ON "
                "s.field = f.field"
            ),
            "SELECT *, ra + 1 AS more FROM small.stars",
        ),
        invalid=(
            ("SELECT t.* FROM small.stars AS s", "There is no table 't' in FROM"),
            ("SELECT * * FROM small.stars", "Expected a comma or FROM, found '*'"),
            ("SELECT small.* FROM small.stars", "There is no table 'small' in FROM"),
            ("SELECT (ra, dec) FROM small.stars", "A list of values cannot stand here"),
        ),
    ),
    Clause(
        "<derived_column> and <as_clause>",
        QUERY,
        valid=(
            "SELECT ra AS x FROM small.stars",
            "SELECT ra x FROM small.stars",
            "SELECT ra + dec AS total FROM small.stars",
            "SELECT (ra) FROM small.stars",
            "SELECT ra AS x, ra AS x FROM small.stars",
        ),
        invalid=(
            (
                "SELECT ra AS FROM small.stars",
                "Expected the name of the column after AS, found 'FROM'",
            ),
            (
                "SELECT ra AS 'x' FROM small.stars",
                "The name of the column after AS is expected here, not the",
            ),
            ("SELECT ra AS x AS y FROM small.stars", "Expected a comma or FROM, found 'AS'"),
            ("SELECT ra AS s.x FROM small.stars", "Expected a comma or FROM, found '.'"),
            ("SELECT ra > 1 FROM small.stars", "Expected a comma or FROM, found '>'"),
        ),
    ),
    Clause(
        "<column_reference> and <qualifier>",
        QUERY,
        valid=(
            "SELECT stars.ra FROM small.stars",
            "SELECT small.stars.ra FROM small.stars",
            "SELECT s.ra FROM small.stars s",
        ),
        invalid=(
            ("SELECT rra FROM small.stars", "There is no column 'rra'"),
            ("SELECT s.ra FROM small.stars", "There is no table 's' in FROM"),
            ("SELECT stars.ra FROM small.stars AS s", "There is no table 'stars' in FROM"),
            (
                "SELECT field FROM small.stars AS a, small.fields AS b",
                "'field' can mean a.field or b.field",
            ),
            ("SELECT a.b.c.d.e FROM small.stars", "This name has too many parts"),
            ("SELECT s..ra FROM small.stars AS s", "Expected a name after 's.', found '.'"),
            ("SELECT s. FROM small.stars AS s", "Expected a name after 's.', found 'FROM'"),
        ),
    ),
    Clause(
        "<set_function_specification>",
        QUERY,
        valid=(
            "SELECT COUNT(*) FROM small.stars",
            "SELECT COUNT(ra), COUNT(DISTINCT field), COUNT(ALL field) FROM small.stars",
            "SELECT AVG(gmag), MAX(gmag), MIN(gmag), SUM(gmag) FROM small.stars",
            "SELECT MAX(name), MIN(seen) FROM small.stars",
            "SELECT AVG(gmag + 1) * 2 FROM small.stars",
        ),
        invalid=(
            ("SELECT COUNT() FROM small.stars", "Expected a column in COUNT(…), found ')'"),
            ("SELECT SUM(*) FROM small.stars", "SUM(*) has no meaning"),
            ("SELECT COUNT(DISTINCT *) FROM small.stars", "COUNT(DISTINCT *) has no meaning"),
            (
                "SELECT AVG(name) FROM small.stars",
                "AVG adds numbers, and here is 'name', which is a text",
            ),
            ("SELECT MAX(ra, dec) FROM small.stars", "MAX takes one argument"),
            ("SELECT MAX(AVG(ra)) FROM small.stars", "AVG cannot stand in another aggregate"),
            (
                "SELECT ra, COUNT(*) FROM small.stars",
                "'ra' has many values, and an aggregate is selected beside it",
            ),
            ("SELECT MEDIAN(ra) FROM small.stars", "There is no function 'MEDIAN'"),
            ("SELECT STDDEV(ra) FROM small.stars", "There is no function 'STDDEV'"),
            (
                "SELECT ROW_NUMBER() OVER (ORDER BY ra) FROM small.stars",
                "There is no function 'ROW_NUMBER'",
            ),
            ("SELECT SUM(ra) OVER () FROM small.stars", "There are no window functions here"),
        ),
    ),
    Clause(
        "<group_by_clause>",
        QUERY,
        valid=(
            "SELECT field, COUNT(*) FROM small.stars GROUP BY field",
            "SELECT field, epochs FROM small.stars GROUP BY field, epochs",
            "SELECT FLOOR(gmag), COUNT(*) FROM small.stars GROUP BY FLOOR(gmag)",
            "SELECT FLOOR(gmag) AS bin, COUNT(*) FROM small.stars GROUP BY bin",
            "SELECT s.field FROM small.stars AS s GROUP BY s.field",
        ),
        invalid=(
            ("SELECT field FROM small.stars GROUP field", "Expected BY after GROUP, found 'field'"),
            (
                "SELECT field FROM small.stars GROUP BY",
                "Expected a column after GROUP BY, found the end of the query",
            ),
            (
                "SELECT field FROM small.stars GROUP BY 1",
                "GROUP BY takes columns and expressions, not positions",
            ),
            ("SELECT ra FROM small.stars GROUP BY field", "'ra' has many values in each group"),
            (
                "SELECT * FROM small.stars GROUP BY field",
                "* cannot be selected beside GROUP BY and aggregates",
            ),
            ("SELECT field FROM small.stars GROUP BY COUNT(*)", "COUNT cannot stand in GROUP BY"),
            (
                "SELECT field FROM small.stars GROUP BY field WHERE ra > 1",
                "WHERE cannot stand here",
            ),
        ),
    ),
    Clause(
        "<having_clause>",
        QUERY,
        valid=(
            "SELECT field FROM small.stars GROUP BY field HAVING COUNT(*) > 10",
            "SELECT COUNT(*) FROM small.stars HAVING COUNT(*) > 10",
            ("SELECT field FROM small.stars GROUP BY field HAVING field > 1 AND MAX(ra) > 1"),
        ),
        invalid=(
            (
                "SELECT field FROM small.stars GROUP BY field HAVING",
                "Expected a condition after HAVING, found the end of the query",
            ),
            (
                "SELECT field FROM small.stars GROUP BY field HAVING ra > 1",
                "'ra' has many values in each group",
            ),
            (
                "SELECT field FROM small.stars GROUP BY field HAVING COUNT(*)",
                "HAVING needs a condition, and this is only a value",
            ),
            (
                "SELECT field FROM small.stars HAVING COUNT(*) > 1 GROUP BY field",
                "GROUP BY cannot stand here",
            ),
        ),
    ),
    Clause(
        "<order_by_clause>",
        QUERY,
        valid=(
            "SELECT ra FROM small.stars ORDER BY ra",
            "SELECT ra, dec FROM small.stars ORDER BY ra ASC, dec DESC",
            "SELECT ra AS x FROM small.stars ORDER BY x",
            "SELECT ra, dec FROM small.stars ORDER BY 2",
            "SELECT ra FROM small.stars ORDER BY gmag",
            "SELECT ra FROM small.stars ORDER BY ABS(dec) + 1",
            "SELECT field, COUNT(*) AS n FROM small.stars GROUP BY field ORDER BY n DESC",
        ),
        invalid=(
            ("SELECT ra FROM small.stars ORDER ra", "Expected BY after ORDER, found 'ra'"),
            (
                "SELECT ra FROM small.stars ORDER BY",
                "Expected a column after ORDER BY, found the end of the query",
            ),
            ("SELECT ra FROM small.stars ORDER BY 2", "The result has no column 2"),
            ("SELECT ra FROM small.stars ORDER BY 0", "The result has no column 0"),
            ("SELECT ra FROM small.stars ORDER BY 'ra'", "A constant gives no order"),
            (
                "SELECT ra FROM small.stars ORDER BY ra DOWN",
                "Expected the end of the query, found 'DOWN'",
            ),
            (
                "SELECT ra FROM small.stars ORDER BY ra NULLS LAST",
                "ADQL has no NULLS FIRST or LAST",
            ),
            (
                "SELECT DISTINCT field FROM small.stars ORDER BY ra",
                "With DISTINCT, rows are ordered by selected columns only",
            ),
            ("SELECT ra FROM small.stars ORDER BY ra WHERE ra > 1", "WHERE cannot stand here"),
        ),
    ),
    Clause(
        "<offset_clause> (features-adql-offset)",
        QUERY,
        valid=(
            "SELECT ra FROM small.stars OFFSET 5",
            "SELECT TOP 3 ra FROM small.stars ORDER BY ra OFFSET 5",
            "SELECT ra FROM small.stars OFFSET 0",
        ),
        invalid=(
            (
                "SELECT ra FROM small.stars OFFSET",
                "OFFSET is followed by a whole number, not by the end of the",
            ),
            (
                "SELECT ra FROM small.stars OFFSET -1",
                "OFFSET is followed by a whole number, not by '-'",
            ),
            (
                "SELECT ra FROM small.stars OFFSET 1.5",
                "OFFSET is followed by a whole number, not by '1.5'",
            ),
            ("SELECT ra FROM small.stars OFFSET 5 ORDER BY ra", "ORDER BY cannot stand here"),
            (
                "SELECT ra FROM small.stars OFFSET 5 ROWS",
                "Expected the end of the query, found 'ROWS'",
            ),
        ),
    ),
    Clause(
        "<subquery>",
        QUERY,
        valid=(
            "SELECT (SELECT MAX(ra) FROM small.stars) FROM small.fields",
            (
                "SELECT label FROM small.fields AS f WHERE 3 > (SELECT COUNT(*) FROM "
                "small.stars AS s WHERE s.field = f.field)"
            ),
        ),
        invalid=(
            (
                "SELECT (SELECT ra, dec FROM small.stars) FROM small.fields",
                "A query that stands for a value has one column, and this one",
            ),
            (
                "SELECT SELECT MAX(ra) FROM small.stars FROM small.fields",
                "Expected a column to select, found 'SELECT'",
            ),
            ("SELECT () FROM small.fields", "Expected a column to select, found ')'"),
        ),
    ),
)
