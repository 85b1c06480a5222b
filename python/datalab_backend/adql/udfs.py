"""The functions of the IVOA's catalogue (udf-catalogue 1.2) that the engine can compute.

Their names begin with ``ivo_``; what they mean is said in the catalogue, and the tests have its
examples.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from datalab_backend.adql.build import cast, number
from datalab_backend.adql.functions import NUMBER, POINT, TEXT, WHOLE, Arguments, Function
from datalab_backend.adql.templates import filled, named
from datalab_backend.adql.types import SHAPES, Family, family
from datalab_backend.metadata import DataType

_KM_S_PER_AU_YR = "4.740470446e0"
"""One astronomical unit a Julian year, in km/s."""


def _template(text: str) -> Callable[[Arguments], exp.Expression]:
    """What builds a call from a text in which ``:a1`` is the first argument."""
    return lambda a: filled(text, **{f"a{n}": value for n, value in enumerate(a, 1)})


def _number(name: str) -> str:
    return f"CAST({name} AS DOUBLE)"


def healpix_index(
    order: exp.Expression, lon: exp.Expression, lat: exp.Expression
) -> exp.Expression:
    """The nested HEALPix index of a place (Górski et al. 2005, ApJ 622, 759, section 5)."""
    place = (
        "{'o': CAST(:o AS BIGINT), 'n': CAST(2 AS BIGINT) ** :o, 'd': :lat, "
        "'t': (:lon - 360 * FLOOR(:lon / 360)) / 90}"
    )
    # The diagonal lines of the equatorial belt; the rays and rings of the polar caps. 1 - sin(d)
    # is computed from the distance to the pole, to have all its digits there.
    belt = "ABS(SIN(RADIANS(g.d))) <= 2e0 / 3"
    cap = "SQRT(6e0) * SIN(RADIANS(90 - ABS(g.d)) / 2)"
    floor = "TRY_CAST(FLOOR({}) AS BIGINT)".format
    quarter = "LEAST(3, FLOOR(g.t))"
    rising = "g.n * (0.5e0 + g.t - 0.75e0 * SIN(RADIANS(g.d)))"
    falling = "g.n * (0.5e0 + g.t + 0.75e0 * SIN(RADIANS(g.d)))"
    into = f"(g.t - {quarter}) * g.n * {cap}"
    back = f"(1 - g.t + {quarter}) * g.n * {cap}"
    lines = (
        f"{{'o': g.o, 'n': {floor('g.n')}, 'b': {belt}, 's': g.d >= 0, 'q': {floor(quarter)}, "
        f"'p': CASE WHEN {belt} THEN {floor(rising)} ELSE LEAST({floor(into)}, {floor('g.n - 1')}) "
        f"END, 'm': CASE WHEN {belt} THEN {floor(falling)} "
        f"ELSE LEAST({floor(back)}, {floor('g.n - 1')}) END}}"
    )
    p, m = "(h.p >> h.o)", "(h.m >> h.o)"
    face = (
        f"CASE WHEN NOT h.b THEN h.q + CASE WHEN h.s THEN 0 ELSE 8 END "
        f"WHEN {p} = {m} THEN {p} | 4 WHEN {p} < {m} THEN {p} ELSE {m} + 8 END"
    )
    x = "CASE WHEN h.b THEN h.m & (h.n - 1) WHEN h.s THEN h.n - h.m - 1 ELSE h.p END"
    y = "CASE WHEN h.b THEN h.n - (h.p & (h.n - 1)) - 1 WHEN h.s THEN h.n - h.p - 1 ELSE h.m END"
    bits = (
        "LIST_TRANSFORM(GENERATE_SERIES(0, k.o - 1), LAMBDA i : "
        "(((k.x >> i) & 1) << (2 * i)) + (((k.y >> i) & 1) << (2 * i + 1)))"
    )
    index = f"CAST((k.f << (2 * k.o)) + COALESCE(LIST_SUM({bits}), 0) AS BIGINT)"
    known = f"CASE WHEN k.f + k.x + k.y IS NOT NULL THEN {index} END"
    inner = named(lines, "h", named(f"{{'o': h.o, 'f': {face}, 'x': {x}, 'y': {y}}}", "k", known))
    text = named(place, "g", f"CASE WHEN g.o BETWEEN 0 AND 29 AND ABS(g.d) <= 90 THEN {inner} END")
    return filled(text, o=order, lon=lon, lat=lat)


def _healpix_center() -> str:
    def gathered(shift: int) -> str:
        bit = f"((g.i >> (2 * j + {shift})) & 1) << j"
        series = "GENERATE_SERIES(0, g.o - 1)"
        total = f"LIST_SUM(LIST_TRANSFORM({series}, LAMBDA j : {bit}))"
        return f"CAST(COALESCE({total}, 0) AS BIGINT)"

    face = "(g.i >> (2 * g.o))"
    rows = "[2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]"
    columns = "[1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7]"
    cell = (
        f"{{'n': CAST(1 AS BIGINT) << g.o, 'x': {gathered(0)}, 'y': {gathered(1)}, "
        f"'r': CAST({rows}[{face} + 1] AS BIGINT) << g.o, 'c': {columns}[{face} + 1]}}"
    )
    ring = "{'n': h.n, 'x': h.x, 'y': h.y, 'c': h.c, 'r': h.r - h.x - h.y - 1}"
    size = (
        "{'d': k.x - k.y, 'c': k.c, 'n': k.n, 'r': k.r, "
        "'s': CASE WHEN k.r < k.n THEN k.r WHEN k.r > 3 * k.n THEN 4 * k.n - k.r ELSE k.n END}"
    )
    step = "(m.c * m.s + m.d + CASE WHEN m.c * m.s + m.d < 0 THEN 8 * m.s ELSE 0 END)"
    colatitude = "DEGREES(2 * ASIN(CAST(m.s AS DOUBLE) / m.n / SQRT(6e0)))"
    lat = (
        f"CASE WHEN m.r < m.n THEN 90 - {colatitude} WHEN m.r > 3 * m.n THEN {colatitude} - 90 "
        "ELSE DEGREES(ASIN(CAST(2 * m.n - m.r AS DOUBLE) * 2 / 3 / m.n)) END"
    )
    lonlat = f"[45e0 * {step} / m.s, {lat}]"
    text = named(cell, "h", named(ring, "k", named(size, "m", lonlat)))
    right = "g.o BETWEEN 0 AND 29 AND g.i >= 0 AND (g.i >> (2 * g.o)) < 12"
    guarded = f"CASE WHEN {right} THEN {text} END"
    return named("{'o': CAST(:a1 AS BIGINT), 'i': CAST(:a2 AS BIGINT)}", "g", guarded)


def histogram(value: exp.Expression, low: float, high: float, bins: int) -> exp.Expression:
    """How many values are below, in each bin, and above."""
    place = (
        "CASE WHEN :x IS NULL OR ISNAN(:x) THEN NULL WHEN :x < :low THEN 0 WHEN :x >= :high "
        "THEN :n + 1 ELSE LEAST(CAST(FLOOR((:x - :low) / (:high - :low) * :n) AS INTEGER) + 1, :n) "
        "END"
    )
    counts = (
        f"LIST_TRANSFORM(RANGE(0, {bins + 2}), "
        "LAMBDA i : CAST(COALESCE(h[CAST(i AS INTEGER)], 0) AS INTEGER))"
    )
    text = named(f"HISTOGRAM({place})", "h", counts)
    numbers = {"low": number(low), "high": number(high), "n": number(bins)}
    return filled(text, x=cast(value, DataType.DOUBLE), **numbers)


def _epoch_prop_pos() -> str:
    # Straight motion in space (Lindegren in ESA SP-1200, vol. 1, section 1.5.5), in the frame of
    # the place: away, east and north, each in units of the distance at the first epoch.
    years = f"({_number(':a8')} - {_number(':a7')})"
    mas = "RADIANS(1e0 / 3600000)"
    away = f"COALESCE(:a6, 0e0) * COALESCE(:a3, 0e0) / {_KM_S_PER_AU_YR}"
    parts = (
        f"{{'a': {_number(':a1')}, 'd': RADIANS({_number(':a2')}), "
        f"'r': 1 + {away} * {mas} * {years}, 'e': COALESCE(:a4, 0e0) * {mas} * {years}, "
        f"'n': COALESCE(:a5, 0e0) * {mas} * {years}}}"
    )
    flat = "(g.r * COS(g.d) - g.n * SIN(g.d))"
    up = "(g.r * SIN(g.d) + g.n * COS(g.d))"
    lon = f"g.a + DEGREES(ATAN2(g.e, {flat}))"
    lat = f"DEGREES(ATAN2({up}, SQRT({flat} * {flat} + g.e * g.e)))"
    place = f"[{lon} - 360 * FLOOR(({lon}) / 360), {lat}]"
    return named(parts, "g", f"CASE WHEN g.a + g.d + g.r IS NOT NULL THEN {place} END")


def _sexagesimal(marks: str, factor: str) -> str:
    """Degrees of ``d:m:s``, ``ddmmss`` or ``dDmMsS``, NULL of anything else."""
    compact = r"REGEXP_REPLACE(TRIM(:a1), '^([+-]?)(\d\d)(\d\d)(\d\d(\.\d*)?)$', '\1\2:\3:\4')"
    form = rf"'^[+-]?(\d+)[:{marks}](\d+)[:mM](\d+(\.\d*)?)[sS]?$'"

    def part(group: int) -> str:
        return f"TRY_CAST(REGEXP_EXTRACT(g.t, {form}, {group}) AS DOUBLE)"

    sign = "CASE WHEN STARTS_WITH(g.t, '-') THEN -1 ELSE 1 END"
    degrees = f"{factor} * {sign} * ({part(1)} + {part(2)} / 60 + {part(3)} / 3600)"
    return named(f"{{'t': {compact}}}", "g", degrees)


def _days(zero: str) -> str:
    return f"EPOCH_US(TRY_CAST(:a1 AS TIMESTAMP)) / 86400e6 + {zero}"


_WORDS = r"REGEXP_EXTRACT_ALL(LOWER({}), '[\p{{L}}\p{{N}}]+')"
_OVERLAP = "CAST(:a1 <= :a2 AND :a3 <= :a4 AND :a1 <= :a4 AND :a3 <= :a2 AS INTEGER)"
_NORMAL = "SQRT(-2 * LN(1 - RANDOM())) * COS(2 * PI() * RANDOM())"
_MOMENT = ((Family.TIME,), (TEXT,))
_DOUBLE = DataType.DOUBLE

_ALL = (
    Function(
        "IVO_HEALPIX_INDEX",
        "ivo_healpix_index(order, ra, dec) or ivo_healpix_index(order, point)",
        ((WHOLE, NUMBER, NUMBER), (WHOLE, POINT)),
        DataType.BIGINT,
    ),
    Function(
        "IVO_HEALPIX_CENTER",
        "ivo_healpix_center(order, index)",
        ((WHOLE, WHOLE),),
        DataType.POINT,
        _template(_healpix_center()),
        "deg",
    ),
    Function(
        "IVO_EPOCH_PROP_POS",
        "ivo_epoch_prop_pos(ra, dec, parallax, pmra, pmdec, radial_velocity, from, to)",
        ((NUMBER,) * 8,),
        DataType.POINT,
        _template(_epoch_prop_pos()),
        "deg",
    ),
    Function(
        "IVO_GEOM_TRANSFORM",
        "ivo_geom_transform('ICRS', 'GALACTIC', point)",
        tuple((TEXT, TEXT, family(shape)) for shape in SHAPES),
        lambda types: types[2],
        unit="deg",
    ),
    Function(
        "IVO_TO_JD", "ivo_to_jd(time)", _MOMENT, _DOUBLE, _template(_days("2440587.5e0")), "d"
    ),
    Function("IVO_TO_MJD", "ivo_to_mjd(time)", _MOMENT, _DOUBLE, _template(_days("40587e0")), "d"),
    Function(
        "IVO_NOCASEMATCH",
        "ivo_nocasematch(text, 'pattern%')",
        ((TEXT, TEXT),),
        DataType.INTEGER,
        _template("CAST(:a1 ILIKE :a2 AS INTEGER)"),
    ),
    Function(
        "IVO_HASWORD",
        "ivo_hasword(text, 'words')",
        ((TEXT, TEXT),),
        DataType.INTEGER,
        _template(f"CAST(LIST_HAS_ALL({_WORDS.format(':a1')}, {_WORDS.format(':a2')}) AS INTEGER)"),
    ),
    Function(
        "IVO_HASHLIST_HAS",
        "ivo_hashlist_has(list, 'word')",
        ((TEXT, TEXT),),
        DataType.INTEGER,
        _template("CAST(LIST_CONTAINS(STRING_SPLIT(LOWER(:a1), '#'), LOWER(:a2)) AS INTEGER)"),
    ),
    Function(
        "IVO_NORMAL_RANDOM",
        "ivo_normal_random(mean, sigma)",
        ((NUMBER, NUMBER),),
        _DOUBLE,
        _template(f"{_number(':a1')} + {_number(':a2')} * {_NORMAL}"),
        None,
    ),
    Function(
        "IVO_INTERVAL_OVERLAPS",
        "ivo_interval_overlaps(low1, high1, low2, high2)",
        ((NUMBER,) * 4,),
        DataType.INTEGER,
        _template(_OVERLAP),
    ),
    Function(
        "IVO_HMS_TO_DEGREES",
        "ivo_hms_to_degrees('03:34:45.4')",
        ((TEXT,),),
        _DOUBLE,
        _template(_sexagesimal("hH", "15e0")),
        "deg",
    ),
    Function(
        "IVO_DMS_TO_DEGREES",
        "ivo_dms_to_degrees('-00:15:00')",
        ((TEXT,),),
        _DOUBLE,
        _template(_sexagesimal("dD", "1e0")),
        "deg",
    ),
)

UDFS = {function.name: function for function in _ALL}

SIGNATURES = {
    "ivo_healpix_index(hpxOrder INTEGER, long DOUBLE, lat DOUBLE) -> BIGINT": (
        "The nested HEALPix index, at an order from 0 to 29, of a place in degrees."
    ),
    "ivo_healpix_index(hpxOrder INTEGER, place POINT) -> BIGINT": (
        "The nested HEALPix index, at an order from 0 to 29, of a point."
    ),
    "ivo_healpix_center(hpxOrder INTEGER, hpxIndex BIGINT) -> POINT": (
        "The centre of a cell, by its nested HEALPix index."
    ),
    "ivo_epoch_prop_pos(ra DOUBLE, dec DOUBLE, parallax DOUBLE, pmra DOUBLE, pmdec DOUBLE, "
    "radial_velocity DOUBLE, ref_epoch DOUBLE, out_epoch DOUBLE) -> POINT": (
        "Where a star in straight motion is at another epoch; degrees, mas, mas/yr, km/s, Julian "
        "years. NULL in parallax and motions stands for 0."
    ),
    "ivo_geom_transform(from_sys VARCHAR, to_sys VARCHAR, geo GEOMETRY) -> GEOMETRY": (
        "A point, circle or polygon in another frame: ICRS, FK5, GALACTIC or ECLIPTIC."
    ),
    "ivo_simbadpoint(identifier VARCHAR) -> POINT": (
        "Where a galaxy, cluster or nebula is, by its name in OpenNGC; nothing is asked of Simbad."
    ),
    "ivo_to_jd(d TIMESTAMP) -> DOUBLE": "The Julian Date of a timestamp.",
    "ivo_to_mjd(d TIMESTAMP) -> DOUBLE": "The Modified Julian Date of a timestamp.",
    "ivo_string_agg(expression VARCHAR, delimiter VARCHAR) -> VARCHAR": (
        "An aggregate: the texts of a group, with the delimiter between them."
    ),
    "ivo_histogram(vals REAL, lower REAL, upper REAL, nbins INTEGER) -> INTEGER[]": (
        "An aggregate: an array of the number of values below lower, in each of the bins, and from "
        "upper on."
    ),
    "ivo_nocasematch(value VARCHAR, pattern VARCHAR) -> INTEGER": (
        "1 when the text is like the pattern, whatever the case, else 0."
    ),
    "ivo_hasword(haystack VARCHAR, needle VARCHAR) -> INTEGER": (
        "1 when all words of the second text are in the first, whatever their case, else 0."
    ),
    "ivo_hashlist_has(hashlist VARCHAR, item VARCHAR) -> INTEGER": (
        "1 when a list with # between its words has the word, whatever the case, else 0."
    ),
    "ivo_normal_random(mu DOUBLE, sigma DOUBLE) -> DOUBLE": (
        "A random number of a normal distribution."
    ),
    "ivo_interval_overlaps(a1 DOUBLE, b1 DOUBLE, a2 DOUBLE, b2 DOUBLE) -> INTEGER": (
        "1 when the intervals [a1, b1] and [a2, b2] have a number in common, else 0."
    ),
    "ivo_hms_to_degrees(hms VARCHAR) -> DOUBLE": (
        "Degrees of hours, minutes and seconds: h:m:s, hhmmss or hHmMsS. NULL of anything else."
    ),
    "ivo_dms_to_degrees(dms VARCHAR) -> DOUBLE": (
        "Degrees of degrees, minutes and seconds: d:m:s, ddmmss or dDmMsS. NULL of anything else."
    ),
}
"""The functions as TAPRegExt 1.0 declares them, and what they are for."""
