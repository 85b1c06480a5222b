"""Which part of a file a client asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file.

    Attributes
    ----------
    start
        Its first byte.
    length
        How many bytes it has.
    whole
        Whether it is all of the file.
    """

    start: int
    length: int
    whole: bool = False


def asked(
    header: str | None, if_range: str | None, size_bytes: int, etag: str | None
) -> Part | None:
    """The part that the headers Range and If-Range ask for.

    Several parts at once are answered by the whole, as RFC 9110 allows.

    Parameters
    ----------
    header, if_range
        The headers.
    size_bytes, etag
        The length and the tag of the file as it is now.

    Returns
    -------
    Part or None
        None when the file has no such part.
    """
    whole = Part(0, size_bytes, whole=True)
    match = _RANGE.fullmatch(header or "")
    if match is None or (if_range is not None and if_range.strip() != etag):
        return whole
    first, last = match.groups()
    if first:
        start, end = int(first), int(last) if last else size_bytes - 1
        if last and end < start:
            return whole
    elif last:
        start, end = max(0, size_bytes - int(last)), size_bytes - 1
    else:
        return whole
    end = min(end, size_bytes - 1)
    return Part(start, end - start + 1) if start <= end else None
