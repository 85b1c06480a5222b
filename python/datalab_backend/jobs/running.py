"""The queries that run now, so that a server that stops can stop them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Protocol

from datalab_backend.errors import UnavailableError


class Stoppable(Protocol):
    """What runs one query or several."""

    def cancel(self) -> None:
        """Stop them, from any thread."""
        ...


class RunningQueries:
    """Keeps count of the queries of one server; any thread may use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._queries: set[Stoppable] = set()
        self._stopping = False

    @contextmanager
    def tracked(self, query: Stoppable) -> Iterator[None]:
        """Count a query as running."""
        with self._lock:
            if self._stopping:
                raise UnavailableError("The Data Lab is stopping.", "Try again when it is back.")
            self._queries.add(query)
        try:
            yield
        finally:
            with self._lock:
                self._queries.discard(query)

    def __len__(self) -> int:
        return len(self._queries)

    def stop(self) -> None:
        """Cancel what runs and take no more."""
        with self._lock:
            self._stopping = True
            running = list(self._queries)
        for query in running:
            query.cancel()
