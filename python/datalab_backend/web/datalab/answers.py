"""Answers as the official client reads them: plain text, and a status that says how it went."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from datalab_backend.errors import DatalabError, QueryTimeoutError
from datalab_backend.storage.faults import (
    ContainerNotFoundError,
    DuplicateNodeError,
    NodeNotFoundError,
    PermissionDeniedError,
    StorageError,
)

_IN_WORDS_OF_VOSPACE = (
    NodeNotFoundError,
    ContainerNotFoundError,
    DuplicateNodeError,
    PermissionDeniedError,
)

_NO_STORE = {"Cache-Control": "no-store"}


def text(body: str, status: int = 200) -> Response:
    """A short text; the client compares some of them letter by letter, so there is no line end."""
    return Response(body, status, _NO_STORE, "text/plain; charset=utf-8")


def truth(value: bool) -> Response:
    """A yes or no."""
    return text(str(value))


def json(document: str) -> Response:
    """JSON; the client tells it from text by a brace in it."""
    return Response(document, 200, _NO_STORE, "application/json")


def failure(request: Request, error: DatalabError, status: int) -> Response:
    """What went wrong, as the client shows it to its user."""
    if isinstance(error, StorageError):
        response = text(sentence(error), status)
        response.headers["X-VO-Fault"] = error.fault
        return response
    asked_s = request.scope.get("query_timeout_s")
    if isinstance(error, QueryTimeoutError) and asked_s is not None:
        return text(f"Error: QM: Query timeout at {asked_s} sec. {error.hint}", status)
    return text(f"Error: {error}", status)


def sentence(error: DatalabError) -> str:
    """What went wrong; of files in the words of VOSpace where it has some that users know."""
    if isinstance(error, _IN_WORDS_OF_VOSPACE):
        return error.standard_text
    return str(error)


def done() -> Response:
    """What was asked for is done."""
    return text("OK")


def ping(what: str) -> Response:
    """The answer to the client's question whether a service is alive."""
    return text(f"Hello World from the {what} of this Data Lab.")
