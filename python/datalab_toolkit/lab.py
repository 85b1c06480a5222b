"""Speaks to what a Data Lab has beside its catalogues: accounts, tables and files of its users."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from datalab_toolkit.errors import (
    AccessError,
    AlreadyThereError,
    DatalabError,
    NotFoundError,
    ServiceTimeoutError,
    ServiceUnavailableError,
    SignInError,
)
from datalab_toolkit.tap import METADATA_TIMEOUT_S
from datalab_toolkit.transport import Transport
from datalab_toolkit.wording import how_to_sign_in, suited

_JSON = {"Accept": "application/json"}


class Lab:
    """A Data Lab, as one caller sees it.

    Parameters
    ----------
    transport
        The way to it, which knows the caller's token.
    url
        The root of the Data Lab, without a slash at the end.
    """

    def __init__(self, transport: Transport, url: str) -> None:
        self.transport = transport
        self.url = url

    @property
    def title(self) -> str:
        """What the Data Lab is called in errors."""
        return self.transport.title

    def seen_by(self, token: str | None) -> Lab:
        """The same Data Lab as another caller sees it; None for nobody."""
        return Lab(Transport(self.transport.url, token, self.title), self.url)

    def ask(
        self,
        method: str,
        path: str,
        read_s: float | None = METADATA_TIMEOUT_S,
        headers: dict[str, str] | None = None,
        **request: Any,  # noqa: ANN401 - httpx's
    ) -> httpx.Response:
        """Send a request and read the answer whole.

        Parameters
        ----------
        method, path
            Of the request; the path is below the root.
        read_s
            How long to wait for the next bytes; None for as long as it takes.
        headers, **request
            As for `httpx.Client.request`.

        Raises
        ------
        SignInError
            It wants a sign-in, or the one that there is has ended.
        AccessError
            The caller may not do that.
        NotFoundError
            It is not there, or not to be seen.
        AlreadyThereError
            Something of the name is there.
        DatalabError
            It is refused; the message is the Data Lab's.
        """
        with self.stream(method, path, read_s, headers, **request) as answer:
            answer.read()
            return answer

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        read_s: float | None = None,
        headers: dict[str, str] | None = None,
        **request: Any,  # noqa: ANN401 - httpx's
    ) -> Iterator[httpx.Response]:
        """Send a request and hand out its answer to be streamed; see `ask`."""
        sent = {"headers": _JSON | (headers or {}), **request}
        with self.transport.stream(method, f"{self.url}{path}", read_s, **sent) as answer:
            if not answer.is_success:
                answer.read()
                raise self._refusal(answer)
            yield answer

    def get(self, path: str, **parameters: object) -> Any:  # noqa: ANN401 - any JSON
        """Ask for a JSON document."""
        asked = {name: value for name, value in parameters.items() if value is not None}
        answer = self.ask("GET", path, params=asked)
        try:
            return answer.json()
        except ValueError as error:
            raise ServiceUnavailableError(
                f"{self.title} answers with something else than JSON.",
                self.transport.advice(
                    "Check its address: it may be another service than a Data Lab."
                ),
            ) from error

    def _refusal(self, answer: httpx.Response) -> DatalabError:
        message, hint = _told(answer)
        status = answer.status_code
        if status == 401:
            return SignInError(
                message or f"{self.title} wants a sign-in.",
                how_to_sign_in(),
            )
        if status == 403:
            return AccessError(message or f"{self.title} does not allow that.", hint)
        if status in (404, 410):
            if not message:
                hint = self.transport.advice("")
            return NotFoundError(message or f"{self.title} has no such thing.", hint)
        if status in (409, 412):
            return already_there(message)
        if status in (408, 504):
            return ServiceTimeoutError(message or f"{self.title} did not answer in time.", hint)
        if status >= 500 and status != 507 and not message:
            return ServiceUnavailableError(
                f"{self.title} failed with HTTP status {status} and no explanation.",
                self.transport.advice("Try again later."),
            )
        return DatalabError(message or f"{self.title} refused that (HTTP {status}).", hint)


def already_there(message: str) -> AlreadyThereError:
    """What to say when a name is taken."""
    return AlreadyThereError(
        message or "Something of that name is there.",
        suited(
            "Choose another name, remove it first, or let it make room: replace=True (drop=True in "
            "queryClient).",
            "Choose another name, or remove it first; with `query` and `mydb_create`, drop=true "
            "lets it make room.",
        ),
    )


def _told(answer: httpx.Response) -> tuple[str, str]:
    """What an answer says of its error, and what to do; empty when it does not say."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        with contextlib.suppress(ValueError, AttributeError):
            error = answer.json().get("error")
            if isinstance(error, dict):
                return str(error.get("message", "")), str(error.get("hint") or "")
    if kind == "text/plain":
        return re.sub(r"\s+", " ", answer.text).strip()[:1000], ""
    return "", ""
