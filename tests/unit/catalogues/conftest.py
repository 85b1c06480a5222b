"""A store in a fresh directory, and stars to put into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.metadata import Column, DataType, Schema, Table

SKY = Schema("sky", "Made-up stars.")

STARS = Table(
    "sky",
    "stars",
    (
        Column("id", DataType.BIGINT, "Running number.", ucd="meta.id"),
        Column("ra", DataType.DOUBLE, "Right ascension.", "deg", "pos.eq.ra;meta.main"),
        Column("dec", DataType.DOUBLE, "Declination.", "deg", "pos.eq.dec;meta.main"),
        Column("name", DataType.VARCHAR, "Name.", arraysize="*"),
    ),
    "Stars all over the sky. Simulated.",
    credit="Nobody.",
    simulated=True,
    position=("ra", "dec"),
)


@pytest.fixture
def store(tmp_path: Path) -> CatalogueStore:
    return CatalogueStore(tmp_path / "data")


@pytest.fixture(scope="session")
def stars() -> Callable[..., pa.Table]:
    """Make a number of stars, evenly over the sky."""

    def make(number: int, seed: int = 1) -> pa.Table:
        rng = np.random.default_rng(seed)
        return pa.table(
            {
                "id": np.arange(number),
                "ra": rng.uniform(0, 360, number),
                "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, number))),
                "name": [f"star {i}" for i in range(number)],
            }
        )

    return make


@pytest.fixture
def put(store: CatalogueStore) -> Callable[..., Table]:
    """Ingest rows as `STARS`, or as a table like it."""

    def ingested(rows: pa.Table, **changes: object) -> Table:
        return ingest(store, SKY, replace(STARS, **changes), rows)

    return ingested
