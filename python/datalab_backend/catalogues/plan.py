"""What table many files become: one set of columns, a position, and what each file must change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from datalab_backend.catalogues.files import Source
from datalab_backend.catalogues.sidecar import ColumnNotes, Sidecar
from datalab_backend.catalogues.unify import Unified, unify
from datalab_backend.catalogues.versions import HEALPIX_COLUMN
from datalab_backend.errors import UsageError
from datalab_backend.formats.votable import without_unfit
from datalab_backend.lazy import importing
from datalab_backend.metadata import Column, DataType, Table, unique_names
from datalab_backend.positions import (
    DEC_UCD,
    DEGREES,
    ID_UCD,
    MAIN,
    RA_UCD,
    find_identifier,
    find_position,
)

_TILES = ("norder", "dir", "npix")
_UCDS = {
    "parallax": "pos.parallax",
    "plx": "pos.parallax",
    "pmra": "pos.pm;pos.eq.ra",
    "pm_ra": "pos.pm;pos.eq.ra",
    "pmdec": "pos.pm;pos.eq.dec",
    "pm_dec": "pos.pm;pos.eq.dec",
    "pmde": "pos.pm;pos.eq.dec",
    "redshift": "src.redshift",
    "mjd": "time.epoch",
    "ebv": "phot.color.excess",
    "glon": "pos.galactic.lon",
    "glat": "pos.galactic.lat",
}
"""UCDs of columns whose name leaves no doubt."""

_ERROR = re.compile(r"^(e|d|err|sig|sigma|unc)_|err|_unc|_sig")
_WHOLE = (DataType.SMALLINT, DataType.INTEGER, DataType.BIGINT)
_HOURS = ("h", "hr", "hour", "hours", "hourangle")


@dataclass(frozen=True, slots=True)
class Planned:
    """A column of the table, and how its values come about.

    Attributes
    ----------
    column
        The column.
    origin
        Its name in the files, without case.
    null
        The value that stands for null.
    factor
        What its values are multiplied by.
    """

    column: Column
    origin: str
    null: float | str | None = None
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What the files become.

    Attributes
    ----------
    table
        The metadata, without the number of rows.
    columns
        Where each of its columns comes from.
    id
        The name of the column that names each row, or None.
    notes
        What was guessed and changed, as sentences.
    """

    table: Table
    columns: tuple[Planned, ...]
    id: str | None
    notes: tuple[str, ...]


def make_plan(table: Table, sources: Sequence[Source], sidecar: Sidecar) -> Plan:
    """Say what table the files become.

    Parameters
    ----------
    table
        Its names, and the description, credit and simulated that are given; no columns.
    sources
        The files.
    sidecar
        What is said of them; what it says goes before what the files say.

    Raises
    ------
    UsageError
        When the files do not go together, or the sidecar speaks of columns they do not have.
    """
    unified = unify(sources, {name: n.type for name, n in sidecar.columns.items() if n.type})
    _check_known(sidecar, unified)
    notes = list(unified.notes)
    planned = _planned(unified, sidecar, notes)
    position = _position(planned, sources, sidecar)
    if position:
        planned = [_in_degrees(p, position, notes) for p in planned]
    else:
        notes.append(
            "No columns with a position were found, so the table is not on the sky. "
            "Name them with --ra and --dec if there are."
        )
    planned, identifier = _identified(planned, sidecar, notes)
    planned = [_with_ucd(p, notes) for p in planned]
    title = (
        f"{sidecar.title}." if sidecar.title and sidecar.title[-1] not in ".!?" else sidecar.title
    )
    description = f"{title} {sidecar.description}".strip()
    described = next((s.description for s in sources if s.description), "")
    complete = replace(
        table,
        columns=tuple(p.column for p in planned),
        description=without_unfit(table.description or description or described),
        credit=without_unfit(
            table.credit or sidecar.credit or next((s.credit for s in sources if s.credit), "")
        ),
        simulated=table.simulated or sidecar.simulated,
        position=position,
    )
    if position:
        notes.append(f"The position is in {position[0]}, {position[1]}.")
    return Plan(complete, tuple(planned), identifier, tuple(dict.fromkeys(notes)))


def _check_known(sidecar: Sidecar, unified: Unified) -> None:
    wanted = [*sidecar.columns, *(sidecar.position or ()), *([sidecar.id] if sidecar.id else [])]
    there = {column.name.casefold() for column in unified.columns}
    for name in wanted:
        if name.casefold() not in there:
            raise UsageError(
                f"The files have no column {name}.",
                f"They have {', '.join(column.name for column in unified.columns)}.",
            )


def _planned(unified: Unified, sidecar: Sidecar, notes: list[str]) -> list[Planned]:
    kept = []
    for column in unified.columns:
        origin = column.name.casefold()
        if origin == HEALPIX_COLUMN or (unified.is_hats and origin in _TILES):
            notes.append(f"The column {column.name} is left out; it is made anew.")
            continue
        told = sidecar.columns.get(origin, ColumnNotes())
        if told.leave_out:
            notes.append(f"The column {column.name} is left out, as the sidecar says.")
            continue
        changed = replace(
            column,
            name=told.name or column.name,
            unit=column.unit if told.unit is None else told.unit,
            ucd=column.ucd if told.ucd is None else told.ucd,
            utype=column.utype if told.utype is None else told.utype,
            description=column.description if told.description is None else told.description,
            principal=column.principal if told.principal is None else told.principal,
        )
        fit = _fit(changed)
        if fit.name != changed.name:
            notes.append(f"A column is now called {fit.name}: its name has control characters.")
        kept.append(Planned(fit, origin, told.null))
    names = unique_names([p.column.name for p in kept])
    for p, name in zip(kept, names, strict=True):
        if name != p.column.name:
            notes.append(f"Two columns are called {p.column.name}; one is now {name}.")
    return [
        replace(p, column=replace(p.column, name=name)) for p, name in zip(kept, names, strict=True)
    ]


def _fit(column: Column) -> Column:
    return replace(
        column,
        name=without_unfit(column.name),
        unit=without_unfit(column.unit),
        ucd=without_unfit(column.ucd),
        utype=without_unfit(column.utype),
        xtype=without_unfit(column.xtype),
        description=without_unfit(column.description),
    )


def _position(
    planned: Sequence[Planned], sources: Sequence[Source], sidecar: Sidecar
) -> tuple[str, str] | None:
    given = sidecar.position
    if given is None:
        given = next((s.position for s in sources if s.position), None)
    if given is None:
        # Values that happen to be whole are positions too.
        return find_position([_floating(p.column) for p in planned])
    if not given:
        return None
    by_origin = {p.origin: p.column for p in planned}
    found = []
    for name in given:
        column = by_origin.get(name.casefold())
        if column is None:
            raise UsageError(f"The position is said to be in {name}, which is left out.")
        if column.is_array or column.datatype not in (*_WHOLE, DataType.REAL, DataType.DOUBLE):
            raise UsageError(
                f"The position is said to be in {name}, which is {column.datatype}, not a number.",
                "Give columns with degrees; sexagesimal text must be converted first.",
            )
        found.append(column.name)
    return found[0], found[1]


def _floating(column: Column) -> Column:
    whole = column.datatype in _WHOLE
    return replace(column, datatype=DataType.DOUBLE) if whole else column


def _in_degrees(planned: Planned, position: tuple[str, str], notes: list[str]) -> Planned:
    column = planned.column
    if column.name not in position:
        return planned
    is_ra = column.name == position[0]
    factor = 1.0
    if column.unit not in DEGREES:
        factor = _degrees_in(column, is_ra)
        notes.append(f"{column.name} was in {column.unit}; its values are now in degrees.")
    datatype = DataType.DOUBLE if factor != 1.0 else column.datatype
    if datatype is not DataType.REAL:
        datatype = DataType.DOUBLE
    ucd = column.ucd or (RA_UCD if is_ra else DEC_UCD) + MAIN
    changed = replace(column, datatype=datatype, unit="deg", ucd=ucd, principal=True)
    return replace(planned, column=changed, factor=factor)


def _degrees_in(column: Column, is_ra: bool) -> float:
    if is_ra and column.unit.lower() in _HOURS:
        return 15.0
    with importing:
        import astropy.units as u

    try:
        return float(u.Unit(column.unit).to(u.deg))
    except (ValueError, TypeError):
        raise UsageError(
            f"The position column {column.name} is in “{column.unit}”, which is no angle.",
            "Say its unit in the sidecar: deg, rad, arcsec, or h for hours of right ascension.",
        ) from None


def _identified(
    planned: list[Planned], sidecar: Sidecar, notes: list[str]
) -> tuple[list[Planned], str | None]:
    if sidecar.id:
        name = next((p.column.name for p in planned if p.origin == sidecar.id.casefold()), None)
    else:
        name = find_identifier([p.column for p in planned])
    if name is None:
        return planned, None
    notes.append(f"The identifier is {name}.")

    def told(p: Planned) -> Planned:
        if p.column.name != name:
            return p
        ucd = ID_UCD + MAIN if p.column.ucd in ("", ID_UCD) else p.column.ucd
        return replace(p, column=replace(p.column, ucd=ucd, principal=True))

    return [told(p) for p in planned], name


def _with_ucd(planned: Planned, notes: list[str]) -> Planned:
    column = planned.column
    name = column.name.casefold()
    ucd = _UCDS.get(name, "")
    if column.unit == "mag" and "mag" in name and not column.is_array:
        ucd = "stat.error;phot.mag" if _ERROR.search(name) else "phot.mag"
    if column.ucd or not ucd:
        return planned
    notes.append(f"{planned.column.name} was given the UCD {ucd}, from its name.")
    return replace(planned, column=replace(planned.column, ucd=ucd))
