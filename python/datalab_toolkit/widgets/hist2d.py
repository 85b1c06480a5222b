"""The plane: a widget that shows how many rows have two values, such as colour and magnitude.

The counts are a trait; colours, axes and moves are made in the browser. A plane and a sky map that
are joined filter one another: at once and coarsely from a cube, then exactly from the service.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets as t

from datalab_toolkit.errors import DatalabError
from datalab_toolkit.maps import cells
from datalab_toolkit.maps.box import SkyBox
from datalab_toolkit.maps.histogram import Axis, Cube, Histogram, PlaneBox
from datalab_toolkit.widgets.colouring import Coloured
from datalab_toolkit.widgets.modules import BROWSER, joined
from datalab_toolkit.widgets.selecting import Selecting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from datalab_toolkit.maps.density import Density
    from datalab_toolkit.maps.planes import PlaneSource
    from datalab_toolkit.maps.view import MapView
    from datalab_toolkit.selection import Selection
    from datalab_toolkit.widgets.density import DensityMap


class Hist2d(Coloured, Selecting, anywidget.AnyWidget):
    """A histogram of two values; `datalab_toolkit.hist2d` makes one.

    Attributes
    ----------
    x_range, y_range
        Where the axes begin and end, upwards.
    invert_x, invert_y
        Whether an axis is drawn the other way round; magnitudes on the y axis are by themselves.
    stretch, cuts, colormap
        As for `DensityMap`.
    box
        The box that is drawn: None, or a dict of ``x_min``, ``x_max``, ``y_min``, ``y_max``.
    selection
        Which of the rows are selected, a `Selection` or None. Drawing a box makes one; assign one
        of the same table to show it here.
    """

    _esm = joined("hist2d.mjs")
    _css = (BROWSER / "density.css").read_text(encoding="utf-8")
    _shape = PlaneBox

    x_range = t.Tuple(t.Float(), t.Float(), default_value=(0.0, 1.0)).tag(sync=True)
    y_range = t.Tuple(t.Float(), t.Float(), default_value=(0.0, 1.0)).tag(sync=True)
    invert_x = t.Bool(False).tag(sync=True)
    invert_y = t.Bool(False).tag(sync=True)
    cuts = t.Tuple(t.Float(), t.Float(), default_value=(0.0, 100.0)).tag(sync=True)

    _title = t.Unicode().tag(sync=True)
    _message = t.List(t.Unicode()).tag(sync=True)
    _told = t.Dict().tag(sync=True)
    _counts = t.Bytes().tag(sync=True)

    def __init__(
        self,
        source: PlaneSource,
        bins: tuple[int, int] = (200, 200),
        x_range: tuple[float, float] | None = None,
        y_range: tuple[float, float] | None = None,
        **traits: object,
    ) -> None:
        self._source = source
        self._bins = bins
        self._condition = ""
        self._coarse: Histogram | None = None
        self._cube: Cube | None = None
        first = source.histogram(bins, x_range, y_range)
        settings = {"invert_y": first.y.is_magnitude, **traits}
        super().__init__(
            _title=source.title, x_range=_ends(first.x), y_range=_ends(first.y), **settings
        )
        self._show(first)
        self.observe(self._follow_ranges, ["x_range", "y_range"])
        self.on_msg(self._receive)

    @property
    def histogram(self) -> Histogram:
        """What is shown: the counts, their axes, and what is known of them."""
        return self._histogram

    @property
    def counts(self) -> NDArray[np.uint32]:
        """Rows in each bin, one row of the array for each bin of y, the lowest first."""
        return self._histogram.counts

    def link(self, sky: DensityMap) -> None:
        """Have this plane and a map of the sky filter one another.

        A box on the plane leaves only its rows on the sky, and a box on the sky only its rows on
        the plane.

        Parameters
        ----------
        sky
            A density map of the same table of a Data Lab.
        """
        if sky._source.narrowed("1 = 1") is None or sky._source.title != self._source.title:
            raise DatalabError(
                "A plane is linked with a map of the same table of a Data Lab.",
                'Such as dl.density("sim_smash.object") for dl.hist2d("sim_smash.object", …).',
            )
        found = self._source.cube(self.x_range, self.y_range)
        self._coarse = found
        self._cube = found.cube if found else None
        self.observe(lambda change: self._narrow_sky(sky), "selection")
        sky.observe(lambda change: self._narrow_plane(sky), "selection")
        self._narrow_sky(sky)
        self._narrow_plane(sky)

    def __repr__(self) -> str:
        return f"Hist2d({self._title!r}, x={self._source.x!r}, y={self._source.y!r})"

    # ---- traits ----------------------------------------------------------------------------------

    @t.validate("x_range", "y_range")
    def _check_range(self, proposal: t.Bunch) -> tuple[float, float]:
        low, high = proposal.value
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise t.TraitError("A range is a number and a higher one.")
        return float(low), float(high)

    @property
    def _rows(self) -> Selection:
        return self._source.selection

    def _boxed(self, box: PlaneBox) -> Selection:
        return self._rows.where(box.condition(self._source.x, self._source.y))

    # ---- counts ----------------------------------------------------------------------------------

    def _follow_ranges(self, change: t.Bunch) -> None:
        self._count()

    def _receive(self, _widget: object, content: dict[str, Any], _buffers: list[Any]) -> None:
        if content.get("kind") == "exact":
            self._count()
        elif content.get("kind") == "clear":
            self.selection = None

    def _count(self) -> None:
        """Count anew, exactly; what is wrong is told in the widget."""
        try:
            found = self._source.histogram(self._bins, self.x_range, self.y_range, self._condition)
        except DatalabError as error:
            self._message = [error.message, error.hint]
            return
        self._show(found)

    def _show(self, found: Histogram, rough: bool = False) -> None:
        self._histogram = found
        with self.hold_sync():
            self._message = []
            self._counts = np.ascontiguousarray(found.counts, "<u4").tobytes()
            self._told = {
                "x": _told_axis(found.x),
                "y": _told_axis(found.y),
                "bins": list(found.counts.shape[::-1]),
                "total": found.total,
                "outside": found.outside,
                "missing": found.missing,
                "rows": found.rows,
                "sample": found.sample,
                "credit": found.credit,
                "simulated": found.simulated,
                "where": self._source.where,
                "rough": rough,
            }

    # ---- the sky ---------------------------------------------------------------------------------

    def _narrow_sky(self, sky: DensityMap) -> None:
        """Leave the rows of the selection on the sky."""
        if not self.selection:
            sky.narrow("")
            return
        cube, coarse = self._cube, self._coarse
        rough = None
        if self.box and cube is not None and coarse is not None:
            counts = cube.on_sky(coarse.bins_in(PlaneBox(**self.box)))

            def rough(view: MapView) -> Density:
                found = cells.density(counts, view, coarse.rows)
                return replace(found, credit=coarse.credit, simulated=coarse.simulated)

        sky.narrow(self.adql, rough)

    def _narrow_plane(self, sky: DensityMap) -> None:
        """Leave the rows of the sky's box in the plane: from the cube now, exactly soon."""
        self._condition = sky.adql
        cube, coarse = self._cube, self._coarse
        if not sky.box or cube is None or coarse is None:
            self._count()
            return
        found = cube.on_plane(SkyBox(**sky.box), coarse.counts.size)
        counts = found.reshape(coarse.counts.shape).astype(np.uint32)
        quick = Histogram(
            coarse.x,
            coarse.y,
            counts,
            rows=coarse.rows,
            credit=coarse.credit,
            simulated=coarse.simulated,
        )
        self._show(quick, rough=True)


def _ends(axis: Axis) -> tuple[float, float]:
    return float(axis.edges[0]), float(axis.edges[-1])


def _told_axis(axis: Axis) -> dict[str, object]:
    low, high = _ends(axis)
    return {"label": axis.label, "value": axis.value, "unit": axis.unit, "low": low, "high": high}
