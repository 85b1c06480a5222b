"""Each tutorial runs to its end in a kernel of its own, offline, over the demo sky."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from datalab_backend.catalogues.demo.surveys import parts
from datalab_backend.catalogues.ingest import ingest
from datalab_backend.catalogues.store import CatalogueStore
from datalab_process import DatalabProcess, serving
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
# As many as `make lab` makes.
ROWS = 1_000_000
# With two clients for the fifth. Where these are not installed, the tutorial says so and goes on.
FIVE_WAYS = ("panel", "builder", "Python", "datalab command", "pyvo", "STILTS")

# The demo sky is made once, and not by each of the processes that share the tests.
pytestmark = pytest.mark.xdist_group("tutorials")


@pytest.fixture(scope="module")
def demo_sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatalabProcess]:
    """A Data Lab with the demo sky that users have, without the redshifts, of which none tells."""
    store = CatalogueStore(tmp_path_factory.mktemp("demo-sky") / "data")
    for part in parts(rows=ROWS):
        if part.schema.name != "sim_desi":
            ingest(store, part.schema, part.table, part.rows())
    with serving(store.data) as running:
        yield running


@pytest.fixture
def as_a_user(demo_sky: DatalabProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels find the Data Lab as those of users do, and nothing else."""
    monkeypatch.setenv("DATALAB_DATA", str(demo_sky.data))
    for scheme in ("http", "https", "all"):
        # A request to anywhere but this machine goes to a port where nobody listens.
        monkeypatch.setenv(f"{scheme}_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


def executed(path: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook with its outputs, run in a folder by a kernel of its own."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        startup_timeout=300,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return notebook


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_tutorial_runs_to_its_end(path: Path, as_a_user: None, tmp_path: Path) -> None:
    notebook = executed(path, tmp_path)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    # A map that is saved stays to be seen.
    assert [o for o in outputs if "image/png" in o.get("data", {})]
    assert not list(tmp_path.iterdir()), "it leaves files behind"
    if path.stem == "02_query_five_ways":
        printed = "".join(output.get("text", "") for output in outputs)
        for way in FIVE_WAYS:
            assert re.search(rf"^{way} +\d+ rows, the same", printed, re.MULTILINE)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_tutorial_is_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert "widgets" not in notebook.metadata


def test_the_panel_writes_what_the_second_tutorial_says_it_does(demo_sky: DatalabProcess) -> None:
    """The panel's own tests see to the form of the code; these are the columns that it names."""
    told = demo_sky.query(
        "SELECT column_name FROM TAP_SCHEMA.columns "
        "WHERE table_name = 'sim_smash.object' AND principal = 1 ORDER BY column_index",
        FORMAT="json",
    ).json()
    cells = [cell.source for cell in nbformat.read(NOTEBOOKS[1], as_version=4).cells]
    (snippet,) = [cell for cell in cells if cell.endswith("df") and "SELECT TOP 100" in cell]
    _, _, names = snippet.partition("TOP 100 ")
    assert re.split(r",\s+", names.partition("\nFROM")[0]) == [row[0] for row in told["data"]]


def test_the_tutorials_stand_in_order() -> None:
    names = [path.stem for path in NOTEBOOKS]
    assert names[:3] == ["01_first_look", "02_query_five_ways", "03_colours_by_type"]
    assert [name[:2] for name in names] == sorted({name[:2] for name in names})
