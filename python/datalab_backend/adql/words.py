"""The words of ADQL: which are reserved, and when an identifier needs quotes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from datalab_backend import metadata


def word_set(text: str) -> frozenset[str]:
    """The set of the words of a text."""
    return frozenset(text.split())


# ADQL 2.1, section 2.1.2: the words of SQL92 (with ILIKE and without those that only ever
# appear in embedded SQL, as in the standard's own list) and those that ADQL adds.
SQL_RESERVED = word_set(
    """
    ABSOLUTE ACTION ADD ALL ALLOCATE ALTER AND ANY ARE AS ASC ASSERTION AT AUTHORIZATION AVG
    BEGIN BETWEEN BIT BIT_LENGTH BOTH BY CASCADE CASCADED CASE CATALOG CHARACTER CHAR_LENGTH
    CHARACTER_LENGTH CHECK CLOSE COLLATE COLLATION COLUMN COMMIT CONNECT CONNECTION CONSTRAINT
    CONSTRAINTS CONTINUE CONVERT CORRESPONDING COUNT CREATE CROSS CURRENT CURRENT_DATE
    CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATE DAY DEALLOCATE DECIMAL DECLARE
    DEFAULT DEFERRABLE DEFERRED DELETE DESC DESCRIBE DESCRIPTOR DIAGNOSTICS DISCONNECT DISTINCT
    DOMAIN DROP ELSE END ESCAPE EXCEPT EXCEPTION EXEC EXECUTE EXISTS EXTERNAL EXTRACT FALSE
    FETCH FIRST FLOAT FOR FOREIGN FOUND FROM FULL GET GLOBAL GO GOTO GRANT GROUP HAVING HOUR
    IDENTITY ILIKE IMMEDIATE IN INDICATOR INITIALLY INNER INPUT INSENSITIVE INSERT INT INTERSECT
    INTERVAL INTO IS ISOLATION JOIN KEY LANGUAGE LAST LEADING LEFT LEVEL LIKE LOCAL LOWER MATCH
    MAX MIN MINUTE MODULE MONTH NAMES NATIONAL NATURAL NCHAR NEXT NO NOT NULLIF NUMERIC
    OCTET_LENGTH OF ON ONLY OPEN OPTION OR ORDER OUTER OUTPUT OVERLAPS PAD PARTIAL POSITION
    PREPARE PRESERVE PRIMARY PRIOR PRIVILEGES PROCEDURE PUBLIC READ REFERENCES RELATIVE RESTRICT
    REVOKE RIGHT ROLLBACK ROWS SCHEMA SCROLL SECOND SECTION SELECT SESSION SESSION_USER SET SIZE
    SOME SPACE SQL SQLCODE SQLERROR SQLSTATE SUBSTRING SUM SYSTEM_USER TABLE TEMPORARY THEN TIME
    TIMEZONE_HOUR TIMEZONE_MINUTE TO TRAILING TRANSACTION TRANSLATE TRANSLATION TRIM TRUE UNION
    UNIQUE UNKNOWN UPDATE UPPER USAGE USER USING VALUE VALUES VARYING VIEW WHEN WHENEVER WHERE
    WITH WORK WRITE YEAR ZONE
    """
)
ADQL_RESERVED = word_set(
    """
    ABS ACOS AREA ASIN ATAN ATAN2 BIGINT BOX CAST CEILING CENTROID CHAR CIRCLE COALESCE CONTAINS
    COORD1 COORD2 COORDSYS COS COT DEGREES DISTANCE DOUBLE EXP FLOOR INTEGER INTERSECTS IN_UNIT
    LOG LOG10 MOD NULL OFFSET PI POINT POLYGON POWER PRECISION RADIANS REAL REGION RAND ROUND SIN
    SMALLINT SQRT TIMESTAMP TOP TAN TRUNCATE VARCHAR
    """
)
RESERVED = SQL_RESERVED | ADQL_RESERVED

_REGULAR = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


def quoted(name: str, always: bool = False) -> str:
    """Write a name as a query has to: in double quotes when it needs them, or always."""
    if not always and _REGULAR.match(name) and name.upper() not in RESERVED:
        return name
    return metadata.quoted(name)


def did_you_mean(name: str, candidates: Iterable[str], likeness: float = 0.6) -> str:
    """Ask whether a candidate was meant; empty when none is near.

    Parameters
    ----------
    name
        What was written.
    candidates
        What could have been written, ready to be copied into a query.
    likeness
        How near a candidate has to be, from 0 to 1.
    """
    folded = name.casefold()
    spellings = {c.casefold(): c for c in candidates}
    near = difflib.get_close_matches(folded, spellings, n=3, cutoff=likeness)
    if not near:
        return ""
    ratios = [difflib.SequenceMatcher(None, word, folded).ratio() for word in near]
    best = [word for word, ratio in zip(near, ratios, strict=True) if ratio > ratios[0] - 0.1]
    return f"Did you mean {any_of([spellings[word] for word in best])}?"


def any_of(words: list[str]) -> str:
    """List alternatives: ``a, b or c``."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
