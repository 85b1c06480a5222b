"""The limits that whoever runs a Data Lab may set, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from datalab_backend.errors import UsageError

if TYPE_CHECKING:
    from datalab_backend.jobs.service import JobLimits
    from datalab_backend.uploads import UploadLimits
    from datalab_backend.web.context import Limits

_T = TypeVar("_T", "Limits", "JobLimits", "UploadLimits")

QUERY = {
    "default-rows": "default_rows",
    "rows": "most_rows",
    "sync-seconds": "sync_s",
    "stall-seconds": "stall_s",
}
JOB = {
    "default-job-seconds": "default_s",
    "job-seconds": "most_s",
    "active-jobs": "most_active",
    "jobs": "most_jobs",
    "result-bytes": "result_bytes",
}
UPLOAD = {
    "upload-bytes": "bytes",
    "upload-rows": "rows",
    "upload-columns": "columns",
    "uploads": "tables",
    "fetch-seconds": "fetch_s",
}
NAMES = (*QUERY, *JOB, *UPLOAD)


def parse(text: str) -> tuple[str, int]:
    """Read ``name=number``.

    Raises
    ------
    UsageError
        When there is no such limit, or it is none.
    """
    name, _, number = text.partition("=")
    digits = number.replace("_", "")
    if name not in NAMES:
        raise UsageError(f"There is no limit “{name}”.", f"There are {', '.join(NAMES)}.")
    if not (digits.isascii() and digits.isdigit() and 0 < len(digits) <= 18 and int(digits)):
        raise UsageError(f"“{number}” is not a limit for {name}.", "Write a whole number above 0.")
    return name, int(digits)


def applied(given: Mapping[str, int], queries: Limits, jobs: JobLimits) -> tuple[Limits, JobLimits]:
    """Set what is given; what applies when a client does not ask is never above the most."""
    uploads = _with(queries.uploads, given, UPLOAD)
    queries = _with(replace(queries, uploads=uploads), given, QUERY)
    jobs = _with(jobs, given, JOB)
    return (
        replace(queries, default_rows=min(queries.default_rows, queries.most_rows)),
        replace(jobs, default_s=min(jobs.default_s, jobs.most_s)),
    )


def _with(limits: _T, given: Mapping[str, int], names: Mapping[str, str]) -> _T:
    changes: dict[str, Any] = {names[name]: given[name] for name in names if name in given}
    return replace(limits, **changes)
