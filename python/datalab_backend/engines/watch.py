"""One thread that looks after all the queries that run.

A thread for each query would take as long to start and end as a small query takes to run.
"""

from __future__ import annotations

import logging
from threading import Condition, Thread
from typing import Protocol

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.25
_IDLE_LOOKS = 20
"""How often to look in vain before the thread sleeps until there is something to watch."""


class Watched(Protocol):
    """What wants to be looked after."""

    def look(self) -> float:
        """Do what is due; the seconds until the next look, which may come earlier or later."""
        ...


class Watch:
    """Looks after what is added, a few times a second; any thread may use it."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._watched: set[Watched] = set()
        self._thread = Thread(target=self._run, name="query-watch", daemon=True)
        self._started = False
        self._asleep = False
        self._called = False

    def start(self) -> None:
        """Begin to look, from a thread as important as the thread of the caller."""
        with self._changed:
            if not self._started:
                self._started = True
                self._thread.start()

    def add(self, watched: Watched, within_s: float) -> None:
        """Look after something from now on, for the first time in so many seconds."""
        with self._changed:
            self._watched.add(watched)
            if self._asleep or within_s < _LOOK_EVERY_S:
                self._call()

    def remove(self, watched: Watched) -> None:
        """Look after it no longer; no look is going on when this returns."""
        with self._changed:
            self._watched.discard(watched)

    def look_now(self) -> None:
        """Have everything looked after at once."""
        with self._changed:
            self._call()

    def _call(self) -> None:
        self._called = True
        self._changed.notify()

    def _run(self) -> None:
        in_vain = 0
        with self._changed:
            while True:
                soonest = min(map(_look, self._watched), default=_LOOK_EVERY_S)
                in_vain = 0 if self._watched else in_vain + 1
                self._asleep = in_vain > _IDLE_LOOKS
                if not self._called:
                    self._changed.wait(None if self._asleep else min(soonest, _LOOK_EVERY_S))
                self._called = self._asleep = False


def _look(watched: Watched) -> float:
    try:
        return watched.look()
    except Exception:
        # All other queries need the thread.
        log.exception("A query could not be looked after.")
        return _LOOK_EVERY_S
