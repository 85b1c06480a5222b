"""Sends files, and takes them in, in pieces: of any size with little memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, suppress
from typing import BinaryIO, Protocol

from anyio import CancelScope, CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_PIECE_BYTES = 2_097_152

# A client that takes no piece for so long is broken off, so that files do not stay open for ever.
_STALL_S = 300.0

# How much of a refused body is let pass by, and how long.
_MOST_LEFT_BYTES = 268_435_456
_LEAVE_S = 60.0

# Threads of their own, so that slow disks hold up nothing but files.
_threads = CapacityLimiter(32)


class Sink(Protocol):
    """What takes bytes."""

    def write(self, piece: bytes | bytearray | memoryview, /) -> int:
        """Take some more."""
        ...


async def take(request: Request, writing: AbstractContextManager[Sink]) -> None:
    """Write the body of a request to a file that a block gives; see `Storage.writing`.

    A request that is cut off, or breaks the rules of the block, leaves nothing.
    """
    # What refuses the file does so here, before its bytes are asked for.
    file = await to_thread.run_sync(writing.__enter__, limiter=_threads)
    try:
        written: asyncio.Task[None] | None = None
        try:
            async for piece in _pieces(request):
                # One piece is written while the next one comes.
                if written is not None:
                    await written
                written = asyncio.create_task(
                    to_thread.run_sync(_write_all, file, piece, limiter=_threads)
                )
        finally:
            if written is not None:
                with CancelScope(shield=True):
                    await asyncio.wait([written])
        if written is not None:
            await written
    except BaseException as error:
        with CancelScope(shield=True):
            raised = error
            await to_thread.run_sync(
                lambda: writing.__exit__(type(raised), raised, raised.__traceback__),
                limiter=_threads,
            )
        raise
    with CancelScope(shield=True):
        await to_thread.run_sync(lambda: writing.__exit__(None, None, None), limiter=_threads)


async def leave(request: Request) -> None:
    """Let the rest of a body that is refused pass by, when it is not too long.

    Most clients read no answer before they have sent all, and else learn only that they were cut
    off.
    """
    if "Expect" in request.headers:
        return
    passed = 0
    with suppress(ClientDisconnect, RuntimeError, TimeoutError):  # gone, or read to its end already
        async with asyncio.timeout(_LEAVE_S):
            async for chunk in request.stream():
                passed += len(chunk)
                if passed > _MOST_LEFT_BYTES:
                    return


async def _pieces(request: Request) -> AsyncIterator[list[bytes]]:
    """The body, in pieces of many chunks as they came: to join them would be to copy them."""
    gathered: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        gathered.append(chunk)
        size += len(chunk)
        if size >= _PIECE_BYTES:
            yield gathered
            gathered, size = [], 0
    if size:
        yield gathered


def _write_all(file: Sink, chunks: list[bytes]) -> None:
    for chunk in chunks:
        file.write(chunk)


class FileAnswer(Response):
    """A part of an open file; closes it.

    Parameters
    ----------
    file
        The file.
    start, length
        The part: its first byte and how many follow.
    status
        200 for the whole, 206 for a part.
    headers
        The headers but the length.
    """

    def __init__(
        self, file: BinaryIO, start: int, length: int, status: int, headers: dict[str, str]
    ) -> None:
        super().__init__(status_code=status, headers=headers)
        self.headers["Content-Length"] = str(length)
        self._file = file
        self._start = start
        self._length = length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            if scope["method"] != "HEAD" and self._length:
                await self._send_bytes(send)
            else:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._file.close()

    async def _send_bytes(self, send: Send) -> None:
        left = self._length
        self._file.seek(self._start)
        while left:
            size = min(left, _PIECE_BYTES)
            piece = await to_thread.run_sync(self._file.read, size, limiter=_threads)
            if not piece:
                raise OSError("A content is shorter than it should be.")
            left -= len(piece)
            async with asyncio.timeout(_STALL_S):
                await send({"type": "http.response.body", "body": piece, "more_body": bool(left)})
