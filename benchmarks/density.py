"""How long views, tiles and histograms of a table take. Prints a table, asserts nothing."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from datalab_backend.catalogues.density import density
from datalab_backend.catalogues.hips import DensityHips
from datalab_backend.catalogues.histogram import histogram
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.measured import measured
from datalab_backend.catalogues.projections import View
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.metadata import Column, DataType, Schema, Table

VIEWS = {
    "whole sky": View(),
    "60 deg": View(lon=180, fov=60),
    "1 deg": View(lon=180, fov=1),
}
STARS = Table(
    "bench",
    "stars",
    (
        Column("ra", DataType.DOUBLE, "", "deg", "pos.eq.ra;meta.main"),
        Column("dec", DataType.DOUBLE, "", "deg", "pos.eq.dec;meta.main"),
        Column("g", DataType.REAL, "", "mag", "phot.mag"),
        Column("r", DataType.REAL, "", "mag", "phot.mag"),
    ),
    position=("ra", "dec"),
)


def stars(rows: int) -> pa.Table:
    """Stars all over the sky."""
    rng = np.random.default_rng(1)
    g = rng.normal(20, 2, rows).astype(np.float32)
    return pa.table(
        {
            "ra": rng.uniform(0, 360, rows),
            "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, rows))),
            "g": g,
            "r": g - rng.normal(0.6, 0.4, rows).astype(np.float32),
        }
    )


def milliseconds(action: Callable[[], object]) -> float:
    """The median of five, after one to warm up."""
    action()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def measure(rows: int) -> dict[str, float]:
    """All times at one size."""
    with tempfile.TemporaryDirectory() as directory:
        store = CatalogueStore(Path(directory))
        table = ingest(store, Schema("bench"), STARS, stars(rows))
        now = LiveCatalogues(store).now()
        counts = now.density(table)
        assert counts is not None
        hips = DensityHips(table, counts)
        found = {
            f"view, {name}": milliseconds(lambda v=view: density(table, counts, now.engine, v))
            for name, view in VIEWS.items()
        }
        for name, view in VIEWS.items():
            found[f"view where g < 20, {name}"] = milliseconds(
                lambda v=view: measured(table, now.tables, counts, now.engine, v, where="g < 20")
            )
        found["tile of order 3"] = milliseconds(lambda: hips.tile(3, 300, now.engine))
        found["histogram g - r, g"] = milliseconds(
            lambda: histogram(table, now.tables, now.engine, "g - r", "g")
        )
        return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    sizes = parser.parse_args().rows
    measured_at = {rows: measure(rows) for rows in sizes}
    print(f"{'milliseconds':<32}" + "".join(f"{rows:>14,}" for rows in sizes))
    for name in measured_at[sizes[0]]:
        print(f"{name:<32}" + "".join(f"{measured_at[rows][name]:>14.1f}" for rows in sizes))


if __name__ == "__main__":
    main()
