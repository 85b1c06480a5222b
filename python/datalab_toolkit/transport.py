"""Sends requests to one service, and tells what goes wrong with them.

Written for any service: errors with status 200 or 400, in VOTable or plain text, redirections to
anywhere.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Any

import httpx

from datalab_toolkit import votable
from datalab_toolkit.connection import is_loopback, named_by_environment
from datalab_toolkit.errors import (
    AccessError,
    AlreadyThereError,
    NotFoundError,
    QueryError,
    ServiceTimeoutError,
    ServiceUnavailableError,
    SignInError,
)
from datalab_toolkit.wording import how_to_sign_in, suited

CONNECT_TIMEOUT_S = 10.0
NO_HURRY_S = 7 * 86_400.0

# Where services say the place of an error: ours and DaCHS, DaCHS before 2, and VOLLT.
_PLACES = (
    re.compile(r"line:?\s*(\d+),\s*col(?:umn|\.)?:?\s*(\d+)", re.IGNORECASE),
    re.compile(r"\[l\.(\d+) c\.(\d+)"),
)

# How services say that a query took longer than they let a client wait.
_TOO_LONG = re.compile(r"tim(?:ed|e)[ -]?out|took too long|time limit", re.IGNORECASE)


class Transport:
    """The way to one service and back.

    Parameters
    ----------
    url
        The address that was given for the service.
    token
        A bearer token, sent to the host of this address alone; None for an anonymous caller.
    title
        What to call the service in errors.
    """

    def __init__(self, url: str, token: str | None, title: str) -> None:
        self.url = url.rstrip("/")
        self.title = title
        self._token = token
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    @property
    def headers(self) -> dict[str, str]:
        """How to be known to the service."""
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def close(self) -> None:
        """Close the connections; a later request opens them again."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        read_s: float | None = None,
        **request: Any,  # noqa: ANN401 - httpx's
    ) -> Iterator[httpx.Response]:
        """Send a request and hand out the answer, whatever its status, to be streamed.

        Parameters
        ----------
        method, url
            Of the request.
        read_s
            How long to wait for the next bytes; None for as long as it takes.
        **request
            As for `httpx.Client.stream`.

        Raises
        ------
        ServiceUnavailableError
            The service cannot be reached, broke off, or did not answer in time.
        """
        with (
            self._telling_faults(read_s),
            self._open().stream(method, url, timeout=_timeouts(read_s), **request) as answer,
        ):
            yield answer

    def ask(
        self,
        method: str,
        url: str,
        read_s: float | None,
        **request: Any,  # noqa: ANN401 - httpx's
    ) -> httpx.Response:
        """Send a request and read the answer whole; see `stream`."""
        with self.stream(method, url, read_s, **request) as answer:
            answer.read()
            return answer

    def too_slow(self, timeout_s: float | None) -> ServiceTimeoutError:
        """What to say when there was no answer in time."""
        limit = f" within {timeout_s:.0f} s" if timeout_s else ""
        return ServiceTimeoutError(
            f"{self.title} did not answer{limit}.", "Try again, or ask for less."
        )

    def refusal(self, answer: httpx.Response, adql: str) -> Exception:
        """Tell a refusal in the service's own words, when it has some."""
        told = _words(answer)
        status = answer.status_code
        if status == 401:
            said = told.get("message", "")
            if "hint" in told:  # a Data Lab
                said += f" {how_to_sign_in()}"
            return SignInError(f"{self.title} wants a sign-in (HTTP 401).", said.strip())
        if status == 403:
            message = told.get("message") or f"{self.title} does not allow this (HTTP 403)."
            return AccessError(message, told.get("hint", ""))
        if status == 404 and told:
            return NotFoundError(told["message"], told.get("hint", ""))
        if status in (404, 405):
            return ServiceUnavailableError(
                f"There is no TAP service at {self.url} (HTTP {status}).",
                self.advice("Check the address: it is what comes before /sync and /capabilities."),
            )
        if status == 409 and told:
            return AlreadyThereError(told["message"], told.get("hint", ""))
        if status in (408, 504):
            message = told.get("message") or f"{self.title} gave up waiting (HTTP {status})."
            return ServiceTimeoutError(message, told.get("hint", ""))
        if not told:
            return ServiceUnavailableError(
                f"{self.title} failed with HTTP status {status} and no explanation.",
                self.advice("Try again later."),
            )
        return query_error(told, adql)

    def advice(self, otherwise: str) -> str:
        """What to do where nothing, or something else, answers at the service's address.

        Who named the address in ``$DATALAB_URL`` is told of that, everybody else `otherwise`.
        """
        return named_by_environment(self.url) or otherwise

    def _open(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                nearby = is_loopback(self.url)
                self._client = httpx.Client(
                    follow_redirects=True,
                    trust_env=not nearby,  # no proxy between us and our own machine
                    verify=not nearby,  # reading the certificates takes 50 ms
                    headers={"User-Agent": "jupyterlab-datalab"},
                    event_hooks={"request": [self._look_where_it_goes]},
                )
            return self._client

    def _look_where_it_goes(self, request: httpx.Request) -> None:
        """Let no service send us to a server of this machine or network, nor our token away."""
        given, asked = httpx.URL(self.url), request.url
        secured = asked.scheme == "https" and asked.port is given.port is None
        if asked.netloc == given.netloc and (asked.scheme == given.scheme or secured):
            request.headers.update(self.headers)
        if asked.host != given.host and _is_public(given.host) and not _is_public(asked.host):
            raise ServiceUnavailableError(
                f"{self.title} redirects to an address that is not public, {asked.host}.",
                "The redirection is not followed; the service is at fault.",
            )

    @contextmanager
    def _telling_faults(self, timeout_s: float | None) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            raise self.too_slow(timeout_s) from error
        except httpx.RemoteProtocolError as error:
            raise ServiceUnavailableError(
                f"{self.title} broke off its answer.",
                "Try again; what takes long is safer as a job: "
                + suited("query(…, async_=True).", "datalab query … --async"),
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            hint = "Check the network and the address of the service, and try again."
            if is_loopback(self.url):
                hint = "It may just be starting: try again in a moment."
            raise ServiceUnavailableError(
                f"{self.title} cannot be reached.", self.advice(hint)
            ) from error


def query_error(told: dict[str, str], adql: str) -> QueryError | ServiceTimeoutError:
    """Make an error of what `votable.error_in` has found."""
    message = told["message"] or "The service refused the query and did not say why."
    line, column = told.get("line", ""), told.get("column", "")
    if not (line.isdigit() and column.isdigit()):
        matches = (place.search(message) for place in _PLACES)
        line, column = next((m.groups() for m in matches if m), ("", ""))
    if not line and _TOO_LONG.search(message):
        return ServiceTimeoutError(message, told.get("hint", ""))
    return QueryError(
        message,
        told.get("hint", ""),
        int(line) if line else None,
        int(column) if column else None,
        adql,
    )


def _is_public(host: str) -> bool:
    """Whether all addresses of a host, however it is written, are in the public internet."""
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return True  # only a proxy may know it
    return all(ip_address(str(address[0]).partition("%")[0]).is_global for *_, address in found)


def _timeouts(read_s: float | None) -> httpx.Timeout:
    # Never without a limit: Python then waits in recv(), which an interrupt does not end when a
    # library has set SA_RESTART for SIGINT, as polars does. With a limit it waits in poll().
    limit = NO_HURRY_S if read_s is None else read_s
    return httpx.Timeout(limit, connect=CONNECT_TIMEOUT_S, pool=CONNECT_TIMEOUT_S)


def _words(answer: httpx.Response) -> dict[str, str]:
    """What an answer says of its error; empty when it is a web page or nothing."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (told := votable.error_in(answer.content)) is not None:
        return told
    if kind == "application/json":  # of a Data Lab, beside its TAP service
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            error = answer.json()["error"]
            return {name: str(value) for name, value in error.items() if value is not None}
    if kind == "text/plain" and answer.text.strip():
        return {"message": " ".join(answer.text.split())[:1000]}
    return {}
