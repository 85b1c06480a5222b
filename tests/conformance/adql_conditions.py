"""Conditions: WHERE, comparisons and the other predicates (ADQL 2.1, section 2.2)."""

from __future__ import annotations

from .adql_clause import CONDITION, QUERY, Clause

CLAUSES = (
    Clause(
        "<where_clause> and <search_condition>",
        QUERY,
        valid=(
            "SELECT ra FROM small.stars WHERE ra > 1",
            "SELECT ra FROM small.stars WHERE ra > 1 AND dec < 0 OR gmag = 3",
            "SELECT ra FROM small.stars WHERE NOT ra > 1",
            "SELECT ra FROM small.stars WHERE NOT (ra > 1 AND (dec < 0 OR gmag = 3))",
            "SELECT ra FROM small.stars WHERE ((ra > 1))",
        ),
        invalid=(
            (
                "SELECT ra FROM small.stars WHERE",
                "Expected a condition after WHERE, found the end of the query",
            ),
            (
                "SELECT ra FROM small.stars WHERE ra",
                "WHERE needs a condition, and this is only a value",
            ),
            (
                "SELECT ra FROM small.stars WHERE variable",
                "WHERE needs a condition, and this is only a value",
            ),
            ("SELECT ra FROM small.stars WHERE TRUE", "TRUE cannot stand here"),
            (
                "SELECT ra FROM small.stars WHERE ra > 1 AND",
                "Expected a condition after AND, found the end of the query",
            ),
            (
                "SELECT ra FROM small.stars WHERE OR ra > 1",
                "Expected a condition after WHERE, found 'OR'",
            ),
            (
                "SELECT ra FROM small.stars WHERE (ra > 1",
                "The parenthesis that opens here is not closed",
            ),
            ("SELECT ra FROM small.stars WHERE ra > 1)", "This ) closes nothing"),
            ("SELECT ra FROM small.stars WHERE ra > 1 WHERE dec > 1", "WHERE cannot stand here"),
            ("SELECT ra FROM small.stars WHERE COUNT(*) > 1", "COUNT cannot stand in WHERE"),
            (
                "SELECT ra FROM small.stars WHERE NOT ra",
                "NOT needs a condition, and this is only a value",
            ),
            ("SELECT ra FROM small.stars WHERE ra > 1 & dec > 1", "ADQL has no operator '&'"),
        ),
    ),
    Clause(
        "<comparison_predicate>",
        CONDITION,
        valid=(
            "ra = 1",
            "ra <> 1",
            "ra != 1",
            "ra < 1",
            "ra <= 1",
            "ra > 1",
            "ra >= 1",
            "ra + 1 > dec * 2",
            "name = 'star 1'",
            "name < 'b'",
            "variable = 1",
            "seen > '2020-01-01T00:00:00'",
            "ra = (SELECT MAX(ra) FROM small.stars)",
        ),
        invalid=(
            ("ra == 1", "'==' is no operator"),
            ("ra =", "Expected a value after '=', found the end of the query"),
            ("= 1", "Expected a condition after WHERE, found '='"),
            ("ra => 1", "'=>' is no operator"),
            ("1 < ra < 2", "A condition cannot be compared, as '<' does here"),
            ("ra = NULL", "A comparison with NULL is never true"),
            ("ra = 'one'", "'ra' is a number and 'one' is a text: they cannot be compared"),
            ("name = 1", "'name' is a text and 1 is a number: they cannot be compared"),
            ("seen > 'yesterday'", "'yesterday' is no timestamp"),
            ("POINT(ra, dec) = POINT(1, 2)", "POINT(…) is a point, which cannot be compared"),
            (
                "ra = (SELECT ra, dec FROM small.stars)",
                "A query that stands for a value has one column, and this one",
            ),
            ("ra > ALL (SELECT ra FROM small.stars)", "ALL cannot stand here"),
        ),
    ),
    Clause(
        "<between_predicate>",
        CONDITION,
        valid=(
            "ra BETWEEN 1 AND 2",
            "ra NOT BETWEEN 1 AND 2",
            "ra BETWEEN dec AND dec + 1 AND gmag < 3",
            "seen BETWEEN '2020-01-01' AND '2021-01-01T12:00:00Z'",
        ),
        invalid=(
            ("ra BETWEEN 1", "Expected AND after the lower limit of BETWEEN, found the end"),
            ("ra BETWEEN 1, 2", "Expected AND after the lower limit of BETWEEN, found ','"),
            ("ra BETWEEN 1 OR 2", "Expected AND after the lower limit of BETWEEN, found 'OR'"),
            (
                "ra BETWEEN 'a' AND 'b'",
                "'ra' is a number and 'a' is a text: they cannot be compared",
            ),
        ),
    ),
    Clause(
        "<in_predicate>",
        CONDITION,
        valid=(
            "field IN (1, 2, 3)",
            "field NOT IN (1, 2)",
            "field IN (1)",
            "name IN ('star 1', 'star 2')",
            "field IN (SELECT field FROM small.fields)",
            "field + 1 NOT IN (SELECT field FROM small.fields WHERE label = 'Field 1')",
        ),
        invalid=(
            ("field IN ()", "Expected a value or a query in IN (…), found ')'"),
            ("field IN 1", "Expected ( after IN, found '1'"),
            ("field IN (1, 'two')", "'field' is a number and 'two' is a text: they cannot be"),
            (
                "field IN (SELECT field, label FROM small.fields)",
                "A query after IN has one column, and this one has 2",
            ),
            (
                "field IN (SELECT label FROM small.fields)",
                "'field' is a number and the query gives a text",
            ),
            ("field IN (1, 2", "The parenthesis that opens here is not closed"),
        ),
    ),
    Clause(
        "<like_predicate>",
        CONDITION,
        valid=(
            "name LIKE 'star%'",
            "name NOT LIKE 'star _'",
            "name ILIKE 'STAR%'",
            "name NOT ILIKE 'STAR%'",
            "name || 'x' LIKE name || '%'",
        ),
        invalid=(
            ("name LIKE", "Expected a pattern after LIKE, found the end of the query"),
            ("name LIKE 5", "LIKE compares texts, and here stands 5, which is a number"),
            ("ra LIKE '1%'", "LIKE compares texts, and here stands 'ra', which is a number"),
            ("name LIKE 'a!%' ESCAPE '!'", "ESCAPE cannot stand here"),
            ("name SIMILAR TO 'a'", "WHERE needs a condition, and this is only a value"),
            ("name ~ 'a'", "ADQL has no operator '~'"),
        ),
    ),
    Clause(
        "<null_predicate>",
        CONDITION,
        valid=(
            "name IS NULL",
            "name IS NOT NULL",
        ),
        invalid=(
            ("name IS 3", "IS is followed by NULL or NOT NULL, not by '3'"),
            ("name IS NOT", "IS is followed by NULL or NOT NULL, not by the end of the"),
            ("name NOT NULL", "Expected BETWEEN, IN, LIKE or ILIKE after NOT, found 'NULL'"),
            ("IS NULL", "Expected a condition after WHERE, found 'IS'"),
        ),
    ),
    Clause(
        "<exists_predicate>",
        CONDITION,
        valid=(
            "EXISTS (SELECT 1 FROM small.fields WHERE fields.field = stars.field)",
            "NOT EXISTS (SELECT field FROM small.fields)",
        ),
        invalid=(
            ("EXISTS small.fields", "Expected ( after EXISTS, found 'small'"),
            ("EXISTS ()", "Expected SELECT after EXISTS (, found ')'"),
            ("EXISTS (ra)", "Expected SELECT after EXISTS (, found 'ra'"),
        ),
    ),
)
