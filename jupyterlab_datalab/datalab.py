"""Asks a Data Lab what only a Data Lab has: accounts, personal tables, virtual storage.

The caller's token is added here and never reaches the browser.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from datalab_toolkit.connection import Connection, is_loopback
from datalab_toolkit.errors import (
    DatalabError,
    NotFoundError,
    ServiceTimeoutError,
    ServiceUnavailableError,
)
from datalab_toolkit.keptsignins import SignIn

from .services import Services

TIMEOUT = httpx.Timeout(120, connect=10)
# The Data Lab syncs what it was sent before it answers, and reads a whole file before it copies it.
PATIENT = httpx.Timeout(1800, connect=10)
LONGEST_MESSAGE = 1000


class RefusedError(DatalabError):
    """The Data Lab refuses what it is asked for.

    Parameters
    ----------
    message, hint
        As for `DatalabError`.
    status
        The HTTP status to answer with.
    kind
        What the panel goes by: ``sign-in``, ``quota``, ``exists`` or ``refused``.
    """

    def __init__(
        self, message: str, hint: str = "", status: int = 400, kind: str = "refused"
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.kind = kind


class DataLab:
    """The Data Lab of the allow-list, asked in the name of whoever is signed in.

    Parameters
    ----------
    services
        The allow-list.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._client: tuple[str, httpx.AsyncClient] | None = None
        self._names: dict[str, str] = {}

    async def ask(
        self,
        method: str,
        path: str,
        *,
        timeout: httpx.Timeout = TIMEOUT,
        **request: Any,  # noqa: ANN401 - httpx's
    ) -> httpx.Response:
        """Send a request and read its answer.

        Raises
        ------
        RefusedError, NotFoundError, ServiceUnavailableError
            The answer is an error, or there is none.
        """
        async with self.stream(method, path, timeout=timeout, **request) as answer:
            await answer.aread()
        return answer

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        timeout: httpx.Timeout = TIMEOUT,
        **request: Any,  # noqa: ANN401 - httpx's
    ) -> AsyncIterator[httpx.Response]:
        """Send a request and hand out its answer, to be streamed; see `ask`."""
        connection = await self._services.datalab()
        headers = {"Accept": "application/json", **request.pop("headers", {})}
        if connection.token:
            headers["Authorization"] = f"Bearer {connection.token}"
        try:
            async with self._open(connection).stream(
                method, f"{connection.url}{path}", headers=headers, timeout=timeout, **request
            ) as answer:
                if answer.status_code >= 400:
                    await answer.aread()
                    if answer.status_code == 401 and connection.token:
                        await self._services.sign_in_expired(connection.token)
                    raise refusal(answer)
                yield answer
        except httpx.TimeoutException as error:
            raise ServiceTimeoutError("The Data Lab did not answer in time.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceUnavailableError(
                "The Data Lab cannot be reached.", "Try again in a moment."
            ) from error

    async def account(self) -> dict[str, Any]:
        """Who calls, as ``GET /accounts/me`` tells it; empty when there are no accounts."""
        try:
            told: dict[str, Any] = (await self.ask("GET", "/accounts/me")).json()
        except NotFoundError:
            return {}
        return told

    async def user(self) -> str:
        """The name of whoever calls; it is the first part of the paths of their files.

        Raises
        ------
        RefusedError
            Nobody is signed in.
        """
        token = (await self._services.datalab()).token or ""
        if token not in self._names:
            account = await self.account()
            if not account or account.get("anonymous"):
                raise sign_in_first()
            self._names = {token: str(account["name"])}
        return self._names[token]

    async def sign_in(self, name: str, password: str) -> None:
        """Sign in with a name and a password.

        Raises
        ------
        RefusedError
            They are not those of an account, or were wrong too often.
        """
        form = {"username": name, "password": password}
        # Without the token of before: it may be one that is good no more.
        connection = await self._services.datalab()
        try:
            answer = await self._open(connection).post(
                f"{connection.url}/auth/login",
                data=form,
                headers={"Accept": "application/json"},
                timeout=TIMEOUT,
            )
        except httpx.HTTPError as error:
            raise ServiceUnavailableError(
                "The Data Lab cannot be reached.", "Try again in a moment."
            ) from error
        if answer.status_code in (400, 401, 403):
            told = _words(answer)
            raise RefusedError(
                told.get("message") or "The name or the password is wrong.",
                told.get("hint", ""),
                kind="password",
            )
        if answer.status_code >= 400:
            raise refusal(answer)
        try:
            token = str(answer.json()["token"])
        except (ValueError, KeyError, TypeError) as error:
            raise ServiceUnavailableError("The Data Lab's answer to the sign-in is odd.") from error
        await self._services.signed_in(SignIn(name, token))

    async def sign_out(self) -> None:
        """Take the token back at the Data Lab, and forget it."""
        with suppress(DatalabError):  # it is forgotten here whatever happens there
            await self.ask("POST", "/auth/logout")
        await self._services.signed_out()

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client[1].aclose()
            self._client = None

    def _open(self, connection: Connection) -> httpx.AsyncClient:
        if self._client is None or self._client[0] != connection.url:
            nearby = is_loopback(connection.url)
            client = httpx.AsyncClient(
                trust_env=not nearby,  # no proxy between us and our own machine
                verify=not nearby,  # reading the certificates takes 50 ms
                limits=httpx.Limits(max_connections=None),
            )
            self._client = (connection.url, client)
        return self._client[1]


def sign_in_first() -> RefusedError:
    """What is told to whoever is not signed in."""
    return RefusedError(
        "You are not signed in at the Data Lab.",
        "Sign in by the account button of the Data Lab panel.",
        status=403,
        kind="sign-in",
    )


def refusal(answer: httpx.Response) -> DatalabError:
    """Tell an error of the Data Lab in its own words."""
    told = _words(answer)
    message, hint = told.get("message", ""), told.get("hint", "")
    match answer.status_code:
        case 401:
            return sign_in_first()
        case 404:
            return NotFoundError(message or "There is no such thing.", hint)
        case 409 | 412:
            text = message or "There is something by this name already."
            return RefusedError(text, hint, 409, "exists")
        case 413 | 507:
            return RefusedError(message or "Your storage is full.", hint, 507, "quota")
        case 403 | 429 as status:
            return RefusedError(message or "The Data Lab refuses this.", hint, status)
        case status if status >= 500:
            return ServiceUnavailableError(
                message or f"The Data Lab failed (HTTP status {status}).", hint
            )
    return RefusedError(message or "The Data Lab refuses this.", hint)


def _words(answer: httpx.Response) -> dict[str, str]:
    """What an answer says of its error: in JSON, or as VOSpace has it, in plain text."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    if kind == "application/json":
        with suppress(json.JSONDecodeError):
            told = answer.json()
            error = told.get("error") if isinstance(told, dict) else None
            if isinstance(error, dict):
                return {key: str(value or "") for key, value in error.items()}
    if kind == "text/plain":
        return {"message": " ".join(answer.text.split())[:LONGEST_MESSAGE]}
    return {}
