"""A query with all that the checker found out about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from datalab_backend.adql.healpix import Cells
from datalab_backend.adql.scope import Field, Source
from datalab_backend.adql.tree import (
    Call,
    ColumnName,
    CommonTable,
    DerivedTable,
    Expression,
    Join,
    OrderTerm,
    Query,
    Select,
    SetOperation,
    TableName,
    Value,
)
from datalab_backend.adql.types import Type
from datalab_backend.metadata import Column, DataType, Table

Body = Query | Select | SetOperation


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a result: what is known of it, and the value or field that it shows."""

    column: Column
    shows: Value | Field | None = None


@dataclass(slots=True)
class Findings:
    """What the checker notes about the nodes of a tree.

    Attributes
    ----------
    types
        The type of each value; None is that of NULL.
    fields
        What each column name means.
    sources
        What each table in FROM is.
    keys
        The pairs of columns that NATURAL JOIN and USING compare.
    outputs
        The columns of each query.
    casts
        The literals that stand for a value of another type, such as a text for a timestamp.
    positions
        The terms of ORDER BY that are a column of the result, by its position from 1.
    factors
        The calls of IN_UNIT, and by what each multiplies.
    mocs
        The areas of HEALPix cells that calls of MOC stand for.
    groups
        The terms of GROUP BY that are the name of a column of the result, and its value.
    common_tables
        What the engine calls the queries of WITH.
    reads_common
        The tables in FROM that are queries of WITH.
    """

    types: dict[Expression, Type | None] = field(default_factory=dict)
    fields: dict[ColumnName, Field] = field(default_factory=dict)
    sources: dict[TableName | DerivedTable, Source] = field(default_factory=dict)
    keys: dict[Join, tuple[tuple[Field, Field], ...]] = field(default_factory=dict)
    outputs: dict[Body, tuple[Output, ...]] = field(default_factory=dict)
    casts: dict[Value, DataType] = field(default_factory=dict)
    positions: dict[OrderTerm, int] = field(default_factory=dict)
    factors: dict[Call, float] = field(default_factory=dict)
    mocs: dict[Call, Cells] = field(default_factory=dict)
    groups: dict[Value, Value] = field(default_factory=dict)
    common_tables: dict[CommonTable, str] = field(default_factory=dict)
    reads_common: dict[TableName, CommonTable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckedQuery:
    """A query whose names and types are right.

    Attributes
    ----------
    query
        The tree.
    columns
        The columns of the result: unique names, and the metadata of the table's column wherever
        one is shown as it is.
    top
        The number of rows that the query asks for, or None.
    tables
        The tables that are read.
    findings
        What the translator needs to know of the nodes.
    """

    query: Query
    columns: tuple[Column, ...]
    top: int | None
    tables: tuple[Table, ...]
    findings: Findings
