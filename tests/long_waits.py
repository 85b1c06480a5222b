"""Waits of hours for the stopwatches of queries, which take no time."""

from __future__ import annotations

import time

import pytest
from datalab_backend.engines import stopwatch


class LongWaits:
    """A clock for the stopwatches of this process: it goes on, and can be put forward.

    A query may then be given so much time that it has enough on the slowest machine, and yet less
    than its client lets it wait.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._ahead_s = 0.0
        patch.setattr(stopwatch, "time", self)

    def monotonic(self) -> float:
        """What the stopwatches take for the time."""
        return time.monotonic() + self._ahead_s

    def forward(self, seconds: float) -> None:
        """Have so much time pass."""
        self._ahead_s += seconds
