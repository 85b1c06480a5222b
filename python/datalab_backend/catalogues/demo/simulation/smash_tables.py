"""The tables of the simulated survey that is like SMASH."""

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
    "sim_smash",
    "Simulated survey with the columns and depth of SMASH, the Survey of the Magellanic Stellar "
    "History. No row of it was observed.",
)
CREDIT = (
    "Simulated by jupyterlab-datalab. Hydra II after Muñoz et al. 2018 and Vivas et al. 2016; "
    "colours of galaxies after fits to the Legacy Surveys DR9 from desitarget (DESI Collaboration, "
    "BSD-3-Clause)."
)

_UCD = {"u": "em.opt.U", "g": "em.opt.B", "r": "em.opt.R", "i": "em.opt.I", "z": "em.opt.I"}


def _id(description: str) -> Column:
    return text("id", description, "meta.id;meta.main", principal=True)


def _count(name: str, description: str) -> Column:
    return Column(name, DataType.SMALLINT, description, ucd="meta.number")


OBJECT = Table(
    schema=SCHEMA.name,
    name="object",
    description=(
        "Simulated objects of a deep field (169) around the dwarf galaxy Hydra II. Magnitudes are "
        "not corrected for reddening, and 99.99 where an object was not detected. Shapes follow "
        "the signal-to-noise ratio: faint galaxies pass for stars. What the objects are in truth "
        "is in sim_smash.truth."
    ),
    credit=CREDIT,
    simulated=True,
    position=("ra", "dec"),
    columns=(
        _id("Name of the object: field, point, number in the field (text; zeros count)"),
        Column(
            "fieldid",
            DataType.INTEGER,
            "Number of the field",
            ucd="meta.id;obs.field",
            principal=True,
        ),
        right_ascension("ra", "Right ascension (ICRS)"),
        declination("dec", "Declination (ICRS)"),
        Column(
            "depthflag",
            DataType.SMALLINT,
            "1 only in short exposures, 2 only in long ones, 3 in both",
            ucd="meta.code",
            principal=True,
        ),
        *(
            column
            for band in ("u", "g", "r", "i", "z")
            for column in (
                magnitude(
                    f"{band}mag",
                    f"AB magnitude in {band} (DECam), not corrected for reddening (subtract "
                    f"{COEFFICIENTS[band]} ebv); 99.99 if not detected",
                    f"phot.mag;{_UCD[band]}",
                    principal=True,
                ),
                magnitude(
                    f"{band}err",
                    f"Error of {band}mag; 9.99 if not detected",
                    f"stat.error;phot.mag;{_UCD[band]}",
                ),
                magnitude(
                    f"{band}scatter",
                    f"Scatter of the single measurements in {band}; 99.99 if not detected",
                    f"stat.stdev;phot.mag;{_UCD[band]}",
                ),
                _count(f"ndet{band}", f"Number of detections in {band}"),
            )
        ),
        _count("ndet", "Number of detections in all bands"),
        Column("chi", DataType.REAL, "How badly a star fits (1 is well)", ucd="stat.fit.chi2"),
        Column(
            "sharp",
            DataType.REAL,
            "How much wider than a star the object is (0 is a star)",
            ucd="src.morph.param",
            principal=True,
        ),
        Column(
            "prob",
            DataType.REAL,
            "Likelihood of being a star, from 0 to 1",
            ucd="stat.probability",
        ),
        magnitude(
            "ebv", "Galactic reddening E(B-V) of an analytic disc of dust", "phys.absorption.gal"
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

SOURCE = Table(
    schema=SCHEMA.name,
    name="source",
    description=(
        "Simulated single measurements of objects of sim_smash.object: all variable stars, the "
        "brighter objects around Hydra II and a random sample of the others. Not every exposure "
        "detects an object: ask for cmag < 99."
    ),
    credit=CREDIT,
    simulated=True,
    position=("ra", "dec"),
    columns=(
        _id("Name of the object in sim_smash.object"),
        Column(
            "mjd",
            DataType.DOUBLE,
            "Modified Julian date of the middle of the exposure",
            unit="d",
            ucd="time.epoch",
            principal=True,
        ),
        text("filter", "Filter: u, g, r, i or z", "meta.id;instr.filter", principal=True),
        magnitude(
            "cmag",
            "Calibrated AB magnitude, not corrected for reddening; 99.99 if not detected",
            "phot.mag;em.opt",
            principal=True,
        ),
        magnitude(
            "cerr",
            "Error of cmag; 9.99 if not detected",
            "stat.error;phot.mag;em.opt",
            principal=True,
        ),
        right_ascension("ra", "Right ascension of the object (ICRS)"),
        declination("dec", "Declination of the object (ICRS)"),
    ),
)

TRUTH = Table(
    schema=SCHEMA.name,
    name="truth",
    description=(
        "What the simulated objects of sim_smash.object are in truth: class, membership, "
        "magnitudes without noise and reddening, distance, variability. Join on id."
    ),
    credit=CREDIT,
    simulated=True,
    position=("ra", "dec"),
    columns=(
        _id("Name of the object in sim_smash.object"),
        right_ascension("ra", "True right ascension (ICRS)"),
        declination("dec", "True declination (ICRS)"),
        text("class", "True class: STAR, GALAXY or QSO", "src.class", principal=True),
        text(
            "origin",
            "Part of the model that the object comes from, such as Hydra II, halo, field galaxy",
            "src.class",
            principal=True,
        ),
        *(
            magnitude(
                f"true_{band}",
                f"True AB magnitude in {band} (DECam), without noise and reddening (mean of "
                "variable stars)",
                f"phot.mag;{_UCD[band]}",
            )
            for band in ("u", "g", "r", "i", "z")
        ),
        Column(
            "radius",
            DataType.REAL,
            "True half-light radius, 0 for point sources",
            unit="arcsec",
            ucd="phys.angSize",
        ),
        Column("redshift", DataType.REAL, "True redshift, 0 for stars", ucd="src.redshift"),
        Column("distance_pc", DataType.REAL, "Distance of stars", unit="pc", ucd="pos.distance"),
        Column("feh", DataType.REAL, "[Fe/H] of stars", ucd="phys.abund.Fe"),
        text("variable", "Kind of variable star: RRab, RRc, EW or SXPHE", "src.var"),
        Column(
            "period", DataType.DOUBLE, "True period of variable stars", unit="d", ucd="time.period"
        ),
        magnitude("amplitude", "Amplitude in g from minimum to maximum", "src.var.amplitude"),
        Column(
            "epoch",
            DataType.DOUBLE,
            "Modified Julian date of a maximum (of a minimum for EW)",
            unit="d",
            ucd="time.epoch",
        ),
    ),
)
