"""Shows how files get on that are sent and fetched: a bar in a notebook, a line on a terminal."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any, TextIO, TypeAlias

from datalab_toolkit.progress import PATIENCE_S, in_notebook
from datalab_toolkit.sizes import in_words

Advance: TypeAlias = Callable[[int], None]
"""Told how many bytes have come or gone since it was last told."""

_REDRAW_S = 0.1
_WIDTH = 20
_ERASE = "\x1b[K"  # to the end of the line


class TransferBar:
    """Shows files that are sent or fetched one after another.

    Parameters
    ----------
    total
        How many files there are.
    stream
        Where to draw lines, for every file, as the ``datalab`` command does; None to show a bar in
        a notebook and a line on a terminal, and only for what takes a while.
    """

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total = total
        self._count = 0
        self._stream = stream
        self._handle: Any = None
        self._has_line = False

    @contextmanager
    def fetching(self, label: str, size_bytes: int) -> Iterator[Advance]:
        """Show one file that is fetched while the block runs: ``(1/3) [====    ] [ 281B] name``.

        Parameters
        ----------
        label
            What to call it.
        size_bytes
            How long it is.

        Returns
        -------
        callable
            What is to be told of its bytes.
        """
        with self._showing(label, size_bytes, last="") as advance:
            yield advance

    @contextmanager
    def sending(self, label: str, size_bytes: int) -> Iterator[Advance]:
        """Show one file that is sent; at its end it is a line ``(1 / 3) label``."""
        last = f"({self._count + 1} / {self._total}) {label}"
        with self._showing(label, size_bytes, last) as advance:
            yield advance

    @contextmanager
    def _showing(self, label: str, size_bytes: int, last: str) -> Iterator[Advance]:
        self._count += 1
        done = 0
        drawn = began = time.monotonic()

        def advance(count: int) -> None:
            nonlocal done, drawn
            done += count
            now = time.monotonic()
            if now - drawn > _REDRAW_S and (self._stream or now - began > PATIENCE_S):
                drawn = now
                self._draw(label, done, size_bytes)

        try:
            yield advance
            if self._stream or drawn != began:
                self._draw(label, size_bytes, size_bytes, last, is_last=True)
        finally:
            if self._has_line:
                self._stream_or_stderr.write("\n")
                self._stream_or_stderr.flush()
                self._has_line = False

    @property
    def _stream_or_stderr(self) -> TextIO:
        return self._stream or sys.stderr

    def _draw(
        self, label: str, done: int, size: int, last: str = "", is_last: bool = False
    ) -> None:
        if self._stream is None and in_notebook():
            self._display(label, done, size)
            return
        stream = self._stream_or_stderr
        bars = "=" * (_WIDTH * done // size if size else _WIDTH)
        line = f"({self._count}/{self._total}) [{bars:{_WIDTH}}] [{_short(done):>7}] {label}"
        if stream.isatty():
            stream.write(f"\r{_ERASE}{last or line}")
            self._has_line = True
        elif is_last and self._stream:  # a file has no use for what is written over
            stream.write(last or line)
            self._has_line = True
        stream.flush()

    def _display(self, label: str, done: int, size: int) -> None:
        from IPython.display import DisplayHandle

        words = f"{in_words(done)} of {in_words(size)}"
        place = f"{self._count} of {self._total}: " if self._total > 1 else ""
        data = {
            "text/plain": f"{place}{label}: {words}",
            "text/html": (
                '<div style="font-family: var(--jp-ui-font-family, sans-serif)">'
                f'<progress value="{done / size if size else 1:g}" style="accent-color: '
                'var(--jp-brand-color1, #1976d2); width: 12em; vertical-align: middle" '
                f'aria-label="{escape(label)}"></progress> {escape(place)}{escape(label)} · {words}'
                "</div>"
            ),
        }
        if self._handle is None:
            self._handle = DisplayHandle()  # type: ignore[no-untyped-call]
            self._handle.display(data, raw=True)
        else:
            self._handle.update(data, raw=True)


def _short(size_bytes: float) -> str:
    """A size as the official command writes it: ``281B``, ``1.5M``."""
    if size_bytes < 1024:
        return f"{size_bytes:.0f}B"
    power = min(int(math.log(size_bytes, 1024)), 5)
    return f"{size_bytes / 1024**power:.1f}{' KMGTP'[power]}"
