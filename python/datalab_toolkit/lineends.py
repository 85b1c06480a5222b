"""Ends of lines in CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def unix(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """End rows of CSV with a line feed alone, as shells and Astro Data Lab's notebooks want them.

    RFC 4180 has a carriage return, too. One within a value, between quotes, is left as it is.

    Parameters
    ----------
    pieces
        CSV, cut anywhere.
    """
    is_quoted, held = False, b""
    for piece in pieces:
        whole = held + piece
        held = b"\r" if whole.endswith(b"\r") else b""  # until what follows is known
        parts = whole[: len(whole) - len(held)].split(b'"')
        for i in range(int(is_quoted), len(parts), 2):
            parts[i] = parts[i].replace(b"\r\n", b"\n")
        is_quoted ^= len(parts) % 2 == 0
        yield b'"'.join(parts)
    yield held
