"""The functions of PostgreSQL that the SQL front knows beside those of ADQL.

Where both have a name for different things, it means here what it means in PostgreSQL: LOG is the
logarithm to base 10.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from datalab_backend.adql.build import cast
from datalab_backend.adql.functions import (
    FUNCTIONS,
    HABITS,
    NUMBER,
    TEXT,
    WHOLE,
    Arguments,
    Function,
    Types,
)
from datalab_backend.adql.templates import filled
from datalab_backend.adql.types import Family, Type, widest
from datalab_backend.adql.udfs import UDFS
from datalab_backend.adql.words import word_set
from datalab_backend.metadata import DataType

_DOUBLE = DataType.DOUBLE
_KINDS = (NUMBER, TEXT, Family.TIME)


def _named(name: str) -> Callable[[Arguments], exp.Expression]:
    """The engine's function of a name."""
    return lambda a: exp.Anonymous(this=name, expressions=list(a))


def _filled(text: str) -> Callable[[Arguments], exp.Expression]:
    return lambda a: filled(text, **{f"a{n}": value for n, value in enumerate(a, 1)})


def _whole(name: str, *positions: int) -> Callable[[Arguments], exp.Expression]:
    """The engine's function, some of whose arguments it takes as 32 bits at most."""
    return lambda a: exp.Anonymous(
        this=name,
        expressions=[cast(v, DataType.INTEGER) if n in positions else v for n, v in enumerate(a)],
    )


def _first(types: Types) -> Type | None:
    return types[0]


def _also(name: str, of: str) -> Function:
    """A function of ADQL under another name."""
    usage = FUNCTIONS[of].usage.replace(f"{of}(", f"{name}(")
    return replace(FUNCTIONS[of], spelling=name, usage=usage)


def _degrees(name: str, text: str, unit: str = "") -> Function:
    arguments = "y, x" if ":a2" in text else "x"
    form = (NUMBER,) * (2 if ":a2" in text else 1)
    return Function(name, f"{name}({arguments})", (form,), _DOUBLE, _filled(text), unit)


def _text(name: str, usage: str, *more: Family) -> Function:
    return Function(name, usage, ((TEXT, *more),), DataType.VARCHAR, _named(name))


def _date_part(a: Arguments) -> exp.Expression:
    if a[0].name.lower() == "second":
        # DuckDB gives whole seconds.
        return _filled("DATE_PART('microseconds', :a2) / 1e6")(a)
    return cast(exp.Anonymous(this="DATE_PART", expressions=list(a)), _DOUBLE)


def _substring(a: Arguments) -> exp.Expression:
    """The letters from a place on; those before the first are counted, but not there."""
    start, *count = (cast(value, DataType.INTEGER) for value in a[1:])
    first = _filled("CASE WHEN :a1 < 1 THEN 1 ELSE :a1 END")([start])
    if count:
        inside = "CASE WHEN :a1 >= 1 THEN :a2 WHEN :a1 + :a2 < 1 THEN 0 ELSE :a1 + :a2 - 1 END"
        count = [_filled(inside)([start, *count])]
    return _named("SUBSTRING")([a[0], first, *count])


_ALL = (
    Function(
        "NULLIF",
        "NULLIF(x, y)",
        tuple((kind, kind) for kind in _KINDS),
        _first,
        lambda a: exp.Nullif(this=a[0], expression=a[1]),
        None,
    ),
    *(
        Function(
            name,
            f"{name}(x, y, …)",
            tuple((kind,) for kind in _KINDS),
            widest,
            _named(name),
            None,
            repeats=1,
        )
        for name in ("GREATEST", "LEAST")
    ),
    # Numbers.
    _also("CEIL", "CEILING"),
    _also("LN", "LOG"),
    _also("POW", "POWER"),
    _also("RANDOM", "RAND"),
    _also("TRUNC", "TRUNCATE"),
    Function(
        "LOG",
        "LOG(x) or LOG(base, x)",
        ((NUMBER,), (NUMBER, NUMBER)),
        _DOUBLE,
        lambda a: _named("LOG10")(a) if len(a) == 1 else _filled("LN(:a2) / LN(:a1)")(a),
    ),
    Function("CBRT", "CBRT(x)", ((NUMBER,),), _DOUBLE, _named("CBRT")),
    Function(
        "SIGN", "SIGN(x)", ((NUMBER,),), _DOUBLE, lambda a: cast(_named("SIGN")(a), _DOUBLE), ""
    ),
    Function(
        "WIDTH_BUCKET",
        "WIDTH_BUCKET(x, low, high, buckets)",
        ((NUMBER, NUMBER, NUMBER, WHOLE),),
        DataType.INTEGER,
        _filled(
            # The buckets go down when low is above high.
            "CAST(CASE WHEN :a2 = :a3 THEN NULL "
            "WHEN :a1 <> :a2 AND (:a1 < :a2) = (:a2 < :a3) THEN 0 "
            "WHEN :a1 = :a3 OR (:a1 > :a3) = (:a2 < :a3) THEN :a4 + 1 "
            "ELSE FLOOR((:a1 - :a2) * :a4 / (CAST(:a3 AS DOUBLE) - :a2)) + 1 END AS INTEGER)"
        ),
    ),
    _degrees("SIND", "SIN(RADIANS(:a1))"),
    _degrees("COSD", "COS(RADIANS(:a1))"),
    _degrees("TAND", "TAN(RADIANS(:a1))"),
    _degrees("ASIND", "DEGREES(ASIN(:a1))", "deg"),
    _degrees("ACOSD", "DEGREES(ACOS(:a1))", "deg"),
    _degrees("ATAND", "DEGREES(ATAN(:a1))", "deg"),
    _degrees("ATAN2D", "DEGREES(ATAN2(:a1, :a2))", "deg"),
    # Texts.
    *(
        Function(
            name,
            f"{name}(text)",
            ((TEXT,),),
            DataType.INTEGER,
            lambda a: cast(_named("LENGTH")(a), DataType.INTEGER),
        )
        for name in ("LENGTH", "CHAR_LENGTH", "CHARACTER_LENGTH")
    ),
    *(
        Function(
            name,
            f"{name}(text, start) or {name}(text, start, count)",
            ((TEXT, WHOLE), (TEXT, WHOLE, WHOLE)),
            DataType.VARCHAR,
            _substring,
        )
        for name in ("SUBSTRING", "SUBSTR")
    ),
    *(
        Function(
            name,
            f"{name}(text, count)",
            ((TEXT, WHOLE),),
            DataType.VARCHAR,
            _whole(name, 1),
        )
        for name in ("LEFT", "RIGHT")
    ),
    _text("TRIM", "TRIM(text)"),
    _text("LTRIM", "LTRIM(text)"),
    _text("RTRIM", "RTRIM(text)"),
    Function(
        "STRPOS",
        "STRPOS(text, part)",
        ((TEXT, TEXT),),
        DataType.INTEGER,
        lambda a: cast(_named("STRPOS")(a), DataType.INTEGER),
    ),
    Function(
        "CONCAT",
        "CONCAT(text, text, …)",
        ((TEXT,),),
        DataType.VARCHAR,
        _named("CONCAT"),
        repeats=1,
    ),
    # Times; the parser puts the part in words that PostgreSQL knows.
    Function("DATE_PART", "DATE_PART('year', time)", ((TEXT, Family.TIME),), _DOUBLE, _date_part),
    Function(
        "DATE_TRUNC",
        "DATE_TRUNC('day', time)",
        ((TEXT, Family.TIME),),
        DataType.TIMESTAMP,
        lambda a: cast(_named("DATE_TRUNC")(a), DataType.TIMESTAMP),
    ),
)

SQL_FUNCTIONS = {**FUNCTIONS, **UDFS, **{function.called: function for function in _ALL}}

AGGREGATES = {
    **{name: name for name in ("AVG", "COUNT", "MAX", "MIN", "SUM")},
    "BOOL_AND": "BOOL_AND",
    "BOOL_OR": "BOOL_OR",
    "EVERY": "BOOL_AND",
    "STDDEV": "STDDEV_SAMP",
    "STDDEV_POP": "STDDEV_POP",
    "STDDEV_SAMP": "STDDEV_SAMP",
    "VARIANCE": "VAR_SAMP",
    "VAR_POP": "VAR_POP",
    "VAR_SAMP": "VAR_SAMP",
}
"""The aggregates, and what each is called in a tree."""

DATE_PARTS = word_set(
    "century day decade dow doy epoch hour isodow isoyear millennium minute month quarter second "
    "week year"
)

TRUNCATED_PARTS = word_set("day decade hour minute month quarter second week year")
"""The parts that DATE_TRUNC takes; centuries begin in the year 1, which no engine's do."""

Q3C_USAGE = {
    "Q3C_DIST": "q3c_dist(ra1, dec1, ra2, dec2)",
    "Q3C_JOIN": "q3c_join(a.ra, a.dec, b.ra, b.dec, radius)",
    "Q3C_POLY_QUERY": "q3c_poly_query(ra, dec, ARRAY[ra1, dec1, ra2, dec2, ra3, dec3, …])",
    "Q3C_RADIAL_QUERY": "q3c_radial_query(ra, dec, ra0, dec0, radius)",
}

_WINDOW = "There are no window functions here: use GROUP BY in a derived table."
_ARRAY = "Arrays are not made here: select the values as rows."
SQL_HABITS = {
    **{
        name: hint
        for name, hint in HABITS.items()
        if "ADQL" not in hint and name not in SQL_FUNCTIONS and not name.startswith("Q3C")
    },
    "ARRAY_AGG": _ARRAY,
    "CLOCK_TIMESTAMP": "There is no clock: write the time as '2026-01-31T12:00:00'.",
    "DENSE_RANK": _WINDOW,
    "GENERATE_SERIES": "There are no rows but those of tables.",
    "LAG": _WINDOW,
    "LEAD": _WINDOW,
    "MEDIAN": "Take AVG(x), or fetch the values and compute it in the notebook.",
    "NOW": "There is no clock: write the time as '2026-01-31T12:00:00'.",
    "NTILE": _WINDOW,
    "PERCENTILE_CONT": "Fetch the values and compute it in the notebook.",
    "Q3C_ANG2IPIX": "Positions are found by q3c_radial_query; ivo_healpix_index gives cells.",
    "Q3C_ELLIPSE_QUERY": "Use q3c_radial_query with the larger axis, or q3c_poly_query.",
    "RANK": _WINDOW,
    "REGEXP_MATCHES": "Write LIKE or ILIKE.",
    "REPLACE": "Texts are not rewritten here: do it in the notebook.",
    "ROW_NUMBER": _WINDOW,
    "STDEV": "Write STDDEV(x).",
    "TO_CHAR": "CAST(x AS VARCHAR) makes a text.",
    "TO_NUMBER": "CAST(x AS DOUBLE PRECISION) makes a number.",
    "UNNEST": _ARRAY,
}


def q3c(name: str, function: str) -> Function:
    """A geometry function of ADQL in the place of one of q3c, whose name errors show."""
    return replace(FUNCTIONS[function], spelling=name.lower(), usage=Q3C_USAGE[name])
