"""What the package draws. The widgets behind it are imported when the first one is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datalab_toolkit.conditions import both
from datalab_toolkit.errors import DatalabError
from datalab_toolkit.registry import DEFAULT
from datalab_toolkit.selection import Selection

if TYPE_CHECKING:
    from astropy.coordinates import SkyCoord

    from datalab_toolkit.maps.points import Rows
    from datalab_toolkit.widgets.builder import QueryBuilder
    from datalab_toolkit.widgets.density import DensityMap
    from datalab_toolkit.widgets.hist2d import Hist2d
    from datalab_toolkit.widgets.sky import SkyView


def density(
    rows: Rows | None = None,
    center: str | tuple[float, float] | SkyCoord | None = None,
    fov: float | None = None,
    frame: str = "icrs",
    *,
    where: str = "",
    statistic: str = "count",
    column: str = "",
    query: str = "",
    service: str = DEFAULT,
    ra: str | None = None,
    dec: str | None = None,
    **traits: object,
) -> DensityMap:
    """Show how many rows lie where on the sky, as a map to pan, zoom and select on.

    Parameters
    ----------
    rows
        The name of a table (``schema.table``), or rows in memory: a pandas or polars DataFrame, an
        astropy or Arrow table, a mapping of arrays. A Data Lab counts its tables itself, at any
        size; of a table of another service the first rows are shown, and said to be a sample; rows
        in memory are counted by Datashader. A `Selection` is shown as its rows.
    center
        The name of an object, right ascension and declination in degrees (ICRS, whatever the
        frame), or a SkyCoord; None for the middle of a whole-sky map.
    fov
        The width of the map in degrees; None for the whole sky.
    frame
        ``icrs``, ``galactic`` or ``ecliptic``: whose north is up.
    where
        A condition in ADQL: only rows of the table that meet it are shown.
    statistic, column
        ``mean``, ``min`` or ``max`` of a column, or of an ADQL expression, in place of the number
        of rows.
    query
        A query in ADQL whose result is shown, in place of rows.
    service
        The name of the TAP service that has the table.
    ra, dec
        The columns with the position; found by UCD or name when not given.
    **traits
        Further traits of `DensityMap`, such as ``projection``, ``stretch`` and ``colormap``.

    Returns
    -------
    DensityMap
        A widget. Its traits ``center``, ``fov``, ``frame`` and ``selection`` may be observed and
        linked; ``counts`` and ``density`` are the numbers behind the picture.

    Raises
    ------
    NotFoundError
        There is no such service or table, or no column of positions that is known.
    DatalabError
        Both rows and a query are given or neither, or there is no such frame.

    Examples
    --------
    >>> dl.density("gaia_dr3.gaia_source_g10", frame="galactic")
    >>> dl.density(stars, center=(56.75, 24.12), fov=8)
    >>> dl.density("sim_smash.object", where="gmag < 22", statistic="mean", column="gmag - rmag")
    >>> dl.density(query="SELECT ra, dec FROM sim_ls.tractor WHERE type = 'PSF'")
    """
    from datalab_toolkit.maps.sources import Asked, result, source
    from datalab_toolkit.widgets.density import DensityMap

    if (rows is None) == (not query):
        raise DatalabError(
            "A density map shows rows or the result of a query.",
            'Give the name of a table or rows, or query="SELECT …".',
        )
    rows, where, service = _selected(rows, where, service)
    asked = Asked(where, statistic, column)
    if column:
        traits = {"stretch": "linear", "colormap": "viridis", **traits}
    shown = result(query, service, ra, dec) if query else source(rows, service, ra, dec, asked)
    return DensityMap.of(shown, center=center, fov=fov, frame=frame, **traits)


def hist2d(
    rows: Rows,
    x: str,
    y: str,
    bins: int | tuple[int, int] = 200,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    *,
    where: str = "",
    service: str = DEFAULT,
    **traits: object,
) -> Hist2d:
    """Show how many rows have two values, such as colour and magnitude.

    Parameters
    ----------
    rows
        The name of a table (``schema.table``), or rows in memory: a pandas or polars DataFrame, an
        astropy or Arrow table, a mapping of arrays. A Data Lab counts its tables itself, at any
        size; of a table of another service the first rows are shown, and said to be a sample. A
        `Selection` is shown as its rows.
    x, y
        ADQL expressions of the table's columns; of rows in memory, the names of two columns.
    bins
        How many bins, on both axes or on each.
    x_range, y_range
        Where the axes begin and end; nearly all rows are shown when not given.
    where
        A condition in ADQL: only rows of the table that meet it are shown.
    service
        The name of the TAP service that has the table.
    **traits
        Further traits of `Hist2d`, such as ``stretch``, ``colormap`` and ``invert_y``.

    Returns
    -------
    Hist2d
        A widget. ``selection`` may be observed and has the ADQL condition; ``histogram`` has the
        numbers behind the picture; ``link(sky)`` joins it to a density map of the same table.

    Raises
    ------
    NotFoundError
        There is no such service or table.
    DatalabError
        An expression or the condition cannot be evaluated; the message is the service's.

    Examples
    --------
    >>> cmd = dl.hist2d("sim_smash.object", "gmag - rmag", "gmag")
    >>> cmd.link(sky := dl.density("sim_smash.object"))
    """
    from datalab_toolkit.maps.planes import plane
    from datalab_toolkit.widgets.hist2d import Hist2d

    rows, where, service = _selected(rows, where, service)
    pair = (bins, bins) if isinstance(bins, int) else bins
    return Hist2d(plane(rows, x, y, where, service), pair, x_range, y_range, **traits)


def _selected(rows: Rows, where: str, service: str) -> tuple[Rows, str, str]:
    """Table, condition and service of a selection; other rows as they are."""
    if not isinstance(rows, Selection) or not rows.table:
        return rows, where, service
    return rows.table, both(rows.condition, where), rows.service


def query_builder(table: str = "", service: str = DEFAULT, **traits: object) -> QueryBuilder:
    """Build a query in a form, with its text beside it.

    Parameters
    ----------
    table
        The name of a table to begin with; empty to search for one in the form.
    service
        The name of the TAP service that has the tables.
    **traits
        Traits of `QueryBuilder`, such as ``adql`` (a query to begin with), ``name`` (the variable
        that gets the rows) and ``selection``.

    Returns
    -------
    QueryBuilder
        A widget. Its traits ``adql``, ``form``, ``selection`` and ``result`` may be observed and
        linked.

    Examples
    --------
    >>> builder = dl.query_builder("sim_smash.object")
    >>> builder
    >>> builder.adql, builder.result
    """
    from datalab_toolkit.widgets.builder import QueryBuilder

    return QueryBuilder(table, service, **traits)


def sky(
    target: str | tuple[float, float] | SkyCoord | None = None,
    fov_deg: float | None = None,
    survey: str | None = None,
    service: str = DEFAULT,
    **traits: object,
) -> SkyView:
    """Show the sky, to pan, zoom, lay layers on and select on.

    Parameters
    ----------
    target
        Where to look: the name of an object, right ascension and declination in degrees (ICRS), or
        a SkyCoord. None for where the survey is.
    fov_deg
        The width of the view in degrees; None for 1, or for all of the survey without a target.
    survey
        What lies under all layers: the name of a table (``schema.table``), to show how many of its
        rows lie where; an image of the Data Lab (``collection/band``); or ``DSS2``, which comes
        over the network and needs ``DATALAB_DSS2=1`` in the environment. None for an empty sky.
    service
        The name of the Data Lab that has the survey.
    **traits
        Further traits of `SkyView`, such as ``frame``, ``projection`` and ``grid``.

    Returns
    -------
    SkyView
        A widget. Its traits ``target``, ``fov_deg`` and ``selection`` may be observed and linked;
        ``add_density``, ``add_sources``, ``add_area``, ``add_outlines`` and ``add_image`` lay
        layers on it; ``link(map)`` joins it to a density map.

    Raises
    ------
    NotFoundError
        There is no such service, table, image or object.

    Examples
    --------
    >>> sky = dl.sky("Pleiades", 6, survey="gaia_dr3.gaia_source_g10")
    >>> sky.add_sources("gaia_dr3.gaia_source_g10", where="phot_g_mean_mag < 5")
    >>> sky.selection.query()
    """
    from datalab_toolkit.skylayers import making
    from datalab_toolkit.widgets.sky import SkyView

    layer = making.survey(survey, service) if survey else None
    place, width = making.beginning(layer)
    if target is None:
        target = place
        fov_deg = width if fov_deg is None else fov_deg
    fov_deg = 1.0 if fov_deg is None else fov_deg
    layers = [] if layer is None else [layer]
    return SkyView(layers, target=target, fov_deg=float(fov_deg), **traits)
