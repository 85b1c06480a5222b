"""What was seen in the heads of files, so that a repeated command need not look again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from datalab_backend.catalogues.files import Piece, Source
from datalab_backend.metadata import Column, DataType


class Heads:
    """The heads that were seen, one line of JSON for each file.

    Parameters
    ----------
    path
        The file that keeps them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list[dict[str, Any]]] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    self._known |= json.loads(line or "{}")
                except ValueError:  # cut off by a kill
                    continue

    def of(self, path: Path, hdu: str | None, opened: Callable[[], list[Source]]) -> list[Source]:
        """The tables of a file, as it is now.

        Parameters
        ----------
        path, hdu
            The file, and which of its tables is wanted.
        opened
            Looks at the file.
        """
        status = path.stat()
        key = f"{path}|{hdu}|{status.st_size}|{status.st_mtime_ns}"
        known = self._known.get(key)
        if known is not None:
            return [_source(path, head, opened, index) for index, head in enumerate(known)]
        found = opened()
        line = json.dumps({key: [_head(source) for source in found]})
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")  # on a line of its own, even behind one that was cut off
        return found


def _head(source: Source) -> dict[str, Any]:
    return {
        "label": source.label,
        "columns": [asdict(column) for column in source.columns],
        "description": source.description,
        "credit": source.credit,
        "rows": source.rows,
        "empty": sorted(source.empty),
        "guessed": source.guessed,
        "position": source.position,
        "notes": source.notes,
    }


def _source(
    path: Path, head: dict[str, Any], opened: Callable[[], list[Source]], index: int
) -> Source:
    told = dict(head)
    columns = tuple(
        Column(**{**column, "datatype": DataType(column["datatype"])})
        for column in told.pop("columns")
    )
    position = told.pop("position")
    return Source(
        path=path,
        columns=columns,
        pieces=partial(_again, opened, index),
        empty=frozenset(told.pop("empty")),
        notes=tuple(told.pop("notes")),
        position=tuple(position) if position else None,
        **told,
    )


def _again(
    opened: Callable[[], list[Source]], index: int, wanted: Sequence[Column]
) -> Iterator[Piece]:
    yield from opened()[index].pieces(wanted)
