"""A grid on the sky, by which an engine finds near positions with an equality of whole numbers.

Zones of declination are cut into cells of right ascension. Of two tables, the rows of one are in
one cell each, those of the other stand in each cell that the circle around them touches, so that
every pair of rows within the radius meets once: in the cell of the first.
(Gray, Nieto-Santisteban & Szalay 2006, MSR-TR-2006-52, made joins of zones popular.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlglot import exp

from datalab_backend.adql.build import identifier, number
from datalab_backend.adql.templates import replaced

MAX_RADIUS = 30.0
"""Degrees; wider circles touch most cells, and nothing is gained."""
_MIN_HEIGHT = 20 / 3600
"""Degrees; lower zones have fewer rows in a cell, and more rows that touch several."""
_HEIGHT = 3
"""Zones are as high as this many radii."""
_SLACK = 1e-9
"""Degrees, and part of the radius, by which circles are widened against rounding."""

_ZONE = "FLOOR((:lat + 9e1) / :height)"
# A zone has about as many cells as they are high, and the same number for whoever asks.
_COUNT = "(1e0 + FLOOR(ABS(COS(RADIANS(({zone} + 5e-1) * :height - 9e1))) * :around))"
_STEP = "FLOOR(:lon / 3.6e2 * {count})"
# What is no number is in no cell. A step is a longitude that may be below 0 or from 360.
_CELL = "TRY_CAST({zone} * :row + {step} - {count} * FLOOR({step} / {count}) AS BIGINT)"
_CELL_OF_PLACE = _CELL.format(
    zone=_ZONE,
    count=_COUNT.format(zone=_ZONE),
    step=_STEP.format(count=_COUNT.format(zone=_ZONE)),
)
_HALF_WIDTH = (
    "CASE WHEN ABS(:lat) < :polar THEN DEGREES(ASIN(:sine / COS(RADIANS(:lat)))) / 3.6e2 "
    "ELSE 5e-1 END"
)
_TOUCHING = """
SELECT *, {cell} AS "{name}cell" FROM (
  SELECT *, UNNEST(GENERATE_SERIES({first}, LEAST({last}, {first} + CAST({count} AS BIGINT) - 1)))
    AS {step} FROM (
    SELECT *, {counted} AS {count} FROM (
      SELECT rows.*, :lon / 3.6e2 AS {turn}, {half_width} AS {width},
        UNNEST(GENERATE_SERIES({lowest}, {highest})) AS {zone} FROM rows)))
"""
"""A circle that goes all around touches each cell of a zone once."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid for pairs of positions within a radius, in degrees."""

    radius: float

    @property
    def _numbers(self) -> dict[str, float]:
        reach = self.radius * (1 + _SLACK) + _SLACK
        height = max(_MIN_HEIGHT, _HEIGHT * self.radius)
        return {
            "height": height,
            "around": 360 / height,
            "row": math.ceil(360 / height) + 2.0,
            "reach": reach,
            "polar": 90 - reach,
            "sine": math.sin(math.radians(reach)),
        }

    def cell(self, lon: exp.Expression, lat: exp.Expression) -> exp.Expression:
        """The cell of a position in degrees, NULL where there is none."""
        return replaced(_CELL_OF_PLACE, self._filling(lon, lat))

    def touching(
        self,
        rows: exp.Expression,
        name: str,
        lon: exp.Expression,
        lat: exp.Expression,
        columns: Collection[str],
    ) -> tuple[exp.Expression, str]:
        """Rows, each as often as its circle touches cells.

        Parameters
        ----------
        rows
            A source, with its alias.
        name
            The alias, which is that of the result, too.
        lon, lat
            The position in degrees, of the columns of the source.
        columns
            What the engine calls the columns of the source.

        Returns
        -------
        expression
            The source in the place of the rows.
        name
            The column that it has besides, with the cell.
        """
        prefix = "grid"
        while any(column.casefold().startswith(prefix) for column in columns):
            prefix += "_"
        own = {p: f'"{prefix}{p}"' for p in ("zone", "count", "step", "turn", "width")}

        def whole(value: str) -> str:
            return f"TRY_CAST(FLOOR({value}) AS BIGINT)"

        text = _TOUCHING.format(
            name=prefix,
            cell=_CELL.format(**own),
            counted=_COUNT.format(zone=own["zone"]),
            half_width=_HALF_WIDTH,
            first=whole(f"({own['turn']} - {own['width']}) * {own['count']}"),
            last=whole(f"({own['turn']} + {own['width']}) * {own['count']}"),
            lowest=whole("(:lat - :reach + 9e1) / :height"),
            highest=whole("(:lat + :reach + 9e1) / :height"),
            **own,
        )
        place = self._filling(lon, lat)

        def fill(node: exp.Expression) -> exp.Expression | None:
            if isinstance(node, exp.Table):
                return rows
            if isinstance(node, exp.Column) and node.table == "rows":
                return exp.Column(this=exp.Star(), table=identifier(name))
            return place(node)

        alias = exp.TableAlias(this=identifier(name))
        return exp.Subquery(this=replaced(text, fill).this, alias=alias), f"{prefix}cell"

    def _filling(
        self, lon: exp.Expression, lat: exp.Expression
    ) -> Callable[[exp.Expression], exp.Expression | None]:
        """What stands in the place of ``:name``: a position, or a number of the grid."""
        numbers, values = self._numbers, {"lon": lon, "lat": lat}

        def fill(node: exp.Expression) -> exp.Expression | None:
            if not isinstance(node, exp.Placeholder):
                return None
            if node.name in numbers:
                return number(numbers[node.name])
            return exp.Paren(this=values[node.name].copy())

        return fill
