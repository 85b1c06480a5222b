"""How fast results are written, beside astropy's writers. Prints a table, asserts nothing.

The writers take turns, so that what else the machine does meets all of them; the best time counts.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pyarrow as pa
from astropy.io.votable import from_table
from astropy.table import Table
from datalab_backend.engines.arrow import arrow_schema
from datalab_backend.engines.duckdb import BATCH_ROWS
from datalab_backend.formats import FORMATS, Format, Status
from datalab_backend.metadata import Column, DataType

ROWS = 1_000_000
THEIRS = 100_000
"""Rows given to astropy, whose VOTable writer takes a minute for a million."""
ROUNDS = 5
TURN_S = 0.25
"""How long a writer writes again and again in each round, in seconds."""
COLUMNS = (
    *(Column(f"double_{i}", DataType.DOUBLE) for i in range(5)),
    *(Column(f"bigint_{i}", DataType.BIGINT) for i in range(2)),
    Column("real", DataType.REAL),
    Column("name", DataType.VARCHAR),
    Column("type", DataType.CHAR),
)


def a_result() -> pa.Table:
    """A result as catalogues have them: mostly numbers, some text."""
    rng = np.random.default_rng(1)
    arrays = [
        *(pa.array(rng.normal(size=ROWS)) for _ in range(5)),
        *(pa.array(rng.integers(0, 2**60, ROWS)) for _ in range(2)),
        pa.array(rng.normal(size=ROWS).astype(np.float32)),
        pa.array([f"star {i}" for i in range(ROWS)]),
        pa.array(rng.choice(["PSF", "REX", "DEV"], ROWS)),
    ]
    return pa.Table.from_arrays(arrays, schema=arrow_schema(COLUMNS))


def seconds(write: Callable[[], int]) -> float:
    """The best time of one turn."""
    best, until = float("inf"), time.perf_counter() + TURN_S
    while (start := time.perf_counter()) < until:
        write()
        best = min(best, time.perf_counter() - start)
    return best


def ours(output: Format, rows: pa.Table) -> int:
    """Write with one of our formats."""
    pieces = output.write(COLUMNS, rows.to_batches(BATCH_ROWS), Status())
    return sum(len(piece) for piece in pieces)


def astropy_csv(table: Table) -> int:
    """Write CSV with astropy."""
    text = io.StringIO()
    table.write(text, format="ascii.csv")
    return text.tell()


def astropy_votable(table: Table) -> int:
    """Write VOTable BINARY2 with astropy."""
    document = io.BytesIO()
    from_table(table).to_xml(document, tabledata_format="binary2")
    return document.tell()


def main() -> None:
    """Print the table."""
    rows = a_result()
    few = rows.slice(0, THEIRS)
    theirs = Table({name: np.asarray(few[name]) for name in few.column_names})
    for name in ("name", "type"):
        theirs[name] = theirs[name].astype(str)
    print(f"{ROWS:,} rows × {len(COLUMNS)} columns; astropy writes {THEIRS:,}")
    print(f"{'writer':<18}{'rows/s':>14}{'MB':>8}{'time / Arrow':>14}")
    writers: dict[str, tuple[int, Callable[[], int]]] = {
        **{output.name: (ROWS, partial(ours, output, rows)) for output in FORMATS},
        "astropy votable": (THEIRS, partial(astropy_votable, theirs)),
        "astropy csv": (THEIRS, partial(astropy_csv, theirs)),
    }
    sizes = {name: write() for name, (_, write) in writers.items()}
    best = dict.fromkeys(writers, float("inf"))
    for _ in range(ROUNDS):
        for name, (count, write) in writers.items():
            best[name] = min(best[name], seconds(write) / count)
    for name, per_row in best.items():
        ratio = per_row / best["arrow"]
        print(f"{name:<18}{1 / per_row:>14,.0f}{sizes[name] / 1e6:>8.1f}{ratio:>14.1f}")


if __name__ == "__main__":
    main()
