"""Queries of SQL as Data Lab users write it."""

from __future__ import annotations

from .adql_clause import QUERY, Clause

CLAUSES = (
    Clause(
        "LIMIT and OFFSET",
        QUERY,
        valid=(
            "SELECT ra FROM small.stars LIMIT 3",
            "SELECT ra FROM small.stars LIMIT 3 OFFSET 2",
            "SELECT ra FROM small.stars OFFSET 2 LIMIT 3;",
            "SELECT ra FROM small.stars LIMIT ALL OFFSET 19995",
            "SELECT ra FROM small.stars ORDER BY ra LIMIT 0",
            "SELECT ra FROM small.stars FETCH FIRST 3 ROWS ONLY",
            "SELECT TOP 3 ra FROM small.stars LIMIT 2",
            "SELECT ra FROM small.stars UNION SELECT dec FROM small.stars LIMIT 3",
            "(SELECT ra FROM small.stars LIMIT 2) UNION ALL (SELECT dec FROM small.stars LIMIT 2)",
            "SELECT ra FROM (SELECT ra FROM small.stars LIMIT 5) AS t LIMIT 3",
        ),
        invalid=(
            ("SELECT ra FROM small.stars LIMIT", "LIMIT is followed by a whole number, not by the"),
            ("SELECT ra FROM small.stars LIMIT -1", "LIMIT is followed by a whole number"),
            ("SELECT ra FROM small.stars LIMIT 3 LIMIT 2", "LIMIT stands here a second time"),
            ("SELECT ra FROM small.stars LIMIT 99999999999", "LIMIT 99999999999 is too large"),
            ("SELECT ra FROM small.stars LIMIT 5, 10", "Expected the end of the query, found ','"),
            ("SELECT ra FROM small.stars LIMIT 3; SELECT 1", "Only one query can be run"),
            ("SELECT ra FROM small.stars;;", "Only one query can be run"),
            ("SELECT ra LIMIT 3", "Expected a comma or FROM, found 'LIMIT'"),
        ),
    ),
    Clause(
        "comments and names",
        QUERY,
        valid=(
            "SELECT ra -- the first\nFROM /* of\nall */ small.stars LIMIT 1",
            "SELECT ra AS value, dec AS year, gmag AS size FROM small.stars AS stars LIMIT 1",
            'SELECT ra AS "Right Ascension" FROM small.stars LIMIT 1',
            "SELECT TRUE AS yes, 'it''s' FROM small.stars LIMIT 1",
        ),
        invalid=(
            ("SELECT ra FROM small.stars /* open", "The comment that begins here does not end"),
            ("SELECT ra FROM small.stars /* a /* b */ */", "The comment that begins here does not"),
            ("SELECT `ra` FROM small.stars", "Names are not quoted with `"),
            ("SELECT $1 FROM small.stars", "A query has no parameters"),
            ("SELECT e'x' FROM small.stars", "A comma is missing before 'x'"),
            ("SELECT order FROM small.stars", "Expected a column to select, found 'order'"),
        ),
    ),
    Clause(
        "GROUP BY and ORDER BY",
        QUERY,
        valid=(
            "SELECT field, COUNT(*) FROM small.stars GROUP BY 1 ORDER BY 2 DESC, 1",
            "SELECT FLOOR(ra / 90) AS bin, AVG(gmag) FROM small.stars GROUP BY bin ORDER BY bin",
            "SELECT ra > 180, COUNT(*) FROM small.stars GROUP BY ra > 180",
            "SELECT CASE WHEN ra > 180 THEN 1 ELSE 0 END, COUNT(*) FROM small.stars GROUP BY 1",
            "SELECT pmra FROM small.stars ORDER BY pmra DESC NULLS LAST LIMIT 1",
            "SELECT pmra FROM small.stars ORDER BY pmra NULLS FIRST, ABS(dec) LIMIT 1",
            "SELECT ra FROM small.stars ORDER BY RANDOM() LIMIT 1",
        ),
        invalid=(
            ("SELECT field FROM small.stars GROUP BY 2", "There is no column 2 to group by"),
            ("SELECT * FROM small.stars GROUP BY 1", "A position counts columns, not what * st"),
            ("SELECT COUNT(*) FROM small.stars GROUP BY 1", "COUNT cannot stand in GROUP BY"),
            ("SELECT ra FROM small.stars ORDER BY ra NULLS", "Expected FIRST or LAST after NULLS"),
            ("SELECT DISTINCT ON (ra) ra FROM small.stars", "DISTINCT ON is not understood"),
        ),
    ),
    Clause(
        "aggregates of PostgreSQL",
        QUERY,
        valid=(
            "SELECT STDDEV(gmag), STDDEV_POP(gmag), VARIANCE(gmag), VAR_POP(gmag) FROM small.stars",
            "SELECT BOOL_AND(variable), EVERY(gmag < 30), BOOL_OR(gmag < 9) FROM small.stars",
            "SELECT COUNT(DISTINCT field), COUNT(*) FILTER (WHERE gmag < 12) FROM small.stars",
            "SELECT SUM((gmag < 12)::int), STRING_AGG(label, ',') FROM small.stars, small.fields",
        ),
        invalid=(
            ("SELECT STDDEV(name) FROM small.stars", "STDDEV_SAMP adds numbers, and here is"),
            ("SELECT BOOL_AND(gmag) FROM small.stars", "BOOL_AND takes conditions, and here is"),
            ("SELECT COUNT(*) OVER () FROM small.stars", "There are no window functions here"),
            ("SELECT ARRAY_AGG(ra) FROM small.stars", "There is no function 'ARRAY_AGG'"),
        ),
    ),
    Clause(
        "joins and LATERAL",
        QUERY,
        valid=(
            "SELECT COUNT(*) FROM small.stars CROSS JOIN small.fields",
            "SELECT s.ra, f.label FROM small.stars s JOIN small.fields f ON true LIMIT 1",
            "SELECT f.label, s.ra FROM small.fields f JOIN LATERAL (SELECT ra FROM small.stars "
            "WHERE field = f.field ORDER BY ra LIMIT 1) AS s ON true",
            "SELECT f.label, s.ra FROM small.fields f LEFT JOIN LATERAL (SELECT ra FROM "
            "small.stars WHERE field = f.field + 5 LIMIT 1) AS s ON true",
            "SELECT f.label, s.n FROM small.fields f, LATERAL (SELECT COUNT(*) AS n FROM "
            "small.stars WHERE field < f.field) AS s",
            "SELECT a.source_id, b.source_id FROM small.stars a, small.stars b "
            "WHERE q3c_join(a.ra, a.dec, b.ra, b.dec, 0.05) LIMIT 3",
        ),
        invalid=(
            (
                "SELECT 1 FROM small.fields f RIGHT JOIN LATERAL (SELECT 1 FROM small.stars) s "
                "ON true",
                "A RIGHT JOIN cannot be LATERAL",
            ),
            ("SELECT 1 FROM LATERAL small.fields", "Expected (SELECT …) after LATERAL, found 'sma"),
            (
                "SELECT 1 FROM small.fields f, (SELECT 1 FROM small.stars WHERE field = f.field) s",
                "There is no table 'f' in FROM",
            ),
            (
                "SELECT 1 FROM LATERAL (SELECT ra FROM small.stars WHERE field = f.field) s, "
                "small.fields f",
                "There is no table 'f' in FROM",
            ),
            ("SELECT 1 FROM ONLY small.fields", "ONLY cannot stand here"),
            ("SELECT 1 FROM small.fields CROSS small.stars", "Expected JOIN after CROSS, found"),
        ),
    ),
    Clause(
        "what there is",
        QUERY,
        valid=(
            "SELECT * FROM tbl_stat",
            "SELECT schema, tbl_name, nrows FROM tbl_stat WHERE schema = 'small' ORDER BY nrows",
            "SELECT tbl_stat.nrows FROM tbl_stat",
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'small'",
            "SELECT column_name, data_type FROM information_schema.columns",
            "SELECT COUNT(*) FROM TAP_SCHEMA.tables",
        ),
        invalid=(
            ("SELECT * FROM information_schema.views", "There is no table 'information_schema.vi"),
            ("SELECT * FROM pg_catalog.pg_tables", "There is no table 'pg_catalog.pg_tables'"),
            ("SELECT * FROM stars", "There is no table 'stars'"),
        ),
    ),
    Clause(
        "one query that reads",
        QUERY,
        valid=("WITH w AS (SELECT ra FROM small.stars LIMIT 5) SELECT COUNT(*) FROM w",),
        invalid=(
            ("SELECT ra INTO x FROM small.stars", "INTO cannot stand here"),
            ("SELECT ra FROM small.stars FOR UPDATE", "FOR cannot stand here"),
            ("WITH w AS (DELETE FROM small.stars) SELECT 1 FROM w", "Expected SELECT after (, fou"),
            ("WITH RECURSIVE w AS (SELECT 1) SELECT 1 FROM w", "There are no recursive queries"),
            ("SELECT ra FROM small.stars TABLESAMPLE SYSTEM (1)", "TABLESAMPLE cannot stand here"),
        ),
    ),
)
