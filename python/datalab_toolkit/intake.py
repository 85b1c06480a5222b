"""Takes in tables of the libraries that astronomers use, and of files, as Arrow.

64-bit integers stay exact, nulls stay nulls, and units, UCDs and descriptions become the metadata
of the fields, under the keys of `votable.FIELD_KEYS`.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd
    from astropy.table import Table

_Values: TypeAlias = Any  # an Arrow array, chunked or not

_VOTABLE = (".vot", ".votable", ".xml", ".vot.gz", ".votable.gz", ".xml.gz")
_ASTROPY = {".fits": "fits", ".fit": "fits", ".fits.gz": "fits", ".ecsv": "ascii.ecsv"}
_SEPARATED = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}
_ARROW = (".arrow", ".feather", ".ipc")


class CannotTakeError(ValueError):
    """Something that cannot be made a table; the message says what."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def to_arrow(table: Any) -> pa.Table:  # noqa: ANN401 - the libraries share no type
    """Take in a table in memory.

    Raises
    ------
    CannotTakeError
        It is no table, or a column holds what Arrow has no type for.
    """
    library = type(table).__module__.partition(".")[0]
    if isinstance(table, pa.Table):
        return table
    if library == "pandas" and hasattr(table, "columns"):
        return _from_pandas(table)
    if hasattr(table, "colnames"):
        return _from_astropy(table)
    if library == "polars" and hasattr(table, "collect"):
        table = table.collect()
    if hasattr(table, "__arrow_c_stream__") and hasattr(table, "columns"):
        return pa.table(table)
    if isinstance(table, pa.RecordBatch):
        return pa.Table.from_batches([table])
    if isinstance(table, Mapping):
        for name, values in table.items():
            if isinstance(values, str) or not hasattr(values, "__len__"):
                raise CannotTakeError(f"the column {str(name)!r} is one value and no array.")
        return _assembled([(str(n), _array(str(n), v), {}) for n, v in table.items()])
    raise CannotTakeError(
        f"it is of type {type(table).__name__}, which is not a table.",
        "Give a pandas or polars DataFrame, an astropy or Arrow table, a mapping of arrays, or "
        "the path of a file.",
    )


def is_votable(path: Path) -> bool:
    """Whether a file is a VOTable, by its name."""
    return path.name.lower().endswith(_VOTABLE)


def read_votable(path: Path) -> bytes:
    """Read a VOTable file as it is, unpacked."""
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except OSError as error:
        raise _cannot_read(path, error) from error


def read_file(path: Path) -> pa.Table:
    """Read a table from a file, whose format its name tells.

    Raises
    ------
    CannotTakeError
        There is no such file, or it cannot be read.
    """
    name = path.name.lower()
    try:
        for suffix, separator in _SEPARATED.items():
            if name.endswith(suffix):
                from pyarrow import csv

                return csv.read_csv(path, parse_options=csv.ParseOptions(delimiter=separator))
        for suffix, format in _ASTROPY.items():
            if name.endswith(suffix):
                from astropy.table import Table

                return _from_astropy(Table.read(path, format=format))
        if name.endswith(".parquet"):
            from pyarrow import parquet

            return parquet.read_table(path)
        if name.endswith(_ARROW):
            return _read_arrow_file(path)
    except OSError as error:
        raise _cannot_read(path, error) from error
    except CannotTakeError:
        raise
    except Exception as error:  # whatever a reader may throw at a broken file
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CannotTakeError(f"{path} cannot be read: {first}") from error
    raise CannotTakeError(
        f"the name {path.name} does not tell a format of tables.",
        "Known are .vot, .xml, .fits, .ecsv, .csv, .tsv, .parquet and .arrow.",
    )


def _read_arrow_file(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        try:
            return pa.ipc.open_file(source).read_all()
        except pa.ArrowInvalid:  # a stream, as dl.query and the command write it
            source.seek(0)
            return pa.ipc.open_stream(source).read_all()


def _from_pandas(frame: pd.DataFrame) -> pa.Table:
    if any(name is not None for name in frame.index.names):
        attrs = frame.attrs
        frame = frame.reset_index()
        frame.attrs = attrs
    told = {key: frame.attrs.get(f"{key}s") or {} for key in ("unit", "ucd", "description")}
    columns = []
    for i, name in enumerate(frame.columns):
        about = {key: str(of[name]) for key, of in told.items() if name in of}
        columns.append((str(name), _array(str(name), frame.iloc[:, i]), about))
    return _assembled(columns)


def _from_astropy(table: Table) -> pa.Table:
    columns: list[tuple[str, _Values, dict[str, str]]] = []
    for name in table.colnames:
        column = table[name]
        kind = type(column).__name__
        if kind == "SkyCoord":
            icrs = column.icrs
            taken = set(table.colnames)
            for part, degrees in (("ra", icrs.ra.deg), ("dec", icrs.dec.deg)):
                called = part if part not in taken else f"{name}_{part}"
                about = {"unit": "deg", "ucd": f"pos.eq.{part}"}
                columns.append((called, pa.array(np.asarray(degrees)), about))
            continue
        meta = getattr(column.info, "meta", None) or {}
        about = {key: str(meta[key]) for key in ("ucd", "utype", "xtype") if meta.get(key)}
        if column.info.description:
            about["description"] = str(column.info.description)
        if kind == "Time":
            columns.append((name, pa.array(column.utc.to_value("datetime64")), about))
            continue
        if column.info.unit is not None:
            about["unit"] = _unit(column.info.unit)
        columns.append((name, _astropy_array(name, column), about))
    return _assembled(columns)


def _unit(unit: Any) -> str:  # noqa: ANN401 - astropy has no types
    try:
        return str(unit.to_string("vounit"))
    except (ValueError, AttributeError):
        return str(unit)


def _astropy_array(name: str, column: Any) -> _Values:  # noqa: ANN401 - astropy has no types
    mask = np.asarray(getattr(column, "mask", False))
    values = getattr(column, "unmasked", column)
    values = np.asarray(getattr(values, "data", values))
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    masked = np.broadcast_to(mask, values.shape) if mask.any() else None
    if values.ndim > 1 or values.dtype.kind not in "iufb":
        cells = (
            np.ma.MaskedArray(values, masked).tolist() if masked is not None else values.tolist()
        )
        return _array(name, cells)
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    return pa.array(values, mask=masked)


def _array(name: str, values: Any) -> _Values:  # noqa: ANN401
    try:
        if isinstance(values, np.ndarray) and values.ndim > 1:
            values = values.tolist()
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise CannotTakeError(
            f"the column {name!r} holds values of several kinds, or of a kind that has no type.",
            "Make it all numbers or all text, for example with .astype(str), or leave it out.",
        ) from error


def _assembled(
    columns: list[tuple[str, _Values, dict[str, str]]],
) -> pa.Table:
    if not columns:
        raise CannotTakeError("it has no columns.")
    lengths = {len(values) for _, values, _ in columns}
    if len(lengths) > 1:
        raise CannotTakeError("its columns differ in length.")
    fields = [pa.field(name, values.type, metadata=about) for name, values, about in columns]
    return pa.Table.from_arrays([values for _, values, _ in columns], schema=pa.schema(fields))


def _cannot_read(path: Path, error: OSError) -> CannotTakeError:
    if isinstance(error, FileNotFoundError):
        return CannotTakeError(f"there is no file {path}.")
    reason = (error.strerror or "it is damaged, or of another format than its name says").lower()
    return CannotTakeError(f"{path} cannot be read: {reason}.")
