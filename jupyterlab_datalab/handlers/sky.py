"""What the sky view asks beside the tiles: which layers there are, and where an object is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from datalab_toolkit.errors import UsageError
from datalab_toolkit.service import Service
from jupyter_server.auth.decorator import authorized
from tornado import web

from ..layers import all_layers
from .base import DatalabHandler


class LayersHandler(DatalabHandler):
    """``GET {service}/layers``."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """List the pictures of the sky that `HipsHandler` passes on."""

        def ask(service: Service) -> list[dict[str, str]]:
            service.feature_url("hips")  # or say that there is none
            images = service.lab.get("/images") if service.has("images") else []
            listed = service.lab.ask("GET", "/hips/list").text
            return [asdict(layer) for layer in all_layers(listed, images)]

        self.answer({"layers": await self.ask(name, ask)})


class ObjectsHandler(DatalabHandler):
    """``GET {service}/objects?name=``."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Tell where an object is; the Data Lab knows without a network."""
        wanted = self.get_query_argument("name", "")
        if not wanted.strip():
            raise UsageError("There is no name to look for.")

        def ask(service: Service) -> dict[str, Any]:
            service.feature_url("hips")  # only a Data Lab knows names
            found: dict[str, Any] = service.lab.get("/objects", NAME=wanted)
            return found

        self.answer(await self.ask(name, ask))
