"""Speaks to the personal tables of a Data Lab, and lists them so that they read well."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from datalab_toolkit import results
from datalab_toolkit.errors import NotFoundError, UsageError
from datalab_toolkit.lab import Lab
from datalab_toolkit.layout import html_table, text_table
from datalab_toolkit.metadata import Column
from datalab_toolkit.nodes import time_of
from datalab_toolkit.sizes import in_words

if TYPE_CHECKING:
    import pandas as pd

SCHEME = "mydb://"

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_HEADER = ("table", "rows", "columns", "size", "created (UTC)", "shared with", "description")


@dataclass(frozen=True, slots=True, repr=False)
class PersonalTable:
    """One of the caller's own tables.

    Attributes
    ----------
    name
        What it is called; a query reads it as ``mydb.name``.
    rows, columns
        How many there are.
    size_bytes
        How much of the quota it takes.
    created
        When; None when the Data Lab does not say.
    description
        What it is.
    shared_with
        The groups that may read it, or ``public``.
    """

    name: str
    rows: int | None = None
    columns: int | None = None
    size_bytes: int = 0
    created: datetime | None = None
    description: str = ""
    shared_with: tuple[str, ...] = ()

    def __repr__(self) -> str:
        counts = [
            f"{count:,} {noun}{'' if count == 1 else 's'}"
            for count, noun in ((self.rows, "row"), (self.columns, "column"))
            if count is not None
        ]
        return f"mydb.{self.name}: {', '.join([*counts, in_words(self.size_bytes)])}"

    def _cells(self) -> list[str]:
        return [
            self.name,
            "" if self.rows is None else f"{self.rows:,}",
            "" if self.columns is None else str(self.columns),
            in_words(self.size_bytes),
            f"{self.created:%Y-%m-%d %H:%M}" if self.created else "",
            ", ".join(self.shared_with),
            self.description,
        ]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of rows that were sent.

    Attributes
    ----------
    table
        The table that has them.
    rejected
        How many of them it does not have.
    problems
        Why, in sentences.
    """

    table: PersonalTable
    rejected: int = 0
    problems: tuple[str, ...] = ()


class PersonalTableList(Sequence[PersonalTable]):
    """One's own tables, to be looked at, gone through, or had as a DataFrame.

    Parameters
    ----------
    tables
        The tables.
    """

    def __init__(self, tables: Sequence[PersonalTable]) -> None:
        self._tables = tuple(tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __iter__(self) -> Iterator[PersonalTable]:
        return iter(self._tables)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        return self._tables[index]

    def to_arrow(self) -> pa.Table:
        """One row a table: name, rows, columns, size, when it was made, who it is shared with."""
        return pa.table(
            {
                "table": pa.array([t.name for t in self], pa.string()),
                "rows": pa.array([t.rows for t in self], pa.int64()),
                "columns": pa.array([t.columns for t in self], pa.int64()),
                "size_bytes": pa.array([t.size_bytes for t in self], pa.int64()),
                "created": pa.array([t.created for t in self], pa.timestamp("ms", "UTC")),
                "shared_with": pa.array([", ".join(t.shared_with) for t in self], pa.string()),
                "description": pa.array([t.description for t in self], pa.string()),
            }
        )

    def to_pandas(self) -> pd.DataFrame:
        """One row a table: name, rows, columns, size, when it was made, who it is shared with."""
        return results.to_pandas(self.to_arrow(), {})

    def _summary(self) -> str:
        count, size = len(self), in_words(sum(table.size_bytes for table in self))
        return f"{count} table{'' if count == 1 else 's'} ({size}). In a query: mydb.name"

    def __repr__(self) -> str:
        return text_table(_HEADER, [t._cells() for t in self], {1, 2, 3}, self._summary())

    def _repr_html_(self) -> str:
        return html_table(_HEADER, [t._cells() for t in self], {1, 2, 3}, self._summary())


class MyDB:
    """The caller's own tables at a Data Lab.

    Parameters
    ----------
    lab
        The Data Lab.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def tables(self) -> PersonalTableList:
        """The tables."""
        return PersonalTableList([_table(told) for told in self._lab.get("/mydb")])

    def table(self, name: str) -> PersonalTable:
        """One of the tables.

        Raises
        ------
        NotFoundError
            It is not there.
        """
        return _table(self._lab.get(self._path(name)))

    def has(self, name: str) -> bool:
        """Whether there is a table of this name."""
        try:
            self.table(name)
        except NotFoundError:
            return False
        return True

    def columns(self, name: str) -> tuple[Column, ...]:
        """The columns of a table."""
        told = self._lab.get(self._path(name))
        return tuple(Column(**field) for field in told["fields"])

    def put(
        self,
        name: str,
        content: Iterable[bytes] | bytes,
        format: str,
        replace: bool = False,
        append: bool = False,
    ) -> Arrival:
        """Make a table of the bytes of a file, or add its rows to one.

        Parameters
        ----------
        name
            The table.
        content
            The bytes, or pieces of them.
        format
            What they are, such as ``csv``, ``parquet`` or ``votable``.
        replace
            Whether a table of the name makes room.
        append
            Whether the rows are added to it.
        """
        asked = {"format": format, "replace": _flag(replace), "append": _flag(append)}
        headers = {"Content-Type": "application/octet-stream"}
        path = self._path(name)
        answer = self._lab.ask("PUT", path, None, headers, params=asked, content=content)
        return _arrival(answer.json())

    def load(self, name: str, address: str, replace: bool = False, append: bool = False) -> Arrival:
        """Have the Data Lab make a table of a file of the storage or of the web; see `put`."""
        form = {"FROM": address, "REPLACE": _flag(replace), "APPEND": _flag(append)}
        return _arrival(self._act(name, "import", **form))

    def rename(self, name: str, new: str) -> None:
        """Give a table another name."""
        self._act(name, "rename", TO=table_name(new))

    def copy(self, name: str, new: str) -> None:
        """Copy a table."""
        self._act(name, "copy", TO=table_name(new))

    def truncate(self, name: str) -> None:
        """Remove the rows of a table and leave its columns."""
        self._act(name, "truncate")

    def index(self, name: str, columns: Sequence[str]) -> None:
        """Make conditions on columns quick."""
        self._act(name, "index", COLUMNS=[*columns])

    def share(self, name: str, names: Sequence[str]) -> None:
        """Let groups and users, or with ``public`` everybody, read a table; nobody when empty."""
        self._act(name, "share", WITH=[*names])

    def drop(self, name: str) -> None:
        """Remove a table."""
        self._lab.ask("DELETE", self._path(name), None)

    def _act(self, name: str, action: str, **form: str | list[str]) -> dict[str, Any]:
        answer = self._lab.ask("POST", self._path(name), None, data={"ACTION": action, **form})
        told: dict[str, Any] = answer.json()
        return told

    def _path(self, name: str) -> str:
        return f"/mydb/{table_name(name)}"


def table_name(text: str) -> str:
    """Read the name of a personal table: ``name``, ``mydb.name`` or ``mydb://name``.

    Raises
    ------
    UsageError
        A table cannot be called that.
    """
    name = text.strip().removeprefix(SCHEME).removeprefix("mydb.").lower()
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"A table cannot be called {text!r}.",
            "Use a letter followed by letters, digits and underscores, 63 at most.",
        )
    return name


def _flag(flag: bool) -> str:
    return str(flag).lower()


def _arrival(told: dict[str, Any]) -> Arrival:
    return Arrival(_table(told), int(told.get("rejected") or 0), tuple(told.get("problems") or ()))


def _table(told: dict[str, Any]) -> PersonalTable:
    return PersonalTable(
        name=str(told["name"]),
        rows=told.get("rows"),
        columns=told.get("columns"),
        size_bytes=int(told.get("bytes") or 0),
        created=time_of(told.get("created")),
        description=str(told.get("description") or ""),
        shared_with=tuple(told.get("shared_with") or ()),
    )
