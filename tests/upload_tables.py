"""Tables to upload: VOTable documents as others write them, and what a query makes of them."""

from __future__ import annotations

import httpx
from datalab_backend import uploads
from datalab_backend.uploads import Upload, UploadedTable, UploadLimits
from datalab_process import DatalabProcess

LIMITS = UploadLimits()


def votable(fields: str, data: str) -> bytes:
    """A document with one table."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
        f"<RESOURCE><TABLE>{fields}<DATA>{data}</DATA></TABLE></RESOURCE></VOTABLE>\n"
    ).encode()


def tabledata(fields: str, *rows: tuple[str, ...]) -> bytes:
    """A document whose rows are text."""
    lines = ("<TR>" + "".join(f"<TD>{cell}</TD>" for cell in row) + "</TR>" for row in rows)
    return votable(fields, f"<TABLEDATA>{''.join(lines)}</TABLEDATA>")


def read(
    content: bytes, media_type: str = "", limits: UploadLimits = LIMITS, name: str = "t"
) -> UploadedTable:
    """Read a table."""
    (table,) = uploads.read([Upload.of(name, content, media_type, limits)], limits)
    return table


def send(datalab: DatalabProcess, content: bytes, query: str, **form: str) -> httpx.Response:
    """Send a table along with a query, as TAP clients do."""
    fields = {"LANG": "ADQL", "QUERY": query, "UPLOAD": "t,param:table", "FORMAT": "csv"} | form
    with datalab.client() as client:
        return client.post("/tap/sync", data=fields, files={"table": ("t.vot", content)})
