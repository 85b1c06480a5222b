"""Work that gives way to what somebody waits for.

A job may take all the cores for hours. Its threads are *nice*: whenever a thread that answers
somebody wants a core it gets it at once, and a job has what is left. On Linux each thread is as
nice as the thread that started it, and none can become less nice again; so only threads that were
started for work in the background are told to be. Elsewhere all threads are alike.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import get_native_id
from typing import TypeVar

log = logging.getLogger(__name__)

NICENESS = 10
"""How much nicer than the server; a core that two want goes to a job for a tenth of the time."""

T = TypeVar("T")


def be_in_background() -> None:
    """Have the current thread give way, for good, with all the threads it will start."""
    if sys.platform != "linux":
        return
    try:
        # The server's own, which is that of its first thread, may not be the usual one.
        usual = os.getpriority(os.PRIO_PROCESS, os.getpid())
        os.setpriority(os.PRIO_PROCESS, get_native_id(), min(usual + NICENESS, 19))
    except OSError as error:
        log.warning("Jobs are as important as other queries: %s", error)


def thread_in_background(make: Callable[[], T]) -> T:
    """Have a thread in the background make something, and so start the threads it needs."""
    with ThreadPoolExecutor(1, "background", initializer=be_in_background) as pool:
        return pool.submit(make).result()
