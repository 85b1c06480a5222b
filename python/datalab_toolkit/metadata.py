"""Schemas, tables and columns as a TAP service describes them.

Plain values, made from whatever a service tells: what it leaves out is empty or None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from datalab_toolkit.positions import find_position

# ADQL 2.1, section 2.1.2: the words that cannot name a table or a column without quotes.
_RESERVED = frozenset(
    """
    ABSOLUTE ACTION ADD ALL ALLOCATE ALTER AND ANY ARE AS ASC ASSERTION AT AUTHORIZATION AVG
    BEGIN BETWEEN BIT BIT_LENGTH BOTH BY CASCADE CASCADED CASE CAST CATALOG CHAR CHARACTER
    CHARACTER_LENGTH CHAR_LENGTH CHECK CLOSE COALESCE COLLATE COLLATION COLUMN COMMIT CONNECT
    CONNECTION CONSTRAINT CONSTRAINTS CONTINUE CONVERT CORRESPONDING COUNT CREATE CROSS CURRENT
    CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATE DAY DEALLOCATE DECIMAL
    DECLARE DEFAULT DEFERRABLE DEFERRED DELETE DESC DESCRIBE DESCRIPTOR DIAGNOSTICS DISCONNECT
    DISTINCT DOMAIN DOUBLE DROP ELSE END ESCAPE EXCEPT EXCEPTION EXEC EXECUTE EXISTS
    EXTERNAL EXTRACT FALSE FETCH FIRST FLOAT FOR FOREIGN FOUND FROM FULL GET GLOBAL GO GOTO
    GRANT GROUP HAVING HOUR IDENTITY IMMEDIATE IN INDICATOR INITIALLY INNER INPUT INSENSITIVE
    INSERT INT INTEGER INTERSECT INTERVAL INTO IS ISOLATION JOIN KEY LANGUAGE LAST LEADING LEFT
    LEVEL LIKE LOCAL LOWER MATCH MAX MIN MINUTE MODULE MONTH NAMES NATIONAL NATURAL NCHAR NEXT
    NO NOT NULL NULLIF NUMERIC OCTET_LENGTH OF ON ONLY OPEN OPTION OR ORDER OUTER OUTPUT
    OVERLAPS PAD PARTIAL POSITION PRECISION PREPARE PRESERVE PRIMARY PRIOR PRIVILEGES PROCEDURE
    PUBLIC READ REAL REFERENCES RELATIVE RESTRICT REVOKE RIGHT ROLLBACK ROWS SCHEMA SCROLL
    SECOND SECTION SELECT SESSION SESSION_USER SET SIZE SMALLINT SOME SPACE SQL SQLCODE SQLERROR
    SQLSTATE SUBSTRING SUM SYSTEM_USER TABLE TEMPORARY THEN TIME TIMESTAMP TIMEZONE_HOUR
    TIMEZONE_MINUTE TO TRAILING TRANSACTION TRANSLATE TRANSLATION TRIM TRUE UNION UNIQUE UNKNOWN
    UPDATE UPPER USAGE USER USING VALUE VALUES VARCHAR VARYING VIEW WHEN WHENEVER WHERE WITH
    WORK WRITE YEAR ZONE ABS ACOS AREA ASIN ATAN ATAN2 BIGINT BOX CEILING CENTROID CIRCLE
    CONTAINS COORD1 COORD2 COORDSYS COS COT DEGREES DISTANCE EXP FLOOR ILIKE INTERSECTS IN_UNIT
    LOG LOG10 MOD OFFSET PI POINT POLYGON POWER RADIANS RAND REGION ROUND SIN SQRT TAN TOP
    TRUNCATE
    """.split()  # noqa: SIM905 - a list of 200 strings would be no easier to read
)
_REGULAR = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PART = re.compile(r'"(?:[^"]|"")*"|[^."]+')


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, or of a result.

    Attributes
    ----------
    name
        The name without quotes.
    datatype, arraysize
        The type, in the service's spelling: VOTable's (``long``) or ADQL's (``BIGINT``).
    unit, ucd, utype, xtype, description
        As in TAP_SCHEMA.columns (TAP 1.1, section 4.3); empty when there is none.
    principal, indexed
        Whether it is a column to look at first, and one on which conditions are fast.
    """

    name: str
    datatype: str = ""
    arraysize: str = ""
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    xtype: str = ""
    description: str = ""
    principal: bool = False
    indexed: bool = False

    @property
    def query_name(self) -> str:
        """The name as a query writes it, quoted when it must be."""
        return quoted(self.name)


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a query may name.

    Attributes
    ----------
    schema, name
        The parts of the name, without quotes.
    query_name
        The name as a query writes it: what comes after FROM.
    description
        What the table holds.
    rows
        The number of rows; None when the service does not say.
    credit
        Whom to acknowledge; empty when the service does not say.
    simulated
        Whether the service says that the rows were made up.
    columns
        The columns; empty in lists of tables.
    """

    schema: str
    name: str
    query_name: str
    description: str = ""
    rows: int | None = None
    credit: str = ""
    simulated: bool = False
    columns: tuple[Column, ...] = ()

    @property
    def full_name(self) -> str:
        """The name to show and to ask for, ``schema.table`` without quotes."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def position(self) -> tuple[str, str]:
        """The names of the columns with right ascension and declination.

        Raises
        ------
        NotFoundError
            No columns are known as such.
        """
        return find_position({column.name: column.ucd for column in self.columns})

    @property
    def query_position(self) -> tuple[str, str]:
        """The same as a query writes them, quoted when they must be."""
        ra, dec = self.position
        return quoted(ra), quoted(dec)


@dataclass(frozen=True, slots=True)
class Schema:
    """A set of tables under one name, and how many they are."""

    name: str
    description: str
    tables: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the tables that match a search, and how many match in all."""

    total: int
    tables: tuple[Table, ...]


def is_reserved(word: str) -> bool:
    """Whether a word cannot name a table or a column without quotes (ADQL 2.1, 2.1.2)."""
    return word.upper() in _RESERVED


def quoted(name: str) -> str:
    """Write one part of a name for a query, with quotes when ADQL needs them."""
    if _REGULAR.fullmatch(name) and not is_reserved(name):
        return name
    return '"' + name.replace('"', '""') + '"'


def unquoted(name: str) -> str:
    """Read one part of a name as a query writes it."""
    if len(name) > 1 and name[0] == name[-1] == '"':
        return name[1:-1].replace('""', '"')
    return name


def table_names(schema: str, table: str) -> tuple[str, str]:
    """Tell the bare name and the query name of a table from what TAP_SCHEMA holds.

    Services differ: ``table_name`` is qualified or not, and quoted or not where it has to be
    (``"II/246/out"`` in VizieR).

    Parameters
    ----------
    schema, table
        TAP_SCHEMA.tables.schema_name and table_name.
    """
    bare_schema = unquoted(schema)
    if '"' in table:
        parts = _PART.findall(table)
        first = unquoted(parts[0]).casefold() if len(parts) > 1 else None
        rest = parts[1:] if first == bare_schema.casefold() else parts
        return ".".join(unquoted(part) for part in rest), table
    prefix, name = table[: len(bare_schema) + 1], table[len(bare_schema) + 1 :]
    if bare_schema and name and prefix.casefold() == f"{bare_schema}.".casefold():
        return name, ".".join([*map(quoted, prefix[:-1].split(".")), *_name_parts(name)])
    return table, ".".join(_name_parts(table))


def _name_parts(name: str) -> list[str]:
    """Quote a name: part by part when its dots separate plain names, else as a whole."""
    parts = name.split(".")
    return [quoted(p) for p in parts] if all(map(_REGULAR.fullmatch, parts)) else [quoted(name)]
