"""The part of ``queryClient`` that deals with tables of one's own."""

from __future__ import annotations

from typing import Any

from datalab_toolkit import arrivals
from datalab_toolkit.dl import calls
from datalab_toolkit.dl.problems import queryClientError, told_as
from datalab_toolkit.errors import DatalabError, NotFoundError
from datalab_toolkit.metadata import Column
from datalab_toolkit.mydbtables import MyDB, table_name
from datalab_toolkit.tabletext import columns_of, rows_of

_TYPES = {"char": "text", "double": "double precision", "varchar": "text"}


def mydb_list(
    *args: Any,
    table: str | None = None,
    token: str | None = None,
    index: bool = False,
    **kw: Any,
) -> str:
    """The names of one's tables, or of the columns of one, a line each.

    Parameters
    ----------
    *args
        A token and the name of a table, either or both.
    table, token
        The same by their names.
    index
        Whether to tell which columns are indexed.
    **kw
        ``verbose=True`` tells when tables were made, and the types of columns.
    """
    token, values = calls.bound(args, ["table"], {"table": table}, token)
    verbose, name = kw.get("verbose") is True, values["table"]
    with told_as(queryClientError):
        found = calls.service(token)
        if not name:
            return "\n".join(
                f"{t.name},created:{t.created:%Y-%m-%d %H:%M:%S} UTC"
                if verbose and t.created
                else t.name
                for t in found.mydb.tables()
            )
        if not found.mydb.has(name):
            return _not_known(name)
        columns = found.mydb.columns(name)
    return "\n".join(
        f"{column.name}{f',{_type(column)}' if verbose else ''}"
        f"{',indexed' if index and column.indexed else ''}"
        for column in columns
    )


def mydb_create(*args: Any, token: str | None = None, **kw: Any) -> str:
    """Make an empty table: ``mydb_create(token, table, schema)``; ``OK``.

    Parameters
    ----------
    *args
        A token, the table and its columns: their types by their names, lines of ``name,type``, or
        the name of a file of such lines.
    token
        A token.
    **kw
        ``drop=False`` keeps a table that is there; else it makes room.
    """
    token, values = calls.bound(args, ["table", "schema"], _given(kw, "table", "schema"), token)
    with told_as(queryClientError):
        columns = arrivals.empty(columns_of(values["schema"]))
        arrivals.send(
            _mydb(token), values["table"], columns, replace=kw.get("drop", True) is not False
        )
    return "OK"


def mydb_insert(*args: Any, token: str | None = None, **kw: Any) -> str:
    """Add rows to a table: ``mydb_insert(token, table, data)``; ``OK``.

    Parameters
    ----------
    *args
        A token, the table, and its rows: the name of a file, CSV as text, a DataFrame or another
        table, ``vos://…``, or an address of the web.
    token
        A token.
    **kw
        ``csv_header=False`` says that CSV has no line of names: columns are then in the table's
        order.
    """
    token, values = calls.bound(args, ["table", "data"], _given(kw, "table", "data"), token)
    table, data = values["table"], values["data"]
    with told_as(queryClientError):
        found = calls.service(token)
        if not found.mydb.has(table):
            raise NotFoundError(_not_known(table))
        names = None
        if str(kw.get("csv_header", True)).lower() == "false":
            names = [c.name for c in found.mydb.columns(table)]
        arrivals.send(found.mydb, table, rows_of(data, ",", names), append=True)
    return "OK"


def mydb_import(*args: Any, token: str | None = None, **kw: Any) -> str:
    """Make a table of rows, in the place of one that is there; ``OK``.

    Parameters
    ----------
    *args, token
        As for `mydb_insert`; FITS files may be given with an extension, ``file.fits[1]``.
    **kw
        ``append=True`` adds to the table that is there. ``delimiter``, ``csv_header=False`` and
        ``schema_def`` (lines of ``name,type``) say how to read CSV. ``verbose=True`` prints how
        many rows there are.
    """
    token, values = calls.bound(args, ["table", "data"], _given(kw, "table", "data"), token)
    append = str(kw.get("append", False)).lower() == "true"
    with told_as(queryClientError):
        own = _mydb(token)
        names = None
        if str(kw.get("csv_header", True)).lower() == "false":
            names = [*columns_of(kw.get("schema_def") or "")]
        rows = rows_of(values["data"], str(kw.get("delimiter", ",")), names)
        arrivals.send(own, values["table"], rows, replace=not append, append=append)
        if kw.get("verbose"):
            print(f'{own.table(values["table"]).rows} row(s) in "{table_name(values["table"])}"')
    return "OK"


def mydb_truncate(*args: Any, token: str | None = None, table: str = "") -> str:
    """Remove the rows of a table and leave its columns; ``OK``, or what went wrong."""
    token, values = calls.bound(args, ["table"], {"table": table}, token)
    return _done(values["table"], lambda: _mydb(token).truncate(values["table"]))


def mydb_index(
    *args: Any,
    token: str | None = None,
    q3c: str | None = None,
    cluster: bool = False,
    async_: bool = False,
    **kw: Any,
) -> str:
    """Make conditions on a column, or with ``q3c="ra,dec"`` on positions, quick; ``OK``.

    Rows are always clustered by their positions, so that ``cluster`` changes nothing.
    """
    token, values = calls.bound(args, ["table", "column"], _given(kw, "table", "column"), token)
    wanted = [name.strip() for name in (q3c or values["column"] or "").split(",") if name.strip()]
    return _done(values["table"], lambda: _mydb(token).index(values["table"], wanted))


def mydb_drop(*args: Any, token: str | None = None, table: str = "") -> str:
    """Remove a table; ``OK``, or what went wrong."""
    token, values = calls.bound(args, ["table"], {"table": table}, token)
    return _done(values["table"], lambda: _mydb(token).drop(values["table"]))


def mydb_rename(*args: Any, token: str | None = None, **kw: Any) -> str:
    """Give a table another name: ``mydb_rename(token, source, target)``; ``OK``."""
    token, values = calls.bound(args, ["source", "target"], _given(kw, "source", "target"), token)
    source, target = values["source"], values["target"]
    return _done(source, lambda: _mydb(token).rename(source, target))


def mydb_copy(*args: Any, token: str | None = None, **kw: Any) -> str:
    """Copy a table: ``mydb_copy(token, source, target)``; ``OK``."""
    token, values = calls.bound(args, ["source", "target"], _given(kw, "source", "target"), token)
    source, target = values["source"], values["target"]
    return _done(source, lambda: _mydb(token).copy(source, target))


def mydb_flush(token: str | None = None) -> str:
    """Do nothing: no temporary tables are left behind here."""
    return "OK"


def list(*args: Any, table: str | None = None, token: str | None = None) -> str:
    """As `mydb_list`, its older name."""
    return mydb_list(*args, table=table, token=token)


def drop(*args: Any, table: str = "", token: str | None = None) -> str:
    """As `mydb_drop`, its older name."""
    return mydb_drop(*args, table=table, token=token)


def _mydb(token: str | None) -> MyDB:
    return calls.service(token).mydb


def _done(table: str, action: Any) -> str:
    """Do something, and say ``OK`` or what went wrong as the official client does."""
    try:
        action()
    except NotFoundError:
        return _not_known(table)
    except DatalabError as error:
        return f"Error: {error}"
    return "OK"


def _not_known(table: str) -> str:
    return f'relation "{table.removeprefix("mydb://")}" not known'


def _given(kw: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: kw.pop(name, None) for name in names}


def _type(column: Column) -> str:
    """The type of a column in PostgreSQL's words."""
    name = column.datatype.lower()
    return _TYPES.get(name, name)
