"""One set of columns for many files, and what does not go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from datalab_backend.catalogues.files import Source
from datalab_backend.errors import UsageError
from datalab_backend.lazy import importing
from datalab_backend.metadata import Column, DataType, unique_names

_SHOWN = 5
_WHOLE = (DataType.SMALLINT, DataType.INTEGER, DataType.BIGINT)
_FLOATS = (DataType.REAL, DataType.DOUBLE)
_TEXTS = (DataType.CHAR, DataType.VARCHAR, DataType.CLOB)


@dataclass(frozen=True, slots=True)
class Unified:
    """The columns of all files.

    Attributes
    ----------
    columns
        In the order in which they come first, named as they are there.
    is_hats
        Whether the files are of HATS folders.
    notes
        What differed, and what was done about it.
    """

    columns: tuple[Column, ...]
    is_hats: bool
    notes: tuple[str, ...]


def unify(sources: Sequence[Source], types: Mapping[str, DataType]) -> Unified:
    """Put the columns of files together.

    A column that some files lack is null there. Whole numbers and floating ones become the
    smallest type that holds both; columns of other types, or of different units, do not go
    together.

    Parameters
    ----------
    sources
        The files.
    types
        Types that are given for columns, by their name without case.

    Raises
    ------
    UsageError
        When columns do not go together; all of them are told.
    """
    found: dict[str, _Merged] = {}
    wrong: list[str] = []
    for source in sources:
        names = unique_names([column.name for column in source.columns])
        for name, column in zip(names, source.columns, strict=True):
            merged = found.setdefault(
                name.casefold(), _Merged(replace(column, name=name, unit=vounit(column.unit)))
            )
            merged.add(source, column, wrong, types.get(name.casefold()))
    if wrong:
        shown = "\n".join(f"  {sentence}" for sentence in wrong[:20])
        raise UsageError(
            f"The files do not go together:\n{shown}\n",
            "Say the type or unit of these columns in the sidecar, or leave files out.",
        )
    notes = [note for source in sources for note in _notes(source, len(sources))]
    for merged in found.values():
        notes += merged.notes(len(sources))
    columns = tuple(merged.column for merged in found.values())
    is_hats = any(source.position is not None for source in sources)
    return Unified(columns, is_hats, tuple(dict.fromkeys(notes)))


class _Merged:
    """A column as the files so far have it."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self._files = 0
        self._first = ""
        self._types: dict[DataType, str] = {}
        self._empty = True

    def add(self, source: Source, column: Column, wrong: list[str], given: DataType | None) -> None:
        self._files += 1
        self._first = self._first or source.label
        mine = self.column
        column = replace(column, unit=vounit(column.unit))
        if given is not None:
            self.column = _of_type(mine, given)
        elif column.name not in source.empty:
            merged = column if self._empty else _widest(mine, column, source.guessed)
            if merged is None:
                wrong.append(
                    f"{mine.name} is {_kind(mine)} in {self._first} and {_kind(column)} in "
                    f"{source.label}."
                )
                return
            self.column = replace(
                mine,
                datatype=merged.datatype,
                arraysize=merged.arraysize,
                xtype=merged.xtype,
            )
            self._types.setdefault(column.datatype, source.label)
            self._empty = False
        if mine.unit and column.unit and mine.unit != column.unit:
            wrong.append(
                f"{mine.name} is in {mine.unit} in {self._first} and in {column.unit} in "
                f"{source.label}."
            )
        self.column = replace(
            self.column,
            unit=mine.unit or column.unit,
            ucd=mine.ucd or column.ucd,
            utype=mine.utype or column.utype,
            description=mine.description or column.description,
        )

    def notes(self, files: int) -> list[str]:
        notes = []
        if self._files < files:
            lacking = files - self._files
            notes.append(
                f"The column {self.column.name} is missing in {lacking:,} of {files:,} files; "
                "it is null there."
            )
        if len(self._types) > 1:
            kinds = ", ".join(f"{kind} in {label}" for kind, label in self._types.items())
            notes.append(f"{self.column.name} is {kinds}; it becomes {self.column.datatype}.")
        return notes


def vounit(unit: str) -> str:
    """A unit as VOUnit 1.0 writes it; what is no unit stays as it is."""
    if " " not in unit:
        return unit
    with importing:
        import astropy.units as u

    try:
        return str(u.Unit(unit).to_string("vounit"))
    except (ValueError, TypeError):
        return unit


def _notes(source: Source, files: int) -> list[str]:
    return [f"{source.label}: {note}" if files <= _SHOWN else note for note in source.notes]


def _of_type(column: Column, datatype: DataType) -> Column:
    sized = datatype in (*_TEXTS, DataType.TIMESTAMP)
    arraysize = "*" if sized else ("" if column.datatype in _TEXTS else column.arraysize)
    xtype = "timestamp" if datatype is DataType.TIMESTAMP else column.xtype
    return replace(column, datatype=datatype, arraysize=arraysize, xtype=xtype)


def _widest(one: Column, other: Column, guessed: bool) -> Column | None:
    """The column that holds the values of both, None when there is none."""
    if one.is_array != other.is_array:
        return None
    datatype = _wider(one.datatype, other.datatype)
    if datatype is None and guessed and not one.is_array:
        datatype = DataType.VARCHAR
    if datatype is None:
        return None
    if datatype in _TEXTS and one.datatype != other.datatype:
        return _of_type(one, datatype)
    arraysize = one.arraysize if one.arraysize == other.arraysize else "*"
    return replace(one, datatype=datatype, arraysize=arraysize)


def _wider(one: DataType, other: DataType) -> DataType | None:
    pair = {one, other}
    if len(pair) == 1:
        return one
    if pair <= set(_TEXTS):
        return DataType.VARCHAR
    if pair <= set(_WHOLE):
        return max(pair, key=_WHOLE.index)
    if pair <= {*_WHOLE, *_FLOATS}:
        small = pair <= {DataType.SMALLINT, DataType.REAL}
        return DataType.REAL if small else DataType.DOUBLE
    return None


def _kind(column: Column) -> str:
    return f"{column.datatype} [{column.arraysize}]" if column.is_array else column.datatype.value
