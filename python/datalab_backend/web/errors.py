"""Writes errors as each protocol wants them.

A VOTable under /tap, a fault in plain text or JSON under /vospace, JSON elsewhere.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from datalab_backend.errors import (
    AdqlError,
    AuthenticationError,
    AuthorizationError,
    ConflictError,
    DatalabError,
    NotFoundError,
    QueryTimeoutError,
    QuotaError,
    ServiceError,
    SignInError,
    TooManyRequestsError,
    UnavailableError,
    UsageError,
)
from datalab_backend.formats.votable import attribute, content
from datalab_backend.storage.faults import (
    InvalidArgumentError,
    LinkFoundError,
    PermissionDeniedError,
    PreconditionFailedError,
    StorageError,
)
from datalab_backend.web.context import base_url
from datalab_backend.web.datalab import answers

_STATUS: dict[type[DatalabError], int] = {
    AuthenticationError: 401,
    SignInError: 401,
    AuthorizationError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    TooManyRequestsError: 429,
    QueryTimeoutError: 504,
    QuotaError: 507,
    ServiceError: 500,
    UnavailableError: 503,
    PreconditionFailedError: 412,
}

# The faults of VOSpace for errors of other parts.
_FAULTS = {
    400: (InvalidArgumentError.fault, InvalidArgumentError.standard_text),
    401: (PermissionDeniedError.fault, PermissionDeniedError.standard_text),
    403: (PermissionDeniedError.fault, PermissionDeniedError.standard_text),
    500: (StorageError.fault, StorageError.standard_text),
}

_OFFICIAL = ("/auth/", "/query/", "/storage/", "/res/")


def challenges(request: Request) -> list[str]:
    """Tell how to be known: RFC 6750, section 3, and the IVOA's way (SSO 2.1 draft, section 4)."""
    return [
        'Bearer realm="Data Lab"',
        'ivoa_bearer standard_id="ivo://ivoa.net/sso#tls-with-password", '
        f'access_url="{base_url(request)}/auth/login"',
    ]


def respond(request: Request, error: Exception) -> Response:
    """Make the answer that tells a client of an error."""
    if isinstance(error, DatalabError):
        status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 400)
        return _write(request, status, error)
    if isinstance(error, HTTPException):
        response = _write(request, error.status_code, _told(request, error))
        response.headers.update(error.headers or {})
        return response
    # The traceback is logged by the server when Starlette raises the error again.
    fault = ServiceError(
        "Something went wrong inside the Data Lab.",
        "The server's log has the details; nothing is known to be wrong with your request.",
    )
    return _write(request, 500, fault)


def votable(error: DatalabError) -> str:
    """Write an error as a VOTable document (DALI 1.1, section 4.4)."""
    details = [
        f"<INFO name={attribute(name)} value={attribute(str(value))}/>"
        for name, value in _fields(error).items()
        if value not in ("", None)
    ]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">',
            '<RESOURCE type="results">',
            f'<INFO name="QUERY_STATUS" value="ERROR">{content(str(error))}</INFO>',
            *details,
            "</RESOURCE>",
            "</VOTABLE>\n",
        ]
    )


def _write(request: Request, status: int, error: DatalabError) -> Response:
    response: Response
    path = request.url.path
    if path.startswith("/tap"):
        response = Response(votable(error), status, media_type="application/x-votable+xml")
    elif _is_official(request):
        response = answers.failure(request, error, status)
    elif path.startswith("/vospace") and not wants_json(request):
        response = _fault(error, status)
    else:
        response = JSONResponse({"error": _fields(error)}, status)
    if status == 401:
        for challenge in challenges(request):
            response.headers.append("WWW-Authenticate", challenge)
    if isinstance(error, TooManyRequestsError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _is_official(request: Request) -> bool:
    """Whether the official client asks, which shows texts as they are."""
    signs_in = request.method == "POST" and request.url.path.startswith("/auth/")
    return request.url.path.startswith(_OFFICIAL) and not signs_in


def wants_json(request: Request) -> bool:
    """Whether a client of /vospace asks for JSON rather than for XML."""
    return "application/json" in request.headers.get("Accept", "")


def _fault(error: DatalabError, status: int) -> Response:
    """Write a fault as VOSpace services do: the standard's sentence first, then ours."""
    fault, text = _FAULTS.get(status, ("", ""))
    if isinstance(error, StorageError):
        fault, text = error.fault, error.standard_text
    told = " ".join(f"{fault or 'Error'}: {error}".split())
    response = PlainTextResponse("\n".join(line for line in (text, told) if line) + "\n", status)
    if fault:
        response.headers["X-VO-Fault"] = fault
    if isinstance(error, LinkFoundError) and error.target.isascii():
        response.headers["X-VO-Target"] = error.target
    return response


def _fields(error: DatalabError) -> dict[str, str | int | None]:
    place = (error.line, error.column) if isinstance(error, AdqlError) else (None, None)
    fields = {
        "message": error.message,
        "hint": error.hint,
        "line": place[0],
        "column": place[1],
    }
    return fields | {"fault": error.fault} if isinstance(error, StorageError) else fields


def _told(request: Request, error: HTTPException) -> DatalabError:
    """Say in a sentence what Starlette says in a number."""
    match error.status_code:
        case 404:
            return NotFoundError(
                "There is nothing at this address.", "The page at / lists what this Data Lab has."
            )
        case 405:
            allowed = (error.headers or {}).get("Allow", "")
            return DatalabError(
                f"This address does not take {request.method}.", allowed and f"Use {allowed}."
            )
        case 413:
            return UsageError(
                "The request has more bytes than this Data Lab takes.",
                "Upload only the rows and columns that the query needs.",
            )
        case _:
            return DatalabError(f"The request was refused: {error.detail.rstrip('.')}.")
