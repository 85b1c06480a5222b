"""The addresses of the four services of the official client."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from datalab_backend.web.datalab import answers, auth, jobs, metadata, mydb, query, res, storage


def routes() -> list[BaseRoute]:
    """The addresses of the four services."""
    found: list[BaseRoute] = []
    queries = [*query.routes(), *jobs.routes(), *metadata.routes(), *mydb.routes()]
    for path, what, below in (
        ("/auth", "accounts", auth.routes()),
        ("/query", "queries", queries),
        ("/storage", "files", storage.routes()),
        ("/res", "jobs", res.routes()),
    ):
        found += [Route(path, _ping(what)), Mount(path, routes=below)]
    return found


def _ping(what: str) -> Callable[[Request], Response]:
    def alive(request: Request) -> Response:
        return answers.ping(what)

    return alive
