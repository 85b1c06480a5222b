"""Values of variable length as Arrow keeps them: all their bytes, and where each one starts."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datalab_backend.engines.arrow import Values

Offsets: TypeAlias = NDArray[np.int32] | NDArray[np.int64]
Bytes: TypeAlias = NDArray[np.uint8]


def split(values: Values) -> tuple[Offsets, Bytes]:
    """The offsets (one more than there are values) and the bytes of a text or binary column.

    The column must have no nulls. Nothing is copied where the first value starts at zero.
    """
    kind = values.type
    is_large = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
    _, ends, content = values.buffers()
    if not ends:
        return np.zeros(len(values) + 1, np.int64), np.zeros(0, np.uint8)
    whole: Offsets = np.frombuffer(ends, np.int64) if is_large else np.frombuffer(ends, np.int32)
    offsets = whole[values.offset : values.offset + len(values) + 1]
    data = np.frombuffer(content, np.uint8) if content else np.zeros(0, np.uint8)
    first, end = offsets[0], offsets[-1]
    return offsets - first if first else offsets, data[first:end]


def build(offsets: Offsets, data: Bytes) -> Values:
    """The large binary column of these bytes, which are not copied."""
    ends = offsets.astype(np.int64, copy=False)
    buffers = [None, pa.py_buffer(ends.data), pa.py_buffer(data.data)]
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)
