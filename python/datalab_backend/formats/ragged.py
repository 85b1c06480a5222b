"""Values of variable length as Arrow keeps them: all their bytes, and where each one starts."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datalab_backend.engines.arrow import Values

Offsets: TypeAlias = NDArray[np.int64]
Bytes: TypeAlias = NDArray[np.uint8]


def split(values: Values) -> tuple[Offsets, Bytes]:
    """The offsets (one more than there are values) and the bytes of a large text or binary column.

    The column must have no nulls.
    """
    _, ends, content = values.buffers()
    offsets = np.frombuffer(ends, np.int64)[values.offset : values.offset + len(values) + 1]
    data = np.frombuffer(content, np.uint8) if content else np.zeros(0, np.uint8)
    return offsets - offsets[0], data[offsets[0] : offsets[-1]]


def build(offsets: Offsets, data: Bytes) -> Values:
    """The large binary column with these offsets and bytes."""
    buffers = [None, pa.array(offsets).buffers()[1], pa.array(data).buffers()[1]]
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)
