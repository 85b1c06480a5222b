"""Columns that say where another column has no value, as astropy writes masked columns.

In Parquet (and in ECSV, when asked to) astropy keeps the numbers below a mask and puts the mask
beside them, as a column ``g.mask`` of true and false.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from datalab_backend.catalogues.files.source import Piece, Source
from datalab_backend.engines.arrow import Values
from datalab_backend.metadata import Column, DataType


def without_masked(source: Source, masks: Mapping[str, str]) -> Source:
    """A table with nulls where its masks are true, and without the columns of these.

    Parameters
    ----------
    source
        The table.
    masks
        The names of the columns with masks, by those that they are masks of. What is no mask of
        whole values, such as one of the elements of arrays, is left as it is.
    """
    by_name = {column.name: column for column in source.columns}
    used = {
        name: mask
        for name, mask in masks.items()
        if name in by_name and _is_mask(by_name.get(mask))
    }
    if not used:
        return source
    kept = tuple(column for column in source.columns if column.name not in used.values())
    notes = [f"Where {mask} is true, {name} has no value." for name, mask in used.items()]
    return replace(
        source,
        columns=kept,
        pieces=partial(_pieces, source, used),
        notes=(*source.notes, *notes),
    )


def _is_mask(column: Column | None) -> bool:
    return column is not None and column.datatype is DataType.BOOLEAN and not column.is_array


def _pieces(source: Source, masks: Mapping[str, str], wanted: Sequence[Column]) -> Iterator[Piece]:
    by_name = {column.name: column for column in wanted}
    for piece in source.pieces([by_name.get(c.name, c) for c in source.columns]):
        rows = piece.rows
        values = [
            _masked(rows.column(name), rows.column(masks[name]))
            if name in masks
            else rows.column(name)
            for name in by_name
        ]
        yield replace(piece, rows=pa.RecordBatch.from_arrays(values, list(by_name)))


def _masked(values: Values, mask: Values) -> Values:
    return pc.if_else(mask.fill_null(False), pa.scalar(None, values.type), values)
