"""The functions of the IVOA's catalogue of user defined functions, version 1.2."""

from __future__ import annotations

from .adql_clause import QUERY, VALUE, Clause

CLAUSES = (
    Clause(
        "ivo_healpix_index and ivo_healpix_center (features-udf)",
        VALUE,
        valid=(
            "ivo_healpix_index(6, ra, dec)",
            "IVO_HEALPIX_INDEX(6, POINT(ra, dec))",
            "ivo_healpix_center(6, field)",
        ),
        invalid=(
            (
                "ivo_healpix_index(6, ra)",
                "Argument 2 of IVO_HEALPIX_INDEX is a point, and 'ra' is a",
            ),
            (
                "ivo_healpix_index(6.5, ra, dec)",
                "Argument 1 of IVO_HEALPIX_INDEX is a whole number, and 6.5 is",
            ),
            ("ivo_healpix_index(30, ra, dec)", "HEALPix orders go from 0 to 29, and this is 30"),
            (
                "ivo_healpix_center(6, POINT(1, 2))",
                "Argument 2 of IVO_HEALPIX_CENTER is a whole number, and",
            ),
        ),
    ),
    Clause(
        "ivo_epoch_prop_pos (features-udf)",
        VALUE,
        valid=("ivo_epoch_prop_pos(ra, dec, 10, pmra, -3, NULL, 2016, 2000)",),
        invalid=(
            (
                "ivo_epoch_prop_pos(ra, dec, 10, pmra, -3, 2016, 2000)",
                "IVO_EPOCH_PROP_POS takes 8 arguments, not 7",
            ),
            (
                "ivo_epoch_prop_pos(NULL, dec, 10, pmra, -3, 0, 2016, 2000)",
                "Without its position and epochs, a star cannot be followed",
            ),
        ),
    ),
    Clause(
        "ivo_geom_transform (features-udf)",
        VALUE,
        valid=(
            "ivo_geom_transform('ICRS', 'GALACTIC', POINT(ra, dec))",
            "ivo_geom_transform('ECLIPTIC', 'FK5', POLYGON(10, 20, 11, 20, 11, 21))",
        ),
        invalid=(
            (
                "ivo_geom_transform('ICRS', 'galactic', POINT(ra, dec))",
                "The frame 'galactic' is not known here",
            ),
            (
                "ivo_geom_transform('ICRS', 'GALACTIC', ra, dec)",
                "IVO_GEOM_TRANSFORM takes 3 arguments, not 4",
            ),
            (
                "ivo_geom_transform('ICRS', 'GALACTIC', 10)",
                "Argument 3 of IVO_GEOM_TRANSFORM is a point or a circle or a",
            ),
        ),
    ),
    Clause(
        "ivo_to_jd and ivo_to_mjd (features-udf)",
        VALUE,
        valid=(
            "ivo_to_jd(seen)",
            "ivo_to_mjd('2020-01-01T00:00:00')",
        ),
        invalid=(
            ("ivo_to_jd(2020)", "Argument 1 of IVO_TO_JD is a timestamp or a text, and 2020 is"),
            ("ivo_to_mjd('today')", "'today' is no timestamp"),
        ),
    ),
    Clause(
        (
            "Functions of texts: ivo_nocasematch, ivo_hasword, ivo_hashlist_has, "
            "ivo_hms_to_degrees, ivo_dms_to_degrees"
        ),
        VALUE,
        valid=(
            "ivo_nocasematch(name, 'STAR%')",
            "ivo_hasword(name, 'star')",
            "ivo_hashlist_has('a#b', name)",
            "ivo_hms_to_degrees('03:34:45.4')",
            "ivo_dms_to_degrees(name)",
        ),
        invalid=(
            ("ivo_nocasematch(name)", "IVO_NOCASEMATCH takes 2 arguments, not 1"),
            ("ivo_hasword(name, 1)", "Argument 2 of IVO_HASWORD is a text, and 1 is a number"),
            (
                "ivo_hashlist_has(ra, 'a')",
                "Argument 1 of IVO_HASHLIST_HAS is a text, and 'ra' is a number",
            ),
            (
                "ivo_dms_to_degrees(10)",
                "Argument 1 of IVO_DMS_TO_DEGREES is a text, and 10 is a number",
            ),
        ),
    ),
    Clause(
        "Functions of numbers: ivo_normal_random, ivo_interval_overlaps",
        VALUE,
        valid=(
            "ivo_normal_random(gmag, 0.1)",
            "ivo_interval_overlaps(ra, ra + 1, 10, 20)",
        ),
        invalid=(
            ("ivo_normal_random(gmag)", "IVO_NORMAL_RANDOM takes 2 arguments, not 1"),
            ("ivo_interval_overlaps(ra, 10, 20)", "IVO_INTERVAL_OVERLAPS takes 4 arguments, not 3"),
            (
                "ivo_interval_overlaps('a', 'b', 'c', 'd')",
                "Argument 1 of IVO_INTERVAL_OVERLAPS is a number, and 'a' is a",
            ),
        ),
    ),
    Clause(
        "ivo_simbadpoint, of the names that are known without a network",
        VALUE,
        valid=(
            "COORD1(ivo_simbadpoint('M31'))",
            "DISTANCE(POINT(ra, dec), IVO_SIMBADPOINT('ngc 0224'))",
        ),
        invalid=(
            ("ivo_simbadpoint('GJ 699')", "No object is known here as “GJ 699”"),
            ("ivo_simbadpoint(name)", "takes the name of one object, as a text"),
            ("ivo_simbadpoint('M31', 'M32')", "takes the name of one object, as a text"),
            ("ivo_simbadpoint()", "takes the name of one object, as a text"),
        ),
    ),
    Clause(
        "ivo_string_agg (features-udf)",
        QUERY,
        valid=(
            "SELECT ivo_string_agg(label, ', ') FROM small.fields",
            ("SELECT field, ivo_string_agg(name || '!', '#') FROM small.stars GROUP BY field"),
        ),
        invalid=(
            (
                "SELECT ivo_string_agg(label) FROM small.fields",
                "ivo_string_agg takes a text of each row, and one to put",
            ),
            (
                "SELECT ivo_string_agg(label, field) FROM small.fields",
                "ivo_string_agg takes a text of each row, and one to put",
            ),
            (
                "SELECT ivo_string_agg(field, ', ') FROM small.fields",
                "IVO_STRING_AGG joins texts, and here is 'field', which is a",
            ),
            (
                "SELECT label, ivo_string_agg(label, ', ') FROM small.fields",
                "'label' has many values, and an aggregate is selected beside",
            ),
            (
                "SELECT label FROM small.fields WHERE ivo_string_agg(label, ', ') = 'x'",
                "IVO_STRING_AGG cannot stand in WHERE",
            ),
        ),
    ),
)
