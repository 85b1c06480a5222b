"""Bring rows that are in memory, or made on the way, into the data directory as a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.catalogues.sky import Degrees, degrees, healpix_index
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.catalogues.versions import HEALPIX_COLUMN, Admit, Progress, write_version
from datalab_backend.engines.arrow import arrow_schema, arrow_type
from datalab_backend.errors import ServiceError, UsageError
from datalab_backend.metadata import DataType, Schema, Table

_READING = 0.6
_OWN_SCHEMAS = ("tap_schema", "tap_upload", "information_schema", "pg_catalog", "mydb")


def ingest(
    store: CatalogueStore,
    schema: Schema,
    table: Table,
    batches: Iterable[pa.RecordBatch] | pa.Table,
    progress: Progress | None = None,
    admit: Admit | None = None,
    added: str = "",
) -> Table:
    """Make rows a table that queries can read.

    A table of that name is replaced. Rows without a position (null or NaN) are kept; they are in
    no region of the sky.

    Parameters
    ----------
    store
        Where to.
    schema
        The schema of the table; its description replaces the one that is there.
    table
        The metadata, without rows and healpix. With ``position`` set, the rows are put in the order
        of the sky.
    batches
        The rows. Their columns are those of the metadata, in any order; types match
        `engines.arrow.arrow_type`.
    progress
        Called with a fraction from 0 to 1 and what is being done. The fraction moves while rows are
        read only when ``table.rows`` says how many to expect.
    admit, added
        As for `versions.write_version`.

    Returns
    -------
    Table
        The metadata with the number of rows and the HEALPix column filled in.

    Raises
    ------
    UsageError
        When the rows do not fit the metadata.
    ServiceError
        When the disk or the memory does not take them.
    """
    check_names(store, schema, table)
    report = progress or (lambda fraction, message: None)
    furthest = 0.0

    def tell(fraction: float, message: str) -> None:
        nonlocal furthest
        furthest = max(furthest, fraction)
        report(furthest, message)

    rows = _Rows(table, batches, tell)
    with store.writing():
        try:
            stored = write_version(
                store, schema, table, rows.relation, tell, admit=admit, added=added
            )
        except ServiceError:
            if rows.error is not None:
                raise rows.error from None
            raise
    return stored.table


class _Rows:
    """The incoming rows: checked, in the stored types, with their HEALPix index."""

    def __init__(
        self, table: Table, batches: Iterable[pa.RecordBatch] | pa.Table, report: Progress
    ) -> None:
        self.error: UsageError | None = None
        self._count = 0
        self._table = table
        self._batches = batches.to_batches() if isinstance(batches, pa.Table) else batches
        self._report = report
        if isinstance(batches, pa.Table):
            _check_schema(table, batches.schema)

    def relation(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
        """The rows as DuckDB reads them."""
        schema = arrow_schema(self._table.columns)
        if self._table.position:
            schema = schema.append(pa.field(HEALPIX_COLUMN, pa.int64()))
        reader = pa.RecordBatchReader.from_batches(schema, self._stored(schema))
        return connection.from_arrow(reader)

    def _stored(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self._batches:
                _check_schema(self._table, batch.schema)
                columns = {
                    c.name: pc.cast(batch.column(c.name), arrow_type(c))
                    for c in self._table.columns
                }
                if self._table.position:
                    lon, lat = (degrees(columns[name]) for name in self._table.position)
                    _check_declinations(lon, lat)
                    columns[HEALPIX_COLUMN] = healpix_index(lon, lat)
                self._count += batch.num_rows
                self._tell()
                yield pa.RecordBatch.from_arrays(list(columns.values()), schema=schema)
        except UsageError as error:
            # It passes through the engine, which would turn it into an error of its own.
            self.error = error
            raise

    def _tell(self) -> None:
        expected = self._table.rows
        fraction = _READING * min(self._count / expected, 1.0) if expected else 0.0
        self._report(fraction, f"Reading {self._table.full_name}: {self._count:,} rows")


def _check_declinations(lon: Degrees, lat: Degrees) -> None:
    beyond = np.isfinite(lon) & (np.abs(lat) > 90)
    if beyond.any():
        raise UsageError(
            f"{beyond.sum():,} declinations are beyond ±90°, such as {lat[beyond][0]}.",
            "Give the positions in degrees, right ascension first.",
        )


def check_names(store: CatalogueStore, schema: Schema, table: Table) -> None:
    """Refuse names that cannot be those of a table, its schema, its columns or its position.

    Raises
    ------
    UsageError
        When there is such a name.
    """
    check_full_name(table, store.schema)
    if table.schema != schema.name:
        raise UsageError(f"The table {table.full_name} is not in the schema {schema.name}.")
    folded = [column.name.casefold() for column in table.columns]
    twice = {name for name in folded if folded.count(name) > 1}
    if twice or HEALPIX_COLUMN in folded or not folded:
        raise UsageError(
            f"The columns of {table.full_name} need names that differ by more than their case, "
            f"and none may be {HEALPIX_COLUMN}.",
            f"Named twice: {', '.join(sorted(twice))}." if twice else "",
        )
    for name in table.position or ():
        column = table.column(name)
        if column is None or column.datatype not in (DataType.DOUBLE, DataType.REAL):
            raise UsageError(
                f"The position of {table.full_name} is in the column {name}, "
                "which is not one of its DOUBLE or REAL columns."
            )


def check_full_name(table: Table, only_schema: str | None = None) -> None:
    """Refuse a name that a table cannot have; before it becomes part of a path.

    Parameters
    ----------
    table
        The table.
    only_schema
        As `CatalogueStore.schema`.

    Raises
    ------
    UsageError
        When it is none, or its schema is one that the server makes itself.
    """
    for name in (table.schema, table.name):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name) or name.lower() == "schema":
            raise UsageError(
                f"{name!r} cannot be the name of a schema or table.",
                "Use a letter followed by letters, digits and underscores.",
            )
    schema = table.schema.lower()
    if schema != only_schema if only_schema else _is_own(schema):
        raise UsageError(
            f"The schema {table.schema} is made by the server and cannot take other tables.",
            "Choose another name for the schema.",
        )


def _is_own(schema: str) -> bool:
    return schema in _OWN_SCHEMAS or schema.startswith("mydb_")


def _check_schema(table: Table, schema: pa.Schema) -> None:
    expected, given = [column.name for column in table.columns], schema.names
    missing = [name for name in expected if name not in given]
    extra = [name for name in given if name not in expected]
    if missing or extra or len(given) != len(expected):
        raise UsageError(
            f"The rows for {table.full_name} do not have the columns of its metadata.",
            " ".join(
                f"{what}: {', '.join(names)}."
                for what, names in (("Missing", missing), ("Not described", extra))
                if names
            ),
        )
    for column in table.columns:
        given_type = schema.field(column.name).type
        if not _fits(given_type, arrow_type(column)):
            raise UsageError(
                f"The column {column.name} of {table.full_name} is {column.datatype} in its "
                f"metadata but {given_type} in the rows.",
                f"Give it as Arrow {arrow_type(column)}, or correct the metadata.",
            )


def _fits(given: pa.DataType, stored: pa.DataType) -> bool:
    if pa.types.is_null(given):
        return True
    if pa.types.is_string(stored):
        if pa.types.is_dictionary(given):
            given = given.value_type
        return (
            pa.types.is_string(given)
            or pa.types.is_large_string(given)
            or pa.types.is_string_view(given)
        )
    if pa.types.is_timestamp(stored):
        return pa.types.is_timestamp(given) and given.tz is None
    return given.equals(stored)
