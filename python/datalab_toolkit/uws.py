"""Speaks UWS to one TAP service: queries that run as jobs (UWS 1.1; TAP 1.1, section 5).

Written for any service: UWS 1.0 or 1.1, jobs that run on creation or only when told to, job
addresses anywhere on the service's host.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import httpx

from datalab_toolkit import votable
from datalab_toolkit.errors import DatalabError, NotFoundError, ServiceUnavailableError
from datalab_toolkit.tap import METADATA_TIMEOUT_S, Tap
from datalab_toolkit.transport import query_error
from datalab_toolkit.votable import local_name
from datalab_toolkit.wording import suited

ENDED = ("COMPLETED", "ERROR", "ABORTED", "ARCHIVED")
"""The phases that a job does not leave (UWS 1.1, section 2.1.3)."""

_MOST_REDIRECTIONS = 3


@dataclass(frozen=True, slots=True)
class JobState:
    """What a service tells of a job at one time.

    Attributes
    ----------
    id
        The job's name at the service.
    phase
        Where it is in its life, such as ``EXECUTING``.
    created, started, ended
        When; None when the service does not say or it has not come to that.
    run_id
        What the client called it.
    query
        The query; empty in lists.
    rows
        The rows of its result so far; None when the service does not say.
    progress
        How far it has come, from 0 to 1; None when the service does not say.
    overflow
        Whether the service said that it cut the result short.
    result
        The address of its result, relative to that of the job where it can be.
    destination
        Where a Data Lab keeps its rows, such as ``mydb://name``; empty when it sends them.
    message
        Why it failed, in short.
    can_wait
        Whether the service may hold back its answer until something changes (WAIT of UWS 1.1).
    is_whole
        Whether this is all that the service tells, rather than a line of its list.
    """

    id: str
    phase: str
    created: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    run_id: str = ""
    query: str = ""
    rows: int | None = None
    progress: float | None = None
    overflow: bool = False
    result: str = ""
    destination: str = ""
    message: str = ""
    can_wait: bool = False
    is_whole: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.phase in ENDED


class Uws:
    """The jobs of one TAP service.

    A job is called by its id, or by its address when that is not where ids are usually found.

    Parameters
    ----------
    tap
        The service.
    """

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._transport = tap.transport

    @property
    def url(self) -> str:
        """The address of the list of jobs."""
        return f"{self._tap.url}/async"

    def address(self, job: str) -> str:
        """The address of a job."""
        return job if "://" in job else f"{self.url}/{quote(job, safe='')}"

    def create(self, request: dict[str, Any], adql: str) -> tuple[str, JobState]:
        """Make a job and run it; what it is called, and how it is.

        Parameters
        ----------
        request
            The query, as `Tap.request` writes it.
        adql
            The query as its author knows it, for errors.

        Raises
        ------
        QueryError
            The service refused it.
        ServiceUnavailableError
            The service does not run jobs.
        """
        sent = request | {"data": request["data"] | {"PHASE": "RUN"}}
        address = self._create_at(self.url, sent, adql)
        job = address.rpartition("/")[2]
        job = job if self.address(job) == address else address
        state = self.look(job)
        if state.phase == "PENDING":  # some do not run a job before they are told to
            self._change(job, "phase", PHASE="RUN")
            state = self.look(job)
        return job, state

    def look(self, job: str, wait_s: int = 0, phase: str = "") -> JobState:
        """Ask how a job is.

        Parameters
        ----------
        job
            The job.
        wait_s
            How long the service may wait for the job to leave `phase`; only for those that can.

        Raises
        ------
        NotFoundError
            There is no such job, or not any more.
        """
        wait = {"WAIT": str(wait_s), "PHASE": phase} if wait_s else {}
        answer = self._transport.ask(
            "GET", self.address(job), METADATA_TIMEOUT_S + wait_s, params=wait
        )
        self._check(answer, job)
        return self._read(answer.content, job)

    def of(
        self, phases: Sequence[str] = (), after: datetime | None = None, last: int | None = None
    ) -> list[JobState]:
        """List the caller's jobs, the newest first, whether or not the service can filter them."""
        asked = [("PHASE", phase) for phase in phases]
        asked += [("AFTER", _iso(after))] if after else []
        asked += [("LAST", str(last))] if last else []
        answer = self._transport.ask("GET", self.url, METADATA_TIMEOUT_S, params=asked)
        if not answer.is_success:
            raise self._no_jobs(answer)
        root = self._parse(answer.content, "jobs")
        found = [_reference(e) for e in root if local_name(e) == "jobref"]
        found = [s for s in found if not phases or s.phase in phases]
        if after:
            found = [s for s in found if s.created is None or s.created > after]
        found.sort(key=lambda s: s.created.timestamp() if s.created else 0.0, reverse=True)
        return found[:last]

    def abort(self, job: str) -> None:
        """Stop a job; it stays there, without a result."""
        self._change(job, "phase", PHASE="ABORT")

    def delete(self, job: str) -> None:
        """Remove a job with its result."""
        answer = self._transport.ask(
            "DELETE", self.address(job), METADATA_TIMEOUT_S, follow_redirects=False
        )
        if answer.status_code in (405, 501):
            self._change(job, "", ACTION="DELETE")
        elif not answer.has_redirect_location:
            self._check(answer, job)

    def error(self, job: str, state: JobState) -> DatalabError:
        """Why a job has no result, in the service's own words."""
        answer = self._transport.ask("GET", f"{self.address(job)}/error", METADATA_TIMEOUT_S)
        told = votable.error_in(answer.content) if answer.is_success else None
        return query_error(told or {"message": state.message}, state.query)

    @contextmanager
    def result(self, job: str, state: JobState) -> Iterator[httpx.Response]:
        """Hand out the result of a job to be streamed."""
        place = state.result or "results/result"
        address = place if "://" in place else f"{self.address(job)}/{place}"
        with self._transport.stream("GET", address) as answer:
            if not answer.is_success:
                answer.read()
                self._check(answer, job)
            yield answer

    def _create_at(self, url: str, request: dict[str, Any], adql: str) -> str:
        for _ in range(_MOST_REDIRECTIONS):
            answer = self._transport.ask("POST", url, None, follow_redirects=False, **request)
            if not answer.is_success and not answer.has_redirect_location:
                if answer.status_code in (404, 405, 501):
                    raise self._no_jobs(answer)
                raise self._transport.refusal(answer, adql)
            if (told := votable.error_in(answer.content)) is not None:
                raise query_error(told, adql)
            place = answer.headers.get("location")
            if place is None:
                return self.address(self._read(answer.content, "").id)
            url = self._secured(str(answer.url.join(place)))
            if not url.rstrip("/").endswith("/async"):  # else the service itself is elsewhere
                return url
        raise self._no_jobs(answer)

    def _change(self, job: str, what: str, **form: str) -> None:
        answer = self._transport.ask(
            "POST",
            f"{self.address(job)}/{what}".rstrip("/"),
            METADATA_TIMEOUT_S,
            data=form,
            follow_redirects=False,
        )
        if not answer.has_redirect_location:
            self._check(answer, job)

    def _check(self, answer: httpx.Response, job: str) -> None:
        if answer.status_code in (404, 410):
            raise NotFoundError(
                f"{self._tap.title} has no job {job}, or not any more.",
                "Jobs are removed some time after they have ended; "
                + suited("jobs() lists those there are.", "`datalab jobs` lists those there are."),
            )
        if not answer.is_success:
            raise self._transport.refusal(answer, "")

    def _no_jobs(self, answer: httpx.Response) -> ServiceUnavailableError:
        return ServiceUnavailableError(
            f"{self._tap.title} does not run queries as jobs (HTTP {answer.status_code}).",
            suited("Run the query without async_=True.", "Run queries without --async."),
        )

    def _secured(self, url: str) -> str:
        """A job's address over TLS where the service is, whatever a proxy made of it."""
        own, told = httpx.URL(self._tap.url), httpx.URL(url)
        if own.host == told.host and own.scheme == "https" and told.scheme == "http":
            return str(own.copy_with(path=told.path, query=told.query or None))
        return url

    def _place(self, job: str, href: str) -> str:
        """Where a result is: below its job, which may move with a Data Lab, or elsewhere."""
        below = f"{self.address(job)}/"
        return self._secured(str(httpx.URL(below).join(href))).removeprefix(below)

    def _read(self, content: bytes, job: str) -> JobState:
        root = self._parse(content, "job")
        children = {local_name(element): element for element in root}
        of = {name: (element.text or "").strip() for name, element in children.items()}
        results = [e for e in children.get("results", ()) if local_name(e) == "result"]
        results.sort(key=lambda e: e.get("id") != "result")
        href = next((v for e in results for k, v in e.items() if k.endswith("href")), "")
        parameters = {
            (e.get("id") or "").upper(): (e.text or "") for e in children.get("parameters", ())
        }
        # What a Data Lab tells beyond the standard.
        info = {local_name(e): (e.text or "").strip() for e in children.get("jobInfo", ())}
        summary = children.get("errorSummary", ())
        return JobState(
            id=of.get("jobId", "") or job.rpartition("/")[2],
            phase=of.get("phase", "UNKNOWN").upper(),
            created=_time(of.get("creationTime")),
            started=_time(of.get("startTime")),
            ended=_time(of.get("endTime")),
            run_id=of.get("runId", ""),
            query=parameters.get("QUERY", ""),
            destination=parameters.get("DEST", ""),
            rows=int(info["rows"]) if info.get("rows", "").isdigit() else None,
            progress=_fraction(info.get("progress", "")),
            overflow=info.get("overflow") == "true",
            result=self._place(job, href) if href else "",
            message=" ".join(" ".join((e.text or "").split()) for e in summary),
            can_wait=root.get("version", "1.0") >= "1.1",
            is_whole=True,
        )

    def _parse(self, content: bytes, kind: str) -> ElementTree.Element:
        try:
            root = ElementTree.fromstring(content)  # noqa: S314 - expat >= 2.4 stops XML bombs
        except ElementTree.ParseError:
            root = None
        if root is None or local_name(root) != kind:
            raise ServiceUnavailableError(
                f"The answer of {self._tap.title} is no UWS document of {kind}.",
                "Try again; if it stays so, the service is at fault.",
            )
        return root


def _reference(element: ElementTree.Element) -> JobState:
    of = {local_name(child): (child.text or "").strip() for child in element}
    return JobState(
        id=element.get("id", ""),
        phase=of.get("phase", "UNKNOWN").upper(),
        created=_time(of.get("creationTime")),
        run_id=of.get("runId", ""),
    )


def _fraction(text: str) -> float | None:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return None


def _time(text: str | None) -> datetime | None:
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
