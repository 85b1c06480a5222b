"""The OpenNGC catalogue: the NGC and IC objects, real data carried by the package ``pyongc``."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing

import pyarrow as pa
import pyongc  # type: ignore[import-untyped]

from datalab_backend.catalogues.demo.columns import (
    arrow,
    declination,
    magnitude,
    right_ascension,
    text,
)
from datalab_backend.metadata import Column, DataType, Schema, Table

SCHEMA = Schema("openngc", "OpenNGC, the NGC and IC catalogues with modern data (real data).")

CREDIT = (
    "OpenNGC by Mattia Verga (https://github.com/mattiaverga/OpenNGC), built from NED, HyperLEDA, "
    "SIMBAD and HEASARC. Licence CC BY-SA 4.0. Carried by the Python package pyongc."
)


def _photometry(name: str, band: str, wave: str) -> Column:
    return magnitude(name, f"Magnitude in the {band} band", f"phot.mag;em.{wave}")


TABLE = Table(
    schema=SCHEMA.name,
    name="objects",
    description=(
        "Real data: galaxies, star clusters and nebulae of the NGC and IC catalogues and a short "
        "addendum. Seven entries that proved not to exist have no position."
    ),
    credit=CREDIT,
    position=("ra", "dec"),
    columns=(
        text("name", "Name in the NGC, the IC or the addendum", "meta.id;meta.main", True),
        text("type", "Short type: G galaxy, OCl open cluster, PN …", "src.class", True),
        text("type_name", "The type in words", "src.class"),
        right_ascension("ra", "Right ascension (ICRS, J2000)"),
        declination("dec", "Declination (ICRS, J2000)"),
        text("const", "Constellation, abbreviated as by the IAU", "pos"),
        Column(
            "majax",
            DataType.REAL,
            "Major axis",
            unit="arcmin",
            ucd="phys.angSize.smajAxis",
            principal=True,
        ),
        Column("minax", DataType.REAL, "Minor axis", unit="arcmin", ucd="phys.angSize.sminAxis"),
        Column(
            "pa",
            DataType.SMALLINT,
            "Position angle of the major axis, north through east",
            unit="deg",
            ucd="pos.posAng",
        ),
        _photometry("bmag", "B", "opt.B"),
        _photometry("vmag", "V", "opt.V"),
        _photometry("jmag", "J", "IR.J"),
        _photometry("hmag", "H", "IR.H"),
        _photometry("kmag", "K", "IR.K"),
        Column(
            "sbrightn",
            DataType.REAL,
            "Mean surface brightness within the 25 mag/arcsec2 isophote in B (galaxies)",
            unit="mag/arcsec**2",
            ucd="phot.mag.sb;em.opt.B",
        ),
        text("hubble", "Hubble type (galaxies)", "src.morph.type"),
        Column("parallax", DataType.REAL, "Parallax", unit="mas", ucd="pos.parallax"),
        Column(
            "pmra",
            DataType.REAL,
            "Proper motion in right ascension, times cos(dec)",
            unit="mas/yr",
            ucd="pos.pm;pos.eq.ra",
        ),
        Column(
            "pmdec",
            DataType.REAL,
            "Proper motion in declination",
            unit="mas/yr",
            ucd="pos.pm;pos.eq.dec",
        ),
        Column(
            "radvel",
            DataType.REAL,
            "Heliocentric radial velocity",
            unit="km/s",
            ucd="spect.dopplerVeloc.opt",
        ),
        Column("redshift", DataType.REAL, "Heliocentric redshift", ucd="src.redshift"),
        _photometry("cstarumag", "U (of the central star)", "opt.U"),
        _photometry("cstarbmag", "B (of the central star)", "opt.B"),
        _photometry("cstarvmag", "V (of the central star)", "opt.V"),
        Column("messier", DataType.SMALLINT, "Number in Messier's catalogue", ucd="meta.id.cross"),
        text("ngc", "NGC number of the same object under another name", "meta.id.cross"),
        text("ic", "IC number of the same object under another name", "meta.id.cross"),
        text("cstarnames", "Names of the central star", "meta.id.cross"),
        text("identifiers", "Names in other catalogues, split by commas", "meta.id.cross"),
        text("commonnames", "Common names, split by commas", "meta.id", True),
        text("nednotes", "Notes taken from NED", "meta.note"),
        text("ongcnotes", "Notes by the makers of OpenNGC", "meta.note"),
        Column(
            "notngc",
            DataType.BOOLEAN,
            "Whether the object is from the addendum, neither NGC nor IC",
            ucd="meta.code",
        ),
    ),
)

# The database keeps positions in radians and says "nothing" with an empty text.
_EXPRESSIONS = {
    "type_name": "typedesc",
    "ra": f"ra * {180 / math.pi!r}",
    "dec": f"dec * {180 / math.pi!r}",
    "messier": "CAST(nullif(messier, '') AS INTEGER)",
}


def _expression(column: Column) -> str:
    if column.name in _EXPRESSIONS:
        return _EXPRESSIONS[column.name]
    return f"nullif({column.name}, '')" if column.datatype is DataType.VARCHAR else column.name


def objects() -> pa.Table:
    """Read the objects from the database of the package ``pyongc``.

    Returns
    -------
    pyarrow.Table
        The columns of `TABLE`, positions in degrees.
    """
    expressions = ", ".join(_expression(column) for column in TABLE.columns)
    query = (
        f"SELECT {expressions} FROM objects NATURAL JOIN objTypes "  # noqa: S608 - no user input
        "ORDER BY id"
    )
    with closing(sqlite3.connect(f"file:{pyongc.DBPATH}?mode=ro", uri=True)) as database:
        rows = database.execute(query).fetchall()
    values = dict(zip((c.name for c in TABLE.columns), zip(*rows, strict=True), strict=True))
    values["notngc"] = tuple(bool(cell) for cell in values["notngc"])
    return arrow(TABLE, values)
