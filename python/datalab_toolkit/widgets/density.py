"""The density map: a widget fed by counts and coloured in the browser.

The browser says where it looks; the kernel answers with the counts of that view, as bytes. Every
display of the same map asks for itself, under a name of its own (``reader``), one request at a
time. What the user did comes back in traits.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets as t

from datalab_toolkit.errors import DatalabError, ServiceUnavailableError
from datalab_toolkit.maps import picture, projection
from datalab_toolkit.maps.box import SkyBox
from datalab_toolkit.maps.circle import SkyCircle
from datalab_toolkit.maps.density import Density
from datalab_toolkit.maps.view import LARGEST_SIZE, MapView
from datalab_toolkit.naming import degrees
from datalab_toolkit.widgets.colouring import Coloured
from datalab_toolkit.widgets.modules import BROWSER, joined
from datalab_toolkit.widgets.skyselecting import SkySelecting

if TYPE_CHECKING:
    from collections.abc import Callable

    from astropy.coordinates import SkyCoord
    from numpy.typing import NDArray

    from datalab_toolkit.maps.elements import Element
    from datalab_toolkit.maps.sources import DensitySource
    from datalab_toolkit.selection import Selection

# The whole sky with a little air around it.
_WHOLE_SKY = 1.02 * projection.WHOLE_SKY_FOV
_STATIC_SIZE = (720, 360)


class DensityMap(Coloured, SkySelecting, anywidget.AnyWidget):
    """A map of how many rows lie where on the sky; `datalab_toolkit.density` makes one.

    Attributes
    ----------
    center
        Right ascension and declination in degrees, ICRS whatever the frame.
    fov
        The width of the map in degrees of the projection's plane.
    frame
        ``icrs``, ``galactic`` or ``ecliptic``: whose north is up.
    projection
        ``aitoff`` (Hammer-Aitoff) or ``mollweide``; both keep areas.
    ra_unit
        ``hours`` or ``degrees``, on the lines of right ascension.
    stretch
        ``eq_hist``, ``log``, ``asinh``, ``sqrt`` or ``linear``.
    cuts
        The percentiles of the values above zero where the colours begin and end.
    colormap
        ``viridis``, ``magma``, ``inferno``, ``cividis`` or ``gray``; with ``_r`` turned round.
    smooth
        Whether rows that are fewer than pixels are spread over their neighbourhood, in the picture
        alone: `counts` and `density` stay as they are.
    box
        The box that is drawn: None, or a dict of ``ra_min``, ``ra_max``, ``dec_min``, ``dec_max``
        in degrees (ICRS). ``ra_min > ra_max`` is a box across 0h.
    circle
        The circle that is shown, such as one that was drawn on a sky view: None, or a dict of
        ``ra``, ``dec`` and ``radius_deg``.
    selection
        Which of the rows are selected, a `Selection` or None. Drawing a box makes one; assign one
        of the same table to show it here.
    """

    _esm = joined("density.mjs")
    _css = BROWSER / "density.css"
    center = t.Tuple(t.Float(), t.Float(), default_value=(180.0, 0.0)).tag(sync=True)
    fov = t.Float(_WHOLE_SKY).tag(sync=True)
    frame = t.Enum(tuple(projection.FRAMES), default_value="icrs").tag(sync=True)
    projection = t.Enum(tuple(projection.PROJECTIONS), default_value="aitoff").tag(sync=True)
    ra_unit = t.Enum(("hours", "degrees"), default_value="hours").tag(sync=True)
    cuts = t.Tuple(t.Float(), t.Float(), default_value=(0.5, 99.5)).tag(sync=True)
    smooth = t.Bool(True).tag(sync=True)

    _title = t.Unicode().tag(sync=True)

    def __init__(self, source: DensitySource, **traits: object) -> None:
        self._source = source
        self._shown: DensitySource = source
        self._rough: Callable[[MapView], Density] | None = None
        self._last: Density | None = None
        super().__init__(_title=source.title, **traits)
        self.on_msg(self._receive)

    @classmethod
    def of(
        cls,
        source: DensitySource,
        center: str | tuple[float, float] | SkyCoord | None,
        fov: float | None,
        frame: str,
        **traits: object,
    ) -> DensityMap:
        """Make a map with the defaults of `datalab_toolkit.density` filled in."""
        if frame not in projection.FRAMES:
            raise DatalabError(
                f"There is no frame {frame!r}.", f"The frames are {', '.join(projection.FRAMES)}."
            )
        if center is None:
            center = MapView.default_centre(frame)
        ra, dec = degrees(center)
        width = _WHOLE_SKY if fov is None else float(fov)
        return cls(source, center=(ra, dec), fov=width, frame=frame, **traits)

    @property
    def counts(self) -> NDArray[np.uint32] | NDArray[np.float32]:
        """Rows in each cell of the view, row 0 at the top; 0xFFFFFFFF beside the sky.

        Of a statistic its values, NaN where there is no row.
        """
        return self._look().counts

    @property
    def density(self) -> NDArray[np.float64]:
        """Rows per square degree in the view, row 0 at the top; NaN beside the sky."""
        return self._look().per_square_degree

    @property
    def view(self) -> MapView:
        """Where `counts` and `density` lie: from pixels to positions and back."""
        return self._look().view

    def to_png(self, path: str | Path, width: int = 1600, height: int | None = None) -> Path:
        """Write the view as a picture with a colour bar.

        Parameters
        ----------
        path
            The file to write.
        width, height
            Size of the map in pixels; half as high as wide when no height is given.
        """
        size = (min(width, LARGEST_SIZE), min(height or width // 2, LARGEST_SIZE))
        Path(path).write_bytes(self._png(self._look(size)))
        return Path(path)

    def to_holoviews(self, width: int = 640, height: int = 320) -> Element:
        """Make a HoloViews element of the view, shaded and drawn by Bokeh with no network.

        Parameters
        ----------
        width, height
            Size of the map in pixels.
        """
        from datalab_toolkit.maps import elements

        found = self._look((width, height))
        return elements.image(found, self._title, self.stretch, self.colormap, self.smooth)

    def __repr__(self) -> str:
        ra, dec = self.center
        return f"DensityMap({self._title!r}, center=({ra:.6g}, {dec:.6g}), fov={self.fov:.4g})"

    # ---- traits ----------------------------------------------------------------------------------

    @t.validate("center")
    def _check_center(self, proposal: t.Bunch) -> tuple[float, float]:
        ra, dec = proposal.value
        if not (np.isfinite(ra) and -90 <= dec <= 90):
            raise t.TraitError("The centre is (ra, dec) in degrees, dec from -90 to 90.")
        return ra % 360, dec

    @t.validate("fov")
    def _check_fov(self, proposal: t.Bunch) -> float:
        if not 0 < proposal.value < 10_000:
            raise t.TraitError("The field of view is a number of degrees above zero.")
        return float(proposal.value)

    @property
    def _rows(self) -> Selection:
        return self._source.selection

    def _within(self, shape: SkyBox | SkyCircle) -> Selection:
        return self._rows.within(shape, self._source.position)

    # ---- counts ----------------------------------------------------------------------------------

    def _look(self, size: tuple[int, int] | None = None) -> Density:
        """The counts of the view as the traits are now."""
        if size is None:
            size = (self._last.view.width, self._last.view.height) if self._last else _STATIC_SIZE
        ra, dec = self.center
        view = MapView(ra, dec, self.fov, *size, frame=self.frame, projection=self.projection)
        if self._last is None or self._last.view != view:
            self._last = self._shown.counts(view, whole=True)
        return self._last

    def _receive(self, _widget: object, content: dict[str, Any], _buffers: list[Any]) -> None:
        """Answer a request of the browser."""
        if content.get("kind") == "clear":
            self.selection = None
        if content.get("kind") != "view":
            return
        address = {"reader": content["reader"], "number": content["number"]}
        try:
            found = self._count(MapView(**content["view"]), bool(content.get("whole")))
        except DatalabError as error:
            self.send(
                {
                    "kind": "error",
                    "message": error.message,
                    "hint": error.hint,
                    "retry": isinstance(error, ServiceUnavailableError),
                    **address,
                }
            )
            return
        self._last = found
        told = {
            **content["view"],
            "cell_area": found.cell_area,
            "total": found.total,
            "rows": found.rows,
            "method": found.method,
            "sample": found.sample,
            "credit": found.credit,
            "simulated": found.simulated,
            "statistic": found.statistic,
            "unit": found.unit,
            "what": self._shown.what,
            "rough": found.rough,
        }
        counts = np.ascontiguousarray(found.counts, "<f4" if found.measured else "<u4")
        self.send({"kind": "counts", "told": told, **address}, [counts.data])

    def _count(self, view: MapView, whole: bool) -> Density:
        if self._rough is not None and not whole:
            return self._rough(view)
        return self._shown.counts(view, whole)

    def narrow(self, condition: str, rough: Callable[[MapView], Density] | None = None) -> None:
        """Show only the rows for which a condition is true.

        Parameters
        ----------
        condition
            In ADQL; empty for all rows that the map is of.
        rough
            What counts them quickly, to be shown until the service has counted them.
        """
        shown = self._source.narrowed(condition) if condition else self._source
        if shown is None:
            raise DatalabError(
                "The rows of this map know no condition.", "Map a table of a Data Lab."
            )
        self._shown, self._rough, self._last = shown, rough if condition else None, None
        self.send({"kind": "changed"})

    # ---- pictures that stay ----------------------------------------------------------------------

    def _png(self, density: Density) -> bytes:
        return picture.png(
            density,
            self._title,
            self.stretch,
            self.cuts,
            self.colormap,
            self.smooth,
            self._shown.what,
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:  # noqa: ANN401 - as IPython has it
        """Add a still picture, for where no kernel runs: a saved notebook, a web page."""
        shown = super()._repr_mimebundle_(**kwargs)
        if shown is None:
            return None
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        try:
            data["image/png"] = self._png(self._look(_STATIC_SIZE))
        except DatalabError:
            return data, metadata  # the widget itself tells what is wrong, and tries again
        return data, metadata
