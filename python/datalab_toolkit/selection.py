"""A selection: which rows of a table are meant, in words that a service understands.

Every view gives and takes one. It holds no rows: it says which they are, and gets them when asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from datalab_toolkit.conditions import both, either, opposite
from datalab_toolkit.errors import DatalabError, NotFoundError
from datalab_toolkit.maps.box import SkyBox
from datalab_toolkit.maps.circle import SkyCircle
from datalab_toolkit.metadata import Table, quoted
from datalab_toolkit.queries import query
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.snippets import python_query
from datalab_toolkit.tokens import tokens

if TYPE_CHECKING:
    from mocpy import MOC

    _Area: TypeAlias = SkyBox | SkyCircle | MOC

_SHOWN_LENGTH = 300
_MAIN_ID = "meta.id;meta.main"


@dataclass(frozen=True)
class Selection:
    """Some rows of one table.

    ``a & b`` are the rows in both of two selections of a table, ``a | b`` those in either, ``~a``
    all others, also those for which the condition is unknown because a value is missing.

    Attributes
    ----------
    table
        The table as a query writes it; empty for rows that no service can be asked for.
    condition
        The ADQL condition that is true for the selected rows and for no others; empty for all.
    area
        A box, a circle or a MOC outside which no selected row is; None when that is not known.
    ids
        The identifiers of the rows when they were chosen one by one, exact at any size; else None.
    columns
        What a query selects unless told, as a query writes it.
    service
        The name of the service that has the table.

    Examples
    --------
    >>> bright = dl.Selection("gaia_dr3.gaia_source_g10", "phot_g_mean_mag < 6")
    >>> (bright & sky.selection).count()
    """

    table: str
    condition: str = ""
    area: SkyBox | SkyCircle | MOC | None = field(default=None, kw_only=True)
    ids: tuple[int | str, ...] | None = field(default=None, kw_only=True)
    columns: tuple[str, ...] = field(default=(), kw_only=True)
    service: str = field(default=DEFAULT, kw_only=True)

    def __post_init__(self) -> None:
        tokens(self.condition)  # a condition that is no whole would become another beside a second

    @classmethod
    def of(cls, table: str, condition: str = "", service: str = DEFAULT) -> Selection:
        """Select rows of a table of a service.

        Parameters
        ----------
        table
            Its name (``schema.table``).
        condition
            In ADQL; empty for all rows.
        service
            The name of the service.

        Raises
        ------
        NotFoundError
            The service has no such table.
        """
        return _all_rows(find(service).table(table), service).where(condition)

    @classmethod
    def in_area(cls, table: str, area: MOC, service: str = DEFAULT) -> Selection:
        """Select the rows of a table in an area of the sky.

        Parameters
        ----------
        table, service
            As for `of`.
        area
            A MOC of mocpy. The service must know areas as MOCs, as a Data Lab does.
        """
        described = find(service).table(table)
        ra, dec = described.query_position
        inside = f"1 = CONTAINS(POINT({ra}, {dec}), MOC('{area.to_string()}'))"
        return replace(_all_rows(described, service), condition=inside, area=area)

    @classmethod
    def of_rows(
        cls, table: str, ids: Iterable[int | str], column: str = "", service: str = DEFAULT
    ) -> Selection:
        """Select rows of a table by their identifiers.

        Parameters
        ----------
        table, service
            As for `of`.
        ids
            The identifiers, as whole numbers of any size or as texts.
        column
            The column that has them; the main identifier (UCD ``meta.id;meta.main``, else
            ``meta.id``) when not given.
        """
        described = find(service).table(table)
        name = quoted(column) if column else _identifier(described)
        chosen = tuple(dict.fromkeys(i if isinstance(i, str) else int(i) for i in ids))
        listed = ", ".join(map(_literal, chosen))
        condition = f"{name} IN ({listed})" if chosen else "1 = 0"
        return replace(_all_rows(described, service), condition=condition, ids=chosen)

    def within(self, shape: SkyBox | SkyCircle, position: tuple[str, str]) -> Selection:
        """Those of the rows that are in a box or circle, whose position is in two columns."""
        return replace(self.where(shape.condition(*position)), area=_common(self.area, shape))

    def where(self, condition: str) -> Selection:
        """Those of the rows that meet a further condition in ADQL."""
        ids = None if condition else self.ids
        return replace(self, condition=both(self.condition, condition), ids=ids)

    def __and__(self, other: Selection) -> Selection:
        """The rows in both."""
        self._check(other)
        ids = None
        if self.ids is not None and other.ids is not None:
            ids = tuple(i for i in self.ids if i in set(other.ids))
        return replace(
            self,
            condition=both(self.condition, other.condition),
            area=_common(self.area, other.area),
            ids=ids,
        )

    def __or__(self, other: Selection) -> Selection:
        """The rows in either."""
        self._check(other)
        ids = None
        if self.ids is not None and other.ids is not None:
            ids = tuple(dict.fromkeys([*self.ids, *other.ids]))
        area = None
        if self.area is not None and other.area is not None:
            area = _moc(self.area).union(_moc(other.area))
        return replace(self, condition=either(self.condition, other.condition), area=area, ids=ids)

    def __invert__(self) -> Selection:
        """All other rows of the table."""
        others = opposite(self.condition) if self.condition else "1 = 0"
        return replace(self, condition=others, area=None, ids=None)

    @property
    def moc(self) -> MOC | None:
        """An area outside which no selected row is, as a MOC of mocpy; None when not known."""
        return None if self.area is None else _moc(self.area)

    def to_adql(self, columns: Sequence[str] | None = None) -> str:
        """Write the query for the rows.

        Parameters
        ----------
        columns
            Columns or expressions as a query writes them; None for `columns` of the selection, or
            all.
        """
        if not self.table:
            raise DatalabError(
                "These rows have no name that a query could use.",
                "Select on a map of a table: dl.density('schema.table').",
            )
        chosen = ", ".join(self.columns if columns is None else columns) or "*"
        where = f"\nWHERE {self.condition}" if self.condition else ""
        return f"SELECT {chosen}\nFROM {self.table}{where}"

    def to_code(self) -> str:
        """Write the Python code that gets the rows; empty when no query would."""
        return python_query(self.to_adql(), self.service) if self.table else ""

    def query(self, columns: Sequence[str] | None = None, fmt: str = "pandas") -> Any:  # noqa: ANN401
        """Get the rows.

        Parameters
        ----------
        columns
            As for `to_adql`.
        fmt
            As for `datalab_toolkit.query`.

        Returns
        -------
        pandas.DataFrame, astropy.table.Table, pyarrow.Table or polars.DataFrame
        """
        rows: Any = query(self.to_adql(columns), fmt, self.service)  # type: ignore[call-overload]
        return rows

    def count(self) -> int:
        """Count the rows."""
        found = query(self.to_adql(["COUNT(*) AS n"]), "arrow", self.service)
        return int(found["n"][0].as_py())

    def __repr__(self) -> str:
        lines = [f"Selection of {self.table or 'rows without a name'}"]
        if self.ids is not None:
            rows = "1 row" if len(self.ids) == 1 else f"{len(self.ids):,} rows"
            lines.append(f"  {rows} by identifier")
        elif self.condition:
            text = " ".join(self.condition.split())
            shown = text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]} …"
            lines.append(f"  where {shown}")
        else:
            lines.append("  all rows")
        if self.area is not None:
            lines.append(f"  within {_square_degrees(self.area):.3g} deg² of the sky")
        if self.service != DEFAULT:
            lines.append(f"  at {self.service}")
        return "\n".join(lines)

    def _check(self, other: Selection) -> None:
        if not isinstance(other, Selection):
            raise DatalabError(
                f"A selection is joined with another, and not with type {type(other).__name__}.",
                "Make one: dl.Selection.of('schema.table', 'gmag < 20').",
            )
        if (self.table.casefold(), self.service) != (other.table.casefold(), other.service):
            raise DatalabError(
                f"A selection of {self._place} and one of {other._place} cannot be joined: "
                "they are of two tables.",
                "Match the tables with dl.crossmatch, or select twice in the same table.",
            )

    @property
    def _place(self) -> str:
        name = self.table or "rows without a name"
        return name if self.service == DEFAULT else f"{name} of {self.service}"


def _all_rows(table: Table, service: str) -> Selection:
    """Every row of a table."""
    principal = tuple(c.query_name for c in table.columns if c.principal)
    return Selection(table.query_name, columns=principal, service=service)


def rows_of(table: Table, service: str, where: str = "") -> Selection:
    """The rows of a table, as a service describes it, that a view shows."""
    return _all_rows(table, service).where(where)


def _identifier(table: Table) -> str:
    for wanted in (_MAIN_ID, "meta.id"):
        for column in table.columns:
            if column.ucd.lower() == wanted:
                return column.query_name
    raise NotFoundError(
        f"{table.full_name} has no column of identifiers that I know.", "Name it: column='id'."
    )


def _literal(value: int | str) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def _moc(area: _Area) -> MOC:
    return area.moc if isinstance(area, SkyBox | SkyCircle) else area


def _common(a: _Area | None, b: _Area | None) -> _Area | None:
    if a is None or b is None or a is b:
        return b if a is None else a
    return _moc(a).intersection(_moc(b))


def _square_degrees(area: _Area) -> float:
    if isinstance(area, SkyBox | SkyCircle):
        return area.area_deg2
    return float(area.sky_fraction) * 41252.96
