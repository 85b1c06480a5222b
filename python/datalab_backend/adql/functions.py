"""The functions that a query may call: an allow-list, one row a function.

Nothing outside this table and the functions that an administrator declares ever reaches an engine.
The geometry functions have no builder: `geometry` lowers them to plain arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from datalab_backend.adql.build import cast
from datalab_backend.adql.types import WHOLE_NUMBERS, Family, Type, widest
from datalab_backend.metadata import DataType

Types = Sequence[Type | None]
Arguments = Sequence[exp.Expression]

NUMBER, WHOLE, TEXT = Family.NUMBER, Family.WHOLE, Family.TEXT
POINT, CIRCLE, POLYGON = Family.POINT, Family.CIRCLE, Family.POLYGON


@dataclass(frozen=True, slots=True)
class Function:
    """A function, as a query calls it.

    Attributes
    ----------
    name
        In upper case.
    usage
        How to write a call, for people.
    forms
        The families of its arguments, one tuple for each way to call it.
    result
        The type of its value, or how that follows from the types of the arguments.
    build
        The engine's call for the translated arguments; None for geometry.
    unit
        The unit of its value; None when the unit of the first argument is kept.
    frame
        Whether a coordinate system may stand before the arguments (deprecated in ADQL 2.1).
    repeats
        How many arguments at the end of the form may be repeated.
    spelling
        What a query called it, when that was another name.
    """

    name: str
    usage: str
    forms: tuple[tuple[Family, ...], ...]
    result: Type | Callable[[Types], Type | None]
    build: Callable[[Arguments], exp.Expression] | None = None
    unit: str | None = ""
    frame: bool = False
    repeats: int = 0
    spelling: str = ""

    @property
    def called(self) -> str:
        """The name that the user knows."""
        return self.spelling or self.name

    def datatype(self, types: Types) -> Type | None:
        """The type of the value for the types of the arguments."""
        return self.result(types) if callable(self.result) else self.result


def _same(types: Types) -> Type | None:
    return types[0]


def _floating(types: Types) -> Type | None:
    return DataType.DOUBLE if types[0] in WHOLE_NUMBERS else types[0]


def _rounded(types: Types) -> Type | None:
    # To tens, the largest number of 32 bits is rounded to one that they do not hold.
    return DataType.BIGINT if len(types) == 2 and types[0] in WHOLE_NUMBERS else types[0]


def _one(node: type[exp.Expression]) -> Callable[[Arguments], exp.Expression]:
    return lambda a: node(this=a[0])


def _two(node: type[exp.Expression]) -> Callable[[Arguments], exp.Expression]:
    return lambda a: node(this=a[0], expression=a[1])


def _decimals(node: type[exp.Expression]) -> Callable[[Arguments], exp.Expression]:
    # DuckDB takes the number of decimals as 32 bits only.
    return lambda a: node(this=a[0], decimals=cast(a[1], DataType.INTEGER) if len(a) > 1 else None)


def _modulo(a: Arguments) -> exp.Expression:
    # A remainder by zero is NULL: an engine would stop the whole query for one row.
    divisor = exp.Nullif(this=a[1], expression=exp.Literal.number(0))
    return exp.Paren(this=exp.Mod(this=exp.Paren(this=a[0]), expression=divisor))


def _angle(name: str, node: type[exp.Expression], unit: str = "") -> Function:
    usage = f"{name}(x)"
    return Function(name, usage, ((NUMBER,),), DataType.DOUBLE, _one(node), unit)


_POINT_OR_LONLAT = ((NUMBER, NUMBER), (POINT,))
_SHAPES = (POINT, CIRCLE, POLYGON)
_AREAS = (CIRCLE, POLYGON)

_ALL = (
    # ADQL 2.1, section 2.3, table 1: mathematical functions.
    Function("ABS", "ABS(x)", ((NUMBER,),), _same, _one(exp.Abs), None),
    Function("CEILING", "CEILING(x)", ((NUMBER,),), _floating, _one(exp.Ceil), None),
    Function("DEGREES", "DEGREES(x)", ((NUMBER,),), DataType.DOUBLE, _one(exp.Degrees), "deg"),
    Function("EXP", "EXP(x)", ((NUMBER,),), DataType.DOUBLE, _one(exp.Exp)),
    Function("FLOOR", "FLOOR(x)", ((NUMBER,),), _floating, _one(exp.Floor), None),
    # The logarithm of ADQL is the natural one; LOG of DuckDB is the decimal one.
    Function("LOG", "LOG(x)", ((NUMBER,),), DataType.DOUBLE, _one(exp.Ln)),
    Function(
        "LOG10",
        "LOG10(x)",
        ((NUMBER,),),
        DataType.DOUBLE,
        lambda a: exp.Anonymous(this="LOG10", expressions=[a[0]]),
    ),
    Function("MOD", "MOD(x, y)", ((NUMBER, NUMBER),), widest, _modulo, None),
    Function("PI", "PI()", ((),), DataType.DOUBLE, lambda _: exp.Pi()),
    Function("POWER", "POWER(x, y)", ((NUMBER, NUMBER),), DataType.DOUBLE, _two(exp.Pow)),
    Function("RADIANS", "RADIANS(x)", ((NUMBER,),), DataType.DOUBLE, _one(exp.Radians), "rad"),
    # The argument has "undefined semantics" (ADQL 2.1, section 2.3): it is read and ignored.
    Function("RAND", "RAND()", ((), (WHOLE,)), DataType.DOUBLE, lambda _: exp.Rand()),
    Function(
        "ROUND",
        "ROUND(x) or ROUND(x, decimals)",
        ((NUMBER,), (NUMBER, WHOLE)),
        _rounded,
        _decimals(exp.Round),
        None,
    ),
    Function("SQRT", "SQRT(x)", ((NUMBER,),), DataType.DOUBLE, _one(exp.Sqrt)),
    Function(
        "TRUNCATE",
        "TRUNCATE(x) or TRUNCATE(x, decimals)",
        ((NUMBER,), (NUMBER, WHOLE)),
        _same,
        _decimals(exp.Trunc),
        None,
    ),
    # Table 2: trigonometric functions, in radians.
    _angle("ACOS", exp.Acos, "rad"),
    _angle("ASIN", exp.Asin, "rad"),
    _angle("ATAN", exp.Atan, "rad"),
    Function("ATAN2", "ATAN2(y, x)", ((NUMBER, NUMBER),), DataType.DOUBLE, _two(exp.Atan2), "rad"),
    _angle("COS", exp.Cos),
    _angle("COT", exp.Cot),
    _angle("SIN", exp.Sin),
    _angle("TAN", exp.Tan),
    # Sections 4.4 and 4.7: strings and conditionals.
    Function("LOWER", "LOWER(text)", ((TEXT,),), _same, _one(exp.Lower)),
    Function("UPPER", "UPPER(text)", ((TEXT,),), _same, _one(exp.Upper)),
    Function(
        "COALESCE",
        "COALESCE(x, y, …)",
        tuple((f,) for f in (NUMBER, TEXT, Family.TIME, Family.TRUTH)),
        widest,
        lambda a: exp.Coalesce(this=a[0], expressions=list(a[1:])),
        None,
        repeats=1,
    ),
    # Section 4.2: geometry, in degrees.
    Function(
        "POINT", "POINT(ra, dec)", ((NUMBER, NUMBER),), DataType.POINT, unit="deg", frame=True
    ),
    Function(
        "CIRCLE",
        "CIRCLE(ra, dec, radius)",
        tuple((*center, NUMBER) for center in _POINT_OR_LONLAT),
        DataType.CIRCLE,
        unit="deg",
        frame=True,
    ),
    Function(
        "BOX",
        "BOX(ra, dec, width, height)",
        tuple((*center, NUMBER, NUMBER) for center in _POINT_OR_LONLAT),
        DataType.POLYGON,
        unit="deg",
        frame=True,
    ),
    Function(
        "POLYGON",
        "POLYGON(ra1, dec1, ra2, dec2, ra3, dec3, …) or POLYGON(point1, point2, point3, …)",
        # Numbers come in pairs, points in any number from three.
        ((NUMBER,) * 6, (POINT,) * 3, (POINT,) * 4),
        DataType.POLYGON,
        unit="deg",
        frame=True,
        repeats=2,
    ),
    # The parser puts the shape itself in the place of a text that it can read.
    Function("REGION", "REGION('CIRCLE 10 20 0.5')", (), DataType.POLYGON),
    # An area of HEALPix cells, as GAVO and CDS have it. It stands beside a point only.
    Function(
        "MOC",
        "MOC('4/1-3 5/100') or MOC(order, area)",
        ((TEXT,), (WHOLE, CIRCLE), (WHOLE, POLYGON)),
        DataType.POLYGON,
    ),
    Function(
        "CONTAINS",
        "CONTAINS(point, circle), CONTAINS(point, polygon) or CONTAINS(area, area)",
        tuple((inner, outer) for inner in _SHAPES for outer in _AREAS),
        DataType.INTEGER,
    ),
    Function(
        "INTERSECTS",
        "INTERSECTS(area, area)",
        # With a point it is CONTAINS, as ADQL 2.0 had it (ADQL 2.1, section 4.2.17).
        (
            *((one, other) for one in _SHAPES for other in _AREAS),
            *((area, POINT) for area in _AREAS),
        ),
        DataType.INTEGER,
    ),
    Function("AREA", "AREA(area)", tuple((s,) for s in _SHAPES), DataType.DOUBLE, unit="deg2"),
    Function(
        "CENTROID", "CENTROID(area)", tuple((s,) for s in _SHAPES), DataType.POINT, unit="deg"
    ),
    Function("COORD1", "COORD1(point)", ((POINT,),), DataType.DOUBLE, unit="deg"),
    Function("COORD2", "COORD2(point)", ((POINT,),), DataType.DOUBLE, unit="deg"),
    Function("COORDSYS", "COORDSYS(area)", tuple((s,) for s in _SHAPES), DataType.VARCHAR),
    Function(
        "DISTANCE",
        "DISTANCE(ra1, dec1, ra2, dec2) or DISTANCE(point1, point2)",
        ((POINT, POINT), (NUMBER, NUMBER, NUMBER, NUMBER)),
        DataType.DOUBLE,
        unit="deg",
    ),
    # Section 4.8.1: units. The checker finds the factor.
    Function("IN_UNIT", "IN_UNIT(x, 'unit')", ((NUMBER, TEXT),), DataType.DOUBLE),
)

FUNCTIONS = {function.name: function for function in _ALL}

AGGREGATES = ("AVG", "COUNT", "MAX", "MIN", "SUM")

# What people write from habit, and what they need.
HABITS = {
    "ARRAY_AGG": "ADQL has only COUNT, SUM, AVG, MIN and MAX.",
    "CEIL": "Write CEILING(x).",
    "CONCAT": "Join texts with ||.",
    "GREATEST": "ADQL has no function for the larger of two values.",
    "IFNULL": "Write COALESCE(x, y).",
    "LEAST": "ADQL has no function for the smaller of two values.",
    "LN": "LOG(x) is the natural logarithm in ADQL.",
    "LOG2": "Write LOG(x) / LOG(2).",
    "MEDIAN": "ADQL has only COUNT, SUM, AVG, MIN and MAX.",
    "NVL": "Write COALESCE(x, y).",
    "POW": "Write POWER(x, y).",
    "Q3C_DIST": "Write DISTANCE(ra1, dec1, ra2, dec2).",
    "Q3C_JOIN": "Write DISTANCE(a.ra, a.dec, b.ra, b.dec) < radius.",
    "Q3C_RADIAL_QUERY": "Write 1 = CONTAINS(POINT(ra, dec), CIRCLE(ra0, dec0, radius)).",
    "RANDOM": "Write RAND().",
    "RANK": "ADQL has no window functions. Use GROUP BY in a derived table.",
    "ROW_NUMBER": "ADQL has no window functions. Use GROUP BY in a derived table.",
    "STDDEV": "Write SQRT(AVG(x * x) - AVG(x) * AVG(x)).",
    "TIMESTAMP": "Write only the text: '2026-01-31T12:00:00', or CAST(x AS TIMESTAMP).",
    "TRUNC": "Write TRUNCATE(x).",
}
