"""How long something has run, not counting when it had to wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Counts seconds from its making; one thread stops and starts it, any thread may read it."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._stopped_s = 0.0
        self._stopped_at: float | None = None

    def seconds(self) -> float:
        """The seconds that it ran so far."""
        # Looked at first: what is late in reading the rest takes no stop for time that it ran.
        now = time.monotonic()
        until = self._stopped_at
        return (now if until is None else until) - self._began - self._stopped_s

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let it stand still until the block ends."""
        self._stopped_at = at = time.monotonic()
        try:
            yield
        finally:
            self._stopped_s += time.monotonic() - at
            self._stopped_at = None
