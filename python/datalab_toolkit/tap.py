"""Speaks TAP to one service: capabilities, synchronous queries and their results.

Written for any service: TAP 1.0 or 1.1, one base address or one a path further down.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from datalab_toolkit import answers, vosi, votable
from datalab_toolkit.answers import ARROW, QueryResult
from datalab_toolkit.errors import DatalabError, ServiceUnavailableError
from datalab_toolkit.transport import Transport, query_error
from datalab_toolkit.uploads import Upload

METADATA_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a service.

    Attributes
    ----------
    text
        The query.
    maxrec
        The most rows to send; None for the service's own limit.
    language
        The language of the text, as LANG names it (TAP 1.1, section 2.7.3).
    uploads
        The tables that the query brings along.
    destination
        Where a Data Lab is to keep the rows rather than send them: ``mydb://name`` or
        ``vos://file``; empty to have them sent.
    replace
        Whether what is there makes room.
    """

    text: str
    maxrec: int | None = None
    language: str = "ADQL"
    uploads: tuple[Upload, ...] = ()
    destination: str = ""
    replace: bool = False


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
        self.transport = Transport(url, token, title or url)
        self._found: tuple[str, vosi.Capabilities] | None = None

    @property
    def title(self) -> str:
        """What the service is called in errors."""
        return self.transport.title

    @property
    def url(self) -> str:
        """The address that ``/sync`` and ``/capabilities`` follow."""
        return self._discover()[0]

    @property
    def capabilities(self) -> vosi.Capabilities:
        """What the service says it can do; nothing when it does not say."""
        return self._discover()[1]

    @property
    def quickest_format(self) -> str | None:
        """The media type to ask results in; None for the service's VOTable."""
        return ARROW if ARROW in self.capabilities.formats else None

    def request(self, query: Query, media_type: str | None = None) -> dict[str, Any]:
        """Write a query as the form that ``/sync`` and ``/async`` take (TAP 1.1, section 2.7).

        Parameters
        ----------
        query
            The query.
        media_type
            Name or media type of the format; None for the service's VOTable.

        Returns
        -------
        dict
            What `httpx.Client.stream` is to send.
        """
        capabilities = self.capabilities
        form = {"REQUEST": "doQuery", "LANG": query.language, "QUERY": query.text}
        if query.maxrec is not None:
            form["MAXREC"] = str(query.maxrec)
        if query.destination:
            form |= {"DEST": query.destination, "REPLACE": str(query.replace).lower()}
        if media_type is not None:
            form["FORMAT" if capabilities.tap_version < "1.1" else "RESPONSEFORMAT"] = media_type
        if not query.uploads:
            return {"data": form}
        sent = {f"upload_{upload.name}": upload for upload in query.uploads}
        form["UPLOAD"] = ";".join(f"{one.name},param:{part}" for part, one in sent.items())
        files = {
            part: (f"{one.name}.vot", one.document(self.title, capabilities), votable.MEDIA_TYPE)
            for part, one in sent.items()
        }
        return {"data": form, "files": files}

    @contextmanager
    def sync(
        self, query: Query, media_type: str | None = None, timeout_s: float | None = None
    ) -> Iterator[httpx.Response]:
        """Run a query and hand out the answer to be streamed, once it is known not to be a refusal.

        Parameters
        ----------
        query, media_type
            As for `request`.
        timeout_s
            How long to wait for the next bytes; None for as long as it takes.

        Raises
        ------
        QueryError
            The service refused the query with a status other than 200.
        ServiceTimeoutError
            The query takes longer than the service lets a client wait.
        """
        request = self.request(query, media_type)
        with self.transport.stream("POST", f"{self.url}/sync", timeout_s, **request) as answer:
            if not answer.is_success:
                answer.read()
                raise self.transport.refusal(answer, query.text)
            yield answer

    def fetch(
        self, query: Query, timeout_s: float | None = None, limit_bytes: int | None = None
    ) -> QueryResult:
        """Run a query and read its rows, 64-bit integers exact.

        Parameters
        ----------
        query
            The query.
        timeout_s
            How long the whole of it may take.
        limit_bytes
            How long an answer may be; None for any length.
        """
        asked = self.quickest_format
        with self.sync(query, asked, timeout_s) as answer:
            content = self._read_all(answer, timeout_s, limit_bytes)
        return self.read(content, asked or "", query.text)

    def store(self, query: Query, media_type: str | None = None) -> None:
        """Run a query whose rows a Data Lab keeps at its destination.

        Parameters
        ----------
        query
            The query, with a destination.
        media_type
            Name or media type of the format of a file.
        """
        with self.sync(query, media_type) as answer:
            content = answer.read()
        if (told := votable.error_in(content)) is not None:
            raise query_error(told, query.text)
        if content.strip() != b"OK":
            raise DatalabError(
                f"{self.title} does not keep results; it sends them.", "Leave out the out=…."
            )

    def read(self, content: bytes, media_type: str, adql: str = "") -> QueryResult:
        """Read the rows that the service sent.

        Raises
        ------
        QueryError
            They are a refusal, which some services send with status 200.
        ServiceUnavailableError
            They cannot be read.
        """
        if media_type != ARROW and (told := votable.error_in(content)) is not None:
            raise query_error(told, adql)
        try:
            return answers.read(content, media_type)
        except ValueError as error:
            raise ServiceUnavailableError(
                f"The answer of {self.title} cannot be read: {error}.",
                "Try again; if it stays so, the service is at fault.",
            ) from error

    @contextmanager
    def document(self, path: str) -> Iterator[Iterator[bytes]]:
        """Hand out a document of the service piece by piece; ``path`` such as ``/tables``."""
        with self.transport.stream("GET", f"{self.url}{path}", METADATA_TIMEOUT_S) as answer:
            if not answer.is_success:
                answer.read()
                raise self.transport.refusal(answer, "")
            yield answer.iter_bytes()

    def _discover(self) -> tuple[str, vosi.Capabilities]:
        if self._found is None:
            self._found = self._look_around()
        # A service that shows no capabilities may just be starting: it is asked again next time.
        return self._found or (self.transport.url, vosi.Capabilities())

    def _look_around(self) -> tuple[str, vosi.Capabilities] | None:
        for url in (self.transport.url, f"{self.transport.url}/tap"):
            answer = self.transport.ask("GET", f"{url}/capabilities", METADATA_TIMEOUT_S)
            if answer.status_code in (401, 403) or answer.is_server_error:
                raise self.transport.refusal(answer, "")
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
                raise self.transport.too_slow(timeout_s)
            if limit_bytes is not None and len(content) > limit_bytes:
                raise ServiceUnavailableError(
                    f"The answer of {self.title} is longer than {limit_bytes / 1e6:.0f} MB.",
                    "Ask for fewer rows or columns.",
                )
        return bytes(content)
