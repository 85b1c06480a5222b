"""``datalab tables``, ``describe``, ``schema``: what there is to query."""

from __future__ import annotations

import argparse
from typing import Protocol

import pyarrow as pa

from datalab_toolkit import exports, listings, schematext
from datalab_toolkit.commands import arguments
from datalab_toolkit.registry import find


class Listing(Protocol):
    """What can be shown, and had as rows."""

    def to_arrow(self) -> pa.Table:
        """The rows."""


def add(commands: argparse._SubParsersAction[arguments.Command]) -> None:
    """Add the commands."""
    tables = commands.add_parser("tables", help="list the tables")
    tables.add_argument("search", nargs="?", default="", help="words to look for")
    tables.set_defaults(run=_tables)

    describe = commands.add_parser("describe", help="describe a table and its columns")
    describe.add_argument("table", help="schema.table")
    describe.set_defaults(run=_describe)

    schema = commands.add_parser("schema", help="describe schemas, tables or columns as text")
    schema.add_argument("value", nargs="?", help="schema, schema.table or schema.table.column")
    schema.add_argument("--val", metavar="NAME", help="the same by its name")
    schema.set_defaults(run=_schema)

    arguments.add_service(tables, describe, schema)
    arguments.add_output(tables, describe)


def show(found: Listing, asked: argparse.Namespace) -> None:
    """Write a list as it reads on a terminal, or its rows."""
    with exports.Target(asked.output, asked.format) as target:
        if target.format == "table":
            target.write_text(f"{found!r}\n")
        else:
            target.write(found.to_arrow())


def _tables(asked: argparse.Namespace) -> None:
    show(listings.tables(asked.search, asked.service), asked)


def _describe(asked: argparse.Namespace) -> None:
    show(listings.describe(asked.table, asked.service), asked)


def _schema(asked: argparse.Namespace) -> None:
    print(schematext.describe(find(asked.service), asked.val or asked.value or ""))
