"""Tables that a query brings along (TAP 1.1, section 2.7.6).

A request's UPLOAD parameter is made into `Upload` values by `collect`; they are bytes that can be
kept with a job (`save`, `load`). `read` makes them into tables, when the query is to run.
"""

from datalab_backend.uploads.limits import UploadLimits
from datalab_backend.uploads.request import Sent, collect
from datalab_backend.uploads.tables import UploadedTable, joined, read
from datalab_backend.uploads.upload import Upload, load, save

__all__ = [
    "Sent",
    "Upload",
    "UploadLimits",
    "UploadedTable",
    "collect",
    "joined",
    "load",
    "read",
    "save",
]
