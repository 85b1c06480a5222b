"""A density map as a HoloViews element, drawn by Bokeh or matplotlib without the network."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from datalab_toolkit.maps import projection, shading
from datalab_toolkit.maps.density import Density
from datalab_toolkit.maps.drawing import backend_chosen
from datalab_toolkit.maps.view import MapView

# An element of HoloViews, which has no types.
Element: TypeAlias = Any

# What Bokeh can draw with a true colour bar; the nearest for the two stretches it lacks.
_NORMS = {"eq_hist": "eq_hist", "log": "log", "linear": "linear", "asinh": "log", "sqrt": "log"}


# An inch has so many points, which matplotlib draws with.
_POINTS = 72

# What the two backends call by different names.
_HOVER = {"bokeh": {"tools": ["hover"]}, "matplotlib": {}}
_THIN = {"bokeh": {"line_width": 0.8}, "matplotlib": {"linewidth": 0.8}}


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
    backend = backend_chosen()
    import holoviews as hv

    view = density.view
    values = density.per_square_degree
    if smooth and not density.measured:
        values = shading.smooth(density)
    norm = "linear" if density.measured else _NORMS[stretch]
    if norm == "log":
        bright = values > 0
        values = np.where(bright, values, np.nan)
        norm = "log" if bright.any() else "linear"  # an empty map has no logarithms
    half_width, half_height = view.fov / 2, view.scale * view.height / 2
    colours = ["#{:02x}{:02x}{:02x}".format(*c) for c in shading.palette(colormap)]
    picture = hv.Image(
        values,
        bounds=(-half_width, -half_height, half_width, half_height),
        kdims=[hv.Dimension("west", unit="deg"), hv.Dimension("north", unit="deg")],
        vdims=[hv.Dimension("density", label=density.unit if density.measured else "counts/deg²")],
    ).opts(
        backend=backend,
        cmap=colours,
        cnorm=norm,
        colorbar=True,
        xaxis=None,
        yaxis=None,
        **_HOVER[backend],
    )
    lines = hv.Path(_graticule(view), kdims=["west", "north"]).opts(
        backend=backend, color="gray", alpha=0.5, **_THIN[backend]
    )
    sizes: dict[str, dict[str, float]] = {
        "bokeh": {"frame_width": view.width, "data_aspect": 1},
        "matplotlib": {"fig_inches": view.width / _POINTS, "aspect": view.width / view.height},
    }
    return (picture * lines).opts(backend=backend, title=title, **sizes[backend])


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
