"""``datalab-server ingest`` and ``export-hats``: files into tables, and tables into files."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from datalab_backend import sizes
from datalab_backend.errors import NotFoundError, UsageError
from datalab_backend.progress import Reporter, printable

if TYPE_CHECKING:
    from datalab_backend.catalogues.bulk import Order, Report

REJECTED = 3
"""The exit code when the table was made but rows could not be read."""

_SHOWN_NOTES = 30
_LEAST_MEMORY = 64e6


def add_options(ingest: argparse.ArgumentParser) -> None:
    """Declare the options."""
    ingest.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a file, a folder or a pattern such as 'data/*.fits'; CSV, TSV, ECSV, FITS, VOTable, "
        "Parquet, Arrow or a HATS folder, packed with gzip or not",
    )
    ingest.add_argument(
        "--table", required=True, metavar="SCHEMA.TABLE", help="the table that is made"
    )
    ingest.add_argument("--ra", metavar="COLUMN", help="the column with right ascension")
    ingest.add_argument("--dec", metavar="COLUMN", help="the column with declination")
    ingest.add_argument("--id", metavar="COLUMN", help="the column that names each row")
    ingest.add_argument("--description", default="", metavar="TEXT", help="what the table holds")
    ingest.add_argument("--credit", default="", metavar="TEXT", help="whom to acknowledge")
    ingest.add_argument(
        "--simulated", action="store_true", help="say that the rows were made up, not observed"
    )
    ingest.add_argument(
        "--schema-description", default="", metavar="TEXT", help="what the schema holds"
    )
    ingest.add_argument(
        "--sidecar",
        type=Path,
        metavar="FILE",
        help="the YAML file that describes the table; TABLE.yaml beside the first file otherwise",
    )
    ingest.add_argument(
        "--write-sidecar",
        action="store_true",
        help="start such a file with what is known and guessed, and ingest nothing",
    )
    there = ingest.add_mutually_exclusive_group()
    there.add_argument(
        "--replace", action="store_true", help="put the files in the place of a table of this name"
    )
    there.add_argument("--append", action="store_true", help="add the rows to a table of this name")
    ingest.add_argument(
        "--hdu", metavar="NAME", help="name or number of the table of FITS files with several"
    )
    ingest.add_argument(
        "--memory",
        type=_size,
        metavar="SIZE",
        help="the most memory for sorting, such as 4GB; half of it all otherwise",
    )
    ingest.add_argument(
        "--hats", action="store_true", help="write the table as a HATS folder too, for LSDB"
    )
    ingest.add_argument(
        "--progress",
        choices=("auto", "json"),
        default="auto",
        help="a bar on a terminal and lines elsewhere (auto), or one JSON object a line (json)",
    )


def run(parsed: argparse.Namespace, data: Path, report: Reporter) -> int:
    """Ingest, or start a sidecar; the value is the exit code."""
    from datalab_backend.catalogues.bulk import ingest_files
    from datalab_backend.catalogues.store import CatalogueStore

    # The default would end the process without tidying up; this passes through every `finally`.
    signal.signal(signal.SIGTERM, _stop)
    sidecar_path = parsed.sidecar or _beside_first(parsed)
    order = _order(parsed, sidecar_path)
    if parsed.write_sidecar:
        _start_sidecar(order, sidecar_path, report)
        return 0
    done = ingest_files(CatalogueStore(data), order, report)
    _tell(done)
    return REJECTED if done.rejected else 0


def add_export_options(export: argparse.ArgumentParser) -> None:
    """Declare the options of ``export-hats``."""
    export.add_argument("table", metavar="SCHEMA.TABLE", help="the table")
    export.add_argument("folder", type=Path, metavar="FOLDER", help="the folder that is made")


def export(parsed: argparse.Namespace, data: Path, report: Reporter) -> int:
    """Write a table as a HATS folder; the value is the exit code."""
    import duckdb

    from datalab_backend.catalogues.hats import write_hats
    from datalab_backend.catalogues.store import CatalogueStore

    store = CatalogueStore(data)
    table = store.tables().find(parsed.table)
    if table is None:
        raise NotFoundError(f"There is no table {parsed.table} in {data}.")
    signal.signal(signal.SIGTERM, _stop)
    with duckdb.connect(str(store.files(table).rows), read_only=True) as connection:
        rows = write_hats(connection, table, store.density(table), parsed.folder, report)
    print(f"{parsed.folder}: {_counted(rows)}.")
    if rows < (table.rows or 0):
        print(f"- {(table.rows or 0) - rows:,} rows without a position are not in it.")
    return 0


def _size(text: str) -> str:
    size_bytes = sizes.read(text)
    if size_bytes is None or size_bytes < _LEAST_MEMORY:
        raise argparse.ArgumentTypeError(
            f"{text} is not a size of 64MB or more; write it as 500MB or 4GB"
        )
    return f"{size_bytes // 1000}KB"


def _order(parsed: argparse.Namespace, sidecar_path: Path) -> Order:
    from datalab_backend.catalogues import sidecar
    from datalab_backend.catalogues.bulk import Order
    from datalab_backend.catalogues.ingest import check_full_name
    from datalab_backend.metadata import Table

    schema, dot, name = parsed.table.partition(".")
    if not (schema and dot and name) or "." in name:
        raise UsageError(
            f"{parsed.table} is not the full name of a table.", "Write it as schema.table."
        )
    table = Table(
        schema, name, (), parsed.description, credit=parsed.credit, simulated=parsed.simulated
    )
    check_full_name(table)
    told = sidecar.Sidecar()
    if parsed.sidecar or (sidecar_path.exists() and not parsed.write_sidecar):
        told = sidecar.read(sidecar_path)
    if (parsed.ra is None) != (parsed.dec is None):
        raise UsageError("A position needs two columns.", "Give both --ra and --dec.")
    if parsed.ra:
        told = replace(told, position=(parsed.ra, parsed.dec))
    told = replace(told, id=parsed.id or told.id)
    return Order(
        parsed.files,
        table,
        told,
        parsed.schema_description,
        parsed.replace,
        parsed.append,
        parsed.hdu,
        parsed.memory,
        parsed.hats,
    )


def _beside_first(parsed: argparse.Namespace) -> Path:
    from datalab_backend.catalogues.files import at_home

    first = at_home(parsed.files[0])
    folder = first if first.is_dir() else first.parent
    while "*" in str(folder):
        folder = folder.parent
    return folder / f"{parsed.table.rpartition('.')[2]}.yaml"


def _start_sidecar(order: Order, path: Path, report: Reporter) -> None:
    from datalab_backend.catalogues import sidecar
    from datalab_backend.catalogues.bulk import plan_files

    with tempfile.TemporaryDirectory() as scratch:
        plan = plan_files(order, Path(scratch), report)
    by_name = {planned.column.name: planned for planned in plan.columns}
    position = tuple(by_name[name].origin for name in plan.table.position or ())
    started = sidecar.Sidecar(
        description=plan.table.description,
        credit=plan.table.credit,
        simulated=plan.table.simulated,
        position=position,
        id=plan.id or "",
    )
    columns = [
        (
            planned.column.name,
            sidecar.ColumnNotes(
                type=planned.column.datatype,
                unit=planned.column.unit,
                ucd=planned.column.ucd,
                description=planned.column.description,
            ),
        )
        for planned in plan.columns
    ]
    sidecar.write(path, started, columns)
    print(f"Wrote {path}. Correct it, then ingest without --write-sidecar.")


def _tell(done: Report) -> None:
    print(f"{done.table.full_name}: {_counted(done.table.rows or 0)}.")
    if done.resumed:
        print(f"{done.resumed:,} files were read by an earlier command already.")
    for note in done.notes[:_SHOWN_NOTES]:
        print(f"- {printable(note)}")
    if len(done.notes) > _SHOWN_NOTES:
        print(f"- … and {len(done.notes) - _SHOWN_NOTES:,} more notes.")
    for sentence in done.problems.sentences():
        print(f"! {printable(sentence)}", file=sys.stderr)
    if done.rejects:
        print(f"! What could not be read is in {done.rejects}.", file=sys.stderr)


def _stop(*_: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def _counted(rows: int) -> str:
    return f"{rows:,} row{'' if rows == 1 else 's'}"
