"""With whom a table is shared, and whether a caller is among them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from datalab_backend.accounts.callers import Caller
from datalab_backend.errors import UsageError

PUBLIC = "public"
"""Everybody, also who is not signed in."""

_MOST = 100


def recipients(given: Iterable[str]) -> tuple[str, ...]:
    """Read the names of users and groups, or “public”; several are separated by commas.

    Raises
    ------
    UsageError
        When one cannot be a name.
    """
    found: dict[str, None] = {}
    for name in (part.strip() for text in given for part in text.split(",")):
        if not name:
            continue
        if not re.fullmatch(r"[^\s,/]{1,128}", name):
            raise UsageError(
                f"There is no user or group “{name[:60]}”.",
                "Give the name of a user or a group, or “public”.",
            )
        found[name] = None
    if len(found) > _MOST:
        raise UsageError(
            f"A table can be shared with {_MOST} names, not with {len(found)}.",
            "Share it with a group.",
        )
    return (PUBLIC,) if PUBLIC in found else tuple(found)


def may_read(caller: Caller, shared_with: Iterable[str]) -> bool:
    """Whether a table that is shared with these is there for a caller who does not own it."""
    names = set(shared_with)
    if PUBLIC in names:
        return True
    return not caller.is_anonymous and (caller.name in names or not names.isdisjoint(caller.groups))
