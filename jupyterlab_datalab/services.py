"""The services that the panel may choose from: the Data Lab and the configured others."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from datalab_toolkit import keptsignins
from datalab_toolkit.connection import Connection
from datalab_toolkit.errors import (
    DatalabError,
    NotFoundError,
    ServiceTimeoutError,
    ServiceUnavailableError,
)
from datalab_toolkit.keptsignins import SignIn
from datalab_toolkit.service import Service

from .backend import Backend, NotReadyError, State
from .config import DATALAB, ServiceSettings
from .threads import in_thread

# How long a request waits for a Data Lab that is starting, and a status for a list of tables.
START_PATIENCE_S = 10.0
STATUS_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Status:
    """How a service is; see ``GET …/{service}/status``."""

    state: State
    message: str = ""
    features: tuple[str, ...] = ()
    schemas: int = 0
    tables: int = 0
    restarts: int = 0


class Services:
    """The allow-list: a browser names one of these and nothing else.

    Parameters
    ----------
    configured
        The further TAP services.
    backend
        The Data Lab, which comes first; None to do without.
    """

    def __init__(self, configured: tuple[ServiceSettings, ...], backend: Backend | None) -> None:
        self._backend = backend
        self._settings = {settings.name: settings for settings in configured}
        self._services = {s.name: Service(s.name, s.url, title=s.title) for s in configured}
        self._datalab: tuple[Connection, Service] | None = None
        self._last_user = ""
        self._has_expired = False

    def listed(self) -> list[dict[str, str]]:
        """The services as ``GET …/services`` tells them."""
        datalab = {"name": DATALAB, "title": "Data Lab", "kind": "datalab"}
        others = [
            {"name": name, "title": settings.title, "kind": "tap"}
            for name, settings in self._settings.items()
        ]
        return others if self._backend is None else [datalab, *others]

    async def find(self, name: str, patience_s: float = START_PATIENCE_S) -> Service:
        """A service by its name, ready to be asked.

        Raises
        ------
        NotFoundError
            The name is not in the list.
        NotReadyError
            The Data Lab is starting, or does not start.
        """
        if name == DATALAB and self._backend is not None:
            connection = await self.datalab(patience_s)
            if self._datalab is None or self._datalab[0] != connection:
                if self._datalab is not None:
                    self._datalab[1].close()
                service = Service(DATALAB, connection.url, connection.token, "Data Lab")
                self._datalab = (connection, service)
            return self._datalab[1]
        if name not in self._settings:
            known_names = ", ".join(service["name"] for service in self.listed())
            raise NotFoundError(f"There is no service {name!r}.", f"Known are: {known_names}.")
        return self._services[name]

    async def datalab(self, patience_s: float = START_PATIENCE_S) -> Connection:
        """Where the Data Lab is, with the token of whoever is signed in.

        Raises
        ------
        NotFoundError
            It is not in the list.
        NotReadyError
            It is starting, or does not start.
        """
        if self._backend is None:
            raise NotFoundError("There is no Data Lab here.", "It is not among the services.")
        connection = await self._backend.connection(patience_s)
        sign_in = keptsignins.kept(self._backend.place(connection))
        if sign_in is None:
            return connection
        self._last_user, self._has_expired = sign_in.user, False
        return replace(connection, token=sign_in.token)

    @property
    def last_user(self) -> str:
        """Who was signed in last at the Data Lab; empty when nobody was."""
        return self._last_user

    @property
    def has_expired(self) -> bool:
        """Whether the last sign-in ended by itself."""
        return self._has_expired

    async def signed_in(self, sign_in: SignIn) -> None:
        """Be known by a token from now on, here and in kernels."""
        if self._backend is not None:
            keptsignins.keep(self._backend.place(await self.datalab()), sign_in)

    async def signed_out(self) -> None:
        """Be known by nobody's token any more."""
        if self._backend is not None:
            keptsignins.forget(self._backend.place(await self.datalab()))

    async def sign_in_expired(self, token: str) -> None:
        """Be known no more by a token that the Data Lab does not take."""
        if self._backend is None:
            return
        self._backend.sign_in_refused()
        place = self._backend.place(await self.datalab())
        sign_in = keptsignins.kept(place)
        if sign_in is not None and sign_in.token == token:
            keptsignins.forget(place)
            self._has_expired = True

    async def status(self, name: str) -> Status:
        """How a service is. Starts the Data Lab when it is asked after for the first time."""
        if name != DATALAB or self._backend is None:
            return await _status_of(await self.find(name))
        backend = self._backend
        backend.wake()
        if backend.state == "ready":
            with suppress(NotReadyError):  # gone in this very moment
                status = await _status_of(await self.find(name, patience_s=0))
                return replace(status, restarts=backend.restarts)
        message = f"{backend.message} {backend.hint}".strip()
        return Status(backend.state, message, restarts=backend.restarts)

    def sign_in_refused(self) -> None:
        """Have the Data Lab's token renewed, if it is one that can be."""
        if self._backend is not None:
            self._backend.sign_in_refused()

    def close(self) -> None:
        """Close the connections, and stop the Data Lab if it was started from here."""
        for service in self._services.values():
            service.close()
        if self._datalab is not None:
            self._datalab[1].close()
        if self._backend is not None:
            self._backend.stop()


async def _status_of(service: Service) -> Status:
    try:
        schemas = await in_thread(lambda: service.schemas(STATUS_PATIENCE_S))
        features = await in_thread(lambda: service.features)
    except ServiceTimeoutError as error:
        return Status("starting" if service.is_reading else "down", str(error))
    except ServiceUnavailableError as error:
        return Status("down", str(error))
    except DatalabError as error:
        return Status("error", str(error))
    return Status("ready", "", features, len(schemas), sum(s.tables for s in schemas))


def as_json(status: Status) -> dict[str, object]:
    """The status as the panel reads it."""
    return asdict(status)
