"""Each tutorial runs to its end in a kernel of its own, offline, over the demo sky."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from datalab_backend.catalogues.demo.surveys import FEWEST_ROWS, parts
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.store import CatalogueStore
from datalab_process import DatalabProcess, serving
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
# The simulated wide survey takes longest to make, and no tutorial needs it yet.
UNUSED = ("sim_ls.tractor", "sim_ls.truth", "sim_desi.zpix", "sim_desi.truth")


@pytest.fixture(scope="module")
def demo_sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatalabProcess]:
    """A Data Lab with the real catalogues of the demo sky, and the simulated field 169."""
    store = CatalogueStore(tmp_path_factory.mktemp("demo-sky") / "data")
    for part in parts(rows=FEWEST_ROWS):
        if part.table.full_name not in UNUSED:
            ingest(store, part.schema, part.table, part.rows())
    with serving(store.data) as running:
        yield running


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_tutorial_runs_to_its_end(
    path: Path, demo_sky: DatalabProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATALAB_DATA", str(demo_sky.data))
    for scheme in ("http", "https", "all"):
        # A request to anywhere but this machine goes to a port where nobody listens.
        monkeypatch.setenv(f"{scheme}_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    # A map that is saved stays to be seen.
    assert [o for o in outputs if "image/png" in o.get("data", {})]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_tutorial_is_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert "widgets" not in notebook.metadata


def test_there_are_a_first_look_and_one_at_queries() -> None:
    assert [path.stem for path in NOTEBOOKS][:2] == ["01_first_look", "02_queries_and_jobs"]
