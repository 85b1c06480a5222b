"""The routes below ``{base_url}jupyterlab-datalab/api/``."""

from __future__ import annotations

from typing import Any

from .catalogue import SchemasHandler, TableHandler, TablesHandler
from .extras import DemoHandler, DensityHandler, HipsHandler, StatisticsHandler
from .query import QueryHandler
from .services import ServicesHandler, StatusHandler

ROOT = "/jupyterlab-datalab/api"

# A part of a path; names with a slash come encoded, and some proxies decode them on the way.
_SERVICE = r"([^/]+)"
_TABLE = r"(.+)"


def routes() -> list[tuple[Any, ...]]:
    """The routes with their handlers, without the base URL."""
    return [
        (f"{ROOT}/services", ServicesHandler),
        (f"{ROOT}/{_SERVICE}/status", StatusHandler),
        (f"{ROOT}/{_SERVICE}/schemas", SchemasHandler),
        (f"{ROOT}/{_SERVICE}/tables", TablesHandler),
        (f"{ROOT}/{_SERVICE}/tables/{_TABLE}", TableHandler),
        (f"{ROOT}/{_SERVICE}/query", QueryHandler),
        (f"{ROOT}/{_SERVICE}/density/{_TABLE}", DensityHandler),
        (f"{ROOT}/{_SERVICE}/hips/(.+)", HipsHandler),
        (f"{ROOT}/{_SERVICE}/statistics/{_TABLE}", StatisticsHandler),
        (f"{ROOT}/{_SERVICE}/demo", DemoHandler),
    ]
