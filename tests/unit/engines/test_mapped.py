"""Of files that are mapped into memory no more is read from the disk than is wanted."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from datalab_backend.engines.mapped import MappedFile, mapped_array

ROWS = 250_000
COLUMNS = 12
SOME = slice(100_000, 105_000)
A_BLOCK = 512


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of numbers and text, 25 MB."""
    rng = np.random.default_rng(3)
    columns = {f"c{i}": rng.uniform(size=ROWS) for i in range(COLUMNS)}
    names = [f"{'PSF' if i % 3 else 'REX'} {i}" for i in range(ROWS)]
    batch = pa.record_batch({**columns, "name": names})
    path = tmp_path_factory.mktemp("mapped") / "rows.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)
    return path


@pytest.fixture
def cold(written: Path) -> Path:
    """The same, none of which is in the system's memory."""
    number = os.open(written, os.O_RDONLY)
    os.fsync(number)
    os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(number)
    return written


def _bytes_read() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_inblock * A_BLOCK


def _waits_for_the_disk() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_majflt


def test_a_few_rows_are_read_without_what_is_around_them(cold: Path):
    mapped = MappedFile(cold)
    batch = pa.ipc.open_file(mapped.content).get_batch(0)
    before = _bytes_read()
    for column in range(COLUMNS):
        assert 0 <= batch.column(column)[SOME.start].as_py() < 1
    assert _bytes_read() - before <= COLUMNS * 16_384


def test_rows_that_were_announced_are_not_waited_for_page_by_page(cold: Path):
    mapped = MappedFile(cold)
    batch = pa.ipc.open_file(mapped.content).get_batch(0)
    mapped.announce(batch, SOME.start, SOME.stop)
    before = _waits_for_the_disk()
    rows = batch.slice(SOME.start, SOME.stop - SOME.start)
    sums = [rows.column(i).to_numpy().sum() for i in range(COLUMNS)]
    assert min(sums) > 0
    assert rows.column("name")[-1].as_py().endswith(str(SOME.stop - 1))
    assert _waits_for_the_disk() - before <= COLUMNS  # without: ten pages of each column


def test_the_rows_are_those_that_were_written(cold: Path):
    mapped = MappedFile(cold)
    batch = pa.ipc.open_file(mapped.content).get_batch(0)
    for start, end in ((0, 1), (0, ROWS), (ROWS - 1, ROWS), (5, 5)):
        mapped.announce(batch, start, end)
    whole = pa.ipc.open_file(cold.read_bytes()).get_batch(0)
    assert batch.equals(whole)


def test_rows_that_are_in_memory_need_no_announcing(written: Path):
    MappedFile(written).announce(pa.record_batch({"c0": [1.0, 2.0], "name": ["", None]}), 0, 2)


@pytest.mark.parametrize("kind", [np.int64, np.uint32, np.int16])
def test_arrays_are_read_as_they_were_written(tmp_path: Path, kind: type[np.generic]):
    values = np.arange(10_000).astype(kind)
    path = tmp_path / "values.npy"
    np.lib.format.open_memmap(path, "w+", kind, values.shape)[:] = values
    found = mapped_array(path)
    assert found.dtype == kind
    assert np.array_equal(found, values)
