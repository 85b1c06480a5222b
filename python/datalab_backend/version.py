"""Which release this is."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """The version of the installed distribution."""
    try:
        return metadata.version("jupyterlab-datalab")
    except metadata.PackageNotFoundError:
        return "0+source"  # run from a source tree that was never installed
