"""Queries of the panel: small results, to look at."""

from __future__ import annotations

import json
from dataclasses import dataclass

from datalab_toolkit.errors import UsageError
from jupyter_server.auth.decorator import authorized
from tornado import web

from ..rows import as_json
from .base import DatalabHandler

MOST_ROWS = 100_000
LONGEST_S = 600
LARGEST_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """What the panel asks: the body of ``POST {service}/query``."""

    query: str
    maxrec: int = 1000
    timeout: int = 60

    @classmethod
    def from_body(cls, body: bytes) -> QueryRequest:
        """Read the JSON body.

        Raises
        ------
        UsageError
            It is something else, or a value in it cannot be.
        """
        try:
            request = cls(**json.loads(body))
        except (ValueError, TypeError) as error:
            raise UsageError(
                "The body must be a JSON object with 'query', 'maxrec' and 'timeout'."
            ) from error
        if not isinstance(request.query, str) or not request.query.strip():
            raise UsageError("The query is empty.", "Write one, such as SELECT TOP 10 * FROM …")
        for name, value, most in (
            ("maxrec", request.maxrec, MOST_ROWS),
            ("timeout", request.timeout, LONGEST_S),
        ):
            if type(value) is not int or not 1 <= value <= most:
                raise UsageError(f"{name} must be a whole number from 1 to {most}.")
        return request


class QueryHandler(DatalabHandler):
    """``POST {service}/query``."""

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Run a query and answer its rows."""
        request = QueryRequest.from_body(self.request.body)
        document = await self.ask(
            name,
            lambda service: as_json(
                service.fetch(request.query, request.maxrec, request.timeout, LARGEST_BYTES)
            ),
        )
        self.answer(document)
