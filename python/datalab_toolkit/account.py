"""Who one is at a Data Lab."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from datalab_toolkit.errors import (
    DatalabError,
    NotFoundError,
    ServiceUnavailableError,
    SignInError,
)
from datalab_toolkit.lab import Lab
from datalab_toolkit.sizes import in_words

WITHOUT_PASSWORD = {
    "anonymous": "anonymous.0.0.anon_access",
    "dldemo": "dldemo.99999.99999.demo_access",
    "dltest": "dltest.99998.99998.test_access",
}
"""The accounts that anybody may use, with their tokens, which are no secrets."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a quota is used.

    Attributes
    ----------
    used_bytes
        How much there is.
    quota_bytes
        How much there may be; None for no limit.
    """

    used_bytes: int
    quota_bytes: int | None

    def __str__(self) -> str:
        limit = "" if self.quota_bytes is None else f" of {in_words(self.quota_bytes)}"
        return f"{in_words(self.used_bytes)}{limit}"


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """Who the caller is at a Data Lab.

    Attributes
    ----------
    name
        The name of the account; ``owner`` for whom the embedded Data Lab belongs to.
    uid
        Its number; 0 for an anonymous caller.
    groups
        The groups that it is in.
    is_owner
        Whether the Data Lab and its data are theirs.
    is_anonymous
        Whether nobody has signed in.
    expires
        When the sign-in ends by itself; None when it does not.
    storage, mydb
        What the files and the tables take up; None where the Data Lab does not say.
    """

    name: str
    uid: int
    groups: tuple[str, ...]
    is_owner: bool
    is_anonymous: bool
    expires: datetime | None
    storage: Usage | None
    mydb: Usage | None

    def _lines(self) -> list[str]:
        if self.is_anonymous and self.name in ("dldemo", "dltest"):
            return [f"{self.name}, whom anybody may be: public tables and files alone"]
        if self.is_anonymous:
            return ["anonymous: not signed in"]
        owner = self.is_owner and self.name != "owner"
        lines = [f"{self.name}{' (the owner of this Data Lab)' if owner else ''}"]
        if self.groups:
            lines.append(f"Groups: {', '.join(self.groups)}")
        if self.storage:
            lines.append(f"Files: {self.storage}")
        if self.mydb:
            lines.append(f"Tables: {self.mydb}")
        if self.expires:
            lines.append(f"Signed in until {self.expires:%Y-%m-%d %H:%M} UTC")
        return lines

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        first, *rest = map(escape, self._lines())
        return "<br>".join([f"<strong>{first}</strong>", *rest])


def token_for(lab: Lab, user: str, password: str) -> str:
    """Ask for a token with a name and a password.

    Raises
    ------
    SignInError
        The name or the password is wrong.
    """
    if not user:
        raise SignInError("Nobody has an empty name.", "Give the name of your account.")
    try:
        answer = lab.seen_by(None).ask(
            "POST", "/auth/login", data={"username": user, "password": password}
        )
        return str(answer.json()["token"])
    except SignInError as error:
        raise SignInError(
            error.message, "Check the name and the password; the Data Lab's operator resets it."
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise DatalabError(
            f"{lab.title} answers a sign-in with something else than a token.",
            lab.transport.advice("Check its address: it may be another service than a Data Lab."),
        ) from error


def end(lab: Lab, token: str) -> None:
    """Have a token revoked, unless it is one that anybody may use or has ended already."""
    if token in WITHOUT_PASSWORD.values():
        return
    try:
        lab.seen_by(token).ask("POST", "/auth/logout")
    except SignInError:
        return


def me(lab: Lab) -> Account:
    """Who the caller of a Data Lab is.

    Raises
    ------
    ServiceUnavailableError
        What is at the address is no Data Lab.
    """
    try:
        told: dict[str, Any] = lab.get("/accounts/me")
    except NotFoundError as error:
        raise ServiceUnavailableError(
            f"There is no Data Lab at {lab.url}.",
            lab.transport.advice("Check the address; the service may be another than a Data Lab."),
        ) from error
    expires = told.get("expires")
    return Account(
        name=str(told["name"]),
        uid=int(told.get("uid", 0)),
        groups=tuple(told.get("groups", ())),
        is_owner=bool(told.get("owner")),
        is_anonymous=bool(told.get("anonymous")),
        expires=datetime.fromisoformat(expires).astimezone(UTC) if expires else None,
        storage=_usage(told.get("storage")),
        mydb=_usage(told.get("mydb")),
    )


def _usage(told: dict[str, Any] | None) -> Usage | None:
    if not told or told.get("used_bytes") is None:
        return None
    return Usage(int(told["used_bytes"]), told.get("quota_bytes"))
