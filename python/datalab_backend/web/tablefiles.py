"""Files that become personal tables: sent, fetched, or taken out of the virtual storage."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path, PurePosixPath
from weakref import WeakValueDictionary

from anyio import CancelScope, CapacityLimiter, to_thread
from starlette.requests import Request

from datalab_backend.accounts.callers import Caller
from datalab_backend.catalogues.bulk import Report
from datalab_backend.errors import AuthenticationError, UsageError
from datalab_backend.web.context import Context, caller, context
from datalab_backend.web.filebodies import take
from datalab_backend.web.sources import BoundedFile, bring, room_bytes

_MOST_THREADS = 4  # of one user
_threads: WeakValueDictionary[int, CapacityLimiter] = WeakValueDictionary()


def threads_of(sender: Caller) -> CapacityLimiter:
    """The threads in which the tables of a user are changed.

    Changes take long, and wait for hosts and for one another, which holds up nobody else.
    """
    return _threads.setdefault(sender.uid, CapacityLimiter(_MOST_THREADS))


def signed_in(request: Request) -> Caller:
    """Who sent a request, or a refusal of who is not known."""
    sender = caller(request)
    if sender.is_anonymous:
        raise AuthenticationError(
            "Tables of your own need an account.", "Sign in, and send your token."
        )
    return sender


async def imported(
    request: Request,
    sender: Caller,
    name: str,
    file_name: str,
    replaces: bool = False,
    appends: bool = False,
    hdu: str | None = None,
) -> Report:
    """Make the body of a request a table, or add its rows to one."""
    if replaces and appends:
        raise UsageError("A table is either replaced or added to.", "Leave one of the two out.")
    mydb = context(request).mydb
    await to_thread.run_sync(mydb.check_arrival, sender, name, replaces or appends)
    async with receiving_file(request, sender, file_name) as path:
        limiter = threads_of(sender)
        return await to_thread.run_sync(
            mydb.import_file, sender, name, path, replaces, appends, "", hdu, limiter=limiter
        )


@asynccontextmanager
async def receiving_file(request: Request, sender: Caller, name: str) -> AsyncIterator[Path]:
    """The body of a request as a file, which is gone after the block."""
    mydb = context(request).mydb
    most = await to_thread.run_sync(room_bytes, mydb, sender)
    receiving = mydb.receiving(sender, name)
    path = await to_thread.run_sync(receiving.__enter__)
    try:
        sink = BoundedFile(path, most)
        await take(request, sink)
        if not sink.size_bytes:
            raise UsageError(
                "The file is empty, or there is none in the request.",
                "Send one with a header at least, as the body.",
            )
        yield path
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(receiving.__exit__, None, None, None)


@contextmanager
def fetched(datalab: Context, sender: Caller, name: str, source: str) -> Iterator[Path]:
    """What is at a URL or in the virtual storage as a file, which is gone after the block.

    Parameters
    ----------
    datalab
        The Data Lab.
    sender
        Who asks for it.
    name
        The table that it is for.
    source
        An http or https URL, or the URI of a file in the virtual storage.
    """
    ending = PurePosixPath(source.partition("?")[0]).suffix
    file_name = f"{name}{ending}" if re.fullmatch(r"\.[A-Za-z0-9]{1,10}", ending) else name
    with datalab.mydb.receiving(sender, file_name) as path:
        bring(datalab, sender, source, path)
        yield path
