"""Speaks TAP to one service: capabilities, synchronous queries, results and refusals.

Written for any service: TAP 1.0 or 1.1, errors with status 200 or 400, one base address or one a
path further down.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import httpx
import pyarrow as pa

from datalab_toolkit import vosi, votable
from datalab_toolkit.connection import is_loopback
from datalab_toolkit.errors import QueryError, ServiceTimeoutError, ServiceUnavailableError

ARROW = "application/vnd.apache.arrow.stream"
CONNECT_TIMEOUT_S = 10.0
METADATA_TIMEOUT_S = 60.0
NO_HURRY_S = 7 * 86_400.0

# Where services say the place of an error: ours and DaCHS, DaCHS before 2, and VOLLT.
_PLACES = (
    re.compile(r"line:?\s*(\d+),\s*col(?:umn|\.)?:?\s*(\d+)", re.IGNORECASE),
    re.compile(r"\[l\.(\d+) c\.(\d+)"),
)


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The rows of a query.

    Attributes
    ----------
    table
        The rows; the fields carry unit, ucd, utype, xtype and description as metadata, the schema
        ``credit`` and ``simulated`` when the service tells them.
    overflow
        Whether the service cut the result short.
    """

    table: pa.Table
    overflow: bool


class Tap:
    """One TAP service.

    Parameters
    ----------
    url
        The address of the TAP service, or of a Data Lab, which has it below ``/tap``.
    token
        A bearer token, sent to this service alone; None for an anonymous caller.
    title
        What to call the service in errors.
    """

    def __init__(self, url: str, token: str | None = None, title: str = "") -> None:
        self.title = title or url
        self.token = token
        self._given_url = url.rstrip("/")
        self._found: tuple[str, vosi.Capabilities] | None = None
        self._client = httpx.Client(
            follow_redirects=True,
            trust_env=not is_loopback(url),  # no proxy between us and our own machine
            headers=self.headers | {"User-Agent": "jupyterlab-datalab"},
            event_hooks={"request": [self._refuse_way_in]},
        )

    @property
    def headers(self) -> dict[str, str]:
        """How to be known to the service."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def url(self) -> str:
        """The address that ``/sync`` and ``/capabilities`` follow."""
        return self._discover()[0]

    @property
    def capabilities(self) -> vosi.Capabilities:
        """What the service says it can do; nothing when it does not say."""
        return self._discover()[1]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @contextmanager
    def sync(
        self,
        adql: str,
        media_type: str | None = None,
        maxrec: int | None = None,
        timeout_s: float | None = None,
    ) -> Iterator[httpx.Response]:
        """Run a query and hand out the answer to be streamed, once it is known not to be a refusal.

        Parameters
        ----------
        adql
            The query.
        media_type
            Name or media type of the format; None for the service's VOTable.
        maxrec
            The most rows to send; None for the service's own limit.
        timeout_s
            How long to wait for the next bytes; None for as long as it takes.

        Raises
        ------
        QueryError
            The service refused the query with a status other than 200.
        """
        url, capabilities = self._discover()
        form = {"REQUEST": "doQuery", "LANG": "ADQL", "QUERY": adql}
        if maxrec is not None:
            form["MAXREC"] = str(maxrec)
        if media_type is not None:
            form["FORMAT" if capabilities.tap_version < "1.1" else "RESPONSEFORMAT"] = media_type
        with (
            self._telling_faults(timeout_s),
            self._client.stream(
                "POST", f"{url}/sync", data=form, timeout=_timeouts(timeout_s)
            ) as answer,
        ):
            if not answer.is_success:
                answer.read()
                raise self._refusal(answer, adql)
            yield answer

    def fetch(
        self,
        adql: str,
        maxrec: int | None = None,
        timeout_s: float | None = None,
        limit_bytes: int | None = None,
    ) -> QueryResult:
        """Run a query and read its rows, 64-bit integers exact.

        Parameters
        ----------
        adql, maxrec
            As for `sync`.
        timeout_s
            How long the whole of it may take.
        limit_bytes
            How long an answer may be; None for any length.
        """
        media_type = ARROW if ARROW in self.capabilities.formats else None
        with self.sync(adql, media_type, maxrec, timeout_s) as answer:
            content = self._read_all(answer, timeout_s, limit_bytes)
        if media_type is None and (told := votable.error_in(content)) is not None:
            raise query_error(told, adql)
        try:
            table, overflow = votable.read(content) if media_type is None else _read_arrow(content)
        except ValueError as error:
            raise ServiceUnavailableError(
                f"The answer of {self.title} cannot be read: {error}.",
                "Try again; if it stays so, the service is at fault.",
            ) from error
        return QueryResult(table, overflow)

    @contextmanager
    def document(self, path: str) -> Iterator[Iterator[bytes]]:
        """Hand out a document of the service piece by piece; ``path`` such as ``/tables``."""
        with (
            self._telling_faults(METADATA_TIMEOUT_S),
            self._client.stream(
                "GET", f"{self.url}{path}", timeout=_timeouts(METADATA_TIMEOUT_S)
            ) as answer,
        ):
            if not answer.is_success:
                answer.read()
                raise self._refusal(answer, "")
            yield answer.iter_bytes()

    def _discover(self) -> tuple[str, vosi.Capabilities]:
        if self._found is None:
            self._found = self._look_around()
        # A service that shows no capabilities may just be starting: it is asked again next time.
        return self._found or (self._given_url, vosi.Capabilities())

    def _look_around(self) -> tuple[str, vosi.Capabilities] | None:
        for url in (self._given_url, f"{self._given_url}/tap"):
            with self._telling_faults(METADATA_TIMEOUT_S):
                answer = self._client.get(
                    f"{url}/capabilities", timeout=_timeouts(METADATA_TIMEOUT_S)
                )
            if answer.status_code in (401, 403):
                raise self._refusal(answer, "")
            if answer.is_server_error:
                raise self._refusal(answer, "")
            if answer.is_success:
                try:
                    return url, vosi.capabilities(answer.content)
                except ValueError:
                    continue
        return None

    def _read_all(
        self, answer: httpx.Response, timeout_s: float | None, limit_bytes: int | None
    ) -> bytes:
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        content = bytearray()
        for chunk in answer.iter_bytes():
            content += chunk
            if deadline is not None and time.monotonic() > deadline:
                raise self._too_slow(timeout_s)
            if limit_bytes is not None and len(content) > limit_bytes:
                raise ServiceUnavailableError(
                    f"The answer of {self.title} is longer than {limit_bytes / 1e6:.0f} MB.",
                    "Ask for fewer rows or columns.",
                )
        return bytes(content)

    @contextmanager
    def _telling_faults(self, timeout_s: float | None) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            raise self._too_slow(timeout_s) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            hint = "Check the network and the address of the service, and try again."
            if is_loopback(self._given_url):
                hint = "It may just be starting: try again in a moment."
            raise ServiceUnavailableError(f"{self.title} cannot be reached.", hint) from error

    def _too_slow(self, timeout_s: float | None) -> ServiceTimeoutError:
        limit = f" within {timeout_s:.0f} s" if timeout_s else ""
        return ServiceTimeoutError(
            f"{self.title} did not answer{limit}.", "Try again, or ask for less."
        )

    def _refusal(self, answer: httpx.Response, adql: str) -> Exception:
        """Tell a refusal in the service's own words, when it has some."""
        told = _words(answer)
        status = answer.status_code
        if status in (401, 403):
            return ServiceUnavailableError(
                f"{self.title} wants a sign-in (HTTP {status}).", told.get("message", "")
            )
        if status in (404, 405):
            return ServiceUnavailableError(
                f"There is no TAP service at {self._given_url} (HTTP {status}).",
                "Check the address: it is what comes before /sync and /capabilities.",
            )
        if status == 504 and told:
            return ServiceTimeoutError(told["message"], told.get("hint", ""))
        if not told:
            return ServiceUnavailableError(
                f"{self.title} failed with HTTP status {status} and no explanation.",
                "Try again later.",
            )
        return query_error(told, adql)

    def _refuse_way_in(self, request: httpx.Request) -> None:
        """Let no service of the world send us to a server of this machine or network."""
        given = httpx.URL(self._given_url).host
        if request.url.host != given and _is_public(given) and not _is_public(request.url.host):
            raise ServiceUnavailableError(
                f"{self.title} redirects to an address that is not public, {request.url.host}.",
                "The redirection is not followed; the service is at fault.",
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


def _read_arrow(content: bytes) -> tuple[pa.Table, bool]:
    overflow = False
    batches = []
    try:
        with pa.ipc.open_stream(pa.BufferReader(content)) as reader:
            while True:
                batch, metadata = reader.read_next_batch_with_custom_metadata()
                batches.append(batch)
                overflow = overflow or bool(metadata and metadata.get(b"overflow") == b"true")
    except StopIteration:
        return pa.Table.from_batches(batches, reader.schema), overflow
    except pa.ArrowInvalid as error:
        raise ValueError("not a complete Arrow stream") from error


def _words(answer: httpx.Response) -> dict[str, str]:
    """What an answer says of its error; empty when it is a web page or nothing."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (told := votable.error_in(answer.content)) is not None:
        return told
    if kind == "text/plain" and answer.text.strip():
        return {"message": " ".join(answer.text.split())[:1000]}
    return {}


def query_error(told: dict[str, str], adql: str) -> QueryError:
    """Make an error of what `votable.error_in` has found."""
    message = told["message"] or "The service refused the query and did not say why."
    line, column = told.get("line", ""), told.get("column", "")
    if not (line.isdigit() and column.isdigit()):
        matches = (place.search(message) for place in _PLACES)
        line, column = next((m.groups() for m in matches if m), ("", ""))
    return QueryError(
        message,
        told.get("hint", ""),
        int(line) if line else None,
        int(column) if column else None,
        adql,
    )
