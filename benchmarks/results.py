"""What it takes to fetch 10 columns in each format. Prints a table, asserts nothing.

For each format: rows a second for a million rows, the best of three, to clients that do not take
gzip and to those that do (Arrow and Parquet are never packed), and the most memory that the server
took while it sent a hundred thousand, a million and ten million with gzip, above what it had after
it had read the table once. Then a million rows into a DataFrame with the toolkit.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.formats import FORMATS
from datalab_backend.metadata import Column, DataType, Schema, Table
from shared.server import ask, serving

COLUMNS = (
    Column("id", DataType.BIGINT, ucd="meta.id;meta.main"),
    Column("ra", DataType.DOUBLE, unit="deg", ucd="pos.eq.ra;meta.main"),
    Column("dec", DataType.DOUBLE, unit="deg", ucd="pos.eq.dec;meta.main"),
    *(Column(f"{band}mag", DataType.REAL, unit="mag") for band in "gri"),
    *(Column(f"{band}err", DataType.REAL, unit="mag") for band in "gri"),
    Column("type", DataType.CHAR),
)
TABLE = Table("bench", "objects", COLUMNS, position=("ra", "dec"))
PORTION = 1_000_000


def portions(rows: int) -> Iterator[pa.RecordBatch]:
    """Made-up objects all over the sky."""
    rng = np.random.default_rng(1)
    for start in range(0, rows, PORTION):
        n = min(PORTION, rows - start)
        yield pa.record_batch(
            [
                pa.array(np.arange(start, start + n)),
                pa.array(rng.uniform(0, 360, n)),
                pa.array(np.degrees(np.arcsin(rng.uniform(-1, 1, n)))),
                *(pa.array(rng.normal(20, 2, n).astype(np.float32)) for _ in range(6)),
                pa.array(rng.choice(["PSF", "REX", "DEV", "EXP"], n)),
            ],
            schema=arrow_schema(COLUMNS),
        )


def fetch(client: httpx.Client, output: str, rows: int, encoding: str = "gzip") -> int:
    """Fetch so many rows and give the bytes of the answer, which is not kept."""
    form = {
        "LANG": "ADQL",
        "QUERY": f"SELECT TOP {rows} * FROM bench.objects",
        "MAXREC": str(rows),
        "FORMAT": output,
    }
    headers = {"Accept-Encoding": encoding}
    with client.stream("POST", "/tap/sync", data=form, headers=headers) as answer:
        answer.raise_for_status()
        return sum(len(piece) for piece in answer.iter_raw())


def speed(client: httpx.Client, output: str, encoding: str) -> tuple[float, int]:
    """Rows a second, the best of three, and the bytes of an answer."""
    best, size = float("inf"), 0
    for _ in range(3):
        start = time.perf_counter()
        size = fetch(client, output, PORTION, encoding)
        best = min(best, time.perf_counter() - start)
    return PORTION / best, size


def measure_format(data: Path, output: str, sizes: list[int]) -> None:
    """Print the line of one format, from a server that has done nothing else."""
    with serving(data) as server, server.client() as client:
        fetch(client, output, 1000)
        # The engine keeps the blocks it has read, up to its limit: that is no result's memory.
        # (It knows the highest values of columns without reading them, so sums are asked for.)
        sums = (f"SUM({c.name})" for c in COLUMNS if c.datatype is not DataType.CHAR)
        ask(client, f"SELECT {', '.join(sums)}, MAX(LOWER(type)) FROM bench.objects")
        before = server.memory_mb()
        peaks = []
        for rows in sizes:
            server.forget_peak()
            fetch(client, output, rows)
            peaks.append(server.peak_memory_mb() - before)
        measured = [speed(client, output, encoding) for encoding in ("identity", "gzip")]
    speeds_text = "".join(f"{rate:>12,.0f}{size / 1e6:>8.0f}" for rate, size in measured)
    peaks_text = "".join(f"{peak:>15,.0f}" for peak in peaks)
    print(f"{output:<12}{speeds_text}{peaks_text}", flush=True)


def measure_dataframe(data: Path) -> None:
    """Print the time of a million rows into a DataFrame."""
    os.environ["DATALAB_DATA"] = str(data)
    import datalab_toolkit as dl

    with serving(data):
        for rows in (1000, PORTION, PORTION):
            start = time.perf_counter()
            frame = dl.query(f"SELECT TOP {rows} * FROM bench.objects", maxrec=rows)
            elapsed = time.perf_counter() - start
        print(f"dl.query to a DataFrame of {len(frame):,} × {frame.shape[1]}: {elapsed:.2f} s")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="the most rows fetched")
    rows = parser.parse_args().rows
    sizes = [n for n in (PORTION // 10, PORTION, 10 * PORTION) if n <= rows]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        start = time.perf_counter()
        ingest(CatalogueStore(data), Schema("bench", "Made up."), TABLE, portions(rows))
        elapsed = time.perf_counter() - start
        print(f"{rows:,} rows ingested from memory at {rows / elapsed:,.0f} rows/s")
        heads = "".join(f"{'+MB at ' + format(n, '.0e'):>15}" for n in sizes)
        print(f"{'format':<12}{'rows/s':>12}{'MB':>8}{'with gzip':>12}{'MB':>8}{heads}")
        for output in FORMATS:
            measure_format(data, output.name, sizes)
        measure_dataframe(data)


if __name__ == "__main__":
    main()
