"""What tables a service has, read once and searched here.

A service may have 34,000 tables, and ADQL 2.0 has no OFFSET to page through them. So the list
of tables, without their columns, is read once, in the background and with a time limit, and
kept for a while. Columns are read a table at a time, and searched where they are.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

from datalab_toolkit import vosi
from datalab_toolkit.errors import (
    DatalabError,
    NotFoundError,
    QueryError,
    ServiceTimeoutError,
    ServiceUnavailableError,
)
from datalab_toolkit.metadata import Column, Page, Schema, Table, table_names, unquoted
from datalab_toolkit.tap import Query, Tap

LIST_TIMEOUT_S = 120.0
SEARCH_TIMEOUT_S = 10.0
PAGE_ROWS = 100_000

# A Data Lab's own tables come and go while one looks; those of an archive do not.
MAX_AGE_S = 3600.0
FAILURE_AGE_S = 5.0
DATALAB_MAX_AGE_S = 2.0


@dataclass(frozen=True)
class _Listing:
    """The list of tables at one time."""

    schemas: dict[str, str]
    tables: tuple[Table, ...]
    stored_names: dict[str, str]  # query name → TAP_SCHEMA.tables.table_name
    read_at: float
    matches: dict[str, frozenset[str]] = field(default_factory=dict)


class Catalogue:
    """The tables of one service.

    Parameters
    ----------
    tap
        The service.
    """

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._lock = threading.Lock()
        self._pending: Future[_Listing] | None = None
        self._failed_at = 0.0
        self._has_lower = True

    def schemas(self, wait_s: float | None = None) -> tuple[Schema, ...]:
        """The schemas in the service's order; see `datalab_toolkit.service.Service.schemas`."""
        listing = self._listing(wait_s)
        counts = dict.fromkeys(listing.schemas, 0)
        for table in listing.tables:
            counts[table.schema] = counts.get(table.schema, 0) + 1
        return tuple(Schema(name, listing.schemas.get(name, ""), n) for name, n in counts.items())

    def tables(
        self, search: str, schema: str | None, offset: int, limit: int, wait_s: float | None
    ) -> Page:
        """Some of the tables; see `datalab_toolkit.service.Service.tables`."""
        listing = self._listing(wait_s)
        found: Iterable[Table] = listing.tables
        if schema is not None:
            found = [t for t in found if t.schema.casefold() == unquoted(schema).casefold()]
        for word in search.casefold().split():
            by_column = self._tables_with_column(listing, word)
            found = [
                table
                for table in found
                if word in f"{table.full_name} {table.description}".casefold()
                or table.query_name in by_column
            ]
        matching = tuple(found)
        return Page(len(matching), matching[offset : offset + limit])

    def table(self, full_name: str) -> Table:
        """One table with its columns; see `datalab_toolkit.service.Service.table`."""
        listing, table = self._found(full_name)
        if table.columns:
            return table
        stored = listing.stored_names[table.query_name]
        columns = self._columns(stored, table)
        if not columns:
            raise ServiceUnavailableError(
                f"{self._tap.title} lists {table.full_name} but does not tell its columns.",
                f"A query can still read it: SELECT TOP 10 * FROM {table.query_name}",  # noqa: S608
            )
        return replace(table, columns=columns)

    @property
    def is_reading(self) -> bool:
        """Whether the list of tables is being read now."""
        pending = self._pending
        return pending is not None and not pending.done()

    def refresh(self) -> None:
        """Forget the list."""
        with self._lock:
            self._pending = None

    def _found(self, name: str) -> tuple[_Listing, Table]:
        """A table, and the list that it stands in.

        A Data Lab is asked anew for a table that its list does not have: it may just have come.
        """
        asked_at = time.monotonic()
        listing = self._listing(None)
        try:
            return listing, self._pick(listing, name)
        except NotFoundError:
            if listing.read_at >= asked_at or not self._is_datalab:
                raise
        self.refresh()
        listing = self._listing(None)
        return listing, self._pick(listing, name)

    @property
    def _is_datalab(self) -> bool:
        return bool(self._tap.capabilities.features)

    def _listing(self, wait_s: float | None) -> _Listing:
        """The list, read once however many ask for it at the same time."""
        with self._lock:
            pending = self._pending
            if pending is None or self._is_old(pending):
                pending = self._pending = Future()
                threading.Thread(target=self._read_into, args=(pending,), daemon=True).start()
        done, _ = wait([pending], LIST_TIMEOUT_S if wait_s is None else wait_s)
        if not done:
            raise ServiceTimeoutError(
                f"The list of tables of {self._tap.title} is still being read.",
                "It goes on in the background: try again in a moment.",
            )
        return pending.result()

    def _is_old(self, pending: Future[_Listing]) -> bool:
        if not pending.done():
            return False
        if pending.exception() is not None:
            return time.monotonic() - self._failed_at > FAILURE_AGE_S
        max_age_s = DATALAB_MAX_AGE_S if self._is_datalab else MAX_AGE_S
        return time.monotonic() - pending.result().read_at > max_age_s

    def _read_into(self, pending: Future[_Listing]) -> None:
        try:
            pending.set_result(self._read())
        except Exception as error:  # told to whoever waits for it
            self._failed_at = time.monotonic()
            pending.set_exception(error)

    def _read(self) -> _Listing:
        try:
            rows = self._all_tables()
        except DatalabError as refusal:
            return self._read_vosi(refusal)
        schemas = self._schema_descriptions()
        listed = [_table(row) for row in rows]
        order = {name: i for i, name in enumerate(schemas)}
        listed.sort(key=lambda pair: _place(pair[0], order))
        names = dict.fromkeys([*schemas, *(t.schema for t, _ in listed)], "")
        return _Listing(
            schemas=dict(sorted((names | schemas).items(), key=lambda s: is_tap_schema(s[0]))),
            tables=tuple(table for table, _ in listed),
            stored_names={table.query_name: stored for table, stored in listed},
            read_at=time.monotonic(),
        )

    def _all_tables(self) -> list[dict[str, Any]]:
        """Read TAP_SCHEMA.tables whole, in as many pieces as the service's row limit makes of it.

        SELECT * because services have other columns beside those of the standard, and fewer.
        """
        deadline = time.monotonic() + LIST_TIMEOUT_S
        rows: list[dict[str, Any]] = []
        after = ""
        while time.monotonic() < deadline:
            result = self._tap.fetch(
                Query(
                    f"SELECT * FROM TAP_SCHEMA.tables{after} ORDER BY table_name",  # noqa: S608
                    PAGE_ROWS,
                ),
                timeout_s=LIST_TIMEOUT_S,
            )
            piece = _rows(result.table)
            rows += piece
            if not result.overflow or not piece:
                return rows
            after = f" WHERE table_name > {_literal(piece[-1]['table_name'])}"
        raise ServiceTimeoutError(
            f"The list of tables of {self._tap.title} took more than {LIST_TIMEOUT_S:.0f} s."
        )

    def _schema_descriptions(self) -> dict[str, str]:
        """The schemas in their order; none when the service does not describe them."""
        try:
            rows = _rows(
                self._tap.fetch(
                    Query("SELECT * FROM TAP_SCHEMA.schemas", PAGE_ROWS),
                    timeout_s=LIST_TIMEOUT_S,
                ).table
            )
        except DatalabError:
            return {}
        rows.sort(key=lambda r: (_index(r, "schema_index"), _text(r, "schema_name").casefold()))
        return {unquoted(_text(r, "schema_name")): _text(r, "description") for r in rows}

    def _read_vosi(self, refusal: DatalabError) -> _Listing:
        """Read the VOSI tables document of a service whose TAP_SCHEMA cannot be queried."""
        try:
            with self._tap.document("/tables?detail=min") as chunks:
                schemas, tables = vosi.tables(chunks)
        except (DatalabError, ValueError):
            raise refusal from None
        if not tables:
            raise refusal
        order = {name: i for i, name in enumerate(schemas)}
        tables.sort(key=lambda table: _place(table, order))
        return _Listing(
            schemas=schemas,
            tables=tuple(tables),
            stored_names={table.query_name: table.query_name for table in tables},
            read_at=time.monotonic(),
        )

    def _pick(self, listing: _Listing, name: str) -> Table:
        wanted = name.strip()
        for key in _keys_of(wanted):
            found = [table for table in listing.tables if key(table)]
            if len(found) == 1:
                return found[0]
        names = {table.full_name.casefold(): table.full_name for table in listing.tables}
        alike = [names[match] for match in get_close_matches(wanted.casefold(), names, 3)]
        meant = f"Did you mean {' or '.join(alike)}?"
        hint = meant if alike else "List the tables to see their names."
        raise NotFoundError(f"{self._tap.title} has no table {name}.", hint)

    def _columns(self, stored: str, table: Table) -> tuple[Column, ...]:
        """The columns from TAP_SCHEMA, or from VOSI where TAP_SCHEMA does not have them."""
        try:
            for name in dict.fromkeys([stored, table.full_name, table.query_name]):
                query = "SELECT * FROM TAP_SCHEMA.columns WHERE table_name = "
                result = self._tap.fetch(
                    Query(query + _literal(name), PAGE_ROWS),
                    timeout_s=LIST_TIMEOUT_S,
                )
                if rows := _rows(result.table):
                    rows.sort(key=lambda row: _index(row, "column_index"))
                    return tuple(_column(row) for row in rows)
        except QueryError:
            pass
        for path in (f"/tables/{quote(stored)}", "/tables"):
            try:
                with self._tap.document(path) as chunks:
                    _, described = vosi.tables(chunks)
            except (DatalabError, ValueError):
                continue
            for other in described:
                if other.columns and other.query_name in (table.query_name, table.name):
                    return other.columns
        return ()

    def _tables_with_column(self, listing: _Listing, word: str) -> frozenset[str]:
        """The query names of the tables with a column that has the word; none when it fails.

        ``_`` and ``%`` in a word match like everywhere in LIKE: ADQL cannot escape them.
        """
        if len(word) < 2:
            return frozenset()
        if word not in listing.matches:
            try:
                stored = self._stored_names_with_column(word)
            except DatalabError:
                return frozenset()
            listing.matches[word] = frozenset(
                query_name
                for query_name, name in listing.stored_names.items()
                if name.casefold() in stored
            )
        return listing.matches[word]

    def _stored_names_with_column(self, word: str) -> set[str]:
        columns = ("column_name", "description")
        if self._has_lower:
            try:
                return self._distinct_tables(
                    f"LOWER({column}) LIKE {_literal(f'%{word}%')}" for column in columns
                )
            except QueryError:
                self._has_lower = False
        return self._distinct_tables(
            f"{column} LIKE {_literal(f'%{spelling}%')}"
            for column in columns
            for spelling in (word, word.upper(), word.capitalize())
        )

    def _distinct_tables(self, conditions: Iterable[str]) -> set[str]:
        query = "SELECT DISTINCT table_name FROM TAP_SCHEMA.columns WHERE "
        result = self._tap.fetch(
            Query(query + " OR ".join(conditions), PAGE_ROWS),
            timeout_s=SEARCH_TIMEOUT_S,
        )
        return {_text(row, "table_name").casefold() for row in _rows(result.table)}


def _rows(table: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a pa.Table
    """Rows with lower-case names: services do not agree on the case."""
    names = [name.lower() for name in table.column_names]
    columns = [column.to_pylist() for column in table.columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _table(row: dict[str, Any]) -> tuple[Table, str]:
    stored = _text(row, "table_name")
    schema = unquoted(_text(row, "schema_name"))
    name, query_name = table_names(schema, stored)
    rows = row.get("nrows")
    table = Table(
        schema=schema,
        name=name,
        query_name=query_name,
        description=_text(row, "description"),
        rows=int(rows) if rows is not None and str(rows).isdigit() else None,
        credit=_text(row, "credit"),
        simulated=_flag(row, "simulated"),
    )
    return table, stored


def _column(row: dict[str, Any]) -> Column:
    return Column(
        name=unquoted(_text(row, "column_name")),
        datatype=_text(row, "datatype"),
        arraysize=_text(row, "arraysize") or _text(row, "size"),
        unit=_text(row, "unit"),
        ucd=_text(row, "ucd"),
        utype=_text(row, "utype"),
        xtype=_text(row, "xtype"),
        description=_text(row, "description"),
        principal=_flag(row, "principal"),
        indexed=_flag(row, "indexed"),
    )


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    return "" if value is None else " ".join(str(value).split())


def _flag(row: dict[str, Any], key: str) -> bool:
    return _text(row, key).lower() in ("1", "true", "t")


def _index(row: dict[str, Any], key: str) -> float:
    value = row.get(key)
    return float("inf") if value is None else float(value)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def is_tap_schema(schema: str) -> bool:
    """Whether a schema is the one in which a service describes itself (TAP 1.1, section 4)."""
    return schema.casefold() == "tap_schema"


def _place(table: Table, order: dict[str, int]) -> tuple[bool, int, str, str]:
    """Sort as the service orders its schemas, and TAP_SCHEMA last."""
    schema = table.schema
    position = order.get(schema, len(order))
    return (is_tap_schema(schema), position, schema.casefold(), table.name.casefold())


def _keys_of(wanted: str) -> list[Callable[[Table], bool]]:
    """The ways in which a name can mean a table, the strictest first."""
    folded = wanted.casefold()
    return [
        lambda table: wanted in (table.query_name, table.full_name),
        lambda table: folded in (table.query_name.casefold(), table.full_name.casefold()),
        lambda table: folded == table.name.casefold(),
    ]
