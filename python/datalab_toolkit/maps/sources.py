"""Where the counts of a density map come from: a Data Lab, rows in memory, or a labelled sample."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from datalab_toolkit.conditions import both
from datalab_toolkit.errors import DatalabError
from datalab_toolkit.maps.density import Density
from datalab_toolkit.maps.elsewhere import AskedElsewhere, refusal
from datalab_toolkit.maps.points import PointsDensity, Rows
from datalab_toolkit.maps.view import MapView
from datalab_toolkit.metadata import Table
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.selection import Selection, rows_of

# Rows asked of a service that cannot count them itself.
SAMPLE_ROWS = 100_000

STATISTICS = ("count", "mean", "min", "max")

_DTYPES = {"uint32": "<u4", "float32": "<f4"}


class DensitySource(Protocol):
    """What a density map asks for its counts.

    Attributes
    ----------
    title
        What is shown.
    position
        The columns with right ascension and declination, as a query writes them.
    what
        In words, what is shown when it is not all rows counted: a condition, a statistic.
    selection
        The rows that are shown.
    """

    title: str
    position: tuple[str, str]
    what: str
    selection: Selection

    def counts(self, view: MapView, whole: bool = False) -> Density:
        """Count the rows in each pixel of a view; all of them, however long it takes, if asked."""
        ...

    def narrowed(self, condition: str) -> DensitySource | None:
        """The same of the rows for which a condition is true; None when that cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What to show of the rows of a table.

    Attributes
    ----------
    where
        A condition in ADQL that rows must meet; empty for all.
    statistic, column
        ``count``, or ``mean``, ``min`` or ``max`` of a column or an ADQL expression.
    """

    where: str = ""
    statistic: str = "count"
    column: str = ""

    def __post_init__(self) -> None:
        if self.statistic not in STATISTICS:
            raise DatalabError(
                f"There is no statistic {self.statistic!r}.",
                f"The statistics are {', '.join(STATISTICS)}.",
            )
        if (self.statistic == "count") != (not self.column):
            raise DatalabError(
                "A statistic needs a column, and a count takes none.",
                'Such as statistic="mean", column="gmag - rmag".',
            )

    @property
    def words(self) -> str:
        """What is shown, in words; empty for all rows counted."""
        measured = f"{self.statistic} of {self.column}" if self.column else ""
        return " ".join(w for w in (measured, f"where {self.where}" if self.where else "") if w)

    @property
    def parameters(self) -> dict[str, str | float]:
        """What the density service is told."""
        told = {"where": self.where, "statistic": self.statistic, "column": self.column}
        return {name: value for name, value in told.items() if value and value != "count"}


ALL = Asked()


def source(
    rows: Rows,
    service: str = DEFAULT,
    ra: str | None = None,
    dec: str | None = None,
    asked: Asked = ALL,
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
    asked
        What to show of the rows.
    """
    if not isinstance(rows, str):
        if asked != ALL:
            raise DatalabError(
                "Rows in memory are counted as they are.",
                "Choose among them before, or name a table of a Data Lab.",
            )
        return PointsDensity(rows, ra, dec)
    table = find(service).table(rows)
    if ra is None or dec is None:
        found = table.position
        ra, dec = ra or found[0], dec or found[1]
    written = {c.name: c.query_name for c in table.columns}
    position = (written.get(ra, ra), written.get(dec, dec))
    if find(service).has("density"):
        return ServiceDensity(table, service, position, asked)
    if asked.column:
        raise DatalabError(
            f"{find(service).title} cannot measure a column on the sky.",
            "Query the rows, and show them with dl.density(rows).",
        )
    return SampleDensity(table, service, position, asked.where)


def result(
    query: str, service: str = DEFAULT, ra: str | None = None, dec: str | None = None
) -> DensitySource:
    """Choose where the counts of a query's result come from.

    Parameters
    ----------
    query
        The query, in ADQL.
    service
        The name of the TAP service that runs it.
    ra, dec
        The columns with the position; found by UCD or name when not given.
    """
    if find(service).has("density"):
        return QueryDensity(query, service, ra, dec)
    found = find(service).fetch(query)
    sample = f"sample: first {found.table.num_rows:,} rows" if found.overflow else ""
    return PointsDensity(found.table, ra, dec, title="Result of a query", sample=sample)


class CountedElsewhere(AskedElsewhere):
    """Asks the density service of a Data Lab.

    Parameters
    ----------
    service
        The name of the service.
    path
        What follows the address of its density.
    parameters
        What to ask besides the view.
    """

    def __init__(self, service: str, path: str, parameters: dict[str, str | float]) -> None:
        super().__init__(service, "density", path)
        self._service = service
        self._parameters = parameters

    def counts(self, view: MapView, whole: bool = False) -> Density:
        """Count the rows in each pixel of a view.

        Raises
        ------
        ServiceUnavailableError
            The service does not answer, even after another look for it.
        """
        lon, lat = view.centre_in_frame
        parameters: dict[str, str | float] = {
            **self._parameters,
            "sample": "no" if whole else "yes",
            "projection": view.projection,
            "frame": view.frame,
            "lon": lon,
            "lat": lat,
            "fov": view.fov,
            "width": view.width,
            "height": view.height,
        }
        answer = self.ask(parameters)
        if not answer.is_success:
            raise refusal(answer, "density")
        told = json.loads(answer.headers["Datalab-Density"])
        return Density(
            view=view,
            counts=np.frombuffer(answer.content, _DTYPES[told["dtype"]]).reshape(
                view.height, view.width
            ),
            cell_area=told["cell_area_deg2"],
            method=told["method"],
            total=told["total"],
            rows=told["rows"],
            credit=told["credit"],
            simulated=bool(told["simulated"]),
            sample=_sample(told["sample_percent"]),
            statistic=told["statistic"],
            unit=told["unit"],
            rough=told["sample_percent"] < 100,
        )


class ServiceDensity(CountedElsewhere):
    """Rows of a table of a Data Lab, at a cost that does not grow with them.

    Parameters
    ----------
    table
        What the service tells of the table.
    service
        The name of the service.
    position
        The columns with the position, as a query writes them.
    asked
        What to show of the rows.
    """

    def __init__(
        self, table: Table, service: str, position: tuple[str, str], asked: Asked = ALL
    ) -> None:
        super().__init__(service, f"/{table.full_name}", asked.parameters)
        self.title = table.full_name
        self.position = position
        self.what = asked.words
        self.selection = rows_of(table, service, asked.where)
        self._asked = asked
        self._table = table

    def narrowed(self, condition: str) -> DensitySource:
        """The same of the rows for which a condition is true."""
        asked = replace(self._asked, where=both(self._asked.where, condition))
        return ServiceDensity(self._table, self._service, self.position, asked)


class QueryDensity(CountedElsewhere):
    """The result of a query of a Data Lab.

    Parameters
    ----------
    query
        The query, in ADQL.
    service
        The name of the service.
    ra, dec
        The columns of the result with the position; the service finds them when not given.
    """

    def __init__(
        self, query: str, service: str, ra: str | None = None, dec: str | None = None
    ) -> None:
        named: dict[str, str | float] = {"ra": ra, "dec": dec} if ra and dec else {}
        super().__init__(service, "", {"query": query, **named})
        self.title = "Result of a query"
        self.position = (ra or "ra", dec or "dec")
        self.what = " ".join(query.split())
        self.selection = Selection("")

    def narrowed(self, condition: str) -> None:
        """Nothing: the condition is about the result, which has no name."""


class SampleDensity(PointsDensity):
    """The first rows of a table whose service cannot count, and the words that say so.

    Parameters
    ----------
    table, service, position
        As for `ServiceDensity`.
    where
        A condition in ADQL that rows must meet; empty for all.
    limit
        How many rows to ask for.
    """

    def __init__(
        self,
        table: Table,
        service: str,
        position: tuple[str, str],
        where: str = "",
        limit: int = SAMPLE_ROWS,
    ) -> None:
        ra, dec = position
        condition = f" WHERE {where}" if where else ""
        adql = f"SELECT TOP {limit} {ra}, {dec} FROM {table.query_name}{condition}"  # noqa: S608
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
        self.what = f"where {where}" if where else ""
        self.selection = rows_of(table, service, where)


def _sample(percent: float) -> str:
    return "" if percent == 100 else f"sample, {percent:.3g} % of the rows"
