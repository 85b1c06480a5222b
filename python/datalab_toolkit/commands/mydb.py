"""``datalab mydb_list``, ``mydb_create`` and the like: tables of one's own."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from datalab_toolkit import mydb
from datalab_toolkit.commands import arguments
from datalab_toolkit.commands.tables import show
from datalab_toolkit.tabletext import columns_of, rows_of

_TABLE = ("table", "the table")


def add(commands: argparse._SubParsersAction[arguments.Command]) -> None:
    """Add the commands."""
    for name, run, words, keys in (
        ("mydb_list", _list, "list my tables, or the columns of one", [_TABLE]),
        ("listdb", _list, "the same, by its older name", [_TABLE]),
        ("mydb_drop", _drop, "remove a table", [_TABLE]),
        ("dropdb", _drop, "the same, by its older name", [_TABLE]),
        ("mydb_truncate", _truncate, "remove the rows of a table", [_TABLE]),
        (
            "mydb_create",
            _create,
            "make an empty table",
            [_TABLE, ("schema", "its columns: lines of name,type, or a file of them")],
        ),
        ("mydb_insert", _insert, "add rows to a table", [_TABLE, ("data", "a file of rows")]),
        (
            "mydb_import",
            _import,
            "make a table of a file, in the place of one that is there",
            [_TABLE, ("data", "a file here, vos://…, or an address of the web")],
        ),
        (
            "mydb_index",
            _index,
            "make conditions on a column quick",
            [_TABLE, ("column", "the column, or several with commas between")],
        ),
        (
            "mydb_rename",
            _rename,
            "give a table another name",
            [("old", "its name now"), ("new", "its name to be")],
        ),
        (
            "mydb_copy",
            _copy,
            "copy a table",
            [("source", "the table"), ("target", "the copy")],
        ),
    ):
        command = _command(commands, name, words, keys, run)
        if run is _list:
            arguments.add_output(command)
        elif run is _create:
            _flag(command, "drop", "whether a table that is there makes room")
        elif run is _import:
            _flag(command, "append", "whether the rows are added to a table that is there")
        elif run is _insert:
            _flag(command, "csv_header", "whether CSV begins with the names", default=True)
        elif run is _index:
            command.add_argument("--q3c", metavar="RA,DEC", help="columns of positions, likewise")
            for kept in ("cluster", "async_"):  # rows always are; it is always waited for
                command.add_argument(f"--{kept}", help=argparse.SUPPRESS)


def _command(
    commands: argparse._SubParsersAction[arguments.Command],
    name: str,
    words: str,
    keys: list[tuple[str, str]],
    run: Callable[[argparse.Namespace], None],
) -> arguments.Command:
    command = commands.add_parser(name, help=words)
    arguments.add_values(command, "VALUE", [key for key, _ in keys])
    for key, meaning in keys:
        command.add_argument(f"--{key}", help=meaning)
    arguments.add_service(command)
    command.set_defaults(run=run)
    return command


def _flag(command: arguments.Command, name: str, meaning: str, default: bool = False) -> None:
    command.add_argument(
        f"--{name}", type=arguments.boolean, default=default, metavar="BOOL", help=meaning
    )


def _list(asked: argparse.Namespace) -> None:
    [table] = arguments.of(asked.values, asked.table)
    show(mydb.describe(table, asked.service) if table else mydb.list(asked.service), asked)


def _drop(asked: argparse.Namespace) -> None:
    [table] = _needed(asked, "table")
    mydb.drop(table, asked.service)
    print("OK")


def _truncate(asked: argparse.Namespace) -> None:
    [table] = _needed(asked, "table")
    mydb.truncate(table, asked.service)
    print("OK")


def _create(asked: argparse.Namespace) -> None:
    table, schema = _needed(asked, "table", "schema")
    mydb.create(table, columns_of(schema.replace("\\n", "\n")), asked.drop, asked.service)
    print("OK")


def _insert(asked: argparse.Namespace) -> None:
    table, data = _needed(asked, "table", "data")
    names = None
    if not asked.csv_header:
        names = [column.name for column in mydb.describe(table, asked.service).columns]
    mydb.insert(table, rows_of(data, names=names), asked.service)
    print("OK")


def _import(asked: argparse.Namespace) -> None:
    table, data = _needed(asked, "table", "data")
    if asked.append:
        mydb.insert(table, rows_of(data), asked.service)
    else:
        mydb.put(table, rows_of(data), True, asked.service)
    print("OK")


def _index(asked: argparse.Namespace) -> None:
    table, column = arguments.of(asked.values, asked.table, asked.column)
    table = arguments.required(asked, "table", table, "table")
    columns = [name.strip() for name in f"{column or ''},{asked.q3c or ''}".split(",")]
    named = [name for name in columns if name]
    arguments.required(asked, "column", ",".join(named), "column")
    mydb.index(table, *named, service=asked.service)
    print("OK")


def _rename(asked: argparse.Namespace) -> None:
    old, new = _needed(asked, "old", "new")
    mydb.rename(old, new, asked.service)
    print("OK")


def _copy(asked: argparse.Namespace) -> None:
    source, target = _needed(asked, "source", "target")
    mydb.copy(source, target, asked.service)
    print("OK")


def _needed(asked: argparse.Namespace, *names: str) -> list[str]:
    found = arguments.of(asked.values, *(getattr(asked, name) for name in names))
    return [
        arguments.required(asked, name, value, name)
        for name, value in zip(names, found, strict=True)
    ]
