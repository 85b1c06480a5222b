"""Ctrl-C, as who sits at a kernel presses it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable


def interrupted(wait: Callable[..., object], *arguments: object) -> object:
    """Call what takes long, and interrupt it a second later."""
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    return wait(*arguments)
