"""A density map as a HoloViews element, drawn by Bokeh without the network.

Left alone, HoloViews and Bokeh load BokehJS from a CDN. It stays off when BokehJS was put inline
into the notebook before HoloViews' Bokeh renderer is imported, and when the drawn plot is shown as
a widget of jupyter_bokeh. `offline` sees to both.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from datalab_toolkit.maps import projection, shading
from datalab_toolkit.maps.density import Density
from datalab_toolkit.maps.view import MapView

# An element of HoloViews, which has no types.
Element: TypeAlias = Any

# What Bokeh can draw with a true colour bar; the nearest for the two stretches it lacks.
_NORMS = {"eq_hist": "eq_hist", "log": "log", "linear": "linear", "asinh": "log", "sqrt": "log"}


def image(
    density: Density, title: str, stretch: str, colormap: str, smooth: bool = True
) -> Element:
    """Make a HoloViews overlay: the densities as an Image with a colour bar, and a graticule.

    Parameters
    ----------
    density
        The counts and what is known of them.
    title
        What is shown.
    stretch, colormap, smooth
        As in `datalab_toolkit.maps.shading`; ``asinh`` and ``sqrt``, which Bokeh has not, become
        ``log``.
    """
    offline()
    import holoviews as hv

    view = density.view
    values = density.per_square_degree
    if smooth and not density.measured:
        values = shading.smooth(density)
    norm = "linear" if density.measured else _NORMS[stretch]
    if norm == "log":
        values = np.where(values > 0, values, np.nan)
    half_width, half_height = view.fov / 2, view.scale * view.height / 2
    colours = ["#{:02x}{:02x}{:02x}".format(*c) for c in shading.palette(colormap)]
    picture = hv.Image(
        values,
        bounds=(-half_width, -half_height, half_width, half_height),
        kdims=[hv.Dimension("west", unit="deg"), hv.Dimension("north", unit="deg")],
        vdims=[hv.Dimension("density", label=density.unit if density.measured else "counts/deg²")],
    ).opts(
        backend="bokeh",
        cmap=colours,
        cnorm=norm,
        colorbar=True,
        tools=["hover"],
        title=title,
        frame_width=view.width,
        data_aspect=1,
        xaxis=None,
        yaxis=None,
    )
    lines = hv.Path(_graticule(view), kdims=["west", "north"]).opts(
        backend="bokeh", color="gray", alpha=0.5, line_width=0.8
    )
    return picture * lines


def offline() -> None:
    """Load HoloViews' Bokeh renderer so that neither it nor its plots ask the network.

    Elements are then shown by a formatter of ours, unless ``hv.extension`` was called before, which
    sets up its own.
    """
    from bokeh.io import output_notebook
    from bokeh.resources import INLINE
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        output_notebook(INLINE, hide_banner=True)
    import holoviews as hv
    import holoviews.plotting.bokeh

    if shell is not None and not hv.extension._loaded:
        formatter = shell.display_formatter.mimebundle_formatter
        formatter.for_type(hv.core.Dimensioned, _mimebundle)


def _mimebundle(element: Element, include: object = None, exclude: object = None) -> object:
    """Show an element as a jupyter_bokeh widget."""
    import holoviews as hv
    from jupyter_bokeh import BokehModel

    return BokehModel(hv.render(element, backend="bokeh"))._repr_mimebundle_()


def _graticule(view: MapView) -> list[NDArray[np.float64]]:
    """Meridians and parallels of the view's frame on the plane, west to the right, as arrays."""
    lines: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    lon = np.arange(0, 360, 30)[:, None] + np.zeros(181)
    lat = np.linspace(-89.9, 89.9, 181) + np.zeros((12, 1))
    lines.extend(zip(lon, lat, strict=True))
    lon = view.centre_in_frame[0] + np.linspace(-179.99, 179.99, 361) + np.zeros((5, 1))
    lat = np.arange(-60, 61, 30)[:, None] + np.zeros(361)
    lines.extend(zip(lon, lat, strict=True))
    jump = projection.HALF_WIDTH / 2
    paths: list[NDArray[np.float64]] = []
    for one_lon, one_lat in lines:
        vectors = projection.vectors(one_lon, one_lat) @ projection.FRAMES[view.frame]
        east, north = view.plane(vectors)
        breaks = np.flatnonzero(np.hypot(np.diff(east), np.diff(north)) > jump) + 1
        inside = (np.abs(east) <= view.fov / 2) & (np.abs(north) <= view.scale * view.height / 2)
        line = np.column_stack([-east, north])
        line[~inside] = np.nan
        paths.extend(part for part in np.split(line, breaks) if len(part) > 1)
    return paths
