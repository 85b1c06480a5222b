"""Where the counts of a density map come from: a Data Lab, rows in memory, or a labelled sample."""

from __future__ import annotations

import json
from typing import Protocol

import httpx
import numpy as np

from datalab_toolkit.connection import is_loopback
from datalab_toolkit.errors import DatalabError, NotFoundError, ServiceUnavailableError
from datalab_toolkit.maps.density import Density
from datalab_toolkit.maps.points import PointsDensity, Rows, find_position
from datalab_toolkit.maps.view import MapView
from datalab_toolkit.metadata import Table
from datalab_toolkit.registry import DEFAULT, find, names

# Rows asked of a service that cannot count them itself.
SAMPLE_ROWS = 100_000

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


class DensitySource(Protocol):
    """What a density map asks for its counts.

    Attributes
    ----------
    title
        What is shown.
    position
        The columns with right ascension and declination, as a query writes them.
    """

    title: str
    position: tuple[str, str]

    def counts(self, view: MapView) -> Density:
        """Count the rows in each pixel of a view."""
        ...

    def query_code(self, condition: str) -> str:
        """Code that gets the rows for which an ADQL condition is true; empty when none would."""
        ...


def source(
    rows: Rows,
    service: str = DEFAULT,
    ra: str | None = None,
    dec: str | None = None,
) -> DensitySource:
    """Choose where the counts come from.

    Parameters
    ----------
    rows
        The name of a table, or rows in memory.
    service
        The name of the TAP service that has the table.
    ra, dec
        The columns with the position; found by UCD or name when not given.
    """
    if not isinstance(rows, str):
        return PointsDensity(rows, ra, dec)
    table = find(service).table(rows)
    if ra is None or dec is None:
        found = find_position({c.name: c.ucd for c in table.columns})
        ra, dec = ra or found[0], dec or found[1]
    written = {c.name: c.query_name for c in table.columns}
    position = (written.get(ra, ra), written.get(dec, dec))
    if find(service).has("density"):
        return ServiceDensity(table, service, position)
    return SampleDensity(table, service, position)


class ServiceDensity:
    """Asks the density service of a Data Lab, whose cost does not grow with the rows.

    Parameters
    ----------
    table
        What the service tells of the table.
    service
        The name of the service.
    position
        The columns with the position, as a query writes them.
    """

    def __init__(self, table: Table, service: str, position: tuple[str, str]) -> None:
        self.title = table.full_name
        self.position = position
        self._table = table
        self._service = service
        self._way: tuple[str, httpx.Client] | None = None

    def counts(self, view: MapView) -> Density:
        """Count the rows in each pixel of a view.

        Raises
        ------
        ServiceUnavailableError
            The service does not answer, even after another look for it.
        """
        lon, lat = view.centre_in_frame
        parameters: dict[str, str | float] = {
            "projection": view.projection,
            "frame": view.frame,
            "lon": lon,
            "lat": lat,
            "fov": view.fov,
            "width": view.width,
            "height": view.height,
        }
        answer = self._ask(parameters)
        if not answer.is_success:
            raise _refusal(answer, self.title)
        told = json.loads(answer.headers["Datalab-Density"])
        return Density(
            view=view,
            counts=np.frombuffer(answer.content, "<u4").reshape(view.height, view.width),
            cell_area=told["cell_area_deg2"],
            method=told["method"],
            total=told["total"],
            rows=told["rows"],
            credit=told["credit"],
            simulated=bool(told["simulated"]),
        )

    def query_code(self, condition: str) -> str:
        """Code that gets the rows of the table for which an ADQL condition is true."""
        return _query_code(self._table, self._service, condition)

    def _ask(self, parameters: dict[str, str | float]) -> httpx.Response:
        failure: Exception | None = None
        for is_last in (False, True):
            # A Data Lab that was started again has another address or token: look for it anew.
            url, client = self._way = self._way or self._connect()
            try:
                answer = client.get(url, params=parameters)
                if is_last or answer.status_code != httpx.codes.UNAUTHORIZED:
                    return answer
            except httpx.TransportError as error:
                failure = error
            client.close()
            self._way = None
        raise ServiceUnavailableError(
            f"{names().get(self._service, self._service)} does not answer.",
            "The map tries again by itself.",
        ) from failure

    def _connect(self) -> tuple[str, httpx.Client]:
        service = find(self._service)
        url = f"{service.feature_url('density')}/{self._table.full_name}"
        client = httpx.Client(
            headers=service.headers, timeout=_TIMEOUT, trust_env=not is_loopback(url)
        )
        return url, client


class SampleDensity(PointsDensity):
    """The first rows of a table whose service cannot count, and the words that say so.

    Parameters
    ----------
    table, service, position
        As for `ServiceDensity`.
    limit
        How many rows to ask for.
    """

    def __init__(
        self,
        table: Table,
        service: str,
        position: tuple[str, str],
        limit: int = SAMPLE_ROWS,
    ) -> None:
        ra, dec = position
        adql = f"SELECT TOP {limit} {ra}, {dec} FROM {table.query_name}"  # noqa: S608
        result = find(service).fetch(adql, maxrec=limit)
        rows = result.table
        whole = rows.num_rows < limit and not result.overflow
        sample = "" if whole else f"sample: first {rows.num_rows:,} rows, not the whole table"
        super().__init__(
            rows.rename_columns(["ra", "dec"]),
            "ra",
            "dec",
            title=table.full_name,
            sample=sample,
            table_rows=rows.num_rows if whole else table.rows,
            credit=table.credit,
            simulated=table.simulated,
        )
        self.position = position
        self._table = table
        self._service = service

    def query_code(self, condition: str) -> str:
        """Code that gets the rows of the table for which an ADQL condition is true."""
        return _query_code(self._table, self._service, condition)


def _query_code(table: Table, service: str, condition: str) -> str:
    principal = [c.query_name for c in table.columns if c.principal]
    columns = ", ".join(principal) if principal else "*"
    lines = [
        f"SELECT {columns}",
        f"FROM {table.query_name}",
        f"WHERE {condition}",
    ]
    where = "" if service == DEFAULT else f", service={json.dumps(service)}"
    text = "\n".join(lines)
    return f'import datalab_toolkit as dl\n\ndf = dl.query("""\n{text}\n"""{where})\ndf'


def _refusal(answer: httpx.Response, title: str) -> DatalabError:
    try:
        told = answer.json()["error"]
        message, hint = str(told["message"]), str(told.get("hint") or "")
    except (ValueError, KeyError, TypeError):
        return ServiceUnavailableError(
            f"The density service failed with HTTP status {answer.status_code}.", "Try again later."
        )
    if answer.status_code == 404:
        return NotFoundError(message, hint)
    return DatalabError(message, hint)
