"""How many rows a second become a table, by format: read, ordered, indexed, counted, described.

``python benchmarks/ingest.py [ROWS]``; beyond ten million rows from Parquet alone. Prints a table,
asserts nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from astropy.table import Table
from datalab_backend.catalogues.bulk import Order, ingest_files
from datalab_backend.catalogues.sidecar import Sidecar
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.metadata import Table as Wanted

ROWS = 1_000_000
A_FILE = 5_000_000
MOST_OF_OTHERS = 10_000_000


def make_parquet(folder: Path, rows: int) -> None:
    """Write rows of eleven columns, evenly over the sky, in no order."""
    with duckdb.connect() as connection:
        for first in range(0, rows, A_FILE):
            query = f"""
                SELECT (range * 2654435761) % 100000000000 AS source_id,
                    360 * random() AS ra, degrees(asin(2 * random() - 1)) AS dec,
                    {", ".join(f"(20 + 2 * random())::FLOAT AS mag_{b}" for b in "grizy")},
                    CASE WHEN random() < 0.5 THEN 'PSF' ELSE 'REX' END AS type,
                    (9 * random())::SMALLINT AS flag,
                    TIMESTAMP '2026-01-01' + to_seconds((1e7 * random())::INTEGER) AS seen
                FROM range({first}, {min(first + A_FILE, rows)})"""
            connection.sql(query).write_parquet(str(folder / f"{first:012}.parquet"))


def make_fits(parquet: Path, path: Path) -> None:
    """Write the same rows as FITS."""
    rows = pq.read_table(parquet).drop(["seen"])
    columns = {name: rows[name].to_numpy() for name in rows.column_names}
    Table(columns | {"type": columns["type"].astype(str)}).write(path)


def make_csv(parquet: Path, path: Path) -> None:
    """Write the same rows as CSV."""
    pa_csv.write_csv(pq.read_table(parquet), path)


def measure(source: Path, data: Path, say: Callable[[str], None]) -> None:
    """Ingest, and print the time of each part."""
    started = last = time.perf_counter()
    current = ""

    def progress(_: float, message: str) -> None:
        nonlocal last, current
        step = message.split()[0]
        if step != current:
            now = time.perf_counter()
            if current:
                say(f"{current} {now - last:.1f} s")
            last, current = now, step

    order = Order([str(source)], Wanted("bench", "rows", ()), Sidecar(), replaces=True)
    report = ingest_files(CatalogueStore(data), order, progress)
    seconds = time.perf_counter() - started
    rows = report.table.rows or 0
    print(f"{source.name:14} {rows:13,} rows {seconds:8.1f} s {rows / seconds:12,.0f} rows/s")


def main() -> None:
    """Measure each format."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(f"{os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "parquet").mkdir()
        make_parquet(folder / "parquet", rows)
        parts: list[str] = []
        measure(folder / "parquet", folder / "data", parts.append)
        print("   " + ", ".join(parts))
        if rows > MOST_OF_OTHERS:
            return
        make_fits(folder / "parquet", folder / "rows.fits")
        make_csv(folder / "parquet", folder / "rows.csv")
        for path in (folder / "rows.fits", folder / "rows.csv"):
            parts.clear()
            measure(path, folder / "data", parts.append)
            print("   " + ", ".join(parts))


if __name__ == "__main__":
    main()
