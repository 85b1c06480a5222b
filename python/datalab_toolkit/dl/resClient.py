"""``resClient`` of the official client: one's account and jobs.

Accounts and groups are made by the operator of a Data Lab (``datalab-server user``), not from here.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from datalab_toolkit import account
from datalab_toolkit.dl import calls, jobcalls
from datalab_toolkit.dl.problems import dlResError, told_as
from datalab_toolkit.dl.settings import (
    get_profile,
    isAlive,
    list_profiles,
    set_profile,
    set_svc_url,
)

__all__ = [
    "deleteJob",
    "dlResError",
    "findJobs",
    "getClient",
    "getJob",
    "getUser",
    "get_profile",
    "get_svc_url",
    "isAlive",
    "listFields",
    "list_profiles",
    "set_profile",
    "set_svc_url",
    "userRecord",
]

_FIELDS = ("name", "uid", "groups", "storage_used", "storage_quota", "mydb_used", "mydb_quota")


def getUser(token: str, username: str, keyword: str = "all", profile: str = "default") -> str:
    """What is known of one's own account: one of `listFields`, or all of them."""
    with told_as(dlResError):
        told = account.me(calls.service(token).lab)
    if username and username != told.name:
        raise dlResError(f"Error: The token is that of {told.name}, not of {username}.")
    storage, mydb = told.storage, told.mydb
    known: dict[str, object] = {
        "name": told.name,
        "uid": told.uid,
        "groups": ",".join(told.groups),
        "storage_used": storage and storage.used_bytes,
        "storage_quota": storage and storage.quota_bytes,
        "mydb_used": mydb and mydb.used_bytes,
        "mydb_quota": mydb and mydb.quota_bytes,
    }
    if keyword in ("all", "", None):
        return "".join(f"{name:>16}   {value}\n" for name, value in known.items())
    if keyword not in known:
        raise dlResError(f"Error: There is no field {keyword!r}; there are {', '.join(known)}.")
    return str(known[keyword])


def userRecord(
    token: str, user: str, value: str = "all", fmt: str = "text", profile: str = "default"
) -> str:
    """As `getUser`."""
    return getUser(token, user, value, profile)


def listFields(profile: str = "default") -> str:
    """What `getUser` tells, a line each."""
    return "\n".join(_FIELDS)


def findJobs(
    token: str | None,
    jobid: str | None = None,
    format: str = "text",
    status: str = "all",
    option: str = "list",
) -> Any:
    """One's jobs; see `queryClient.jobs`."""
    return jobcalls.jobs(token, jobid, format=format, status=status, option=option)


def getJob(token: str | None, jobid: str, keyword: str = "status", profile: str = "default") -> str:
    """What is known of a job: its ``status``, ``query``, ``start`` or ``end``."""
    found = jobcalls.jobs(token, jobid, format="json")
    if not found:
        raise dlResError(f"Error: There is no job {jobid}.")
    if keyword not in found[0]:
        raise dlResError(f"Error: A job has no {keyword!r}; it has {', '.join(found[0])}.")
    return str(found[0][keyword])


def deleteJob(token: str | None, jobid: str, profile: str = "default") -> str:
    """Remove a job; ``OK``."""
    return str(jobcalls.jobs(token, jobid, option="delete"))


def get_svc_url() -> str:
    """The address of accounts."""
    return calls.address("accounts")


def getClient() -> ModuleType:
    """What has these functions: this module."""
    return sys.modules[__name__]
