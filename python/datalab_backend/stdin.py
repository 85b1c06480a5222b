"""Notices that the parent process has died."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Thread

_STDIN = 0


def when_stdin_ends(act: Callable[[], None]) -> None:
    """Call a function, in a thread, when standard input ends.

    A parent that keeps the other end of the pipe thereby takes its child along, however it dies.
    """

    def wait() -> None:
        # The file object of sys.stdin would hold a lock that stops the interpreter at its exit.
        while os.read(_STDIN, 4096):
            pass
        act()

    Thread(target=wait, name="stdin", daemon=True).start()
