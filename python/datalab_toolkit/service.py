"""One service that holds catalogues: any TAP service, of which a Data Lab is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from datalab_toolkit.answers import QueryResult
from datalab_toolkit.catalogue import Catalogue
from datalab_toolkit.errors import NotFoundError
from datalab_toolkit.lab import Lab
from datalab_toolkit.metadata import Page, Schema, Table
from datalab_toolkit.mydbtables import MyDB
from datalab_toolkit.tap import METADATA_TIMEOUT_S, Query, Tap
from datalab_toolkit.uws import JobState, Uws
from datalab_toolkit.vospace import VOSpace


class Service:
    """A TAP service under a name. Nothing is asked of it before the first use.

    All methods may be called from several threads at once.

    Parameters
    ----------
    name
        The name that users and the browser know it by.
    url
        The address of the TAP service, or of a Data Lab.
    token
        A bearer token, sent to this service alone; None for an anonymous caller.
    title
        What to call it in the panel and in errors.

    Attributes
    ----------
    uws
        Its jobs.
    lab
        What it has beside its catalogues when it is a Data Lab.
    mydb, storage
        The caller's tables and files there.
    """

    def __init__(self, name: str, url: str, token: str | None = None, title: str = "") -> None:
        self.name = name
        self.title = title or name
        self._tap = Tap(url, token, self.title)
        self._catalogue = Catalogue(self._tap)
        self.uws = Uws(self._tap)
        self.lab = Lab(self._tap.transport, url.rstrip("/").removesuffix("/tap"))
        self.mydb = MyDB(self.lab)
        self.storage = VOSpace(self.lab)

    def __repr__(self) -> str:
        return f"Service({self.name!r}, title={self.title!r})"

    @property
    def url(self) -> str:
        """The address of its TAP service, without a slash at the end."""
        return self._tap.url

    @property
    def headers(self) -> dict[str, str]:
        """The HTTP headers by which the service knows us; they hold the token."""
        return self._tap.transport.headers

    def has(self, feature: str) -> bool:
        """Whether the service announces an extra, such as ``density``."""
        return feature in self._tap.capabilities.features

    @property
    def features(self) -> tuple[str, ...]:
        """The extras that the service announces."""
        return tuple(sorted(self._tap.capabilities.features))

    def feature_url(self, feature: str) -> str:
        """The address of an extra, always on the service's own host.

        Raises
        ------
        NotFoundError
            The service does not have it.
        """
        address = self._tap.capabilities.features.get(feature)
        if address is None:
            raise NotFoundError(f"{self.title} has no {feature} service.")
        # The token goes there: the origin is ours, whatever the document says.
        own, told = urlsplit(self.url), urlsplit(address)
        return told._replace(scheme=own.scheme, netloc=own.netloc).geturl()

    def schemas(self, wait_s: float | None = None) -> tuple[Schema, ...]:
        """The schemas, with their descriptions and how many tables each has.

        Parameters
        ----------
        wait_s
            How long to wait while the list of tables is being read for the first time; None for as
            long as that may take.

        Raises
        ------
        ServiceTimeoutError
            The list is not read yet. It goes on being read.
        """
        return self._catalogue.schemas(wait_s)

    def tables(
        self,
        search: str = "",
        schema: str | None = None,
        offset: int = 0,
        limit: int = 100,
        wait_s: float | None = None,
    ) -> Page:
        """Some of the tables.

        Parameters
        ----------
        search
            Words that must all occur in the name or description of a table or of its columns,
            whatever their case.
        schema
            The name of a schema to keep to; None for all.
        offset, limit
            Which of the tables that match.
        wait_s
            As for `schemas`.
        """
        return self._catalogue.tables(search, schema, offset, limit, wait_s)

    def table(self, full_name: str) -> Table:
        """One table with its columns.

        Parameters
        ----------
        full_name
            ``schema.table``, or the name as a query writes it, whatever its case.

        Raises
        ------
        NotFoundError
            There is no such table; the hint names similar ones.
        """
        return self._catalogue.table(full_name)

    @property
    def is_reading(self) -> bool:
        """Whether the list of tables is being read now, for the first time or anew."""
        return self._catalogue.is_reading

    def refresh(self) -> None:
        """Forget the list of tables, so that it is read anew."""
        self._catalogue.refresh()

    @contextmanager
    def stream(
        self, query: Query, format: str | None = None, timeout_s: float | None = None
    ) -> Iterator[httpx.Response]:
        """Run a query and stream the answer as it is.

        Services that refuse a query with HTTP status 200 are only noticed by who reads the
        document; `run` does.

        Parameters
        ----------
        query
            The query.
        format
            Name or media type of the format, such as ``csv``; None for VOTable.
        timeout_s
            How long to wait for the next bytes; None for as long as it takes.

        Raises
        ------
        QueryError
            The service refused the query; the message has its own words.
        """
        with self._tap.sync(query, format, timeout_s) as answer:
            yield answer

    def run(self, query: Query) -> QueryResult:
        """Run a query and read its rows as Arrow, by the quickest format that the service has.

        Raises
        ------
        ServiceTimeoutError
            It takes longer than the service lets a client wait: `submit` it.
        """
        return self._tap.fetch(query)

    def fetch(
        self,
        adql: str,
        maxrec: int | None = None,
        timeout_s: float | None = None,
        limit_bytes: int | None = None,
    ) -> QueryResult:
        """Run a small query within limits and read its rows as Arrow.

        Parameters
        ----------
        adql
            The query.
        maxrec
            The most rows; None for the service's own limit.
        timeout_s
            How long the whole of it may take; None for as long as it takes.
        limit_bytes
            How long an answer may be; None for any length.
        """
        return self._tap.fetch(Query(adql, maxrec), timeout_s, limit_bytes)

    def submit(self, query: Query, format: str | None = None) -> tuple[str, JobState]:
        """Run a query as a job; see `datalab_toolkit.uws.Uws.create` for what it returns.

        Parameters
        ----------
        query
            The query.
        format
            Name or media type of the format of its result; None for the quickest to read.
        """
        media_type = format or self._tap.quickest_format
        return self.uws.create(self._tap.request(query, media_type), query.text)

    def store(self, query: Query, format: str | None = None) -> None:
        """Run a query whose rows are kept at its destination; see `Tap.store`."""
        self._tap.store(query, format)

    def statistics(self, table: str) -> dict[str, Any]:
        """What the values of each column of a table are, as a Data Lab computed it.

        Parameters
        ----------
        table
            ``schema.table``.

        Returns
        -------
        dict
            ``rows`` and, by column name, ``columns`` with ``count``, ``nulls``, ``min``, ``max``,
            ``quantiles``, ``histogram``, ``common`` and others as far as they mean anything.

        Raises
        ------
        NotFoundError
            The service has no statistics, or none of this table.
        """
        url = f"{self.feature_url('statistics')}/{quote(table, safe='')}"
        answer = self._tap.transport.ask("GET", url, METADATA_TIMEOUT_S)
        if answer.status_code == 404:
            raise NotFoundError(f"{self.title} has no statistics of {table}.")
        if not answer.is_success:
            raise self._tap.transport.refusal(answer, "")
        found: dict[str, Any] = answer.json()
        return found

    def refusal(self, answer: httpx.Response) -> Exception:
        """Tell a refusal in the service's own words, when it has some."""
        return self._tap.transport.refusal(answer, "")

    def read(self, content: bytes, media_type: str, adql: str) -> QueryResult:
        """Read rows that the service sent; see `datalab_toolkit.tap.Tap.read`."""
        return self._tap.read(content, media_type, adql)

    def close(self) -> None:
        """Close the connections."""
        self._tap.transport.close()
