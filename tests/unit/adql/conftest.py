"""Two tables that a query may name, and a real DuckDB that holds them."""

from __future__ import annotations

import math
from collections.abc import Callable

import astropy.units as u
import duckdb
import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import Latitude, Longitude
from cdshealpix import lonlat_to_healpix
from datalab_backend import adql
from datalab_backend.metadata import Column, DataType, Schema, Table, Tables
from sqlglot import exp

STARS = Table(
    "sky",
    "stars",
    (
        Column("id", DataType.BIGINT, "Identifier.", ucd="meta.id"),
        Column("ra", DataType.DOUBLE, "Right ascension.", "deg", "pos.eq.ra"),
        Column("dec", DataType.DOUBLE, "Declination.", "deg", "pos.eq.dec"),
        Column("gmag", DataType.REAL, "G magnitude.", "mag", "phot.mag"),
        Column("field", DataType.INTEGER, "Field."),
        Column("epochs", DataType.SMALLINT, "Epochs."),
        Column("name", DataType.VARCHAR, "Name.", arraysize="*"),
        Column("variable", DataType.BOOLEAN, "Varies."),
        Column("seen", DataType.TIMESTAMP, "First seen.", xtype="timestamp"),
        Column("Weird Name", DataType.INTEGER, "Needs quotes."),
        Column("size", DataType.INTEGER, "A reserved word."),
    ),
    position=("ra", "dec"),
    healpix="_healpix_29",
)
FIELDS = Table(
    "sky",
    "fields",
    (
        Column("field", DataType.INTEGER, "Field."),
        Column("label", DataType.VARCHAR, "Label."),
        Column("depth", DataType.DOUBLE, "Depth.", "mag"),
    ),
)
TABLES = Tables((Schema("sky"),), (STARS, FIELDS))
N = 1000


def healpix(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """The cell of each position, as ingest computes it."""
    return lonlat_to_healpix(Longitude(ra, u.deg), Latitude(dec, u.deg), 29).astype(np.int64)


def relation(table: Table) -> exp.Table:
    return exp.table_(table.name, db=table.schema, quoted=True)


def sql(query: str, limit: int | None = None, tables: Tables = TABLES) -> str:
    checked = adql.check(adql.parse(query), tables)
    return adql.translate(checked, relation, limit, "duckdb").sql("duckdb")


def rows_of_stars() -> pa.Table:
    number = np.arange(N)
    rng = np.random.default_rng(3)
    ra, dec = rng.uniform(0, 360, N), np.degrees(np.arcsin(rng.uniform(-1, 1, N)))
    gmag = pa.array(10 + (number % 100) / 10, pa.float32(), mask=number % 50 == 49)
    return pa.table(
        {
            "id": number + 2**60,
            "ra": ra,
            "dec": dec,
            "gmag": gmag,
            "field": pa.array(number % 7 - 3, pa.int32()),
            "epochs": pa.array(number % 300, pa.int16()),
            "name": pa.array([f"Star {n}" for n in number], mask=number % 10 == 9),
            "variable": number % 4 == 0,
            "seen": np.datetime64("2016-01-01T00:00:00", "us") + number * np.timedelta64(1, "D"),
            "Weird Name": pa.array(number, pa.int32()),
            "size": pa.array(number, pa.int32()),
            "_healpix_29": healpix(ra, dec),
        }
    )


def rows_of_fields() -> pa.Table:
    return pa.table(
        {
            "field": pa.array([-3, -2, -1, 0, 99], pa.int32()),
            "label": ["a", "b", "c", "d", "far"],
            "depth": [20.0, 21.0, 22.0, None, 24.0],
        }
    )


def database(**tables: pa.Table) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA sky")
    for name, rows in tables.items():
        connection.register("rows", rows)
        connection.execute(f'CREATE TABLE sky."{name}" AS SELECT * FROM rows')
        connection.unregister("rows")
    return connection


@pytest.fixture(scope="session")
def connection() -> duckdb.DuckDBPyConnection:
    """A DuckDB with both tables."""
    return database(stars=rows_of_stars(), fields=rows_of_fields())


@pytest.fixture
def rows(connection: duckdb.DuckDBPyConnection) -> Callable[..., list[tuple[object, ...]]]:
    """Run a query to its rows."""
    return lambda query, limit=None: connection.execute(sql(query, limit)).fetchall()


@pytest.fixture
def value(rows: Callable[..., list[tuple[object, ...]]]) -> Callable[[str], object]:
    """The value of an expression for one row of ``sky.stars``, the one with the number 8."""

    def evaluate(expression: str) -> object:
        ((found,),) = rows(f'SELECT {expression} FROM sky.stars WHERE "Weird Name" = 8')
        return found

    return evaluate


def distance(ra1: np.ndarray, dec1: np.ndarray, ra2: float, dec2: float) -> np.ndarray:
    """Angular distance in degrees by vectors, which shares nothing with the haversine formula."""
    a, d, b, e = (np.radians(x) for x in (ra1, dec1, ra2, dec2))
    one = np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)], axis=-1)
    other = np.stack([np.cos(e) * np.cos(b), np.cos(e) * np.sin(b), np.sin(e)], axis=-1)
    sine = np.linalg.norm(np.cross(one, other), axis=-1)
    return np.degrees(np.arctan2(sine, one @ other))


def _adversarial_sky() -> tuple[np.ndarray, np.ndarray]:
    """Positions all over the sky and crowded where formulas and cells have their corners."""
    rng = np.random.default_rng(11)
    ra = [rng.uniform(0, 360, 3000)]
    dec = [np.degrees(np.arcsin(rng.uniform(-1, 1, 3000)))]
    boundary = math.degrees(math.asin(2 / 3))
    corners = [
        *(
            (lon, lat)
            for lon in (0, 45, 90, 180, 315, 359.999999)
            for lat in (0, boundary, -boundary)
        ),
        *((lon, lat) for lon in (0, 123.4) for lat in (90, -90, 89.9999, -89.9999)),
    ]
    for lon, lat in corners:
        reach = 10 ** rng.uniform(-7, 1, 40)
        angle = rng.uniform(0, 2 * np.pi, 40)
        ra.append((lon + reach * np.cos(angle)) % 360)
        dec.append(np.clip(lat + reach * np.sin(angle), -90, 90))
        ra.append(np.array([lon]))
        dec.append(np.array([lat]))
    return np.concatenate(ra), np.concatenate(dec)


RA, DEC = _adversarial_sky()


@pytest.fixture(scope="session")
def sky() -> duckdb.DuckDBPyConnection:
    """`sky.stars` with the adversarial positions, and three rows without one."""
    count = len(RA)
    rows = pa.table(
        {
            "id": np.arange(count),
            "ra": RA,
            "dec": DEC,
            "_healpix_29": healpix(RA, DEC),
        }
    )
    lost = pa.table(
        {
            "id": np.arange(count, count + 3),
            "ra": pa.array([None, 10.0, float("nan")]),
            "dec": pa.array([10.0, None, 10.0]),
            "_healpix_29": pa.array([None, None, -1], pa.int64()),
        }
    )
    return database(stars=pa.concat_tables([rows, lost]))


def identifiers(sky: duckdb.DuckDBPyConnection, condition: str) -> list[int]:
    return [
        i for (i,) in sky.execute(sql(f"SELECT id FROM sky.stars WHERE {condition}")).fetchall()
    ]
