"""How large a table may be that a query brings along."""

from __future__ import annotations

from dataclasses import dataclass

from datalab_backend.errors import UsageError


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What one query may upload.

    Attributes
    ----------
    bytes
        The most bytes of one table, as it was sent and once it is unpacked.
    rows, columns
        The most rows and columns of one table.
    tables
        The most tables.
    fetch_s
        The longest that fetching one table from its URL may take, in seconds.
    hosts
        Names of hosts that tables may be fetched from although they are not public.
    """

    bytes: int = 100_000_000
    rows: int = 5_000_000
    columns: int = 1000
    tables: int = 10
    fetch_s: float = 60.0
    hosts: tuple[str, ...] = ()


def too_many_rows(most_rows: int) -> UsageError:
    """What to say when there are more rows than are taken."""
    return UsageError(
        f"It has more than {most_rows:,} rows, the most that this Data Lab takes.",
        "Upload fewer rows, in several queries if need be.",
    )


def too_many_columns(most_columns: int) -> UsageError:
    """What to say when there are more columns than are taken."""
    return UsageError(
        f"It has more than {most_columns:,} columns, the most that this Data Lab takes.",
        "Upload only the columns that the query needs.",
    )
