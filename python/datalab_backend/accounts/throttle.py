"""Slows down those who try passwords.

Nothing is ever locked: who has failed too often waits some seconds for each further attempt. So a
stranger can slow a user's sign-in down but not keep them out; and where the user has signed in from
before, what strangers do elsewhere does not even slow it down.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from datalab_backend.errors import TooManyRequestsError

_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many attempts may fail one after the other, and how soon there is a further one."""

    failures: int
    pause_s: float


OF_NAME_AT_ADDRESS = Allowance(failures=5, pause_s=10)
OF_NAME = Allowance(failures=20, pause_s=5)
# A class of students may have one address, and all sign in as the lesson begins.
OF_ADDRESS = Allowance(failures=100, pause_s=2)
# The programs of somebody who is known here may sign in at the same time: until it is known that
# an attempt succeeds, it counts as one that fails.
OF_KNOWN_PLACE = Allowance(failures=20, pause_s=10)


class Throttle:
    """Counts the attempts to sign in that failed, by name and by address; in memory only.

    Parameters
    ----------
    clock
        Gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        # When each has all its attempts again.
        self._full: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._trusted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def attempt(self, name: str, address: str) -> None:
        """Count an attempt as one that fails; `succeeded` takes it back.

        Raises
        ------
        TooManyRequestsError
            There were too many.
        """
        address = _network(address)
        with self._lock:
            now = self._clock()
            counted = self._counted(name, address)
            wait_s = max(self._wait_s(key, allowed, now) for key, allowed in counted)
            if wait_s > 0:
                raise TooManyRequestsError(
                    "There were too many attempts to sign in.",
                    f"Try again in {math.ceil(wait_s)} s.",
                    math.ceil(wait_s),
                )
            for key, allowed in counted:
                self._full[key] = max(self._full.pop(key, now), now) + allowed.pause_s
            while len(self._full) > _MOST_REMEMBERED:
                self._full.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Take an attempt back that has not failed, and remember where it came from."""
        address = _network(address)
        with self._lock:
            for key, allowed in self._counted(name, address):
                if key in self._full:
                    self._full[key] -= allowed.pause_s
            self._full.pop((name, address), None)
            self._trusted.pop((name, address), None)
            self._trusted[name, address] = None
            while len(self._trusted) > _MOST_REMEMBERED:
                self._trusted.popitem(last=False)

    def _counted(self, name: str, address: str) -> list[tuple[tuple[str, str], Allowance]]:
        here = (name, address)
        if here in self._trusted:
            return [(here, OF_KNOWN_PLACE)]
        return [(here, OF_NAME_AT_ADDRESS), ((name, ""), OF_NAME), (("", address), OF_ADDRESS)]

    def _wait_s(self, key: tuple[str, str], allowed: Allowance, now: float) -> float:
        owed_s = self._full.get(key, now) - now
        return owed_s - (allowed.failures - 1) * allowed.pause_s


def _network(address: str) -> str:
    """The address, or of version 6 what one household or machine has of them."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
