"""The parameter DEST: results that are kept as personal tables or files in the place of being sent.

``DEST=mydb://name`` makes a table, ``DEST=vos://path`` a file; ``REPLACE=true`` lets it take the
place of what is there.
"""

from __future__ import annotations

from datalab_backend.accounts.callers import ANONYMOUS, Caller
from datalab_backend.accounts.service import Accounts
from datalab_backend.catalogues.live import Snapshot
from datalab_backend.errors import (
    AuthenticationError,
    AuthorizationError,
    ConflictError,
    NotFoundError,
    UsageError,
)
from datalab_backend.jobs.delivery import Delivery, Destination, Place, TableUpdate
from datalab_backend.mydb.names import table_name
from datalab_backend.mydb.service import MyDB
from datalab_backend.storage.faults import ContainerNotFoundError
from datalab_backend.storage.path import StoragePath, resolve
from datalab_backend.storage.places import Expected
from datalab_backend.storage.service import Storage
from datalab_backend.web.parameters import Parameters

_EXAMPLE = "Write it as DEST=mydb://my_table or DEST=vos://my_file.csv."


def asked_destination(parameters: Parameters) -> Destination | None:
    """Read DEST and REPLACE."""
    text = parameters.text("DEST")
    if text is None:
        return None
    scheme, separator, path = text.partition("://")
    if not separator or scheme.lower() not in tuple(Place):
        raise UsageError(f"DEST cannot be “{text[:80]}”.", _EXAMPLE)
    place = Place(scheme.lower())
    if truth(parameters, "APPEND"):
        raise UsageError(
            "The rows of a query cannot be added to what is there.",
            "Keep them as a table of their own, or replace what is there with REPLACE=true.",
        )
    name = table_name(path) if place is Place.TABLE else path
    return Destination(place, name, truth(parameters, "REPLACE"))


def truth(parameters: Parameters, name: str) -> bool:
    """Read a parameter that is true or false, false when it is not there."""
    given = (parameters.text(name) or "false").lower()
    if given not in ("true", "false", "1", "0", "yes", "no"):
        raise UsageError(f"{name} cannot be “{given[:40]}”.", "It is true or false.")
    return given in ("true", "1", "yes")


class Desk:
    """Hands out what a user may read and keeps what they want kept, by the names of users.

    Parameters
    ----------
    accounts
        Who there is.
    mydb, storage
        Their tables and their files.
    """

    def __init__(self, accounts: Accounts, mydb: MyDB, storage: Storage) -> None:
        self._accounts = accounts
        self._mydb = mydb
        self._storage = storage

    def readable(self, owner: str | None) -> Snapshot:
        """What a user may read at this moment."""
        return self._mydb.snapshot(self._caller(owner))

    def check(self, owner: str | None, to: Destination, token: str = "") -> None:
        """Refuse before the query runs what could not be kept after it."""
        caller = self._caller(owner)
        if to.place is Place.TABLE:
            self._mydb.check_arrival(caller, to.name, to.replaces, token)
        else:
            self._check_file(caller, to, token)

    def deliver(self, delivery: Delivery) -> None:
        """Keep the rows of a query."""
        caller = self._caller(delivery.owner)
        if delivery.to.place is Place.TABLE:
            self._mydb.store(
                caller,
                delivery.to.name,
                delivery.columns,
                delivery.batches,
                delivery.status,
                delivery.to.replaces,
                delivery.go_on,
                delivery.token,
            )
        else:
            self._write(caller, delivery)

    def update(self, owner: str | None, update: TableUpdate) -> None:
        """Index a column of a table of a user."""
        caller = self._caller(owner)
        self._mydb.index(caller, update.table, [update.column], update.is_unique)

    def _check_file(self, caller: Caller, to: Destination, token: str = "") -> StoragePath:
        if caller.is_anonymous:
            raise AuthenticationError(
                "Files of your own need an account.", "Sign in, and send your token."
            )
        path = resolve(f"{Place.FILE}://{to.name}", caller.name)
        try:
            self._storage.node(caller, path)
        except NotFoundError:
            self._check_container(caller, path.parent)
            return path
        if not to.replaces and not self._storage.was_done(token):
            raise ConflictError(
                f"There is a file {path.written_by(caller.name)} already.",
                "Replace it with REPLACE=true, or choose another name.",
            )
        return path

    def _check_container(self, caller: Caller, path: StoragePath) -> None:
        try:
            self._storage.node(caller, path)
        except NotFoundError:
            raise ContainerNotFoundError(
                f"There is no container {path.written_by(caller.name)}.",
                "Make the container first.",
            ) from None

    def _write(self, caller: Caller, delivery: Delivery) -> None:
        if self._storage.was_done(delivery.token):
            return
        path = self._check_file(caller, delivery.to)
        output = delivery.output
        with self._storage.writing(
            caller,
            path,
            content_type=output.media_type,
            expected=Expected(nothing=not delivery.to.replaces),
            errand=delivery.token,
        ) as file:
            columns = tuple(delivery.columns)
            for chunk in output.write(columns, delivery.batches, delivery.status):
                delivery.go_on()
                file.write(chunk)
            delivery.go_on()

    def _caller(self, owner: str | None) -> Caller:
        if owner is None:
            return ANONYMOUS
        user = self._accounts.find(owner)
        if user is None or user.disabled:
            raise AuthorizationError(
                "The account that this query belongs to is no longer there.",
                "Ask whoever runs this Data Lab.",
            )
        return self._accounts.caller(user)
