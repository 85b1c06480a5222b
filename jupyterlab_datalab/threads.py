"""Runs blocking calls beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[[], T]) -> T:
    """Call a function in a thread of its own and wait for its result.

    Unlike a pool's, the thread is a daemon: a service that does not answer cannot hold up the end
    of the Jupyter server.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():  # cancelled: nobody waits any more
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result, failure = None, None
        try:
            result = function()
        except BaseException as error:  # told to whoever waits
            failure = error
        with suppress(RuntimeError):  # the loop is closed: Jupyter has ended
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=work, name="datalab", daemon=True).start()
    return await future
