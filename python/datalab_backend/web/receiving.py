"""Files that are sent as the body of a request."""

from __future__ import annotations

from pathlib import Path

from anyio import to_thread
from starlette.requests import Request

from datalab_backend.errors import QuotaError, UsageError

_PIECE_BYTES = 1 << 20


async def receive(request: Request, path: Path, most_bytes: int | None) -> None:
    """Write the body of a request into a file, as it comes.

    Parameters
    ----------
    request
        The request, whose body has not been read.
    path
        The file.
    most_bytes
        How large it may be, None for any size.

    Raises
    ------
    UsageError
        When there is no body.
    QuotaError
        When it is larger.
    """
    size = 0
    waiting = bytearray()
    with path.open("wb") as file:
        async for piece in request.stream():
            waiting += piece
            size += len(piece)
            if most_bytes is not None and size > most_bytes:
                raise QuotaError(
                    f"The file has more than {most_bytes:,} bytes, which is more than your quota "
                    "leaves room for; nothing was kept.",
                    "Drop tables that are no longer needed, or send fewer rows and columns.",
                )
            if len(waiting) >= _PIECE_BYTES:
                await to_thread.run_sync(file.write, bytes(waiting))
                waiting.clear()
        await to_thread.run_sync(file.write, bytes(waiting))
    if not size:
        raise UsageError("There is no file in the request.", "Send it as the body.")
