"""Queries made up by chance: of things that fit together, and of things that may not."""

from __future__ import annotations

import os
from functools import cache
from typing import NamedTuple

from hypothesis import strategies as st

QUERIES = int(os.environ.get("DATALAB_PROPERTY_QUERIES", "2000"))
"""How many queries the tests of properties try in all; `make bench` tries a hundred thousand."""


def share(percent: int) -> int:
    """How many of them one test tries."""
    return max(1, QUERIES * percent // 100)


def _joined(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    strategies = [st.just(part) if isinstance(part, str) else part for part in parts]
    # Deferred, since Hypothesis would write out the whole of a strategy inside others.
    return st.deferred(lambda: st.tuples(*strategies).map("".join))


_ONE_NUMBER = (
    *("ABS", "CEILING", "DEGREES", "EXP", "FLOOR", "LOG", "LOG10", "RADIANS", "ROUND", "SQRT"),
    *("TRUNCATE", "ACOS", "ASIN", "ATAN", "COS", "COT", "SIN", "TAN", "COALESCE"),
)
_TYPES = ["SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE PRECISION"]

_DEEPEST = 3


def _points(sql: bool, depth: int) -> st.SearchStrategy[str]:
    latitude = st.sampled_from(["dec", "dec", "gmag", "-gmag", "2.5", "90", "dec / 2"])
    return _joined("POINT(", _numbers(sql, depth - 1), ", ", latitude, ")")


def _circles(sql: bool, depth: int) -> st.SearchStrategy[str]:
    return st.one_of(
        _joined("CIRCLE(10, ", st.sampled_from(["20", "dec"]), ", ABS(", _numbers(sql, 0), "))"),
        _joined("CIRCLE(", _points(sql, depth), ", 1.5)"),
    )


@cache
def _numbers(sql: bool, depth: int = _DEEPEST) -> st.SearchStrategy[str]:
    columns = ["ra", "dec", "gmag", "field", "epochs", "id", '"Weird Name"', "s.ra"]
    fixed = ["0", "1", "7", "2.5", "1e-3", "1e3", "PI()", "RAND()"]
    leaves = st.sampled_from(columns) | st.sampled_from(fixed)
    if depth <= 0:
        return leaves
    n, t = _numbers(sql, depth - 1), _texts(sql, depth - 1)
    two = st.sampled_from(["MOD", "POWER", "ATAN2", "COALESCE"])
    return st.one_of(
        leaves,
        *(_sql_numbers(depth) if sql else ()),
        _joined("(", n, st.sampled_from([" + ", " - ", " * ", " / "]), n, ")"),
        _joined("-(", n, ")"),
        _joined(st.sampled_from(_ONE_NUMBER), "(", n, ")"),
        _joined(two, "(", n, ", ", n, ")"),
        _joined("ROUND(", n, ", ", st.sampled_from(["-1", "0", "2", "field"]), ")"),
        _joined("CAST(", n | t, " AS ", st.sampled_from(_TYPES), ")"),
        _joined("DISTANCE(", _points(sql, depth), ", ", _points(sql, depth), ")"),
        _joined("CONTAINS(", _points(sql, depth), ", ", _circles(sql, depth), ")"),
    )


def _sql_numbers(depth: int) -> list[st.SearchStrategy[str]]:
    n, t, c = _numbers(True, depth - 1), _texts(True, depth - 1), _conditions(True, depth - 1)
    whole = st.sampled_from(
        ["field", "epochs", "~field", "3", "(field & 6)", "'12'", "field::int2"]
    )
    two = st.sampled_from(["NULLIF", "GREATEST", "LEAST", "POW", "ATAN2D"])
    part = st.sampled_from(["YEAR", "month", "epoch"])
    return [
        _joined("(", whole, st.sampled_from([" & ", " | ", " # ", " >> "]), whole, ")"),
        _joined("(", n, st.sampled_from([" % ", " ^ "]), n, ")"),
        _joined("(", n, ")::", st.sampled_from(["int", "float8", "real", "numeric(9, 2)"])),
        _joined("CASE WHEN ", c, " THEN ", n, " ELSE ", n, " END"),
        _joined("CASE ", n, " WHEN ", n, " THEN ", n, " END"),
        _joined(two, "(", n, ", ", n, ")"),
        _joined(st.sampled_from(["CEIL", "TRUNC", "SIGN", "CBRT", "SIND"]), "(", n, ")"),
        _joined("q3c_dist(ra, dec, ", n, ", 2.5)"),
        _joined("LENGTH(", t, ")"),
        _joined("EXTRACT(", part, " FROM seen)"),
        _joined("(", c, ")::int"),
        st.sampled_from(["NULLIF(gmag, 'NaN')", "(gmag + '1.5')"]),
    ]


@cache
def _texts(sql: bool, depth: int = _DEEPEST) -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["name", "s.name", "'x'", "'it''s'", "'12'", "''"])
    if depth <= 0:
        return leaves
    n, t = _numbers(sql, depth - 1), _texts(sql, depth - 1)
    length = st.sampled_from(["", "(3)"])
    return st.one_of(
        leaves,
        *(
            (
                _joined("(", n, ")::text"),
                _joined("SUBSTRING(", t, " FROM 1 FOR 2)"),
                _joined("CASE WHEN gmag > 12 THEN ", t, " END"),
                _joined("NULLIF(", t, ", ", t, ")"),
            )
            if sql
            else ()
        ),
        _joined("(", t, " || ", t, ")"),
        _joined(st.sampled_from(["LOWER", "UPPER", "COALESCE"]), "(", t, ")"),
        _joined("CAST(", n | t | st.just("seen"), " AS VARCHAR", length, ")"),
    )


@cache
def _conditions(sql: bool, depth: int = _DEEPEST) -> st.SearchStrategy[str]:
    leaves = st.sampled_from(
        ["variable = 1", "seen > '2016-02-01'", "DISTANCE(ra, dec, 10, 20) < 20", "gmag IS NULL"]
    )
    if depth <= 0:
        return leaves
    n, t, c = _numbers(sql, depth - 1), _texts(sql, depth - 1), _conditions(sql, depth - 1)
    return st.one_of(
        leaves,
        *(
            (
                st.sampled_from(["variable", "TRUE", "variable IS NOT TRUE", "gmag != 'NaN'"]),
                _joined("q3c_radial_query(ra, dec, 10, 20, ", n, ")"),
                st.just("q3c_poly_query(ra, dec, ARRAY[0, 0, 9, 0, 9, 9])"),
                _joined(n, " IS DISTINCT FROM ", n),
                _joined("(", c, ") = (", c, ")"),
                _joined("field = ANY (ARRAY[1, ", n, "])"),
            )
            if sql
            else ()
        ),
        _joined(n, st.sampled_from([" = ", " <> ", " < ", " >= "]), n),
        _joined(t, st.sampled_from([" = ", " < ", " LIKE ", " NOT LIKE ", " ILIKE "]), t),
        _joined(n | t, st.sampled_from([" IS NULL", " IS NOT NULL"])),
        _joined(n, " BETWEEN ", n, " AND ", n),
        _joined(n, st.sampled_from([" IN (", " NOT IN ("]), n, ", ", n, ")"),
        _joined(n, " > (SELECT MAX(depth) FROM sky.fields)"),
        _joined(n, " IN (SELECT field FROM sky.fields WHERE depth > 20)"),
        _joined("EXISTS (SELECT 1 FROM sky.fields AS f WHERE f.field = ", n, ")"),
        _joined("1 = CONTAINS(", _points(sql, depth), ", ", _circles(sql, depth), ")"),
        _joined("DISTANCE(", _points(sql, depth), ", ", _points(sql, depth), ") < ", n),
        _joined("(", c, st.sampled_from([" AND ", " OR "]), c, ")"),
        _joined("NOT (", c, ")"),
    )


class Parts(NamedTuple):
    """What queries of a language are made of."""

    numbers: st.SearchStrategy[str]
    texts: st.SearchStrategy[str]
    conditions: st.SearchStrategy[str]
    anything: st.SearchStrategy[str]


def _parts(sql: bool) -> Parts:
    n, t, c = _numbers(sql), _texts(sql), _conditions(sql)
    others = ["NULL", "*", "'2016-01-01'", "COUNT(*)", "seen"]
    anything = st.one_of(n, n, t, c, _points(sql, 2), _circles(sql, 2), st.sampled_from(others))
    return Parts(n, t, c, anything)


PARTS = {"ADQL": _parts(False), "SQL": _parts(True)}
