"""What all tests share: a small sky, and one running Data Lab that shows it.

Each worker of pytest-xdist is a session of its own and gets its own.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from datalab_process import DatalabProcess, serving
from hypothesis import HealthCheck, settings
from small_sky import copy_small_sky, make_small_sky

# Time never fails a test, nor does chance: each run tries the same made-up examples. `make bench`
# tries many more, others each time.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=not any(name.startswith("DATALAB_PROPERTY_") for name in os.environ),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def _own_directories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep every test away from the user's own Data Lab and Jupyter."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_RUNTIME_DIR", str(home / "runtime"))
        patch.setenv("XDG_DATA_HOME", str(home / "data"))
        for name in ("DATALAB_DATA", "DATALAB_URL", "DATALAB_TOKEN_FILE", "DATALAB_SERVICES"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _interrupts() -> None:
    """Let Ctrl-C arrive, also where a shell that started the tests has it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def small_sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the tables of `small_sky`; nobody changes it."""
    data = tmp_path_factory.mktemp("small-sky") / "data"
    make_small_sky(data)
    return data


@pytest.fixture
def small_sky_copy(small_sky: Path, tmp_path: Path) -> Path:
    """A copy of `small_sky`, for a server that is to be stopped or a sky to be changed."""
    return copy_small_sky(small_sky, tmp_path / "data")


@pytest.fixture(scope="session")
def datalab(small_sky: Path) -> Iterator[DatalabProcess]:
    """A running Data Lab over `small_sky`; nobody stops it."""
    with serving(small_sky, "--log-level", "debug") as running:
        yield running


@pytest.fixture(scope="module")
def client(datalab: DatalabProcess) -> Iterator[httpx.Client]:
    """One anonymous caller."""
    with datalab.client() as client:
        yield client


@pytest.fixture(scope="module")
def owner(datalab: DatalabProcess) -> Iterator[httpx.Client]:
    """The owner of the Data Lab."""
    with datalab.client(headers=datalab.as_owner) as client:
        yield client
