"""A Data Lab with the demo sky, as its users first see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from datalab_backend.catalogues.demo import make_demo
from datalab_backend.catalogues.demo.surveys import FEWEST_ROWS
from datalab_backend.catalogues.store import CatalogueStore
from datalab_process import DatalabProcess, serving


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatalabProcess]:
    """A running Data Lab over the smallest demo sky; nobody stops it."""
    data = tmp_path_factory.mktemp("demo") / "data"
    make_demo(CatalogueStore(data), FEWEST_ROWS)
    with serving(data) as running:
        yield running
