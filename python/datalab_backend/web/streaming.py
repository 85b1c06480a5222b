"""Sends the rows of a query while they are computed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

from anyio import CapacityLimiter, to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from datalab_backend.errors import DatalabError
from datalab_backend.formats import Format
from datalab_backend.jobs.query import QueryResult
from datalab_backend.jobs.running import RunningQueries

log = logging.getLogger(__name__)

# A client that takes less than this within its patience is broken off.
_PIECE_BYTES = 262_144

# Once it took so long to make some of an answer, that is sent and waits for no more.
_GATHERING_S = 0.05

# Threads of their own, so that waiting queries never hold up maps and metadata.
_threads = CapacityLimiter(32)


class QueryResponse(Response):
    """The answer to a query.

    Nothing is sent before the first rows are there: what goes wrong until then is raised and gets
    a proper status and error document. When something goes wrong later the connection is broken
    off, since half a table must not look like a whole one. When the client goes away the query
    is cancelled. While a client is slow to take the rows, the time of the query stands still.

    Parameters
    ----------
    query
        The rows; closed here.
    running
        Where the query is counted while it runs.
    output
        The format to write.
    stall_s
        How long a client may take nothing, in seconds, before it is broken off.
    """

    def __init__(
        self, query: QueryResult, running: RunningQueries, output: Format, stall_s: float
    ) -> None:
        super().__init__(media_type=output.media_type)
        del self.headers["content-length"]
        self.headers["Cache-Control"] = "no-store"
        self.headers["Content-Disposition"] = f'inline; filename="result.{output.extension}"'
        self._query = query
        self._running = running
        self._output = output
        self._stall_s = stall_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the query and send its rows."""
        scope["only_looks"] = self._query.status.looks_around
        gone = asyncio.Event()
        watch = asyncio.create_task(self._watch(receive, gone))
        started = False
        try:
            with self._running.tracked(self._query):
                # To go from thread to thread takes as long as to write a few rows.
                chunks, gathered = await to_thread.run_sync(self._open, limiter=_threads)
                await send(self._start())
                started = True
                while True:
                    with self._query.paused():
                        await self._give(gathered.chunk, send)
                    if gathered.is_last:
                        break
                    gathered = await to_thread.run_sync(_gathered, chunks, limiter=_threads)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except DatalabError as error:
            if gone.is_set():
                log.info("The client went away; its query was stopped.")
            elif started:
                log.warning("A result was broken off: %s", error)
            else:
                raise
        except TimeoutError:
            log.warning("A result was broken off: its client took nothing for a while.")
        finally:
            watch.cancel()
            await to_thread.run_sync(self._query.close)

    async def _give(self, chunk: bytes, send: Send) -> None:
        """Send a chunk in pieces, each of which has to be taken in time."""
        for start in range(0, len(chunk), _PIECE_BYTES):
            piece = chunk[start : start + _PIECE_BYTES]
            async with asyncio.timeout(self._stall_s):
                await send({"type": "http.response.body", "body": piece, "more_body": True})

    def _open(self) -> tuple[Iterator[bytes], _Gathered]:
        self._query.start()
        chunks = self._output.write(self._query.columns, self._query, self._query.status)
        return chunks, _gathered(chunks)

    def _start(self) -> dict[str, object]:
        return {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }

    async def _watch(self, receive: Receive, gone: asyncio.Event) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()
        self._query.cancel()


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Some of an answer, and whether it is the end of it."""

    chunk: bytes
    is_last: bool


def _gathered(chunks: Iterator[bytes]) -> _Gathered:
    """Some of an answer, about as much as a piece.

    A small answer is a handful of chunks, and to hand each from thread to thread and to the network
    would take longer than to write them. Rows that are there hardly wait for others: a batch that
    is not the last is larger than a piece.
    """
    gathered: list[bytes] = []
    size, until, is_last = 0, time.monotonic() + _GATHERING_S, True
    for chunk in chunks:
        gathered.append(chunk)
        size += len(chunk)
        if size >= _PIECE_BYTES or time.monotonic() > until:
            is_last = False
            break
    return _Gathered(gathered[0] if len(gathered) == 1 else b"".join(gathered), is_last)
