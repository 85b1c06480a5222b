"""What each of the official modules has: which Data Lab is meant, and whether it answers."""

from __future__ import annotations

from typing import Any

from datalab_toolkit.dl import calls
from datalab_toolkit.dl.problems import OfficialError, told_as


def isAlive(svc_url: str | None = None, timeout: float = 5) -> bool:
    """Whether the Data Lab answers."""
    return calls.is_alive(svc_url, timeout)


def set_svc_url(svc_url: str) -> None:
    """Mean the Data Lab at another address, for all of these clients."""
    with told_as(OfficialError):
        calls.point_at(svc_url)


def set_profile(profile: str = "default") -> None:
    """A Data Lab has one profile; others are refused."""
    with told_as(OfficialError):
        calls.profiles(profile, "text")


def get_profile() -> str:
    """The name of the profile."""
    return "default"


def list_profiles(
    *args: str | None, token: str | None = None, profile: str | None = None, format: str = "text"
) -> Any:
    """The profiles, as text or one as a dictionary."""
    _, values = calls.bound(args, ["profile"], {"profile": profile}, token)
    with told_as(OfficialError):
        return calls.profiles(values["profile"], format)
