"""The ``datalab`` command: browse and query from a shell.

A table is laid out for reading on a terminal and written as CSV into a pipe or a file. Files are
there whole or not at all.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from datalab_toolkit import exports, listings
from datalab_toolkit.errors import DatalabError
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.tap import Query

_EXAMPLES = """\
examples:
  datalab tables "proper motion"
  datalab describe gaia_dr3.gaia_source_g10
  datalab query "SELECT TOP 10 * FROM gaia_dr3.gaia_source_g10"
  datalab query - --output stars.parquet < query.sql
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 done, 1 refused or failed, 2 misused."""
    asked = _parser().parse_args(arguments)
    try:
        asked.run(asked)
        sys.stdout.flush()
    except DatalabError as error:
        print(f"datalab: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our output has seen enough
        _forget_output()
        return 0
    except OSError as error:
        print(f"datalab: the output cannot be written: {error.strerror}.", file=sys.stderr)
        _forget_output()
        return 1
    except KeyboardInterrupt:
        print("datalab: cancelled", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="datalab",
        description="Browse and query the catalogues of a Data Lab, or of any TAP service.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    query = commands.add_parser("query", help="run an ADQL query")
    query.add_argument("adql", help="the query; - reads it from standard input")
    query.add_argument("--maxrec", type=_positive, metavar="N", help="the most rows to return")
    query.set_defaults(run=_query)

    tables = commands.add_parser("tables", help="list the tables")
    tables.add_argument("search", nargs="?", default="", help="words to look for")
    tables.set_defaults(run=_tables)

    describe = commands.add_parser("describe", help="describe a table and its columns")
    describe.add_argument("table", help="schema.table")
    describe.set_defaults(run=_describe)

    for command in (query, tables, describe):
        command.add_argument(
            "--service",
            default=DEFAULT,
            metavar="NAME",
            help="the TAP service; default: %(default)s",
        )
        command.add_argument(
            "--format",
            choices=exports.FORMATS,
            help="default: by the name of the output file, table on a terminal, else csv",
        )
        command.add_argument("--output", type=Path, metavar="FILE", help="write into a file")
    return parser


def _query(asked: argparse.Namespace) -> None:
    adql = sys.stdin.read() if asked.adql == "-" else asked.adql
    with exports.Target(asked.output, asked.format) as target:
        service = find(asked.service)
        if target.format == "votable":
            overflow = target.write_document(service, Query(adql, asked.maxrec))
        else:
            result = service.fetch(adql, asked.maxrec)
            target.write(result.table)
            overflow = result.overflow
    if overflow:
        print(
            "datalab: the query has more rows than were returned; --maxrec asks for more.",
            file=sys.stderr,
        )


def _tables(asked: argparse.Namespace) -> None:
    found = listings.tables(asked.search, asked.service)
    with exports.Target(asked.output, asked.format) as target:
        if target.format == "table":
            target.write_text(f"{found!r}\n")
        else:
            target.write(found.to_arrow())


def _describe(asked: argparse.Namespace) -> None:
    found = listings.describe(asked.table, asked.service)
    with exports.Target(asked.output, asked.format) as target:
        if target.format == "table":
            target.write_text(f"{found!r}\n")
        else:
            target.write(found.to_arrow())


def _forget_output() -> None:
    """Have the interpreter not complain at its end of what it could not write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _positive(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of rows, such as 1000")
    return number


if __name__ == "__main__":
    sys.exit(main())
