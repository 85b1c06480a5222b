"""Queries that must never reach an engine, with the place and the sentence that answer each.

All of them speak of the tables of `small_sky`. The same list is sent to the parser and checker
alone and, over HTTP, to a running Data Lab.
"""

from __future__ import annotations

from typing import NamedTuple


class Malformed(NamedTuple):
    """A query that is refused.

    Attributes
    ----------
    query
        The query.
    line, column
        The place that the error names.
    fragment
        Words of its sentence or its hint.
    """

    query: str
    line: int
    column: int
    fragment: str


def _one(query: str, column: int, fragment: str) -> Malformed:
    return Malformed(query, 1, column, fragment)


_FROM = "FROM small.stars"

SYNTAX = (
    _one("", 1, "The query is empty"),
    _one("   ", 4, "The query is empty"),
    _one("SELECT", 7, "Expected a column to select, found the end of the query"),
    _one("SELECT * FROM", 14, "Expected a table, found the end of the query"),
    _one("SELECT ra dec gmag FROM small.stars", 15, "A comma is missing before 'gmag'"),
    _one("SELECT ra,, dec FROM small.stars", 11, "Expected a column to select, found ','"),
    _one("SELECT ra, FROM small.stars", 10, "A column is missing after this comma"),
    _one("SELECT , ra FROM small.stars", 8, "Expected a column to select, found ','"),
    _one("SELECT FROM small.stars", 8, "Nothing is selected"),
    _one("SELECT ra", 10, "FROM is missing"),
    _one("SELECT ra WHERE gmag < 10", 11, "FROM is missing"),
    _one("SELCT ra FROM small.stars", 1, "Did you mean SELECT?"),
    _one("SELECT ra FORM small.stars", 11, "Did you mean FROM?"),
    _one("SELECT ra size, dec FROM small.stars", 11, 'quote it: "size"'),
    _one("SELECT ra FROM small.stars WHERE ra < TIMESTAMP('2020')", 39, "Write only the text"),
    _one("SELECT ra FROM small.stars ODER BY ra", 28, "Did you mean ORDER?"),
    _one("SELECT ra FROM small.stars AS s GROP BY ra", 33, "Did you mean GROUP?"),
    _one("SELECT ra FROM small.stars WERE gmag < 10", 28, "Did you mean WHERE?"),
    _one("SELECT ra FROM small.stars LIMIT 10", 28, "ADQL has TOP: write SELECT TOP 10 …"),
    _one(
        "SELECT ra FROM small.stars WHERE gmag < 10 LIMIT 5",
        44,
        "ADQL has TOP: write SELECT TOP 5 …",
    ),
    _one(
        "SELECT ra FROM small.stars ORDER BY ra LIMIT 5", 40, "ADQL has TOP: write SELECT TOP 5 …"
    ),
    _one(
        "SELECT TOP ra FROM small.stars", 12, "Write TOP 10, without parentheses, sign or decimals"
    ),
    _one(
        "SELECT TOP 2.5 ra FROM small.stars",
        12,
        "Write TOP 10, without parentheses, sign or decimals",
    ),
    _one(
        "SELECT TOP -1 ra FROM small.stars",
        12,
        "Write TOP 10, without parentheses, sign or decimals",
    ),
    _one("SELECT TOP 10 DISTINCT ra FROM small.stars", 15, "Write SELECT DISTINCT TOP …"),
    _one("SELECT TOP 99999999999 ra FROM small.stars", 12, "TOP 99999999999 is too large"),
    _one("SELECT (ra + dec FROM small.stars", 8, "The parenthesis that opens here is not closed"),
    _one("SELECT ra + dec) FROM small.stars", 16, "This ) closes nothing"),
    _one("SELECT COUNT(* FROM small.stars", 13, "The parenthesis that opens here is not closed"),
    _one(
        "SELECT ra FROM small.stars WHERE name = 'abc", 41, "The text that begins here does not end"
    ),
    _one('SELECT "ra FROM small.stars', 8, "The name that begins here does not end"),
    _one("SELECT ra FROM small.stars WHERE field == 3", 40, "'==' is no operator"),
    _one("SELECT ra FROM small.stars WHERE gmag => 3", 39, "Write >="),
    _one(
        "SELECT ra FROM small.stars WHERE 10 < gmag < 12",
        44,
        "A condition cannot be compared, as '<' does here",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE gmag",
        34,
        "WHERE needs a condition, and this is only a value",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE gmag < 10 AND",
        47,
        "Expected a condition after AND, found the end of the query",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE AND gmag < 10",
        34,
        "Expected a condition after WHERE, found 'AND'",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE gmag < 10 AND dec",
        48,
        "AND needs a condition, and this is only a value",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE gmag < 10 dec > 3",
        44,
        "Expected the end of the query, found 'dec'",
    ),
    _one("SELECT ra FROM small.stars WHERE gmag BETWEEN 10", 49, "Write AND here"),
    _one("SELECT ra FROM small.stars WHERE gmag BETWEEN 10, 12", 49, "Write AND here"),
    _one("SELECT ra FROM small.stars WHERE field IN 3", 43, "Expected ( after IN, found '3'"),
    _one(
        "SELECT ra FROM small.stars WHERE field IN ()",
        44,
        "Expected a value or a query in IN (…), found ')'",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE field IN (1 2)",
        46,
        "A comma or an operator is missing before '2'",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE name IS 3",
        42,
        "IS is followed by NULL or NOT NULL, not by '3'",
    ),
    _one("SELECT ra FROM small.stars WHERE name = NULL", 41, "Write IS NULL or IS NOT NULL"),
    _one(
        "SELECT ra FROM small.stars WHERE name LIKE",
        43,
        "Expected a pattern after LIKE, found the end of the query",
    ),
    _one("SELECT ra FROM small.stars GROUP ra", 34, "Write BY here"),
    _one(
        "SELECT ra FROM small.stars ORDER BY",
        36,
        "Expected a column after ORDER BY, found the end of the query",
    ),
    _one("SELECT ra FROM small.stars ORDER ra", 34, "Write BY here"),
    _one(
        "SELECT ra FROM small.stars ORDER BY ra NULLS FIRST", 40, "ADQL has no NULLS FIRST or LAST"
    ),
    _one("SELECT ra FROM small.stars GROUP BY ra WHERE ra > 3", 40, "WHERE cannot stand here"),
    _one(
        "SELECT ra FROM small.stars OFFSET banana",
        35,
        "Write OFFSET 10, without parentheses, sign or decimals",
    ),
    _one(
        "SELECT ra FROM small.stars JOIN small.fields",
        28,
        "This JOIN does not say which rows belong together",
    ),
    _one(
        "SELECT ra FROM small.stars CROSS JOIN small.fields",
        28,
        "ADQL has no CROSS JOIN: write a comma between the tables",
    ),
    _one("SELECT ra FROM (SELECT ra FROM small.stars)", 16, "Write one after it: (SELECT …) AS t"),
    _one("SELECT level FROM small.stars", 8, 'If it is a name, quote it: "level"'),
    _one("SELECT ra AS year FROM small.stars", 14, 'If it is a name, quote it: "year"'),
    _one("SELECT small.stars.date FROM small.stars", 20, 'If it is a name, quote it: "date"'),
    _one(
        "SELECT ra AS 'x' FROM small.stars",
        14,
        "The name of the column after AS is expected here, not the",
    ),
    _one("SELECT ra /* all */ FROM small.stars", 11, "ADQL has no /* comments */"),
    _one("SELECT ra::INTEGER FROM small.stars", 10, "Write CAST(x AS TYPE)"),
    _one("SELECT field % 2 FROM small.stars", 14, "Write MOD(x, y)"),
    _one("SELECT ra FROM small.stars WHERE field = 1 & gmag < 3", 44, "ADQL has no operator '&'"),
    _one(
        "SELECT ra FROM small.stars WHERE `name` = 'x'", 34, "Names are not quoted with ` in ADQL"
    ),
    _one("SELECT ra FROM small.stars WHERE [name] = 'x'", 34, "ADQL has no brackets"),
    _one("SELECT ra FROM small.stars WHERE name = “x”", 41, "“ is a typographic quote"),
    _one("SELECT ra − 1 FROM small.stars", 11, "− is a typographic minus sign"),
    _one("SELECT ra FROM small.stars WHERE ra – 1 > 0", 37, "– is a dash"),
    _one("SELECT ra FROM small.stars WHERE ra ≥ 1", 37, "Write >="),
    _one(
        "SELECT étoile FROM small.stars", 8, "'é' cannot stand in a plain name, which has only the"
    ),
    _one(
        "SELECT 0x1F FROM small.stars", 8, "There are no hexadecimal numbers: write it in decimal"
    ),
    _one("SELECT 1.2.3 FROM small.stars", 8, "'1.2.3' is no number"),
    _one("SELECT 2mass FROM small.stars", 8, "'2mass' is no number"),
    _one("SELECT 1e999 FROM small.stars", 8, "This number is too large"),
    _one("SELECT 99999999999999999999 FROM small.stars", 8, "Write it with a decimal point"),
    _one(
        "SELECT CASE WHEN gmag < 10 THEN 1 END FROM small.stars",
        8,
        "ADQL has no CASE: select the cases in separate queries",
    ),
    _one(
        "SELECT ROW_NUMBER() OVER (ORDER BY ra) FROM small.stars",
        8,
        "There is no function 'ROW_NUMBER'",
    ),
    _one(
        "SELECT COUNT(*) OVER (PARTITION BY field) FROM small.stars",
        17,
        "There are no window functions here",
    ),
    _one("SELECT CAST(ra AS FLOAT) FROM small.stars", 19, "A value cannot be cast to 'FLOAT'"),
    _one("SELECT CAST(ra, INTEGER) FROM small.stars", 15, "Write AS here"),
    _one("SELECT CAST(ra AS DOUBLE) FROM small.stars", 25, "Write PRECISION here"),
    _one(
        "SELECT ra FROM small.stars WHERE variable = TRUE", 45, "ADQL has no TRUE: compare with 1"
    ),
    _one(
        "SELECT ra FROM small.stars WHERE NOT variable",
        38,
        "NOT needs a condition, and this is only a value",
    ),
    _one(
        "SELECT ra FROM small.stars FETCH FIRST 10 ROWS ONLY",
        28,
        "ADQL has TOP: write SELECT TOP 10 …",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE seen > DATE '2016-01-01'",
        41,
        "Write only the text: '2026-01-31T12:00:00'",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE seen > CURRENT_TIMESTAMP",
        41,
        "ADQL has no clock: write the time as '2026-01-31T12:00:00'",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE ra IN (SELECT ra FROM small.stars",
        40,
        "The parenthesis that opens here is not closed",
    ),
    _one("SELECT ra FROM small.stars UNION", 33, "Expected SELECT, found the end of the query"),
    _one("SELECT * EXCLUDE ra FROM small.stars", 10, "A comma is missing before 'EXCLUDE'"),
    _one("SELECT *, FROM small.stars", 9, "A column is missing after this comma"),
    _one(
        "SELECT ra FROM small.stars WHERE gmag < ANY (SELECT gmag FROM small.stars)",
        41,
        "ADQL has no ANY(…): write x IN (SELECT …)",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE (ra, dec) = (1, 2)",
        37,
        "A list of values cannot stand here",
    ),
    _one(
        "SELECT ra FROM small.stars USING (field)",
        28,
        "Expected the end of the query, found 'USING'",
    ),
    _one("SELECT - - ra FROM small.stars", 10, "Two signs stand in a row"),
    _one(
        "WITH RECURSIVE w AS (SELECT 1 FROM small.stars) SELECT * FROM w",
        6,
        "There are no recursive queries",
    ),
    _one(
        "WITH w (a) AS (SELECT ra FROM small.stars) SELECT a FROM w",
        8,
        "A query of WITH has no list of columns",
    ),
    _one(
        "SELECT ra FROM (WITH w AS (SELECT ra FROM small.stars) SELECT ra FROM w) AS t",
        22,
        "WITH stands only at the beginning of the whole query",
    ),
)

NAMES = (
    _one("SELECT rra FROM small.stars", 8, "Did you mean ra?"),
    _one("SELECT gamg FROM small.stars", 8, "Did you mean gmag?"),
    _one("SELECT s.rra FROM small.stars AS s", 10, "Did you mean ra?"),
    _one("SELECT t.ra FROM small.stars AS s", 8, "There is no table 't' in FROM"),
    _one("SELECT stars.ra FROM small.stars AS s", 8, "There is no table 'stars' in FROM"),
    _one('SELECT "RA" FROM small.stars', 8, "Did you mean ra?"),
    _one("SELECT _healpix_29 FROM small.stars", 8, "A name cannot begin with '_'"),
    _one('SELECT "_healpix_29" FROM small.stars', 8, "There is no column '_healpix_29'"),
    _one("SELECT ra FROM small.star", 16, "Did you mean small.stars?"),
    _one("SELECT ra FROM smal.stars", 16, "Did you mean small.stars?"),
    _one("SELECT ra FROM stars", 16, "Write its schema, too: small.stars"),
    _one("SELECT ra FROM main.small.stars", 16, "There is no table 'main.small.stars'"),
    _one('SELECT ra FROM "small.stars"', 16, "Did you mean small.stars?"),
    _one("SELECT field FROM small.stars, small.fields", 8, "Write one of them"),
    _one(
        "SELECT * FROM small.stars, small.stars", 34, "Two tables in FROM are called 'small.stars'"
    ),
    _one(
        "SELECT a.ra FROM small.stars AS a, small.fields AS a",
        52,
        "Two tables in FROM are called 'a'",
    ),
    _one(
        "SELECT ra FROM small.stars NATURAL JOIN (SELECT label FROM small.fields) AS t",
        41,
        "The tables of this NATURAL JOIN have no column in common",
    ),
    _one("SELECT ra FROM small.stars JOIN small.fields USING (fieldd)", 53, "Did you mean field?"),
    _one(
        "SELECT ra FROM small.stars AS a JOIN small.fields AS b ON a.field = b.id",
        71,
        "There is no column 'id' in b",
    ),
    _one("SELECT CEIL(ra) FROM small.stars", 8, "Write CEILING(x)"),
    _one("SELECT SQTR(ra) FROM small.stars", 8, "Did you mean SQRT?"),
    _one("SELECT x.* FROM small.stars", 8, "There is no table 'x' in FROM"),
    _one(
        "SELECT a FROM (SELECT ra AS a, dec AS a FROM small.stars) AS t",
        8,
        "There is more than one column 'a'",
    ),
    _one("SELECT ra FROM small.stars ORDER BY 2", 37, "The result has no column 2"),
    _one(
        "SELECT ra FROM small.stars UNION SELECT dec FROM small.stars ORDER BY dec",
        71,
        "ORDER BY after a set operation takes the columns of its",
    ),
)

TYPES = (
    _one(
        "SELECT ra FROM small.stars WHERE gmag < 'abc'",
        41,
        "'gmag' is a number and 'abc' is a text: they cannot be",
    ),
    _one("SELECT ra FROM small.stars WHERE gmag < '17.5'", 41, "Write 17.5 without quotes"),
    _one("SELECT ra FROM small.stars WHERE name = 3", 41, "Write it in quotes: '3'"),
    _one(
        "SELECT ra FROM small.stars WHERE field IN (1, 'two')",
        47,
        "'field' is a number and 'two' is a text: they cannot be",
    ),
    _one("SELECT ra FROM small.stars WHERE name BETWEEN 1 AND 2", 47, "Write it in quotes: '1'"),
    _one(
        "SELECT ra FROM small.stars WHERE gmag LIKE '1%'",
        34,
        "LIKE compares texts, and here stands 'gmag', which is a",
    ),
    _one("SELECT name + 1 FROM small.stars", 8, "Write a number here"),
    _one(
        "SELECT name || gmag FROM small.stars",
        16,
        "|| joins texts, and here stands 'gmag', which is a number",
    ),
    _one("SELECT -name FROM small.stars", 9, "Write a number here"),
    _one("SELECT SQRT(name) FROM small.stars", 13, "Write SQRT(x)"),
    _one("SELECT POWER(ra) FROM small.stars", 8, "Write POWER(x, y)"),
    _one("SELECT PI(3) FROM small.stars", 8, "Write PI()"),
    _one("SELECT ROUND(ra, 1.5) FROM small.stars", 18, "Write ROUND(x) or ROUND(x, decimals)"),
    _one("SELECT UPPER(ra) FROM small.stars", 14, "Write UPPER(text)"),
    _one("SELECT COALESCE(ra, 'x') FROM small.stars", 21, "Write COALESCE(x, y, …)"),
    _one(
        "SELECT ra FROM small.stars WHERE seen > 'yesterday'",
        41,
        "Write it as '2026-01-31T12:00:00'",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE seen > '2016-13-01'",
        41,
        "Write it as '2026-01-31T12:00:00'",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE seen > 2457000",
        41,
        "Write timestamps as texts: '2026-01-31T12:00:00'",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE variable = 'maybe'",
        45,
        "'variable' is true or false and 'maybe' is a text: they",
    ),
    _one("SELECT SUM(name) FROM small.stars", 12, "Write a number here"),
    _one(
        "SELECT MAX(POINT(ra, dec)) FROM small.stars",
        12,
        "MAX compares values, and POINT(…) is a point",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE POINT(ra, dec) = POINT(1, 2)",
        34,
        "POINT(…) is a point, which cannot be compared",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE ra = (SELECT ra, dec FROM small.stars)",
        40,
        "A query that stands for a value has one column, and this",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE ra IN (SELECT name FROM small.stars)",
        41,
        "'ra' is a number and the query gives a text",
    ),
    _one(
        "SELECT ra FROM small.stars UNION SELECT ra, dec FROM small.stars",
        34,
        "UNION joins queries of 1 and of 2 columns",
    ),
    _one(
        "SELECT ra FROM small.stars UNION SELECT name FROM small.stars",
        34,
        "Column 1 is a number in one query and a text in the other",
    ),
)

GROUPS = (
    _one("SELECT ra FROM small.stars WHERE COUNT(*) > 3", 34, "COUNT cannot stand in WHERE"),
    _one(
        "SELECT field, ra FROM small.stars GROUP BY field", 15, "'ra' has many values in each group"
    ),
    _one(
        "SELECT field, COUNT(*) FROM small.stars",
        8,
        "'field' has many values, and an aggregate is selected",
    ),
    _one(
        "SELECT * FROM small.stars GROUP BY field",
        8,
        "* cannot be selected beside GROUP BY and aggregates",
    ),
    _one("SELECT SUM(COUNT(*)) FROM small.stars", 12, "COUNT cannot stand in another aggregate"),
    _one("SELECT SUM(*) FROM small.stars", 12, "SUM(*) has no meaning"),
    _one("SELECT COUNT(ra, dec) FROM small.stars", 16, "COUNT takes one argument"),
    _one("SELECT field FROM small.stars GROUP BY 1", 40, "Write the expression again"),
    _one("SELECT field FROM small.stars GROUP BY COUNT(*)", 40, "COUNT cannot stand in GROUP BY"),
    _one(
        "SELECT DISTINCT field FROM small.stars ORDER BY ra",
        49,
        "With DISTINCT, rows are ordered by selected columns only",
    ),
)

SKY = (
    _one(
        "SELECT ra FROM small.stars WHERE CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1))",
        34,
        "WHERE needs a condition, and this is only a value",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(10, 120, 1))",
        74,
        "A declination lies between -90 and 90 degrees, not at 120",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 3600))",
        78,
        "A radius lies between 0 and 180 degrees, not at 3600",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(10, 20, -1))",
        78,
        "A radius lies between 0 and 180 degrees, not at -1",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE 1 = CONTAINS(ra, dec, CIRCLE(10, 20, 1))",
        38,
        "Write CONTAINS(point, circle)",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE 1 = CONTAINS(CIRCLE(10, 20, 1), POINT(ra, dec))",
        66,
        "Write CONTAINS(point, circle)",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE 1 = CONTAINS(POINT('FK4', ra, dec), CIRCLE(10, 20, 1))",
        53,
        "The coordinate system 'FK4' is not known here",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE DISTANCE(ra, dec, 10) < 1",
        34,
        "DISTANCE takes 2 or 4 arguments, not 3",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE q3c_radial_query(ra, dec, 10, 20, 1)",
        34,
        "There is no function 'q3c_radial_query'",
    ),
)

HOSTILE = (
    _one("INSERT INTO small.stars VALUES (1)", 1, "Only SELECT can be run here, not INSERT"),
    _one("UPDATE small.stars SET ra = 0", 1, "Only SELECT can be run here, not UPDATE"),
    _one("DELETE FROM small.stars", 1, "Only SELECT can be run here, not DELETE"),
    _one("DROP TABLE small.stars", 1, "Only SELECT can be run here, not DROP"),
    _one(
        "CREATE TABLE small.x AS SELECT * FROM small.stars",
        1,
        "Only SELECT can be run here, not CREATE",
    ),
    _one(
        "ALTER TABLE small.stars ADD COLUMN x INTEGER", 1, "Only SELECT can be run here, not ALTER"
    ),
    _one("TRUNCATE TABLE small.stars", 1, "Only SELECT can be run here, not TRUNCATE"),
    _one("COPY small.stars TO '/tmp/stars.csv'", 1, "Only SELECT can be run here, not COPY"),
    _one("ATTACH '/tmp/x.duckdb'", 1, "Only SELECT can be run here, not ATTACH"),
    _one("PRAGMA database_list", 1, "Only SELECT can be run here, not PRAGMA"),
    _one("SET memory_limit = '1TB'", 1, "Only SELECT can be run here, not SET"),
    _one("CALL pragma_version()", 1, "Only SELECT can be run here, not CALL"),
    _one("INSTALL httpfs", 1, "Only SELECT can be run here, not INSTALL"),
    _one("EXPLAIN SELECT * FROM small.stars", 1, "Only SELECT can be run here, not EXPLAIN"),
    _one("FROM small.stars", 1, "Write SELECT … FROM …"),
    _one("VALUES (1)", 1, "Only SELECT can be run here, not VALUES"),
    _one(
        "SELECT ra FROM small.stars; DROP TABLE small.stars",
        29,
        "Only one query can be run, and a second statement begins",
    ),
    _one(
        "SELECT ra FROM small.stars;; SELECT 1",
        28,
        "Only one query can be run, and a second statement begins",
    ),
    Malformed(
        "SELECT ra FROM small.stars; -- and then\nDELETE FROM small.stars",
        2,
        1,
        "Only one query can be run, and a second statement begins",
    ),
    _one("; DROP TABLE small.stars", 1, "Write SELECT … FROM …"),
    _one("SELECT ra INTO small.x FROM small.stars", 11, "INTO cannot stand here"),
    _one("SELECT * FROM read_csv('/etc/passwd')", 15, "There is no table function 'read_csv'"),
    _one(
        "SELECT * FROM read_parquet('x.parquet')", 15, "There is no table function 'read_parquet'"
    ),
    _one("SELECT read_text('/etc/passwd') FROM small.stars", 8, "There is no function 'read_text'"),
    _one("SELECT * FROM glob('/*')", 15, "There is no table function 'glob'"),
    _one("SELECT getenv('HOME') FROM small.stars", 8, "There is no function 'getenv'"),
    _one(
        "SELECT pg_read_file('/etc/passwd') FROM small.stars",
        8,
        "There is no function 'pg_read_file'",
    ),
    _one("SELECT lo_import('/etc/passwd') FROM small.stars", 8, "There is no function 'lo_import'"),
    _one("SELECT * FROM sniff_csv('/etc/passwd')", 15, "There is no table function 'sniff_csv'"),
    _one("SELECT * FROM dblink('host=x', 'SELECT 1')", 15, "There is no table function 'dblink'"),
    _one(
        "SELECT pg_catalog.pg_sleep(60) FROM small.stars",
        8,
        "There is no function 'pg_catalog.pg_sleep'",
    ),
    _one(
        "SELECT * FROM '/etc/passwd'", 15, "A table is expected here, and '/etc/passwd' is a text"
    ),
    _one("SELECT * FROM 'https://example.org/x.parquet'", 15, "A table is expected here, and"),
    _one('SELECT * FROM "x.parquet"', 15, "There is no table '\"x.parquet\"'"),
    _one("SELECT * FROM tables", 15, "There is no table 'tables'"),
    _one(
        "SELECT * FROM information_schema.tables",
        15,
        "There is no table 'information_schema.tables'",
    ),
    _one("SELECT * FROM pg_catalog.pg_tables", 15, "There is no table 'pg_catalog.pg_tables'"),
    _one("SELECT * FROM duckdb_settings()", 15, "There is no table function 'duckdb_settings'"),
    _one("SELECT * FROM small.stars.rows.x", 27, 'If it is a name, quote it: "rows"'),
    _one(
        "SELECT * FROM generate_series(1, 1000000000000)",
        15,
        "There is no table function 'generate_series'",
    ),
    _one("SELECT REPEAT('x', 1000000000) FROM small.stars", 8, "There is no function 'REPEAT'"),
    _one(
        "SELECT ra FROM small.stars WHERE name = '\\' OR 1 = 1'",
        53,
        "The text that begins here does not end",
    ),
    _one(
        "SELECT ra FROM small.stars WHERE ra = ?", 39, "Write the value itself in the place of '?'"
    ),
    _one(
        "SELECT ra FROM small.stars WHERE ra = $1", 39, "Write the value itself in the place of '$'"
    ),
    _one(
        "SELECT ra FROM small.stars WHERE ra = :x", 39, "Write the value itself in the place of ':'"
    ),
    _one("SELECT ra FROM LATERAL (SELECT 1) AS t", 16, "There is no table function 'LATERAL'"),
    _one(
        "SELECT ra FROM small.stars TABLESAMPLE 10", 40, "Expected the end of the query, found '10'"
    ),
    _one(
        "SELECT ra FROM small.stars QUALIFY ra > 1", 36, "Expected the end of the query, found 'ra'"
    ),
)

BOMBS = (
    _one(f"SELECT {'(' * 200}1{')' * 200} {_FROM}", 108, "nested too deeply"),
    _one(f"SELECT {'ABS(' * 300}1{')' * 300} {_FROM}", 411, "nested too deeply"),
    _one(f"SELECT {'-(' * 200}ra{')' * 200} {_FROM}", 209, "nested too deeply"),
    _one(f"SELECT {'CAST(' * 200}ra{' AS REAL)' * 200} {_FROM}", 512, "nested too deeply"),
    _one(f"SELECT {'DISTANCE(' * 30}ra{', 1, 2, 3)' * 30} {_FROM}", 35, "nested too deeply"),
    _one(f"SELECT ra {_FROM} WHERE {'NOT ' * 500}ra = 1", 434, "nested too deeply"),
    _one("(" * 100_000, 21, "nested too deeply"),
    _one(f"SELECT ra FROM {'(' * 100}small.stars{')' * 100}", 36, "nested too deeply"),
    _one(f"SELECT ra FROM {'(SELECT ra FROM ' * 60}small.stars{') AS t' * 60}", 336, "too deeply"),
    _one(
        f"SELECT ra {_FROM} WHERE " + " AND ".join([f"ra IN (SELECT ra {_FROM})"] * 30),
        938,
        "more than 24 queries",
    ),
    _one(f"SELECT {'+'.join(['1'] * 5_000)} {_FROM}", 209, "More than 100 operators"),
    _one(f"SELECT {'||'.join(['name'] * 500)} {_FROM}", 612, "More than 100 operators"),
    _one(" UNION ".join([f"SELECT ra {_FROM}"] * 300), 1684, "More than 50 queries"),
    _one(f"SELECT 1 {_FROM}" + " NATURAL JOIN small.fields" * 200, 1327, "More than 50 tables"),
    _one(f"SELECT ra {_FROM} WHERE field IN ({','.join(['1'] * 200_000)})", 1, "250,000 are read"),
    _one(f"SELECT {'9' * 100_000} {_FROM}", 8, "does not fit in 64 bits"),
    _one(f"SELECT ra\x00 {_FROM}", 10, "U+0000"),
    Malformed(f"SELECT ra,\n\x1b[2J {_FROM}", 2, 1, "U+001B"),
    _one(f"SELECT ra {_FROM} WHERE name = 'a\x00b'", 43, "U+0000"),
)

MALFORMED = (*SYNTAX, *NAMES, *TYPES, *GROUPS, *SKY, *HOSTILE, *BOMBS)
