"""Where the counts of a histogram come from: a Data Lab, rows in memory, or a labelled sample."""

from __future__ import annotations

import json
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from datalab_toolkit.conditions import both
from datalab_toolkit.errors import DatalabError, NotFoundError
from datalab_toolkit.maps.elsewhere import AskedElsewhere, refusal
from datalab_toolkit.maps.histogram import Axis, Cube, Histogram
from datalab_toolkit.maps.points import Rows
from datalab_toolkit.metadata import Table
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.selection import Selection, rows_of

Range = tuple[float, float]

# Rows asked of a service that cannot count them itself.
SAMPLE_ROWS = 100_000

_CUBE_BINS = 64
_TAILS = (0.002, 0.998)


class PlaneSource(Protocol):
    """What a histogram asks for its counts.

    Attributes
    ----------
    title
        What is shown.
    x, y
        The two values, as a query writes them.
    where
        The condition that rows meet, empty for all.
    selection
        The rows that are counted.
    """

    title: str
    x: str
    y: str
    where: str
    selection: Selection

    def histogram(
        self,
        bins: tuple[int, int],
        x_range: Range | None,
        y_range: Range | None,
        condition: str = "",
    ) -> Histogram:
        """Count the rows in each bin; only those for which a further condition is true."""
        ...

    def cube(self, x_range: Range, y_range: Range) -> Histogram | None:
        """The same in few bins and with their places on the sky; None when that cannot be had."""
        ...


def plane(rows: Rows, x: str, y: str, where: str = "", service: str = DEFAULT) -> PlaneSource:
    """Choose where the counts come from.

    Parameters
    ----------
    rows
        The name of a table, or rows in memory.
    x, y
        ADQL expressions of the table's columns; of rows in memory, the names of two columns.
    where
        A condition in ADQL that rows must meet; empty for all.
    service
        The name of the TAP service that has the table.
    """
    if not isinstance(rows, str):
        if where:
            raise DatalabError(
                "Rows in memory are counted as they are.", "Choose among them before."
            )
        return MemoryPlane(rows, x, y)
    table = find(service).table(rows)
    if find(service).has("histogram"):
        return ServicePlane(table, service, x, y, where)
    return SamplePlane(table, service, x, y, where)


class ServicePlane(AskedElsewhere):
    """Asks the histogram service of a Data Lab.

    Parameters
    ----------
    table
        What the service tells of the table.
    service
        The name of the service.
    x, y, where
        As for `plane`.
    """

    def __init__(self, table: Table, service: str, x: str, y: str, where: str) -> None:
        super().__init__(service, "histogram", f"/{table.full_name}")
        self.title = table.full_name
        self.x, self.y, self.where = x, y, where
        self.selection = rows_of(table, service, where)

    def histogram(
        self,
        bins: tuple[int, int],
        x_range: Range | None,
        y_range: Range | None,
        condition: str = "",
    ) -> Histogram:
        """Count the rows in each bin; only those for which a further condition is true."""
        return self._count(bins, x_range, y_range, both(self.where, condition), cube=False)

    def cube(self, x_range: Range, y_range: Range) -> Histogram | None:
        """The same in few bins and with their places on the sky."""
        return self._count((_CUBE_BINS, _CUBE_BINS), x_range, y_range, self.where, cube=True)

    def _count(
        self,
        bins: tuple[int, int],
        x_range: Range | None,
        y_range: Range | None,
        where: str,
        cube: bool,
    ) -> Histogram:
        asked: dict[str, str | float] = {
            "x": self.x,
            "y": self.y,
            "bins": f"{bins[0]},{bins[1]}",
            "cube": "yes" if cube else "no",
        }
        for name, limits in (("xrange", x_range), ("yrange", y_range)):
            if limits:
                asked[name] = f"{limits[0]!r},{limits[1]!r}"
        if where:
            asked["where"] = where
        answer = self.ask(asked)
        if not answer.is_success:
            raise refusal(answer, "histogram")
        told = json.loads(answer.headers["Datalab-Histogram"])
        numbers = np.frombuffer(answer.content, "<u4")
        size = bins[0] * bins[1]
        found = None
        if told["cube"]:
            cells, flat, counts = numbers[size:].reshape(3, told["cube"]["cells"])
            found = Cube(told["cube"]["order"], cells, flat, counts)
        x, y = (
            Axis(a["value"], np.asarray(a["edges"]), a["unit"], a["ucd"])
            for a in (told["x"], told["y"])
        )
        return Histogram(
            x,
            y,
            numbers[:size].reshape(bins[1], bins[0]),
            told["outside"],
            told["missing"],
            told["rows"],
            credit=told["credit"],
            simulated=bool(told["simulated"]),
            cube=found,
        )


class MemoryPlane:
    """Counts rows held in memory.

    Parameters
    ----------
    rows
        A pandas or polars DataFrame, an astropy or Arrow table, or a mapping of arrays.
    x, y
        The names of two columns.
    """

    def __init__(self, rows: Rows, x: str, y: str) -> None:
        self.title = "rows in memory"
        self.sample = ""
        self.x, self.y, self.where = x, y, ""
        self.selection = Selection("")
        self.rows: int | None = None
        self._values = [_values(rows, name) for name in (x, y)]
        attrs = getattr(rows, "attrs", {})
        self._units = [str(attrs.get("units", {}).get(name, "")) for name in (x, y)]
        self._ucds = [str(attrs.get("ucds", {}).get(name, "")) for name in (x, y)]
        self.credit = str(attrs.get("credit", ""))
        self.simulated = bool(attrs.get("simulated", False))

    def histogram(
        self,
        bins: tuple[int, int],
        x_range: Range | None,
        y_range: Range | None,
        condition: str = "",
    ) -> Histogram:
        """Count the rows in each bin."""
        if condition:
            raise DatalabError("Rows in memory know no condition.", "Name a table of a Data Lab.")
        x, y = self._values
        known = np.isfinite(x) & np.isfinite(y)
        ranges = [asked or _range(values[known]) for asked, values in ((x_range, x), (y_range, y))]
        counts, y_edges, x_edges = np.histogram2d(
            y[known], x[known], (bins[1], bins[0]), (ranges[1], ranges[0])
        )
        return Histogram(
            Axis(self.x, x_edges, self._units[0], self._ucds[0]),
            Axis(self.y, y_edges, self._units[1], self._ucds[1]),
            counts.astype(np.uint32),
            int(known.sum() - counts.sum()),
            int((~known).sum()),
            self.rows if self.sample else len(x),
            self.sample,
            self.credit,
            self.simulated,
        )

    def cube(self, x_range: Range, y_range: Range) -> Histogram | None:
        """No places on the sky are known."""
        return None


class SamplePlane(MemoryPlane):
    """The first rows of a table whose service cannot count, and the words that say so.

    Parameters
    ----------
    table, service, x, y, where
        As for `ServicePlane`.
    """

    def __init__(self, table: Table, service: str, x: str, y: str, where: str) -> None:
        condition = f" WHERE {where}" if where else ""
        adql = (
            f"SELECT TOP {SAMPLE_ROWS} {x} AS x_value, {y} AS y_value "  # noqa: S608
            f"FROM {table.query_name}{condition}"
        )
        result = find(service).fetch(adql, maxrec=SAMPLE_ROWS)
        found = result.table
        super().__init__(found, "x_value", "y_value")
        whole = found.num_rows < SAMPLE_ROWS and not result.overflow
        self.sample = "" if whole else f"sample: first {found.num_rows:,} rows, not the whole table"
        self.rows = table.rows
        self.title = table.full_name
        self.x, self.y, self.where = x, y, where
        self.credit, self.simulated = table.credit, table.simulated
        self.selection = rows_of(table, service, where)


def _values(rows: Rows, name: str) -> NDArray[np.float64]:
    try:
        column = rows[name]
    except (KeyError, ValueError) as error:
        raise NotFoundError(f"These rows have no column {name!r}.") from error
    if hasattr(column, "mask"):
        column = np.ma.filled(np.ma.asarray(column).astype(float), np.nan)
    return np.asarray(column, dtype=float)


def _range(values: NDArray[np.float64]) -> Range:
    if not values.size:
        return 0.0, 1.0
    low, high = (float(v) for v in np.quantile(values, _TAILS))
    margin = 0.02 * (high - low) or 0.5
    return low - margin, high + margin
