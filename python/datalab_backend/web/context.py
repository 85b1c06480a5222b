"""What the routes share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request

from datalab_backend.accounts.callers import Caller
from datalab_backend.accounts.hub import Hub
from datalab_backend.accounts.service import Accounts
from datalab_backend.catalogues.live import LiveCatalogues, Snapshot
from datalab_backend.errors import AuthenticationError, AuthorizationError, NotFoundError
from datalab_backend.images.service import Images
from datalab_backend.jobs.delivery import Keeper
from datalab_backend.jobs.demo import DemoProcess
from datalab_backend.jobs.running import RunningQueries
from datalab_backend.jobs.service import Jobs
from datalab_backend.metadata import Table
from datalab_backend.mydb.service import MyDB
from datalab_backend.storage import Storage
from datalab_backend.storage.transfers import Transfers
from datalab_backend.uploads import UploadLimits
from datalab_backend.web.activity import Activity
from datalab_backend.web.datalab.staging import StagingArea


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may ask for.

    Attributes
    ----------
    default_rows
        The most rows of a query that does not set MAXREC.
    most_rows
        The highest MAXREC.
    sync_s
        The longest that a synchronous query may run, in seconds; the time in which its client does
        not take the rows is not counted.
    stall_s
        The longest that such a client may take nothing, in seconds.
    uploads
        How large the tables may be that it brings along.
    """

    default_rows: int = 2_000_000
    most_rows: int = 1_000_000_000
    sync_s: int = 600
    stall_s: int = 60
    uploads: UploadLimits = field(default_factory=UploadLimits)


@dataclass(slots=True)
class Context:
    """The parts of one running Data Lab."""

    catalogues: LiveCatalogues
    images: Images
    demo: DemoProcess
    jobs: Jobs
    accounts: Accounts
    mydb: MyDB
    storage: Storage
    transfers: Transfers
    keeper: Keeper
    staging: StagingArea
    limits: Limits = field(default_factory=Limits)
    activity: Activity = field(default_factory=Activity)
    queries: RunningQueries = field(default_factory=RunningQueries)
    hub: Hub | None = None
    sign_in_required: bool = False
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def idle_s(self) -> float:
        """Seconds since there was anything to do; 0 while there is a request, a job or a demo."""
        if self.demo.running or self.jobs.busy or self.transfers.busy:
            self.activity.touch()
            return 0.0
        return self.activity.idle_s()


def context(request: Request) -> Context:
    """The Data Lab that a request came to."""
    found: Context = request.app.state.context
    return found


def caller(request: Request) -> Caller:
    """Who sent a request."""
    found: Caller = request.scope["caller"]
    return found


def snapshot(request: Request) -> Snapshot:
    """What the sender of a request may read; to be called in a thread."""
    return context(request).mydb.snapshot(caller(request))


def find_table(now: Snapshot, name: str) -> Table:
    """The table that an address names, or a refusal."""
    table = now.tables.find(name)
    if table is None:
        raise NotFoundError(
            f"There is no table “{name[:80]}”.", "List the tables to see their names."
        )
    return table


def owner(request: Request) -> Caller:
    """The owner of the data directory, or a refusal of anybody else."""
    found = caller(request)
    if not found.is_owner:
        refused = AuthenticationError if found.is_anonymous else AuthorizationError
        raise refused(
            "Only the owner of this Data Lab may do this.",
            "Send the token of the connection file as “Authorization: Bearer …”.",
        )
    return found


def user(request: Request) -> Caller:
    """Somebody who may keep things of their own, or a refusal of whoever is anonymous."""
    found = caller(request)
    if found.is_anonymous:
        raise AuthenticationError(
            "This needs an account: it is not known who you are.",
            "Sign in, and send the token as “Authorization: Bearer …”.",
        )
    return found


def base_url(request: Request) -> str:
    """The URL of the Data Lab as this caller knows it, without a slash at the end."""
    return f"{request.url.scheme}://{request.headers['Host']}"
