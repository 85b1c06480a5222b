"""The demo sky: real stars and galaxies first, then simulated surveys that say they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from datalab_backend.catalogues.demo.state import (
    INTERRUPTED,
    DemoState,
    Progress,
    read_state,
    sole_maker,
    write_state,
)
from datalab_backend.errors import DatalabError

if TYPE_CHECKING:
    from pathlib import Path

    from datalab_backend.catalogues.demo.parts import Part
    from datalab_backend.catalogues.store import CatalogueStore

__all__ = ["DemoState", "Progress", "make_demo", "read_state"]

_WRITE_EVERY_S = 0.2
_TABLES_SHARE = 0.85
"""The part of the work that is done when the tables are there."""


def make_demo(
    store: CatalogueStore,
    rows: int = 1_000_000,
    progress: Callable[[float, str], None] | None = None,
    images: Callable[[Callable[[float], None]], None] | None = None,
) -> None:
    """Make the demo sky, or what is missing of it.

    The real catalogues come first and can be queried while the simulation is still being made.
    Tables that an earlier, interrupted run has finished with the same parameters are kept.

    Parameters
    ----------
    store
        Where to.
    rows
        About how many rows the simulated surveys shall have in all, their truth tables not counted.
    progress
        Called with the fraction of the work that is done and what is being done.
    images
        Makes the images of the sky after its tables, telling the fraction that is done. They know
        the catalogues, which know nothing of them.

    Raises
    ------
    ServiceError
        When another process is making the demo sky here, or the disk does not take it.
    """
    # The parts load NumPy and Astropy, which those who only read the state can do without.
    from datalab_backend.catalogues.demo.surveys import parts

    with sole_maker(store.data):
        wanted = parts(rows)
        made = _kept(store, wanted)
        told = _Report(store.data, made, progress)
        try:
            _make([part for part in wanted if part.table.full_name not in made], store, told)
            if images:
                images(told.images)
        except BaseException as error:
            told.failed(error)
            raise
        told.complete()


def _kept(store: CatalogueStore, wanted: tuple[Part, ...]) -> dict[str, str]:
    """Find the tables that are there already, with the parameters they were made with."""
    known, before = store.tables(), read_state(store.data).made
    return {
        part.table.full_name: part.parameters
        for part in wanted
        if known.find(part.table.full_name) and before.get(part.table.full_name) == part.parameters
    }


def _make(missing: list[Part], store: CatalogueStore, told: _Report) -> None:
    from datalab_backend.catalogues.ingest import ingest

    total = sum(part.table.rows or 0 for part in missing)
    done = 0
    for part in missing:
        expected = part.table.rows or 0
        start, share = (_TABLES_SHARE * rows / total for rows in (done, expected))

        def report(fraction: float, _: str, part: Part = part, start: float = start) -> None:
            told.running(start + fraction * share, part.message)  # noqa: B023 - used at once

        report(0.0, "")
        ingest(store, part.schema, part.table, part.rows(), report)
        told.made(part)
        done += expected


class _Report:
    """Tells both the caller and the readers of ``demo.json`` how far the demo sky has come."""

    def __init__(
        self, data: Path, made: dict[str, str], progress: Callable[[float, str], None] | None
    ) -> None:
        self._made = made
        self._data = data
        self._progress = progress
        self._fraction = 0.0
        self._written_at = 0.0

    def running(self, fraction: float, message: str) -> None:
        self._fraction = max(fraction, self._fraction)
        if self._progress:
            self._progress(self._fraction, message)
        if time.monotonic() - self._written_at > _WRITE_EVERY_S:
            self._write(Progress.RUNNING, message)

    def images(self, fraction: float) -> None:
        done = _TABLES_SHARE + (1 - _TABLES_SHARE) * fraction
        self.running(done, "Rendering images of the field around Hydra II …")

    def made(self, part: Part) -> None:
        self._made[part.table.full_name] = part.parameters
        self._write(Progress.RUNNING, part.message)

    def complete(self) -> None:
        self._fraction = 1.0
        self._write(Progress.COMPLETE, "The demo sky is complete.")
        if self._progress:
            self._progress(1.0, "The demo sky is complete.")

    def failed(self, error: BaseException) -> None:
        sentence = str(error) if isinstance(error, DatalabError) else INTERRUPTED
        self._write(Progress.FAILED, sentence, sentence)

    def _write(self, state: Progress, message: str, error: str | None = None) -> None:
        write_state(self._data, DemoState(state, self._fraction, message, self._made, error))
        self._written_at = time.monotonic()
