"""What there is to query, and where (``/query/schema``, ``services`` and ``profiles``)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datalab_backend.errors import NotFoundError
from datalab_backend.web.context import base_url, snapshot
from datalab_backend.web.datalab import answers, schematext
from datalab_backend.web.datalab.arguments import Arguments


@dataclass(frozen=True, slots=True)
class _Service:
    """A service of the Virtual Observatory that this Data Lab is."""

    name: str
    kind: str
    path: str
    description: str


_SERVICES = (
    _Service("datalab", "tap", "/tap", "Queries in ADQL and SQL (TAP 1.1)"),
    _Service("vospace", "vos", "/vospace", "Virtual storage (VOSpace 2.1)"),
)

_PROFILE = "default"
_PROFILE_DESCRIPTION = "This Data Lab"


def routes() -> list[Route]:
    """The addresses of what describes the Data Lab."""
    return [
        Route("/schema", _schema),
        Route("/services", _services),
        Route("/profiles", profiles),
    ]


def _schema(request: Request) -> Response:
    """Describe schemas, tables or columns; the client sends no token along."""
    tables = snapshot(request).tables
    return answers.text(schematext.describe(Arguments.of(request).text("value"), tables))


def _services(request: Request) -> Response:
    """List services, or tell their URLs."""
    arguments = Arguments.of(request)
    pattern = arguments.text("name").replace("%", "*") or "*"
    kind = arguments.text("type")
    found = [s for s in _SERVICES if fnmatchcase(s.name, pattern) and kind in ("", s.kind)]
    if arguments.text("mode") == "resolve" or arguments.text("format") == "json":
        return answers.json(json.dumps({s.name: base_url(request) + s.path for s in found}))
    rows = [("name", "svc", "description"), ("----", "---", "-----------")]
    return answers.text(_columns([*rows, *((s.name, s.kind, s.description) for s in found)]))


def profiles(request: Request) -> Response:
    """List the profiles, of which there is one, or describe it."""
    arguments = Arguments.of(request)
    name = arguments.text("profile")
    if not name:
        if arguments.text("format") == "json":
            return answers.json(json.dumps({_PROFILE: _PROFILE_DESCRIPTION}))
        return answers.text(_columns([(_PROFILE, _PROFILE_DESCRIPTION)]))
    if name != _PROFILE:
        raise NotFoundError(f"There is no profile {name[:80]}.", f"There is {_PROFILE}.")
    url = base_url(request)
    described = {
        "type": "datalab",
        "description": _PROFILE_DESCRIPTION,
        "accessURL": f"{url}/tap",
        "vosRoot": f"{url}/vospace",
    }
    return answers.json(json.dumps(described))


def _columns(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows with their values side by side, a line each."""
    return "".join("   ".join([*(v.ljust(10) for v in row[:-1]), row[-1]]) + "\n" for row in rows)
