"""The Data Lab in JupyterLab: the prebuilt front end and the server extension behind it."""

from __future__ import annotations

from typing import Any

try:
    from ._version import __version__
except ImportError:  # the build writes it; a checkout that was never built has none
    __version__ = "0.0.0"

__all__ = ["__version__"]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyterlab-datalab"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .app import DatalabApp

    return [{"module": "jupyterlab_datalab", "app": DatalabApp}]
