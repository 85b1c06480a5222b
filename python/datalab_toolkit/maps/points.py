"""Density of rows that are in memory, aggregated by Datashader."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from datalab_toolkit.errors import DatalabError, NotFoundError
from datalab_toolkit.maps import projection
from datalab_toolkit.maps.density import OFF_SKY, Density
from datalab_toolkit.maps.view import MapView
from datalab_toolkit.positions import find_position
from datalab_toolkit.selection import Selection

# Rows in memory: the libraries below share no type.
Rows: TypeAlias = Any


class PointsDensity:
    """Counts rows held in memory on the plane of a view.

    Parameters
    ----------
    rows
        A pandas or polars DataFrame, an astropy or Arrow table, or a mapping of arrays.
    ra, dec
        The columns with the position: ICRS, in degrees unless the column has another unit. Found
        by their UCD or name when not given. Rows without a position are left out.
    title
        What to call the rows.
    sample
        In words, which part of a table these rows are, when they are not the whole.
    table_rows
        Rows of the whole table, when these are a sample of it.
    """

    def __init__(
        self,
        rows: Rows,
        ra: str | None = None,
        dec: str | None = None,
        *,
        title: str = "rows in memory",
        sample: str = "",
        table_rows: int | None = None,
        credit: str = "",
        simulated: bool = False,
    ) -> None:
        if ra is None or dec is None:
            found = find_position(_ucds(rows))
            ra, dec = ra or found[0], dec or found[1]
        self.position = (ra, dec)
        self.title = title
        self.sample = sample
        self.what = ""
        self.selection = Selection("")
        attrs = getattr(rows, "attrs", {})
        self.credit = credit or str(attrs.get("credit", ""))
        self.simulated = simulated or bool(attrs.get("simulated", False))
        lon, lat = degrees_of(rows, ra), degrees_of(rows, dec)
        known = np.isfinite(lon) & np.isfinite(lat)
        self._vectors = projection.vectors(lon[known], lat[known])
        self._rows = len(self._vectors) if table_rows is None and not sample else table_rows

    def counts(self, view: MapView, whole: bool = False) -> Density:
        """Count the rows in each pixel of a view."""
        # Importing these takes seconds, and a map fed by a service never needs them.
        import datashader
        import pandas as pd

        east, north = view.plane(self._vectors)
        half_width, half_height = view.fov / 2, view.scale * view.height / 2
        canvas = datashader.Canvas(
            plot_width=view.width,
            plot_height=view.height,
            x_range=(-half_width, half_width),
            y_range=(-half_height, half_height),
        )
        plane = pd.DataFrame({"west": -east, "north": north})
        aggregate = canvas.points(plane, "west", "north", datashader.count())
        counts = aggregate.to_numpy()[::-1].astype(np.uint32)
        total = int(counts.sum())
        # A star on the very edge of the sky may fall in a pixel whose middle is beside it.
        counts[~view.on_sky & (counts == 0)] = OFF_SKY
        return Density(
            view=view,
            counts=counts,
            cell_area=view.pixel_area,
            method="points",
            total=total,
            rows=self._rows,
            sample=self.sample,
            credit=self.credit,
            simulated=self.simulated,
        )

    def narrowed(self, condition: str) -> None:
        """Nothing: rows in memory know no condition."""


def _column_names(rows: Rows) -> list[str]:
    for attribute in ("column_names", "colnames", "columns"):  # Arrow, astropy, pandas and polars
        if hasattr(rows, attribute):
            return [str(name) for name in getattr(rows, attribute)]
    return [str(name) for name in rows]


def _ucds(rows: Rows) -> dict[str, str]:
    known = dict.fromkeys(_column_names(rows), "")
    known.update(getattr(rows, "attrs", {}).get("ucds", {}))  # pandas, from dl.query
    if hasattr(rows, "colnames"):
        known.update({n: str(rows[n].info.meta.get("ucd", "")) for n in known if rows[n].info.meta})
    if hasattr(rows, "schema") and hasattr(rows, "column_names"):
        for field in rows.schema:
            known[field.name] = (field.metadata or {}).get(b"ucd", b"").decode()
    return known


def degrees_of(rows: Rows, name: str) -> NDArray[np.float64]:
    """A column of angles in degrees, whatever its unit; NaN where a value is missing."""
    if name not in _column_names(rows):
        raise NotFoundError(
            f"These rows have no column {name!r}.",
            f"Their columns are {', '.join(_column_names(rows))}.",
        )
    column = rows[name]
    unit = getattr(column, "unit", None)
    try:
        if hasattr(column, "mask"):
            column = np.ma.filled(np.ma.asarray(column).astype(float), np.nan)
        values = np.asarray(getattr(column, "value", column), dtype=float)
    except (TypeError, ValueError) as error:
        raise DatalabError(
            f"The column {name!r} is not all numbers; a position is wanted in degrees.",
            "Sexagesimal text becomes degrees with astropy: "
            "SkyCoord(ra, dec, unit=('hourangle', 'deg')).ra.deg",
        ) from error
    if unit is None:
        return values
    from astropy.units import Quantity

    return np.asarray(Quantity(values, unit).to_value("deg"))
