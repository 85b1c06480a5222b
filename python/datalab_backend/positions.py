"""Which columns of a table are its position and its identifier, told by UCD or else by name."""

from __future__ import annotations

from collections.abc import Sequence

from datalab_backend.metadata import Column, DataType

RA_UCD, DEC_UCD, ID_UCD = "pos.eq.ra", "pos.eq.dec", "meta.id"
MAIN = ";meta.main"

DEGREES = ("", "deg", "degree", "degrees")
"""How a column says that it is in degrees; one without a unit is taken to be."""

_POSITION_NAMES = (
    ("ra", "dec"),
    ("raj2000", "dej2000"),
    ("_raj2000", "_dej2000"),
    ("ra_icrs", "de_icrs"),
    ("raj2000", "decj2000"),
    ("ra2000", "dec2000"),
    ("ra_deg", "dec_deg"),
    ("radeg", "dedeg"),
    ("radeg", "decdeg"),
    ("alpha_j2000", "delta_j2000"),
    ("alphawin_j2000", "deltawin_j2000"),
    ("target_ra", "target_dec"),
    ("rightascension", "declination"),
    ("right_ascension", "declination"),
    ("s_ra", "s_dec"),
)
_ID_NAMES = (
    *("source_id", "sourceid", "objid", "object_id", "objectid", "id", "obj_id", "src_id"),
    *("targetid", "ls_id", "coadd_object_id", "identifier", "designation", "name"),
)
_NUMBERS = (DataType.REAL, DataType.DOUBLE)


def guess_position(columns: Sequence[Column]) -> tuple[str, str] | None:
    """The columns with right ascension and declination in degrees, None when there are none."""
    return find_position([column for column in columns if column.unit in DEGREES])


def find_position(columns: Sequence[Column]) -> tuple[str, str] | None:
    """The columns with right ascension and declination in whatever unit."""
    numbers = [c for c in columns if c.datatype in _NUMBERS and not c.is_array]
    for suffix in (MAIN, ""):
        found = [
            [c.name for c in numbers if c.ucd.lower() == ucd + suffix] for ucd in (RA_UCD, DEC_UCD)
        ]
        if all(len(names) == 1 for names in found):
            return found[0][0], found[1][0]
    by_name = {column.name.casefold(): column.name for column in numbers}
    for lon, lat in _POSITION_NAMES:
        if lon in by_name and lat in by_name:
            return by_name[lon], by_name[lat]
    return None


def find_identifier(columns: Sequence[Column]) -> str | None:
    """The column that names each row, None when none says so."""
    kinds = (DataType.INTEGER, DataType.BIGINT, DataType.CHAR, DataType.VARCHAR)
    fit = [column for column in columns if column.datatype in kinds and not column.is_array]
    for ucd in (ID_UCD + MAIN, ID_UCD):
        found = [column.name for column in fit if column.ucd.lower() == ucd]
        if len(found) == 1:
            return found[0]
    by_name = {column.name.casefold(): column.name for column in fit}
    return next((by_name[name] for name in _ID_NAMES if name in by_name), None)
