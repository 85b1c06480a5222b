"""The positions in the result of a query, in the order of the sky, for density maps of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import astropy.units as u
import numpy as np
from astropy.coordinates import Latitude, Longitude
from cdshealpix import lonlat_to_healpix
from numpy.typing import NDArray

from datalab_backend import adql
from datalab_backend.adql.types import Family, family
from datalab_backend.catalogues.chosen import numbers
from datalab_backend.catalogues.counts import HEALPIX_ORDER, Counts, counts_order
from datalab_backend.catalogues.density import DensityView, seen
from datalab_backend.catalogues.projections import View
from datalab_backend.engines.base import Engine
from datalab_backend.errors import UsageError
from datalab_backend.metadata import Table, Tables
from datalab_backend.positions import guess_position

MOST_ROWS = 5_000_000
"""A result with more rows has no density map: a condition on its table does better."""


@dataclass(frozen=True, slots=True)
class ResultPositions:
    """The positions of the rows of a result.

    Attributes
    ----------
    table
        What is known of the result, as if it were a table.
    counts
        The rows on the sky.
    cells
        The order-29 cells of the rows, in ascending order.
    lon, lat
        The positions in degrees, in the order of `cells`.
    """

    table: Table
    counts: Counts
    cells: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def density(self, view: View) -> DensityView:
        """Count the rows in each pixel of a view."""
        return seen(self.table, self.counts, self._read, view)

    def _read(
        self, ranges: list[tuple[int, int]] | None
    ) -> Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        if ranges is None:
            yield self.lon, self.lat
            return
        for low, high in ranges:
            held = slice(*np.searchsorted(self.cells, [low, high + 1]))
            yield self.lon[held], self.lat[held]


def positions(
    text: str,
    tables: Tables,
    engine: Engine,
    columns: tuple[str, str] | None = None,
    timeout_s: float | None = None,
) -> ResultPositions:
    """Run a query for the positions in its result.

    Parameters
    ----------
    text
        The query, in ADQL.
    tables
        What the user may read.
    engine
        What reads it.
    columns
        The columns with right ascension and declination; found by UCD or name if not given.
    timeout_s
        The longest that it may run, in seconds.

    Raises
    ------
    AdqlError, UsageError, QueryTimeoutError
        When the query is wrong, its result has no positions or too many rows, or takes too long.
    """
    checked = adql.check(adql.parse(text), tables)
    names = [column.name for column in checked.columns]
    lon_lat = columns or guess_position(checked.columns)
    if lon_lat is None or not set(lon_lat) <= set(names):
        raise UsageError(
            "The result has no columns of positions that are known.",
            f"Select right ascension and declination, or name them by ra=…&dec=…; "
            f"the columns are {', '.join(names[:12])}.",
        )
    which = [names.index(name) for name in lon_lat]
    for column in (checked.columns[position] for position in which):
        if family(column.datatype) is not Family.NUMBER or column.is_array:
            raise UsageError(
                f"{column.name} is {family(column.datatype)}, not a number of degrees.",
                "Name the columns of right ascension and declination by ra=…&dec=….",
            )
    rows = adql.translate(checked, engine.relation, MOST_ROWS + 1, engine.dialect)
    found: list[list[NDArray[np.float64]]] = [[], []]
    with engine.execute(rows, timeout_s) as result:
        for batch in result:
            for parts, position in zip(found, which, strict=True):
                parts.append(numbers(batch.column(position)))
    lon, lat = (np.concatenate(parts) if parts else np.zeros(0) for parts in found)
    if len(lon) > MOST_ROWS:
        raise UsageError(
            f"The result has more than {MOST_ROWS:,} rows.",
            "Put the condition into where=… of the density of a table, or select fewer rows.",
        )
    placed = np.isfinite(lon) & (np.abs(lat) <= 90)
    lon, lat = lon[placed], lat[placed]
    cells = lonlat_to_healpix(
        Longitude(lon, u.deg, copy=False), Latitude(lat, u.deg, copy=False), HEALPIX_ORDER
    ).view(np.int64)
    order = np.argsort(cells, kind="stable")
    cells = cells[order]
    table = Table(
        "result",
        "rows",
        checked.columns,
        rows=len(placed),
        credit=" ".join(dict.fromkeys(t.credit for t in checked.tables if t.credit)),
        simulated=any(t.simulated for t in checked.tables),
        position=(lon_lat[0], lon_lat[1]),
    )
    return ResultPositions(
        table, Counts.of([cells], counts_order(len(cells))), cells, lon[order], lat[order]
    )
