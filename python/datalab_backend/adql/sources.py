"""Checks of FROM: which tables there are, and which columns they make visible."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from itertools import product

from datalab_backend.adql.checked import Output
from datalab_backend.adql.scope import Field, Row, Scope, Source, means
from datalab_backend.adql.tree import (
    CommonTable,
    DerivedTable,
    Identifier,
    Join,
    Query,
    TableName,
    TableReference,
)
from datalab_backend.adql.types import family, type_of
from datalab_backend.adql.values import ValueChecker
from datalab_backend.adql.words import any_of, did_you_mean, quoted
from datalab_backend.errors import AdqlError
from datalab_backend.metadata import Table, Tables, unique_names

_PUBLIC = Identifier(1, 1, "public")


class SourceChecker(ValueChecker):
    """Finds the tables in FROM and the columns that they have together."""

    def __init__(self, tables: Tables) -> None:
        super().__init__()
        self._tables = tables
        self.common: list[tuple[CommonTable, tuple[Output, ...]]] = []
        self._sources = 0
        # In the order of the query, each once.
        self.read: dict[str, Table] = {}

    @abstractmethod
    def query(self, query: Query, outer: Scope | None) -> tuple[Output, ...]:
        """Check a query; its columns."""

    def row(self, tables: Sequence[TableReference], outer: Scope | None) -> Row:
        """The row of a FROM clause."""
        row = Row(())
        for table in tables:
            row = _together(row, self._table(table, outer, row))
        return row

    def _table(self, node: TableReference, outer: Scope | None, before: Row) -> Row:
        """The row of a table or join; `before` is that of the tables on its left."""
        if isinstance(node, Join):
            return self._join(node, outer, before)
        if isinstance(node, DerivedTable):
            around = Scope(before, outer) if node.lateral else outer
            source = self._result((node.alias,), self.query(node.query, around))
        elif isinstance(node, TableName):
            source = self._named(node)
        else:
            raise TypeError(node)
        self.findings.sources[node] = source
        return Row(((source, frozenset()),))

    def _named(self, node: TableName) -> Source:
        if len(node.parts) == 1:
            for common, outputs in self.common:
                if means(node.parts[0], common.name.name):
                    self.findings.reads_common[node] = common
                    return self._result((node.alias or node.parts[0],), outputs)
        table = self._find(node)
        self.read[table.full_name] = table
        called = (node.alias,) if node.alias else node.parts
        columns = tuple(c for c in table.columns if c.name != table.healpix)
        names = unique_names([c.name for c in columns])
        return Source(self._new_name(), called, columns, tuple(names), table)

    def _result(self, called: tuple[Identifier, ...], outputs: Sequence[Output]) -> Source:
        """The source that a query's result is; the engine calls its columns c1, c2 and so on."""
        names = tuple(f"c{position}" for position in range(1, len(outputs) + 1))
        return Source(self._new_name(), called, tuple(o.column for o in outputs), names)

    def _new_name(self) -> str:
        self._sources += 1
        return f"t{self._sources}"

    def _find(self, node: TableName) -> Table:
        written = ".".join(part.name for part in node.parts)
        # A table of the schema "public" is found without it, as in PostgreSQL.
        parts = node.parts if len(node.parts) > 1 else (_PUBLIC, *node.parts)
        table = self._tables.find(".".join(part.name for part in parts))
        names = (table.schema, table.name) if table else ()
        if table and len(parts) == 2 and all(map(means, parts, names)):
            return table
        full_names = [_full_name(t) for t in self._tables]
        same_table = [_full_name(t) for t in self._tables if means(node.parts[-1], t.name)]
        if len(node.parts) == 3 and (found := self._tables.find(written.split(".", 1)[1])):
            hint = f"There are no catalogs here: write {_full_name(found)}."
        elif len(node.parts) == 1 and same_table:
            hint = f"Write its schema, too: {any_of(same_table)}."
        else:
            hint = did_you_mean(written, full_names) or (
                f"Did you mean {any_of(same_table)}?" if same_table else ""
            )
        if not hint and all(t.schema.upper() == "TAP_SCHEMA" for t in self._tables):
            hint = (
                "There are none at all yet: make the demo sky (dl.make_demo() in Python, "
                "`datalab-server demo` in a shell), or bring your own with `datalab-server ingest`."
            )
        raise AdqlError(
            f"There is no table '{node}'.",
            *node.place,
            hint or "TAP_SCHEMA.tables lists the tables that there are.",
        )

    # Joins

    def _join(self, node: Join, outer: Scope | None, before: Row) -> Row:
        left = self._table(node.left, outer, before)
        right = self._table(node.right, outer, before.beside(left))
        both = _together(left, right)
        if node.on:
            self.condition(node.on, Scope(both, outer), "ON")
            return both
        names = node.using or self._common_names(node, left, right)
        keys: list[tuple[Field, Field]] = []
        for name in names:
            pair = _side(left, name), _side(right, name)
            families = [family(type_of(f.column)) for f in pair]
            if families[0] is not families[1]:
                raise AdqlError(
                    f"'{name}' is {families[0]} in one table and {families[1]} in the other.",
                    *name.place,
                    "Join with ON, naming columns that can be compared.",
                )
            keys.append(pair)
        self.findings.keys[node] = tuple(keys)
        merged = [_merged(node.kind, *pair) for pair in keys]
        return both.merging(frozenset(n.name.casefold() for n in names), merged)

    def _common_names(self, node: Join, left: Row, right: Row) -> tuple[Identifier, ...]:
        in_right = {field.column.name for field in right.fields()}
        shared = [f.column.name for f in left.fields() if f.column.name in in_right]
        if not shared:
            raise AdqlError(
                "The tables of this NATURAL JOIN have no column in common.",
                *node.right.place,
                "Say how they belong together: JOIN … ON a.x = b.y.",
            )
        return tuple(Identifier(*node.place, name, is_quoted=True) for name in shared)


def _together(left: Row, right: Row) -> Row:
    """Two rows side by side, whose tables are called differently."""
    for (one, _), (other, _) in product(left.sources, right.sources):
        if len(one.called) == len(other.called) and other.is_called(one.called):
            raise AdqlError(
                f"Two tables in FROM are called '{other}'.",
                *other.called[-1].place,
                "Give each another name: … AS a.",
            )
    return left.beside(right)


def _side(row: Row, name: Identifier) -> Field:
    """The column of one side of a join that USING names."""
    found = row.matching(name)
    if len(found) == 1:
        return found[0]
    if found:
        raise AdqlError(
            f"There is more than one column '{name}' on one side of the join.",
            *name.place,
            "Join with ON, and say which.",
        )
    hint = did_you_mean(name.name, [quoted(f.column.name) for f in row.fields()])
    raise AdqlError(
        f"There is no column '{name.name}' on one side of the join.",
        *name.place,
        hint or "Join with ON, naming a column of each.",
    )


def _merged(kind: str, left: Field, right: Field) -> Field:
    """The one column that a join makes of two (SQL92, section 7.5)."""
    if kind == "RIGHT":
        return Field(left.column, right.places)
    if kind == "FULL":
        return Field(left.column, left.places + right.places)
    return Field(left.column, left.places)


def _full_name(table: Table) -> str:
    return f"{quoted(table.schema)}.{quoted(table.name)}"
