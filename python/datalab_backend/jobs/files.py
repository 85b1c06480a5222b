"""The files of jobs: a result is there as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_UNFINISHED = ".part"


class JobFiles:
    """The directory with the results, each a file named by the id of its job.

    Parameters
    ----------
    directory
        The directory of the jobs; made when it is not there.
    """

    def __init__(self, directory: Path) -> None:
        self._results = directory / "results"
        self._results.mkdir(parents=True, exist_ok=True)

    def result(self, job_id: str) -> Path:
        """The file with the result of a COMPLETED job."""
        return self._results / job_id

    @contextmanager
    def writing(self, job_id: str) -> Iterator[BinaryIO]:
        """Give a file to write a result to, which takes its place when the block ends well."""
        final = self.result(job_id)
        fresh = final.with_name(job_id + _UNFINISHED)
        try:
            with fresh.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(final)
            self._sync()
        finally:
            fresh.unlink(missing_ok=True)

    def remove(self, job_id: str) -> None:
        """Remove all files of a job."""
        self.result(job_id).unlink(missing_ok=True)

    def keep_only(self, job_ids: set[str]) -> None:
        """Remove what a server that died has left: unfinished results, and those of no job."""
        for path in self._results.iterdir():
            if path.name not in job_ids:
                path.unlink()

    def _sync(self) -> None:
        descriptor = os.open(self._results, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
