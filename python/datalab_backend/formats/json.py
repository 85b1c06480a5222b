"""Results as JSON: what the columns are, then the rows as arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pyarrow as pa

from datalab_backend.formats import text
from datalab_backend.formats.base import Status
from datalab_backend.formats.votypes import votype
from datalab_backend.metadata import Column


class JsonFormat:
    """``{"metadata": [{"name": …}, …], "data": [[…], …], "overflow": false}``.

    64-bit integers are strings, and so are ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``.
    """

    name = "json"
    media_type = "application/json"
    extension = "json"

    def write(
        self, columns: tuple[Column, ...], result: Iterable[pa.RecordBatch], status: Status
    ) -> Iterator[bytes]:
        """The document in pieces, none of them empty."""
        metadata = json.dumps([_describe(column) for column in columns], ensure_ascii=False)
        yield f'{{"metadata":{metadata},\n"data":['.encode()
        before = b"\n["
        for rows in text.slices(result, columns):
            tokens = [text.json_tokens(values) for values in rows.columns]
            yield before + text.joined(tokens, ",", "],\n[").removesuffix(b"],\n[")
            before = b"],\n["
        closed = b"" if before == b"\n[" else b"]"
        overflow = json.dumps(status.overflow).encode()
        yield closed + b'],\n"overflow":' + overflow + b"}\n"


def _describe(column: Column) -> dict[str, str]:
    kind = votype(column)
    described = {
        "name": column.name,
        "datatype": kind.datatype,
        "arraysize": kind.arraysize,
        "xtype": kind.xtype,
        "unit": column.unit,
        "ucd": column.ucd,
        "utype": column.utype,
        "description": column.description,
    }
    return {key: value for key, value in described.items() if value or key == "name"}
