"""A table as a HATS folder, which LSDB and other programs open (IVOA Note HATS 1.0).

The sky is cut into HEALPix tiles with at most a given number of rows, each a Parquet file. Rows
without a position have no tile and are not in it.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from datalab_backend.catalogues.counts import HEALPIX_ORDER, Counts, cells_in
from datalab_backend.catalogues.versions import HEALPIX_COLUMN, Progress
from datalab_backend.engines.arrow import conform
from datalab_backend.errors import UsageError
from datalab_backend.formats.arrow import described_schema
from datalab_backend.formats.base import Status
from datalab_backend.metadata import Column, DataType, Table, quoted
from datalab_backend.version import version

MOST_ROWS = 1_000_000
"""The most rows of a tile, as long as the counts on the sky are fine enough."""

_BATCH_ROWS = 131_072
_ROW_GROUP_ROWS = 262_144
_DIRECTORY_PIXELS = 10_000


@dataclass(frozen=True, slots=True)
class Tile:
    """A HEALPix cell with the rows of one file.

    Attributes
    ----------
    order, pixel
        The cell, nested.
    rows
        The number of its rows.
    """

    order: int
    pixel: int
    rows: int

    @property
    def path(self) -> Path:
        """Where it is below ``dataset``."""
        directory = self.pixel // _DIRECTORY_PIXELS * _DIRECTORY_PIXELS
        return Path(f"Norder={self.order}", f"Dir={directory}", f"Npix={self.pixel}.parquet")


def tiles(counts: Counts, most_rows: int = MOST_ROWS) -> list[Tile]:
    """Cut the sky into tiles, in the order of the rows."""

    def cut(order: int, pixel: int) -> Iterator[Tile]:
        (rows,) = counts.at(order, np.array([pixel])).tolist()
        if rows > most_rows and order < counts.order:
            for child in range(4 * pixel, 4 * pixel + 4):
                yield from cut(order + 1, child)
        elif rows:
            yield Tile(order, pixel, rows)

    return [tile for pixel in range(cells_in(0)) for tile in cut(0, pixel)]


def write_hats(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    counts: Counts | None,
    folder: Path,
    progress: Progress | None = None,
    most_rows: int = MOST_ROWS,
) -> int:
    """Write a table as a HATS folder, whole or not at all.

    Parameters
    ----------
    connection
        Where its rows are, in a table called ``rows`` that is in the order of the sky.
    table
        Its metadata.
    counts
        Its counts on the sky.
    folder
        The folder; it must not be there.
    progress
        Told how far it is.
    most_rows
        The most rows of a tile.

    Returns
    -------
    int
        The number of rows in it.

    Raises
    ------
    UsageError
        When the table has no positions, or the folder is there already.
    """
    if counts is None or table.position is None:
        raise UsageError(
            f"{table.full_name} has no positions on the sky, so it cannot be a HATS folder."
        )
    if folder.exists():
        raise UsageError(f"{folder} is there already.", "Name a new folder.")
    cut = tiles(counts, most_rows)
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        _write_dataset(connection, table, cut, fresh / "dataset", progress)
        _write_partitions(fresh / "partition_info.csv", cut)
        _write_properties(fresh, table, counts, cut)
        fresh.rename(folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return counts.total


def _write_dataset(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    cut: list[Tile],
    dataset: Path,
    progress: Progress | None,
) -> None:
    columns = (*table.columns, Column(HEALPIX_COLUMN, DataType.BIGINT))
    credits = (table.credit,) if table.credit else ()
    schema = described_schema(columns, Status(credits=credits, simulated=table.simulated))
    names = ", ".join(quoted(column.name) for column in columns)
    placed = connection.table("rows").filter(f"{HEALPIX_COLUMN} IS NOT NULL").project(names)
    batches = (conform(b, columns) for b in placed.to_arrow_reader(_BATCH_ROWS))
    rows = _Rows(batches)
    footers: list[Any] = []
    done, total = 0, sum(tile.rows for tile in cut)
    for tile in cut:
        path = dataset / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        content = pa.Table.from_batches(list(rows.take(tile.rows))).cast(schema)
        written: list[Any] = []
        pq.write_table(
            content,
            path,
            row_group_size=_ROW_GROUP_ROWS,
            compression="zstd",
            metadata_collector=written,
        )
        written[0].set_file_path(str(tile.path))
        footers += written
        done += tile.rows
        if progress:
            progress(done / total, f"Writing {table.full_name} as HATS: {done:,} rows")
    dataset.mkdir(exist_ok=True)
    pq.write_metadata(schema, str(dataset / "_common_metadata"))
    pq.write_metadata(schema, str(dataset / "_metadata"), metadata_collector=footers)


class _Rows:
    """Takes rows off a run of batches."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._rest: pa.RecordBatch | None = None

    def take(self, wanted: int) -> Iterator[pa.RecordBatch]:
        while wanted:
            batch = self._rest if self._rest is not None else next(self._batches)
            yield batch.slice(0, wanted)
            self._rest = batch.slice(wanted) if batch.num_rows > wanted else None
            wanted -= min(wanted, batch.num_rows)


def _write_partitions(path: Path, cut: list[Tile]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["Norder", "Npix"])
        writer.writerows((tile.order, tile.pixel) for tile in cut)


def _write_properties(folder: Path, table: Table, counts: Counts, cut: list[Tile]) -> None:
    ra, dec = table.position or ("", "")
    kilobytes = sum(p.stat().st_size for p in folder.rglob("*.parquet")) // 1024
    covered = sum(1 / cells_in(tile.order) for tile in cut)
    told = {
        "obs_collection": f"{table.schema}_{table.name}",
        "obs_title": table.full_name,
        "obs_description": table.description,
        "obs_copyright": table.credit,
        "dataproduct_type": "object",
        "hats_nrows": counts.total,
        "hats_col_ra": ra,
        "hats_col_dec": dec,
        "hats_col_healpix": HEALPIX_COLUMN,
        "hats_col_healpix_order": HEALPIX_ORDER,
        "hats_npix_suffix": ".parquet",
        "hats_order": max((tile.order for tile in cut), default=0),
        "hats_max_rows": max((tile.rows for tile in cut), default=0),
        "hats_estsize": kilobytes,
        "hats_builder": f"jupyterlab-datalab {version()}",
        "hats_creation_date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MUTC"),
        "hats_version": "v1.0",
        "moc_sky_fraction": f"{covered:.6g}",
    }
    lines = ["#HATS catalog"]
    lines += [f"{key}={' '.join(str(value).split())}" for key, value in told.items() if value != ""]
    text = "\n".join(lines) + "\n"
    for name in ("hats.properties", "properties"):
        (folder / name).write_text(text, encoding="utf-8")
