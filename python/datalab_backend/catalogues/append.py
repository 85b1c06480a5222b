"""Rows that are added to a table that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datalab_backend.catalogues.files import Source
from datalab_backend.catalogues.plan import Plan, Planned
from datalab_backend.catalogues.sidecar import TYPES, ColumnNotes, Sidecar
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType, Table


def told_by(old: Table, sources: Sequence[Source], sidecar: Sidecar) -> Sidecar:
    """What is said of files whose rows are added: text is read in the types of the table.

    Its position is that of the files too, when they have such columns.
    """
    given = {column.name.casefold() for source in sources for column in source.columns}
    types = {
        column.name.casefold(): ColumnNotes(type=column.datatype)
        for column in old.columns
        if column.name.casefold() in given and not column.is_array and column.datatype in TYPES
    }
    position = sidecar.position
    if position is None and all(name.casefold() in given for name in old.position or ()):
        position = old.position or ()
    if not all(source.guessed for source in sources):
        return replace(sidecar, position=position)
    return replace(sidecar, position=position, columns={**types, **sidecar.columns})


def joined(plan: Plan, old: Table) -> Plan:
    """The plan for rows that are added to a table, whose metadata stays.

    Raises
    ------
    UsageError
        When the rows do not have the columns of the table, in its types and units.
    """
    for planned in plan.columns:
        known = old.column(planned.column.name)
        if known is None:
            raise UsageError(
                f"{old.full_name} has no column {planned.column.name}, which the files have.",
                "Make the table anew from all files with --replace, or leave the column out.",
            )
    by_name = {planned.column.name.casefold(): planned for planned in plan.columns}
    columns: list[Planned] = []
    for known in old.columns:
        added = by_name.get(known.name.casefold())
        if added is None:
            raise UsageError(
                f"The files have no column {known.name}, which {old.full_name} has.",
                "Make the table anew from all files with --replace.",
            )
        _check(added.column, known, old)
        columns.append(replace(added, column=known))
    if _folded(plan.table) != _folded(old):
        raise UsageError(
            f"The position of {old.full_name} is in {_named(old)}, that of the files in "
            f"{_named(plan.table)}.",
            "Name the columns with --ra and --dec.",
        )
    described = plan.table.description
    table = replace(
        old,
        rows=None,
        healpix=None,
        ranked=(),
        columns=tuple(planned.column for planned in columns),
        description=old.description or described,
    )
    return replace(plan, table=table, columns=tuple(columns))


def _check(added: Column, known: Column, old: Table) -> None:
    if added.unit and added.unit != known.unit:
        raise UsageError(
            f"{known.name} is in {known.unit or 'no unit'} in {old.full_name} and in "
            f"{added.unit} in the files.",
            "Say in the sidecar what it is.",
        )
    if not _holds(known.datatype, added.datatype) or known.is_array != added.is_array:
        raise UsageError(
            f"{known.name} is {known.datatype} in {old.full_name} and {added.datatype} in the "
            "files.",
            "Make the table anew from all files with --replace.",
        )


def _named(table: Table) -> str:
    return ", ".join(table.position) if table.position else "no columns"


def _folded(table: Table) -> list[str]:
    return [name.casefold() for name in table.position or ()]


def _holds(kept: DataType, added: DataType) -> bool:
    texts = (DataType.CHAR, DataType.VARCHAR)
    if kept is added or (kept in texts and added in texts):
        return True
    order = (DataType.SMALLINT, DataType.INTEGER, DataType.BIGINT)
    if kept in order and added in order:
        return order.index(added) <= order.index(kept)
    if kept is DataType.DOUBLE:
        return added in (*order, DataType.REAL)
    return kept is DataType.REAL and added in (DataType.SMALLINT, DataType.DOUBLE)
