"""Cross-matches: which rows of one table lie near which of another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datalab_toolkit.errors import DatalabError
from datalab_toolkit.metadata import quoted
from datalab_toolkit.positions import find_position
from datalab_toolkit.queries import query
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.uploads import Upload, upload

SEPARATION = "separation_arcsec"
"""The column of the result with the distance of a pair."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two tables, as the query names it and its position."""

    relation: str
    point: str
    upload: Upload | None = None


def crossmatch(
    a: Any,  # noqa: ANN401 - the libraries share no type
    b: Any,  # noqa: ANN401
    radius: Any,  # noqa: ANN401 - astropy has no types
    how: str = "nearest",
    columns: Sequence[str] = ("a.*", "b.*"),
    *,
    keep_all: bool = False,
    a_position: tuple[str, str] | None = None,
    b_position: tuple[str, str] | None = None,
    fmt: str = "pandas",
    service: str = DEFAULT,
    maxrec: int | None = None,
    async_: bool = False,
    out: str | Path | None = None,
    replace: bool = False,
) -> Any:  # noqa: ANN401 - as fmt says
    """Find the counterparts of rows by their position.

    Parameters
    ----------
    a, b
        Each a table of the service by its name, or a table of one's own: whatever `upload` takes
        (but a path), or what it has made. A table may be matched with itself; the nearest to each
        row is then the row itself, so ask for ``all`` and leave the pairs of one row out.
    radius
        The largest distance: a number of arcseconds, or an astropy quantity.
    how
        ``nearest`` for the nearest row of `b` to each row of `a`, ``all`` for every pair.
    columns
        What to return: ``a.`` or ``b.`` and a column, or ``*`` for all of them. A column
        ``separation_arcsec`` is added.
    keep_all
        Whether rows of `a` without a counterpart are returned, too; what belongs to `b` is missing
        in them.
    a_position, b_position
        The columns with right ascension and declination in degrees (ICRS), when neither UCDs nor
        names tell.
    fmt, service, maxrec, async_, out, replace
        As for `query`.

    Returns
    -------
    pandas.DataFrame, astropy.table.Table, pyarrow.Table, polars.DataFrame or Job
        With `out`, what was made there.

    Raises
    ------
    NotFoundError
        A table, or its position, is not found.
    QueryError
        The service refused the query.

    Examples
    --------
    >>> dl.crossmatch("openngc.objects", "gaia_dr3.gaia_source_g10", 5)
    >>> dl.crossmatch(mine, "sim_ls.tractor", 1, how="all", columns=["a.name", "b.ls_id"])
    """
    text, uploads = crossmatch_query(
        a, b, radius, how, columns, keep_all, a_position, b_position, service
    )
    language = "SQL" if how == "nearest" else "ADQL"
    options = {"language": language, "uploads": uploads, "async_": async_}
    options |= {"out": out, "replace": replace}
    result: Any = query(text, fmt, service, maxrec, **options)  # type: ignore[call-overload]
    return result


def crossmatch_query(
    a: Any,  # noqa: ANN401
    b: Any,  # noqa: ANN401
    radius: Any,  # noqa: ANN401
    how: str = "nearest",
    columns: Sequence[str] = ("a.*", "b.*"),
    keep_all: bool = False,
    a_position: tuple[str, str] | None = None,
    b_position: tuple[str, str] | None = None,
    service: str = DEFAULT,
) -> tuple[str, list[Upload]]:
    """The query of a cross-match, and the tables that it brings along."""
    if how not in ("nearest", "all"):
        raise DatalabError(f"There is no how={how!r}.", "Say how='nearest' or how='all'.")
    limit = f"{_degrees(radius)!r}"
    sides = _side(a, "a", a_position, service), _side(b, "b", b_position, service)
    items = [_item(column) for column in columns]
    distance = f"DISTANCE({sides[0].point}, {sides[1].point})"
    separation = f"3600 * {distance} AS {SEPARATION}"
    join = "LEFT JOIN" if keep_all else "JOIN"
    if how == "all":
        selected = ", ".join([*items, separation])
        joined = f"{join} {sides[1].relation} AS b\n  ON {distance} <= {limit}"
    else:
        # The columns of the inner query include the separation.
        selected = ", ".join(items if "b.*" in items else [*items, f"b.{SEPARATION}"])
        joined = (
            f"{join} LATERAL (\n  SELECT b.*, {separation}\n  FROM {sides[1].relation} AS b"  # noqa: S608
            f"\n  WHERE {distance} <= {limit} ORDER BY {SEPARATION} LIMIT 1) AS b ON TRUE"
        )
    text = f"SELECT {selected}\nFROM {sides[0].relation} AS a\n{joined}"
    uploads = [side.upload for side in sides if side.upload is not None]
    is_same = len(uploads) == 2 and uploads[0] is uploads[1]
    return text, uploads[:1] if is_same else uploads


def _degrees(radius: Any) -> float:  # noqa: ANN401
    degrees = radius.to_value("deg") if hasattr(radius, "to_value") else radius / 3600
    if not 0 <= degrees <= 180 or not math.isfinite(degrees):
        raise DatalabError(
            f"A radius of {radius} cannot be.", "Give arcseconds, or a quantity: 1 * u.arcmin."
        )
    return float(degrees)


def _side(
    table: Any,  # noqa: ANN401
    name: str,
    position: tuple[str, str] | None,
    service: str,
) -> _Side:
    if isinstance(table, str):
        described = find(service).table(table)
        ra, dec = position or described.position
        return _Side(described.query_name, f"POINT({name}.{quoted(ra)}, {name}.{quoted(dec)})")
    brought = table if isinstance(table, Upload) else upload(table, f"rows_of_{name}")
    if position is None:
        if brought.table is None:
            raise DatalabError(
                f"The position in {brought.name} is not known.",
                f"Say {name}_position=('ra', 'dec').",
            )
        fields = brought.table.schema
        ucds = {f.name: (f.metadata or {}).get(b"ucd", b"").decode() for f in fields}
        position = find_position(ucds)
    ra, dec = position
    point = f"POINT({name}.{quoted(ra)}, {name}.{quoted(dec)})"
    return _Side(f"TAP_UPLOAD.{brought.name}", point, brought)


def _item(column: str) -> str:
    """A column as the query selects it."""
    side, _, name = column.partition(".")
    if side not in ("a", "b") or not name:
        raise DatalabError(
            f"{column!r} is no column of a or b.", "Write 'a.ra', 'b.gmag', 'a.*' or 'b.*'."
        )
    return f"{side}.{name if name == '*' else quoted(name)}"
