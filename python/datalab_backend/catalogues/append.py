"""Rows that are added to a table that is there."""

from __future__ import annotations

from dataclasses import replace

from datalab_backend.catalogues.plan import Plan, Planned
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Column, DataType, Table


def joined(plan: Plan, old: Table) -> Plan:
    """The plan for rows that are added to a table, whose metadata stays.

    Raises
    ------
    UsageError
        When the rows do not have the columns of the table, in its types and units.
    """
    if plan.table.position != old.position:
        raise UsageError(
            f"The position of {old.full_name} is in {_named(old)}, that of the files in "
            f"{_named(plan.table)}.",
            "Name the columns with --ra and --dec.",
        )
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
    described = plan.table.description
    table = replace(
        old,
        rows=None,
        healpix=None,
        looked_up=(),
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
