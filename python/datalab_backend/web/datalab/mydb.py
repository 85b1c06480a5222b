"""The personal tables of the user of the official client (``/query/list`` and what follows it)."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datalab_backend.catalogues.information import shown_columns, type_name
from datalab_backend.errors import ConflictError, NotFoundError
from datalab_backend.metadata import Column
from datalab_backend.mydb.columns import read_columns
from datalab_backend.mydb.names import table_name
from datalab_backend.mydb.personal import PersonalTable
from datalab_backend.web.context import context, user
from datalab_backend.web.datalab import answers, arrivals
from datalab_backend.web.datalab.arguments import Arguments
from datalab_backend.web.tablefiles import threads_of


def routes() -> list[Route]:
    """The addresses of personal tables."""
    return [
        Route("/list", _list),
        Route("/delete", _drop),
        Route("/create", _create, methods=["POST"]),
        Route("/ingest", _insert, methods=["POST"]),
        Route("/import", _import, methods=["POST"]),
        Route("/truncate", _truncate),
        Route("/rename", _rename),
        Route("/copy", _copy),
        Route("/index", _index),
        Route("/flush", _flush),
    ]


def exists_already() -> ConflictError:
    """What to say when a name is taken, in the words of the Data Lab."""
    return ConflictError(
        "Table name already exists.",
        "It can be dropped with queryClient.mydb_drop() or add drop=True to your current request",
    )


def _list(request: Request) -> Response:
    """List the tables, or the columns of one."""
    arguments = Arguments.of(request)
    sender, mydb = user(request), context(request).mydb
    # The client has “mydb://” for a name that is none.
    name = arguments.text("table").removeprefix("mydb://")
    if not name:
        return answers.text("".join(map(_told, mydb.tables(sender))))
    try:
        columns = shown_columns(mydb.table(sender, name).table)
    except NotFoundError:
        return answers.text(_unknown(name))
    with_indexes = arguments.flag("index")
    return answers.text("".join(_column(column, with_indexes) for column in columns))


def _told(one: PersonalTable) -> str:
    return f"{one.table.name},created:{one.created:%Y-%m-%d %H:%M:%S} UTC\n"


def _column(column: Column, with_indexes: bool) -> str:
    index = ",indexed" if with_indexes and column.indexed else ""
    return f"{column.name.lower()},{type_name(column)}{index}\n"


def _unknown(name: str) -> str:
    return f'relation "{name[:80]}" not known'


async def _drop(request: Request) -> Response:
    name = Arguments.of(request).required("table")
    sender, drop = user(request), context(request).mydb.drop
    try:
        await to_thread.run_sync(drop, sender, name, limiter=threads_of(sender))
    except NotFoundError:
        return answers.text(_unknown(name), 404)
    return answers.done()


async def _create(request: Request) -> Response:
    """Make a table without rows, of lines such as ``ra,double precision``."""
    arguments = Arguments.of(request)
    name, schema = arguments.required("table"), arguments.required("schema")
    replaces = arguments.flag("drop", default=True)
    sender, create = user(request), context(request).mydb.create
    try:
        columns = read_columns(schema)
        await to_thread.run_sync(
            create, sender, name, columns, "", replaces, limiter=threads_of(sender)
        )
    except ConflictError:
        raise exists_already() from None
    return answers.done()


async def _insert(request: Request) -> Response:
    """Add the rows of a file to a table."""
    arguments = Arguments.of(request)
    sender, name = user(request), arguments.required("table")
    table = await to_thread.run_sync(context(request).mydb.table, sender, name)
    arrival = arrivals.Arrival(
        table_name(name),
        arguments.required_path("filename"),
        appends=True,
        names=() if _has_header(arguments) else tuple(c.name for c in shown_columns(table.table)),
    )
    told = await to_thread.run_sync(
        arrivals.take, context(request), sender, arrival, limiter=threads_of(sender)
    )
    return answers.text(told)


async def _import(request: Request) -> Response:
    """Make a table of a file, or add its rows to one."""
    arguments = Arguments.of(request)
    sender, name = user(request), arguments.required("table")
    arrival = arrivals.Arrival(
        table_name(name),
        arguments.required_path("filename"),
        appends=arguments.flag("append"),
        names=() if _has_header(arguments) else _names(arguments.text("schema_def")),
        headless=not _has_header(arguments),
        delimiter=arguments.path("delimiter") or ",",
        hdu=arguments.text("extnum") or arguments.text("extname") or None,
    )
    told = await to_thread.run_sync(
        arrivals.take, context(request), sender, arrival, limiter=threads_of(sender)
    )
    return answers.text(told)


def _has_header(arguments: Arguments) -> bool:
    return arguments.flag("csv_header", default=True)


def _names(schema: str) -> tuple[str, ...]:
    """The names of columns that a schema such as that of `_create` has."""
    return tuple(line.partition(",")[0].strip() for line in schema.splitlines() if line.strip())


async def _truncate(request: Request) -> Response:
    name = Arguments.of(request).required("table")
    sender, truncate = user(request), context(request).mydb.truncate
    await to_thread.run_sync(truncate, sender, name, limiter=threads_of(sender))
    return answers.done()


async def _rename(request: Request) -> Response:
    arguments = Arguments.of(request)
    source, target = arguments.required("source"), arguments.required("target")
    sender, rename = user(request), context(request).mydb.rename
    await to_thread.run_sync(rename, sender, source, target, limiter=threads_of(sender))
    return answers.done()


async def _copy(request: Request) -> Response:
    arguments = Arguments.of(request)
    source, target = arguments.required("source"), arguments.required("target")
    sender, copy = user(request), context(request).mydb.copy
    await to_thread.run_sync(copy, sender, source, target, limiter=threads_of(sender))
    return answers.done()


async def _index(request: Request) -> Response:
    """Have columns looked up quickly.

    What q3c is for needs nothing here: the rows of a table with positions are in the order of the
    sky anyway.
    """
    arguments = Arguments.of(request)
    sender, name = user(request), arguments.required("tbl")
    mydb = context(request).mydb
    table = await to_thread.run_sync(mydb.table, sender, name)
    columns = [c.strip() for c in arguments.text("col").split(",") if c.strip()]
    positions = [c.strip() for c in arguments.text("q3c").split(",") if c.strip()]
    known = [c.casefold() for c in table.table.position or ()]
    if positions and [c.casefold() for c in positions] != known:
        columns += positions
    if columns:
        await to_thread.run_sync(mydb.index, sender, name, columns, limiter=threads_of(sender))
    return answers.done()


def _flush(request: Request) -> Response:
    """Nothing waits to be written: each change is there when it is answered."""
    user(request)
    return answers.done()
