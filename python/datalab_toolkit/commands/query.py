"""``datalab query``: rows to a terminal, a pipe, a file, a table or the storage."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from datalab_toolkit import destinations, exports, lineends, queries, queryruns
from datalab_toolkit.commands import arguments
from datalab_toolkit.errors import DatalabError, Interrupted, UsageError
from datalab_toolkit.mydbtables import PersonalTable
from datalab_toolkit.nodes import Node
from datalab_toolkit.registry import find
from datalab_toolkit.sizes import in_words
from datalab_toolkit.tap import Query
from datalab_toolkit.uploads import Upload, upload

_FORMATS = {"ascii": "tsv"}
_LONGEST_NAME = 4096


def add(commands: argparse._SubParsersAction[arguments.Command]) -> None:
    """Add the command."""
    query = commands.add_parser("query", help="run a query")
    query.add_argument(
        "text", nargs="?", metavar="adql", help="the query; - reads it from standard input"
    )
    query.add_argument(
        "--maxrec", type=arguments.positive, metavar="N", help="the most rows to return"
    )
    query.add_argument(
        "--sql",
        nargs="?",
        const="",
        metavar="SQL",
        help="the query, or a file of it, in SQL as Astro Data Lab's users write it, with LIMIT "
        "and q3c functions; without a value, the query that is given is in SQL",
    )
    query.add_argument("--adql", help="the query, or a file of it; SQL is understood, too")
    query.add_argument("--fmt", help="with sql= and adql=: how the rows are written; default: csv")
    query.add_argument(
        "--out", metavar="NAME", help="where the rows go: mydb://table, vos://file, or a file"
    )
    query.add_argument(
        "--drop",
        type=arguments.boolean,
        default=False,
        metavar="BOOL",
        help="whether a table or file of the storage that is there makes room",
    )
    query.add_argument(
        "--upload",
        action="append",
        default=[],
        type=_upload,
        metavar="NAME=FILE",
        help="bring a table along as TAP_UPLOAD.NAME; may be given again",
    )
    query.add_argument(
        "--async",
        type=arguments.boolean,
        default=False,
        dest="as_job",
        metavar="BOOL",
        help="run it as a job, print the job's id and do not wait for it",
    )
    query.add_argument(
        "--timeout",
        type=arguments.positive,
        metavar="SECONDS",
        help="how long it may take; default: as long as it takes, if need be as a job",
    )
    query.add_argument("--stream", help=argparse.SUPPRESS)  # rows always are
    query.set_defaults(run=_query)
    arguments.add_service(query)
    arguments.add_output(query)


def say_overflow(overflow: bool) -> None:
    """Tell of rows that were left out."""
    if overflow:
        arguments.say("the query has more rows than were returned; --maxrec asks for more.")


def _query(asked: argparse.Namespace) -> None:
    by_name = asked.sql or asked.adql
    text = sys.stdin.read() if asked.text == "-" else asked.text or _read(by_name or "")
    if not text:
        raise UsageError("There is no query.", 'Write it: datalab query sql="select …"')
    is_sql = by_name is not None or asked.sql is not None
    query = queries.prepared(
        text, asked.maxrec, "SQL" if is_sql else "ADQL", _uploads(asked.upload)
    )
    out = (asked.out or "").removeprefix("file://")
    format = _FORMATS.get(asked.fmt, asked.fmt)
    if out and destinations.is_kept_there(out):
        query = destinations.kept_at(query, out, asked.drop)
        format = format or destinations.file_format(out)
    if asked.as_job:
        print(queryruns.submit(query, asked.service, format=format or (by_name and "csv")).id)
    elif query.destination:
        _tell_kept(query, queryruns.keep(query, asked.service, format, sys.stderr))
    elif asked.fmt or (by_name and not asked.format):
        path = Path(out) if out else asked.output
        _write_as_it_is(query, asked.service, format or _told_by(path), path, asked.timeout)
    else:
        _write_rows(query, asked, Path(out) if out else asked.output)


def _write_rows(query: Query, asked: argparse.Namespace, path: Path | None) -> None:
    with exports.Target(path, asked.format) as target:
        if target.format == "votable":
            overflow = _write_votable(target, query, asked.service)
        else:
            result = queryruns.run(query, asked.service, sys.stderr)
            target.write(result.table)
            overflow = result.overflow
    say_overflow(overflow)


def _write_as_it_is(
    query: Query, service: str, format: str, path: Path | None, timeout_s: int | None
) -> None:
    """Write rows as the service does, as the official command shows them."""
    with (
        queryruns.stream(query, service, format, timeout_s, sys.stderr) as pieces,
        exports.Target(path, format if format in exports.FORMATS else "csv") as target,
    ):
        for piece in lineends.unix(pieces) if format in ("csv", "tsv") else pieces:
            target.write_bytes(piece)


def _write_votable(target: exports.Target, query: Query, service: str) -> bool:
    try:
        return target.write_document(find(service), query)
    except KeyboardInterrupt:
        raise Interrupted("The query was cancelled.") from None


def _tell_kept(query: Query, kept: PersonalTable | Node) -> None:
    if isinstance(kept, Node):
        print(f"OK: {query.destination}, {in_words(kept.size_bytes)}")
    else:
        rows = "" if kept.rows is None else f", {kept.rows:,} row{'' if kept.rows == 1 else 's'}"
        print(f"OK: {query.destination}{rows}")


def _told_by(path: Path | None) -> str:
    told = (exports.format_of(path) if path else None) or "csv"
    # What we lay out as a table, the service does as text.
    return "text" if told == "table" else told


def _read(text: str) -> str:
    """A query, or what a file of that name has."""
    if len(text) >= _LONGEST_NAME:
        return text
    path = Path(text).expanduser()
    if path.is_file():
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise DatalabError(f"{text} cannot be read: {str(reason).lower()}.") from error
    if path.suffix and len(text.split()) == 1:  # no query is one word
        raise UsageError(f"There is no file {text}.", "Check its name and folder.")
    return text


def _uploads(given: list[tuple[str, Path]]) -> list[Upload]:
    return [upload(path, name) for name, path in given]


def _upload(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f"{text} is not like mine=targets.csv")
    return name, Path(path)
