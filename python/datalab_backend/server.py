"""Wires the Data Lab together and runs it."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from datalab_backend import log
from datalab_backend.accounts.callers import Callers
from datalab_backend.accounts.hub import Hub
from datalab_backend.accounts.service import Accounts
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.connection import Connection, DirectoryLock, announced
from datalab_backend.errors import DatalabError, ServiceError, UsageError
from datalab_backend.images.service import Images
from datalab_backend.jobs.demo import DemoProcess
from datalab_backend.jobs.service import JobLimits, Jobs
from datalab_backend.lazy import importing
from datalab_backend.limits import applied
from datalab_backend.mydb.service import MyDB
from datalab_backend.stdin import when_stdin_ends
from datalab_backend.storage import Storage
from datalab_backend.storage.transfers import Transfers
from datalab_backend.tls import Certificate
from datalab_backend.uploads import UploadLimits
from datalab_backend.version import version
from datalab_backend.web import (
    accounts,
    demo,
    density,
    errors,
    examples,
    hips,
    hipslist,
    histogram,
    home,
    imagehips,
    images,
    mydb,
    objects,
    progressive,
    statistics,
    tap,
    usertables,
    uws,
    vosi,
    vospace,
)
from datalab_backend.web.activity import ActivityLog
from datalab_backend.web.bodies import BodyLimit
from datalab_backend.web.context import Context, Limits
from datalab_backend.web.datalab import addresses as official
from datalab_backend.web.datalab import query as official_queries
from datalab_backend.web.datalab.staging import StagingArea
from datalab_backend.web.destinations import Desk
from datalab_backend.web.gate import Gate, is_loopback
from datalab_backend.web.packing import Packing

# How often a renewed certificate is looked for: every ten seconds.
_TICKS_PER_LOOK = 100

_SOON_WANTED = (
    "datalab_backend.web.capabilities",
    "datalab_backend.web.jobdocuments",
    "datalab_backend.web.tableset",
    "astropy.coordinates",
    "datalab_backend.catalogues.density",
    "mocpy",
    "datalab_backend.web.hipsdocuments",
)
"""Modules that the first requests want, the soonest first; the start does not wait for them."""

_PAUSE_S = 0.5
"""Without a request for so long, there is time to load them."""

# The official client sends queries in the URL of a GET, with lists of thousands of ids in them.
_LONGEST_HEAD_BYTES = 4_194_304


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run a server.

    Attributes
    ----------
    data
        The data directory.
    host, port
        Where to listen; port 0 takes a free one.
    allowed_hosts
        Names under which the server may be called, beside those of the loopback interface.
    allowed_origins
        Web sites whose pages may read the sky layers.
    upload_hosts
        Hosts that uploads may be fetched from although they are not on the public internet.
    idle_exit_s
        Exit after so many seconds without a request; None to stay.
    stop_with_stdin
        Exit when standard input ends, as it does when the parent process dies.
    log_level
        What to log: debug, info or warning.
    limits
        Limits that are not to be as they come, by their names in `limits`.
    trusted_proxies
        Addresses of proxies that are believed when they say who called, and how.
    sign_in_required
        Whether nobody may read anything without an account.
    hub_api
        The URL of the API of the JupyterHub whose users may sign in; None for none.
    tls
        The files with the certificate and its key; None to speak plain HTTP.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 0
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    upload_hosts: tuple[str, ...] = ()
    idle_exit_s: float | None = None
    stop_with_stdin: bool = False
    log_level: str = "info"
    limits: Mapping[str, int] = field(default_factory=dict)
    trusted_proxies: tuple[str, ...] = ()
    sign_in_required: bool = False
    hub_api: str | None = None
    tls: tuple[Path, Path] | None = None


def create_app(
    context: Context,
    callers: Callers,
    allowed_hosts: tuple[str, ...] = (),
    allowed_origins: tuple[str, ...] = (),
) -> Starlette:
    """Make the web application."""
    app = Starlette(
        routes=[
            Route("/", home.page),
            Route("/tap/sync", tap.sync, methods=["GET", "POST"]),
            *uws.routes(),
            Route("/tap/capabilities", vosi.capabilities),
            Route("/tap/availability", vosi.availability),
            Route("/tap/tables", vosi.tables),
            Route("/tap/tables/{name}", vosi.table),
            Route("/tap/examples", examples.page),
            Route("/density", density.result, methods=["GET", "POST"]),
            Route("/density/{name}", density.view, methods=["GET", "POST"]),
            Route("/histogram/{name}", histogram.plane, methods=["GET", "POST"]),
            *mydb.routes(),
            *usertables.routes(),
            Route("/hips/list", hipslist.show),
            *hips.routes(),
            *progressive.routes(),
            *imagehips.routes(),
            *images.routes(),
            Route("/statistics/{name}", statistics.show),
            Route("/objects", objects.find),
            Route("/demo", demo.show),
            Route("/demo", demo.start, methods=["POST"]),
            *accounts.routes(),
            *official.routes(),
            *vospace.routes(),
        ],
        middleware=[
            Middleware(ActivityLog, activity=context.activity),
            Middleware(BodyLimit, tables=context.limits.uploads.bytes),
            Middleware(
                Gate,
                callers=callers,
                allowed_hosts=allowed_hosts,
                allowed_origins=allowed_origins,
                sign_in_required=context.sign_in_required,
            ),
            Middleware(Packing),
        ],
        exception_handlers={
            DatalabError: errors.respond,
            HTTPException: errors.respond,
            Exception: errors.respond,
        },
    )
    app.state.context = context
    return app


def make_context(
    data: Path, limits: Limits | None = None, job_limits: JobLimits | None = None
) -> Context:
    """Put the parts of a Data Lab together; nothing runs yet."""
    limits = limits or Limits()
    catalogues = LiveCatalogues(CatalogueStore(data))
    accounts = Accounts(data)
    tables = MyDB(data / "users", catalogues, accounts)
    storage = Storage(data / "storage", accounts)
    moving = Transfers(data / "storage" / "transfers.sqlite", storage, accounts, limits.uploads)
    desk = Desk(accounts, tables, storage)
    read = official_queries.reader(limits)
    jobs = Jobs(data / "jobs", desk.readable, desk, read, job_limits, limits.uploads)
    staging = StagingArea(catalogues.store.scratch / "staged")
    return Context(
        catalogues,
        Images(catalogues.store),
        DemoProcess(data),
        jobs,
        accounts,
        tables,
        storage,
        moving,
        desk,
        staging,
        limits,
    )


def serve(settings: Settings) -> None:
    """Run the server of a data directory until it is told to stop.

    When another server has the directory, print its URL and return.
    """
    log.configure(settings.log_level.upper())
    # Until uvicorn takes the signals over, and again after it gave them back, they end the
    # process through every `finally` below.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit)
    with ExitStack() as stack:
        lock = DirectoryLock(settings.data)
        stack.callback(lock.release)
        if not lock.acquire():
            _say_ready(lock.holder())
            return
        hub = Hub(settings.hub_api) if settings.hub_api else None
        certificate = Certificate(*settings.tls) if settings.tls else None
        listener = stack.enter_context(listen(settings.host, settings.port))
        connection = _describe(settings, listener)
        in_the_clear = certificate is None and not settings.trusted_proxies
        if in_the_clear and not is_loopback(settings.host):
            logging.getLogger(__name__).warning(
                "passwords and tokens travel in the clear: give --tls-cert and --tls-key",
                extra={"host": settings.host},
            )
        standard = Limits(uploads=UploadLimits(hosts=settings.upload_hosts))
        context = make_context(settings.data, *applied(settings.limits, standard, JobLimits()))
        context.hub = hub
        context.sign_in_required = settings.sign_in_required
        stack.callback(context.demo.stop)
        stack.callback(context.accounts.close)
        stack.callback(context.storage.close)
        stack.callback(context.transfers.close)
        stack.callback(context.jobs.close)
        context.catalogues.store.clean()
        context.mydb.clean()
        context.catalogues.now()
        context.storage.start()
        context.transfers.start()
        context.jobs.start()
        callers = Callers(connection.token, context.accounts)
        allowed = (settings.host, *settings.allowed_hosts)
        app = create_app(context, callers, allowed, settings.allowed_origins)
        server = Server(app, context, connection, lock, settings, certificate)
        stack.callback(server.forget)
        server.run(sockets=[listener])


class Server(uvicorn.Server):
    """uvicorn, with what a Data Lab does when it starts, idles and stops."""

    def __init__(
        self,
        app: Starlette,
        context: Context,
        connection: Connection,
        lock: DirectoryLock,
        settings: Settings,
        certificate: Certificate | None = None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                h11_max_incomplete_event_size=_LONGEST_HEAD_BYTES,
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                headers=[("Server", f"jupyterlab-datalab/{connection.version}")],
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=list(settings.trusted_proxies),
                timeout_graceful_shutdown=3,
                ssl_context_factory=(
                    (lambda config, default: certificate.context) if certificate else None
                ),
            )
        )
        self._context = context
        self._connection = connection
        self._lock = lock
        self._settings = settings
        self._certificate = certificate
        self._announcement = ExitStack()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then let everybody know."""
        await super().startup(sockets)
        self._announcement.enter_context(announced(self._connection))
        self._lock.tell(self._connection.url)
        _say_ready(self._connection.url)
        logging.getLogger(__name__).info("ready", extra={"url": self._connection.url})
        if self._settings.stop_with_stdin:
            when_stdin_ends(self._stop)
        Thread(target=self._load, name="load").start()

    async def on_tick(self, counter: int) -> bool:
        """Look whether it is time to stop, ten times a second."""
        limit = self._settings.idle_exit_s
        if limit is not None and self._context.idle_s() > limit:
            self.should_exit = True
        if self._certificate is not None and counter % _TICKS_PER_LOOK == 0:
            self._renew(self._certificate)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop the running queries, then the server."""
        self.forget()
        self._context.queries.stop()
        self._context.jobs.stop_waiting()
        self._context.transfers.stop_waiting()
        await super().shutdown(sockets)

    def forget(self) -> None:
        """Take the connection file away."""
        self._announcement.close()

    def _load(self) -> None:
        for name in _SOON_WANTED:
            # In pauses alone: who asks for something waits for nothing else.
            while self._context.idle_s() < _PAUSE_S and not self.should_exit:
                time.sleep(_PAUSE_S / 5)
            if self.should_exit:
                return
            with importing:
                import_module(name)

    def _renew(self, certificate: Certificate) -> None:
        try:
            if certificate.renew():
                logging.getLogger(__name__).info("certificate renewed")
        except UsageError as error:
            logging.getLogger(__name__).warning("certificate not renewed: %s", error)

    def _stop(self) -> None:
        self.should_exit = True


def _exit(number: int, frame: object) -> None:
    raise SystemExit(0)


def listen(host: str, port: int) -> socket.socket:
    """Open the socket of a server; its connections send what is written to them at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    hint = "Choose another --port, or --port 0 for a free one."
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        number = error.errno or 0 if isinstance(error, OSError) else 0
        if number < 0 or number == errno.EADDRNOTAVAIL:  # below zero where no name is known
            reason = "this machine has no such address"
            hint = "Choose another --host: 127.0.0.1 for this machine alone, 0.0.0.0 for all."
        else:
            reason = os.strerror(number).lower() if number else str(error)
        raise ServiceError(f"Nothing can listen at {host}, port {port}: {reason}.", hint) from error
    # Connections inherit it. Else the end of an answer may wait 40 ms for the client to acknowledge
    # its beginning; asyncio sees to it only where the socket names its protocol.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _describe(settings: Settings, listener: socket.socket) -> Connection:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    host = f"[{host}]" if ":" in host else host
    return Connection(
        url=f"{'https' if settings.tls else 'http'}://{host}:{listener.getsockname()[1]}",
        token=secrets.token_urlsafe(32),
        pid=os.getpid(),
        data=str(settings.data.resolve()),
        version=version(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _say_ready(url: str) -> None:
    print(f"Data Lab is ready at {url}", flush=True)
