"""A spectroscopic survey like DESI of the objects that the simulated Legacy Survey has found."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datalab_backend.catalogues.demo.columns import (
    arrow,
    declination,
    named,
    right_ascension,
    text,
)
from datalab_backend.catalogues.demo.simulation import legacy, legacy_tables, pixels
from datalab_backend.catalogues.demo.simulation.pixels import Floats
from datalab_backend.catalogues.demo.simulation.things import (
    CLASSES,
    GALAXY,
    ORIGINS,
    QSO,
    STAR,
)
from datalab_backend.metadata import Column, DataType, Schema, Table

SCHEMA = Schema(
    "sim_desi",
    "Simulated redshifts with the columns of DESI's catalogues. No row of it was observed.",
)
CREDIT = legacy_tables.CREDIT

_LIGHT_KM_S = 299_792.458
# Spread of the radial velocities of disc and halo stars in km/s (Bond et al. 2010, ApJ 716, 1).
_DISC_KM_S, _HALO_KM_S = 45.0, 140.0
# The part of the targets that got a fibre.
_OBSERVED = 0.75

_PROGRAMS = ("bright", "dark")
_SUBTYPES = ("M", "K", "G", "F", "A", "LOZ", "HIZ")
# The bluest g - r of each stellar subtype but A (Covey et al. 2007, AJ 134, 2398, table 3).
_SUBTYPE_G_R = (1.25, 0.65, 0.42, 0.22)
_QUASAR_SPLIT = 1.6

# Half of the redshifts of galaxies, quasars and stars fail at these r magnitudes.
_HALF_FAILED = {GALAXY: 23.9, QSO: 23.4, STAR: 22.8}
_REDSHIFT_ERROR = {GALAXY: 3e-5, QSO: 3e-4, STAR: 1.5e-5}
# Even a good spectrum is now and then taken for another class: (truth, taken for, part).
_CONFUSED = ((QSO, GALAXY, 0.015), (GALAXY, QSO, 0.002), (STAR, GALAXY, 0.002))


def _targetid(description: str) -> Column:
    return Column("targetid", DataType.BIGINT, description, ucd="meta.id;meta.main", principal=True)


_LS_ID = Column(
    "ls_id",
    DataType.BIGINT,
    "Identifier of the object in sim_ls.tractor (for joining; not in the real table)",
    ucd="meta.id.cross",
    principal=True,
)

ZPIX = Table(
    schema=SCHEMA.name,
    name="zpix",
    description=(
        "Simulated redshifts and spectral classes of objects of sim_ls.tractor, chosen by their "
        "measured magnitudes, colours and types. Use zwarn = 0 for good ones. What the objects are "
        "in truth is in sim_desi.truth."
    ),
    credit=CREDIT,
    simulated=True,
    position=("mean_fiber_ra", "mean_fiber_dec"),
    columns=(
        _targetid("Identifier of the target, above 2**53"),
        _LS_ID,
        text("survey", "Survey within DESI", "meta.id"),
        text("program", "Program: bright or dark time", "meta.id"),
        Column("healpix", DataType.INTEGER, "HEALPix pixel, nested, nside 64", ucd="pos.healpix"),
        right_ascension("mean_fiber_ra", "Right ascension of the fibre (ICRS)"),
        declination("mean_fiber_dec", "Declination of the fibre (ICRS)"),
        Column("z", DataType.DOUBLE, "Redshift", ucd="src.redshift", principal=True),
        Column("zerr", DataType.DOUBLE, "Error of the redshift", ucd="stat.error;src.redshift"),
        Column(
            "zwarn",
            DataType.BIGINT,
            "0 if the redshift is good, 4 if it is not sure",
            ucd="meta.code",
            principal=True,
        ),
        text("spectype", "Spectral class: GALAXY, QSO or STAR", "src.class", principal=True),
        text("subtype", "Subclass of stars and quasars, null for galaxies", "src.class"),
        Column(
            "deltachi2",
            DataType.DOUBLE,
            "By how much chi2 of the best redshift is better than that of the next",
            ucd="stat.fit.chi2",
        ),
        Column(
            "zcat_primary",
            DataType.BOOLEAN,
            "Whether this is the best row of the target (each has one here)",
            ucd="meta.code",
        ),
        Column(
            "random_id",
            DataType.REAL,
            "Uniform random number from 0 to 100, to take a fair sample",
            ucd="meta.number",
        ),
    ),
)

TRUTH = Table(
    schema=SCHEMA.name,
    name="truth",
    description=(
        "What the simulated targets of sim_desi.zpix are in truth. Join on targetid; more about "
        "each is in sim_ls.truth (join on ls_id)."
    ),
    credit=CREDIT,
    simulated=True,
    position=("ra", "dec"),
    columns=(
        _targetid("Identifier of the target in sim_desi.zpix"),
        _LS_ID,
        right_ascension("ra", "True right ascension (ICRS)"),
        declination("dec", "True declination (ICRS)"),
        text("class", "True class: STAR, GALAXY or QSO", "src.class", principal=True),
        text("origin", "Part of the model that the object comes from", "src.class"),
        Column("true_z", DataType.DOUBLE, "True redshift", ucd="src.redshift", principal=True),
    ),
)


@lru_cache(maxsize=96)
def tables(pixel: int) -> dict[str, pa.Table]:
    """The rows of one pixel for each table of the survey.

    Some are remembered, because the tables are filled one after the other.
    """
    seen = legacy.observe(pixel)
    random = pixels.generator("sim_desi", pixel)
    count = len(seen.ls_id)
    bright, dark = _targets(seen)
    velocity = np.where(seen.things.origin == ORIGINS.index("halo"), _HALO_KM_S, _DISC_KM_S)
    true_z = np.where(
        seen.things.kind == STAR,
        velocity * random.standard_normal(count) / _LIGHT_KM_S,
        seen.things.redshift,
    )
    spectral, z, zerr, quality = _spectra(random, seen, true_z)
    has_fibre = random.random(count) < _OBSERVED
    random_id = random.uniform(0, 100, count)
    chosen = np.flatnonzero((bright | dark) & has_fibre)
    # As DESI packs it: object, brick, release (desitarget.targets.encode_targetid).
    number, release = seen.ls_id & ((1 << 20) - 1), seen.ls_id >> 40
    targetid = (number + (pixel << 22) + (release << 42))[chosen]
    same = {"targetid": targetid, "ls_id": seen.ls_id[chosen]}
    things = seen.things.take(chosen)
    zpix = {
        "survey": pa.repeat("main", len(chosen)),
        "program": named(_PROGRAMS, dark[chosen].astype(np.int8)),
        "healpix": np.full(len(chosen), pixel >> 2 * (pixels.ORDER - 6)),
        "mean_fiber_ra": seen.ra[chosen],
        "mean_fiber_dec": seen.dec[chosen],
        "z": z[chosen],
        "zerr": zerr[chosen],
        "zwarn": np.where(quality[chosen] < 1, 4, 0),
        "spectype": named(CLASSES, spectral[chosen]),
        "subtype": _subtypes(seen, spectral, z, chosen),
        "deltachi2": 25.0 * quality[chosen],
        "zcat_primary": np.full(len(chosen), True),
        "random_id": random_id[chosen],
    }
    truth = {
        "ra": things.ra,
        "dec": things.dec,
        "class": named(CLASSES, things.kind),
        "origin": named(ORIGINS, things.origin),
        "true_z": true_z[chosen],
    }
    return {
        ZPIX.full_name: arrow(ZPIX, same | zpix),
        TRUTH.full_name: arrow(TRUTH, same | truth),
    }


def _targets(seen: legacy.Observed) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Choose the targets of bright and dark time by what was measured.

    The cuts follow those of DESI in simplified form: bright galaxies (Hahn et al. 2023, AJ 165,
    253), luminous red galaxies (Zhou et al. 2023, AJ 165, 58), emission-line galaxies (Raichoor et
    al. 2023, AJ 165, 126), quasars (Chaussidon et al. 2023, ApJ 944, 107), and stars (Cooper et al.
    2023, ApJ 947, 37).
    """
    # A missing magnitude is taken as very faint, which no cut accepts.
    g, r, z, w1, w2 = (
        np.nan_to_num(seen.dereddened(band), nan=30.0) for band in legacy_tables.BANDS
    )
    point = seen.shape == legacy.SHAPES.index("PSF")
    galaxies = ~point & (r < 19.5)
    stars = point & (r > 16) & (r < 19) & (seen.random_id < 50)
    red = (z < 20.8) & (z - w1 > 0.8 * (r - z) - 0.6) & (g - r > 1.1) & (r - z > 0.75) & ~galaxies
    blue = (g > 20) & (g < 23.4) & (g - r < 0.9 * (r - z) - 0.05) & (r - z > 0.3) & (r - z < 1.6)
    blue &= seen.random_id > 60
    quasars = point & (r > 16.5) & (r < 22.7) & (g - r < 1.3) & (w1 - w2 > -0.1) & (w1 < 22.3)
    quasars &= r - w1 > 0.2
    return galaxies | stars, (red | blue | quasars) & ~galaxies & ~stars


def _spectra(
    random: np.random.Generator, seen: legacy.Observed, true_z: Floats
) -> tuple[NDArray[np.int8], Floats, Floats, Floats]:
    """Take a spectrum of everything: class, redshift, its error, and a quality (good above 1)."""
    count = len(true_z)
    kind = seen.things.kind
    r = seen.things.band("r")
    half = np.array([_HALF_FAILED[k] for k in range(len(CLASSES))])[kind]
    quality = 10 ** (0.4 * (half - r)) * np.exp(0.4 * random.standard_normal(count))
    good = quality > 1
    spectral = kind.copy()
    luck = random.random(count)
    for truth, taken_for, part in _CONFUSED:
        spectral[(kind == truth) & (luck < part)] = taken_for
    # A spectrum that shows nothing is taken for a galaxy at some redshift.
    spectral[~good] = GALAXY
    error = np.array([_REDSHIFT_ERROR[k] for k in range(len(CLASSES))])[spectral] * (1 + true_z)
    error = error * np.clip(3 / quality, 0.5, 3)
    z = true_z + error * random.standard_normal(count)
    z = np.where(good & (spectral == kind), z, random.uniform(0.0, 1.6, count))
    return spectral, z, error, quality


def _subtypes(
    seen: legacy.Observed, spectral: NDArray[np.int8], z: Floats, chosen: NDArray[np.int64]
) -> pa.Array[Any]:
    g_r = seen.things.band("g") - seen.things.band("r")
    star = np.select([g_r > limit for limit in _SUBTYPE_G_R], range(4), 4)
    subtype = np.where(spectral == QSO, np.where(z < _QUASAR_SPLIT, 5, 6), star)
    return named(_SUBTYPES, np.ma.array(subtype, mask=spectral == GALAXY)[chosen])
