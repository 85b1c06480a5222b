"""Files that are mapped into memory, of which only what is asked for is read from the disk."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.lib import format as npy
from numpy.typing import NDArray

_PAGE = mmap.PAGESIZE


class MappedFile:
    """A file as memory.

    Systems read much around each page that is touched, some of them megabytes, as if all would be
    wanted. Of a large table a query wants a few short pieces far from each other, so that here a
    page comes alone. What is longer is to be announced, or it would come page by page.

    Parameters
    ----------
    path
        The file, which is not empty.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._memory.madvise(mmap.MADV_RANDOM)
        self.content = pa.py_buffer(self._memory)
        """The bytes; the file stays mapped as long as somebody has some of them."""

    def announce(self, batch: pa.RecordBatch, start: int, end: int) -> None:
        """Have rows of a batch read from the disk, all at once; they are not waited for.

        Parameters
        ----------
        batch
            Whole columns, from the file.
        start, end
            The first row that is wanted, and the first behind it that is not.
        """
        base, size, rows = self.content.address, self.content.size, len(batch)
        for column in batch.columns:
            for buffer in filter(None, column.buffers()):
                # As large a part of the bytes as of the rows: also of text nearly the right one.
                first, length = buffer.address - base, buffer.size
                low = max(first + length * start // rows - _PAGE, 0) // _PAGE * _PAGE
                high = min(first + length * end // rows + _PAGE, size)
                if low < high:
                    self._memory.madvise(mmap.MADV_WILLNEED, low, high - low)


def mapped_array(path: Path) -> NDArray[Any]:
    """The values of a ``.npy`` file of one dimension, as `open_memmap` writes it."""
    with path.open("rb") as file:
        npy.read_magic(file)
        _, _, kind = npy.read_array_header_1_0(file)
        start = file.tell()
    return np.frombuffer(memoryview(MappedFile(path).content), kind, offset=start)
