"""All that a Data Lab answers: each method with each address."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from datalab_backend.accounts.callers import Callers
from datalab_backend.server import create_app, make_context
from starlette.routing import BaseRoute, Mount, Route

CHANGING = ("POST", "PUT", "PATCH", "DELETE")


def addresses() -> list[tuple[str, str]]:
    """Methods and paths; what stands for a name in a path is made up."""
    with TemporaryDirectory() as directory:
        context = make_context(Path(directory))
        found = _of(create_app(context, Callers("token")).routes)
        context.accounts.close()
    return found


def _of(routes: list[BaseRoute], above: str = "") -> list[tuple[str, str]]:
    found = []
    for route in routes:
        if isinstance(route, Mount):
            found += _of(list(route.routes), above + route.path)
        elif isinstance(route, Route):
            path = above + re.sub(r"\{(\w+)(:\w+)?\}", r"\1", route.path)
            found += [(method, path) for method in sorted(route.methods or ()) if method != "HEAD"]
    return found
