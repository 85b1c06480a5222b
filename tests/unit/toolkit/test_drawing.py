"""HoloViews elements in a notebook, without the network."""

from __future__ import annotations

import datalab_toolkit as dl
import nbformat
import pytest
from datalab_toolkit.errors import DatalabError
from nbclient import NotebookClient

CELLS = (
    "import datalab_toolkit as dl\nimport holoviews as hv\ndl.draw_offline()",
    "hv.Curve([1, 3, 2])",
    "dl.density({'ra': [1.0, 2.0], 'dec': [0.0, 1.0]}, center=(1, 0), fov=10).to_holoviews()",
    "dl.draw_offline('bokeh')",
    "hv.Curve([1, 3, 2])",
)


def test_elements_are_pictures_until_plots_are_asked_for() -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=300, startup_timeout=300).execute()
    setup, curve, sky, bokeh, plot = [[o["data"] for o in cell.outputs] for cell in cells]
    assert setup == []
    for (shown,) in (curve, sky):
        assert set(shown) == {"image/png", "text/plain"}
        assert len(shown["image/png"]) > 5000
    # BokehJS is inline; a page that is asked for none loads none.
    assert "cdn.bokeh.org" not in bokeh[0]["application/javascript"][:20_000]
    assert "application/vnd.jupyter.widget-view+json" in plot[0]


def test_a_backend_that_there_is_not_is_refused() -> None:
    with pytest.raises(DatalabError, match="no backend 'plotly'"):
        dl.draw_offline("plotly")
