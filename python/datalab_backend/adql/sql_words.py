"""The words and signs of SQL as Data Lab users write it: those of PostgreSQL."""

from __future__ import annotations

import re

from datalab_backend.adql.lexer import ADQL, Lexicon
from datalab_backend.adql.words import word_set

# PostgreSQL 15, appendix C: the reserved words, and those that cannot name a function or type
# (BETWEEN and ROW are such), as far as a query may have them. TOP is known from ADQL.
_RESERVED = word_set(
    """
    ALL ANALYSE ANALYZE AND ANY ARRAY AS ASC ASYMMETRIC BETWEEN BOTH BY CASE CAST CHECK COLLATE
    COLUMN CONSTRAINT CREATE CROSS CURRENT_CATALOG CURRENT_DATE CURRENT_ROLE CURRENT_SCHEMA
    CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEFAULT DEFERRABLE DESC DISTINCT DO ELSE END
    EXCEPT EXISTS FALSE FETCH FOR FOREIGN FROM FULL GRANT GROUP HAVING ILIKE IN INITIALLY INNER
    INTERSECT INTO IS ISNULL JOIN LATERAL LEADING LEFT LIKE LIMIT LOCALTIME LOCALTIMESTAMP
    NATURAL NOT NOTNULL NULL OFFSET ON ONLY OR ORDER OUTER OVERLAPS PLACING PRIMARY REFERENCES
    RETURNING RIGHT ROW SELECT SESSION_USER SIMILAR SOME SYMMETRIC TABLE TABLESAMPLE THEN TO TOP
    TRAILING TRUE UNION UNIQUE USER USING VALUES VARIADIC WHEN WHERE WINDOW WITH
    """
)

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n\f\v]+|--[^\r\n]*|/\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/)
  | (?P<word>(?i:mydb://)|[A-Za-z_][A-Za-z0-9_]*)
  | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<text>'[^']*(?:''[^']*)*')
  | (?P<quoted>"[^"]*(?:""[^"]*)*")
  | (?P<operator>::|<>|!=|<=|>=|<<|>>|\|\||/(?!\*)|[-+*=<>(),.;&|\#~%^\[\]])
    """,
    re.VERBOSE,
)

_FOREIGN = (
    ("/*", "The comment that begins here does not end.", "Close it with */; none holds another."),
    ("!~", "Regular expressions are not understood.", "Write NOT LIKE 'a%' or NOT ILIKE 'a%'."),
    ("!", "There is no operator '!'.", "Write NOT before a condition, or <> for 'differs from'."),
    ("@", "There is no operator '@'.", "Write ABS(x)."),
    ("`", "Names are not quoted with `.", 'Use double quotes: "name".'),
    (":", "There is no ':' here.", "Write the value itself, or :: before a type."),
    *(entry for entry in ADQL.foreign if not entry[0].isascii() or entry[0] in ("?", "$")),
    ("\\", "There is no '\\' here.", "In a text, double a quote to have one: 'it''s'."),
)

# Users of the Data Lab send lists of as many identifiers as a request of 1 MB holds.
_LONGEST = 1_250_000

SQL = Lexicon("SQL", _RESERVED, _TOKEN, _FOREIGN, _LONGEST)

MISPLACED = {
    "ALL": "Compare with (SELECT MAX(x) …) or (SELECT MIN(x) …).",
    "ANY": "Write x IN (SELECT …) or x IN (1, 2, 3).",
    "ARRAY": "Only q3c_poly_query takes an array: q3c_poly_query(ra, dec, ARRAY[…]).",
    "COLLATE": "Texts are compared by their letters, without COLLATE.",
    "CURRENT_DATE": "There is no clock: write the date as '2026-01-31'.",
    "CURRENT_TIMESTAMP": "There is no clock: write the time as '2026-01-31T12:00:00'.",
    "FOR": "A query only reads, and locks nothing: delete it.",
    "INTO": "A query only reads. Save its result from the notebook.",
    "ISNULL": "Write IS NULL.",
    "NOTNULL": "Write IS NOT NULL.",
    "SIMILAR": "Write LIKE or ILIKE.",
    "SOME": "Write x IN (SELECT …) or x IN (1, 2, 3).",
    "TABLESAMPLE": "Sample with a condition: random_id < 1 keeps one in a hundred.",
    "WINDOW": "There are no window functions here: use GROUP BY in a derived table.",
}

TYPES_HINT = (
    "The types are smallint, integer, bigint, real, float, double precision, numeric, varchar(n), "
    "text, boolean, timestamp and date."
)
