"""The words of a query: names, numbers, texts, comments (ADQL 2.1, section 2.1)."""

from __future__ import annotations

from .adql_clause import QUERY, VALUE, Clause

CLAUSES = (
    Clause(
        "Lexical structure (2.1): characters, comments, keywords",
        QUERY,
        valid=(
            "SELECT ra FROM small.stars",
            "select RA from SMALL.Stars",
            "SELECT\tra\nFROM\r\nsmall.stars",
            "SELECT ra -- right ascension\nFROM small.stars",
            "SELECT ra FROM small.stars -- the end",
            "SELECT ra FROM small.stars;",
            "SELECT ra--comment 'with a quote\n, dec FROM small.stars",
        ),
        invalid=(
            ("SELECT ra /* right ascension */ FROM small.stars", "ADQL has no /* comments */"),
            (
                "SELECT ra FROM small.stars; SELECT dec FROM small.stars",
                "Only one query can be run, and a second statement begins here",
            ),
            ("SELECT ra # comment\nFROM small.stars", "ADQL has no comments with '#'"),
            ("SELECT ra FROM small.stars \\", "ADQL has no '\\'"),
            ("", "The query is empty"),
            ("-- nothing but a comment", "The query is empty"),
        ),
    ),
    Clause(
        "<regular_identifier>",
        QUERY,
        valid=(
            "SELECT ra AS a1_b FROM small.stars",
            "SELECT s.ra FROM small.stars AS s",
            "SELECT RA, Ra, ra FROM small.stars",
        ),
        invalid=(
            ("SELECT ra AS 1a FROM small.stars", "'1a' is no number"),
            ("SELECT ra AS _a FROM small.stars", "A name cannot begin with '_'"),
            ("SELECT ra AS a$b FROM small.stars", "A query has no parameters"),
            (
                "SELECT ra AS größe FROM small.stars",
                "'ö' cannot stand in a plain name, which has only the letters",
            ),
        ),
    ),
    Clause(
        "<delimited_identifier>",
        QUERY,
        valid=(
            'SELECT "ra" FROM small.stars',
            'SELECT "ra" AS "Right ""Ascension""" FROM "small"."stars"',
            'SELECT ra AS "SELECT" FROM small.stars',
            'SELECT ra AS "größe" FROM small.stars',
        ),
        invalid=(
            ('SELECT "RA" FROM small.stars', "There is no column 'RA'"),
            ('SELECT ra FROM "SMALL".stars', "There is no table 'SMALL.stars'"),
            ('SELECT "" FROM small.stars', 'A name is missing between ""'),
            ('SELECT "ra FROM small.stars', "The name that begins here does not end"),
            ("SELECT [ra] FROM small.stars", "ADQL has no brackets"),
            ("SELECT `ra` FROM small.stars", "Names are not quoted with ` in ADQL"),
        ),
    ),
    Clause(
        "<SQL_reserved_word> and <ADQL_reserved_word>",
        QUERY,
        valid=(
            'SELECT ra AS "size" FROM small.stars',
            'SELECT ra AS "year" FROM small.stars',
            "SELECT ra AS sizes FROM small.stars",
        ),
        invalid=(
            ("SELECT ra AS size FROM small.stars", "'size' is a reserved word of ADQL"),
            ("SELECT ra AS year FROM small.stars", "'year' is a reserved word of ADQL"),
            ("SELECT ra AS top FROM small.stars", "'top' is a reserved word of ADQL"),
            ("SELECT ra AS point FROM small.stars", "'point' is a reserved word of ADQL"),
            (
                "SELECT ra AS offset FROM small.stars",
                "Expected the name of the column after AS, found 'offset'",
            ),
            ("SELECT date FROM small.stars", "'date' is a reserved word of ADQL"),
            (
                "SELECT ra FROM small.stars AS order",
                "Expected the name of the table after AS, found 'order'",
            ),
            (
                "SELECT CASE WHEN ra > 1 THEN 1 ELSE 0 END FROM small.stars",
                "CASE cannot stand here",
            ),
        ),
    ),
    Clause(
        "<unsigned_numeric_literal>",
        VALUE,
        valid=(
            "1",
            "0",
            "1.",
            ".5",
            "1.5",
            "1E3",
            "1e-3",
            "1.5E+3",
            ".5e0",
            "9223372036854775807",
        ),
        invalid=(
            ("9223372036854775808", "'9223372036854775808' does not fit in 64 bits"),
            ("1e999", "This number is too large"),
            ("0x1F", "'0x1F' is no number"),
            ("1.2.3", "'1.2.3' is no number"),
            ("1e", "'1e' is no number"),
            ("1_000", "'1_000' is no number"),
        ),
    ),
    Clause(
        "<character_string_literal>",
        VALUE,
        valid=(
            "'text'",
            "''",
            "'it''s'",
            "'\"'",
            "'SELECT -- no comment'",
            "'λ'",
        ),
        invalid=(
            ("'text", "The text that begins here does not end"),
            ('"text"', "There is no column 'text'"),
            ("'one' 'two'", "Two texts stand in a row"),
            ("‘text’", "‘ is a typographic quote"),
        ),
    ),
)
