"""What counts the seconds of a query."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from datalab_backend.engines import stopwatch
from datalab_backend.engines.stopwatch import Stopwatch


class Clock:
    """Tells the time that it is given; what happens meanwhile happens while it is read."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.meanwhile: Callable[[], object] | None = None

    def monotonic(self) -> float:
        """The time."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return self.now_s


def test_a_stop_that_begins_while_another_thread_looks_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
):
    clock = Clock()
    monkeypatch.setattr(stopwatch, "time", clock)
    watch = Stopwatch()
    clock.now_s = 1.0
    stop = watch.stopped()

    def stand_still_for_long() -> None:
        stop.__enter__()
        clock.now_s = 100.0

    clock.meanwhile = stand_still_for_long
    assert watch.seconds() == 1.0
    stop.__exit__(None, None, None)
    clock.now_s = 102.0
    assert watch.seconds() == 3.0
