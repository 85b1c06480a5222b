"""A made-up survey of any size, the same rows for every engine that is measured.

Positions are uniform on the sky and drawn cell by cell of HEALPix, so that the rows come in the
order of the sky and nothing has to be sorted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from cdshealpix import healpix_to_lonlat
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.metadata import Column, DataType, Schema, Table

CHUNK = 500_000
_CELLS = 12 * 4**29

_MAGNITUDES = tuple(f"{band}mag" for band in "grizy")
SURVEY = Table(
    "made",
    "survey",
    (
        Column("id", DataType.BIGINT, "Identifier.", ucd="meta.id;meta.main", principal=True),
        Column("ra", DataType.DOUBLE, "Right ascension.", "deg", "pos.eq.ra;meta.main"),
        Column("dec", DataType.DOUBLE, "Declination.", "deg", "pos.eq.dec;meta.main"),
        *(Column(m, DataType.REAL, "Magnitude.", "mag", "phot.mag") for m in _MAGNITUDES),
        *(Column(f"{m}_err", DataType.REAL, "Error.", "mag", "stat.error") for m in _MAGNITUDES),
        *(Column(f"snr_{band}", DataType.REAL, "Signal to noise.") for band in "grz"),
        Column("pmra", DataType.REAL, "Proper motion.", "mas.yr-1", "pos.pm"),
        Column("pmdec", DataType.REAL, "Proper motion.", "mas.yr-1", "pos.pm"),
        Column("type", DataType.CHAR, "Type.", arraysize="*"),
        Column("fieldid", DataType.INTEGER, "Field.", ucd="meta.id;obs.field"),
        Column("depthflag", DataType.SMALLINT, "Depth."),
        Column("ndet", DataType.SMALLINT, "Detections."),
        Column("sharp", DataType.REAL, "Sharpness."),
    ),
    "Made up for measurements.",
    simulated=True,
    position=("ra", "dec"),
)
TARGETS = Table(
    "made",
    "targets",
    SURVEY.columns[:3],
    "A tenth of the survey, displaced a little: made up for measurements.",
    simulated=True,
    position=("ra", "dec"),
)


def identifier(row: Any, rows: int) -> Any:  # noqa: ANN401 - one number or an array
    """The identifier of a row: no two are alike, and none says anything about the position."""
    return row * 1_000_003 % (2 * rows + 1)


def survey_rows(rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of the survey, in the order of the sky."""
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        rng = np.random.default_rng([1, start])
        low, high = (_CELLS * row // rows for row in (start, start + count))
        lon, lat = healpix_to_lonlat(np.sort(rng.integers(low, high, count)), 29)
        magnitudes = 24.5 - rng.exponential(1.5, (count, 1)) + rng.normal(0, 0.5, (count, 5))
        errors = 0.01 + 10 ** (0.4 * (magnitudes - 25))
        numbers = np.arange(start, start + count)
        values = [
            identifier(numbers, rows),
            lon.deg,
            lat.deg,
            *magnitudes.T.astype(np.float32),
            *errors.T.astype(np.float32),
            *(1 / errors[:, [0, 1, 3]]).T.astype(np.float32),
            *rng.normal(0, 5, (2, count)).astype(np.float32),
            np.array(["PSF", "REX", "EXP", "DEV", "SER"])[rng.integers(0, 5, count)],
            (numbers * 300 // rows).astype(np.int32),
            rng.integers(1, 4, count).astype(np.int16),
            rng.integers(1, 50, count).astype(np.int16),
            rng.normal(0, 0.5, count).astype(np.float32),
        ]
        yield pa.RecordBatch.from_arrays(
            [pa.array(v) for v in values], names=[c.name for c in SURVEY.columns]
        )


def target_rows(rows: int) -> Iterator[pa.RecordBatch]:
    """One row for each tenth of the survey; four of five within an arcsecond of it."""
    for start, batch in zip(range(0, rows, CHUNK), survey_rows(rows), strict=True):
        rng = np.random.default_rng([2, start])
        ra, dec = (batch[name].to_numpy()[::10] for name in ("ra", "dec"))
        away = np.where(np.arange(len(ra)) % 5 == 0, 30.0, rng.uniform(0, 0.9, len(ra))) / 3600
        angle = rng.uniform(0, 2 * np.pi, len(ra))
        moved = np.clip(dec + away * np.sin(angle), -90, 90)
        turned = (ra + away * np.cos(angle) / np.cos(np.radians(dec))) % 360
        yield pa.RecordBatch.from_arrays(
            [pa.array(batch["id"].to_numpy()[::10]), pa.array(turned), pa.array(moved)],
            names=["id", "ra", "dec"],
        )


def make(data: Path, rows: int) -> CatalogueStore:
    """The survey and its targets in a data directory; those that are there are kept."""
    store = CatalogueStore(data)
    for table, batches in ((SURVEY, survey_rows(rows)), (TARGETS, target_rows(rows))):
        there = store.tables().find(table.full_name)
        wanted = rows if table is SURVEY else -(-rows // 10)
        if there is None or there.rows != wanted:
            print(f"Making {table.full_name} …", flush=True)
            ingest(store, Schema("made", "Made up for measurements."), table, batches)
    return store
