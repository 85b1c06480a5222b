"""A survey of a hundred million rows, or how many are wanted. Prints a table, asserts nothing.

Its rows are made in SQL, ingested from Parquet, and asked for over HTTP: cones (the last of them
from the disk), views of the sky, and a cross-match with a tenth of as many targets, in a process
that may take 8 GiB. ``--rows`` says how many, ``--data`` where they are kept for another time,
``--memory`` how much sorting may take.
The disk needs 25 GB for a hundred million.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
from datalab_backend.catalogues.bulk import Order, ingest_files
from datalab_backend.catalogues.sidecar import Sidecar
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.metadata import Table
from ingest import make_parquet
from shared.clock import SPREAD_HEADING, spread, times_ms
from shared.ours import Ours
from shared.server import ask, serving

REPEATS = 31
RADII = {"1″": 1 / 3600, "1′": 1 / 60, "0.1°": 0.1, "1°": 1.0}
MATCH = f"""
SELECT COUNT(*) AS n, SUM(a.source_id) AS a, SUM(b.source_id) AS b FROM bench.targets AS a
JOIN bench.survey AS b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) <= {1 / 3600!r}
"""
MATCH_MEMORY = "6GB"
"""What the engine may take of the 8 GiB; the rest is Python's, Arrow's and the allocator's."""


def make_targets(survey: Path, path: Path) -> None:
    """Every tenth row of a survey, moved by less than an arcsecond."""
    moved = "(random() - 0.5) / 3600"
    with duckdb.connect() as connection:
        connection.sql(f"""
            SELECT source_id, ra + {moved} / greatest(cos(radians(dec)), 1e-3) AS ra,
                greatest(-90, least(90, dec + {moved})) AS dec
            FROM read_parquet('{survey}/*.parquet') WHERE source_id % 10 = 3
        """).write_parquet(str(path))


def ingested(data: Path, name: str, source: Path, memory: str) -> None:
    """Ingest, and print how fast."""
    start = time.perf_counter()
    order = Order([str(source)], Table("bench", name, ()), Sidecar(), memory_limit=memory)
    rows = ingest_files(CatalogueStore(data), order, lambda *_: None).table.rows or 0
    seconds = time.perf_counter() - start
    print(
        f"bench.{name}: {rows:,} rows ingested in {seconds:,.0f} s, {rows / seconds:,.0f} rows/s",
        flush=True,
    )


def make(data: Path, rows: int, memory: str) -> None:
    """Make what is not there."""
    known = {table.full_name for table in CatalogueStore(data).tables()}
    if {"bench.survey", "bench.targets"} <= known:
        return
    with tempfile.TemporaryDirectory(dir=data) as name:
        folder = Path(name)
        (folder / "survey").mkdir()
        make_parquet(folder / "survey", rows)
        make_targets(folder / "survey", folder / "targets.parquet")
        for table, source in (("targets", "targets.parquet"), ("survey", "survey")):
            if f"bench.{table}" not in known:
                ingested(data, table, folder / source, memory)


def drop(data: Path) -> None:
    """Have the system forget the rows that cones read, but for what was touched by them (Linux)."""
    for path in data.glob("catalogues/bench/survey.*/rows.arrow"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def over_http(data: Path) -> Iterator[tuple[str, list[float]]]:
    """The times of cones and of views of the sky."""
    rng = np.random.default_rng(7)

    def places() -> list[str]:
        sky = zip(rng.uniform(0, 360, REPEATS), rng.uniform(-70, 70, REPEATS), strict=True)
        return [f"{ra:.6f}, {dec:.6f}" for ra, dec in sky]

    def cones(radius: float, output: str, around: list[str]) -> list[float]:
        turns = iter([around[-1], *around])

        def cone() -> None:
            ask(
                client,
                "SELECT * FROM bench.survey WHERE 1 = CONTAINS(POINT(ra, dec), "
                f"CIRCLE({next(turns)}, {radius!r}))",
                FORMAT=output,
            )

        return times_ms(cone, REPEATS)

    with serving(data) as server, server.client() as client:
        around = places()
        for name, radius in RADII.items():
            for output in ("arrow", "votable"):
                yield f"cone of {name}, {output}", cones(radius, output, around)
        for name in ("1″", "1°"):
            drop(data)
            yield f"cone of {name}, from the disk", cones(RADII[name], "votable", places())
        for name, fov in {"whole sky": 360.0, "60°": 60.0, "1°": 1.0}.items():
            view = {"lon": "180", "fov": f"{fov}"}

            def look(view: dict[str, str] = view) -> None:
                client.get("/density/bench.survey", params=view).raise_for_status()

            yield f"view of {name}", times_ms(look, REPEATS)


def match(data: Path) -> None:
    """Cross-match in this process, and print how fast and in how much memory."""
    ours = Ours(data, MATCH_MEMORY)
    tables = ours.snapshot.tables
    rows = sum(t.rows or 0 for t in tables if t.schema == "bench")
    start = time.perf_counter()
    pairs = ours.ask(MATCH)["n"][0].as_py()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"cross-match within 1″: {pairs:,} pairs in {seconds:.1f} s, {rows / seconds:,.0f} rows/s, "
        f"at most {peak:.1f} GiB"
    )


def main() -> None:
    """Make, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=1e7)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--memory", default="6GB")
    parser.add_argument("--match", action="store_true", help="only cross-match what is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder) / "data"
        if options.match:
            match(data)
            return
        data.mkdir(exist_ok=True)
        make(data, int(options.rows), options.memory)
        print(f"{'over HTTP':<28}{SPREAD_HEADING}")
        for name, times in over_http(data):
            print(f"{name:<28}{spread(times)}", flush=True)
        # In a process of its own, whose memory is that of the cross-match.
        subprocess.run([sys.executable, __file__, "--match", "--data", data], check=True)


if __name__ == "__main__":
    main()
