"""What only a Data Lab has: sky density and the demo data. Passed through as they are."""

from __future__ import annotations

from urllib.parse import quote

from datalab_toolkit.errors import NotFoundError
from jupyter_server.auth.decorator import authorized
from tornado import web

from ..proxy import pass_through
from ..threads import in_thread
from .base import DatalabHandler


class ExtraHandler(DatalabHandler):
    """A route that a Data Lab answers itself."""

    async def relay(self, name: str, feature: str, path: str = "") -> None:
        """Pass the request on to an extra of a service and its answer back."""
        service = await self.services.find(name)
        url = await in_thread(lambda: service.feature_url(feature))
        query = f"?{self.request.query}" if self.request.query else ""
        await pass_through(self, f"{url}{path}{query}", service)


class DensityHandler(ExtraHandler):
    """``GET {service}/density/{schema.table}?…``."""

    @web.authenticated
    @authorized
    async def get(self, name: str, table: str) -> None:
        """Counts on the sky."""
        if set(table) <= {".", "/"}:  # they would be steps in the path
            raise NotFoundError(f"There is no table {table}.")
        await self.relay(name, "density", f"/{quote(table, safe='')}")


class DemoHandler(ExtraHandler):
    """``GET`` and ``POST {service}/demo``."""

    # The panel follows the progress.
    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """How far the demo data are."""
        await self.relay(name, "demo")

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Make the demo data."""
        await self.relay(name, "demo")
