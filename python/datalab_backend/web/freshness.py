"""How long an answer about a table may be kept by whoever asked for it; nobody else may keep it."""

from __future__ import annotations

from collections.abc import Iterable

from datalab_backend.metadata import Table
from datalab_backend.mydb.names import is_personal


def cache_control(tables: Iterable[Table], seconds: int) -> dict[str, str]:
    """The header that says so.

    Surveys change rarely, and a map that is a minute old still shows the sky. A personal table may
    be another the next moment, or no longer be shared.

    Parameters
    ----------
    tables
        What the answer tells of.
    seconds
        How long answers about surveys may be kept.
    """
    if any(is_personal(table) for table in tables):
        return {"Cache-Control": "private, no-cache"}
    return {"Cache-Control": f"private, max-age={seconds}"}
