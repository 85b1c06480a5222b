"""The images of a data directory.

``images/<collection>/collection.json`` says what there is; the FITS files lie beside it. The
directory of a collection is made under another name and renamed when it is whole, so that there are
all images of a collection or none, also after ``kill -9``.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from datalab_backend import disk
from datalab_backend.errors import NotFoundError, ServiceError
from datalab_backend.images.image import Collection, Image

log = logging.getLogger(__name__)

Progress = Callable[[float], None]
Maker = Callable[[Path, Progress], tuple[Image, ...]]

_DOCUMENT = "collection.json"
_UNFINISHED, _REPLACED = ".making.", ".replaced."


class ImageStore:
    """The images of one data directory; any thread may use it.

    Parameters
    ----------
    data
        The data directory.
    """

    def __init__(self, data: Path) -> None:
        self._root = data / "images"
        self._lock = Lock()
        self._known: tuple[tuple[tuple[str, int], ...], tuple[Collection, ...]] = ((), ())

    def collections(self) -> tuple[Collection, ...]:
        """All that there are now, by their names."""
        signature = []
        for path in sorted(self._root.glob(f"[!.]*/{_DOCUMENT}")):
            try:
                signature.append((path.parent.name, path.stat().st_mtime_ns))
            except FileNotFoundError:
                continue
        with self._lock:
            if self._known[0] != tuple(signature):
                found = (self._read(self._root / name) for name, _ in signature)
                self._known = (tuple(signature), tuple(c for c in found if c))
            return self._known[1]

    def collection(self, name: str) -> Collection:
        """One of them.

        Raises
        ------
        NotFoundError
            There is none of that name.
        """
        found = next((c for c in self.collections() if c.name == name), None)
        if found is None:
            raise NotFoundError(
                f"There are no images “{name[:80]}”.", f"There are: {self._names() or 'none'}."
            )
        return found

    def image(self, collection: str, band: str) -> Image:
        """The image of a collection in a band.

        Raises
        ------
        NotFoundError
            There is none.
        """
        within = self.collection(collection)
        found = within.find(band)
        if found is None:
            bands = ", ".join(image.band for image in within.images)
            raise NotFoundError(
                f"{within.name} has no image in the band “{band[:80]}”.", f"It has {bands}."
            )
        return found

    def make(self, name: str, made_by: str, maker: Maker, progress: Progress) -> None:
        """Make a collection, unless it is there already, made by the same.

        Parameters
        ----------
        name
            Its name.
        made_by
            What it depends on.
        maker
            Writes the files into a directory and describes them.
        progress
            Called with the fraction of the work that is done.

        Raises
        ------
        ServiceError
            When the disk does not take it.
        """
        if self._is_made(name, made_by):
            return
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with self._sole_maker():
                if not self._is_made(name, made_by):
                    self._make(name, made_by, maker, progress)
        except OSError as error:
            raise ServiceError(
                f"The images of {name} could not be written: {error.strerror or error}.",
                "Look whether the disk is full or write-protected.",
            ) from error

    def _make(self, name: str, made_by: str, maker: Maker, progress: Progress) -> None:
        for leftover in (*self._root.glob(f"{_UNFINISHED}*"), *self._root.glob(f"{_REPLACED}*")):
            shutil.rmtree(leftover, ignore_errors=True)
        fresh = self._root / f"{_UNFINISHED}{os.getpid()}"
        fresh.mkdir()
        try:
            images = maker(fresh, progress)
            document = {"made_by": made_by, "images": [_written(image) for image in images]}
            (fresh / _DOCUMENT).write_text(json.dumps(document))
            for path in fresh.iterdir():
                disk.sync(path)
            final = self._root / name
            if final.exists():
                final.rename(self._root / f"{_REPLACED}{os.getpid()}")
            fresh.rename(final)
            disk.sync(self._root)
        finally:
            for leftover in (fresh, self._root / f"{_REPLACED}{os.getpid()}"):
                shutil.rmtree(leftover, ignore_errors=True)

    def _is_made(self, name: str, made_by: str) -> bool:
        return any(c.name == name and c.made_by == made_by for c in self.collections())

    @contextmanager
    def _sole_maker(self) -> Iterator[None]:
        """Wait until no other process or thread makes images here."""
        with (self._root / "maker.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _names(self) -> str:
        return ", ".join(collection.name for collection in self.collections())

    def _read(self, directory: Path) -> Collection | None:
        """Read a collection's document; one that is gone or damaged hides only its own images."""
        try:
            document = json.loads((directory / _DOCUMENT).read_text())
            images = tuple(_read(told, directory) for told in document["images"])
            return Collection(directory.name, str(document["made_by"]), images, directory / "tiles")
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("%s cannot be read, so its images are hidden: %s", directory, error)
            return None


def _written(image: Image) -> dict[str, object]:
    return {**asdict(image), "file": image.file.name}


def _read(told: dict[str, Any], directory: Path) -> Image:
    shortest, longest = told["wavelengths_m"]
    # By its last part alone, it cannot lead out of the directory.
    file = directory / Path(told["file"]).name
    return Image(**{**told, "file": file, "wavelengths_m": (shortest, longest)})
