"""Schemas, tables and columns of a service."""

from __future__ import annotations

from typing import Any

from datalab_toolkit.metadata import Column, Table
from datalab_toolkit.service import Service
from jupyter_server.auth.decorator import authorized
from tornado import web

from .base import DatalabHandler

MOST_TABLES = 1000


class SchemasHandler(DatalabHandler):
    """``GET {service}/schemas[?refresh=1]``."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """List the schemas; read anew from the service when asked to."""
        anew = self.number("refresh", default=0, most=1)

        def ask(service: Service) -> list[dict[str, Any]]:
            if anew:
                service.refresh()
            return [
                {"name": s.name, "description": s.description, "tables": s.tables}
                for s in service.schemas()
            ]

        self.answer({"schemas": await self.ask(name, ask)})


class TablesHandler(DatalabHandler):
    """``GET {service}/tables?schema=&search=&offset=&limit=``."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """List some of the tables that match."""
        search = self.get_query_argument("search", "")
        schema = self.get_query_argument("schema", "") or None
        offset = self.number("offset", default=0, most=10_000_000)
        limit = self.number("limit", default=100, most=MOST_TABLES)
        page = await self.ask(name, lambda s: s.tables(search, schema, offset, limit))
        tables = [_table(table) for table in page.tables]
        self.answer({"total": page.total, "tables": tables})


class TableHandler(DatalabHandler):
    """``GET {service}/tables/{schema.table}``."""

    @web.authenticated
    @authorized
    async def get(self, name: str, table: str) -> None:
        """Describe one table and its columns."""
        found: Table = await self.ask(name, lambda service: service.table(table))
        columns = [_column(column) for column in found.columns]
        self.answer({**_table(found), "credit": found.credit, "columns": columns})


def _table(table: Table) -> dict[str, Any]:
    return {
        "schema": table.schema,
        "name": table.name,
        "query_name": table.query_name,
        "description": table.description,
        "rows": table.rows,
        "simulated": table.simulated,
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "datatype": column.datatype,
        "arraysize": column.arraysize,
        "unit": column.unit,
        "ucd": column.ucd,
        "utype": column.utype,
        "description": column.description,
        "principal": column.principal,
        "indexed": column.indexed,
    }
