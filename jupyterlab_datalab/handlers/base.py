"""What all routes share: who may call, which service is meant, how errors are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote

from datalab_toolkit.errors import (
    AccessError,
    DatalabError,
    NotFoundError,
    QueryError,
    ServiceTimeoutError,
    ServiceUnavailableError,
    SignInError,
    UsageError,
)
from jupyter_server.base.handlers import APIHandler
from tornado import web

from ..backend import NotReadyError
from ..datalab import DataLab, RefusedError
from ..services import Services
from ..threads import in_thread

T = TypeVar("T")

SERVICES = "datalab_services"
DATALAB = "datalab"

# All others are 400.
_STATUS: tuple[tuple[type[DatalabError], int], ...] = (
    (NotReadyError, 503),
    (ServiceTimeoutError, 504),
    (ServiceUnavailableError, 502),
    (NotFoundError, 404),
    (AccessError, 403),  # not 401, by which Jupyter says that one is to sign in to Jupyter
)


class DatalabHandler(APIHandler):
    """A route of the Data Lab. A method raises a `DatalabError`, and the caller is told."""

    auth_resource = "datalab"

    @property
    def services(self) -> Services:
        """The allow-list."""
        services: Services = self.settings[SERVICES]
        return services

    @property
    def datalab(self) -> DataLab:
        """What is the caller's own: the account, the tables, the storage."""
        datalab: DataLab = self.settings[DATALAB]
        return datalab

    async def ask(self, name: str, question: Callable[[Any], T]) -> T:
        """Ask a service in a thread of its own."""
        service = await self.services.find(name)
        return await in_thread(lambda: question(service))

    def answer(self, document: dict[str, Any]) -> None:
        """Write the answer and end the request."""
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(document, allow_nan=False))

    def body(self, **kinds: type) -> dict[str, Any]:
        """The JSON object in the body, whose members are of these kinds; all may be left out."""
        try:
            told = json.loads(self.request.body)
        except ValueError as error:
            raise UsageError("The body must be a JSON object.") from error
        if not isinstance(told, dict) or set(told) - set(kinds):
            raise UsageError(f"The body must be a JSON object with {', '.join(kinds)}.")
        for name, value in told.items():
            if not isinstance(value, kinds[name]):
                raise UsageError(f"{name} must be of the kind {kinds[name].__name__}.")
        return told

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number among the query parameters, from 0 to `most`."""
        text = self.get_query_argument(name, str(default))
        # int() itself refuses a number of thousands of digits.
        if not text.isdecimal() or len(text) > 18 or int(text) > most:
            told = repr(text if len(text) <= 40 else f"{text[:40]}…")
            raise UsageError(f"{name} must be a whole number from 0 to {most}, not {told}.")
        return int(text)

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log what a user is told in one line, and all else with its traceback."""
        if isinstance(value, DatalabError):
            self.log.info("Data Lab: %s", value.message)
        else:
            super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 - tornado's
        """Tell an error as all routes do."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(error, SignInError):
            self.services.sign_in_refused()
        document: dict[str, Any] = {"hint": "", "line": None, "column": None}
        if isinstance(error, RefusedError):
            self.set_status(error.status)
            document |= {"message": error.message, "hint": error.hint, "kind": error.kind}
        elif isinstance(error, DatalabError):
            self.set_status(next((s for kind, s in _STATUS if isinstance(error, kind)), 400))
            document |= {"message": error.message, "hint": error.hint}
            if isinstance(error, QueryError):
                document |= {"line": error.line, "column": error.column}
        elif isinstance(error, web.HTTPError):
            document["message"] = str(error.log_message or error.reason or self._reason)
        else:
            document["message"] = "Something went wrong in the Data Lab's server extension."
            document["hint"] = "The log of the Jupyter server has the details."
        self.answer({"error": document})


def path_part(name: str) -> str:
    """The name of a table as one part of a path of the Data Lab.

    Raises
    ------
    NotFoundError
        No table has such a name: it would be steps in the path.
    """
    if set(name) <= {".", "/"}:
        raise NotFoundError(f"There is no table {name}.")
    return quote(name, safe="")
