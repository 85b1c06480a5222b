"""The Data Lab from a notebook: browse catalogues, query them, see their density on the sky.

>>> import datalab_toolkit as dl
>>> dl.tables()
>>> dl.query("SELECT TOP 10 * FROM gaia_dr3.gaia_source_g10")
>>> dl.density("gaia_dr3.gaia_source_g10")

Importing the package reads no file, opens no connection and starts no process.
"""

from __future__ import annotations

from datalab_toolkit import mydb, storage
from datalab_toolkit.account import Account
from datalab_toolkit.areas import moc
from datalab_toolkit.demosky import make_demo
from datalab_toolkit.errors import (
    AccessError,
    AlreadyThereError,
    DatalabError,
    Interrupted,
    NodeNotFoundError,
    NotFoundError,
    QueryError,
    RejectedRowsWarning,
    ServiceTimeoutError,
    ServiceUnavailableError,
    SignInError,
    TruncatedResultWarning,
)
from datalab_toolkit.imagery import cutout, images
from datalab_toolkit.joblist import JobList, job, jobs
from datalab_toolkit.listings import describe, tables
from datalab_toolkit.maps.box import SkyBox
from datalab_toolkit.maps.circle import SkyCircle
from datalab_toolkit.maps.drawing import draw_offline
from datalab_toolkit.matching import crossmatch
from datalab_toolkit.naming import resolve
from datalab_toolkit.plots import density, hist2d, query_builder, sky
from datalab_toolkit.queries import query
from datalab_toolkit.queryjob import Job
from datalab_toolkit.registry import add as add_service
from datalab_toolkit.registry import names as services
from datalab_toolkit.registry import tap_url
from datalab_toolkit.selection import Selection
from datalab_toolkit.signin import login, logout, whoami
from datalab_toolkit.uploads import Upload, upload

__all__ = [
    "AccessError",
    "Account",
    "AlreadyThereError",
    "DatalabError",
    "Interrupted",
    "Job",
    "JobList",
    "NodeNotFoundError",
    "NotFoundError",
    "QueryError",
    "RejectedRowsWarning",
    "Selection",
    "ServiceTimeoutError",
    "ServiceUnavailableError",
    "SignInError",
    "SkyBox",
    "SkyCircle",
    "TruncatedResultWarning",
    "Upload",
    "add_service",
    "crossmatch",
    "cutout",
    "density",
    "describe",
    "draw_offline",
    "hist2d",
    "images",
    "job",
    "jobs",
    "login",
    "logout",
    "make_demo",
    "moc",
    "mydb",
    "query",
    "query_builder",
    "resolve",
    "services",
    "sky",
    "storage",
    "tables",
    "tap_url",
    "upload",
    "whoami",
]
