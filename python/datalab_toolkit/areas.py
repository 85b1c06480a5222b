"""Where on the sky a table has rows."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import httpx

from datalab_toolkit.connection import is_loopback
from datalab_toolkit.errors import ServiceUnavailableError
from datalab_toolkit.maps.elsewhere import refusal
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
    url = f"{there.feature_url('moc')}/{there.table(table).full_name}"
    asked = {} if order is None else {"order": order}
    try:
        answer = httpx.get(
            url,
            params=asked,
            headers=there.headers,
            timeout=60,
            trust_env=not is_loopback(url),
            verify=not is_loopback(url),
        )
    except httpx.HTTPError as error:
        raise ServiceUnavailableError(
            f"{there.title} does not answer.", "Try again in a moment."
        ) from error
    if not answer.is_success:
        raise refusal(answer, "moc")
    return MOC.from_fits(io.BytesIO(answer.content))
