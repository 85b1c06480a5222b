"""``datalab-server check``: whether what a data directory keeps fits together."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from datalab_backend.catalogues.check import broken_tables, left_over
from datalab_backend.connection import DirectoryLock
from datalab_backend.errors import NotFoundError, UsageError
from datalab_backend.progress import printable
from datalab_backend.storage.check import Finding, StorageCheck


def add_options(check: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    check.add_argument(
        "--deep", action="store_true", help="read all files, and compare them with their MD5"
    )
    check.add_argument(
        "--repair", action="store_true", help="mend what can be mended; no server may be running"
    )


def run(parsed: argparse.Namespace, data: Path) -> int:
    """Look, tell, and mend if that was asked for; 1 when something is wrong and was not mended."""
    if not data.is_dir():
        raise NotFoundError(f"There is no data directory {data}.", "Name it with --data.")
    if not parsed.repair:
        return _report(data, parsed.deep, repair=False)
    lock = DirectoryLock(data)
    if not lock.acquire():
        raise UsageError(
            "A server has this data directory.", "Stop it before you have the directory mended."
        )
    try:
        return _report(data, parsed.deep, repair=True)
    finally:
        lock.release()


def _report(data: Path, deep: bool, repair: bool) -> int:
    wrong = left = 0
    for finding in _findings(data, deep, repair):
        if finding.harmless and not repair:
            left += 1
            continue
        wrong += not finding.harmless
        print(printable(f"{finding.what} {finding.mending if repair else ''}".strip()))
    if left:
        print(f"An interrupted server has left {left}; the next start removes it.")
    if not wrong:
        print("Nothing is wrong.")
    elif not repair:
        print("Stop the server and say “datalab-server check --repair” to have it mended.")
    return 1 if wrong and not repair else 0


def _findings(data: Path, deep: bool, repair: bool) -> Iterator[Finding]:
    for path in sorted(data.rglob("*.sqlite")):
        yield from _damage(path, data)
    if (data / "storage" / "nodes.sqlite").exists():
        yield from StorageCheck(data / "storage", deep, repair).findings()
    yield from _lost_results(data / "jobs", repair)
    for store in (data, *sorted(data.glob("users/*/mydb"))):
        for sentence in broken_tables(store):
            yield Finding(sentence, "Make it again from its files.")
        for _ in range(left_over(store)):
            yield Finding(f"There are rows of no table in {store}.", "", harmless=True)


def _damage(path: Path, data: Path) -> Iterator[Finding]:
    name = path.relative_to(data)
    try:
        with closing(sqlite3.connect(path, timeout=30)) as database:
            told = database.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        told = str(error)
    if told != "ok":
        yield Finding(f"{name} is damaged: {told}.", "Put a copy of it back by hand.")


def _lost_results(jobs: Path, repair: bool) -> Iterator[Finding]:
    """The jobs that say that they have a result, which is not there."""
    path = jobs / "jobs.sqlite"
    if not path.exists():
        return
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as database:
        query = "SELECT id FROM jobs WHERE phase = 'COMPLETED'"
        for (job,) in database.execute(query).fetchall():
            if (jobs / "results" / job).exists():
                continue
            # A running server may just have removed it.
            if database.execute(f"{query} AND id = ?", (job,)).fetchone() is None:
                continue
            if repair:
                database.execute("DELETE FROM jobs WHERE id = ?", (job,))
            yield Finding(f"The result of the job {job} is lost.", "The job is removed.")
