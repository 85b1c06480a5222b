"""The small sky as `datalab_toolkit` finds it by itself, and a service that is no Data Lab."""

from __future__ import annotations

from collections.abc import Iterator

import datalab_toolkit as dl
import pytest
from datalab_process import DatalabProcess
from tap_only_service import running


@pytest.fixture
def small_lab(datalab: DatalabProcess, monkeypatch: pytest.MonkeyPatch) -> DatalabProcess:
    """The Data Lab over the small sky, as the one that the toolkit finds."""
    monkeypatch.setenv("DATALAB_DATA", str(datalab.data))
    return datalab


@pytest.fixture(scope="module")
def observatory() -> Iterator[str]:
    """The name of a TAP service that has no extras of a Data Lab."""
    with running() as url:
        dl.add_service("observatory", url, "Small observatory")
        yield "observatory"
