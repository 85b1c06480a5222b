"""Set operations and queries with names (ADQL 2.1, sections 4.5 and 4.6)."""

from __future__ import annotations

from .adql_clause import QUERY, Clause

CLAUSES = (
    Clause(
        "<query_set_expression>: UNION, EXCEPT, INTERSECT (features-adql-sets)",
        QUERY,
        valid=(
            "SELECT field FROM small.stars UNION SELECT field FROM small.fields",
            "SELECT field FROM small.stars UNION ALL SELECT field FROM small.fields",
            "SELECT field FROM small.stars EXCEPT SELECT field FROM small.fields",
            "SELECT field FROM small.stars EXCEPT ALL SELECT field FROM small.fields",
            "SELECT field FROM small.stars INTERSECT SELECT field FROM small.fields",
            "SELECT field FROM small.stars INTERSECT ALL SELECT field FROM small.fields",
            (
                "SELECT field FROM small.stars UNION SELECT field FROM small.fields "
                "INTERSECT SELECT 1 FROM small.fields"
            ),
            (
                "(SELECT TOP 2 field FROM small.stars ORDER BY ra) UNION (SELECT field "
                "FROM small.fields)"
            ),
            (
                "SELECT field FROM small.stars UNION SELECT field FROM small.fields "
                "ORDER BY field OFFSET 1"
            ),
            (
                "(SELECT field FROM small.stars UNION SELECT 1 FROM small.fields) EXCEPT "
                "SELECT 2 FROM small.fields"
            ),
        ),
        invalid=(
            ("SELECT field FROM small.stars UNION", "Expected SELECT, found the end of the query"),
            (
                "SELECT field FROM small.stars UNION DISTINCT SELECT field FROM small.fields",
                "DISTINCT cannot stand here",
            ),
            (
                "SELECT field, ra FROM small.stars UNION SELECT field FROM small.fields",
                "UNION joins queries of 2 and of 1 columns",
            ),
            (
                "SELECT field FROM small.stars UNION SELECT label FROM small.fields",
                "Column 1 is a number in one query and a text in the other",
            ),
            (
                ("SELECT field FROM small.stars ORDER BY ra UNION SELECT field FROM small.fields"),
                "UNION comes before ORDER BY and what follows it",
            ),
            (
                "SELECT field FROM small.stars MINUS SELECT field FROM small.fields",
                "Expected the end of the query, found 'SELECT'",
            ),
            (
                "UNION SELECT field FROM small.fields",
                "A query begins with SELECT, not with 'UNION'",
            ),
            (
                ("SELECT field FROM small.stars UNION SELECT field FROM small.fields ORDER BY ra"),
                "ORDER BY after a set operation takes the columns of its result",
            ),
        ),
    ),
    Clause(
        "<with_clause> (features-adql-common-table)",
        QUERY,
        valid=(
            ("WITH bright AS (SELECT ra FROM small.stars WHERE gmag < 10) SELECT ra FROM bright"),
            ("WITH a AS (SELECT ra AS x FROM small.stars), b AS (SELECT x FROM a) SELECT x FROM b"),
            (
                "WITH a AS (SELECT field FROM small.stars UNION SELECT field FROM "
                "small.fields) SELECT field FROM a"
            ),
            (
                "WITH a AS (SELECT field FROM small.fields) SELECT s.field FROM a AS s "
                "UNION SELECT field FROM a"
            ),
        ),
        invalid=(
            ("WITH SELECT ra FROM small.stars", "'SELECT' is a reserved word of ADQL"),
            (
                "WITH a (SELECT ra FROM small.stars) SELECT ra FROM a",
                "A query of WITH has no list of columns",
            ),
            (
                "WITH a AS SELECT ra FROM small.stars SELECT ra FROM a",
                "Expected ( after AS, found 'SELECT'",
            ),
            (
                "WITH a AS (SELECT ra FROM small.stars)",
                "Expected SELECT after WITH …, found the end of the query",
            ),
            (
                "WITH a AS (SELECT ra FROM small.stars), SELECT ra FROM a",
                "'SELECT' is a reserved word of ADQL",
            ),
            (
                "WITH RECURSIVE a AS (SELECT ra FROM small.stars) SELECT ra FROM a",
                "There are no recursive queries",
            ),
            (
                (
                    "WITH a AS (SELECT x FROM b), b AS (SELECT ra AS x FROM small.stars) "
                    "SELECT x FROM a"
                ),
                "There is no table 'b'",
            ),
            (
                "WITH a (x) AS (SELECT ra FROM small.stars) SELECT x FROM a",
                "A query of WITH has no list of columns",
            ),
            (
                (
                    "WITH a AS (SELECT 1 FROM small.fields), a AS (SELECT 2 FROM "
                    "small.fields) SELECT * FROM a"
                ),
                "Two queries of WITH are called 'a'",
            ),
            (
                (
                    "SELECT x FROM (WITH a AS (SELECT ra AS x FROM small.stars) SELECT x "
                    "FROM a) AS t"
                ),
                "WITH stands only at the beginning of the whole query",
            ),
        ),
    ),
)
