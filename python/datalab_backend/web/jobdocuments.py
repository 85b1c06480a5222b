"""Writes jobs as UWS 1.1 wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from pydantic_xml import BaseXmlModel, element
from vo_models.uws.models import (
    NSMAP,
    ErrorSummary,
    Jobs,
    JobSummary,
    Parameter,
    ResultReference,
    Results,
    ShortJobDescription,
)
from vo_models.uws.types import ErrorType, ExecutionPhase, UWSVersion
from vo_models.voresource.types import UTCTimestamp
from vo_models.xlink import XlinkType

from datalab_backend.jobs.job import Failure, Job

_VERSION = UWSVersion.V1_1
_LINK: Literal[XlinkType.SIMPLE] = XlinkType.SIMPLE


class _Parameters(BaseXmlModel, tag="parameters", ns="uws", nsmap=NSMAP):
    """Parameters of any name; those of the library must be known beforehand."""

    parameter: list[Parameter] = element(tag="parameter", default_factory=list)


class _Info(BaseXmlModel, tag="jobInfo", ns="uws", nsmap=NSMAP):
    """What we know of a job beyond the standard; that of the library cannot hold elements."""

    rows: int = element(tag="rows")
    overflow: bool = element(tag="overflow")
    progress: float | None = element(tag="progress", default=None)


class _Job(JobSummary[_Parameters], tag="job", ns="uws", nsmap=NSMAP):
    job_info: _Info | None = element(tag="jobInfo", default=None)  # type: ignore[assignment]


def write_job(
    job: Job,
    url: str,
    rows: int | None,
    progress: float | None = None,
    references: Mapping[str, str] | None = None,
) -> bytes:
    """Write the ``job`` document.

    Parameters
    ----------
    job
        The job.
    url
        Its address.
    rows
        The rows of its result so far, None when it has not begun to run.
    progress
        The fraction of its work that is done, None when it is not known.
    references
        The addresses of its results by their names, when it is no query.
    """
    document = _Job(
        version=_VERSION,
        job_id=job.id,
        # The standard's null, rather than an empty or a missing element, where nothing is known.
        owner_id=job.owner,
        phase=ExecutionPhase(job.phase),
        quote=None,
        creation_time=_time(job.created),
        start_time=_time(job.started),
        end_time=_time(job.ended),
        execution_duration=job.execution_duration_s,
        destruction=_time(job.destruction),
        parameters=_parameters(job),
        results=_results(job, url) if references is None else _referred(references),
    )
    if job.run_id:
        document.run_id = job.run_id
    if job.failure is not None:
        document.error_summary = _summary(job.failure)
    if rows is not None:
        document.job_info = _Info(
            rows=rows, overflow=job.result is not None and job.result.overflow
        )
        if progress is not None:
            document.job_info.progress = round(progress, 4)
    return _written(document)


def write_jobs(jobs: Iterable[Job], url: str) -> bytes:
    """Write the list of jobs; ``url`` is the address of the list."""
    return _written(Jobs(version=_VERSION, jobref=[_reference(job, url) for job in jobs]))


def write_parameters(job: Job) -> bytes:
    """Write the ``parameters`` document of a job."""
    return _written(_parameters(job))


def write_results(job: Job, url: str) -> bytes:
    """Write the ``results`` document of a job; ``url`` is the address of the job."""
    return _written(_results(job, url))


def write_references(references: Mapping[str, str]) -> bytes:
    """Write the ``results`` document of a job that is no query."""
    return _written(_referred(references))


def _referred(references: Mapping[str, str]) -> Results:
    return Results(
        results=[ResultReference(id=name, type=_LINK, href=url) for name, url in references.items()]
    )


def _reference(job: Job, url: str) -> ShortJobDescription:
    reference = ShortJobDescription(
        job_id=job.id,
        type=_LINK,
        href=f"{url}/{job.id}",
        phase=ExecutionPhase(job.phase),
        owner_id=job.owner,
        creation_time=_time(job.created),
    )
    if job.run_id:
        reference.run_id = job.run_id
    return reference


def _parameters(job: Job) -> _Parameters:
    return _Parameters(parameter=[Parameter(id=n, value=v) for n, v in job.parameters])


def _results(job: Job, url: str) -> Results:
    if job.result is None:
        return Results(results=[])
    result = ResultReference(
        id="result",
        type=_LINK,
        href=f"{url}/results/result",
        size=job.result.size,
        mime_type=job.result.media_type,
    )
    return Results(results=[result])


def _summary(failure: Failure) -> ErrorSummary:
    kind = ErrorType.TRANSIENT if failure.transient else ErrorType.FATAL
    return ErrorSummary(type=kind, has_detail=True, message=str(failure.error()))


def _time(time: datetime | None) -> UTCTimestamp | None:
    return None if time is None else UTCTimestamp.fromisoformat(time.isoformat())


def _written(document: BaseXmlModel) -> bytes:
    # What was not set is left out; what was set to None is the standard's null.
    text = document.to_xml(xml_declaration=True, encoding="UTF-8", exclude_unset=True)
    return text.encode() if isinstance(text, str) else text
