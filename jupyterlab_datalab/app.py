"""The server extension: settings, routes, and the Data Lab that lives with Jupyter."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from datalab_toolkit.connection import data_directory
from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Dict, TraitError, Unicode, default, validate

from . import aladin
from .backend import Backend
from .config import read_services, services_of_environment
from .contents import VosContentsManager
from .datalab import DataLab
from .handlers import base, contents, routes, storage
from .hub import TOKEN_FILE, HubSignIn
from .services import Services
from .threads import in_thread
from .transfers import Transfers
from .vospace import Vospace


class DatalabApp(ExtensionApp):
    """The Data Lab panel's server side."""

    name = "jupyterlab_datalab"
    description = "The sky's catalogues in JupyterLab."
    load_other_extensions = True

    services = Dict(
        key_trait=Unicode(),
        help="""
        Further TAP services to choose from in the panel and in kernels, by name: a URL, or a
        dictionary with 'url' and 'title'. The URL is what comes before /sync. Without this,
        $DATALAB_SERVICES (JSON: names and URLs) is used.

            c.DatalabApp.services = {
                "vizier": {"url": "https://tapvizier.cds.unistra.fr/TAPVizieR/tap",
                           "title": "VizieR"},
            }
        """,
    ).tag(config=True)

    data_directory = Unicode(
        help="""
        The directory of the embedded Data Lab's catalogues. Without this, $DATALAB_DATA or else
        the user's data directory.
        """
    ).tag(config=True)

    backend_url = Unicode(
        help="""
        The URL of a Data Lab elsewhere, to be used in place of the embedded one; the file named by
        $DATALAB_TOKEN_FILE has the token. On a JupyterHub the user signs in there by the hub's
        token. Without this, $DATALAB_URL.
        """
    ).tag(config=True)

    start_backend = Bool(
        True,
        help="Whether to start the embedded Data Lab when it is wanted and none is running.",
    ).tag(config=True)

    eager = Bool(
        False,
        help="Whether to start the Data Lab with Jupyter rather than when it is first wanted.",
    ).tag(config=True)

    offer_datalab = Bool(
        True,
        help="Whether the Data Lab itself is among the services; False leaves `services` alone.",
    ).tag(config=True)

    open_panel = Bool(
        False,
        help="Whether the panel is shown whenever JupyterLab is opened.",
    ).tag(config=True)

    @default("services")
    def _services_of_environment(self) -> dict[str, str]:
        try:
            return services_of_environment(os.environ.get("DATALAB_SERVICES", ""))
        except ValueError:
            self.log.warning("DATALAB_SERVICES is not a JSON object of names and addresses.")
            return {}

    @default("backend_url")
    def _url_of_environment(self) -> str:
        return os.environ.get("DATALAB_URL", "")

    @validate("services")
    def _check_services(self, proposal: Mapping[str, Any]) -> Any:  # noqa: ANN401 - traitlets'
        try:
            read_services(proposal["value"])
        except ValueError as error:
            raise TraitError(str(error)) from error
        return proposal["value"]

    def initialize_settings(self) -> None:
        """Make the allow-list, and tell kernels and terminals where the Data Lab is."""
        configured = read_services(self.services)
        data = data_directory(self.data_directory or None)
        os.environ["DATALAB_DATA"] = str(data)
        os.environ["DATALAB_SERVICES"] = json.dumps({s.name: s.url for s in configured})
        # Empty in the settings, it also overrules the environment.
        os.environ["DATALAB_URL"] = self.backend_url
        self._backend = None
        if self.offer_datalab:
            embedded = None if self.backend_url else data
            hub = HubSignIn.of_environment(self.backend_url, os.environ, self.log)
            if hub is not None:
                os.environ[TOKEN_FILE] = str(hub.path)
            # Kernels need what the sign-in gives: it does not wait for the panel.
            self._starts_eagerly = self.eager or hub is not None
            self._backend = Backend(embedded, self.start_backend, self.log, hub)
        self._datalab_services = Services(configured, self._backend)
        self._datalab = DataLab(self._datalab_services)
        vospace = Vospace(self._datalab)
        self._transfers = Transfers(vospace)
        self.settings |= {
            base.SERVICES: self._datalab_services,
            base.DATALAB: self._datalab,
            contents.SETTING: VosContentsManager(vospace, parent=self.serverapp),
            storage.TRANSFERS: self._transfers,
            storage.VOSPACE: vospace,
        }

    def initialize_handlers(self) -> None:
        """Add the routes."""
        self.handlers.extend(routes())
        if self.serverapp is None:
            return
        # In the page itself: the front end asks nothing before it is shown.
        page = self.serverapp.web_app.settings.setdefault("page_config_data", {})
        if self.open_panel:
            page["datalabOpenPanel"] = True
        sky = aladin.url_path(self.serverapp.base_url)
        if sky is not None:
            page[aladin.PAGE_OPTION] = sky

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:  # noqa: ANN401
        """Start the Data Lab with Jupyter when that is wanted."""
        if self._backend is not None and self._starts_eagerly:
            self._backend.wake()

    async def stop_extension(self) -> None:
        """Stop what is under way, and the Data Lab if it was started from here."""
        await self._transfers.close()
        await self._datalab.close()
        await in_thread(self._datalab_services.close)
