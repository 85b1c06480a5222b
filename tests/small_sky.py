"""A small sky with everything in it that is easily lost on the way to a client."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.metadata import Column, DataType, Schema, Table
from small_images import make_small_images

STARS = 20_000

ENDLESS = (
    "SELECT COUNT(*) FROM small.stars AS a, small.stars AS b, small.stars AS c "
    "WHERE SIN(a.ra) * SIN(b.ra) * SIN(c.ra) > 2"
)
"""A query that would take days."""

SCHEMA = Schema("small", "A small made-up sky <for tests> & nothing else.")

STARS_TABLE = Table(
    "small",
    "stars",
    (
        Column(
            "source_id", DataType.BIGINT, "Identifier above 2**53.", ucd="meta.id", principal=True
        ),
        Column("ra", DataType.DOUBLE, "Right ascension (ICRS).", "deg", "pos.eq.ra;meta.main"),
        Column("dec", DataType.DOUBLE, "Declination (ICRS).", "deg", "pos.eq.dec;meta.main"),
        Column("gmag", DataType.REAL, "G < 21 & brighter.", "mag", "phot.mag;em.opt"),
        Column("pmra", DataType.DOUBLE, "Null or NaN for some.", "mas.yr-1", "pos.pm"),
        Column("epochs", DataType.SMALLINT, "Number of epochs.", ucd="meta.number"),
        Column("field", DataType.INTEGER, "Field number.", ucd="meta.id;obs.field"),
        Column("variable", DataType.BOOLEAN, "Whether it varies."),
        Column("name", DataType.VARCHAR, "Name; “quotes”, <tags>, λ.", ucd="meta.id"),
        Column("seen", DataType.TIMESTAMP, "First seen.", ucd="time.epoch"),
    ),
    "Stars all over the sky, poles and RA 0 included. Simulated.",
    credit="Made up for the tests <nobody>.",
    simulated=True,
    position=("ra", "dec"),
)

FIELDS_TABLE = Table(
    "small",
    "fields",
    (
        Column("field", DataType.INTEGER, "Field number.", ucd="meta.id;obs.field"),
        Column("label", DataType.VARCHAR, "Label of the field."),
    ),
    "Fields, which have no positions.",
)


def make_small_sky(data: Path) -> None:
    """Put the small sky into a data directory."""
    store = CatalogueStore(data)
    ingest(store, SCHEMA, STARS_TABLE, _stars())
    ingest(store, SCHEMA, FIELDS_TABLE, _fields())
    make_small_images(data)


def copy_small_sky(data: Path, to: Path) -> Path:
    """Copy the catalogues of a data directory, without what a server put there for itself."""
    return shutil.copytree(data, to, ignore=shutil.ignore_patterns("jobs", "tmp", "server.lock"))


def _stars() -> pa.Table:
    rng = np.random.default_rng(20260101)
    ra = rng.uniform(0, 360, STARS)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, STARS)))
    ra[:4], dec[:4] = (0.0, 359.99999999, 12.3, 200.0), (0.0, 1e-9, 90.0, -90.0)
    number = np.arange(STARS)
    pmra = rng.normal(0, 5, STARS)
    pmra[5:200:10] = np.nan
    names = np.where(number % 50 == 0, 'β "1" <a>&b,\n', [f"star {n}" for n in number])
    columns = [
        pa.array(2**60 + 7 * number.astype(np.int64)),
        pa.array(ra),
        pa.array(dec),
        pa.array(rng.uniform(8, 21, STARS).astype(np.float32)),
        pa.array(pmra, mask=number % 10 == 0),
        pa.array((number % 300 - 100).astype(np.int16)),
        pa.array((number % 7).astype(np.int32)),
        pa.array(number % 3 == 0, mask=number % 11 == 0),
        pa.array(names, mask=number % 13 == 0),
        pa.array(np.datetime64("2014-07-25T10:30:00", "us") + number * np.timedelta64(1, "D")),
    ]
    return pa.Table.from_arrays(columns, schema=arrow_schema(STARS_TABLE.columns))


def _fields() -> pa.Table:
    rows = [{"field": n, "label": f"Field {n}"} for n in range(7)]
    return pa.Table.from_pylist(rows, arrow_schema(FIELDS_TABLE.columns))
