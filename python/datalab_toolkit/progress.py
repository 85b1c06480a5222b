"""Shows how a job gets on: a bar in a notebook, a line on a terminal, nothing elsewhere.

A notebook's bar is the browser's own element in the theme's colours; no widget and no network is
needed, and what is saved with the notebook is a line of text.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any, Protocol

from datalab_toolkit.uws import JobState

_IN_WORDS = {
    "PENDING": "not started",
    "QUEUED": "waiting for its turn",
    "EXECUTING": "running",
    "COMPLETED": "done",
    "ERROR": "failed",
    "ABORTED": "aborted",
    "ARCHIVED": "removed",
    "HELD": "held back",
    "SUSPENDED": "suspended",
}

# What is done sooner needs no bar.
PATIENCE_S = 0.4


class Progress(Protocol):
    """Where the progress of a job is shown."""

    def update(self, state: JobState, seconds: float | None) -> None:
        """Show how the job is."""

    def close(self) -> None:
        """Nothing more will be shown."""


def as_text(state: JobState, seconds: float | None) -> str:
    """A job in a line, such as ``Job 3f…: running, 12 s, 34,000 rows``."""
    return f"Job {state.id}: {', '.join(_parts(state, seconds))}"


def as_html(state: JobState, seconds: float | None) -> str:
    """A job as a bar and a line."""
    done = float(state.phase == "COMPLETED") if state.has_ended else state.progress
    value = "" if done is None else f' value="{done:g}"'  # without one, the bar just moves
    colour = "--jp-error-color1" if state.phase == "ERROR" else "--jp-ui-font-color1"
    message = f"<br>{escape(state.message)}" if state.message else ""
    phase, *rest = map(escape, _parts(state, seconds))
    words = f'<b style="color: var({colour}, inherit)">{phase}</b> {" · ".join(rest)}'
    return (
        '<div style="font-family: var(--jp-ui-font-family, sans-serif)">'
        f'<progress{value} style="accent-color: var(--jp-brand-color1, #1976d2); width: 12em; '
        f'vertical-align: middle" aria-label="Job {escape(state.id)}"></progress> {words} '
        f"<code>{escape(state.id)}</code>{message}</div>"
    )


@contextmanager
def show() -> Iterator[Progress]:
    """Choose where to show the progress, and tidy up when it is over."""
    progress: Progress = _Notebook() if in_notebook() else _Terminal()
    try:
        yield progress
    finally:
        progress.close()


class _Notebook:
    def __init__(self) -> None:
        self._began = time.monotonic()
        self._handle: Any = None

    def update(self, state: JobState, seconds: float | None) -> None:
        if self._handle is None and time.monotonic() - self._began < PATIENCE_S:
            return
        from IPython.display import DisplayHandle

        data = {"text/plain": as_text(state, seconds), "text/html": as_html(state, seconds)}
        if self._handle is None:
            self._handle = DisplayHandle()  # type: ignore[no-untyped-call]
            self._handle.display(data, raw=True)
        else:
            self._handle.update(data, raw=True)

    def close(self) -> None:
        pass


class _Terminal:
    """A line on standard error that is written over and over; nothing when that is a file."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = 0

    def update(self, state: JobState, seconds: float | None) -> None:
        if not sys.stderr.isatty() or time.monotonic() - self._began < PATIENCE_S:
            return
        text = as_text(state, seconds)
        sys.stderr.write("\r" + text.ljust(self._shown))
        sys.stderr.flush()
        self._shown = len(text)

    def close(self) -> None:
        if self._shown:
            sys.stderr.write("\n")
            sys.stderr.flush()


def _parts(state: JobState, seconds: float | None) -> list[str]:
    parts = [_IN_WORDS.get(state.phase, state.phase.lower())]
    if state.progress is not None and not state.has_ended:
        parts.append(f"{state.progress:.0%}")
    if seconds is not None:
        parts.append(f"{seconds:.1f} s" if seconds < 10 else f"{seconds:,.0f} s")
    if state.rows is not None:
        parts.append(f"{state.rows:,} row{'' if state.rows == 1 else 's'}")
    return parts


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs us, asked without importing IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
