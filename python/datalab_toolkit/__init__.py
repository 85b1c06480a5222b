"""The Data Lab from a notebook: browse catalogues, query them, see their density on the sky.

>>> import datalab_toolkit as dl
>>> dl.tables()
>>> dl.query("SELECT TOP 10 * FROM gaia_dr3.gaia_source_g10")
>>> dl.density("gaia_dr3.gaia_source_g10")

Importing the package reads no file, opens no connection and starts no process.
"""

from __future__ import annotations

from datalab_toolkit.errors import (
    DatalabError,
    NotFoundError,
    QueryError,
    ServiceTimeoutError,
    ServiceUnavailableError,
    TruncatedResultWarning,
)
from datalab_toolkit.listings import describe, tables
from datalab_toolkit.plots import density
from datalab_toolkit.queries import query
from datalab_toolkit.registry import add as add_service
from datalab_toolkit.registry import names as services

__all__ = [
    "DatalabError",
    "NotFoundError",
    "QueryError",
    "ServiceTimeoutError",
    "ServiceUnavailableError",
    "TruncatedResultWarning",
    "add_service",
    "density",
    "describe",
    "query",
    "services",
    "tables",
]
