"""Makes the layers of a sky view from tables, queries, rows in memory, areas and images."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from datalab_toolkit.conditions import both
from datalab_toolkit.errors import DatalabError
from datalab_toolkit.maps.box import SkyBox
from datalab_toolkit.maps.circle import SkyCircle
from datalab_toolkit.maps.points import Rows, degrees_of
from datalab_toolkit.maps.sources import source
from datalab_toolkit.metadata import Table, quoted
from datalab_toolkit.positions import find_position
from datalab_toolkit.registry import DEFAULT, find
from datalab_toolkit.selection import Selection, rows_of
from datalab_toolkit.skylayers.hips import Hips
from datalab_toolkit.skylayers.layers import (
    MOST_SOURCES,
    AreaLayer,
    DensityLayer,
    HipsLayer,
    ImageLayer,
    Layer,
    OutlinesLayer,
    OutsideLayer,
    SourcesLayer,
    TilesLayer,
)
from datalab_toolkit.skylayers.tiles import PositionHips

if TYPE_CHECKING:
    import pyarrow as pa
    from mocpy import MOC

Shape: TypeAlias = Any
"""A box, a circle, or right ascensions and declinations of corners in degrees."""

DSS2 = "DSS2"
NETWORK = "DATALAB_DSS2"
"""The environment variable that lets the browser load DSS2 from CDS when it is ``1``."""

_DSS2_URL = "https://alasky.cds.unistra.fr/DSS/DSSColor"
_DSS2_CREDIT = "DSS2 colour HiPS by CDS; Digitized Sky Survey, STScI/NASA"


def survey(name: str, service: str = DEFAULT) -> Layer:
    """What lies under all: the density of a table, an image of the Data Lab, or DSS2.

    Parameters
    ----------
    name
        ``schema.table``; ``collection/band`` of an image; or ``DSS2``.
    service
        The name of the Data Lab that has it.
    """
    if name.casefold() == DSS2.casefold():
        if os.environ.get(NETWORK) != "1":
            raise DatalabError(
                "DSS2 comes over the network, which nobody has allowed.",
                f"Set {NETWORK}=1 in the kernel's environment, or choose a survey of the Data Lab.",
            )
        return OutsideLayer(name=DSS2, url=_DSS2_URL, credit=_DSS2_CREDIT, about="colour image")
    if "/" in name:
        hips = Hips.read(service, f"images/{name}")
        return HipsLayer(
            name=name, hips=hips, about=hips.title, credit=hips.credit, simulated=hips.simulated
        )
    return density_of_table(find(service).table(name), service)


def beginning(layer: Layer | None) -> tuple[tuple[float, float], float]:
    """Where to look first, and how wide, in degrees: where a layer is, or all of the sky."""
    told = layer.hips.properties if isinstance(layer, HipsLayer) else {}
    try:
        place = (float(told["hips_initial_ra"]), float(told["hips_initial_dec"]))
        return place, float(told["hips_initial_fov"])
    except (KeyError, ValueError):
        return (180.0, 0.0), 180.0


def density_of_table(table: Table, service: str) -> Layer:
    """The density of all rows of a table, at any size."""
    if not find(service).has("hips"):
        raise DatalabError(
            f"{find(service).title} makes no sky layers.",
            "Query the rows, and add them: sky.add_density(rows).",
        )
    position = table.query_position
    hips = Hips.read(service, f"density/{table.full_name}")
    counted = "" if table.rows is None else f"{table.rows:,} rows: "
    return DensityLayer(
        name=table.full_name,
        hips=hips,
        source=source(table.full_name, service),
        about=f"{counted}how many lie where",
        credit=table.credit or hips.credit,
        simulated=table.simulated,
        rows=rows_of(table, service),
        position=position,
    )


def density(rows: Rows, query: str, where: str, service: str, name: str) -> Layer:
    """How many rows lie where: of a table, a selection, the result of a query, or in memory."""
    table, where, service, rows = _named(rows, where, service)
    if table is not None and not where:
        found = density_of_table(table, service)
    elif table is not None:
        position = table.query_position
        chosen = rows_of(table, service, where)
        fetched = _fetched(chosen.to_adql(position), service)
        found = _tiles(fetched, table.full_name, *table.position)
        found = replace(
            found,
            name=f"{table.full_name} where {where}",
            rows=chosen,
            position=position,
            credit=table.credit,
            simulated=table.simulated,
        )
    elif query:
        found = _tiles(_fetched(query, service), "Result of a query")
    else:
        found = _tiles(_taken_in(rows), "rows in memory")
    return replace(found, name=name or found.name)


def sources(rows: Rows, query: str, where: str, service: str, name: str, color: str) -> Layer:
    """Rows drawn one by one; more than can be drawn are shown as their density."""
    table, where, service, rows = _named(rows, where, service)
    if table is not None:
        chosen = rows_of(table, service, where)
        count = table.rows if table.rows is not None and not where else chosen.count()
        if count > MOST_SOURCES:
            found = density(table.full_name, "", where, service, name)
            return replace(found, about=f"{count:,} rows, too many to draw one by one: density")
        ra, dec = table.position
        fetched, _ = _fetched(chosen.to_adql(["*"]), service)
        made = _drawn(fetched, ra, dec, table.full_name if not where else "", color)
        called = f"{table.full_name} where {where}" if where else table.full_name
        return replace(
            made,
            name=name or called,
            rows=chosen,
            position=table.query_position,
            credit=table.credit,
            simulated=table.simulated,
        )
    fetched, overflow = _fetched(query, service) if query else _taken_in(rows)
    called = name or ("Result of a query" if query else "rows in memory")
    if fetched.num_rows > MOST_SOURCES:
        found = _tiles((fetched, overflow), called)
        cut = ", the first that the service gave" if overflow else ""
        about = f"{fetched.num_rows:,} rows{cut}, too many to draw one by one: density"
        return replace(found, about=about)
    found = _drawn(fetched, "", "", called, color)
    return (
        replace(found, about=f"{found.about}, the first that the service gave")
        if overflow
        else found
    )


def area(what: MOC | str | SkyBox | SkyCircle, service: str, name: str, color: str) -> Layer:
    """A part of the sky: a MOC, or where a table has rows."""
    if isinstance(what, str):
        from datalab_toolkit.areas import moc

        table = find(service).table(what)
        return AreaLayer(
            name=name or f"Area of {table.full_name}",
            moc=moc(what, service=service),
            about="where it has rows",
            credit=table.credit,
            simulated=table.simulated,
            color=color,
            opacity=0.6,
        )
    covered = what.moc if isinstance(what, SkyBox | SkyCircle) else what
    if not hasattr(covered, "sky_fraction"):
        raise DatalabError(
            "That is no area of the sky.",
            "Give a MOC of mocpy, or the name of a table.",
        )
    about = f"{float(covered.sky_fraction) * 41252.96:.4g} deg²"
    return AreaLayer(name=name or "Area", moc=covered, about=about, color=color, opacity=0.6)


def outlines(
    shapes: Mapping[str, Shape] | Iterable[Shape],
    name: str,
    color: str,
    credit: str,
    simulated: bool,
) -> Layer:
    """Lines around parts of the sky."""
    named = shapes if isinstance(shapes, Mapping) else {str(i + 1): s for i, s in enumerate(shapes)}
    found = tuple((str(label), *_outline(shape)) for label, shape in named.items())
    if not found:
        raise DatalabError("There are no outlines to draw.", "Give circles, boxes or corners.")
    return OutlinesLayer(
        name=name or "Outlines",
        outlines=found,
        about="1 outline" if len(found) == 1 else f"{len(found):,} outlines",
        color=color,
        credit=credit,
        simulated=simulated,
    )


def image(hdu: Any, name: str, cuts: tuple[float, float] | None, credit: str) -> Layer:  # noqa: ANN401
    """An image with world coordinates, from an HDU, an NDData or the path of a FITS file."""
    from astropy.io import fits
    from astropy.visualization import ZScaleInterval
    from astropy.wcs import WCS

    if isinstance(hdu, str) or hasattr(hdu, "__fspath__"):
        try:
            with fits.open(hdu) as opened:
                kept = next((h.copy() for h in opened if np.ndim(h.data) == 2), None)
        except OSError as error:
            raise DatalabError(
                f"{hdu} cannot be read as a FITS file.", "See whether it is there, and whole."
            ) from error
        if kept is None:
            raise DatalabError(f"{hdu} has no image of two axes.", "Give one of its HDUs.")
        return image(kept, name or os.path.basename(hdu), cuts, credit)  # noqa: PTH119
    data = getattr(hdu, "data", None)
    header = getattr(hdu, "header", None)
    wcs = WCS(header) if header is not None else getattr(hdu, "wcs", None)
    if data is None or np.ndim(data) != 2 or wcs is None or not wcs.has_celestial:
        raise DatalabError(
            "That is no image of two axes with its place on the sky.",
            "Give an HDU of astropy.io.fits with celestial coordinates, such as dl.cutout makes.",
        )
    pixels = np.ascontiguousarray(data, np.float32)
    known = pixels[np.isfinite(pixels)]
    if cuts is None:
        low, high = ZScaleInterval().get_limits(known) if known.size else (0.0, 1.0)
        cuts = (float(low), float(high) if high > low else float(low) + 1)
    told = dict(header) if header is not None else {}
    called = name or str(told.get("OBJECT", "")) or "Image"
    simulated = bool(told.get("SIMULATD", False)) or "simulated" in str(told).casefold()
    return ImageLayer(
        name=called,
        pixels=pixels,
        wcs=wcs.celestial,
        cuts=cuts,
        about=f"{pixels.shape[1]} × {pixels.shape[0]} pixels",
        credit=credit or str(told.get("CREDIT", "")),
        simulated=simulated,
    )


def _named(rows: Rows, where: str, service: str) -> tuple[Table | None, str, str, Rows]:
    """The table, when rows are those of one."""
    if isinstance(rows, Selection) and rows.table:
        return find(rows.service).table(rows.table), both(rows.condition, where), rows.service, None
    if isinstance(rows, str):
        return find(service).table(rows), where, service, None
    if where:
        raise DatalabError(
            "Rows that are not those of a table know no condition.",
            "Choose among them before, or name a table.",
        )
    return None, "", service, rows


def _fetched(adql: str, service: str) -> tuple[pa.Table, bool]:
    found = find(service).fetch(adql)
    return found.table, found.overflow


def _taken_in(rows: Rows) -> tuple[pa.Table, bool]:
    from datalab_toolkit.intake import CannotTakeError, to_arrow

    try:
        return to_arrow(rows), False
    except CannotTakeError as error:
        raise DatalabError(f"These rows cannot be shown: {error}", error.hint) from error


def _tiles(fetched: tuple[pa.Table, bool], title: str, ra: str = "", dec: str = "") -> TilesLayer:
    table, overflow = fetched
    lon, lat = _degrees(table, ra, dec)
    cut = ", the first that the service gave" if overflow else ""
    told = _metadata(table)
    return TilesLayer(
        name=title,
        hips=PositionHips.of(lon, lat, title),
        about=f"{len(lon):,} rows{cut}: how many lie where",
        credit=told.get("credit", ""),
        simulated=told.get("simulated", "").casefold() == "true",
    )


def _drawn(table: pa.Table, ra: str, dec: str, title: str, color: str) -> SourcesLayer:
    lon, lat = _degrees(table, ra, dec)
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    told = _metadata(table)
    found = find_position(_ucds(table)) if not ra else (ra, dec)
    return SourcesLayer(
        name=title,
        table=table.take(known),
        ra=lon[known],
        dec=lat[known],
        identifier=_identifier(table),
        about=f"{len(known):,} sources",
        color=color,
        rows=Selection(""),
        position=(quoted(found[0]), quoted(found[1])),
        credit=told.get("credit", ""),
        simulated=told.get("simulated", "").casefold() == "true",
    )


def _degrees(table: pa.Table, ra: str, dec: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if not ra:
        ra, dec = find_position(_ucds(table))
    return degrees_of(table, ra), degrees_of(table, dec)


def _ucds(table: pa.Table) -> dict[str, str]:
    return {f.name: (f.metadata or {}).get(b"ucd", b"").decode() for f in table.schema}


def _identifier(table: pa.Table) -> str:
    ucds = _ucds(table)
    for wanted in ("meta.id;meta.main", "meta.id"):
        for name, ucd in ucds.items():
            if ucd.casefold() == wanted:
                return name
    return next((n for n in table.column_names if n.casefold() in ("id", "source_id", "objid")), "")


def _metadata(table: pa.Table) -> dict[str, str]:
    return {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}


def _outline(shape: Shape) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if isinstance(shape, SkyBox | SkyCircle):
        return shape.outline()
    try:
        corners = np.asarray(shape, float)
        if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3:
            raise ValueError
    except (TypeError, ValueError) as error:
        raise DatalabError(
            "An outline is a circle, a box, or at least three corners.",
            "Such as SkyCircle(185.6, -32.1, 1.1), or [(ra, dec), (ra, dec), …] in degrees.",
        ) from error
    closed = np.vstack([corners, corners[:1]])
    return closed[:, 0], closed[:, 1]
