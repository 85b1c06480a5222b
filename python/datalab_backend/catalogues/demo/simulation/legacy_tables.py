"""The tables of the simulated survey that is like the Legacy Surveys."""

from __future__ import annotations

from datalab_backend.catalogues.demo.columns import (
    declination,
    magnitude,
    right_ascension,
    text,
)
from datalab_backend.catalogues.demo.simulation.dust import COEFFICIENTS
from datalab_backend.metadata import Column, DataType, Schema, Table

SCHEMA = Schema(
    "sim_ls",
    "Simulated survey with the columns and depth of the DESI Legacy Imaging Surveys. No row of it "
    "was observed.",
)
CREDIT = (
    "Simulated by jupyterlab-datalab. Colours and sizes after fits to the Legacy Surveys DR9 from "
    "desitarget (DESI Collaboration, BSD-3-Clause)."
)

BANDS = ("g", "r", "z", "w1", "w2")

_UCD = {
    "g": "em.opt.B",
    "r": "em.opt.R",
    "z": "em.opt.I",
    "w1": "em.IR.3-4um",
    "w2": "em.IR.4-8um",
}
_WAVE = {"g": "g (DECam)", "r": "r (DECam)", "z": "z (DECam)", "w1": "W1 (WISE)", "w2": "W2 (WISE)"}


def _ls_id(description: str) -> Column:
    return Column("ls_id", DataType.BIGINT, description, ucd="meta.id;meta.main", principal=True)


TRACTOR = Table(
    schema=SCHEMA.name,
    name="tractor",
    description=(
        "Simulated objects of a wide, shallow survey (5 sigma at g 24.0, r 23.4, z 22.5) around "
        "the Extended Groth Strip. The type follows the signal-to-noise ratio: faint galaxies pass "
        "for stars. What the objects are in truth is in sim_ls.truth."
    ),
    credit=CREDIT,
    simulated=True,
    position=("ra", "dec"),
    columns=(
        _ls_id("Identifier of the object, above 2**53"),
        right_ascension("ra", "Right ascension (ICRS)"),
        declination("dec", "Declination (ICRS)"),
        text(
            "type",
            "Best fitting shape: PSF, REX (round exponential), EXP, DEV or SER (Sérsic)",
            "src.morph.type",
            principal=True,
        ),
        magnitude(
            "ebv", "Galactic reddening E(B-V) of an analytic disc of dust", "phys.absorption.gal"
        ),
        *(
            magnitude(
                f"dered_mag_{band}",
                f"AB magnitude in {_WAVE[band]}, corrected for reddening with "
                f"{COEFFICIENTS[band]} E(B-V); null where the flux is not positive",
                f"phot.mag;{_UCD[band]}",
                principal=True,
            )
            for band in BANDS
        ),
        *(
            magnitude(
                f"mag_{band}",
                f"AB magnitude in {_WAVE[band]}, not corrected for reddening",
                f"phot.mag;{_UCD[band]}",
            )
            for band in BANDS
        ),
        *(
            Column(
                f"snr_{band}",
                DataType.REAL,
                f"Signal-to-noise ratio of the flux in {_WAVE[band]}",
                ucd=f"stat.snr;{_UCD[band]}",
            )
            for band in BANDS
        ),
        Column(
            "shape_r",
            DataType.REAL,
            "Measured half-light radius, 0 for PSF",
            unit="arcsec",
            ucd="phys.angSize",
        ),
        Column(
            "sersic", DataType.REAL, "Sérsic index of the fit, 0 for PSF", ucd="src.morph.param"
        ),
        Column(
            "random_id",
            DataType.REAL,
            "Uniform random number from 0 to 100, to take a fair sample",
            ucd="meta.number",
            principal=True,
        ),
    ),
)

TRUTH = Table(
    schema=SCHEMA.name,
    name="truth",
    description=(
        "What the simulated objects of sim_ls.tractor are in truth: class, magnitudes without "
        "noise and reddening, size, redshift, distance. Join on ls_id."
    ),
    credit=CREDIT,
    simulated=True,
    position=("ra", "dec"),
    columns=(
        _ls_id("Identifier of the object in sim_ls.tractor"),
        right_ascension("ra", "True right ascension (ICRS)"),
        declination("dec", "True declination (ICRS)"),
        text("class", "True class: STAR, GALAXY or QSO", "src.class", principal=True),
        text("origin", "Part of the model that the object comes from", "src.class"),
        *(
            magnitude(
                f"true_{band}",
                f"True AB magnitude in {_WAVE[band]}, without noise and reddening",
                f"phot.mag;{_UCD[band]}",
            )
            for band in BANDS
        ),
        Column(
            "radius",
            DataType.REAL,
            "True half-light radius, 0 for point sources",
            unit="arcsec",
            ucd="phys.angSize",
        ),
        Column("sersic", DataType.REAL, "True Sérsic index of galaxies", ucd="src.morph.param"),
        Column("redshift", DataType.REAL, "True redshift, 0 for stars", ucd="src.redshift"),
        Column("distance_pc", DataType.REAL, "Distance of stars", unit="pc", ucd="pos.distance"),
        Column("feh", DataType.REAL, "[Fe/H] of stars", ucd="phys.abund.Fe"),
    ),
)
