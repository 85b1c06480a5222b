"""Lists of tables and of columns that read well in a notebook and in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from datalab_toolkit import results
from datalab_toolkit.catalogue import is_tap_schema
from datalab_toolkit.errors import NotFoundError
from datalab_toolkit.layout import html_notes, html_table, text_table
from datalab_toolkit.metadata import Column, Table
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.wording import suited

if TYPE_CHECKING:
    import pandas as pd

_SHOWN_TABLES = 1000
_TABLE_HEADER = ("table", "rows", "description")
_COLUMN_HEADER = ("column", "type", "unit", "ucd", "description")
_RANGE_HEADER = ("min", "median", "max", "nulls")
_DISTRIBUTION = "distribution"
_BARS = "▁▂▃▄▅▆▇█"
_MOST_BARS = 12
_LONGEST_VALUE = 20
_SIMULATED = "simulated, not observed"


class TableList(Sequence[Table]):
    """Tables of a service, to be looked at, gone through, or had as a DataFrame.

    Parameters
    ----------
    found
        The tables.
    total
        How many match the search; more than are found when a service has very many.
    service
        The name of the service.
    search
        The words that were looked for; none for all tables.
    """

    def __init__(self, found: Sequence[Table], total: int, service: str, search: str = "") -> None:
        self._found = tuple(found)
        self.total = total
        self.service = service
        self._search = search

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Table]:
        return iter(self._found)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        return self._found[index]

    def to_arrow(self) -> pa.Table:
        """One row a table: name, rows, simulated, description."""
        return pa.table(
            {
                "table": pa.array([t.full_name for t in self], pa.string()),
                "rows": pa.array([t.rows for t in self], pa.int64()),
                "simulated": pa.array([t.simulated for t in self], pa.bool_()),
                "description": pa.array([t.description for t in self], pa.string()),
            }
        )

    def to_pandas(self) -> pd.DataFrame:
        """One row a table: name, rows, simulated, description."""
        return results.to_pandas(self.to_arrow(), {"service": self.service})

    def _cells(self) -> list[list[str]]:
        return [[t.full_name, _count(t.rows), _description(t)] for t in self]

    def _summary(self) -> str:
        is_own = self.service == DEFAULT and not self._search
        if is_own and all(is_tap_schema(table.schema) for table in self):
            how = suited("dl.make_demo()", "`datalab-server demo`")
            return f"This Data Lab has no catalogues yet. {how} makes a sky to try it on."
        number = f"{self.total:,} table{'' if self.total == 1 else 's'} in {self.service}"
        if self.total > len(self):
            narrow = suited("tables('word')", "datalab tables WORD")
            return f"The first {len(self):,} of {number}. Narrow the list: {narrow}"
        one = suited("describe('schema.table')", "datalab describe schema.table")
        return f"{number}. Columns of one: {one}"

    def __repr__(self) -> str:
        return text_table(_TABLE_HEADER, self._cells(), {1}, self._summary())

    def _repr_html_(self) -> str:
        return html_table(_TABLE_HEADER, self._cells(), {1}, self._summary())


@dataclass(frozen=True, repr=False)
class TableDescription:
    """One table with its columns, as `describe` returns it.

    Attributes
    ----------
    table
        All that the service tells of it.
    statistics
        What the values of each column are, by its name: ``min``, ``max``, ``nulls``,
        ``quantiles``, ``histogram``, ``common`` …; empty when the service does not tell.
    """

    table: Table
    statistics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns: name, datatype, unit, ucd, description."""
        return self.table.columns

    def to_arrow(self) -> pa.Table:
        """One row a column: name, type, unit, UCD, description; range and nulls where known."""
        cells = self._cells()
        return pa.table(
            {
                name: pa.array([row[i] for row in cells], pa.string())
                for i, name in enumerate(self._header)
            }
        )

    def to_pandas(self) -> pd.DataFrame:
        """One row a column: name, type, unit, UCD, description; range and nulls where known."""
        return results.to_pandas(self.to_arrow(), {"table": self.table.full_name})

    @property
    def _header(self) -> tuple[str, ...]:
        if not self.statistics:
            return _COLUMN_HEADER
        return (*_COLUMN_HEADER[:-1], *_RANGE_HEADER, _COLUMN_HEADER[-1])

    def _cells(self) -> list[list[str]]:
        return [
            [c.name, _kind(c), c.unit, c.ucd, *self._range(c.name), c.description]
            for c in self.columns
        ]

    @property
    def _right(self) -> set[int]:
        return {self._header.index(name) for name in _RANGE_HEADER} if self.statistics else set()

    def _range(self, name: str) -> list[str]:
        if not self.statistics:
            return []
        found = self.statistics.get(name.strip('"'), {})
        median = (found.get("quantiles") or {}).get("0.5")
        values = [_value(value) for value in (found.get("min"), median, found.get("max"))]
        nulls = found.get("nulls", 0) + found.get("nans", 0)
        return [*values, f"{nulls:,}" if nulls else ""]

    def _distribution(self, name: str) -> str:
        """The histogram of a column as bars of text."""
        found = self.statistics.get(name.strip('"'), {})
        return _bars((found.get("histogram") or {}).get("counts", ()))

    def _summary(self) -> str:
        table = self.table
        parts = [f"{table.rows:,} rows" if table.rows is not None else "", table.description]
        if table.simulated and "simulated" not in table.description.lower():
            parts.append(_SIMULATED)
        if table.credit:
            parts.append(f"Credit: {table.credit}")
        return "\n".join(part for part in parts if part)

    def __repr__(self) -> str:
        return f"{self.table.full_name}\n" + text_table(
            self._header, self._cells(), self._right, self._summary(), wrap=True
        )

    def _repr_html_(self) -> str:
        # What a column means is read first, its UCD last; a page is too narrow for all of them.
        order = ["column", "type", "unit", "description"]
        order += [name for name in self._header if name not in order and name != "ucd"] + ["ucd"]
        places = [self._header.index(name) for name in order]
        rows = [[row[i] for i in places] for row in self._cells()]
        right = {places.index(i) for i in self._right}
        drawn = None
        if self.statistics:
            drawn = order.index("ucd")
            order.insert(drawn, _DISTRIBUTION)
            for row, column in zip(rows, self.columns, strict=True):
                row.insert(drawn, self._distribution(column.name))
        return (
            f"<p><strong>{escape(self.table.full_name)}</strong></p>"
            + html_notes(self._summary())
            + html_table(order, rows, right, wide=order.index("description"), drawn=drawn)
        )


def tables(search: str = "", service: str = DEFAULT) -> TableList:
    """List the tables of a service.

    Parameters
    ----------
    search
        Words that must all occur in the name or description of a table or of its columns.
    service
        The name of the TAP service; `services` lists those that are known.

    Raises
    ------
    NotFoundError
        No service has this name.
    ServiceUnavailableError
        It does not answer.

    Examples
    --------
    >>> dl.tables("proper motion")
    """
    page = find(service).tables(search, limit=_SHOWN_TABLES)
    return TableList(page.tables, page.total, service, search)


def describe(table: str, service: str = DEFAULT) -> TableDescription:
    """Describe a table: its columns with type, unit, UCD and meaning, its rows and its credit.

    A Data Lab also tells the least, middle and greatest value of each column, how many there are
    not, and in a notebook how they are distributed. ``statistics`` of what is returned has more.

    Parameters
    ----------
    table
        ``schema.table``.
    service
        The name of the TAP service.

    Raises
    ------
    NotFoundError
        The service has no such table; the hint names similar ones.
    """
    found = find(service)
    known = found.table(table)
    if not found.has("statistics"):
        return TableDescription(known)
    try:
        statistics = found.statistics(known.full_name)["columns"]
    except NotFoundError:
        statistics = {}
    return TableDescription(known, statistics)


def _bars(counts: Sequence[int]) -> str:
    """A histogram as a line of bars, in as many bins as there is room for."""
    step = -(-len(counts) // _MOST_BARS) or 1
    sums = [sum(counts[i : i + step]) for i in range(0, len(counts), step)]
    highest = max(sums, default=0) or 1
    return "".join(_BARS[round(n / highest * (len(_BARS) - 1))] for n in sums)


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _count(rows: int | None) -> str:
    return "" if rows is None else f"{rows:,}"


def _kind(column: Column) -> str:
    """The type in a word; VOTable calls text an array of characters."""
    return "text" if column.datatype in ("char", "unicodeChar") else column.datatype


def _description(table: Table) -> str:
    if table.simulated and "simulated" not in table.description.lower():
        return f"{table.description} ({_SIMULATED})".strip()
    return table.description
