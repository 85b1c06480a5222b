"""HoloViews elements in a notebook without the network.

Left alone, ``hv.extension`` loads scripts from a CDN, also for matplotlib. Here an element is shown
as a picture of matplotlib, which is small and stays as it is, or by Bokeh, to pan and zoom. Bokeh
stays off the network when BokehJS was put inline into the notebook before HoloViews' Bokeh renderer
is imported, and when the drawn plot is shown as a widget of jupyter_bokeh.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from datalab_toolkit.errors import DatalabError

_DPI = 110

_chosen = ""


def draw_offline(backend: str = "matplotlib") -> None:
    """Have HoloViews elements drawn without the network, in place of ``hv.extension``.

    Parameters
    ----------
    backend
        ``matplotlib`` for pictures (PNG) that are small and are seen in a saved notebook, too;
        ``bokeh`` for plots to pan and zoom, which put 4 MB into a notebook that is saved. The last
        call holds for all elements. After ``hv.extension``, they are shown as that has set up.

    Raises
    ------
    DatalabError
        There is no such backend.

    Examples
    --------
    >>> dl.draw_offline()
    >>> hv.Curve([1, 3, 2])
    """
    if backend not in _BACKENDS:
        known = ", ".join(_BACKENDS)
        raise DatalabError(f"There is no backend {backend!r}.", f"The backends are {known}.")
    global _chosen
    _chosen = backend
    load, mimebundle = _BACKENDS[backend]
    load()
    import holoviews as hv

    hv.Store.set_current_backend(backend)
    formatter = _formatter()
    if formatter is not None and not hv.extension._loaded:
        formatter.for_type(hv.core.Dimensioned, mimebundle)


def backend_chosen() -> str:
    """The backend that `draw_offline` was told last; Bokeh, loaded now, when it was told none."""
    if not _chosen:
        draw_offline("bokeh")
    return _chosen


def _load_bokeh() -> None:
    if _shell() is not None:
        from bokeh.io import output_notebook
        from bokeh.resources import INLINE

        output_notebook(INLINE, hide_banner=True)
    import_module("holoviews.plotting.bokeh")  # the renderer


def _load_matplotlib() -> None:
    import_module("holoviews.plotting.mpl")


def _by_matplotlib(element: Any, include: object = None, exclude: object = None) -> object:  # noqa: ANN401
    """Show an element as a picture, on white in every theme: its lines and letters are black."""
    import holoviews as hv
    from matplotlib import pyplot
    from PIL import Image

    figure = hv.render(element, backend="matplotlib")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=_DPI, bbox_inches="tight", facecolor="white")
    pyplot.close(figure)
    smaller = io.BytesIO()
    # With 256 colours, as colour maps have, the file is a third as long. They are chosen so that
    # rare ones, such as those at the ends of a colour bar, are right as well.
    drawn = Image.open(picture).convert("RGB")
    drawn = drawn.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    drawn.save(smaller, "PNG", optimize=True)
    return {"image/png": smaller.getvalue(), "text/plain": repr(element)}


def _by_bokeh(element: Any, include: object = None, exclude: object = None) -> object:  # noqa: ANN401
    """Show an element as a jupyter_bokeh widget."""
    import holoviews as hv
    from jupyter_bokeh import BokehModel

    return BokehModel(hv.render(element, backend="bokeh"))._repr_mimebundle_()


_BACKENDS: Mapping[str, tuple[Callable[[], None], Callable[..., object]]] = {
    "matplotlib": (_load_matplotlib, _by_matplotlib),
    "bokeh": (_load_bokeh, _by_bokeh),
}


def _shell() -> Any:  # noqa: ANN401
    from IPython import get_ipython

    return get_ipython()


def _formatter() -> Any:  # noqa: ANN401
    shell = _shell()
    return None if shell is None else shell.display_formatter.mimebundle_formatter
