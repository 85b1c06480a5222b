"""Cones, scans, look-ups and cross-matches on a made-up survey. Prints a table, asserts nothing.

``--rows`` says how many rows the survey has, ``--data`` where it is kept for another time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from shared.ours import Ours
from shared.questions import cones, crossmatch, lookups, scans
from shared.survey import make


def median_ms(ours: Ours, texts: tuple[str, ...]) -> tuple[float, float]:
    """The median time in milliseconds, and the mean number of rows."""
    ours.ask(texts[-1])
    times, rows = [], 0
    for text in texts:
        start = time.perf_counter()
        rows += ours.ask(text).num_rows
        times.append((time.perf_counter() - start) * 1e3)
    return float(np.median(times)), rows / len(texts)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=1e7)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    rows = int(options.rows)
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder)
        make(data, rows)
        ours = Ours(data)
        print(f"{rows:,} rows of 23 columns; from the text of a query to its rows in Arrow")
        print(f"{'question':<40}{'median ms':>12}{'rows':>12}")
        for question in (*cones(31), *scans(5), *lookups(21, rows), crossmatch(3)):
            median, found = median_ms(ours, question.ours)
            print(f"{question.name:<40}{median:>12.1f}{found:>12,.0f}", flush=True)


if __name__ == "__main__":
    main()
