"""``queryClient`` of the official client: queries, jobs, and tables of one's own.

Functions take a token as their first argument, by its name, or not at all.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from datalab_toolkit import (
    destinations,
    exports,
    lineends,
    queries,
    queryruns,
    registry,
    schematext,
)
from datalab_toolkit import results as rows_as
from datalab_toolkit.answers import QueryResult
from datalab_toolkit.dl import calls
from datalab_toolkit.dl.jobcalls import abort, error, jobs, results, status, wait
from datalab_toolkit.dl.mydbcalls import (
    drop,
    list,
    mydb_copy,
    mydb_create,
    mydb_drop,
    mydb_flush,
    mydb_import,
    mydb_index,
    mydb_insert,
    mydb_list,
    mydb_rename,
    mydb_truncate,
)
from datalab_toolkit.dl.problems import queryClientError, told_as
from datalab_toolkit.dl.settings import (
    get_profile,
    isAlive,
    list_profiles,
    set_profile,
    set_svc_url,
)
from datalab_toolkit.queryjob import Job

__all__ = [
    "abort",
    "drop",
    "error",
    "getClient",
    "get_profile",
    "get_svc_url",
    "get_timeout_request",
    "isAlive",
    "jobs",
    "list",
    "list_profiles",
    "mydb_copy",
    "mydb_create",
    "mydb_drop",
    "mydb_flush",
    "mydb_import",
    "mydb_index",
    "mydb_insert",
    "mydb_list",
    "mydb_rename",
    "mydb_truncate",
    "query",
    "queryClientError",
    "results",
    "schema",
    "services",
    "set_profile",
    "set_svc_url",
    "set_timeout_request",
    "status",
    "wait",
]

_IN_MEMORY = ("pandas", "table", "array", "structarray")
_FORMATS = {"ascii": "tsv", "csv-noheader": "csv"}
_BINARY = ("fits", "parquet", "arrow")

_timeout_s: int | None = None


def query(
    *args: Any,
    adql: str | None = None,
    sql: str | None = None,
    fmt: str = "csv",
    out: str | None = None,
    async_: bool = False,
    drop: bool = False,
    token: str | None = None,
    profile: str = "default",
    **kw: Any,
) -> Any:
    """Run a query: ``query(sql=…)``, ``query("select …")``, ``query(token, "select …")``.

    Parameters
    ----------
    *args
        A token and a query, either or both.
    adql, sql
        The query; both take ADQL, and the SQL of Astro Data Lab's users.
    fmt
        ``csv``, ``csv-noheader``, ``ascii``, ``votable`` and others for text (bytes for FITS);
        ``pandas``, ``table``, ``array`` or ``structarray`` for objects. ``format=`` is the same.
    out
        Where the rows go: ``mydb://name``, ``vos://name`` or a file here; ``OK`` is returned.
    async_
        Whether to run it as a job, whose id is returned. ``async=`` is the same.
    drop
        Whether a table or file that is there makes room.
    token
        A token.
    profile
        ``default``.
    **kw
        ``wait=True`` waits for the job and returns its rows, asking every ``poll`` seconds and
        with ``verbose=True`` telling how it is; ``timeout`` is how many seconds it may take.
        ``stream`` and ``progress`` change nothing: rows are always streamed.

    Raises
    ------
    queryClientError
        The query was refused; the message has the place and what to do.
    """
    token, values = calls.bound(args, ["query"], {"query": sql}, token)
    text = adql or values["query"]
    if not text:
        raise queryClientError("No query specified")
    fmt = kw.get("format", fmt)
    out = (out or "").removeprefix("file://")
    timeout_s = int(kw["timeout"]) if "timeout" in kw else _timeout_s
    with told_as(queryClientError):
        calls.profiles(profile, "text")
        name = calls.service_name(token)
        asked = queries.prepared(text, language="SQL")
        is_kept = bool(out) and destinations.is_kept_there(out)
        if is_kept:
            asked = destinations.kept_at(asked, out, drop)
        if str(kw.get("async", async_)).lower() == "true":
            job = queryruns.submit(asked, name, format=_format(fmt, out))
            if kw.get("wait") is not True:
                return job.id
            _wait(job, float(kw.get("poll", 1)), timeout_s, bool(kw.get("verbose")))
            return _of_job(job, fmt, out)
        if is_kept:
            queryruns.keep(asked, name, _format(fmt, out))
            return "OK"
        if fmt in _IN_MEMORY and not out:
            return _in_memory(queryruns.run(asked, name), fmt, text)
        with queryruns.stream(asked, name, _format(fmt, out), timeout_s) as pieces:
            content = b"".join(pieces)
        return _handed_out(content, fmt, out)


def schema(value: str = "", format: str = "text", profile: str | None = None) -> str:
    """Describe all schemas, or ``schema``, ``schema.table`` or ``schema.table.column``."""
    with told_as(queryClientError):
        return schematext.describe(calls.service(None), value or "")


def services(
    name: str | None = None,
    svc_type: str | None = None,
    mode: str = "list",
    profile: str = "default",
) -> Any:
    """The services that are known by name: as text, or with ``mode="resolve"`` a dictionary."""
    wanted = (name or "").strip("%")
    with told_as(queryClientError):
        found = {
            known: registry.find(known).url
            for known in registry.names()
            if svc_type in (None, "", "None", "tap") and wanted in known
        }
    if mode == "resolve":
        return found
    titles = registry.names()
    return "".join(f"{key:>16}   tap   {titles[key]}, {url}\n" for key, url in found.items())


def get_svc_url() -> str:
    """The address of queries."""
    return calls.address("tap")


def set_timeout_request(nsec: float) -> None:
    """Say how many seconds queries may take; without it, as many as they need."""
    global _timeout_s
    _timeout_s = int(nsec)


def get_timeout_request() -> int | None:
    """How many seconds queries may take; None for as many as they need."""
    return _timeout_s


def getClient(profile: str = "default", svc_url: str | None = None) -> ModuleType:
    """What has these functions: this module."""
    if svc_url is not None:
        set_svc_url(svc_url)
    return sys.modules[__name__]


def _format(fmt: str, out: str) -> str | None:
    """The format to ask for; None for the quickest to read into memory, and for a table."""
    if out.startswith("mydb://") or (fmt in _IN_MEMORY and not out):
        return None
    plain = "csv" if fmt in _IN_MEMORY else _FORMATS.get(fmt, fmt)
    if out and fmt == "csv":  # which is what comes when nothing was said
        return destinations.file_format(out, plain)
    return plain


def _wait(job: Job, poll_s: float, timeout_s: int | None, verbose: bool) -> None:
    began = time.monotonic()
    while not job.refresh().has_ended:
        seconds = time.monotonic() - began
        if verbose:
            print(f"Status = {job.phase}; elapsed time: {seconds:.0f}")
        if timeout_s is not None and seconds > timeout_s:
            job.abort()
            raise queryClientError("Query timeout exceeded")
        time.sleep(poll_s)
    if (reason := job.error) is not None:
        raise reason


def _of_job(job: Job, fmt: str, out: str) -> Any:
    if out and destinations.is_kept_there(out):
        return "OK"
    if fmt in _IN_MEMORY and not out:
        return _in_memory(job.fetch(), fmt, job.query)
    with job.stream() as answer:
        return _handed_out(answer.read(), fmt, out)


def _handed_out(content: bytes, fmt: str, out: str) -> Any:
    if fmt not in _BINARY and fmt != "votable":
        content = b"".join(lineends.unix([content]))
    if fmt == "csv-noheader":
        content = content.partition(b"\n")[2]
    if out:
        with exports.Target(Path(out).expanduser(), "csv") as target:
            target.write_bytes(content)
        return "OK"
    return content if fmt in _BINARY else content.decode()


def _in_memory(result: QueryResult, fmt: str, text: str) -> Any:
    kind = "table" if fmt == "table" else "pandas"
    found = rows_as.deliver(result, kind, text, "datalab")
    if fmt == "array":
        return found.to_numpy(dtype=float, na_value=float("nan"))
    return found.to_records(index=False) if fmt == "structarray" else found
