"""The virtual storage for the panel: lists in pages, files as streams, copies to and fro."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from datalab_toolkit.errors import UsageError
from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from ..transfers import Transfer, Transfers
from ..vospace import Vospace
from .base import DatalabHandler

VOSPACE = "datalab_vospace"
TRANSFERS = "datalab_transfers"

MOST_NODES = 1000
LARGEST_FILE_BYTES = 2**50
PIECE_BYTES = 256 * 1024
# How many pieces wait for a Data Lab that is slower than the browser.
WAITING_PIECES = 8

_KEPT = ("Content-Length", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified")
_PASSED = ("Range", "If-Range", "If-None-Match", "If-Modified-Since")


class StorageHandler(DatalabHandler):
    """A route on the virtual storage."""

    @property
    def vospace(self) -> Vospace:
        """The virtual storage."""
        vospace: Vospace = self.settings[VOSPACE]
        return vospace


class NodesHandler(StorageHandler):
    """``GET storage/nodes/{path}?limit=&after=`` and ``POST storage/nodes/{path}``."""

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """List a folder, a page at a time."""
        limit = self.number("limit", default=0, most=MOST_NODES)
        after = self.get_query_argument("after", "", strip=False)
        self.answer(await self.vospace.document(path.strip("/"), limit, after))

    @web.authenticated
    @authorized
    async def post(self, path: str) -> None:
        """Change who may read a file or folder."""
        changes = self.body(public=bool, groupread=list, groupwrite=list)
        await self.vospace.set_properties(path.strip("/"), changes)
        self.answer(await self.vospace.document(path.strip("/")))


@web.stream_request_body
class FilesHandler(StorageHandler):
    """``GET``, ``HEAD`` and ``PUT storage/files/{path}``: bytes, few at a time in memory."""

    @property
    def content_security_policy(self) -> str:
        """A file is somebody's: what is in it must do nothing in Jupyter's name."""
        return super().content_security_policy + "; sandbox"

    async def prepare(self) -> None:  # type: ignore[override]
        """See that the caller may, before a byte of the body is taken."""
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING_PIECES)
        self._writing: asyncio.Task[None] | None = None
        await super().prepare()
        if self.request.method != "PUT":
            return
        if not self.current_user:
            raise web.HTTPError(403)
        allowed = self.authorizer.is_authorized(
            self, self.current_user, "write", self.auth_resource
        )
        if not await ensure_async(allowed):
            raise web.HTTPError(403, "You may not write to the Data Lab.")
        self.request.connection.set_max_body_size(LARGEST_FILE_BYTES)  # type: ignore[union-attr]
        size = self.request.headers.get("Content-Length", "")
        self._writing = asyncio.create_task(
            self.vospace.write(
                self.path_args[0].strip("/"),
                self._content(),
                int(size) if size.isdecimal() else None,
                self.request.headers.get("Content-Type", ""),
                replace=self.get_query_argument("replace", "0") == "1",
            )
        )

    async def data_received(self, chunk: bytes) -> None:
        """Pass a piece on; the browser waits while the Data Lab does."""
        await self._pass_on(chunk)

    def on_connection_close(self) -> None:
        """Write nothing when the browser goes away: half a file is none."""
        super().on_connection_close()
        writing = getattr(self, "_writing", None)
        if writing is not None:
            writing.cancel()

    @web.authenticated
    @authorized
    async def put(self, path: str) -> None:
        """Tell how the writing went."""
        await self._pass_on(None)
        if self._writing is not None:
            await self._writing
        self.set_status(201)
        self.answer(await self.vospace.document(path.strip("/")))

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Send a file, or the part of it that is asked for."""
        self.check_xsrf_cookie()  # no page of another site may read it
        await self._send(path)

    @web.authenticated
    @authorized
    async def head(self, path: str) -> None:
        """Tell how long a file is."""
        await self._send(path)

    async def _send(self, path: str) -> None:
        passed = {n: self.request.headers[n] for n in _PASSED if n in self.request.headers}
        method = self.request.method or "GET"
        async with self.vospace.reading(path.strip("/"), passed, method) as answer:
            self.set_status(answer.status_code)
            self.set_header(
                "Content-Type", answer.headers.get("Content-Type", "application/octet-stream")
            )
            self.set_header("X-Content-Type-Options", "nosniff")
            self.set_header("Cache-Control", "no-cache")
            self.set_attachment_header(path.rpartition("/")[2])
            for name in _KEPT:
                if name in answer.headers:
                    self.set_header(name, answer.headers[name])
            with suppress(StreamClosedError):  # the browser went away
                if method == "GET":
                    async for piece in answer.aiter_raw(PIECE_BYTES):
                        self.write(piece)
                        await self.flush()
                await self.finish()

    async def _pass_on(self, piece: bytes | None) -> None:
        writing = self._writing
        if writing is None:
            return
        putting = asyncio.ensure_future(self._pieces.put(piece))
        await asyncio.wait({putting, writing}, return_when=asyncio.FIRST_COMPLETED)
        # After a refusal the rest is taken and thrown away, or the browser would not hear of it.
        putting.cancel()

    async def _content(self) -> AsyncIterator[bytes]:
        while (piece := await self._pieces.get()) is not None:
            yield piece


class TransfersHandler(StorageHandler):
    """``POST storage/transfers``."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Begin to copy between the server's files and the virtual storage."""
        told = {"replace": False} | self.body(source=str, target=str, replace=bool)
        if not told.get("source") or not told.get("target"):
            raise UsageError("source and target must say what to copy, and where to.")
        # It reads, or writes, the files of the Jupyter server too.
        action = "write" if told["source"].startswith("vos:") else "read"
        allowed = self.authorizer.is_authorized(self, self.current_user, action, "contents")
        if not await ensure_async(allowed):
            raise web.HTTPError(403, f"You may not {action} the files of this Jupyter server.")
        transfers: Transfers = self.settings[TRANSFERS]
        transfer = await transfers.start(local=self.contents_manager, **told)
        self.set_status(202)
        self.answer(_document(transfer))


class TransferHandler(StorageHandler):
    """``GET`` and ``DELETE storage/transfers/{id}``."""

    # The panel follows the progress.
    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """How far a copy is."""
        transfers: Transfers = self.settings[TRANSFERS]
        self.answer(_document(transfers.find(name)))

    @web.authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Stop a copy."""
        transfers: Transfers = self.settings[TRANSFERS]
        transfer = transfers.find(name)
        await transfers.cancel(transfer)
        self.answer(_document(transfer))


def _document(transfer: Transfer) -> dict[str, Any]:
    error = transfer.error
    return {
        "id": transfer.id,
        "source": transfer.source,
        "target": transfer.target,
        "state": transfer.state,
        "done_bytes": transfer.done_bytes,
        "size_bytes": transfer.size_bytes,
        "error": error and {"message": error.message, "hint": error.hint},
    }
