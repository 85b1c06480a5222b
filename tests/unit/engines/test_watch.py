"""The thread that looks after the queries which run."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from datalab_backend.engines.watch import Watch

PATIENCE_S = 20.0
NEVER_S = 1e9


class Looked:
    """Counts how often it was looked after."""

    def __init__(self, fails: bool = False) -> None:
        self.times = 0
        self._fails = fails

    def look(self) -> float:
        """Count, or fail too."""
        self.times += 1
        if self._fails:
            raise RuntimeError("this one cannot be looked after")
        return NEVER_S


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


def started() -> Watch:
    watch = Watch()
    watch.start()
    watch.start()
    return watch


def test_what_is_added_is_looked_after_again_and_again_until_it_is_removed():
    watch, one = started(), Looked()
    watch.add(one, NEVER_S)
    until(lambda: one.times >= 3)
    watch.remove(one)
    seen = one.times
    other = Looked()
    watch.add(other, NEVER_S)
    until(lambda: other.times >= 2)
    assert one.times == seen


def test_everything_is_looked_after_at_once_when_that_is_asked_for():
    watch, one = started(), Looked()
    watch.add(one, NEVER_S)
    for _ in range(50):
        seen = one.times
        watch.look_now()
        until(lambda seen=seen: one.times > seen)


def test_what_cannot_be_looked_after_takes_nothing_else_along():
    watch, broken, one = started(), Looked(fails=True), Looked()
    watch.add(broken, 0)
    watch.add(one, 0)
    until(lambda: one.times >= 2 and broken.times >= 2)


def test_the_thread_wakes_for_the_next_after_it_had_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("datalab_backend.engines.watch._IDLE_LOOKS", 0)
    monkeypatch.setattr("datalab_backend.engines.watch._LOOK_EVERY_S", 0.01)
    watch, one = started(), Looked()
    until(lambda: watch._asleep)
    watch.add(one, NEVER_S)
    until(lambda: one.times >= 1)
