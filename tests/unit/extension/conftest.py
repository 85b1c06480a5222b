"""A Jupyter server with the extension, beside the small sky and a plain TAP service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datalab_process import DatalabProcess
from jupyter_server.auth import AllowAllAuthorizer, Authorizer
from pytest_jupyter.jupyter_server import *  # noqa: F403
from tap_only_service import running
from traitlets.config import Config


@pytest.fixture(scope="session")
def observatory_url() -> Iterator[str]:
    """The plain TAP service."""
    with running("--tables", "500") as url:
        yield url


@pytest.fixture
def settings() -> dict[str, Any]:
    """What a test adds to the settings of the extension."""
    return {}


@pytest.fixture
def authorizer() -> type[Authorizer]:
    """Who decides what a user may do."""
    return AllowAllAuthorizer


@pytest.fixture(scope="session")
def token(datalab: DatalabProcess) -> str:
    """The token of the small sky's Data Lab; read before a test has its own runtime directory."""
    return str(datalab.connection["token"])


@pytest.fixture
def jp_server_config(
    datalab: DatalabProcess,
    token: str,
    observatory_url: str,
    settings: dict[str, Any],
    authorizer: type[Authorizer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Config:
    """A Jupyter server that uses the small sky's Data Lab as one elsewhere."""
    token_file = tmp_path / "token"
    token_file.touch(0o600)
    token_file.write_text(token)
    monkeypatch.setenv("DATALAB_TOKEN_FILE", str(token_file) if token else "")
    # The extension sets these for kernels; the next test is to find none of them.
    for name in ("DATALAB_DATA", "DATALAB_SERVICES", "DATALAB_URL"):
        monkeypatch.setenv(name, "")
    services = {"observatory": {"url": observatory_url, "title": "Small observatory"}}
    own = {"backend_url": datalab.url, "services": services} | settings
    return Config(
        {
            "ServerApp": {
                "jpserver_extensions": {"jupyterlab_datalab": True},
                "authorizer_class": authorizer,
            },
            "DatalabApp": own,
        }
    )
