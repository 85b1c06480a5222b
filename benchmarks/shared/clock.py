"""Times of actions, and how they are printed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np


def times_ms(action: Callable[[], object], repeats: int) -> list[float]:
    """The time of each repeat, in milliseconds; the first, which warms up, is left out."""
    action()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def spread(times: Sequence[float]) -> str:
    """Median, 95th and 99th percentile of times in milliseconds."""
    median, p95, p99 = np.percentile(times, [50, 95, 99])
    return f"{median:9.1f}{p95:9.1f}{p99:9.1f}"


SPREAD_HEADING = f"{'median':>9}{'p95':>9}{'p99':>9}  ms"
