"""Answers that take the engine a while, for as long as somebody waits for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from datalab_backend.catalogues.live import Snapshot
from datalab_backend.engines.stoppable import StoppableEngine
from datalab_backend.errors import DatalabError
from datalab_backend.web.context import context, snapshot

log = logging.getLogger(__name__)

# Threads of their own, so that maps which take long never hold up metadata.
_threads = CapacityLimiter(8)


async def answer(
    request: Request,
    make: Callable[[Snapshot, StoppableEngine], Response],
    limiter: CapacityLimiter = _threads,
) -> Response:
    """Make an answer; its queries are stopped when the client goes away or the server stops.

    Parameters
    ----------
    request
        The request, whose body has been read.
    make
        Makes the answer from what the caller may read, in a thread, asking nothing but the engine
        it gets.
    limiter
        How many threads may do the like at once.
    """
    datalab = context(request)
    now = await to_thread.run_sync(snapshot, request)
    engine = StoppableEngine(now.engine)
    gone = asyncio.Event()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone.set()
        engine.cancel()

    watching = asyncio.create_task(watch())
    try:
        with datalab.queries.tracked(engine):
            return await to_thread.run_sync(make, now, engine, limiter=limiter)
    except DatalabError:
        if not gone.is_set():
            raise
        log.info("The client went away; its query was stopped.")
        return _Nothing()
    finally:
        watching.cancel()


class _Nothing(Response):
    """No answer at all, for a client that went away."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""
