"""Where on the sky a table has rows."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import quote

from datalab_toolkit.registry import DEFAULT, find

if TYPE_CHECKING:
    from mocpy import MOC


def moc(table: str, order: int | None = None, service: str = DEFAULT) -> MOC:
    """Get the area that a table covers, as a MOC.

    Parameters
    ----------
    table
        The name of the table (``schema.table``).
    order
        The HEALPix order of its cells; one that tells areas and not stars when not given.
    service
        The name of the Data Lab that has the table.

    Returns
    -------
    mocpy.MOC
        To intersect, to test positions with, to draw.

    Raises
    ------
    NotFoundError
        There is no such table, or the service tells no areas.
    DatalabError
        The table has no positions, or the order cannot be.
    ServiceUnavailableError
        The service does not answer.
    """
    from mocpy import MOC

    there = find(service)
    there.feature_url("moc")  # or say that it tells none
    path = f"/moc/{quote(there.table(table).full_name, safe='')}"
    answer = there.lab.ask("GET", path, params={} if order is None else {"order": order})
    return MOC.from_fits(io.BytesIO(answer.content))
