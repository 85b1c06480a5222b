"""What only a Data Lab has: density, sky layers, the demo data. Passed through as they are."""

from __future__ import annotations

import re
from urllib.parse import quote

from datalab_toolkit.errors import NotFoundError
from jupyter_server.auth.decorator import authorized
from tornado import web

from ..proxy import pass_through
from ..threads import in_thread
from .base import DatalabHandler, path_part

# The files of a HiPS (HiPS 1.0, section 4) that a viewer reads.
_HIPS_FILE = re.compile(
    r"(?P<layer>(density|catalogue)/[^/]+|images/[^/]+/[^/]+)/"
    r"(?P<file>properties|[Mm]etadata\.xml|Moc\.fits|"
    r"Norder[0-9]+/(Allsky|Dir[0-9]+/Npix[0-9]+)\.(fits|png|tsv))"
)


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
        await self.relay(name, "density", f"/{path_part(table)}")


class StatisticsHandler(ExtraHandler):
    """``GET {service}/statistics/{schema.table}``."""

    @web.authenticated
    @authorized
    async def get(self, name: str, table: str) -> None:
        """What the values of each column are."""
        await self.relay(name, "statistics", f"/{path_part(table)}")


class HipsHandler(ExtraHandler):
    """``GET {service}/hips/{layer}/{file}``: sky layers, for Aladin Lite in Jupyter.

    A layer is ``density/{schema.table}``, ``catalogue/{schema.table}`` or
    ``images/{collection}/{band}``.
    Only data are passed on, never a page: it would be one of Jupyter's own.
    """

    _is_tile = False

    @web.authenticated
    @authorized
    async def get(self, name: str, path: str) -> None:
        """A file of a HiPS."""
        found = _HIPS_FILE.fullmatch(path)
        steps = found["layer"].split("/") if found else []
        if found is None or any(set(step) <= {"."} for step in steps):  # they would lead upwards
            raise NotFoundError("There is no such file of a sky layer.")
        self._is_tile = found["file"].startswith("Norder")
        layer = "/".join(quote(step, safe="") for step in steps)
        await self.relay(name, "hips", f"/{layer}/{found['file']}")

    def _log(self) -> None:
        """Log the request, and no warning of a tile that is not there.

        A layer has tiles only where it has data, and viewers ask for all that are in sight.
        """
        if self._is_tile and self.get_status() == 404:
            self.log.debug("No tile: %s", self.request.path)
        else:
            super()._log()


class ImagesHandler(ExtraHandler):
    """``GET {service}/images``: which images there are, for those who show their sky layers."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """The list of images."""
        await self.relay(name, "images")


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
