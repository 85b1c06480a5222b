"""The sky view: layers on the sky, drawn by Aladin Lite in the browser.

Aladin Lite (CDS, LGPL) is a file that the Data Lab's extension of Jupyter serves; the view drives
it itself. What is shown is told in traits: a display that is opened again, or a second one, shows
the same. The long parts of a layer are sent to each display that asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets as t

from datalab_toolkit.errors import DatalabError
from datalab_toolkit.maps.box import SkyBox
from datalab_toolkit.maps.circle import SkyCircle
from datalab_toolkit.maps.points import Rows
from datalab_toolkit.maps.view import LARGEST_SIZE, MapView
from datalab_toolkit.naming import resolve
from datalab_toolkit.registry import DEFAULT
from datalab_toolkit.selection import Selection
from datalab_toolkit.skylayers import making
from datalab_toolkit.skylayers.layers import Layer, SourcesLayer
from datalab_toolkit.widgets.linking import link
from datalab_toolkit.widgets.modules import BROWSER, joined
from datalab_toolkit.widgets.skyselecting import SkySelecting

if TYPE_CHECKING:
    from astropy.io.fits import PrimaryHDU
    from mocpy import MOC

    from datalab_toolkit.widgets.density import DensityMap

PROJECTIONS = ("AIT", "MOL", "SIN", "TAN", "STG", "ZEA", "MER")
"""The names of FITS (Calabretta & Greisen 2002) for the projections that Aladin Lite draws."""

_STATIC_SIZE = (720, 400)
_WIDEST_DEG = 360.0

# Told apart from black and from the colours of densities; the first for the first layer.
_COLORS = ("#4fc3f7", "#aed581", "#ffb74d", "#f06292", "#ba68c8", "#ffffff")


class Place(t.TraitType[Any, Any]):
    """A pair of right ascension and declination in degrees, made from names and SkyCoords too."""

    info_text = "a name, a SkyCoord, or (ra, dec) in degrees with dec from -90 to 90"

    def validate(self, obj: Any, value: Any) -> tuple[float, float]:  # noqa: ANN401
        """Make the position, looking names up."""
        name = value if isinstance(value, str) else ""
        if name:
            value = resolve(name)
        if hasattr(value, "icrs"):
            value = (value.icrs.ra.deg, value.icrs.dec.deg)
        try:
            ra, dec = map(float, value)
        except (TypeError, ValueError):
            self.error(obj, value)
        if not (np.isfinite(ra) and -90 <= dec <= 90):
            self.error(obj, value)
        place = (ra % 360, dec)
        if name:
            obj.named = (place, name)
        return place


class SkyView(SkySelecting, anywidget.AnyWidget):
    """A view of the sky with layers on it; `datalab_toolkit.sky` makes one.

    Attributes
    ----------
    target
        Where the view looks: right ascension and declination in degrees (ICRS). Assign a name, a
        SkyCoord or a pair of numbers.
    fov_deg
        The width of the view in degrees.
    frame
        ``icrs`` or ``galactic``: whose north is up.
    projection
        ``AIT`` (Hammer-Aitoff), ``MOL`` (Mollweide), ``SIN``, ``TAN``, ``STG``, ``ZEA`` or ``MER``.
    grid
        Whether lines of the coordinates are drawn.
    box, circle
        What is drawn to select by: None, or a dict of ``ra_min``, ``ra_max``, ``dec_min``,
        ``dec_max``, or one of ``ra``, ``dec``, ``radius_deg``, in degrees.
    selection
        The rows in the shape, a `Selection` or None. Rows that are drawn as sources have their
        identifiers in ``selection.ids``, exact.
    selecting
        The name of the layer from whose rows a shape selects.
    clicked
        The row of the source that was clicked last: its values by column, exact. Empty before.
    """

    _esm = joined("sky.mjs")
    _css = (BROWSER / "density.css").read_text("utf-8") + (BROWSER / "sky.css").read_text("utf-8")

    target = Place((0.0, 0.0)).tag(sync=True)
    fov_deg = t.Float(1.0).tag(sync=True)
    frame = t.Enum(("icrs", "galactic"), default_value="icrs").tag(sync=True)
    projection = t.Enum(PROJECTIONS, default_value="AIT").tag(sync=True)
    grid = t.Bool(True).tag(sync=True)
    selecting = t.Unicode().tag(sync=True)
    clicked: t.Dict[str, Any] = t.Dict()

    _title = t.Unicode("Sky").tag(sync=True)
    _layers: t.List[dict[str, Any]] = t.List().tag(sync=True)
    _look: t.Dict[str, Any] = t.Dict().tag(sync=True)
    _row: t.Dict[str, Any] = t.Dict().tag(sync=True)

    def __init__(self, layers: Iterable[Layer] = (), **traits: Any) -> None:  # noqa: ANN401
        self._shown: dict[str, Layer] = {}
        self._numbers: dict[str, int] = {}
        self._added = 0
        self.named: tuple[tuple[float, float], str] | None = None
        super().__init__(**traits)
        self.on_msg(self._receive)
        for layer in layers:
            self.add(layer)

    # ---- layers ----------------------------------------------------------------------------------

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers, the lowest first."""
        return tuple(self._shown)

    def add(self, layer: Layer) -> None:
        """Put a layer on top; one of the same name makes room."""
        self._shown.pop(layer.name, None)
        self._shown[layer.name] = layer
        self._added += 1
        self._numbers[layer.name] = self._added
        self._look = {**self._look, layer.name: {"visible": True, "opacity": layer.opacity}}
        if layer.rows is not None:
            self.selecting = layer.name
        self._tell()

    def add_density(
        self,
        rows: Rows | None = None,
        *,
        query: str = "",
        where: str = "",
        service: str = DEFAULT,
        name: str = "",
    ) -> None:
        """Show how many rows lie where.

        Parameters
        ----------
        rows
            The name of a table, a `Selection`, or rows in memory.
        query
            A query in ADQL whose result is shown, in place of rows.
        where
            A condition in ADQL that the rows of a table must meet.
        service
            The name of the Data Lab that has the table.
        name
            What to call the layer.
        """
        _check_one(rows, query)
        self.add(making.density(rows, query, where, service, name))

    def add_sources(
        self,
        rows: Rows | None = None,
        *,
        query: str = "",
        where: str = "",
        service: str = DEFAULT,
        name: str = "",
        color: str = "",
    ) -> None:
        """Draw rows one by one, to click on; more than 20,000 are shown as their density.

        Parameters
        ----------
        rows, query, where, service, name
            As for `add_density`.
        color
            As CSS writes it.
        """
        _check_one(rows, query)
        self.add(making.sources(rows, query, where, service, name, color or self._color()))

    def add_area(
        self,
        area: MOC | str | SkyBox | SkyCircle,
        *,
        service: str = DEFAULT,
        name: str = "",
        color: str = "",
    ) -> None:
        """Show a part of the sky.

        Parameters
        ----------
        area
            A MOC of mocpy, or the name of a table to show where it has rows.
        service, name, color
            As for `add_sources`.
        """
        self.add(making.area(area, service, name, color or self._color()))

    def add_outlines(
        self,
        shapes: Mapping[str, making.Shape] | Iterable[making.Shape],
        *,
        name: str = "",
        color: str = "",
        credit: str = "",
        simulated: bool = False,
    ) -> None:
        """Draw lines around parts of the sky, such as the fields of a survey.

        Parameters
        ----------
        shapes
            A `SkyCircle`, a `SkyBox` or a list of corners (ra, dec) in degrees for each; with their
            names when it is a mapping.
        name, color
            As for `add_sources`.
        credit, simulated
            Whom to acknowledge, and whether the shapes are those of a simulation.
        """
        self.add(making.outlines(shapes, name, color or self._color(), credit, simulated))

    def add_image(
        self,
        hdu: Any,  # noqa: ANN401 - astropy has no types
        *,
        name: str = "",
        cuts: tuple[float, float] | None = None,
        credit: str = "",
    ) -> None:
        """Show an image.

        Parameters
        ----------
        hdu
            An HDU of ``astropy.io.fits`` with celestial coordinates, as `cutout` makes one, or the
            path of a FITS file.
        name
            What to call the layer.
        cuts
            The values that are black and white; found by ZScale when not given.
        credit
            Whom to acknowledge.
        """
        self.add(making.image(hdu, name, cuts, credit))

    def add_survey(self, name: str, service: str = DEFAULT) -> None:
        """Show an image of the Data Lab, ``collection/band``, or the density of a table."""
        self.add(making.survey(name, service))

    def remove(self, name: str) -> None:
        """Take a layer away."""
        self._layer(name)
        del self._shown[name]
        self._look = {kept: look for kept, look in self._look.items() if kept != name}
        if self.selecting == name:
            self.selection = None
            last = [layer.name for layer in self._shown.values() if layer.rows is not None]
            self.selecting = last[-1] if last else ""
        self._tell()

    def show(self, name: str, visible: bool = True, opacity: float | None = None) -> None:
        """Show a layer, or hide it, and say how opaque it is, from 0 to 1."""
        self._layer(name)
        look = dict(self._look[name]) | {"visible": visible}
        if opacity is not None:
            look["opacity"] = min(max(float(opacity), 0.0), 1.0)
        self._look = {**self._look, name: look}

    def link(self, other: DensityMap | SkyView) -> None:
        """Have this view and a density map, or another view, follow each other.

        Both look at the same place. When they show rows of the same table, what is selected on one
        is selected on the other.

        Parameters
        ----------
        other
            What `density` or `sky` made.
        """
        link(self, other)

    # ---- pictures and numbers --------------------------------------------------------------------

    def to_png(self, path: str | Path, width: int = 1440, height: int = 800) -> Path:
        """Write a picture of the view, with whom to thank for it.

        Parameters
        ----------
        path
            The file to write.
        width, height
            In pixels.
        """
        size = (min(width, LARGEST_SIZE), min(height, LARGEST_SIZE))
        Path(path).write_bytes(self._png(size))
        return Path(path)

    def to_fits(self, name: str = "", width: int = 720, height: int = 400) -> PrimaryHDU:
        """Make a FITS image of the numbers of a layer, as they lie in the view.

        Parameters
        ----------
        name
            A layer that is a density or an image; the lowest when not given.
        width, height
            In pixels.

        Returns
        -------
        astropy.io.fits.PrimaryHDU
            In the tangential projection, or in Hammer-Aitoff's when the view is wider than 90
            degrees. NaN where the layer has no numbers. Pixels are those nearest in the tiles.
        """
        from datalab_toolkit.skylayers.numbers import to_fits

        chosen = self._layer(name) if name else next(iter(self._shown.values()), None)
        if chosen is None:
            raise DatalabError("There is no layer.", "Add one: sky.add_density('schema.table').")
        return to_fits(chosen, self.target, self.fov_deg, width, height)

    def __repr__(self) -> str:
        ra, dec = self.target
        layers = ", ".join(self._shown) or "no layers"
        return f"SkyView(({ra:.6g}, {dec:.6g}), fov_deg={self.fov_deg:.4g}, {layers})"

    # ---- traits ----------------------------------------------------------------------------------

    @t.validate("fov_deg")
    def _check_fov(self, proposal: t.Bunch) -> float:
        if not 0 < proposal.value < 10_000:
            raise t.TraitError("The field of view is a number of degrees above zero.")
        return min(float(proposal.value), _WIDEST_DEG)

    @t.validate("selecting")
    def _check_selecting(self, proposal: t.Bunch) -> str:
        layer = self._shown.get(proposal.value)
        if proposal.value and (layer is None or layer.rows is None):
            raise t.TraitError(f"{proposal.value!r} is no layer with rows to select from.")
        return str(proposal.value)

    @t.observe("selecting")
    def _follow_selecting(self, change: t.Bunch) -> None:
        shape = self.shape
        if shape is not None:
            self.selection = self._within(shape)

    @t.validate("selection")
    def _check_selection(self, proposal: t.Bunch) -> Selection | None:
        chosen: Selection | None = proposal.value
        if chosen is None:
            return None
        for layer in [self._shown.get(self.selecting), *reversed(self._shown.values())]:
            if layer is not None and layer.rows is not None and _same_table(layer.rows, chosen):
                self.set_trait("selecting", layer.name)
                return chosen
        raise t.TraitError(f"No layer shows rows of {chosen.table or 'such a table'}.")

    def _within(self, shape: SkyBox | SkyCircle) -> Selection | None:
        layer = self._shown.get(self.selecting)
        return layer.within(shape) if layer is not None else None

    # ---- the browser -----------------------------------------------------------------------------

    def _receive(self, _widget: object, content: dict[str, Any], _buffers: list[Any]) -> None:
        match content.get("kind"):
            case "clear":
                self.circle, self.box, self.selection = None, None, None  # type: ignore[assignment]
            case "content":
                self._send_content(content)
            case "row":
                self._show_row(str(content["layer"]), int(content["index"]))
            case "goto":
                self._go(str(content["name"]))
            case "picture":
                self.send({"kind": "picture", "reader": content["reader"]}, [self._png()])

    def _send_content(self, asked: dict[str, Any]) -> None:
        layer = self._shown.get(str(asked["layer"]))
        if layer is None:
            return  # it was taken away meanwhile
        told, buffers = layer.content()
        address = {"reader": asked["reader"], "layer": asked["layer"], "number": asked["number"]}
        self.send({"kind": "content", "told": told, **address}, buffers)

    def _show_row(self, name: str, index: int) -> None:
        layer = self._shown.get(name)
        if not isinstance(layer, SourcesLayer) or not 0 <= index < len(layer.ra):
            return
        self.clicked = layer.row(index)
        units = {f.name: (f.metadata or {}).get(b"unit", b"").decode() for f in layer.table.schema}
        cells = [
            [column, "" if value is None else str(value), units[column]]
            for column, value in self.clicked.items()
        ]
        self._row = {"layer": name, "index": index, "cells": cells}

    def _go(self, name: str) -> None:
        try:
            self.target = name
        except DatalabError as error:
            self.send({"kind": "lost", "message": error.message, "hint": error.hint})
        else:
            self.send({"kind": "found", "name": name})

    def _tell(self) -> None:
        """Tell the browser which layers there are; each is known by when it was added."""
        self._layers = [
            layer.told() | {"id": f"layer-{self._numbers[name]}"}
            for name, layer in self._shown.items()
        ]

    def _layer(self, name: str) -> Layer:
        if name not in self._shown:
            raise DatalabError(
                f"There is no layer {name!r}.",
                f"The layers are {', '.join(self._shown) or 'none'}.",
            )
        return self._shown[name]

    def _color(self) -> str:
        coloured = sum(bool(layer.color) for layer in self._shown.values())
        return _COLORS[coloured % len(_COLORS)]

    # ---- pictures that stay ----------------------------------------------------------------------

    def _png(self, size: tuple[int, int] = _STATIC_SIZE) -> bytes:
        from datalab_toolkit.skylayers.picture import still

        ra, dec = self.target
        view = MapView(ra, dec, self.fov_deg, *size, frame=self.frame)
        looks = self._look
        layers = [
            (layer, float(looks[name]["opacity"]))
            for name, layer in self._shown.items()
            if looks[name]["visible"]
        ]
        shape = self.shape
        name = self.named[1] if self.named is not None and self.named[0] == self.target else ""
        return still(view, layers, shape.outline() if shape else None, name)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:  # noqa: ANN401 - as IPython has it
        """Add a still picture, for where no kernel runs: a saved notebook, a web page."""
        shown = super()._repr_mimebundle_(**kwargs)
        if shown is None:
            return None
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        try:
            data["image/png"] = self._png()
        except DatalabError:
            return data, metadata  # the widget itself tells what is wrong
        return data, metadata


def _check_one(rows: Rows | None, query: str) -> None:
    if (rows is None) == (not query):
        raise DatalabError(
            "A layer shows rows or the result of a query.",
            'Give the name of a table or rows, or query="SELECT …".',
        )


def _same_table(rows: Selection, chosen: Selection) -> bool:
    a, b = replace(rows, condition="", area=None), replace(chosen, condition="", area=None)
    return (a.table.casefold(), a.service) == (b.table.casefold(), b.service)
