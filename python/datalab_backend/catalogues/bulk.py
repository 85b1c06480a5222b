"""Files into a table: many or large ones, within bounded memory, and on again after a stop.

First each file is read and staged (`staging`), then all rows are put in the order of the sky by
DuckDB, which sorts on disk what does not fit in memory, and shown at once (`versions`).
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from datalab_backend.catalogues import documents, rows
from datalab_backend.catalogues.append import joined, told_by
from datalab_backend.catalogues.counts import Counts
from datalab_backend.catalogues.documents import StoredTable
from datalab_backend.catalogues.files import Source, find_files, open_file
from datalab_backend.catalogues.hats import write_hats
from datalab_backend.catalogues.heads import Heads
from datalab_backend.catalogues.ingest import check_names
from datalab_backend.catalogues.plan import Plan, make_plan
from datalab_backend.catalogues.problems import Problems
from datalab_backend.catalogues.sidecar import Sidecar
from datalab_backend.catalogues.staging import Staging
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.catalogues.versions import (
    HEALPIX_COLUMN,
    Admit,
    Progress,
    write_version,
)
from datalab_backend.errors import ConflictError, UsageError
from datalab_backend.formats.votable import without_unfit
from datalab_backend.metadata import DataType, Schema, Table, quoted

_STAGING = 0.55
_INSPECTING = 0.05
_MOST_REJECTED = 0.1
_FEW_ROWS = 100


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest has done.

    Attributes
    ----------
    table
        The table, as it is now.
    notes
        What was guessed and changed.
    problems
        What was found wrong with rows.
    rejected
        The number of rows that are not in the table since they could not be read.
    rejects
        The file that keeps them, or None.
    resumed
        The number of files that an earlier, interrupted command had staged.
    """

    table: Table
    notes: tuple[str, ...]
    problems: Problems
    rejected: int
    rejects: Path | None
    resumed: int


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be ingested, and how.

    Attributes
    ----------
    files
        Names of files and folders, and patterns.
    table
        The names of the table, and the description, credit and simulated that are given.
    sidecar
        What is said of the files.
    schema_description
        What to say of the schema; what it says already when empty.
    replaces, appends
        What to do with a table that is there: neither refuses.
    hdu
        Which table of FITS files.
    memory_limit
        The most memory for sorting, as DuckDB writes sizes.
    hats
        Whether to write the table as a HATS folder too.
    admit
        As for `versions.write_version`.
    resumes
        As for `Staging.held`.
    """

    files: Sequence[str]
    table: Table
    sidecar: Sidecar
    schema_description: str = ""
    replaces: bool = False
    appends: bool = False
    hdu: str | None = None
    memory_limit: str | None = None
    hats: bool = False
    admit: Admit | None = None
    resumes: bool = True


def ingest_files(store: CatalogueStore, order: Order, progress: Progress) -> Report:
    """Make files a table that queries can read.

    Parameters
    ----------
    store
        Where to.
    order
        What.
    progress
        Told how far it is.

    Raises
    ------
    DatalabError
        When the files are no table, or not one together, or the disk does not take it. The
        catalogue is as before then, and what was read is kept for the next attempt.
    """
    staging = Staging(store, order.table)
    with staging.held(order.resumes):
        there = store.tables().find(order.table.full_name)
        if there and not (order.replaces or order.appends):
            raise UsageError(
                f"There is a table {order.table.full_name} already.",
                "Say --replace to put these files in its place, or --append to add their rows.",
            )
        sources = _opened(order, staging.scratch, progress, staging.heads)
        token = staging.token(sources) if order.appends else ""
        if there and order.appends:
            stored = documents.read_table(store.document(there))
            if stored.view_of:
                raise UsageError(
                    f"{there.full_name} has no rows of its own: it is {stored.view_of} under "
                    "another name.",
                    f"Add the rows to {stored.view_of}.",
                )
            if stored.added == token:
                return _added_before(store, stored, staging, sources)
        sidecar = order.sidecar
        if there and order.appends:
            sidecar = told_by(there, sources, sidecar)
        plan = make_plan(order.table, sources, sidecar)
        schema = _schema(store, order)
        check_names(store, schema, plan.table)
        if there and order.appends:
            plan = joined(plan, there)
        if order.hats and plan.table.position is None:
            raise UsageError(
                f"{plan.table.full_name} has no position, so it cannot be a HATS folder too.",
                "Name the columns with --ra and --dec, or leave --hats out.",
            )
        staging.begin(plan)
        problems, told, resumed = _staged(staging, sources, plan, progress)
        rejected = problems.found[rows.NOT_READ].count if rows.NOT_READ in problems.found else 0
        read = sum(document["rows"] for document in told)
        _check_rejected(rejected, read, problems)
        table = _narrowed(plan.table, told, there if order.appends else None)

        def fill(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
            parts = [str(staging.part(source)) for source in sources]
            staged = connection.from_parquet(parts)
            if there is None or not order.appends:
                return staged
            return _with_old(connection, store, there, staged)

        def further(
            connection: duckdb.DuckDBPyConnection, data: Path, counts: Counts | None
        ) -> None:
            if rejected:
                _gather([staging.part(s).with_suffix(".csv") for s in sources], data)
            if order.hats:
                write_hats(connection, table, counts, data / "hats")

        after = further if rejected or order.hats else None

        def tell(fraction: float, message: str) -> None:
            progress(_STAGING + (1 - _STAGING) * fraction, message)

        with store.writing():
            _check_as_seen(store, order, there)
            stored = write_version(
                store, schema, table, fill, tell, order.memory_limit, after, token, order.admit
            )
        staging.clear()
    data = store.schema_directory(table.schema) / stored.data
    notes = (*plan.notes, *_doubts(plan, told))
    if order.hats:
        notes = (*notes, f"As a HATS folder it is in {data / 'hats'}.")
    rejects = data / "rejected.csv" if rejected else None
    return Report(stored.table, notes, problems, rejected, rejects, resumed)


def _check_as_seen(store: CatalogueStore, order: Order, seen: Table | None) -> None:
    """Refuse to write over a table that came or changed while the files were read."""
    now = store.tables().find(order.table.full_name)
    if now != seen and not order.replaces:
        what = "was made" if seen is None else "was changed" if now else "was dropped"
        raise ConflictError(
            f"{order.table.full_name} {what} while the files were read; they were not put there.",
            "Look at it, then try again, or choose another name.",
        )


def _added_before(
    store: CatalogueStore, stored: StoredTable, staging: Staging, sources: list[Source]
) -> Report:
    """What a command had done that was killed after it had added its rows."""
    problems = Problems()
    for document in filter(None, map(staging.told, sources)):
        problems.merge(document["problems"])
    staging.clear()
    rejects = store.schema_directory(stored.table.schema) / stored.data / "rejected.csv"
    rejected = problems.found[rows.NOT_READ].count if rows.NOT_READ in problems.found else 0
    note = "An earlier command has added these rows already; they were not added again."
    return Report(
        stored.table, (note,), problems, rejected, rejects if rejects.exists() else None, 0
    )


def plan_files(order: Order, scratch: Path, progress: Progress) -> Plan:
    """What the files would become, for a sidecar to be started; nothing is kept."""
    return make_plan(order.table, _opened(order, scratch, progress), order.sidecar)


def _opened(
    order: Order, scratch: Path, progress: Progress, heads: Heads | None = None
) -> list[Source]:
    found = find_files(order.files)
    sources = []
    for number, (path, folder) in enumerate(found):
        share = number / len(found)
        progress(_INSPECTING * share, f"Looking at {path.name} ({number + 1:,} of {len(found):,})")
        opened = partial(open_file, path, scratch, folder, order.hdu)
        sources += opened() if heads is None else heads.of(path, order.hdu, opened)
    return sources


def _schema(store: CatalogueStore, order: Order) -> Schema:
    name = order.table.schema
    known = next((s for s in store.tables().schemas if s.name.casefold() == name.casefold()), None)
    told = order.schema_description or (known.description if known else "")
    return Schema(name, without_unfit(told))


def _staged(
    staging: Staging, sources: list[Source], plan: Plan, progress: Progress
) -> tuple[Problems, list[dict[str, Any]], int]:
    sizes = [source.path.stat().st_size for source in sources]
    total, before = max(sum(sizes), 1), 0
    problems, documents, resumed = Problems(), [], 0
    for number, (source, size) in enumerate(zip(sources, sizes, strict=True), 1):
        document = staging.told(source)
        resumed += document is not None
        if document is None:

            def tell(
                count: int, source: Source = source, size: int = size, before: int = before
            ) -> None:
                share = min(count / source.rows, 1) if source.rows else 0
                fraction = (before + share * size) / total
                progress(
                    _INSPECTING + (_STAGING - _INSPECTING) * fraction,
                    f"Reading {source.path.name} ({number:,} of {len(sources):,}): {count:,} rows",  # noqa: B023
                )

            fresh = staging.part(source).with_suffix(".new")
            document = rows.stage(source, plan, fresh, tell)
            staging.keep(source, fresh, document)
        before += size
        problems.merge(document["problems"])
        documents.append(document)
    return problems, documents, resumed


def _check_rejected(rejected: int, read: int, problems: Problems) -> None:
    total = rejected + read
    if rejected > _MOST_REJECTED * total and (total >= _FEW_ROWS or not read):
        raise UsageError(
            f"{rejected:,} of {total:,} rows cannot be read, so the table was not made: "
            f"{problems.found[rows.NOT_READ].sentence(rows.NOT_READ)}.",
            "Look at these rows; a sidecar can say the types of columns.",
        )


def _narrowed(table: Table, told: Iterable[dict[str, Any]], old: Table | None) -> Table:
    """Text that is all ASCII is CHAR, other text VARCHAR."""
    wide = {name for document in told for name in document["wide"]}
    if old is not None:
        wide |= {c.name for c in old.columns if c.datatype is DataType.VARCHAR}
    kinds = (DataType.CHAR, DataType.VARCHAR)
    return replace(
        table,
        columns=tuple(
            replace(c, datatype=kinds[c.name in wide]) if c.datatype in kinds else c
            for c in table.columns
        ),
    )


def _with_old(
    connection: duckdb.DuckDBPyConnection,
    store: CatalogueStore,
    old: Table,
    staged: duckdb.DuckDBPyRelation,
) -> duckdb.DuckDBPyRelation:
    path = str(store.files(old).rows).replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS old (READ_ONLY)")
    names = [column.name for column in old.columns]
    names += [HEALPIX_COLUMN] if old.position else []
    listed = ", ".join(map(quoted, names))
    before = connection.table("old.main.rows").project(listed)
    return before.union(staged.project(listed))


def _gather(parts: Iterable[Path], data: Path) -> None:
    """Put the rejected rows of all files into one file beside the table."""
    with (data / "rejected.csv").open("w", encoding="utf-8", newline="") as gathered:
        csv.writer(gathered).writerow(["file", "row", "reason", "content"])
        for part in parts:
            if part.exists():
                with part.open(encoding="utf-8", newline="") as rejects:
                    shutil.copyfileobj(rejects, gathered)


def _doubts(plan: Plan, told: Iterable[dict[str, Any]]) -> list[str]:
    """What the range of the positions says of their unit."""
    ranges = [document["range"] for document in told if document["range"]]
    if not ranges or not plan.table.position:
        return []
    ra_low, ra_high = min(r[0] for r in ranges), max(r[1] for r in ranges)
    dec_low, dec_high = min(r[2] for r in ranges), max(r[3] for r in ranges)
    ra, dec = plan.table.position
    doubts = []
    spread = dec_high - dec_low
    if ra_low >= 0 and ra_high <= 24 and ra_high - ra_low > 12 and spread > 20:
        doubts.append(
            f"{ra} runs from {ra_low:.3g} to {ra_high:.3g} only: if it is in hours, say "
            "“unit: h” in the sidecar."
        )
    if ra_high <= 6.2832 and ra_high - ra_low > 3 and -1.5708 <= dec_low <= dec_high <= 1.5708:
        doubts.append(
            f"{ra} and {dec} stay within 2π and ±π/2: if they are in radians, say “unit: rad” "
            "in the sidecar."
        )
    if ra_low < 0:
        doubts.append(
            f"{ra} runs from {ra_low:.4g} to {ra_high:.4g} and is kept so: regions of the sky "
            "work, conditions such as “ra > 180” may not mean what they seem."
        )
    return doubts
