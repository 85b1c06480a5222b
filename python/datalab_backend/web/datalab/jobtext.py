"""Lists of jobs, as the official client reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from datalab_backend.jobs.job import Job

_WIDTHS = (34, 20, 20)
_HEADINGS = ("JobID", "Start", "End", "Status")


def as_text(jobs: Sequence[Job]) -> str:
    """A line a job below a heading, for people to read."""
    rows = [
        _HEADINGS,
        tuple("-" * len(heading) for heading in _HEADINGS),
        *((job.id, _time(job.created), _time(job.ended), str(job.phase)) for job in jobs),
    ]
    return "".join(_row(row) for row in rows)


def as_wrapped_json(jobs: Sequence[Job]) -> str:
    """A list that the client can get at.

    It makes each ``'`` a ``"``, drops the first and the last letter of what it was sent, and reads
    the rest as JSON. So the list is written with single quotes and put between double ones, and
    nothing is in it that has quotes or backslashes, as queries have.
    """
    rows = [
        {
            "jobid": job.id,
            "jobtype": "query",
            "starttime": _time(job.created),
            "endtime": _time(job.ended),
            "status": str(job.phase),
        }
        for job in jobs
    ]
    return '"' + json.dumps(rows).replace('"', "'") + '"'


def _time(time: datetime | None) -> str:
    return time.strftime("%m-%d-%yT%H:%M:%S") if time else ""


def _row(cells: Sequence[str]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=False)]
    return ("  ".join([*padded, cells[-1]])).rstrip() + "\n"
