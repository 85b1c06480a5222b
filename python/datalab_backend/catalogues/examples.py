"""Queries to learn from, made of the tables that there are.

Each names tables that exist and asks of them what they can answer: a cone lies where there are
rows, a join follows a column that two tables share. So an empty Data Lab has few examples and a
full one many, and none of them fails. They are ADQL 2.0, which every client's editor knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from datalab_backend.adql.words import quoted
from datalab_backend.catalogues.counts import cells_in
from datalab_backend.catalogues.live import Snapshot
from datalab_backend.catalogues.tap_schema import COLUMNS, TABLES, TAP_SCHEMA
from datalab_backend.lazy import importing
from datalab_backend.metadata import Column, DataType, Table

# HEALPix cells in which to look where the rows are, and radii that reach their corners.
_CONE_ORDER, _CONE_DEG = 6, "1"
_MATCH_ORDER, _MATCH_DEG = 4, "4"

_MOST_COMPARED = 6
"""The most tables of which to find out which share a part of the sky."""

_NUMBERS = (DataType.REAL, DataType.DOUBLE)


@dataclass(frozen=True, slots=True)
class Example:
    """A query that shows how something is done.

    Attributes
    ----------
    id
        A short name in letters and dashes.
    name
        What it does, in a few words.
    explanation
        How it does it, and what to change, in a few sentences.
    query
        The ADQL.
    tables
        The full names of the catalogues that it reads.
    """

    id: str
    name: str
    explanation: str
    query: str
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where on the sky to look, in degrees, as text."""

    lon: str
    lat: str

    def near(self, table: Table, radius: str, alias: str = "") -> str:
        """The condition of being near this place."""
        return _within(_point(table, alias), f"{self.lon}, {self.lat}", radius)


def examples(catalogues: Snapshot) -> list[Example]:
    """The examples of these catalogues, the simplest first."""
    own = [t for t in catalogues.tables if t.schema != TAP_SCHEMA.name and t.rows]
    # What was observed is more worth reading than what was made up; then the greater table.
    own.sort(key=lambda table: (table.simulated, -(table.rows or 0)))
    placed = [table for table in own if table.position]
    return [
        *_about_the_catalogues(),
        *(_on_the_sky(catalogues, placed[0]) if placed else ()),
        *_joins(own),
        *_matches(catalogues, placed[:_MOST_COMPARED]),
    ]


def _about_the_catalogues() -> Iterator[Example]:
    yield Example(
        "tables",
        "Which tables are there?",
        "The catalogues describe themselves in the schema TAP_SCHEMA, which is queried like any "
        "other. This lists the tables with the number of their rows, the largest first; simulated "
        "is 1 where the rows were made up rather than observed.",
        "SELECT table_name, nrows, simulated, description\n"
        "FROM TAP_SCHEMA.tables\n"
        "WHERE schema_name <> 'TAP_SCHEMA'\n"
        "ORDER BY nrows DESC",
        (TABLES.full_name,),
    )
    yield Example(
        "columns",
        "Which columns hold a magnitude?",
        "Each column says what it means by a UCD, a word of a list that all observatories share. "
        "Replace phot.mag by pos.pm for proper motions, src.redshift for redshifts, or meta.id for "
        "identifiers.",
        "SELECT table_name, column_name, unit, description\n"
        "FROM TAP_SCHEMA.columns\n"
        "WHERE ucd LIKE 'phot.mag%'\n"
        "ORDER BY table_name, column_index",
        (COLUMNS.full_name,),
    )


def _on_the_sky(catalogues: Snapshot, table: Table) -> Iterator[Example]:
    place = _busiest(catalogues, [table], _CONE_ORDER)
    if place is None:
        return
    about = _about(table)
    cone = place.near(table, _CONE_DEG)
    shown = ", ".join(quoted(column.name) for column in table.columns[:6])
    yield Example(
        "cone",
        "Everything near a place",
        f"A cone search of {about}: all rows within one degree of a right ascension and "
        "declination in degrees. In ADQL 2.1, DISTANCE(POINT(…), POINT(…)) < 1 says the same.",
        f"SELECT {shown}\nFROM {table.full_name}\nWHERE {cone}",
        (table.full_name,),
    )
    magnitude = _magnitude(table)
    if magnitude is not None:
        mag = quoted(magnitude.name)
        yield Example(
            "brightest",
            "The brightest near a place",
            "TOP keeps the first rows of the order that ORDER BY makes: here the twenty brightest "
            f"of {about} within two degrees, since a fainter magnitude is a larger number.",
            f"SELECT TOP 20 {_lon_lat(table)}, {mag}\n"
            f"FROM {table.full_name}\n"
            f"WHERE {place.near(table, '2')} AND {mag} IS NOT NULL\n"
            f"ORDER BY {mag}",
            (table.full_name,),
        )
        yield Example(
            "counts",
            "How many of each magnitude?",
            f"Counts of {about} in bins of one magnitude, computed by the Data Lab, so that a "
            "histogram of many rows costs a few lines of answer. For half magnitudes write "
            f"FLOOR(2 * {mag}) / 2.",
            f"SELECT bin, COUNT(*) AS number\n"  # noqa: S608 - checked like any query if it is run
            f"FROM (SELECT FLOOR({mag}) AS bin FROM {table.full_name}) AS binned\n"
            f"WHERE bin IS NOT NULL\n"
            f"GROUP BY bin\n"
            f"ORDER BY bin",
            (table.full_name,),
        )
    yield Example(
        "density",
        "How are they spread over the sky?",
        f"The number of rows of {about} in each HEALPix cell (nested, order 4: cells of about four "
        "degrees). Draw the answer as a sky map; a higher order gives smaller cells.",
        f"SELECT cell, COUNT(*) AS number\n"  # noqa: S608 - likewise
        f"FROM (SELECT ivo_healpix_index(4, {_lon_lat(table)}) AS cell "
        f"FROM {table.full_name}) AS cells\n"
        f"GROUP BY cell\n"
        f"ORDER BY number DESC",
        (table.full_name,),
    )
    yield Example(
        "upload",
        "My own table against the catalogue",
        "Send a table of your own along as an upload named mine, with columns ra and dec in "
        f"degrees. Each of its rows comes back with what {about} has within two arcseconds; say "
        "LEFT JOIN to keep the rows that have no counterpart.",
        f"SELECT mine.*, other.*\n"
        f"FROM TAP_UPLOAD.mine AS mine\n"
        f"JOIN {table.full_name} AS other\n"
        f"ON {_within(_point(table, 'other'), 'mine.ra, mine.dec', '2 / 3600.0')}",
        (table.full_name,),
    )


def _joins(tables: Sequence[Table]) -> Iterator[Example]:
    """One example of tables of one schema that share an identifier."""
    for few, many in combinations(sorted(tables, key=lambda table: table.rows or 0), 2):
        shared = _shared_identifier(few, many)
        if few.schema != many.schema or shared is None or few.rows == many.rows:
            continue
        name = quoted(shared.name)
        yield Example(
            "join",
            "Two tables that belong together",
            f"{_about(few, True)} and {_about(many)} share the column {shared.name}. This counts "
            "the rows that the second has for each row of the first, the most first.",
            f"SELECT TOP 20 a.{name}, COUNT(*) AS number\n"
            f"FROM {few.full_name} AS a\n"
            f"JOIN {many.full_name} AS b ON a.{name} = b.{name}\n"
            f"GROUP BY a.{name}\n"
            f"ORDER BY number DESC",
            (few.full_name, many.full_name),
        )
        return


def _matches(catalogues: Snapshot, tables: Sequence[Table]) -> Iterator[Example]:
    """One example of two catalogues of the same part of the sky."""
    for one, other in combinations(tables, 2):
        if one.schema == other.schema:
            continue
        place = _busiest(catalogues, [one, other], _MATCH_ORDER)
        if place is None:
            continue
        few, many = sorted((one, other), key=lambda table: table.rows or 0)
        yield Example(
            "crossmatch",
            "The same sky in two catalogues",
            f"A cross-match: for each row of {_about(few)} around a place, what {_about(many)} has "
            "within one arcminute, with the distance in arcseconds. Make the radius as small as "
            "the positions are accurate.",
            f"SELECT TOP 100 a.{quoted(few.columns[0].name)}, b.{quoted(many.columns[0].name)},\n"
            f"  3600 * DISTANCE({_point(few, 'a')}, {_point(many, 'b')}) AS arcsec\n"
            f"FROM {few.full_name} AS a\n"
            f"JOIN {many.full_name} AS b\n"
            f"ON {_within(_point(many, 'b'), _lon_lat(few, 'a'), '1 / 60.0')}\n"
            f"WHERE {place.near(few, _MATCH_DEG, 'a')}\n"
            f"ORDER BY arcsec",
            (few.full_name, many.full_name),
        )
        return


def _busiest(catalogues: Snapshot, tables: Sequence[Table], order: int) -> _Place | None:
    """The middle of the cell in which each of the tables has the most rows, None for nowhere."""
    cells = np.arange(cells_in(order))
    fewest = None
    for table in tables:
        counts = catalogues.density(table)
        if counts is None:
            return None
        here = counts.at(order, cells)
        fewest = here if fewest is None else np.minimum(fewest, here)
    if fewest is None or not fewest.any():
        return None
    with importing:
        from cdshealpix.nested import healpix_to_lonlat
    lon, lat = healpix_to_lonlat(np.argmax(fewest, keepdims=True), order)
    return _Place(f"{lon.deg[0]:.2f}", f"{lat.deg[0]:.2f}")


def _about(table: Table, begins: bool = False) -> str:
    kind = "simulated table" if table.simulated else "table"
    return f"{'The' if begins else 'the'} {kind} {table.full_name}"


def _lon_lat(table: Table, alias: str = "") -> str:
    prefix = f"{alias}." if alias else ""
    return ", ".join(prefix + quoted(name) for name in table.position or ())


def _point(table: Table, alias: str = "") -> str:
    return f"POINT('ICRS', {_lon_lat(table, alias)})"


def _within(point: str, centre: str, radius: str) -> str:
    return f"1 = CONTAINS({point}, CIRCLE('ICRS', {centre}, {radius}))"


def _magnitude(table: Table) -> Column | None:
    return next(
        (c for c in table.columns if c.ucd.startswith("phot.mag;") and c.datatype in _NUMBERS),
        None,
    )


def _shared_identifier(one: Table, other: Table) -> Column | None:
    for column in one.columns:
        twin = other.column(column.name)
        if column.ucd.startswith("meta.id") and twin and twin.ucd.startswith("meta.id"):
            return column
    return None
