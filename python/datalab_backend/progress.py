"""Tells people and programs how far a long command has come, and how long it still takes."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from typing import TypeAlias

Reporter: TypeAlias = Callable[[float, str], None]
"""Told a fraction from 0 to 1 and what is being done."""

_BAR_WIDTH = 30
_STEPS = 20
_FIRST_GUESS_S = 2.0
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def printable(text: str) -> str:
    """Text for a terminal: names of files may have characters that would steer or break it."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def reporter(kind: str) -> Reporter:
    """What prints progress: ``json``, or ``auto`` for a bar on a terminal and lines elsewhere."""
    if kind == "json":
        return _Json()
    return _Bar() if sys.stdout.isatty() else _Lines()


class _TimeLeft:
    """Guesses the time left from the pace so far."""

    def __init__(self) -> None:
        self._start: tuple[float, float] | None = None

    def seconds(self, fraction: float) -> int | None:
        now = time.monotonic()
        if self._start is None:
            self._start = (now, fraction)
        since, begun = self._start
        if now - since < _FIRST_GUESS_S or fraction <= begun:
            return None
        return round((now - since) * (1 - fraction) / (fraction - begun))

    def text(self, fraction: float) -> str:
        seconds = self.seconds(fraction)
        if seconds is None or fraction >= 1:
            return ""
        minutes, rest = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            return f"  {hours} h {minutes:02} min left"
        return f"  {minutes} min {rest:02} s left" if minutes else f"  {rest} s left"


class _Json:
    """Prints one JSON object a line."""

    def __init__(self) -> None:
        self._left = _TimeLeft()

    def __call__(self, fraction: float, message: str) -> None:
        told = {
            "progress": round(fraction, 4),
            "message": message,
            "seconds_left": self._left.seconds(fraction),
        }
        print(json.dumps(told), flush=True)


class _Bar:
    """Draws a bar on one line of a terminal."""

    def __init__(self) -> None:
        self._left = _TimeLeft()

    def __call__(self, fraction: float, message: str) -> None:
        filled = round(_BAR_WIDTH * fraction)
        bar = "█" * filled + "░" * (_BAR_WIDTH - filled)
        end = "\n" if fraction >= 1 else ""
        text = printable(message)[:60] + self._left.text(fraction)
        # The escape clears what a longer message has left on the line.
        print(f"\r{bar} {fraction:4.0%}  {text}\033[K", end=end, flush=True)

    def end_line(self) -> None:
        """Begin a new line, so that what is said next stands on its own."""
        print()


class _Lines:
    """Prints a line for every twentieth of the work."""

    def __init__(self) -> None:
        self._left = _TimeLeft()
        self._last = -1

    def __call__(self, fraction: float, message: str) -> None:
        step = int(_STEPS * fraction)
        left = self._left.text(fraction)
        if step != self._last:
            self._last = step
            print(f"{fraction:4.0%}  {printable(message)}{left}", flush=True)


def interrupted(report: Reporter) -> None:
    """Leave the line of a bar that was not finished."""
    if isinstance(report, _Bar):
        report.end_line()
