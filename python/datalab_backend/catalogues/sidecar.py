"""The small YAML file in which a survey team says what its files do not.

It lies beside the files as ``<table>.yaml``. Every key may be left out::

    title: Bright stars
    description: All stars brighter than 10 mag.
    credit: Survey team
    simulated: false
    position: [ra, dec]
    id: source_id
    columns:
      g: {unit: mag, ucd: phot.mag;em.opt.V, description: Magnitude, 'null': 99.99}
      x1: {name: parallax, type: REAL}
      debug: {leave_out: true}
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from datalab_backend.errors import NotFoundError, UsageError
from datalab_backend.metadata import DataType

TYPES = tuple(
    kind for kind in DataType if kind not in (DataType.POINT, DataType.CIRCLE, DataType.POLYGON)
)
"""The types that a column of a file can be read as."""


@dataclass(frozen=True, slots=True)
class ColumnNotes:
    """What the sidecar says of a column of the files.

    Attributes
    ----------
    name
        What to call it in the table.
    type
        Its ADQL type; text is read as such, whatever it looks like.
    unit, ucd, utype, description
        Its metadata.
    null
        The value that stands for none.
    principal
        Whether it is one to look at first.
    leave_out
        Whether it is not wanted.
    """

    name: str = ""
    type: DataType | None = None
    unit: str | None = None
    ucd: str | None = None
    utype: str | None = None
    description: str | None = None
    null: float | str | None = None
    principal: bool | None = None
    leave_out: bool = False


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What the sidecar says of a table.

    Attributes
    ----------
    title, description, credit, simulated
        As in `metadata.Table`; the title begins the description.
    position
        The columns of the files with the position; empty when there is none, None when it is
        to be guessed.
    id
        The column of the files that names each row.
    columns
        What is said of columns, by their names in the files, without case.
    """

    title: str = ""
    description: str = ""
    credit: str = ""
    simulated: bool = False
    position: tuple[str, ...] | None = None
    id: str = ""
    columns: Mapping[str, ColumnNotes] = field(default_factory=dict)


def read(path: Path) -> Sidecar:
    """Read a sidecar.

    Raises
    ------
    NotFoundError
        When there is none.
    UsageError
        When it says what cannot be understood.
    """
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise NotFoundError(f"There is no sidecar {path}.", "--write-sidecar starts one.") from None
    except UnicodeDecodeError:
        raise UsageError(f"The sidecar {path} is not UTF-8.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" Look at line {mark.line + 1}." if mark else ""
        raise UsageError(f"The sidecar {path} is not YAML.{place}") from None
    except RecursionError:
        raise UsageError(f"The sidecar {path} is nested too deeply.") from None
    except ValueError as error:
        raise UsageError(
            f"The sidecar {path} has a value that cannot be: {error}.", "Write texts in quotes."
        ) from None
    known = _known(path, told, Sidecar)
    columns = known.pop("columns", None) or {}
    if not isinstance(columns, dict):
        raise UsageError(f"In the sidecar {path}, columns is not a list of names and notes.")
    position = known.pop("position", None)
    if position is not None and position is not False:
        position = [str(name) for name in position] if isinstance(position, list) else ["?"]
        if len(position) not in (0, 2):
            raise UsageError(
                f"In the sidecar {path}, position is not two names of columns.",
                "Write it as [ra, dec], or [] when there is none.",
            )
    notes = {str(n).casefold(): _notes(path, str(n), c or {}) for n, c in columns.items()}
    simulated = _truth(path, "simulated", known.pop("simulated", None))
    texts = {key: _text(path, key, value) for key, value in known.items()}
    return Sidecar(
        simulated=bool(simulated),
        position=None if position is None else tuple(position or ()),
        columns=notes,
        **texts,
    )


def write(path: Path, sidecar: Sidecar, columns: Iterable[tuple[str, ColumnNotes]]) -> None:
    """Start a sidecar that says what is known and guessed, to be corrected by hand.

    Raises
    ------
    UsageError
        When there is one already.
    """
    document = {
        "title": sidecar.title,
        "description": sidecar.description,
        "credit": sidecar.credit,
        "simulated": sidecar.simulated,
        "position": list(sidecar.position or ()),
        "id": sidecar.id,
        "columns": {
            name: {
                "type": notes.type.value if notes.type else "",
                "unit": notes.unit or "",
                "ucd": notes.ucd or "",
                "description": notes.description or "",
            }
            for name, notes in columns
        },
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(
            f"There is a sidecar {path} already.", "Edit it, or move it away first."
        ) from None


def _notes(path: Path, name: str, told: object) -> ColumnNotes:
    known = _known(path, told, ColumnNotes, f" of the column {name}")
    if known.get("type"):
        try:
            known["type"] = DataType(str(known["type"]).upper())
        except ValueError:
            raise UsageError(
                f"In the sidecar {path}, the type of {name} is “{known['type']}”, which is none.",
                f"The types are {', '.join(DataType)}.",
            ) from None
        if known["type"] not in TYPES:
            raise UsageError(
                f"In the sidecar {path}, {name} is {known['type']}, which no file is read as.",
                f"These types can be told: {', '.join(TYPES)}.",
            )
    else:
        known.pop("type", None)
    of = f" of the column {name}"
    for key in ("name", "unit", "ucd", "utype", "description"):
        if key in known:
            known[key] = _text(path, key + of, known[key])
    known["principal"] = _truth(path, f"principal{of}", known.get("principal"))
    known["leave_out"] = bool(_truth(path, f"leave_out{of}", known.get("leave_out")))
    if not isinstance(known.get("null"), int | float | str | None):
        raise UsageError(
            f"In the sidecar {path}, null{of} is neither a number nor a text.",
            "Write texts in quotes.",
        )
    return ColumnNotes(**known)


def _text(path: Path, what: str, told: object) -> str:
    if isinstance(told, dict | list | set):
        raise UsageError(f"In the sidecar {path}, {what} is not a text.", "Write it in quotes.")
    return "" if told is None else " ".join(str(told).split())


def _truth(path: Path, what: str, told: object) -> bool | None:
    if told is None or isinstance(told, bool):
        return told
    raise UsageError(
        f"In the sidecar {path}, {what} is “{told}”, which is neither true nor false.",
        "Write true or false, without quotes.",
    )


def _known(path: Path, told: object, kind: type, of: str = "") -> dict[str, Any]:
    keys = [one.name for one in fields(kind)]
    if not isinstance(told, dict):
        raise UsageError(f"In the sidecar {path}, the notes{of} are not “key: value” pairs.")
    # YAML takes a bare null for nothing; as a key it means itself.
    named = {"null" if key is None else str(key): value for key, value in told.items()}
    for key in named:
        if key not in keys:
            close = difflib.get_close_matches(key, keys, 1)
            raise UsageError(
                f"The sidecar {path} has the key “{key}”{of}, which means nothing.",
                f"Did you mean {close[0]}?" if close else f"The keys are {', '.join(keys)}.",
            )
    return named
