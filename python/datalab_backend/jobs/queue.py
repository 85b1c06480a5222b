"""Whose turn it is."""

from __future__ import annotations

import heapq
from itertools import count


class FairQueue:
    """Waiting jobs, served one owner after the other, whoever has how many.

    Of one owner, the job comes first that seems to be the least work; of two that seem alike, the
    one that waited longer.
    """

    def __init__(self) -> None:
        # The owner whose turn it is stands first.
        self._owners: dict[str | None, list[tuple[float, int, str]]] = {}
        self._waiting: set[str] = set()
        self._order = count()

    def add(self, job_id: str, owner: str | None, cost: float = 0.0) -> None:
        """Have a job wait.

        Parameters
        ----------
        job_id
            The job.
        owner
            Whose turn it takes; all anonymous callers together are one owner.
        cost
            How much work it seems to be, in any unit.
        """
        heapq.heappush(self._owners.setdefault(owner, []), (cost, next(self._order), job_id))
        self._waiting.add(job_id)

    def take(self) -> str | None:
        """The job whose turn it is, None when none waits."""
        while self._owners:
            owner = next(iter(self._owners))
            jobs = self._owners.pop(owner)
            _, _, job_id = heapq.heappop(jobs)
            if job_id not in self._waiting:  # it was taken out meanwhile
                if jobs:
                    self._owners = {owner: jobs, **self._owners}
                continue
            if jobs:
                self._owners[owner] = jobs  # at the end: now it is the others' turn
            self._waiting.discard(job_id)
            return job_id
        return None

    def discard(self, job_id: str) -> None:
        """Take a job out, if it is in."""
        self._waiting.discard(job_id)

    def __len__(self) -> int:
        return len(self._waiting)
