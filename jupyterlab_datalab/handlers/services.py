"""Which services there are, and how they are."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..services import as_json
from .base import DatalabHandler


class ServicesHandler(DatalabHandler):
    """``GET services``: the allow-list."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List the services; asks nothing of them."""
        self.answer({"services": self.services.listed()})


class StatusHandler(DatalabHandler):
    """``GET {service}/status``: ready or not, what it has, how much."""

    # Or an open panel would keep an idle server from being culled.
    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, service: str) -> None:
        """Tell how a service is."""
        self.answer(as_json(await self.services.status(service)))
