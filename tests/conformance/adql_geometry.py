"""Geometry (ADQL 2.1, section 4.2)."""

from __future__ import annotations

from .adql_clause import CONDITION, VALUE, Clause

CLAUSES = (
    Clause(
        "<point> (features-adqlgeo)",
        VALUE,
        valid=(
            "POINT(ra, dec)",
            "POINT('ICRS', ra, dec)",
            "POINT('', ra, dec)",
            "POINT(ra + 1, -dec)",
        ),
        invalid=(
            ("POINT(ra)", "POINT takes 2 arguments, not 1"),
            ("POINT(ra, dec, 1)", "POINT takes 2 arguments, not 3"),
            ("POINT('FK4', ra, dec)", "The coordinate system 'FK4' is not known here"),
            ("POINT(ra, 'dec')", "Argument 2 of POINT is a number, and 'dec' is a text"),
            ("POINT(10, 91)", "A declination lies between -90 and 90 degrees, not at 91"),
            ("POINT(POINT(1, 2))", "POINT takes 2 arguments, not 1"),
        ),
    ),
    Clause(
        "<circle> and <circle_center>",
        VALUE,
        valid=(
            "CIRCLE(10, 20, 1)",
            "CIRCLE('ICRS', ra, dec, 1)",
            "CIRCLE(POINT(ra, dec), 1)",
            "CIRCLE('ICRS', POINT(10, 20), gmag)",
        ),
        invalid=(
            ("CIRCLE(10, 20)", "Argument 1 of CIRCLE is a point, and 10 is a number"),
            ("CIRCLE(10, 20, -1)", "A radius lies between 0 and 180 degrees, not at -1"),
            ("CIRCLE(10, 20, 181)", "A radius lies between 0 and 180 degrees, not at 181"),
            ("CIRCLE(10, 95, 1)", "A declination lies between -90 and 90 degrees, not at 95"),
            ("CIRCLE(POINT(10, 20))", "CIRCLE takes 2 or 3 arguments, not 1"),
            ("CIRCLE(10, 20, '1')", "Argument 3 of CIRCLE is a number, and '1' is a text"),
            ("CIRCLE('GALACTIC', 10, 20, 1)", "The coordinate system 'GALACTIC' is not known here"),
        ),
    ),
    Clause(
        "<box> and <box_center>",
        VALUE,
        valid=(
            "BOX(10, 20, 1, 2)",
            "BOX('ICRS', 10, 20, 1, 2)",
            "BOX(POINT(10, 20), 1, 2)",
            "BOX(ra, dec, 1, 2)",
            "BOX('ICRS', POINT(ra, dec), 1, 2)",
        ),
        invalid=(
            ("BOX(10, 20, 1)", "Argument 1 of BOX is a point, and 10 is a number"),
            ("BOX(10, 20, 1, 180)", "A box is less than 180 degrees wide and high, not 180"),
            ("BOX(10, 20, -1, 1)", "A box is less than 180 degrees wide and high, not -1"),
            ("BOX(10, 100, 1, 1)", "A declination lies between -90 and 90 degrees, not at 100"),
            ("BOX('FK5', 10, 20, 1, 1)", "The coordinate system 'FK5' is not known here"),
        ),
    ),
    Clause(
        "<polygon> and <polygon_vertices>",
        VALUE,
        valid=(
            "POLYGON(10, -10.5, 20, 20.5, 30, 30.5)",
            "POLYGON('ICRS', 10, 20, 11, 20, 11, 21, 10, 21)",
            "POLYGON(POINT(10, 20), POINT(11, 20), POINT(11, 21))",
            "POLYGON(POINT(1, 2), POINT(3, 2), POINT(3, 4), POINT(1, 5))",
            "POLYGON(POINT(1, 2), POINT(3, 2), POINT(3, 4), POINT(1, 5), POINT(0, 3))",
            "POLYGON(ra, dec + 1, ra - 1, dec - 1, ra + 1, dec - 1)",
        ),
        invalid=(
            (
                "POLYGON(10, 20, 11, 20)",
                "A polygon is three or more pairs of numbers, or three or more",
            ),
            (
                "POLYGON(10, 20, 11, 20, 11)",
                "A polygon is three or more pairs of numbers, or three or more",
            ),
            (
                "POLYGON(10, 20, 11, 20, 11, 21, 12)",
                "A polygon is three or more pairs of numbers, or three or more",
            ),
            (
                "POLYGON(POINT(10, 20), POINT(11, 20))",
                "A polygon is three or more pairs of numbers, or three or more",
            ),
            (
                "POLYGON(POINT(10, 20), POINT(11, 20), 11, 21)",
                "A polygon is three or more pairs of numbers, or three or more",
            ),
            (
                "POLYGON(10, 20, 11, 20, 11, 91)",
                "A declination lies between -90 and 90 degrees, not at 91",
            ),
            (
                "POLYGON(0, 0, 120, 0, 240, 0)",
                "A polygon lies within half of the sky, and this one is wider",
            ),
            ("POLYGON()", "A polygon is three or more pairs of numbers, or three or more"),
        ),
    ),
    Clause(
        "<region>",
        VALUE,
        valid=(
            "REGION('CIRCLE ICRS 10 20 1')",
            "REGION('circle 10 20 1')",
            "REGION('POLYGON 10 20 11 20 11 21')",
            "REGION('BOX ICRS 10 20 1 1')",
            "REGION('POSITION 10 20')",
        ),
        invalid=(
            ("REGION('SQUARE 10 20 1')", "'SQUARE 10 20 1' is no region"),
            ("REGION('CIRCLE 10 20')", "'CIRCLE 10 20' is no circle"),
            ("REGION('CIRCLE ten 20 1')", "'CIRCLE ten 20 1' is no circle"),
            ("REGION('CIRCLE GALACTIC 10 20 1')", "'CIRCLE GALACTIC 10 20 1' is no circle"),
            ("REGION(name)", "REGION takes a text, which is the same in every row"),
            ("REGION('')", "'' is no region"),
            ("REGION(1)", "REGION takes a text, which is the same in every row"),
        ),
    ),
    Clause(
        "<contains>",
        CONDITION,
        valid=(
            "1 = CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1))",
            "CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 10, 20, 1)) = 1",
            "0 = CONTAINS(POINT(ra, dec), BOX(10, 20, 1, 1))",
            "1 = CONTAINS(POINT(ra, dec), POLYGON(10, 20, 11, 20, 11, 21))",
            "1 = CONTAINS(POINT(ra, dec), REGION('CIRCLE 10 20 1'))",
            "1 = CONTAINS(CIRCLE(ra, dec, 1), CIRCLE(10, 20, 5))",
        ),
        invalid=(
            (
                "CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1))",
                "WHERE needs a condition, and this is only a value",
            ),
            ("1 = CONTAINS(POINT(ra, dec))", "CONTAINS takes 2 arguments, not 1"),
            ("1 = CONTAINS(ra, dec, CIRCLE(10, 20, 1))", "CONTAINS takes 2 arguments, not 3"),
            (
                "1 = CONTAINS(CIRCLE(10, 20, 1), POINT(ra, dec))",
                "Argument 2 of CONTAINS is a circle or a polygon, and POINT(…)",
            ),
            (
                "1 = CONTAINS(POINT(ra, dec), POINT(10, 20))",
                "Argument 2 of CONTAINS is a circle or a polygon, and POINT(…)",
            ),
            (
                "'yes' = CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1))",
                "'yes' is a text and CONTAINS(…) is a number: they cannot be",
            ),
        ),
    ),
    Clause(
        "<intersects>",
        CONDITION,
        valid=(
            "1 = INTERSECTS(CIRCLE(ra, dec, 1), CIRCLE(10, 20, 1))",
            "1 = INTERSECTS(POINT(ra, dec), CIRCLE(10, 20, 1))",
            "1 = INTERSECTS(BOX(10, 20, 1, 1), POINT(ra, dec))",
        ),
        invalid=(
            (
                "INTERSECTS(CIRCLE(ra, dec, 1), CIRCLE(10, 20, 1))",
                "WHERE needs a condition, and this is only a value",
            ),
            (
                "1 = INTERSECTS(POINT(ra, dec), POINT(10, 20))",
                "Argument 2 of INTERSECTS is a circle or a polygon, and",
            ),
            ("1 = INTERSECTS(CIRCLE(ra, dec, 1))", "INTERSECTS takes 2 arguments, not 1"),
            (
                "1 = INTERSECTS(ra, CIRCLE(10, 20, 1))",
                "Argument 1 of INTERSECTS is a point or a circle or a polygon,",
            ),
        ),
    ),
    Clause(
        "<area>, <centroid>, <coord1>, <coord2>, <extract_coordsys>",
        VALUE,
        valid=(
            "AREA(CIRCLE(10, 20, 1))",
            "AREA(POINT(ra, dec))",
            "AREA(BOX(10, 20, 1, 1))",
            "CENTROID(CIRCLE(10, 20, 1))",
            "CENTROID(POINT(ra, dec))",
            "COORD1(POINT(ra, dec))",
            "COORD2(CENTROID(CIRCLE(ra, dec, 1)))",
            "COORDSYS(CIRCLE(10, 20, 1))",
        ),
        invalid=(
            ("AREA(10)", "Argument 1 of AREA is a point or a circle or a polygon, and"),
            ("AREA()", "AREA takes 1 argument, not 0"),
            ("CENTROID(10, 20)", "CENTROID takes 1 argument, not 2"),
            (
                "COORD1(CIRCLE(10, 20, 1))",
                "Argument 1 of COORD1 is a point, and CIRCLE(…) is a circle",
            ),
            ("COORD2(ra)", "Argument 1 of COORD2 is a point, and 'ra' is a number"),
            ("COORDSYS('ICRS')", "Argument 1 of COORDSYS is a point or a circle or a polygon,"),
        ),
    ),
    Clause(
        "<distance_function>",
        VALUE,
        valid=(
            "DISTANCE(ra, dec, 10, 20)",
            "DISTANCE(POINT(ra, dec), POINT(10, 20))",
            "DISTANCE(POINT('ICRS', ra, dec), CENTROID(CIRCLE(10, 20, 1)))",
        ),
        invalid=(
            ("DISTANCE(ra, dec)", "Argument 1 of DISTANCE is a point, and 'ra' is a number"),
            ("DISTANCE(ra, dec, 10)", "DISTANCE takes 2 or 4 arguments, not 3"),
            ("DISTANCE(POINT(ra, dec), 10, 20)", "DISTANCE takes 2 or 4 arguments, not 3"),
            (
                "DISTANCE(POINT(ra, dec), CIRCLE(10, 20, 1))",
                "Argument 2 of DISTANCE is a point, and CIRCLE(…) is a circle",
            ),
            (
                "DISTANCE(ra, dec, 10, 95)",
                "A declination lies between -90 and 90 degrees, not at 95",
            ),
        ),
    ),
)
