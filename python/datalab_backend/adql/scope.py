"""Which columns a name can mean at a place in a query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from datalab_backend.adql.tree import ColumnName, Identifier
from datalab_backend.adql.words import any_of, did_you_mean, quoted
from datalab_backend.errors import AdqlError
from datalab_backend.metadata import Column, Table


@dataclass(frozen=True, slots=True)
class Field:
    """A column in reach of a query.

    Attributes
    ----------
    column
        What is known of it.
    places
        Where the engine finds it, as (source, column); a column that a FULL JOIN merges is the
        first of them that is not NULL.
    """

    column: Column
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A table in FROM: a real one, or the result of a query.

    Attributes
    ----------
    name
        What it is called in the engine's query, whatever the user calls it.
    called
        What the user calls it: an alias, or schema and table.
    columns
        Its columns, in the order of ``SELECT *``.
    engine_names
        What the engine calls them.
    table
        The table, None for the result of a query.
    """

    name: str
    called: tuple[Identifier, ...]
    columns: tuple[Column, ...]
    engine_names: tuple[str, ...]
    table: Table | None = None
    _positions: dict[str, list[int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        positions: dict[str, list[int]] = {}
        for position, column in enumerate(self.columns):
            positions.setdefault(column.name.casefold(), []).append(position)
        object.__setattr__(self, "_positions", positions)

    def __str__(self) -> str:
        return ".".join(map(str, self.called))

    def fields(self) -> Iterator[Field]:
        """All its columns."""
        for column, engine_name in zip(self.columns, self.engine_names, strict=True):
            yield Field(column, ((self.name, engine_name),))

    def matching(self, name: Identifier) -> list[Field]:
        """The columns that a name can mean."""
        return [
            Field(self.columns[p], ((self.name, self.engine_names[p]),))
            for p in self._positions.get(name.name.casefold(), ())
            if means(name, self.columns[p].name)
        ]

    def is_called(self, qualifier: Sequence[Identifier]) -> bool:
        """Whether the user means this table when writing ``qualifier.column``."""
        if len(qualifier) > len(self.called):
            return False
        names = self.called[-len(qualifier) :]
        return all(means(q, n.name) for q, n in zip(qualifier, names, strict=True))


def means(identifier: Identifier, name: str) -> bool:
    """Whether an identifier is a name: to the letter if quoted, else whatever its case."""
    if identifier.is_quoted:
        return identifier.name == name
    return identifier.name.casefold() == name.casefold()


@dataclass(frozen=True, slots=True)
class Row:
    """What FROM, or one table or join in it, makes visible.

    Attributes
    ----------
    sources
        The tables, each with the names (folded) that a join has merged.
    merged
        The columns that NATURAL JOIN and USING have merged into one.
    """

    sources: tuple[tuple[Source, frozenset[str]], ...]
    merged: tuple[Field, ...] = ()

    def fields(self) -> list[Field]:
        """The columns of ``*``: merged ones first, as in SQL92."""
        rest = (
            f
            for source, hidden in self.sources
            for f in source.fields()
            if f.column.name.casefold() not in hidden
        )
        return [*self.merged, *rest]

    def matching(self, name: Identifier) -> list[Field]:
        """The columns that a name without qualifier can mean."""
        folded = name.name.casefold()
        found = [f for f in self.merged if means(name, f.column.name)]
        for source, hidden in self.sources:
            if folded not in hidden:
                found += source.matching(name)
        return found

    def beside(self, other: Row) -> Row:
        """Both rows, side by side."""
        return Row(self.sources + other.sources, self.merged + other.merged)

    def merging(self, names: frozenset[str], merged: Sequence[Field]) -> Row:
        """The row with the columns of some (folded) names merged."""
        kept = (f for f in self.merged if f.column.name.casefold() not in names)
        sources = ((s, hidden | names) for s, hidden in self.sources)
        return Row(tuple(sources), (*merged, *kept))


@dataclass(frozen=True, slots=True)
class Scope:
    """The row of a query, and around it those of the queries that it is part of."""

    row: Row
    parent: Scope | None = None
    aliases: frozenset[str] = frozenset()
    """What SELECT calls its columns (folded), by names that conditions do not know."""

    def _outwards(self) -> Iterator[Row]:
        scope: Scope | None = self
        while scope is not None:
            yield scope.row
            scope = scope.parent

    def find(self, name: ColumnName) -> Field:
        """The column that a name means.

        Raises
        ------
        AdqlError
            When it means none, or more than one.
        """
        qualifier, identifier = name.parts[:-1], name.parts[-1]
        if qualifier:
            source = self.source(qualifier)
            found = source.matching(identifier)
            candidates = [quoted(c.name) for c in source.columns]
            where = f" in {source}"
        else:
            found = next(filter(None, (row.matching(identifier) for row in self._outwards())), [])
            candidates = []
            where = ""
        if len(found) == 1:
            return found[0]
        if found:
            raise self._ambiguous(name, found)
        if not qualifier:
            candidates = [quoted(f.column.name) for row in self._outwards() for f in row.fields()]
        if not qualifier and identifier.name.casefold() in self.aliases:
            hint = (
                f"{identifier} is a name that SELECT gives: conditions do not know it yet. "
                "Write here what it stands for."
            )
        else:
            hint = did_you_mean(identifier.name, candidates)
        if not hint:
            hint = _listing(candidates)
            if not qualifier:
                hint += f" A text is written in single quotes: '{identifier.name}'."
        raise AdqlError(f"There is no column '{identifier.name}'{where}.", *identifier.place, hint)

    def source(self, qualifier: Sequence[Identifier]) -> Source:
        """The table that is meant by what stands before a dot.

        Raises
        ------
        AdqlError
            When no table in FROM, or more than one, is called so.
        """
        written = ".".join(map(str, qualifier))
        for row in self._outwards():
            found = [source for source, _ in row.sources if source.is_called(qualifier)]
            if len(found) > 1:
                raise AdqlError(
                    f"'{written}' can mean {any_of([str(s) for s in found])}.",
                    *qualifier[0].place,
                    "Give the tables other names in FROM: … AS a.",
                )
            if found:
                return found[0]
        known = [str(source) for row in self._outwards() for source, _ in row.sources]
        hint = did_you_mean(written, known) or (f"FROM names {any_of(known)}." if known else "")
        raise AdqlError(f"There is no table '{written}' in FROM.", *qualifier[0].place, hint)

    def _ambiguous(self, name: ColumnName, found: Sequence[Field]) -> AdqlError:
        called = {source.name: source for row in self._outwards() for source, _ in row.sources}
        # Columns of one table that differ by case are told apart by quotes alone.
        twins = len({f.places[0][0] for f in found}) == 1
        choices = [
            f"{called[f.places[0][0]]}.{quoted(f.column.name, always=twins)}"
            for f in found
            if f.places[0][0] in called
        ]
        if len(set(choices)) < len(found):
            return AdqlError(
                f"There is more than one column '{name}'.",
                *name.place,
                "Give them different names with AS in the inner query.",
            )
        return AdqlError(f"'{name}' can mean {any_of(choices)}.", *name.place, "Write one of them.")


def _listing(names: Sequence[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(names[:12])
    return f"The columns are {shown}{', …' if len(names) > 12 else '.'}"
