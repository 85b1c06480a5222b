"""The routes below ``{base_url}jupyterlab-datalab/api/``."""

from __future__ import annotations

from typing import Any

from .account import AccountHandler
from .catalogue import SchemasHandler, TableHandler, TablesHandler
from .contents import (
    VosCheckpointsHandler,
    VosHandler,
    VosModifyCheckpointsHandler,
    VosTrustHandler,
)
from .extras import (
    DemoHandler,
    DensityHandler,
    HipsHandler,
    ImagesHandler,
    StatisticsHandler,
)
from .mydb import MyTableHandler, MyTablesHandler
from .query import QueryHandler
from .services import ServicesHandler, StatusHandler
from .sky import LayersHandler, ObjectsHandler
from .storage import FilesHandler, NodesHandler, TransferHandler, TransfersHandler

ROOT = "/jupyterlab-datalab/api"

# A part of a path; names with a slash come encoded, and some proxies decode them on the way.
_SERVICE = r"([^/]+)"
_TABLE = r"(.+)"
_PATH = r"((?:/[^/]+)*/?)"


def routes() -> list[tuple[Any, ...]]:
    """The routes with their handlers, without the base URL."""
    return [
        (f"{ROOT}/services", ServicesHandler),
        # Before the services': no service has one of these names, see `config.RESERVED`.
        (f"{ROOT}/account", AccountHandler),
        (f"{ROOT}/mydb", MyTablesHandler),
        (f"{ROOT}/mydb/(.+)", MyTableHandler),
        (f"{ROOT}/storage/nodes{_PATH}", NodesHandler),
        (f"{ROOT}/storage/files{_PATH}", FilesHandler),
        (f"{ROOT}/storage/transfers", TransfersHandler),
        (f"{ROOT}/storage/transfers/([^/]+)", TransferHandler),
        (f"{ROOT}/vos{_PATH}/checkpoints/([\\w-]+)", VosModifyCheckpointsHandler),
        (f"{ROOT}/vos{_PATH}/checkpoints", VosCheckpointsHandler),
        (f"{ROOT}/vos{_PATH}/trust", VosTrustHandler),
        (f"{ROOT}/vos{_PATH}", VosHandler),
        (f"{ROOT}/{_SERVICE}/status", StatusHandler),
        (f"{ROOT}/{_SERVICE}/schemas", SchemasHandler),
        (f"{ROOT}/{_SERVICE}/tables", TablesHandler),
        (f"{ROOT}/{_SERVICE}/tables/{_TABLE}", TableHandler),
        (f"{ROOT}/{_SERVICE}/query", QueryHandler),
        (f"{ROOT}/{_SERVICE}/density/{_TABLE}", DensityHandler),
        (f"{ROOT}/{_SERVICE}/hips/(.+)", HipsHandler),
        (f"{ROOT}/{_SERVICE}/images", ImagesHandler),
        (f"{ROOT}/{_SERVICE}/layers", LayersHandler),
        (f"{ROOT}/{_SERVICE}/objects", ObjectsHandler),
        (f"{ROOT}/{_SERVICE}/statistics/{_TABLE}", StatisticsHandler),
        (f"{ROOT}/{_SERVICE}/demo", DemoHandler),
    ]
