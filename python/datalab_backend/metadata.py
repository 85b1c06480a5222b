"""Schemas, tables and columns as astronomers describe them.

Plain values that every other module of the backend may import. They know nothing of engines,
files, HTTP or XML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class DataType(StrEnum):
    """The type of a column, under its ADQL name (ADQL 2.1, section 3.1)."""

    BOOLEAN = "BOOLEAN"
    SMALLINT = "SMALLINT"
    INTEGER = "INTEGER"
    BIGINT = "BIGINT"
    REAL = "REAL"
    DOUBLE = "DOUBLE"
    CHAR = "CHAR"
    VARCHAR = "VARCHAR"
    TIMESTAMP = "TIMESTAMP"
    BLOB = "BLOB"
    CLOB = "CLOB"
    POINT = "POINT"
    CIRCLE = "CIRCLE"
    POLYGON = "POLYGON"


_ELEMENTS = (
    DataType.BOOLEAN,
    DataType.SMALLINT,
    DataType.INTEGER,
    DataType.BIGINT,
    DataType.REAL,
    DataType.DOUBLE,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, or of a result.

    Attributes
    ----------
    name
        The name with its case; compared without case unless it needs quotes in ADQL.
    datatype
        The type of one value.
    description
        What the column holds, in one sentence.
    unit
        The unit as a VOUnit string, empty when the values have none.
    ucd
        The UCD1+ of the column, empty when it has none.
    utype
        The role of the column in an IVOA data model.
    xtype
        The DALI extended type (DALI 1.1, section 3.3), such as ``timestamp``.
    arraysize
        The VOTable array size of a text or array column (``*`` for variable), else empty.
    principal, indexed, std
        The flags of TAP_SCHEMA.columns (TAP 1.1, section 4.3).
    """

    name: str
    datatype: DataType
    description: str = ""
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    xtype: str = ""
    arraysize: str = ""
    principal: bool = False
    indexed: bool = False
    std: bool = False

    @property
    def is_array(self) -> bool:
        """Whether each value is an array of numbers or truth values, as long as arraysize says."""
        return self.arraysize not in ("", "1") and self.datatype in _ELEMENTS


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a query may name.

    Attributes
    ----------
    schema, name
        The two parts of the table's full name.
    columns
        In the order of ``SELECT *``. Engines know them by their `unique_names`, which are their
        own as long as they differ by more than their case.
    description
        What the table holds. Simulated data says so here.
    rows
        The number of rows, None when it is not known.
    credit
        Whom to acknowledge wherever the data is shown.
    simulated
        Whether the rows were made up rather than observed.
    position
        The names of the columns with the ICRS right ascension and declination in degrees, or None.
    healpix
        The name of the column with the order-29 nested HEALPix index (hidden from users), or None
        when the rows are not in sky order.
    looked_up
        The columns with a sorted table of their values (`values_of`) beside the rows.
    ranked
        The columns by which the first and last rows are kept apart (`first_rows`, `last_rows`).
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    description: str = ""
    rows: int | None = None
    credit: str = ""
    simulated: bool = False
    position: tuple[str, str] | None = None
    healpix: str | None = None
    looked_up: tuple[str, ...] = ()
    ranked: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """The name as a query writes it, ``schema.table``."""
        return f"{self.schema}.{self.name}"

    def column(self, name: str) -> Column | None:
        """Find a column by its name, whatever its case."""
        folded = name.casefold()
        return next((c for c in self.columns if c.name.casefold() == folded), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """A set of tables under one name: a survey, a data release, a user's own tables."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Tables:
    """All that a user may read: what a query is checked against.

    The rights of a user are exactly the tables that are in here.
    """

    schemas: tuple[Schema, ...] = ()
    tables: tuple[Table, ...] = ()
    _by_name: dict[str, Table] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {t.full_name.casefold(): t for t in self.tables}
        object.__setattr__(self, "_by_name", by_name)

    def find(self, full_name: str) -> Table | None:
        """Find a table by ``schema.table``, whatever its case."""
        return self._by_name.get(full_name.casefold())

    def of(self, schema: str) -> Iterable[Table]:
        """The tables of one schema, in the order of their names."""
        folded = schema.casefold()
        found = (t for t in self.tables if t.schema.casefold() == folded)
        return sorted(found, key=lambda t: t.name)

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)


RANKED_ROWS = 10_000
"""How many rows are kept apart at either end of a ranking."""


def values_of(column: str) -> str:
    """The table beside the rows that has a column's values, sorted, and the rowid of each."""
    return f"values of {column}"


def first_rows(column: str) -> str:
    """The table beside the rows that has the whole rows with the smallest values of a column."""
    return f"first by {column}"


def last_rows(column: str) -> str:
    """The table beside the rows that has the whole rows with the largest values of a column."""
    return f"last by {column}"


def quoted(name: str) -> str:
    """A name in double quotes, as SQL and ADQL take it to the letter."""
    return '"' + name.replace('"', '""') + '"'


def unique_names(names: Sequence[str]) -> list[str]:
    """Names that differ, whatever their case: ``ra``, then ``ra_2``; for none ``column_3``."""
    names = [name if name.strip() else f"column_{place}" for place, name in enumerate(names, 1)]
    taken = {name.casefold() for name in names}
    seen: set[str] = set()
    unique = []
    for given in names:
        name, number = given, 1
        while name.casefold() in seen or (number > 1 and name.casefold() in taken):
            number += 1
            name = f"{given}_{number}"
        seen.add(name.casefold())
        unique.append(name)
    return unique
