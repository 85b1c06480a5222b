"""Writes rows to a terminal, a pipe or a file, in the formats of the ``datalab`` command."""

from __future__ import annotations

import json
import math
import os
import secrets
import sys
from io import BytesIO, IOBase
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from datalab_toolkit import results, votable, votwriter
from datalab_toolkit.errors import DatalabError, UsageError
from datalab_toolkit.layout import text_table
from datalab_toolkit.service import Service
from datalab_toolkit.tap import Query
from datalab_toolkit.transport import query_error

FORMATS = ("table", "csv", "tsv", "json", "votable", "fits", "arrow", "parquet")

_BY_SUFFIX = {
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".csv": "csv",
    ".fit": "fits",
    ".fits": "fits",
    ".json": "json",
    ".parquet": "parquet",
    ".tsv": "tsv",
    ".txt": "table",
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
}
_BINARY = ("fits", "arrow", "parquet")
_OVERFLOW = b'value="OVERFLOW"'
_LONGEST_REFUSAL = 65_536


class Target:
    """Where rows go, as a context manager: a file is there when it closes without an error.

    Parameters
    ----------
    path
        The file to write; None for standard output.
    format
        One of `FORMATS`; None for the one that suits the file's name, the terminal or the pipe.

    Raises
    ------
    UsageError
        The ending of the file is of no format, or the format is not for a terminal.
    DatalabError
        The file cannot be written.
    """

    def __init__(self, path: Path | None, format: str | None = None) -> None:
        on_terminal = path is None and sys.stdout.isatty()
        suited = format_of(path) if path and not format else None
        self.format = format or suited or ("table" if on_terminal else "csv")
        if on_terminal and self.format in _BINARY:
            raise UsageError(
                f"A terminal cannot show {self.format}.", "Write it into a file: --output FILE"
            )
        self._path = path
        self._partial: Path | None = None
        self._file: IO[bytes]

    def __enter__(self) -> Target:
        if self._path is None:
            self._file = sys.stdout.buffer
        else:
            partial = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}.part")
            try:
                self._file = partial.open("xb")
            except OSError as error:
                raise _cannot_write(self._path, error) from error
            self._partial = partial
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._partial is None or self._path is None:
            return
        try:
            self._file.close()
            if kind is None:
                self._partial.replace(self._path)
        except OSError as failure:
            raise _cannot_write(self._path, failure) from failure
        finally:
            self._partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, DatalabError):
            raise _cannot_write(self._path, error) from error

    def write(self, rows: pa.Table) -> None:
        """Write rows in the format of the target."""
        if self.format == "table":
            self.write_text(_text(rows))
        elif self.format in ("csv", "tsv"):
            from pyarrow import csv

            between = csv.WriteOptions(delimiter="," if self.format == "csv" else "\t")
            csv.write_csv(_flat(rows), self._file, between)
        elif self.format == "json":
            self.write_text(_json(rows))
        elif self.format == "fits":
            memory = BytesIO()  # astropy does not take a file that is open to be made
            results.to_astropy(_without_times(rows), {}).write(memory, format="fits")
            self.write_bytes(memory.getvalue())
        elif self.format == "parquet":
            from pyarrow import parquet

            parquet.write_table(rows, self._file)
        elif self.format == "arrow":
            with pa.ipc.new_stream(cast(IOBase, self._file), rows.schema) as stream:
                stream.write_table(rows)
        else:
            self.write_bytes(votwriter.write(rows))

    def write_bytes(self, content: bytes) -> None:
        """Write bytes as they are."""
        self._file.write(content)

    def write_document(self, service: Service, query: Query) -> bool:
        """Write the VOTable of a query as the service sends it.

        Returns
        -------
        bool
            Whether the service cut the result short.

        Raises
        ------
        QueryError
            The service refused the query.
        """
        head, tail, size = b"", b"", 0
        with service.stream(query) as answer:
            for chunk in answer.iter_bytes():
                self._file.write(chunk)
                head += chunk[: _LONGEST_REFUSAL - len(head)]
                tail = (tail + chunk)[-4096:]
                size += len(chunk)
        # Some services refuse a query with status 200.
        if size == len(head) and (told := votable.error_in(head)) is not None:
            raise query_error(told, query.text)
        return _OVERFLOW in tail

    def write_text(self, text: str) -> None:
        """Write text as it is."""
        self._file.write(text.encode())


def format_of(path: Path, otherwise: str | None = None) -> str | None:
    """The format that the name of a file tells; `otherwise` when it has no ending.

    Raises
    ------
    UsageError
        Its ending is of no format, and there is no `otherwise`.
    """
    found = _BY_SUFFIX.get(path.suffix.lower(), otherwise)
    if found is None and path.suffix:
        raise UsageError(
            f"{path.name} ends with {path.suffix}, which is no format.",
            f"Let it end with {', '.join(_BY_SUFFIX)}, or with none for CSV.",
        )
    return found


def _cannot_write(path: Path, error: OSError) -> DatalabError:
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    return DatalabError(f"{path} cannot be written: {reason}.")


def _text(rows: pa.Table) -> str:
    numbers = {i for i, field in enumerate(rows.schema) if _is_number(field.type)}
    cells = [[_cell(value) for value in row.values()] for row in rows.to_pylist()]
    count = f"{rows.num_rows:,} row{'' if rows.num_rows == 1 else 's'}"
    return text_table(rows.column_names, cells, numbers, count) + "\n"


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _cell(value: Any) -> str:  # noqa: ANN401 - the cells of a table hold anything
    return "" if value is None else str(value)


def _flat(rows: pa.Table) -> pa.Table:
    """Rows as CSV can hold them: arrays as their elements with spaces, bytes in hexadecimal."""
    for i, field in enumerate(rows.schema):
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
            texts = [None if value is None else _words(value) for value in rows[i].to_pylist()]
            rows = rows.set_column(i, field.name, pa.array(texts, pa.string()))
    return rows


def _without_times(rows: pa.Table) -> pa.Table:
    """Rows as FITS can hold them: times as text (FITS 4.0, section 9.1.1)."""
    for i, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type):
            text = pc.strftime(rows[i], "%Y-%m-%dT%H:%M:%S")
            rows = rows.set_column(
                i, pa.field(field.name, pa.string(), metadata=field.metadata), text
            )
    return rows


def _words(value: Any) -> str:  # noqa: ANN401 - the cells of a table hold anything
    if isinstance(value, list):
        return " ".join(map(_words, value))
    return value.hex() if isinstance(value, bytes) else _cell(value)


def _json(rows: pa.Table) -> str:
    """One object a row on a line of its own; what JSON has no number for becomes null."""
    lines = (
        json.dumps({k: _json_value(v) for k, v in row.items()}, ensure_ascii=False)
        for row in rows.to_pylist()
    )
    return "[" + ",\n ".join(lines) + "]\n"


def _json_value(value: Any) -> Any:  # noqa: ANN401 - the cells of a table hold anything
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (bool, int, float, str, list, type(None))) else str(value)
