"""Amounts of bytes as people write them."""

from __future__ import annotations

import re

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*(?:([kmgt]?)b?|([kmgt])ib)", re.I | re.A)


def read(text: str) -> int | None:
    """The bytes in ``500MB``, ``1.5TB``, ``2GiB`` or ``12345``; None when it is no size."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    number, decimal, binary = found.groups()
    unit = _BINARY[binary.lower()] if binary else _UNITS[decimal.lower()]
    size_bytes = round(float(number) * unit) if "." in number else int(number) * unit
    return size_bytes if size_bytes < 2**63 else None


def written(size_bytes: int) -> str:
    """An amount of bytes, to three digits."""
    for unit, bytes_ in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= bytes_:
            return f"{size_bytes / bytes_:.3g} {unit}"
    return f"{size_bytes} B"
