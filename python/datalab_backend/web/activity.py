"""Counts the requests, logs them, and knows how long the server has been idle."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("datalab_backend.request")


class Activity:
    """How busy the server is.

    Attributes
    ----------
    active
        The number of requests that are being answered.
    """

    def __init__(self) -> None:
        self.active = 0
        self._last = time.monotonic()

    def begin(self) -> None:
        """Note that a request came in."""
        self.active += 1

    def end(self) -> None:
        """Note that a request was answered."""
        self.active -= 1
        self.touch()

    def touch(self) -> None:
        """Note that there is something to do this moment."""
        self._last = time.monotonic()

    def idle_s(self) -> float:
        """Seconds since there was last something to do; 0 while there is a request."""
        return 0.0 if self.active else time.monotonic() - self._last


class ActivityLog:
    """Counts and logs every request.

    The log holds the path and never the query string or a header, where a token could be. What
    only looks and went well is told at the level of debugging: panels do it all day. A route says
    so of a POST with ``scope["only_looks"]``.
    """

    def __init__(self, app: ASGIApp, activity: Activity) -> None:
        self._app = app
        self._activity = activity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status: int | None = None  # none is sent to a client that went away
        sent = 0

        async def count(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        began = time.monotonic()
        self._activity.begin()
        try:
            await self._app(scope, receive, count)
        except Exception:
            status = status or 500  # sent outside of here
            raise
        finally:
            self._activity.end()
            caller = scope.get("caller")
            only_looks = scope["method"] in ("GET", "HEAD") or scope.get("only_looks")
            went_well = status is not None and status < 400
            log.log(
                logging.DEBUG if only_looks and went_well else logging.INFO,
                "request",
                extra={
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "bytes": sent,
                    "ms": round(1000 * (time.monotonic() - began), 1),
                    "caller": caller.name if caller else None,
                    "run_id": scope.get("run_id") or None,
                },
            )
