"""The rows of the simulated survey that is like SMASH."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from datalab_backend.catalogues.demo.columns import arrow, named
from datalab_backend.catalogues.demo.simulation import (
    dust,
    dwarf,
    photometry,
    pixels,
    smash,
    smash_tables,
    variables,
)
from datalab_backend.catalogues.demo.simulation.exposures import exposures
from datalab_backend.catalogues.demo.simulation.pixels import Floats
from datalab_backend.catalogues.demo.simulation.things import CLASSES, ORIGINS

NOT_DETECTED, NO_ERROR = 99.99, 9.99

# Single exposures are less deep than their sum.
_EXPOSURE_LOSS = 1.2
# Which objects have their single measurements kept, besides the variables.
_KEPT_RANDOM_ID, _KEPT_BRIGHTER_R = 0.8, 22.5
_KEPT_AROUND_DWARF_DEG, _KEPT_AROUND_BRIGHTER_R = 3 / 60, 23.0


@lru_cache(maxsize=96)
def tables(pixel: int, field: int | None = None) -> dict[str, pa.Table]:
    """The rows of one pixel for each table of the survey.

    A field's worth of pixels is remembered, because the tables are filled one after the other.

    Parameters
    ----------
    pixel
        Nested HEALPix number at `pixels.ORDER`.
    field
        Only the rows of this field.
    """
    seen = smash.observe(pixel)
    if field is not None:
        seen = seen.take(seen.field == field)
    names = seen.names()
    return {
        smash_tables.OBJECT.full_name: _object_rows(seen, names),
        smash_tables.SOURCE.full_name: _source_rows(seen, names, pixel),
        smash_tables.TRUTH.full_name: _truth_rows(seen, names),
    }


def _object_rows(seen: smash.Observed, names: pa.Array[Any]) -> pa.Table:
    likely_star = 1 / (1 + np.exp(np.clip((np.abs(seen.sharp) - 0.4) / 0.12, -50, 50)))
    values: dict[str, Any] = {
        "id": names,
        "fieldid": seen.field,
        "ra": seen.ra,
        "dec": seen.dec,
        "depthflag": seen.depthflag,
        "chi": seen.chi,
        "sharp": seen.sharp,
        "prob": likely_star,
        "ebv": seen.ebv,
        "random_id": seen.random_id,
    }
    for band in smash.BANDS:
        found, measured = seen.found[band], seen.bands[band]
        values[f"{band}mag"] = np.where(found, measured.magnitude, NOT_DETECTED)
        error = np.where(found, measured.error, NO_ERROR)
        values[f"{band}err"] = error
        taken = sum(exposure.band == band for exposure in exposures())
        values[f"ndet{band}"] = np.where(found, taken, 0)
        scatter = np.sqrt(error**2 * taken + _variation(seen, band) ** 2) * seen.wobble
        values[f"{band}scatter"] = np.where(found, scatter, NOT_DETECTED)
    values["ndet"] = sum(values[f"ndet{band}"] for band in smash.BANDS)
    return arrow(smash_tables.OBJECT, values)


def _variation(seen: smash.Observed, band: str) -> Floats:
    """The root mean square variation of each object, 0 for what does not vary."""
    known = variables.variables()
    # A variable star spends its time evenly over its amplitude, roughly.
    by_index = [variables.amplitude(variable, band) / np.sqrt(12) for variable in known] + [0.0]
    return np.array(by_index)[seen.things.variable]


def _source_rows(seen: smash.Observed, names: pa.Array[Any], pixel: int) -> pa.Table:
    things = seen.things
    r = np.where(seen.found["r"], seen.bands["r"].magnitude, NOT_DETECTED)
    around = pixels.separation_deg(dwarf.RA, dwarf.DEC, things.ra, things.dec)
    kept = (
        (things.variable >= 0)
        | ((seen.random_id < _KEPT_RANDOM_ID) & (r < _KEPT_BRIGHTER_R))
        | ((around < _KEPT_AROUND_DWARF_DEG) & (r < _KEPT_AROUND_BRIGHTER_R))
    ) & (seen.field == smash.FIELD)
    objects = np.flatnonzero(kept)
    random = pixels.generator("sim_smash.source", pixel)
    noise = photometry.spread(things.radius[objects], smash.SEEING)
    known = variables.variables()
    varying = [(k, known[v]) for k, v in enumerate(things.variable[objects]) if v >= 0]
    magnitudes, errors = [], []
    for exposure in exposures():
        band = exposure.band
        true = things.band(band)[objects] + dust.COEFFICIENTS[band] * seen.ebv[objects]
        for k, variable in varying:
            true[k] += variables.brightness(variable, band, np.array([exposure.mjd]))[0]
        depth = smash.HALF_FOUND[band] + smash.DEPTH_BEYOND - _EXPOSURE_LOSS + exposure.zero_point
        measured = photometry.measure(random, true, depth, noise)
        found = measured.snr > 5
        magnitudes.append(np.where(found, measured.magnitude, NOT_DETECTED))
        errors.append(np.where(found, measured.error, NO_ERROR))
    which = np.tile(objects, len(exposures()))
    exposure_of = np.repeat(np.arange(len(exposures())), len(objects))
    return arrow(
        smash_tables.SOURCE,
        {
            "id": names.take(pa.array(which, pa.int64())),
            "mjd": np.array([exposure.mjd for exposure in exposures()])[exposure_of],
            "filter": named([exposure.band for exposure in exposures()], exposure_of),
            "cmag": np.concatenate(magnitudes),
            "cerr": np.concatenate(errors),
            "ra": seen.ra[which],
            "dec": seen.dec[which],
        },
    )


def _truth_rows(seen: smash.Observed, names: pa.Array[Any]) -> pa.Table:
    things = seen.things
    known = variables.variables()
    masked = np.ma.masked_invalid
    constant = things.variable < 0
    values = {
        "id": names,
        "ra": things.ra,
        "dec": things.dec,
        "class": named(CLASSES, things.kind),
        "origin": named(ORIGINS, things.origin),
        "radius": things.radius,
        "redshift": things.redshift,
        "distance_pc": masked(things.distance),
        "feh": masked(things.metallicity),
        "variable": named(
            [variable.kind for variable in known], np.ma.array(things.variable, mask=constant)
        ),
    }
    for name in ("period", "amplitude", "epoch"):
        of_known = np.array([getattr(variable, name) for variable in known])
        values[name] = np.ma.array(of_known[things.variable], mask=constant)
    values |= {f"true_{band}": things.band(band) for band in smash.BANDS}
    return arrow(smash_tables.TRUTH, values)
