"""Ask the same questions of this Data Lab and of other programs, and write the ratios down.

``--rows`` says how many rows, ``--data`` where the survey is kept for another time, ``--write``
into which document the tables go. Every number is a median of one run on one machine, of the same
rows; times are the engines' own, from a query in their SQL to all its rows in the client's memory.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
from datalab_backend.catalogues.store import CatalogueStore
from shared.ours import Ours
from shared.questions import Question, cones, crossmatch, lookups, scans
from shared.survey import SURVEY, TARGETS, make

from peers import polars_scans, postgres
from peers.matchers import Positions, matchers

OTHERS = "## Other benchmarks"
"""The heading of what is written by hand, and kept when the tables are written anew."""

REPEATS = {"cones": 31, "scans": 5, "lookups": 21, "crossmatch": 3}


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def medians(*rounds: Sequence[Callable[[], object]]) -> list[float]:
    """The median time of each program's actions, in seconds.

    The programs take turns, so that all suffer alike from what else the machine does. The last
    action of each is done once before, to warm up.
    """
    for actions in rounds:
        actions[-1]()
    times = [[seconds(action) for action in turn] for turn in zip(*rounds, strict=True)]
    return [float(median) for median in np.median(times, axis=0)]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=1e7)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    rows = int(options.rows)
    with tempfile.TemporaryDirectory(prefix="datalab-peers-") as folder:
        data = options.data or Path(folder) / "data"
        make(data, rows)
        text = "\n\n".join(
            [
                _introduction(rows),
                _beside_postgres(data, rows, Path(folder)),
                _matches(data, Path(folder)),
            ]
        )
    print(text)
    if options.write:
        before = options.write.read_text(encoding="utf-8") if options.write.exists() else ""
        _, heading, by_hand = before.partition(OTHERS)
        kept = f"\n{heading}{by_hand}" if heading else ""
        options.write.write_text(f"{text}\n{kept}", encoding="utf-8")


def _introduction(rows: int) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        "# Measurements\n\n"
        f"{datetime.date.today():%-d %B %Y}; {os.cpu_count()} cores ({platform.machine()}), "
        f"{memory:.0f} GiB; {rows:,} rows of {len(SURVEY.columns)} columns, made up, uniform on "
        f"the sky. Written by `make bench-peers`.\n\n"
        "Each program has the same rows in the same run; PostgreSQL has q3c and B-tree indexes, is "
        "clustered in the order of the sky and has 4 GB of buffers and two workers. Times are "
        "medians, engine to engine: from the SQL of each to all rows in the memory of the client "
        "(to translate ADQL takes a millisecond more), asked in turn. A ratio above 1 says how "
        "many times faster this Data Lab was. Where the machine had other work meanwhile, look at "
        f"ratios, not at times: {os.getloadavg()[1]:.0f} processes wanted its cores when this "
        "began."
    )


def _beside_postgres(data: Path, rows: int, folder: Path) -> str:
    ours = Ours(data)
    parquet = folder / "survey.parquet"
    files = _files(data)
    with postgres.serving() as server:
        for table, indexes in ((SURVEY, ("id", "rmag")), (TARGETS, ())):
            print(f"Loading {table.full_name} into PostgreSQL …", flush=True)
            with duckdb.connect(str(files[table.full_name]), read_only=True) as connection:
                query = 'SELECT *, "_healpix_29" AS hpx FROM rows'
                found = connection.sql(query.replace("*", '* EXCLUDE ("_healpix_29")'))
                if table is SURVEY:
                    found.write_parquet(str(parquet))
                server.load(table.name, found.to_arrow_reader(100_000))
            server.index(table.name, indexes)
        in_polars = polars_scans.scans(parquet)
        parts = []
        groups = {
            "Cones": list(cones(REPEATS["cones"])),
            "Scans": list(scans(REPEATS["scans"])),
            "Where a B-tree fits": list(lookups(REPEATS["lookups"], rows)),
            "Cross-match": [crossmatch(REPEATS["crossmatch"])],
        }
        for title, questions in groups.items():
            parts.append(_table(title, questions, ours, server, in_polars))
    return "\n\n".join(parts)


def _table(
    title: str,
    questions: list[Question],
    ours: Ours,
    server: postgres.Postgres,
    in_polars: dict[str, Callable[[], object]],
) -> str:
    lines = [
        f"## {title}",
        "",
        "| question | this Data Lab, ms | PostgreSQL + q3c, ms | ratio | Polars, ms |",
        "|---|---|---|---|---|",
    ]
    ratios = []
    for question in questions:
        rounds: list[Sequence[Callable[[], object]]] = [
            [partial(ours.run, ours.prepared(text)) for text in question.ours],
            [partial(server.ask, text) for text in question.postgres],
        ]
        if plan := in_polars.get(question.name):
            rounds.append([plan] * len(question.ours))
        mine, theirs, *rest = medians(*rounds)
        ratios.append(theirs / mine)
        polars = f"{1e3 * rest[0]:,.1f}" if rest else ""
        lines.append(
            f"| {question.name} | {1e3 * mine:,.1f} | {1e3 * theirs:,.1f} | {_ratio(ratios[-1])} "
            f"| {polars} |"
        )
        print(lines[-1], flush=True)
    if len(ratios) > 1:
        mean = float(np.exp(np.mean(np.log(ratios))))
        lines += ["", f"Geometric mean of the ratios: {_ratio(mean)}."]
    return "\n".join(lines)


def _matches(data: Path, folder: Path) -> str:
    ours = Ours(data)
    question = crossmatch(REPEATS["crossmatch"])
    (mine,) = medians([partial(ours.ask, text) for text in question.ours])
    pairs = ours.ask(question.ours[0])["n"][0].as_py()
    lines = [
        "## Cross-match beside other programs",
        "",
        "All pairs within 1″ of the survey and a table of a tenth of its rows. The others have the "
        "positions alone, in memory (STILTS: in FITS files).",
        "",
        "| program | seconds | ratio | pairs |",
        "|---|---|---|---|",
        f"| {ours.name} | {mine:.2f} | 1 | {pairs:,} |",
    ]
    print(lines[-1], flush=True)
    tables: list[Positions] = []
    files = _files(data)
    for table in (TARGETS, SURVEY):
        with duckdb.connect(str(files[table.full_name]), read_only=True) as connection:
            tables.append(connection.execute("SELECT id, ra, dec FROM rows").fetchnumpy())
    for name, run in matchers(tables[0], tables[1], folder):
        found = []
        theirs = seconds(lambda run=run, found=found: found.append(run()))
        lines.append(f"| {name} | {theirs:.1f} | {_ratio(theirs / mine)} | {found[0]:,} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def _ratio(ratio: float) -> str:
    """A ratio with two digits that say something."""
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2g}"


def _files(data: Path) -> dict[str, Path]:
    """The database file of each table."""
    store = CatalogueStore(data)
    return {table.full_name: store.files(table).rows for table in store.tables()}


if __name__ == "__main__":
    main()
