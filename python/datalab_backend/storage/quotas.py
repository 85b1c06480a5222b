"""How many bytes users may keep, also while many of their files arrive at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from datalab_backend.storage.faults import QuotaExceededError


class Quotas:
    """What users keep, and what they are just writing.

    Parameters
    ----------
    quota_bytes
        How many bytes a user may keep; None for no end.
    used_bytes
        How many a user keeps.
    """

    def __init__(
        self, quota_bytes: Callable[[str], int | None], used_bytes: Callable[[str], int]
    ) -> None:
        self.of = quota_bytes
        self._used_bytes = used_bytes
        self._arriving: dict[str, int] = {}
        self._lock = Lock()

    @contextmanager
    def reserving(self, user: str, replaced_bytes: int = 0) -> Iterator[Reservation]:
        """Give a reservation, which is given back at the end of the block.

        Parameters
        ----------
        user
            Who is to keep the bytes.
        replaced_bytes
            How many bytes go when the new ones are there.
        """
        reservation = Reservation(self, user, replaced_bytes)
        try:
            yield reservation
        finally:
            with self._lock:
                left = self._arriving.get(user, 0) - reservation.counted_bytes
                if left > 0:
                    self._arriving[user] = left
                else:
                    self._arriving.pop(user, None)

    def check(self, user: str, more_bytes: int) -> None:
        """Refuse what would be too much, in the transaction that would keep it.

        What others of the user's files have reserved does not count: they look again themselves.
        """
        quota = self.of(user)
        if quota is not None and more_bytes > 0 and self._used_bytes(user) + more_bytes > quota:
            raise _exceeded(quota, self._used_bytes(user), more_bytes)

    def admit(self, user: str, more_bytes: int) -> None:
        """Reserve bytes."""
        quota = self.of(user)
        with self._lock:
            arriving = self._arriving.get(user, 0)
            if quota is not None and more_bytes > 0:
                used = self._used_bytes(user)
                if used + arriving + more_bytes > quota:
                    raise _exceeded(quota, used + arriving, more_bytes)
            self._arriving[user] = arriving + more_bytes


class Reservation:
    """The room for one file."""

    def __init__(self, quotas: Quotas, user: str, replaced_bytes: int) -> None:
        self._quotas = quotas
        self._user = user
        self._free_bytes = replaced_bytes
        self.counted_bytes = 0
        self._announced_bytes = 0

    def announce(self, size_bytes: int) -> None:
        """Reserve what is said to come, so that too much is refused before it is sent."""
        self.admit(size_bytes)
        self._announced_bytes = size_bytes

    def admit(self, more_bytes: int) -> None:
        """Reserve what comes, as far as it was not announced and replaces nothing."""
        announced = min(more_bytes, self._announced_bytes)
        self._announced_bytes -= announced
        more_bytes -= announced
        free = min(more_bytes, self._free_bytes)
        if more_bytes > free:
            self._quotas.admit(self._user, more_bytes - free)
            self.counted_bytes += more_bytes - free
        self._free_bytes -= free


def _exceeded(quota: int, used: int, more: int) -> QuotaExceededError:
    return QuotaExceededError(
        f"There is no room for {more:,} more bytes: {used:,} of the {quota:,} that may be kept are "
        "taken.",
        "Delete files that are no longer needed, or ask whoever runs this Data Lab for more.",
    )
