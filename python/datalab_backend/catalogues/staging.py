"""Rows on their way in: what was read of each file, kept until the table is whole.

Below ``ingest/`` of the data directory each table that is being made has a directory of its own. Of
every file that was read to its end it holds the rows as Parquet, with their HEALPix index, and what
was found wrong with them. A repeated command finds them there and goes on.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

from datalab_backend.catalogues import documents
from datalab_backend.catalogues.files import Source
from datalab_backend.catalogues.heads import Heads
from datalab_backend.catalogues.ingest import check_full_name
from datalab_backend.catalogues.plan import Plan
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.errors import ConflictError, ServiceError
from datalab_backend.metadata import Table

_FORMAT = 1
_KEPT_S = 14 * 86_400


class Staging:
    """The staged files of one table.

    Parameters
    ----------
    store
        The data directory.
    table
        The table that is to be.

    Raises
    ------
    UsageError
        When a table cannot have its name.
    """

    def __init__(self, store: CatalogueStore, table: Table) -> None:
        check_full_name(
            table, store.schema
        )  # the directory is deleted in the end, so it must be one below
        self._root = store.data / "ingest"
        self._directory = self._root / table.full_name.lower()
        self._parts = self._directory / "parts"
        self.scratch = self._directory / "unpacked"
        self._name = table.full_name

    @property
    def heads(self) -> Heads:
        """What was seen in the heads of the files."""
        return Heads(self._directory / "heads")

    @contextmanager
    def held(self, resumes: bool = True) -> Iterator[None]:
        """Keep other ingests of the same table out, and those of long ago from filling the disk.

        Parameters
        ----------
        resumes
            Whether what was read is kept for another attempt when this one fails.

        Raises
        ------
        ConflictError
            When there is one.
        ServiceError
            When the disk is full.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._directory / "lock"
        with path.open("w") as lock:
            # The one before deletes the lock with all the rest: then another may hold a new one.
            if not (_locked(lock) and _is_there(path, lock)):
                raise ConflictError(
                    f"{self._name} is already being ingested.", "Wait until that is done."
                )
            self._delete_abandoned()
            shutil.rmtree(self.scratch, ignore_errors=True)
            try:
                yield
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                raise ServiceError(
                    f"The disk is full: {self._name} does not fit into {self._root}.",
                    "Make room there, or name another directory with --data; the same command "
                    "goes on then.",
                ) from error
            finally:
                if not (resumes and self._parts.exists()):  # there is nothing to come back for
                    self.clear()

    def begin(self, plan: Plan) -> None:
        """Drop what was staged for another plan: other columns, types, units or nulls."""
        told = json.dumps([asdict(planned) for planned in plan.columns], sort_keys=True)
        told += json.dumps([_FORMAT, plan.table.position])
        mark = self._directory / "plan"
        if not mark.exists() or mark.read_text() != told:
            shutil.rmtree(self._parts, ignore_errors=True)
            mark.write_text(told)
        self._parts.mkdir(exist_ok=True)

    def part(self, source: Source) -> Path:
        """Where the rows of a file are, or are to be."""
        return self._parts / f"{fingerprint(source)}.parquet"

    def told(self, source: Source) -> dict[str, Any] | None:
        """What was found in a file that is staged, None for one that is not."""
        try:
            text = self.part(source).with_suffix(".json").read_text()
        except FileNotFoundError:
            return None
        document: dict[str, Any] = json.loads(text)
        return document

    def keep(self, source: Source, fresh: Path, document: dict[str, Any]) -> None:
        """Take a file's rows as staged; its document comes last."""
        part = self.part(source)
        fresh.replace(part)
        written = part.with_suffix(".json.new")
        written.write_text(json.dumps(document))
        written.replace(part.with_suffix(".json"))

    def token(self, sources: Iterable[Source]) -> str:
        """A name for these files, until they are cleared; another when they are staged again."""
        run = self._directory / "run"
        if not run.exists():
            documents.write_json(run, {"run": uuid4().hex})
        told = "|".join([run.read_text(), *sorted(map(fingerprint, sources))])
        return hashlib.sha256(told.encode()).hexdigest()[:24]

    def clear(self) -> None:
        """Delete all of it, once the table is whole."""
        shutil.rmtree(self._parts, ignore_errors=True)  # a kill in between leaves the token
        shutil.rmtree(self._directory, ignore_errors=True)

    def _delete_abandoned(self) -> None:
        """Delete what nobody came back for within two weeks."""
        for directory in self._root.iterdir():
            lock = directory / "lock"
            if directory == self._directory or not lock.exists():
                continue
            newest = max(path.stat().st_mtime for path in (directory, *directory.glob("parts")))
            with lock.open("a") as file:
                if _locked(file) and time.time() - newest > _KEPT_S:
                    shutil.rmtree(directory, ignore_errors=True)


def fingerprint(source: Source) -> str:
    """A name for a file as it is now; another when it changes."""
    status = source.path.stat()
    told = f"{source.path.resolve()}|{source.label}|{status.st_size}|{status.st_mtime_ns}"
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _locked(file: Any) -> bool:  # noqa: ANN401 - an open file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_there(path: Path, file: TextIO) -> bool:
    """Whether a path still leads to a file that is open."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
