"""The files of jobs: the tables they bring along, and results, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from datalab_backend import disk

_UNFINISHED = ".part"


class JobFiles:
    """The directory with what belongs to each job, named by the job's id.

    Parameters
    ----------
    directory
        The directory of the jobs; made when it is not there.
    """

    def __init__(self, directory: Path) -> None:
        self._results = directory / "results"
        self._uploads = directory / "uploads"
        self._results.mkdir(parents=True, exist_ok=True)
        self._uploads.mkdir(exist_ok=True)

    def result(self, job_id: str) -> Path:
        """The file with the result of a COMPLETED job."""
        return self._results / job_id

    def uploads(self, job_id: str) -> Path:
        """The directory with the tables that a job brings along; there only if it does."""
        return self._uploads / job_id

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
            disk.sync(self._results)
        finally:
            fresh.unlink(missing_ok=True)

    def remove(self, job_id: str) -> None:
        """Remove all files of a job."""
        self.result(job_id).unlink(missing_ok=True)
        self.remove_uploads(job_id)

    def remove_uploads(self, job_id: str) -> None:
        """Remove the tables that a job brings along."""
        shutil.rmtree(self.uploads(job_id), ignore_errors=True)

    def keep_only(self, completed: set[str], known: set[str]) -> None:
        """Remove what a server that died has left: unfinished results, and the files of no job.

        Parameters
        ----------
        completed
            The jobs that have a result.
        known
            All jobs.
        """
        for path in self._results.iterdir():
            if path.name not in completed:
                path.unlink()
        for path in self._uploads.iterdir():
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)
